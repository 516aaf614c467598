"""A Nemo cloud of the test's own: a server on a real socket, in a thread, with a ledger of what was charged.

    def test_an_edit_is_paid_once(tmp_path):
        with mock_nemo(silent=0) as mock:
            result = clipline.run(
                "quick-edit", {"clip": "me.mp4"}, backend="nemo", settings=mock.settings, state=tmp_path, out=tmp_path
            )
        assert result.status == "done"
        assert len(mock.ledger) == 1

As a fixture of pytest: `@pytest.fixture` over a function that yields from `with mock_nemo() as mock:`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock

if TYPE_CHECKING:
    from clipline.mockserver import Charge, Fault, MockServer, Recorded

__all__ = ["MockNemo", "mock_nemo"]

#: The client's waits, in seconds: long enough to be waits, too short to be noticed.
_WAITS: Mapping[str, float] = {
    "poll": 0.05,
    "rate_wait": 0.05,
    "drop_wait": 0.05,
    "drop_poll": 0.05,
    "still_working": 1.0,
    "heartbeat_limit": 5.0,
    "stream_limit": 30.0,
}


@dataclass(frozen=True, slots=True)
class MockNemo:
    """The server, and what a client must be told to find it.

    `settings` go to `clipline.run(…, settings=mock.settings)`, as they are or with others beside them: the server's
    address, and waits of fractions of a second.
    """

    server: MockServer
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where the server answers."""
        return self.server.url

    @property
    def environment(self) -> dict[str, str]:
        """The settings as variables, for `clipline` in a process of its own."""
        return {f"CLIPLINE_{name.replace('.', '_').upper()}": value for name, value in self.settings.items()}

    @property
    def ledger(self) -> tuple[Charge, ...]:
        """Every charge, in their order."""
        return self.server.ledger

    @property
    def requests(self) -> tuple[Recorded, ...]:
        """Every request, with its exact bytes."""
        return self.server.requests


@contextmanager
def mock_nemo(
    *,
    faults: Sequence[Fault | Mapping[str, Any]] = (),
    clock: Clock | None = None,
    folder: Path | None = None,
    replay: Path | None = None,
    **options: Any,
) -> Iterator[MockNemo]:
    """A Nemo cloud while the `with` lasts; the ledger and the requests can be read afterwards too.

    Args:
        faults: what goes wrong, as `Fault`s or as the JSON of a faults file.
        clock: the server's time; give the client the same one, and waits of minutes take no time.
        folder: where accounts, sessions and media are kept; in a temporary folder otherwise.
        replay: a transcript of `clipline probe` to answer from.
        options: those of `clipline.mockserver.MockOptions`, like `silent=0` or `dialect="vendor"`.
    """
    from clipline.mockserver import MockOptions, MockServer, fault_from_json

    known = tuple(fault_from_json(fault) if isinstance(fault, Mapping) else fault for fault in faults)
    server = MockServer(clock=clock, options=MockOptions(**options), faults=known, folder=folder, replay=replay)
    with server:
        waits = {f"nemo.{name}": f"{seconds:g}s" for name, seconds in _WAITS.items()}
        yield MockNemo(server, {"nemo.api_url": server.url, "nemo.web_url": server.url, "nemo.polls": "200", **waits})

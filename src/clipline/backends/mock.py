"""The backend `mock`: the same work as `nemo`, against our own server on this machine. Nothing is paid, nothing leaves.

Where `mock.api_url` names a server, that one is used. Else one is started in this process, with a world that stays in
the state folder from run to run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.backends.nemo import SESSION_OPTION, NemoBackend
from clipline.clock import CancelToken, Clock
from clipline.stage import Backend, Finding, StageCall, StageResult, hookimpl
from clipline.studio.extra import INSTALL, missing
from clipline.values import JsonObject

if TYPE_CHECKING:
    from clipline.backends.mock_world import MockWorld
    from clipline.backends.nemo.service import Client
    from clipline.mockserver import Fault, MockServer
    from clipline.nemo.options import NemoOptions

__all__ = ["MockBackend", "backends", "clipline_api"]

clipline_api = "1"

#: What names the server of this machine in states and journals, whatever its port; and whose tokens are used there.
_BASE, _STORE = "mock", "http://mock"


class MockBackend(NemoBackend):
    """Answers as `nemo` does, by a server of our own."""

    _is_mock = True

    def __init__(self, settings: JsonObject) -> None:
        super().__init__(settings, self._dial, "mock")
        self._world: MockWorld | None = None
        self._faults = _faults(settings)  # read now: a file that is wrong is said before a run

    @hookimpl
    def export(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """As `nemo`; where the server has no studio to edit with, the result is the source, and says so."""
        result = super().export(call, options)
        if result is None or not missing() or self._settings.get("api_url"):
            return result
        finding = Finding("WARN", f"the studio is not installed: the mock gave the clip back unedited ({INSTALL})")
        return replace(result, findings=(*result.findings, finding))

    @hookimpl
    def close(self) -> None:
        """Stop the server, if no other run of this process uses it."""
        if self._world is not None:
            self._world.close()

    def _own(self) -> dict[str, Any]:
        """Where nothing is asked, no server is needed yet."""
        return {"api_url": self._settings.get("api_url") or _STORE}

    def _has_pages(self) -> bool:
        return bool(self._settings.get("api_url"))

    def _base(self, options: NemoOptions) -> str:
        return options.api_url if self._settings.get("api_url") else _BASE

    def _dial(self, call: StageCall, token: str) -> tuple[Client, NemoOptions]:
        from clipline.backends.nemo.service import client_for, options_of

        given = str(call.settings.get("api_url") or "")
        url = given or self._served(call)
        options = options_of(call.settings, api_url=url, web_url=url)
        return client_for(call, options, given or _STORE, token), options

    def _served(self, call: StageCall) -> str:
        from clipline.backends.mock_world import MockWorld

        if self._world is None:
            folder = Path(call.settings["state_folder"]) / "mock"
            self._world = MockWorld(folder, lambda port: _server(call.settings, call.clock, folder, port, self._faults))
        return self._world.url(call.clock)


def _faults(settings: JsonObject) -> Sequence[Fault]:
    """The faults for a server of this process.

    Raises:
        InputError: their file is wrong.
    """
    if not settings.get("faults") or settings.get("api_url"):
        return ()
    from clipline.mockserver import load_faults

    return load_faults(Path(settings["faults"]))


def _server(settings: JsonObject, clock: Clock, folder: Path, port: int, faults: Sequence[Fault]) -> MockServer:
    """A server as the settings want it; a clock that a test moves is its clock too."""
    from clipline.mockserver import MockOptions, MockServer

    chosen = {name: settings[name] for name in ("seed", "silent", "credits") if name in settings}
    own = None if type(clock) is Clock else clock.with_token(CancelToken())
    return MockServer(port=port, clock=own, options=MockOptions(**chosen), faults=faults, folder=folder)


@hookimpl
def backends() -> Sequence[Backend]:
    """The backend `mock`."""
    summary = "The Nemo cloud's work by a server on this machine: offline, free, to try things out."
    return (Backend("mock", MockBackend, summary=summary, options=SESSION_OPTION),)

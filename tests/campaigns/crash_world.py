"""What a crash campaign kills: commands of clipline, and the servers that live on when these die.

The service is `clipline mock` in a process of its own, so that its ledger is true whatever happens to a client. The
receiver of webhooks is one too, in the campaign's first process.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["SCENES", "Place", "Scene", "Servers", "servers"]

#: What the mock is told: answers at once and always in words, and it gives out as many accounts as are asked for.
_MOCK = ("silent=0", "gui_talk=0", "pace=0", "render_polls=1", "credits=1000", "tokens_per_address=1000000000")
_BEGIN_SECONDS = 60.0
#: Waits as small as they may be. An edit is over in a tenth of a second, on a machine with much else to do in some, so
#: that after these nothing comes any more.
_WAITS = {"POLL": "0.02", "STREAM_LIMIT": "12", "DROP_WAIT": "0.05", "DROP_POLL": "0.2", "RATE_WAIT": "0.05"}
#: How late the effect of an edit comes where it is late: after a restart, and before nothing comes any more.
LATE_SECONDS = 0.8
#: A part of the webhook's address, which is a secret.
CANARY = "canary-hook-5e81c"

EDITS = ("keep 0s to 0.5s", "keep 0s to 0.3s")


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the service and the receiver of webhooks answer."""

    mock: str
    hooks: str

    @property
    def ports(self) -> Mapping[int, str]:
        """Their names by their ports."""
        return {_port(self.mock): "mock", _port(self.hooks): "hook"}

    def reset(self, *faults: Mapping[str, Any]) -> None:
        """A service as it was at its start, but for these faults; no request is on record."""
        self.control("POST", "reset")
        self.control("POST", "faults", list(faults))

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """A call of the mock's control plane."""
        return _call(method, f"{self.mock}/__mock__/{name}", body)

    def delivered(self, cell: str) -> list[str]:
        """The `webhook-id` of each message that came for a cell."""
        found: list[str] = _call("GET", f"{self.hooks}/{cell}")
        return found


@contextmanager
def servers(number: int) -> Iterator[list[Servers]]:
    """So many services, and one receiver for all."""
    hooks = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hooks)
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    mocks: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory(prefix="crash-mock-") as folder:
        try:
            mocks = [_mock(Path(folder) / str(index)) for index in range(number)]
            urls = [(mock.stdout.readline() if mock.stdout else "").strip() for mock in mocks]
            assert all(urls), "a mock did not start"
            yield [Servers(url, f"http://127.0.0.1:{hooks.server_port}") for url in urls]
        finally:
            for mock in mocks:
                mock.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    mock.wait(_BEGIN_SECONDS)
                mock.kill()
            hooks.shutdown()


def _mock(folder: Path) -> subprocess.Popen[str]:
    folder.mkdir()
    options = [word for option in _MOCK for word in ("--option", option)]
    command = [sys.executable, "-m", "clipline", "mock", "--port", "0", "--quiet", *options]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}
    return subprocess.Popen(
        [*command, "--folder", str(folder / "world")],
        env={**own, "CLIPLINE_STATE": str(folder / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


class _Hooks(http.server.BaseHTTPRequestHandler):
    """Takes every message, and tells by a GET which came for a cell."""

    came: Mapping[str, list[str]] = defaultdict(list)

    def do_POST(self) -> None:
        """A message, to `/CELL/SECRET`."""
        self.rfile.read(int(self.headers["content-length"]))
        self.came[self.path.split("/")[1]].append(self.headers["webhook-id"])
        with contextlib.suppress(OSError):  # whoever sent it may be dead by now
            self._answer(b"")

    def do_GET(self) -> None:
        """What came."""
        self._answer(json.dumps(self.came[self.path.split("/")[1]]).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


def _call(method: str, url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=_BEGIN_SECONDS) as reply:
        return json.loads(reply.read())


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


# --- what is run -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scene:
    """A command to kill, and how a person goes on after that.

    Attributes:
        backend: who works.
        words: the command; `{folder}` is the cell's folder.
        resume: the words that go on.
        files: the videos that are made, in the folder `out`.
        edits: how many edits are charged in all; 0 where nothing is.
        before: commands that are run undisturbed first.
        own_server: the mock runs in the command's own process.
    """

    name: str
    backend: str
    words: tuple[str, ...]
    resume: tuple[str, ...] = ("resume", "--progress", "plain")
    files: tuple[str, ...] = ("made.mp4",)
    edits: int = 2
    before: tuple[tuple[str, ...], ...] = ()
    own_server: bool = False

    @property
    def is_remote(self) -> bool:
        """Whether the service is a server of the campaign's."""
        return self.backend == "mock" and not self.own_server


_RUN = ("run", "cell.yaml", "-i", "clip=clip.mp4", "--out", "out", "--progress", "plain", "--backend")
_BATCH = ("batch", "row.yaml", "--table", "rows.csv", "--out", "out", "--progress", "plain", "--backend", "mock")
_TALK = ("--backend", "mock", "--progress", "plain")
SCENES = (
    Scene("run", "mock", (*_RUN, "mock")),
    Scene("local", "local", (*_RUN, "local"), edits=0),
    Scene("own", "mock", (*_RUN, "mock"), own_server=True),
    Scene(
        "batch",
        "mock",
        _BATCH,
        resume=(*_BATCH, "--resume"),
        files=("one.mp4", "two.mp4", "three.mp4"),
        edits=3,
    ),
    Scene("say", "mock", ("say", EDITS[0], *_TALK), files=(), edits=1, before=(("say", "clip.mp4", *_TALK),)),
)

_STAGES = f"""
clipline: 1
name: cell
inputs:
  clip: {{type: file, required: true}}
secrets: {{hook: "env:CELL_HOOK"}}
stages:
  - auth
  - stage: upload
    with: {{files: "${{{{ inputs.clip }}}}"}}
  - stage: edit
    id: first
    with: {{instruction: {EDITS[0]}}}
  - stage: edit
    id: second
    with: {{instruction: {EDITS[1]}}}
  - stage: export
    with:
      to: made.mp4
      post_export:
        - command: {{argv: [/bin/sh, -c, 'echo "$0" >> steps', "{{file}}"], folder: .}}
  - stage: notify
    with:
      via:
        - webhook: {{url: "${{{{ secrets.hook }}}}"}}
        - console
"""
_ROW = """
clipline: 1
name: row
inputs:
  clip: {type: file, required: true}
  to: {type: string, required: true}
stages:
  - auth
  - stage: upload
    with: {files: "${{ inputs.clip }}"}
  - stage: edit
    with: {instruction: keep 0s to 0.5s}
  - stage: export
    with: {to: "${{ inputs.to }}"}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one cell: what is edited, and all that is made."""

    scene: Scene
    folder: Path
    servers: Servers
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, scene: Scene, folder: Path, servers: Servers, clip: bytes) -> Place:
        """Lay out the folder."""
        (folder / "clip.mp4").write_bytes(clip)
        (folder / "cell.yaml").write_text(_STAGES)
        (folder / "row.yaml").write_text(_ROW)
        rows = "".join(f"clip.mp4,{name}\n" for name in ("one.mp4", "two.mp4", "three.mp4"))
        (folder / "rows.csv").write_text(f"clip,to\n{rows}")
        given = {"CLIPLINE_MOCK_API_URL": servers.mock} if scene.is_remote else {"CLIPLINE_MOCK_CREDITS": "1000"}
        given |= {f"CLIPLINE_MOCK_{name}": value for name, value in _WAITS.items()}
        hook = f"{servers.hooks}/{folder.name}/{CANARY}"
        return cls(
            scene,
            folder,
            servers,
            {**given, "CLIPLINE_MOCK_SILENT": "0", "CLIPLINE_STATE": str(folder / "state"), "CELL_HOOK": hook},
        )

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def out(self) -> Path:
        """Where files are made."""
        return self.folder / "out"

    def world(self) -> Mapping[str, Any]:
        """All that the service remembers; empty before it began."""
        if self.scene.is_remote:
            found: Mapping[str, Any] = self.servers.control("GET", "snapshot")["world"]
            return found
        file = self.state / "mock" / "world.json"
        return json.loads(file.read_text("utf-8", "surrogatepass")) if file.exists() else {}

    def requests(self, route: str) -> int:
        """How often the service was asked for something; only where it is a server of the campaign's."""
        rows = self.servers.control("GET", "requests") if self.scene.is_remote else ()
        return sum(row["route"] == route and row["complete"] for row in rows)

    def until_quiet(self, seconds: float) -> None:
        """Wait until nothing goes on at the service any more: no credits are reserved.

        A service inside the command died with it, and frees what was reserved when it is begun again.
        """
        if not self.scene.is_remote:
            return
        end = time.monotonic() + seconds
        while any(account["frozen"] for account in self.world().get("accounts", {}).values()):
            if time.monotonic() > end:
                raise TimeoutError("credits are reserved, and nothing goes on")
            time.sleep(0.05)

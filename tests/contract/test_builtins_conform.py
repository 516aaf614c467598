"""Every part that clipline ships passes the suite that it hands to authors of plugins; one that is not here fails."""

from __future__ import annotations

import base64
import http.server
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from clipline.backends import local, mock, nemo
from clipline.builtin import plugin as builtin
from clipline.plugin_manager import Plugins, installed
from clipline.stage import CheckSubject, TimelineView
from clipline.testing import (
    BackendConformance,
    ChannelConformance,
    CheckConformance,
    ExecutorConformance,
    MockNemo,
    PluginConformance,
    PostExportConformance,
    ReportFormatConformance,
    StageConformance,
    mock_nemo,
    tiny_clip,
)
from clipline.timeline import Segment, Timeline, Track
from mail_server import PASSWORD, USER, Authority, MailServer, authority, mail_server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference" / "stages.md"
CLI = ROOT / "docs" / "reference" / "cli.md"


def test_every_part_that_is_offered_is_covered_here() -> None:
    own = [point for point in installed() if point.dist is not None and point.dist.name == "clipline"]
    infos = Plugins(own).infos
    offered = {(sort, name) for info in infos for sort, names in (info.offers or {}).items() for name in names}
    classes = [each for each in globals().values() if isinstance(each, type) and each.__name__.startswith("Test")]
    covered = {(each.sort, each.name) for each in classes if issubclass(each, PluginConformance)}
    assert offered - covered == set(), "write a class for it below"
    assert covered - offered == set(), "it is no longer offered"


# --- stage kinds -----------------------------------------------------------------------------------------------------


class OfLocal(StageConformance):
    """A kind that a backend answers, after the stages that it needs before it."""

    plugin = builtin
    readme = REFERENCE
    backend = "local"

    def before(self, folder: Path) -> Sequence[Any]:
        clip = str(tiny_clip(folder / "clip.mp4"))
        upload = {"stage": "upload", "with": {"files": clip}}
        return {"auth": [], "upload": ["auth"], "edit": ["auth", upload]}.get(self.name, ["auth", upload])


class TestAuth(OfLocal):
    name = "auth"


class TestUpload(OfLocal):
    name = "upload"

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"files": str(tiny_clip(folder / "clip.mp4"))}


class TestEdit(OfLocal):
    name = "edit"

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"instruction": "trim to the first 0.5 seconds"}


class TestExport(OfLocal):
    name = "export"

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"to": "made.mp4"}


class TestVerify(OfLocal):
    name = "verify"

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"timeline": {"duration": ">=0.5s"}}


class TestNotify(StageConformance):
    plugin = builtin
    readme = REFERENCE
    name = "notify"

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"via": ["console"], "message": "it is done"}


# --- checks ----------------------------------------------------------------------------------------------------------


class TestTimeline(CheckConformance):
    plugin = builtin
    readme = REFERENCE
    name = "timeline"

    def holds(self, folder: Path) -> tuple[CheckSubject, object]:
        return self._subject(folder), {"tracks": {"video": ">=1"}, "duration": "2s"}

    def fails(self, folder: Path) -> tuple[CheckSubject, object]:
        return self._subject(folder), {"tracks": {"audio": 1}}

    def _subject(self, folder: Path) -> CheckSubject:
        clip = tiny_clip(folder / "clip.mp4")
        timeline = Timeline((Track("video", (Segment("clip", 2.0, source=str(clip)),)),), 96, 64, 12)
        return CheckSubject((clip,), TimelineView(timeline))


class TestMedia(CheckConformance):
    plugin = builtin
    readme = REFERENCE
    name = "media"

    def holds(self, folder: Path) -> tuple[CheckSubject, object]:
        return CheckSubject((tiny_clip(folder / "clip.mp4"),), None), {"audio_codec": "aac"}

    def fails(self, folder: Path) -> tuple[CheckSubject, object]:
        return CheckSubject((tiny_clip(folder / "clip.mp4"),), None), {"duration": ">=30s"}


# --- steps and channels ----------------------------------------------------------------------------------------------

#: Appends one line to the file that its argument names.
APPEND = "import sys; sys.stdin.read(); open(sys.argv[1], 'a').write('done\\n')"


def lines(file: Path | None) -> int:
    return len(file.read_text("utf-8").splitlines()) if file is not None and file.exists() else 0


class TestCommandStep(PostExportConformance):
    plugin = builtin
    readme = REFERENCE
    name = "command"
    repeatable = True
    ledger: ClassVar[Path]

    @pytest.fixture(autouse=True)
    def _ledger(self, tmp_path: Path) -> None:
        type(self).ledger = tmp_path / "ledger.txt"

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"argv": [sys.executable, "-c", APPEND, str(self.ledger)], "env": {"KEY": "canary-of-the-step"}}

    def charges(self) -> int:
        return lines(self.ledger)


class OfChannel(ChannelConformance):
    """A channel of clipline's own; `folder` is the test's."""

    plugin = builtin
    readme = REFERENCE
    folder: ClassVar[Path]

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        type(self).folder = tmp_path


class TestConsole(OfChannel):
    name = "console"

    def received(self) -> int:
        said = (line for record in self.folder.rglob("record-*.jsonl") for line in record.read_text().splitlines())
        return sum("stage.note" in line and "made no file" in line for line in said)


class TestFile(OfChannel):
    name = "file"

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"path": str(self.folder / "told.jsonl")}

    def received(self) -> int:
        return lines(self.folder / "told.jsonl")


class TestCommand(OfChannel):
    name = "command"

    def options(self, folder: Path) -> Mapping[str, Any]:
        argv = [sys.executable, "-c", APPEND, str(self.folder / "told.txt")]
        return {"argv": argv, "env": {"KEY": "canary-of-the-channel"}}

    def received(self) -> int:
        return lines(self.folder / "told.txt")


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes every message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken += 1  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class TestWebhook(OfChannel):
    name = "webhook"
    server: ClassVar[Any]

    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
            type(self).server = server
            server.taken = 0  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield
            server.shutdown()

    def options(self, folder: Path) -> Mapping[str, Any]:
        secret = "whsec_" + base64.b64encode(b"canary-signing-secret-of-32-byte").decode()
        return {"url": f"http://127.0.0.1:{self.server.server_port}/hook?token=canary-5e1f", "secret": secret}

    def received(self) -> int:
        return int(self.server.taken)


@pytest.mark.filterwarnings("ignore:Session.login_data is deprecated:DeprecationWarning")  # aiosmtpd's own
class TestEmail(OfChannel):
    name = "email"
    server: ClassVar[MailServer]
    ca: ClassVar[Authority]

    @pytest.fixture(autouse=True)
    def _server(self, tmp_path: Path) -> Iterator[None]:
        type(self).ca = authority(tmp_path)
        with mail_server(tls=self.ca.context, security="starttls") as server:
            type(self).server = server
            yield

    def options(self, folder: Path) -> Mapping[str, Any]:
        return {"to": "bob@example.com"}

    def settings(self, folder: Path) -> Mapping[str, str]:
        server = {"host": "localhost", "port": str(self.server.port), "ca": str(self.ca.file), "from": "me@example.com"}
        return {f"smtp.{name}": value for name, value in {**server, "user": USER, "password": PASSWORD}.items()}

    def received(self) -> int:
        return len(self.server.got)


# --- backends --------------------------------------------------------------------------------------------------------


class TestLocal(BackendConformance):
    plugin = local
    readme = ROOT / "README.md"
    name = "local"

    def charges(self) -> int:
        return 0


class OfCloud(BackendConformance):
    """A backend that speaks with a Nemo cloud; that one is a mock of the test's own."""

    readme = REFERENCE
    cloud: ClassVar[MockNemo]

    @pytest.fixture(autouse=True)
    def _cloud(self) -> Iterator[None]:
        with mock_nemo(silent=0, credits=100_000, tokens_per_address=10_000) as cloud:
            type(self).cloud = cloud
            yield

    def charges(self) -> int:
        return len(self.cloud.ledger)


@pytest.mark.campaign
class TestNemo(OfCloud):
    plugin = nemo
    name = "nemo"

    def settings(self, folder: Path) -> Mapping[str, str]:
        return {**self.cloud.settings, "nemo.client_id": f"canary-{uuid.uuid4()}"}


@pytest.mark.campaign
class TestMock(OfCloud):
    plugin = mock
    name = "mock"

    def settings(self, folder: Path) -> Mapping[str, str]:
        return {"mock.api_url": self.cloud.url}


# --- executors and report formats ------------------------------------------------------------------------------------


class TestThreads(ExecutorConformance):
    plugin = builtin
    readme = CLI
    name = "threads"


class TestProcesses(ExecutorConformance):
    plugin = builtin
    readme = CLI
    name = "processes"


class TestJson(ReportFormatConformance):
    plugin = builtin
    readme = CLI
    name = "json"


class TestJunit(ReportFormatConformance):
    plugin = builtin
    readme = CLI
    name = "junit"

"""The conformance kit finds what it says it finds: small parts, each with one fault, turn exactly the right check red.

Every part of the table is a module of its own in a folder of its own, with a class of the kit that drives it; pytest
runs that in a process of its own, as it runs an author's tests.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import av
import pytest

from clipline.plugin_manager import Plugins
from clipline.stage import StageCall
from clipline.testing import MockNemo, VirtualClock
from clipline.testing.scene import address_of

ROOT = Path(__file__).resolve().parents[3]
HANGING = 300.0

# --- good parts ------------------------------------------------------------------------------------------------------

STAGE = '''
"""Counts the bytes of a file."""
from pathlib import Path
from clipline.errors import InputError
from clipline.stage import StageKind, StageResult, hookimpl, hookspec

clipline_api = "1"
OPTIONS = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "path", "description": "The file to measure."}},
    "required": ["file"],
    "additionalProperties": False,
}


class Spec:
    @hookspec(firstresult=True)
    def measure(self, call, options):
        "Count."


@hookimpl
def stage_kinds():
    return [StageKind("measure", Spec, OPTIONS, {"type": "object"}, "Counts bytes.")]


@hookimpl
def measure(call, options):
    call.clock.check()
    try:
        data = Path(options["file"]).read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {options['file']}: {error.strerror}") from error
    target = call.out / "measured.txt"
    artifact = call.files.delivered(target)
    if artifact is None:
        temporary = call.files.temporary(target)
        temporary.write_text(f"{len(data)} bytes")
        artifact = call.files.deliver(temporary, target)
    call.clock.check()
    return StageResult({"files": [str(artifact.path)]}, artifacts=(artifact,))
'''
STAGE_TESTS = """
import part
from clipline.testing import StageConformance, tiny_clip


class TestPart(StageConformance):
    plugin = part
    name = "measure"

    def options(self, folder):
        return {"file": str(tiny_clip(folder / "measured.mp4"))}
"""
STAGE_README = "The stage `measure` takes `file`."

#: A stage that pays: the other side is a file with a line for each charge.
PAYING = (
    STAGE.replace("call.clock.check()\n    return", "pay(call, Path(options['file']))\n    return").replace(
        '"Counts bytes.")', '"Counts bytes.", effectful=True)'
    )
    + """

from clipline.stage import Settled


def charge(ledger):
    with open(ledger, "a") as file:
        file.write("paid\\n")
    return {"credits": 1}


def pay(call, file):
    ledger = file.with_name("ledger.txt")
    before = len(ledger.read_text().split()) if ledger.exists() else 0

    def settle(operation):
        now = len(ledger.read_text().split()) if ledger.exists() else 0
        return Settled("done", {"credits": 1}) if now > operation["before"] else Settled("not_done")

    earlier = call.effects.earlier("pay") or call.effects.open_operation("pay")
    if earlier is None or "before" in earlier:
        operation = earlier or {"before": before}
        call.effects.perform("pay", operation, lambda: charge(ledger), settle=settle, span=0.0)
"""
)
PAYING_TESTS = (
    STAGE_TESTS
    + """
    def charges(self):
        return sum(len(each.read_text().split()) for each in self.folder.rglob("ledger.txt"))

    import pytest

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        type(self).folder = tmp_path
"""
)

BACKEND = '''
"""A backend that notes what it is told, and pays for an edit."""
from clipline.errors import InputError
from clipline.stage import Backend, Settled, StageResult, hookimpl
from pathlib import Path

clipline_api = "1"


class Noted:
    def __init__(self):
        self.session = None

    @hookimpl
    def supports(self):
        return {
            "auth": {},
            "edit": {"instruction": "native"},
            "export": {"to": "native", "collision": "native", "sidecar": "native"},
        }

    @hookimpl
    def auth(self, call, options):
        self.session = "s1"
        return StageResult(state={"session": "s1"})

    @hookimpl
    def edit(self, call, options):
        session = call.state["session"]
        ledger = Path(call.settings["state_folder"]).parent / "ledger.txt"

        def send():
            with ledger.open("a") as file:
                file.write("paid\\n")
            return {"said": options["instruction"]}

        def settle(operation):
            paid = ledger.exists()
            return Settled("done", {"said": operation["said"]}) if paid else Settled("not_done")

        told = call.effects.perform("edit", {"said": options["instruction"]}, send, settle=settle, span=0.0)
        return StageResult({"text": told["said"]}, state={"session": session, "said": told["said"]})

    @hookimpl
    def export(self, call, options):
        target = call.out / options["to"]
        artifact = call.files.delivered(target)
        if artifact is None:
            temporary = call.files.temporary(target)
            temporary.write_text(call.state["said"])
            artifact = call.files.deliver(temporary, target)
        return StageResult({"files": [str(artifact.path)]}, artifacts=(artifact,))


@hookimpl
def backends():
    return [Backend("noted", lambda settings: Noted(), "Notes what it is told.")]
'''
BACKEND_TESTS = """
import part
import pytest
from clipline.testing import BackendConformance


class TestPart(BackendConformance):
    plugin = part
    name = "noted"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        type(self).folder = tmp_path

    def charges(self):
        return sum(len(each.read_text().split()) for each in self.folder.rglob("ledger.txt"))

    def pipeline(self, folder):
        return {
            "stages": [
                "auth",
                {"stage": "edit", "with": {"instruction": "blur it"}},
                {"stage": "export", "with": {"to": "made.txt"}},
            ]
        }
"""
BACKEND_README = "The backend `noted`."

CHANNEL = '''
"""Posts a message."""
from clipline.errors import MachineError
from clipline.stage import Channel, hookimpl
from clipline.values import Secret

clipline_api = "1"
OPTIONS = {
    "type": "object",
    "properties": {
        "file": {
            "type": "string", "format": "path", "x-clipline-written": True, "description": "Where the message goes."
        },
        "token": {"type": "string", "description": "Who sends it."},
    },
    "additionalProperties": False,
}


def send(call, message, options):
    token = options["token"].reveal() if isinstance(options["token"], Secret) else options["token"]
    try:
        with open(options["file"], "a") as file:
            file.write(f"{len(token)} {message.text}\\n")
    except OSError as error:
        raise MachineError(f"cannot write to {options['file']}: {error.strerror}") from error
    return {}


@hookimpl
def channels():
    return [Channel("post", send, OPTIONS, "Posts a message.", secret_options=frozenset({"token"}))]
'''
CHANNEL_TESTS = """
import part
import pytest
from clipline.testing import ChannelConformance


class TestPart(ChannelConformance):
    plugin = part
    name = "post"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        type(self).file = tmp_path / "posted.txt"

    def options(self, folder):
        return {"file": str(self.file), "token": "canary-token-77aa"}

    def received(self):
        return len(self.file.read_text().splitlines()) if self.file.exists() else 0
"""
CHANNEL_README = "The channel `post` takes `file` and `token`."

CHECK = '''
"""No file is larger."""
from clipline.stage import Finding, VerifyCheck, hookimpl

clipline_api = "1"


@hookimpl
def verify_checks():
    wanted = {"type": "integer", "description": "The most bytes."}
    return [VerifyCheck("at_most", check, wanted, "No file has more bytes.")]


def check(call, subject, wanted):
    sizes = [file.stat().st_size for file in subject.files]
    level = "FAIL" if max(sizes) > wanted else "INFO"
    return [Finding(level, f"the largest file has {max(sizes)} bytes")]
'''
CHECK_TESTS = """
import part
from clipline.stage import CheckSubject
from clipline.testing import CheckConformance, tiny_clip


class TestPart(CheckConformance):
    plugin = part
    name = "at_most"

    def holds(self, folder):
        return CheckSubject((tiny_clip(folder / "clip.mp4"),), None), 100_000

    def fails(self, folder):
        return CheckSubject((tiny_clip(folder / "clip.mp4"),), None), 10
"""
CHECK_README = "The check `at_most`."

EXECUTOR = '''
"""One after the other."""
from clipline.stage import Executor, hookimpl

clipline_api = "1"


def execute(work, orders, jobs, clock):
    for order in orders:
        yield work(order, clock)
        if clock.cancelled:
            return


@hookimpl
def executors():
    return [Executor("serial", execute, "One after the other.")]
'''
EXECUTOR_TESTS = """
import part
from clipline.testing import ExecutorConformance


class TestPart(ExecutorConformance):
    plugin = part
    name = "serial"
"""
EXECUTOR_README = "The executor `serial`."

FORMAT = '''
"""A line of text."""
from xml.sax.saxutils import escape
from clipline.stage import ReportFormat, hookimpl

clipline_api = "1"


def write(result):
    name = "".join(letter for letter in result["name"] if letter >= " ")
    return f"<run status='{result['status']}'>{escape(name)}</run>".encode()


@hookimpl
def report_formats():
    return [ReportFormat("line", write, ".xml", "A line of XML.")]
'''
FORMAT_TESTS = """
import part
from clipline.testing import ReportFormatConformance


class TestPart(ReportFormatConformance):
    plugin = part
    name = "line"
"""
FORMAT_README = "The report format `line`."

POST = '''
"""Posts a message over HTTP."""
from clipline import http
from clipline.errors import StageFailed
from clipline.stage import Channel, hookimpl

clipline_api = "1"
OPTIONS = {
    "type": "object",
    "properties": {"url": {"type": "string", "description": "Where it goes."}},
    "additionalProperties": False,
}


def send(call, message, options):
    status = post(call, options["url"], message.text.encode())
    if status != 204:
        raise StageFailed(f"the receiver answered {status}")
    return {}


def post(call, url, body):
    return http.post(url, content=body, headers={}, clock=call.clock, timeout=60).status


@hookimpl
def channels():
    return [Channel("post", send, OPTIONS, "Posts a message.")]
'''
POST_TESTS = """
import http.server
import threading
import part
import pytest
from clipline.testing import ChannelConformance


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken += 1
        self.send_response(204)
        self.end_headers()


class TestPart(ChannelConformance):
    plugin = part
    name = "post"

    @pytest.fixture(autouse=True)
    def _server(self):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
            type(self).server = server
            server.taken = 0
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield
            server.shutdown()

    def options(self, folder):
        return {"url": f"http://127.0.0.1:{self.server.server_port}/"}

    def received(self):
        return self.server.taken
"""
POST_README = "The channel `post` takes `url`."

COMMAND = '''
"""Says hello."""
import click


@click.command()
def command():
    """Say hello."""
    click.echo("hello")
'''
COMMAND_TESTS = """
from clipline.testing import CommandConformance


class TestPart(CommandConformance):
    name = "hello"
"""
COMMAND_README = "The command `hello`."
COMMAND_POINT = "[clipline.commands]\nhello = part:command\n"

GOOD = {
    "stage": (STAGE, STAGE_TESTS, STAGE_README),
    "paying": (PAYING, PAYING_TESTS, STAGE_README),
    "backend": (BACKEND, BACKEND_TESTS, BACKEND_README),
    "channel": (CHANNEL, CHANNEL_TESTS, CHANNEL_README),
    "check": (CHECK, CHECK_TESTS, CHECK_README),
    "executor": (EXECUTOR, EXECUTOR_TESTS, EXECUTOR_README),
    "format": (FORMAT, FORMAT_TESTS, FORMAT_README),
    "post": (POST, POST_TESTS, POST_README),
    "command": (COMMAND, COMMAND_TESTS, COMMAND_README),
}

# --- faults ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """What is changed in a good part, the checks that turn red, and what their message must say."""

    part: str
    old: str
    new: str
    red: tuple[str, ...]
    says: str


IMPORTS = "test_importing_the_plugin_does_no_work"
KILLED = "test_a_run_that_is_killed_ends_well_when_it_is_resumed"
STOPS = "test_it_stops_when_it_is_told_to"
WORDS = "test_what_goes_wrong_is_told_in_words"
EFFECTS = "test_effects_happen_once_and_only_through_effects"
SECRETS = "test_no_secret_is_shown_or_kept"
FILES = "test_its_files_come_through_call_files"
STATE = "test_each_stage_needs_only_the_state_that_the_one_before_left"
SCHEMA = "test_the_schema_is_valid_and_describes_every_option"
LOADS = "test_the_plugin_loads_and_offers_the_part"
WORKS = "test_it_does_its_work"
API = "test_the_plugin_states_its_api_version"
DOCUMENTED = "test_the_part_is_documented"

API_LINE = 'clipline_api = "1"\n'
FAULTS = {
    "connects at import": Fault(
        "format",
        API_LINE,
        API_LINE + "import socket\nwith socket.socket() as s:\n    s.connect_ex(('127.0.0.1', 9))\n",
        (IMPORTS,),
        r"socket\.connect.*127\.0\.0\.1(.|\n)*only describes",
    ),
    "writes at import": Fault(
        "format",
        API_LINE,
        API_LINE + "import os\nopen(os.devnull, 'w').close()\n",
        (IMPORTS,),
        "opens /dev/null for writing",
    ),
    "starts a process when it is asked what it offers": Fault(
        "format",
        "def report_formats():\n",
        "def report_formats():\n    import subprocess\n    subprocess.run(['true'], check=True)\n",
        (IMPORTS,),
        "subprocess.Popen",
    ),
    "imports numpy": Fault("format", API_LINE, API_LINE + "import numpy\n", (IMPORTS,), "importing it imports numpy"),
    "states no API version": Fault("format", API_LINE, "", (API,), 'write `clipline_api = "1"`'),
    "has a misspelt hook": Fault("format", "def report_formats", "def report_formatz", (LOADS,), "report_formatz"),
    "describes no option": Fault(
        "stage", ', "description": "The file to measure."', "", (SCHEMA,), "'file' has no description"
    ),
    "has no summary": Fault("format", ', "A line of XML."', "", (DOCUMENTED,), "has no summary"),
    "raises KeyError": Fault(
        "stage",
        "raise InputError(f\"cannot read {options['file']}: {error.strerror}\") from error",
        "raise KeyError(options['file']) from error",
        (WORDS,),
        "fails with what is no CliplineError(.|\n)*KeyError",
    ),
    "passes on the exception's own text": Fault(
        "stage",
        "raise InputError(f\"cannot read {options['file']}: {error.strerror}\") from error",
        "raise InputError(repr(error)) from error",
        (WORDS,),
        "not for people",
    ),
    "writes past call.files": Fault(
        "stage",
        "        temporary = call.files.temporary(target)\n"
        '        temporary.write_text(f"{len(data)} bytes")\n'
        "        artifact = call.files.deliver(temporary, target)\n",
        '        target.write_text(f"{len(data)} bytes")\n'
        "        from clipline.stage import Artifact\n"
        "        from clipline.artifacts import sha256_of\n"
        "        artifact = Artifact(target, sha256_of(target), target.stat().st_size, target.name)\n",
        (FILES,),
        r"wrote past `call\.files`: measured\.txt",
    ),
    "does not know its own file again": Fault(
        "stage",
        "artifact = call.files.delivered(target)",
        "artifact = None\n    if target.exists():\n        raise InputError(f'{target} is there already')",
        (KILLED,),
        r"is there already(.|\n)*ask `call\.files\.delivered",
    ),
    "swallows Cancelled": Fault(
        "stage",
        "    call.clock.check()\n",
        "    try:\n        call.clock.check()\n    except Exception:\n        pass\n",
        (STOPS,),
        "let `Cancelled` through",
    ),
    "does not hear that it is to stop": Fault(
        "stage",
        "    call.clock.check()\n    try:",
        "    import time\n    if call.clock.cancelled:\n        time.sleep(30)\n    try:",
        (STOPS,),
        "still at work",
    ),
    "uses effects and does not say so": Fault("paying", ", effectful=True", "", (EFFECTS,), "effectful=True"),
    "sends outside effects": Fault(
        "paying",
        '        call.effects.perform("pay", operation, lambda: charge(ledger), settle=settle, span=0.0)',
        "        charge(ledger)",
        (EFFECTS,),
        "charged 2 times instead of 1",
    ),
    "settles without reading": Fault(
        "paying",
        'return Settled("done", {"credits": 1}) if now > operation["before"] else Settled("not_done")',
        'return Settled("not_done")',
        (KILLED,),
        "charged 2 times, not 1",
    ),
    "keeps what it knows in its object": Fault(
        "backend",
        'session = call.state["session"]',
        "session = self.session.strip()",
        (STATE,),
        "StageResult\\(state=",
    ),
    "never fails": Fault(
        "check",
        'level = "FAIL" if max(sizes) > wanted else "INFO"',
        'level = "INFO"',
        ("test_a_check_that_does_not_hold_fails_the_stage",),
        "FAIL",
    ),
    "prints its secret": Fault(
        "channel",
        "    return {}\n",
        "    print('sent as', token)\n    return {}\n",
        (SECRETS,),
        "what it printed and logged has can…",
    ),
    "sends twice": Fault(
        "channel",
        "    return {}\n",
        "    with open(options['file'], 'a') as file:\n        file.write('again\\\\n')\n    return {}\n",
        ("test_one_notify_is_one_message",),
        "got 2 messages",
    ),
    "does not hear that it is to stop while nobody answers": Fault(
        "post",
        "    return http.post(url, content=body, headers={}, clock=call.clock, timeout=60).status\n",
        "    import urllib.request\n"
        "    try:\n"
        "        return urllib.request.urlopen(url, body, 60).status\n"
        "    except OSError as error:\n"
        "        raise StageFailed(f'the receiver cannot be reached: {error}') from error\n",
        (STOPS,),
        "keeps it waiting(.|\n)*still at work(.|\n)*on_cancel",
    ),
    "is a command that works at import": Fault(
        "command",
        "import click\n",
        "import click\nimport os\nopen(os.devnull, 'w').close()\n",
        ("test_importing_the_command_does_no_work",),
        "move that into the command's function",
    ),
    "is a command without a word of help": Fault(
        "command", '    """Say hello."""\n', "", ("test_its_help_says_what_it_does",), "give the command a docstring"
    ),
    "is a command that takes whatever comes": Fault(
        "command",
        "@click.command()\ndef command():",
        "@click.command(context_settings={'ignore_unknown_options': True, 'allow_extra_args': True})\ndef command():",
        ("test_what_is_typed_wrong_is_told_without_a_traceback",),
        "an unknown option ends with 0",
    ),
    "reads all orders at once": Fault(
        "executor",
        "for order in orders:",
        "for order in list(orders):",
        ("test_orders_are_read_as_they_are_needed",),
        "read ahead",
    ),
    "goes on when it is cancelled": Fault(
        "executor",
        "        if clock.cancelled:\n            return\n",
        "",
        ("test_after_a_cancel_no_more_orders_are_read",),
        "clock.cancelled",
    ),
    "does not escape": Fault(
        "format", "{escape(name)}", "{name}", ("test_it_bears_every_text",), "cannot be read as .xml"
    ),
}


# --- the proof -------------------------------------------------------------------------------------------------------


def suite(folder: Path, part: str, tests: str, readme: str) -> tuple[dict[str, str], str]:
    """What became of each check of a part, and all that pytest said."""
    package = folder / "package"
    package.mkdir()
    (package / "part.py").write_text(dedent(part), "utf-8")
    (package / "test_part.py").write_text(dedent(tests), "utf-8")
    (package / "README.md").write_text(readme, "utf-8")
    (package / "pyproject.toml").write_text('[project]\nname = "part"\nversion = "0"\n', "utf-8")
    metadata = package / "part-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: part\nVersion: 0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(COMMAND_POINT if part.find("click") > 0 else "", "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "-W", "error", "--basetemp"]
    done = subprocess.run(
        [*command, str(folder / "basetemp"), "test_part.py"],
        cwd=package,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(package), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGING,
    )
    found = dict(re.findall(r"TestPart::(\w+)(?:\[\w+\])? (PASSED|FAILED|SKIPPED|ERROR)", done.stdout))
    assert found, done.stdout + done.stderr
    return found, done.stdout


#: Each takes 10 to 20 seconds; of the others, clipline's own parts and those of its packages are green in `make test`.
BRIEF = {"paying", "executor", "format"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "sort", [pytest.param(sort, marks=[pytest.mark.campaign] * (sort not in BRIEF)) for sort in GOOD]
)
def test_a_good_part_is_green(sort: str, tmp_path: Path) -> None:
    found, said = suite(tmp_path, *GOOD[sort])
    assert set(found.values()) == {"PASSED"}, said


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.campaign] * bool(n % 5)) for n, name in enumerate(FAULTS)]
)
def test_a_fault_turns_the_right_check_red_and_says_what_to_do(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    part, tests, readme = GOOD[fault.part]
    assert fault.old in part
    found, said = suite(tmp_path, part.replace(fault.old, fault.new), tests, readme)
    assert tuple(check for check, end in found.items() if end in {"FAILED", "ERROR"}) == fault.red, said
    assert re.search(fault.says, said), said
    assert "Traceback" not in said, said


# --- what hands parts to the suite -----------------------------------------------------------------------------------


class Offered:
    """A plugin as a class."""


OFFERED = Offered()


def test_a_part_is_named_as_its_entry_point_names_it() -> None:
    assert address_of(sys.modules["json.decoder"]) == "json.decoder"
    assert address_of(Offered) == f"{__name__}:Offered"
    assert address_of(OFFERED) == f"{__name__}:OFFERED"
    with pytest.raises(LookupError, match="no module holds it"):
        address_of(Offered())


def test_the_kit_is_needed_by_nobody_and_its_fixtures_cost_nothing() -> None:
    code = (
        "import sys, clipline, clipline.app\n"
        "assert not [name for name in sys.modules if name.startswith(('clipline.testing', 'pytest'))]\n"
        "import clipline.testing.program, clipline.testing.imports, clipline.testing.scene\n"
        "assert 'pytest' not in sys.modules\n"
    )
    fixtures = (
        "import sys, clipline.testing.fixtures\n"
        "own = [name for name in sys.modules if name.startswith('clipline')]\n"
        "assert sorted(own) == ['clipline', 'clipline.testing', 'clipline.testing.fixtures'], own\n"
    )
    for each in (code, fixtures):
        subprocess.run([sys.executable, "-c", each], check=True, timeout=HANGING)


def test_the_fixtures_are_there_by_themselves(
    clipline_call: Callable[..., StageCall],
    clipline_clip: Path,
    clipline_mock: MockNemo,
    clipline_clock: VirtualClock,
    clipline_plugins: Plugins,
) -> None:
    assert clipline_call("greet", state={"n": 1}).state == {"n": 1}
    with av.open(str(clipline_clip)) as clip:
        assert ([stream.type for stream in clip.streams], clip.duration) == (["video", "audio"], 1_000_000)
        assert sum(1 for _ in clip.decode(video=0)) == 12
    with socket.create_connection(clipline_mock.url.removeprefix("http://").split(":"), 10):
        pass
    clipline_clock.sleep(3600)
    assert clipline_clock.waits == (3600,)
    assert (clipline_plugins.infos, dict(clipline_plugins.offers.stage_kinds)) == ((), {})

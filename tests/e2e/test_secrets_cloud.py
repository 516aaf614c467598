"""The canary of the cloud: whole commands at their most talkative, in every way that they end; no secret is seen."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from canary import Heard, Person, Secrets, is_token_file, leaks
from clipline import app
from clipline.errors import CliplineError
from clipline.events import Event
from clipline.mockserver import MockServer, fault_from_json
from clipline.testing.nemo import MockNemo, mock_nemo
from media_maker import make_clip

#: Of no form that could be known by its looks, with signs that are written otherwise in an address and in JSON.
TOKEN = "canary+token/of=a~person\\9f2c"
CLIENT = "canary-client/of+a=person-1b7e"
RUN = ("run", "quick-edit", "--backend", "nemo")
TALKATIVE = ("--debug", "--json", "--progress", "json")
#: What a careless service says of a request: all that it was sent, and where things lie.
QUOTED = f"denied: Bearer {TOKEN}, {CLIENT}, {{'token': '{TOKEN}'}}, https://cdn.example.test/x.mp4?X-Amz-Signature=ab{TOKEN}"


@pytest.fixture
def mock() -> Iterator[MockNemo]:
    with mock_nemo(silent=0, credits=10_000, studio="off") as mock:
        yield mock


def known_to(server: MockServer, token: str) -> None:
    """Let a token of a person's own be one that the service knows."""
    issued = server.issue_token("user_1", credits=10_000)
    snapshot = json.loads(json.dumps(server.snapshot()))
    tokens = snapshot["world"]["tokens"]
    tokens[token] = {**tokens.pop(issued), "value": token}
    server.restore(snapshot)


@pytest.fixture(params=["anonymous", "supplied"])
def person(request: pytest.FixtureRequest, mock: MockNemo, tmp_path: Path) -> Person:
    """Somebody with a token, or with none."""
    if request.param == "anonymous":
        return Person(tmp_path, mock.environment)
    person = supplied(mock, tmp_path)
    person.fresh = True
    return person


def supplied(mock: MockNemo, folder: Path, token: str = TOKEN) -> Person:
    known_to(mock.server, token)
    own = {"NEMO_TOKEN": token, "NEMO_CLIENT_ID": CLIENT, "CLIPLINE_NEMO_STREAM_LIMIT": "2s"}
    return Person(folder, {**mock.environment, **own})


def assert_nothing_is_seen(person: Person, mock: MockNemo) -> None:
    secrets = Secrets.of(mock.server, TOKEN)
    assert any(request.headers.get("authorization") for request in mock.requests)
    assert leaks(person, secrets) == []
    for path in person.state.rglob("*"):
        assert not (path.is_file() and TOKEN.encode() in path.read_bytes()) or is_token_file(path)


# --- commands that succeed -------------------------------------------------------------------------------------------


def test_no_command_that_succeeds_shows_a_secret(person: Person, mock: MockNemo) -> None:
    make_clip(person.work / "clip.mp4", size=(64, 48), seconds=0.6)
    status, told, _ = person.clipline(*RUN, *TALKATIVE)
    assert status == 0
    run = json.loads(told)["run"]
    talk = "upload clip.mp4\nkeep 0s to 0.3s\nstatus\ncredits\n/link\nexport\n/history\n"
    for words, typed in (
        ((*RUN, "--debug", "--progress", "plain"), ""),
        (("runs", "show", run, "--json"), ""),
        (("runs", "show", run), ""),
        (("runs", "logs", run, "--json"), ""),
        (("config", "--json"), ""),
        (("config",), ""),
        (("doctor", "--json", "--debug"), ""),
        (("plan", "quick-edit", "--backend", "nemo", "--json", "--debug"), ""),
        (("chat", "--backend", "nemo", "--debug"), talk),
        (("say", "--backend", "nemo", *TALKATIVE, "keep 0s to 0.2s"), ""),
        (("credits", "--backend", "nemo", "--json", "--debug"), ""),
        (("status", "--backend", "nemo", "--json", "--debug"), ""),
        (("link", run, "--debug"), ""),
        (("resume", run, "--debug", "--json"), ""),
        (("probe", "--debug"), ""),
    ):
        status, told, complained = person.clipline(*words, typed=typed)
        assert status == 0, (words, told, complained)
    secrets = Secrets.of(mock.server)
    assert all((secrets.tokens, secrets.signatures, secrets.claims))
    assert any(claim in heard.data.decode() for heard in person.heard for claim in secrets.claims)
    assert_nothing_is_seen(person, mock)


def test_a_program_is_given_the_claim_link_and_nothing_else(
    mock: MockNemo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    known_to(mock.server, TOKEN)
    for name in ("", "httpx", "httpcore", "filelock", "clipline"):
        caplog.set_level(logging.DEBUG, name)
    person = Person(tmp_path)
    settings = {**mock.settings, "nemo.token": TOKEN, "nemo.client_id": CLIENT}
    events: list[Event] = []
    shown: list[str] = []
    for status in ("done", "waiting"):
        result = app.run(
            "quick-edit", backend="nemo", settings=settings, state=person.state, out=person.work, on_event=events.append
        )
        assert result.status == status
        shown += [repr(result), json.dumps(result.as_json(), default=str)]
        mock.server.add_fault(fault_from_json({**FAULTS["export"][0], "nth": "every"}))
    with pytest.raises(CliplineError) as refused:
        app.timeline("nemo", session="1", settings=settings, state=person.state)
    shown += ["".join(traceback.format_exception(refused.value)), repr(refused.value), str(refused.value.as_json())]
    links = [event for event in events if event.type == "link"]
    shown += [repr(event) for event in events if event not in links]
    person.heard = [Heard("what a program sees", text.encode()) for text in [*shown, caplog.text]]
    assert_nothing_is_seen(person, mock)
    claims = Secrets.of(mock.server).claims
    assert all(any(claim in event.data["url"] for claim in claims) for event in links)
    assert len(links) == 3


# --- commands that fail ----------------------------------------------------------------------------------------------

#: In each stage what can go wrong, with a service that quotes what it was sent.
FAULTS: dict[str, list[dict[str, Any]]] = {
    "auth": [
        {"route": "session", "kind": "status", "phase": "before_effect", "status": 500, "message": QUOTED},
        {"route": "credits", "kind": "status", "phase": "before_effect", "code": 1001, "message": QUOTED},
        {"route": "credits", "kind": "html", "phase": "before_effect"},
        {"route": "claim", "kind": "status", "phase": "before_effect", "code": 400, "message": QUOTED},
    ],
    "upload": [
        {"route": "upload", "kind": "status", "phase": "before_effect", "code": 4001, "message": QUOTED},
        {"route": "upload", "kind": "status", "phase": "before_effect", "status": 422, "envelope": "detail"},
        {"route": "upload", "kind": "reset", "phase": "after_effect"},
    ],
    "edit": [
        {"route": "message", "kind": "status", "phase": "before_effect", "code": 2001, "message": QUOTED},
        {"route": "message", "kind": "status", "phase": "before_effect", "status": 503, "message": QUOTED},
        {"route": "message", "kind": "stream_error", "phase": "after_effect", "form": "json", "message": QUOTED},
        {"route": "message", "kind": "stream_error", "phase": "after_effect", "form": "broken", "message": QUOTED},
        {"route": "message", "kind": "stream_error", "phase": "after_effect", "form": "event", "message": QUOTED},
        {"route": "message", "kind": "truncated_gzip", "phase": "after_effect"},
    ],
    "export": [
        {"route": "render", "kind": "status", "phase": "before_effect", "code": 402, "message": QUOTED},
        {"route": "render_status", "kind": "render_failed", "phase": "before_effect", "message": QUOTED},
        {"route": "render_status", "kind": "status", "phase": "before_effect", "code": 404, "message": QUOTED},
        {"route": "result", "kind": "status", "phase": "before_effect", "status": 403, "message": QUOTED},
        {"route": "result", "kind": "reset", "phase": "after_bytes", "after": 1000, "nth": 1},
    ],
}


@pytest.mark.parametrize("stage", FAULTS)
def test_no_stage_that_fails_shows_a_secret(stage: str, mock: MockNemo, tmp_path: Path) -> None:
    person = supplied(mock, tmp_path)
    for fault in FAULTS[stage]:
        mock.server.add_fault(fault_from_json({"nth": "every", **fault}))
        status, told, complained = person.clipline(*RUN, *TALKATIVE)
        mock.server.clear_faults()
        result = json.loads(told)
        assert result["exit"] == status, complained
        assert any(request.faults == (fault["kind"],) for request in mock.requests), fault
    run = result["run"]
    person.clipline("runs", "show", run)
    person.clipline("runs", "logs", run)
    assert_nothing_is_seen(person, mock)


def plugin(folder: Path, body: str) -> str:
    """A plugin of somebody's, found by its metadata; `body` is what it does before each stage."""
    metadata = folder / "careless-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: careless\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[clipline]\ncareless = careless\n")
    (folder / "careless.py").write_text(
        "from clipline.errors import StageFailed\n"
        "from clipline.stage import hookimpl\n"
        'clipline_api = "1"\n'
        "@hookimpl(wrapper=True)\n"
        "def run_stage(call, kind, options):\n"
        f"    {body}\n"
        "    return (yield)\n"
    )
    return str(folder)


def test_a_bugs_traceback_and_report_show_no_secret(mock: MockNemo, tmp_path: Path) -> None:
    careless = plugin(tmp_path / "site", 'if kind == "edit": raise RuntimeError(f"{call!r} {dict(call.settings)}")')
    person = supplied(mock, tmp_path / "person")
    person.environment = {**person.environment, "PYTHONPATH": careless}
    status, _, complained = person.clipline(*RUN, "--debug")
    assert status == 70
    assert "RuntimeError" in complained
    assert_nothing_is_seen(person, mock)


def test_the_search_finds_what_is_given_away(mock: MockNemo, tmp_path: Path) -> None:
    """The search above can fail: what a plugin gives away is found in each place, however it is written down."""
    careless = plugin(
        tmp_path / "site",
        """import base64, os, pathlib, subprocess, sys, time, urllib.parse
    if kind == "upload":
        token = call.settings["token"].reveal()
        print(token, file=sys.stderr)
        pathlib.Path(call.folder, "note.txt").write_text(token)
        subprocess.run([sys.executable, "-c", "import time; time.sleep(1)", token])
        call.note(urllib.parse.quote(token, safe=""))
        raise StageFailed(base64.b64encode(token.encode()).decode())""",
    )
    given_away = "another" + TOKEN[6:]  # the titles that other tests see at the same time are the machine's
    person = supplied(mock, tmp_path / "person", given_away)
    person.environment = {**person.environment, "PYTHONPATH": careless}
    person.clipline(*RUN, *TALKATIVE)
    found = "\n".join(leaks(person, Secrets.of(mock.server)))
    for place in ("stdout of", "stderr of", "title of", "rows of", "journal.sqlite", "events.jsonl", "note.txt"):
        assert place in found


def test_what_the_engine_knows_to_be_secret_is_taken_out_of_what_a_plugin_says(mock: MockNemo, tmp_path: Path) -> None:
    careless = plugin(tmp_path / "site", 'raise StageFailed("it is " + call.settings["token"].reveal())')
    person = supplied(mock, tmp_path / "person")
    person.environment = {**person.environment, "PYTHONPATH": careless}
    status, told, _ = person.clipline(*RUN, *TALKATIVE)
    assert status == 1
    assert "it is …" in json.loads(told)["errors"][0]["message"]
    assert leaks(person, Secrets.of(mock.server, TOKEN)) == []


# --- commands that are stopped ---------------------------------------------------------------------------------------


def begin(person: Person, mock: MockNemo, fault: dict[str, Any]) -> subprocess.Popen[bytes]:
    """A run that comes as far as a fault, and hangs there."""
    mock.server.add_fault(fault_from_json({**fault, "kind": "stall", "seconds": 600}))
    process = person.start(*RUN, *TALKATIVE)
    until = time.monotonic() + 60
    while not any(request.faults for request in mock.requests):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    return process


STALLS = {
    "edit": {"route": "message", "phase": "after_effect"},
    "download": {"route": "result", "phase": "after_bytes", "after": 100_000},
}


@pytest.mark.parametrize("stage", STALLS)
@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_no_run_that_is_stopped_and_resumed_shows_a_secret(
    how: signal.Signals, status: int, stage: str, mock: MockNemo, tmp_path: Path
) -> None:
    person = supplied(mock, tmp_path)
    with person.watched():
        process = begin(person, mock, STALLS[stage])
        time.sleep(0.3)
        process.send_signal(how)
        assert person.end(process)[0] == status
    assert_nothing_is_seen(person, mock)
    mock.server.clear_faults()
    assert person.clipline("resume", *TALKATIVE)[0] == 0
    assert len(mock.ledger) == 1
    assert_nothing_is_seen(person, mock)


# --- the file of tokens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "open_it"),
    [("file", lambda path: path.chmod(0o640)), ("folder", lambda path: path.parent.chmod(0o750))],
)
def test_tokens_that_others_can_read_are_refused_before_anything_is_sent(
    name: str, open_it: Callable[[Path], None], mock: MockNemo, tmp_path: Path
) -> None:
    person = Person(tmp_path, mock.environment)
    assert person.clipline("credits", "--backend", "nemo")[0] == 0
    (path,) = filter(is_token_file, person.state.rglob("*.json"))
    (token,) = Secrets.of(mock.server).tokens
    assert token in path.read_text()
    open_it(path)
    before = len(mock.requests)
    status, _, complained = person.clipline(*RUN, *TALKATIVE)
    assert status == 7
    assert "credentials_open" in complained
    assert len(mock.requests) == before
    assert token not in complained

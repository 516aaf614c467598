"""Whole runs on the mock: real sockets, the real client, the real journal, and processes that die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import commands
from clipline import app
from clipline.backends.mock_world import MockWorld
from clipline.clock import Clock
from clipline.errors import InputError, UsageError
from clipline.journal import Journal
from clipline.mockserver import Charge, MockServer
from clipline.studio.extra import missing
from clipline.testing.clocks import VirtualClock
from clipline.testing.nemo import MockNemo, mock_nemo
from media_maker import make_clip

SAMPLES = Path(__file__).resolve().parents[2] / "pipelines" / "samples"
EDIT = {"stage": "edit", "with": {"instruction": "replace the background with green"}}


def charges(state: Path) -> Sequence[Charge]:
    """The ledger of the world that lies in a state folder."""
    with MockServer(folder=state / "mock") as server:
        return server.ledger


def run(pipeline: str | Mapping[str, Any], folder: Path, **others: Any) -> Any:
    events: list[Any] = []
    others.setdefault("backend", "mock")
    others.setdefault("settings", {"mock.silent": "0"})
    result = app.run(
        pipeline, others.pop("inputs", None), state=folder / "state", out=folder, on_event=events.append, **others
    )
    assert result.status == "done", result.errors
    return result, events


def clip(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes((SAMPLES / "crossing.mp4").read_bytes())
    return path


def batch(folder: Path, *, shared: bool) -> Mapping[str, Any]:
    own = [] if shared else ["auth"]
    return {
        "clipline": 1,
        "name": "batch",
        "stages": [
            *(["auth"] if shared else []),
            {
                "for_each": [str(clip(folder, name)) for name in ("a.mp4", "b.mp4")],
                "id": "clips",
                "as": "clip",
                "stages": [
                    *own,
                    {"stage": "upload", "with": {"files": "${{ clip }}"}},
                    EDIT,
                    "verify",
                    {"stage": "export", "with": {"to": "out/{name}.mp4"}},
                ],
            },
        ],
    }


def test_quick_edit_ends_with_the_file_and_one_charge(tmp_path: Path) -> None:
    result, events = run("quick-edit", tmp_path)
    (video,) = result.outputs["video"]
    assert Path(video).stat().st_size > 10_000
    facts = json.loads(Path(f"{video}.json").read_text())
    assert facts["backend"] == "mock"
    assert facts["service"]["base"] == "mock"
    assert [charge.kind for charge in charges(tmp_path / "state")] == ["edit"]
    assert not [event for event in events if event.type == "link"], "the server ends with the run: no page to open"
    notes = [event.data["text"] for event in events if event.type == "stage.note"]
    assert [note for note in notes if note.startswith("connected")] == ["connected, 100000 credits"]


def test_the_world_and_the_account_stay_from_run_to_run_though_the_port_changes(tmp_path: Path) -> None:
    first, _ = run("quick-edit", tmp_path)
    second, _ = run("quick-edit", tmp_path)
    accounts = {result.stages["auth"].outputs["account"] for result in (first, second)}
    assert len(accounts) == 1
    assert len(charges(tmp_path / "state")) == 2


def test_without_credits_the_mock_sends_nobody_to_register(tmp_path: Path) -> None:
    settings = {"mock.silent": "0", "mock.credits": "5"}
    result = app.run("quick-edit", backend="mock", settings=settings, state=tmp_path / "state", out=tmp_path)
    assert (result.status, result.exit) == ("waiting", 4)
    (error,) = result.errors
    assert "mock.credits" in error["hint"]
    assert "NEMO_TOKEN" not in error["hint"]


@pytest.mark.parametrize(("shared", "sessions"), [(True, 1), (False, 2)])
def test_a_batch_has_one_session_for_all_or_one_for_each(tmp_path: Path, shared: bool, sessions: int) -> None:
    run(batch(tmp_path, shared=shared), tmp_path)
    made = charges(tmp_path / "state")
    assert len({charge.session_id for charge in made}) == sessions
    assert len(made) == 2
    assert sorted(path.name for path in (tmp_path / "out").glob("*.mp4")) == ["a.mp4", "b.mp4"]
    prefixes = ["In a.mp4: ", "In b.mp4: "] if shared else ["", ""]
    assert [charge.text for charge in made] == [f"{prefix}replace the background with green" for prefix in prefixes]


@pytest.mark.skipif(bool(missing()), reason="the studio does the sizes")
def test_what_the_service_does_not_do_is_done_by_the_studio(tmp_path: Path) -> None:
    pipeline = {
        "clipline": 1,
        "name": "small",
        "stages": [
            {"stage": "upload", "with": {"files": str(clip(tmp_path, "a.mp4"))}},
            EDIT,
            {"stage": "export", "with": {"format": "webm", "max_size": "320x320"}},
        ],
    }
    result, _ = run(pipeline, tmp_path)
    export = result.stages["export"]
    assert (export.outputs["format"], export.outputs["width"]) == ("webm", 320)
    assert [path.name for path in tmp_path.iterdir() if ".part" in path.name] == []


def test_a_server_that_is_named_is_used(tmp_path: Path) -> None:
    with mock_nemo(silent=0) as mock:
        run("quick-edit", tmp_path, settings={"mock.api_url": mock.url})
    assert len(mock.ledger) == 1
    assert not (tmp_path / "state" / "mock").exists()


#: The command in a process that has nothing of the extra `local`.
PLAIN = """
import sys
sys.modules.update(dict.fromkeys(("av", "numpy", "cv2", "onnxruntime", "PIL")))
from clipline.cli.main import main
main()
"""


def plain(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "CLIPLINE_STATE": str(folder / "state")}
    command = [sys.executable, "-c", PLAIN, *words]
    return subprocess.run(command, capture_output=True, text=True, env=variables, cwd=folder, timeout=60, check=False)


def test_without_the_extra_it_works_and_says_that_the_mock_edits_nothing(tmp_path: Path) -> None:
    done = plain(tmp_path, "run", "quick-edit", "--backend", "mock", "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unedited" in done.stdout + done.stderr
    assert (tmp_path / "crossing-edited.mp4").read_bytes() == (SAMPLES / "crossing.mp4").read_bytes()
    facts = json.loads((tmp_path / "crossing-edited.mp4.json").read_text())
    assert (facts["media"]["width"], facts["media"]["height"]) == (1280, 720)


def test_without_the_extra_a_size_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    refused = plain(tmp_path, "run", "vertical-short", "--backend", "mock", "--out", str(tmp_path))
    assert refused.returncode == 2
    assert "max_size" in refused.stderr
    assert "clipline[local]" in refused.stderr
    assert not (tmp_path / "state" / "mock").exists()


def test_words_that_are_no_edit_are_a_complaint_of_check(tmp_path: Path) -> None:
    pipeline = {
        "clipline": 1,
        "name": "no",
        "stages": ["auth", {"stage": "edit", "with": {"instruction": "export the video"}}],
    }
    (problem,) = app.check(pipeline, backend="nemo", settings={})
    assert problem.code == "no_edit"
    assert "export" in problem.hint


# --- the person's word -----------------------------------------------------------------------------------------------


class Story:
    """A run against a cloud whose time, shared with the client, passes without anybody waiting."""

    def __init__(self, folder: Path, *faults: Mapping[str, Any], **options: Any) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.cloud = mock_nemo(clock=self.clock, silent=0, gui_talk=0, faults=faults, **options)
        make_clip(folder / "a.mp4")
        self.pipeline = {
            "clipline": 1,
            "name": "story",
            "stages": [
                "auth",
                {"stage": "upload", "with": {"files": str(folder / "a.mp4")}},
                {"stage": "edit", "with": {"instruction": 'add the title "Hi"'}},
                "verify",
                {"stage": "export", "with": {"to": "out.mp4"}},
            ],
        }
        self.events: list[Any] = []

    def given(self, mock: MockNemo) -> dict[str, Any]:
        """Where the cloud is; its waits are the real ones."""
        self.events.clear()
        settings = {name: mock.settings[name] for name in ("nemo.api_url", "nemo.web_url")}
        state = self.folder / "state"
        return {"settings": settings, "state": state, "clock": self.clock, "on_event": self.events.append}

    def run(self, mock: MockNemo) -> Any:
        return app.run(self.pipeline, backend="nemo", out=self.folder, **self.given(mock))

    def resume(self, mock: MockNemo, **words: bool) -> Any:
        return app.resume(**self.given(mock), **words)


def test_an_edit_that_nobody_can_tell_of_is_sent_again_on_the_persons_word_only(tmp_path: Path) -> None:
    story = Story(tmp_path, {"route": "message", "phase": "before_effect", "kind": "reset"})
    with story.cloud as mock:
        first = story.run(mock)
        assert (first.exit, first.errors[0]["code"]) == (6, "outcome_unknown")
        again = story.resume(mock)
        assert again.exit == 6
        assert len(mock.ledger) == 0
        last = story.resume(mock, resend=True)
    assert last.status == "done", last.errors
    assert len(mock.ledger) == 1


def test_a_session_lost_with_a_paid_edit_is_made_anew_on_the_persons_word_only(tmp_path: Path) -> None:
    story = Story(tmp_path, {"route": "render", "phase": "before_effect", "kind": "dead_session"})
    with story.cloud as mock:
        first = story.run(mock)
        assert (first.exit, first.errors[0]["code"]) == (6, "session_gone")
        assert "1 edit made for 10 credits" in first.errors[0]["message"]
        assert story.resume(mock).exit == 6
        assert len(mock.ledger) == 1
        last = story.resume(mock, replay=True)
    assert last.status == "done", last.errors
    assert len({charge.session_id for charge in mock.ledger}) == 2


def test_an_export_that_the_plan_refused_goes_on_after_an_upgrade_without_another_edit(tmp_path: Path) -> None:
    story = Story(tmp_path, {"route": "render", "phase": "before_effect", "kind": "status", "status": 402})
    with story.cloud as mock:
        first = story.run(mock)
        assert (first.status, first.exit) == ("waiting", 4)
        assert any(event.type == "link" and "/register?bind=anon_" in event.data["url"] for event in story.events)
        last = story.resume(mock)
    assert last.status == "done", last.errors
    assert len(mock.ledger) == 1
    assert len([request for request in mock.requests if request.path == "/run_sse"]) == 1


def test_a_render_that_takes_long_leaves_the_run_waiting_and_is_collected_by_its_id(tmp_path: Path) -> None:
    story = Story(tmp_path, render_polls=14)
    with story.cloud as mock:
        first = story.run(mock)
        assert (first.status, first.exit) == ("waiting", 5)
        last = story.resume(mock)
    assert last.status == "done", last.errors
    renders = [request for request in mock.requests if request.path == "/api/render/proxy/lambda"]
    assert len(renders) == 1


def test_seven_days_later_the_token_is_renewed_and_the_export_still_comes(tmp_path: Path) -> None:
    story = Story(tmp_path, {"route": "render", "phase": "before_effect", "kind": "status", "status": 402})
    with story.cloud as mock:
        assert story.run(mock).status == "waiting"
        story.clock.advance(8 * 86_400)
        last = story.resume(mock)
    assert last.status == "done", last.errors
    assert len(mock.ledger) == 1


# --- a process that dies ---------------------------------------------------------------------------------------------


def start(state: Path, out: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    return commands.Popen(
        [*commands.CLIPLINE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=commands.environment(state, **environment),
        cwd=out,
    )


def kill_in_the_edit(state: Path, out: Path, charged: Any, **environment: str) -> None:
    """Run quick-edit, and kill the process once the edit has been charged."""
    with start(state, out, "run", "quick-edit", "--out", str(out), **environment) as process:
        until = time.monotonic() + 60
        while not charged():
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)


#: The edit is done and charged, and not a byte of the reply comes.
STALL = {"route": "message", "nth": 1, "phase": "after_effect", "kind": "stall", "seconds": 600}


def test_a_process_that_dies_in_the_edit_pays_once(tmp_path: Path) -> None:
    with mock_nemo(silent=0, faults=[STALL]) as mock:
        environment = {**mock.environment, "CLIPLINE_RUN_BACKEND": "nemo"}
        kill_in_the_edit(tmp_path / "state", tmp_path, lambda: mock.ledger, **environment)
        with start(tmp_path / "state", tmp_path, "resume", **environment) as process:
            told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert len(mock.ledger) == 1
    assert len([request for request in mock.requests if request.path == "/run_sse"]) == 1
    assert "adopted" in told
    assert (tmp_path / "crossing-edited.mp4").exists()


def test_the_mocks_own_world_outlives_the_process_that_served_it(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps([STALL]))
    state = tmp_path / "state"
    world = state / "mock" / "world.json"

    def charged() -> bool:
        return world.exists() and '"edit"' in world.read_text("utf-8", "surrogatepass")

    environment = {"CLIPLINE_RUN_BACKEND": "mock", "CLIPLINE_MOCK_SILENT": "0"}
    kill_in_the_edit(state, tmp_path, charged, **environment, CLIPLINE_MOCK_FAULTS=str(faults))
    with start(state, tmp_path, "resume", **environment) as process:
        told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert len(charges(state)) == 1
    assert (tmp_path / "crossing-edited.mp4").exists()


# --- who serves the world --------------------------------------------------------------------------------------------


def test_runs_of_one_process_share_a_server_which_ends_with_the_last(tmp_path: Path) -> None:
    made: list[MockServer] = []

    def make(port: int) -> MockServer:
        made.append(MockServer(port=port, folder=tmp_path))
        return made[-1]

    first, second = MockWorld(tmp_path, make), MockWorld(tmp_path, make)
    clock = Clock()
    assert first.url(clock) == second.url(clock)
    first.close()
    assert second.url(clock) == made[0].url
    second.close()
    assert len(made) == 1
    assert not (tmp_path / "address").exists()
    third = MockWorld(tmp_path, make)
    third.url(clock)
    third.close()
    assert len(made) == 2


def test_another_process_uses_the_server_that_is_there(tmp_path: Path) -> None:
    world = MockWorld(tmp_path, lambda port: MockServer(port=port, folder=tmp_path))
    url = world.url(Clock())
    code = (
        "import sys, pathlib\n"
        "from clipline.backends.mock_world import MockWorld\n"
        "from clipline.clock import Clock\n"
        "world = MockWorld(pathlib.Path(sys.argv[1]), lambda port: sys.exit('started one of its own'))\n"
        "print(world.url(Clock()))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    world.close()
    assert told.stdout.strip() == url, told.stderr


def test_a_wrong_file_of_faults_is_refused_before_the_run(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"route": "moon", "kind": "status"}]')
    with pytest.raises(InputError, match=r"faults\.json: .*moon"):
        run({"clipline": 1, "stages": ["auth"]}, tmp_path, settings={"mock.faults": str(faults)})
    with Journal.open(tmp_path / "state") as journal:
        assert journal.runs() == []


def test_a_session_that_is_not_there_leaves_no_run_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the session 12345 is not there") as wrong:
        app.converse(
            "export", {"collision": "number"}, backend="mock", session="12345", state=tmp_path / "state", out=tmp_path
        )
    assert (wrong.value.code, wrong.value.exit) == ("session_unknown", 2)
    assert app.unfinished(state=tmp_path / "state").run is None

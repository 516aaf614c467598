"""The message of `notify`, and the channels console, file and command with real files and programs."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from clipline.builtin.notify import default_text
from clipline.builtin.plugin import channels, notify, post_export_steps
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, MachineError, StageFailed, TimedOut
from clipline.stage import Channel, Exported, Offers, StageCall, StageResult
from clipline.testing.calls import call_log, next_attempt, stage_call
from clipline.values import Secret

OFFERS = Offers(channels={channel.name: channel for channel in channels()})


@pytest.fixture
def call(tmp_path: Path) -> StageCall:
    return stage_call(tmp_path, "notify", offers=OFFERS)


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


# --- the message -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ({"name": "quick-edit", "files": ["/a/out.mp4"]}, "quick-edit: made out.mp4"),
        ({"name": "batch", "files": ["/a/1.mp4", "/a/2.mp4"]}, "batch: made 1.mp4, 2.mp4"),
        ({"name": "x", "files": []}, "x: made no file"),
        ({"name": "x", "status": "failed", "error": {"message": "no clip"}}, "x: failed: no clip"),
        ({"name": "x", "status": "failed", "error": None, "files": ["/a/1.mp4"]}, "x: failed; made 1.mp4"),
        ({"name": "x", "status": "cancelled", "error": "by hand"}, "x: cancelled: by hand"),
    ],
)
def test_by_default_one_line_says_what_was_made(run: dict[str, Any], text: str) -> None:
    assert default_text(run) == text


def test_the_console_is_used_where_no_channel_is_named(call: StageCall) -> None:
    result = notify(call, {})
    assert call_log(call).notes == ["test: made no file"]
    assert result == StageResult(outputs={"text": "test: made no file", "sent": ["console"]})


def test_a_channel_whose_code_fails_does_not_keep_the_message_from_the_others(tmp_path: Path) -> None:
    def broken(call: StageCall, message: object, options: object) -> dict[str, Any]:
        raise ZeroDivisionError("mischief")

    bad = Channel("bad", broken, {"type": "object"})
    call = stage_call(tmp_path, "notify", offers=Offers(channels={**OFFERS.channels, "bad": bad}))
    with pytest.raises(ZeroDivisionError):
        notify(call, {"via": ["bad", "console"]})
    assert call_log(call).notes == ["test: made no file"]
    with pytest.raises(StageFailed, match=r"bad: ZeroDivisionError: mischief; command: .* cannot be started"):
        notify(next_attempt(call), {"via": ["bad", {"command": {"argv": ["/nowhere"]}}]})


# --- file ------------------------------------------------------------------------------------------------------------


def test_the_file_gets_one_more_line_of_json(tmp_path: Path) -> None:
    log = tmp_path / "below" / "log.jsonl"
    for name in ("one", "two"):
        call = stage_call(tmp_path, "notify", path=name, files=[Path("/a/b.mp4")], offers=OFFERS)
        notify(call, {"message": f"{name} 完成\n", "via": [{"file": {"path": str(log)}}]})
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line["text"] for line in lines] == ["one 完成\n", "two 完成\n"]
    assert lines[0]["files"] == ["/a/b.mp4"]
    assert lines[0]["id"] != lines[1]["id"]


def test_a_file_that_cannot_be_written_is_the_machines_fault(call: StageCall, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="is a directory"):
        notify(call, {"via": [{"file": {"path": str(tmp_path)}}]})


# --- command ---------------------------------------------------------------------------------------------------------


def test_a_program_reads_the_message_as_json(call: StageCall, tmp_path: Path) -> None:
    copy = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    notify(call, {"message": "hi", "via": [{"command": {"argv": python(copy, "got.json")}}]})
    got = json.loads((call.out / "got.json").read_text())
    assert (got["text"], got["run"]["id"], got["files"]) == ("hi", "run-1", [])


def test_there_is_no_shell(call: StageCall) -> None:
    show = "import sys, pathlib; pathlib.Path('args').write_text(repr(sys.argv[1:]))"
    notify(call, {"via": [{"command": {"argv": python(show, "$HOME; touch x", "*")}}]})
    assert (call.out / "args").read_text() == "['$HOME; touch x', '*']"


def test_a_program_that_ends_well_is_not_heard(call: StageCall, capfd: pytest.CaptureFixture[str]) -> None:
    notify(call, {"via": [{"command": {"argv": python("print('noise')")}}]})
    assert capfd.readouterr() == ("", "")
    assert call_log(call).notes == []


def test_a_program_that_fails_is_heard_without_its_secrets(call: StageCall) -> None:
    code = "import os, sys; print('no entry with', os.environ['PASSWORD_FOR_IT']); sys.exit(3)"
    options = {"argv": python(code), "env": {"PASSWORD_FOR_IT": Secret("open sesame")}}
    with pytest.raises(StageFailed, match="ended with status 3: no entry with …") as caught:
        notify(call, {"via": [{"command": options}]})
    assert "sesame" not in str(caught.value)


def test_only_the_end_of_a_long_output_is_shown(call: StageCall) -> None:
    code = "import sys; print('x' * 1_000_000 + 'the end'); sys.exit(1)"
    with pytest.raises(StageFailed, match="the end") as caught:
        notify(call, {"via": [{"command": {"argv": python(code)}}]})
    assert len(str(caught.value)) < 5000


def test_a_program_that_reads_nothing_is_no_trouble(call: StageCall) -> None:
    notify(call, {"message": "x" * 1_000_000, "via": [{"command": {"argv": python("pass")}}]})


@pytest.mark.parametrize("argv", [["no-such-program-here"], [""], ["a\0b"], ["/etc/hostname"]])
def test_a_program_that_cannot_be_started_is_named(call: StageCall, argv: list[str]) -> None:
    with pytest.raises(StageFailed, match="cannot be started"):
        notify(call, {"via": [{"command": {"argv": argv}}]})


def test_a_missing_folder_is_said_to_be_missing(call: StageCall, tmp_path: Path) -> None:
    options = {"argv": python("pass"), "folder": str(tmp_path / "gone")}
    with pytest.raises(StageFailed) as caught:
        notify(call, {"via": [{"command": options}]})
    assert "does not exist" in caught.value.hint


def test_a_program_starts_in_the_folder_it_is_given(call: StageCall, tmp_path: Path) -> None:
    options = {"argv": python("open('here', 'w')"), "folder": str(tmp_path)}
    notify(call, {"via": [{"command": options}]})
    assert (tmp_path / "here").exists()


def test_a_slow_program_is_ended(call: StageCall) -> None:
    begun = time.monotonic()
    with pytest.raises(TimedOut, match=r"took longer than 0\.5s"):
        notify(call, {"via": [{"command": {"argv": python("import time; time.sleep(60)"), "timeout": 0.5}}]})
    assert time.monotonic() - begun < 5


STUBBORN_FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", deaf])
with open("pids.part", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename("pids.part", "pids")
time.sleep(60)
"""


def test_cancelling_ends_the_program_and_its_children_though_they_will_not(tmp_path: Path) -> None:
    token = CancelToken()
    call = stage_call(tmp_path, "notify", clock=Clock(token), offers=OFFERS)
    pids = call.out / "pids"

    def cancel_once_it_runs() -> None:
        while not pids.exists():
            time.sleep(0.02)
        token.cancel()

    threading.Thread(target=cancel_once_it_runs, daemon=True).start()
    with pytest.raises(Cancelled):
        notify(call, {"via": [{"command": {"argv": python(STUBBORN_FAMILY)}}]})
    for pid in map(int, pids.read_text().split()):
        assert _is_gone(pid)


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # nobody took its end yet, but it runs no more
        except OSError:
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


def test_a_child_that_lives_on_does_not_hold_up_a_program_that_ended(call: StageCall) -> None:
    code = "import subprocess, sys; subprocess.Popen(['sleep', '20']); sys.exit(4)"
    begun = time.monotonic()
    with pytest.raises(StageFailed, match="status 4"):
        notify(call, {"via": [{"command": {"argv": python(code)}}]})
    assert time.monotonic() - begun < 8


def test_a_program_killed_from_outside_is_said_to_be(call: StageCall) -> None:
    with pytest.raises(StageFailed, match="ended by signal 9"):
        notify(call, {"via": [{"command": {"argv": python("import os; os.kill(os.getpid(), 9)")}}]})


# --- the post-export step --------------------------------------------------------------------------------------------


def test_after_an_export_the_program_gets_the_file(tmp_path: Path) -> None:
    (step,) = post_export_steps()
    call = stage_call(tmp_path, "command", path="export.post_export[0]")
    code = "import json, sys; json.dump([sys.argv[1:], json.load(sys.stdin)], open('got', 'w'))"
    exported = Exported((Path("/a/b.mp4"),), (Path("/a/source.mp4"),), {"width": 4})
    step.run(call, exported, {"argv": python(code, "{file}", "--to={file}.bak", "{ .json }")})
    arguments, facts = json.loads((call.out / "got").read_text())
    assert arguments == ["/a/b.mp4", "--to=/a/b.mp4.bak", "{ .json }"]
    assert facts["files"] == ["/a/b.mp4"]
    assert facts["sources"] == ["/a/source.mp4"]
    assert facts["outputs"] == {"width": 4}
    (call.out / "got").unlink()
    step.run(next_attempt(call), exported, {"argv": python(code, "{file}", "--to={file}.bak", "{ .json }")})
    assert not (call.out / "got").exists(), "a program that ended well is not run again by a run that is taken up"

"""A week with the service by the virtual clock, and processes that are killed in the middle of it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import commands
from clipline.testing.nemo import MockNemo, mock_nemo
from cloud_runs import clip, cloud

DAY = 86_400.0


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEMO_API_URL", "NEMO_WEB_URL", "NEMO_TOKEN", "NEMO_CLIENT_ID", "SKILL_SOURCE"):
        monkeypatch.delenv(name, raising=False)


# --- a week ----------------------------------------------------------------------------------------------------------


def test_a_week_with_one_account_from_its_token_to_the_export_after_its_renewal(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        # The first day: an account is made, a clip is handed over and edited.
        assert service.converse("upload", {"files": [str(service.clip)]}).status == "done"
        assert service.converse("edit", {"instruction": "keep 0s to 0.4s"}).status == "done"
        assert service.notes.count("Setting things up…") == 1
        # The third day: the same token, the same session.
        service.clock.advance(2 * DAY)
        assert service.converse("edit", {"instruction": "add the title Hello"}).status == "done"
        assert len(service.asked("token")) == len(service.asked("session")) == 1
        # The eighth: the token is over. It is renewed once, unasked, and the session is still there.
        service.clock.advance(6 * DAY)
        service.forget()
        made = service.converse("export", {"to": "week.mp4"})
        assert made.status == "done", made.errors
        assert service.notes.count("Setting things up…") == 1
        first, second = service.asked("token")
        assert first.headers["x-client-id"] == second.headers["x-client-id"]
        assert {each.headers["authorization"] for each in service.asked("render")} != {
            service.asked("upload")[0].headers["authorization"]
        }
        # No request went out with a token that the clock had called expired.
        assert 401 not in {each.status for each in service.server.requests}
        assert [charge.amount for charge in service.charges] == [10, 10]
        assert len({charge.user_id for charge in service.charges}) == 1
        assert (service.out / "week.mp4").stat().st_size > 500


def test_a_week_later_a_new_account_is_told_that_it_cannot_see_the_old_session(tmp_path: Path) -> None:
    with cloud(tmp_path, renewal="new") as service:
        service.converse("upload", {"files": [str(service.clip)]})
        service.converse("edit", {"instruction": "keep 0s to 0.4s"})
        service.clock.advance(8 * DAY)
        late = service.converse("export", {"to": "week.mp4"})
        (error,) = late.errors
        assert (late.exit, error["code"]) == (6, "session_gone")
        assert "this is a new account now; it cannot see the sessions of the one before" in service.notes
        assert len(service.charges) == 1
        assert len(service.asked("token")) == 2


def test_a_run_that_waits_over_the_end_of_its_token_is_exported_by_the_renewed_one(tmp_path: Path) -> None:
    with cloud(tmp_path, plan="no_export") as service:
        first = service.run()
        assert (first.status, first.exit) == ("waiting", 4)
        service.clock.advance(8 * DAY)
        service.change(accounts=lambda rows: [row.update(plan="free_export") for row in rows.values()])
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert len(service.asked("token")) == 2
        assert len(service.charges) == 1
        assert service.made.exists()


def test_a_token_that_is_rationed_is_told_with_the_way_out(tmp_path: Path) -> None:
    with cloud(tmp_path, tokens_per_address=1) as service:
        assert service.converse("auth").status == "done"
        result = service.run(state=tmp_path / "of another person", settings={"nemo.client_id": "another"})
        (error,) = result.errors
        assert (result.exit, error["code"]) == (5, "rate_limited")
        assert "one anonymous token a client in 7 days" in error["hint"]
        assert "NEMO_TOKEN" in error["hint"]


def test_sessions_that_live_an_hour_are_replaced_in_a_conversation_only_while_nothing_is_lost(tmp_path: Path) -> None:
    with cloud(tmp_path, session_hours=1) as service:
        assert service.converse("auth").status == "done"
        service.clock.advance(2 * 3600)
        again = service.converse("upload", {"files": [str(service.clip)]})
        assert again.status == "done", again.errors
        assert len(service.asked("session")) == 2
        service.clock.advance(2 * 3600)
        late = service.converse("edit", {"instruction": "keep 0s to 0.3s"})
        assert (late.exit, late.errors[0]["code"]) == (6, "session_gone")
        assert not service.charges


# --- processes that are killed ---------------------------------------------------------------------------------------


def start(folder: Path, mock: MockNemo, *words: str) -> subprocess.Popen[str]:
    return commands.Popen(
        [*commands.CLIPLINE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=commands.environment(folder / "state", CLIPLINE_RUN_BACKEND="nemo", **mock.environment),
        cwd=folder,
    )


def kill_when(process: subprocess.Popen[str], seen: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not seen():
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


def written(folder: Path) -> Path:
    """The straight path as a file, with its clip."""
    clip(folder)
    file = folder / "straight.yaml"
    file.write_text(
        "clipline: 1\nname: straight\ninputs: {clip: {type: file, required: true}}\nstages:\n- auth\n"
        '- {stage: upload, with: {files: "${{ inputs.clip }}"}}\n'
        "- {stage: edit, with: {instruction: keep 0s to 0.3s}}\n- {stage: export, with: {to: made.mp4}}\n"
    )
    return file


def count(mock: MockNemo, route: str) -> int:
    return len([request for request in mock.requests if request.route == route])


#: Where the process is when it is killed: a fault that holds it there, and what the service has seen by then.
MOMENTS = {
    "before a byte of the stream": ({"route": "message", "phase": "after_effect", "kind": "stall"}, "charged"),
    "at the head of the stream": ({"route": "message", "phase": "at_headers", "kind": "stall"}, "message"),
    "in the middle of the stream": (
        {"route": "message", "phase": "after_bytes", "kind": "stall", "after": 300},
        "charged",
    ),
    "at the end of the stream": ({"route": "message", "phase": "at_end", "kind": "stall"}, "charged"),
    "while the render is started": ({"route": "render", "phase": "after_effect", "kind": "stall"}, "render"),
    "in the poll": ({"route": "render_status", "phase": "before_effect", "kind": "stall", "nth": 2}, "render_status"),
    "in the download": ({"route": "result", "phase": "after_bytes", "kind": "stall", "after": 500}, "result"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_process_is_resumed_with_one_charge_and_the_file_there(tmp_path: Path, moment: str) -> None:
    fault, sign = MOMENTS[moment]
    with mock_nemo(silent=0, gui_talk=0, render_polls=2, faults=[{"nth": 1, **fault}]) as mock:

        def reached() -> bool:
            if sign == "charged":
                return bool(mock.ledger) and _settled(mock)
            return count(mock, sign) >= fault.get("nth", 1) and _settled(mock)

        with start(tmp_path, mock, "run", str(written(tmp_path)), "-i", "clip=clip.mp4", "--out", ".") as process:
            kill_when(process, reached)
        with start(tmp_path, mock, "resume") as process:
            told, _ = process.communicate(timeout=120)
        assert process.returncode == 0, told
        assert len(mock.ledger) == 1
        assert count(mock, "message") == count(mock, "render") == 1
        assert (tmp_path / "made.mp4").stat().st_size > 500
        assert [path.name for path in tmp_path.iterdir() if ".part" in path.name] == []


def _settled(mock: MockNemo) -> bool:
    """Whether the client has had the time to see what the service did."""
    time.sleep(0.2)
    return True


def test_a_stopped_process_says_how_to_go_on_and_the_job_is_collected(tmp_path: Path) -> None:
    slow = {"route": "render_status", "phase": "before_effect", "kind": "stall", "nth": 1}
    with mock_nemo(silent=0, gui_talk=0, faults=[slow]) as mock:
        with start(tmp_path, mock, "run", str(written(tmp_path)), "-i", "clip=clip.mp4", "--out", ".") as process:
            until = time.monotonic() + 60
            while not count(mock, "render_status"):
                assert time.monotonic() < until
                time.sleep(0.01)
            asked = time.monotonic()
            process.send_signal(signal.SIGINT)
            told, _ = process.communicate(timeout=20)
            assert time.monotonic() - asked < 10
        assert process.returncode == 130, told
        assert "the render goes on at the service; to collect it: clipline resume" in told
        with start(tmp_path, mock, "resume") as process:
            told, _ = process.communicate(timeout=120)
        assert process.returncode == 0, told
        assert count(mock, "render") == len(mock.ledger) == 1

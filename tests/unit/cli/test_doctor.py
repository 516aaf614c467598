"""`clipline doctor`: what it finds it tells and leaves alone; with `--mend` it mends what it can."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clipline.cli.main import run
from clipline.journal import FileRow, Journal, RunWriter

RUN = "20260101-000000-aaaa"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def doctor(state: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def look(*words: str, status: int) -> dict[str, dict[str, Any]]:
        assert run(["doctor", "--json", *words]) == status, capsys.readouterr()
        document = json.loads(capsys.readouterr().out)
        assert document["ok"] is (status == 0)
        return {check["name"]: check for check in document["checks"]}

    return look


@contextmanager
def begun(state: Path) -> Iterator[RunWriter]:
    """A run, which is let go of in the end."""
    with Journal.open(state) as journal:
        writer = journal.begin(RUN, name="n", pipeline="p.yaml", backend="b", started=1.0, snapshot={"x": 1})
        yield writer
        writer.close()


def done(state: Path) -> None:
    """A run that came to its end."""
    with begun(state) as writer:
        writer.finish("done", 0, 2.0, {}, [])


def broken_off(state: Path) -> None:
    """A run that did not."""
    with begun(state):
        pass


def everything(state: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in state.rglob("*") if path.is_file()}


def test_without_a_state_folder_nothing_is_made(state: Path, doctor: Any) -> None:
    assert "not made yet" in doctor(status=0)["state folder"]["text"]
    assert not state.exists()


def test_a_damaged_journal_is_told_and_left_as_it_is(state: Path, doctor: Any) -> None:
    broken_off(state)
    (state / "journal.sqlite").write_bytes(b"no journal")
    before = everything(state)
    found = doctor(status=1)["journal"]
    assert (found["ok"], found["can_mend"], found["mended"]) == (False, True, False)
    assert "doctor --mend" in found["hint"]
    assert everything(state) == before


def test_a_damaged_journal_is_mended_and_kept_and_its_runs_with_a_gap_are_told(state: Path, doctor: Any) -> None:
    broken_off(state)
    (state / "runs" / RUN / "events.jsonl").write_text(
        json.dumps(
            {
                "run": RUN,
                "sequence": 1,
                "time": 1.0,
                "type": "run.started",
                "stage": "",
                "data": {"name": "n", "backend": "local"},
            }
        )
        + "\n"
    )
    (state / "journal.sqlite").write_bytes(b"no journal")
    found = doctor("--mend", status=1)
    assert found["journal"]["mended"]
    (kept,) = state.glob("journal.damaged-*.sqlite")
    assert kept.name in found["journal"]["text"]
    assert kept.read_bytes() == b"no journal"
    assert found["runs with a gap"]["ok"], "it is told once, where it says what can be done"
    assert RUN in found["runs to go on with"]["text"]
    assert f"clipline runs logs {RUN}" in found["runs to go on with"]["hint"]
    assert [run(["resume", RUN, *word]) for word in ([], ["--resend"])] == [7, 7], "what it began with is lost"
    assert run(["runs", "rm", RUN]) == 0
    assert doctor(status=0)["journal"]["text"] == "0 runs"


def test_a_journal_of_a_newer_clipline_is_not_mended(state: Path, doctor: Any) -> None:
    broken_off(state)
    path = state / "journal.sqlite"
    content = bytearray(path.read_bytes())
    content[60:64] = (9001).to_bytes(4, "big")
    path.write_bytes(content)
    before = everything(state)
    assert not doctor("--mend", status=1)["journal"]["can_mend"]
    assert everything(state) == before


def test_files_of_tokens_that_others_can_read_are_closed(state: Path, doctor: Any) -> None:
    (state / "credentials").mkdir(parents=True, mode=0o700)
    state.chmod(0o755)
    (state / "journal.sqlite").touch()
    token = state / "credentials" / "host.json"
    token.write_text("{}")
    token.chmod(0o644)
    found = doctor(status=1)
    assert (found["permissions"]["can_mend"], found["tokens"]["can_mend"]) == (True, True)
    assert doctor("--mend", status=0)["tokens"]["mended"]
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_what_dead_runs_left_behind_is_removed_and_nothing_else(state: Path, doctor: Any, tmp_path: Path) -> None:
    left, needed, own = (tmp_path / f".{name}.part.mp4" for name in ("left", "needed", "own"))
    for path in (left, needed, own):
        path.write_text("x")
    with begun(state) as writer:
        writer.add_temporary(left)
        writer.finish("done", 0, 2.0, {}, [])
    with Journal.open(state) as journal:
        other = journal.begin(
            "20260102-000000-bbbb", name="n", pipeline="p", backend="b", started=2.0, snapshot={"x": 1}
        )
        other.add_temporary(needed)
        other.intend("export", 1, "deliver:x", "{}", "d", now=1.0, deadline=1.0)
        other.close()
    (state / "runs" / "20250101-000000-cccc.lock").touch()
    (state / "runs" / "20250101-000000-cccc").mkdir()
    found = doctor(status=1)
    assert left.exists()
    assert found["left-over files"]["text"] == str(left)
    assert found["interrupted runs"]["hint"].startswith("go on: clipline resume 20260102-000000-bbbb")
    found = doctor("--mend", status=1)
    assert (found["left-over files"]["mended"], found["locks"]["mended"]) == (True, True)
    assert [path.exists() for path in (left, needed, own)] == [False, True, True]
    assert sorted(os.listdir(state / "runs")) == [  # noqa: PTH208  # the names alone
        RUN,
        f"{RUN}.lock",
        "20260102-000000-bbbb",
        "20260102-000000-bbbb.lock",
    ]


def test_the_lock_of_a_run_that_is_going_on_stays(state: Path, doctor: Any) -> None:
    with begun(state):
        found = doctor("--mend", status=0)
        assert found["interrupted runs"]["ok"]
        assert (state / "runs" / f"{RUN}.lock").exists()


def test_an_exported_file_that_changed_is_told_and_one_that_was_moved_is_not_wrong(
    state: Path, doctor: Any, tmp_path: Path
) -> None:
    made, moved = tmp_path / "made.mp4", tmp_path / "moved.mp4"
    made.write_text("else")
    files = [FileRow(path, "0" * 64, 4, path.name) for path in (made, moved)]
    with begun(state) as writer:
        writer.end_attempt(writer.begin_attempt("export", "export", 1, 1.0), "done", 2.0, artifacts=files)
        writer.finish("done", 0, 2.0, {}, [])
    assert str(made) in doctor(status=1)["exported files"]["text"]
    made.unlink()
    assert "2 no longer where they were made" in doctor(status=0)["exported files"]["text"]


def test_a_mock_that_nobody_serves_is_told(state: Path, doctor: Any) -> None:
    done(state)
    (state / "mock").mkdir()
    (state / "mock" / "address").write_text("http://127.0.0.1:1")
    (state / "mock" / "lock").touch()
    assert doctor(status=1)["mock"]["can_mend"]
    doctor("--mend", status=0)
    assert not (state / "mock" / "address").exists()


def test_a_person_reads_how_many_findings_can_be_mended(state: Path) -> None:
    done(state)
    (state / "runs" / "20250101-000000-cccc.lock").touch()
    runner = CliRunner()
    from clipline.cli.commands.doctor import command

    told = runner.invoke(command, [], standalone_mode=False)
    assert "1 finding; clipline doctor --mend mends 1 of them" in told.output

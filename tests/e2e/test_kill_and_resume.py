"""Real processes that die in the middle of an export, and what `resume` makes of it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clipline.journal import Journal

ROOT = Path(__file__).resolve().parents[2]
CONTENT = b"frame " * 100_000


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, str(ROOT / "tests" / "e2e" / "kill_program.py"), str(folder), *words]


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


@contextmanager
def hanging(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A run whose export has written half of its file and hears nothing."""
    words = command(folder, "run", "half")
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "READY"
            yield process
        finally:
            process.kill()


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *words), capture_output=True, text=True, env=environment(), timeout=60, check=False
    )


def done(folder: Path) -> list[str]:
    return (folder / "done.txt").read_text().split()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").iterdir())


def assert_whole(folder: Path) -> None:
    """The film and its sidecar, whole, and nothing else."""
    assert files(folder) == ["film.mp4", "film.mp4.json"]
    assert (folder / "out" / "film.mp4").read_bytes() == CONTENT
    facts = json.loads((folder / "out" / "film.mp4.json").read_text())
    assert (facts["sha256"], facts["bytes"]) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_after_kill_9_in_an_export_finished_stages_are_kept_and_the_file_is_whole(tmp_path: Path) -> None:
    with hanging(tmp_path) as process:
        (half,) = files(tmp_path)
        assert half.endswith(".part.mp4")
        with Journal.open(tmp_path / "state") as journal:
            assert [(row.path, row.status) for row in journal.stages(journal.runs()[0].id)] == [
                ("prepare", "done"),
                ("export", "running"),
            ]
        locked = run(tmp_path, "resume")
        assert "being worked on by another process" in locked.stderr
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with Journal.open(tmp_path / "state") as journal:
        assert journal.runs()[0].status == "interrupted"
    resumed = run(tmp_path, "resume")
    assert (resumed.returncode, resumed.stdout.strip()) == (0, "done"), resumed.stderr
    assert done(tmp_path) == ["prepare", "export", "export", "notify"]
    assert_whole(tmp_path)
    assert run(tmp_path, "resume").returncode == 0
    assert len(done(tmp_path)) == 4


@pytest.mark.parametrize("moment", ["before-rename", "after-rename", "before-outcome"])
def test_a_process_that_dies_around_the_rename_leaves_one_whole_file_after_resume(tmp_path: Path, moment: str) -> None:
    assert run(tmp_path, "run", moment).returncode == 9
    resumed = run(tmp_path, "resume")
    assert (resumed.returncode, resumed.stdout.strip()) == (0, "done"), resumed.stdout + resumed.stderr
    assert done(tmp_path) == ["prepare", "export", "export", "notify"]
    assert_whole(tmp_path)


@pytest.mark.parametrize(("signal_number", "exit_"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_stage_that_hears_nothing_and_the_run_can_be_resumed(
    tmp_path: Path, signal_number: signal.Signals, exit_: int
) -> None:
    with hanging(tmp_path) as process:
        started = time.monotonic()
        process.send_signal(signal_number)
        said, _ = process.communicate(timeout=30)
        took = time.monotonic() - started
        assert (process.returncode, said.split()[0]) == (exit_, "cancelled")
    assert took < 10, "contracts say two seconds; a test of hanging may take five times as long"
    resumed = run(tmp_path, "resume")
    assert (resumed.returncode, resumed.stdout.strip()) == (0, "done"), resumed.stderr
    assert done(tmp_path) == ["prepare", "export", "export", "notify"]
    assert_whole(tmp_path)


def test_twenty_processes_may_begin_with_one_new_journal_at_once(tmp_path: Path) -> None:
    ended = run(tmp_path, "many")
    assert ended.returncode == 0, ended.stderr
    assert "locked" not in ended.stderr
    with Journal.open(tmp_path / "state") as journal:
        runs = journal.runs()
        assert [row.status for row in runs] == ["done"] * 20
        assert {len(journal.stages(row.id)) for row in runs} == {10}

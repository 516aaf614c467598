"""Real processes that die in the middle of a paid request, and how often it is charged in the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clipline.journal import Journal

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(ROOT / "tests" / "e2e" / "paid_program.py"), str(folder), *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )


def run(folder: Path, *words: str) -> tuple[int, str]:
    with start(folder, *words) as process:
        said, complained = process.communicate(timeout=60)
    assert "Traceback" not in complained, complained
    return process.returncode, said.strip()


def killed(folder: Path, moment: str) -> None:
    """A run that is killed at this moment of its send."""
    with start(folder, "run", moment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "READY"
        process.kill()


def charges(folder: Path) -> int:
    ledger = folder / "ledger.txt"
    return len(ledger.read_text().split()) if ledger.exists() else 0


def test_a_charge_that_nobody_heard_of_is_found_and_not_repeated(tmp_path: Path) -> None:
    killed(tmp_path, "after")
    assert run(tmp_path, "resume") == (0, "done")
    assert charges(tmp_path) == 1


def test_a_send_that_nobody_can_tell_of_is_repeated_only_by_the_persons_word(tmp_path: Path) -> None:
    killed(tmp_path, "before")
    for _ in range(2):
        assert run(tmp_path, "resume") == (6, "failed outcome_unknown")
    assert charges(tmp_path) == 0
    assert run(tmp_path, "resume", "--resend") == (0, "done")
    assert charges(tmp_path) == 1


def test_a_second_process_cannot_change_a_session_in_which_the_first_one_is_at_work(tmp_path: Path) -> None:
    with start(tmp_path, "run", "before") as first:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == "READY"
        assert run(tmp_path, "run") == (7, "failed session_busy")
        with Journal.open(tmp_path / "state") as journal:
            busy, holder = journal.runs()
        assert holder.id in busy.errors[0]["message"]
        first.kill()
    assert charges(tmp_path) == 0


def test_a_session_that_died_is_built_anew_by_the_persons_word(tmp_path: Path) -> None:
    killed(tmp_path, "after")
    (tmp_path / "dead").touch()
    assert run(tmp_path, "resume") == (6, "failed outcome_unknown")
    assert run(tmp_path, "resume", "--replay") == (0, "done")
    assert charges(tmp_path) == 2

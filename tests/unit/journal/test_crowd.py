"""The journal while others are at it: each run is begun by one, and nobody is told of faults that are none."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from clipline.errors import CliplineError, UsageError
from clipline.journal import Journal

FACTS: dict[str, Any] = {"name": "n", "pipeline": "p", "backend": "b", "snapshot": {}}

#: Begins runs, tells of each, and forgets some.
OTHERS = """
import sys
from pathlib import Path
from clipline.events import Event
from clipline.journal import Journal

with Journal.open(Path(sys.argv[1])) as journal:
    for number in range(300):
        run = f"run-{number:05}"
        writer = journal.begin(run, name="n", pipeline="p", backend="b", started=1.0, snapshot={})
        writer.add_event(Event(run, 1, 1.0, "run.started", "", {}), "{}")
        writer.finish("done", 0, 1.0, {}, [])
        writer.close()
        if number % 2:
            journal.delete(run)
"""


def test_a_journal_is_opened_while_others_begin_and_forget_runs(tmp_path: Path) -> None:
    others = subprocess.Popen([sys.executable, "-c", OTHERS, str(tmp_path)])
    while others.poll() is None:
        Journal.open(tmp_path).close()
    assert others.returncode == 0


def test_a_run_is_begun_by_who_wrote_it_down_and_by_nobody_else(tmp_path: Path) -> None:
    over = threading.Event()

    def takes_up_what_waits() -> None:
        with Journal.open(tmp_path) as journal:
            while not over.is_set():
                for row in journal.runs()[:1]:
                    if row.status in {"queued", "interrupted"}:
                        with suppress(CliplineError):
                            journal.continue_(row.id).close()

    thread = threading.Thread(target=takes_up_what_waits)
    thread.start()
    try:
        with Journal.open(tmp_path) as journal:
            for number in range(100):
                writer = journal.begin(f"run-{number:05}", started=float(number), **FACTS)
                assert journal.run(writer.run_id).epoch == 1, "another process had it before"
                writer.finish("done", 0, 1.0, {}, [])
                writer.close()
    finally:
        over.set()
        thread.join()


def test_a_run_whose_id_another_is_at_work_on_is_taken(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        writer = journal.begin("run", started=1.0, **FACTS)
        with pytest.raises(FileExistsError):
            journal.begin("run", started=2.0, **FACTS)
        writer.finish("done", 0, 2.0, {}, [])
        writer.close()
        with pytest.raises(FileExistsError):
            journal.begin("run", started=2.0, **FACTS)
        assert journal.run("run").status == "done"


def test_a_run_that_somebody_deleted_meanwhile_is_not_there(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        with pytest.raises(UsageError, match="there is no run 'gone'"):
            journal.snapshot("gone")
        with pytest.raises(UsageError, match="there is no run 'gone'"):
            journal.continue_("gone")
        assert list(journal.runs_folder.iterdir()) == []


def test_a_journal_that_is_opened_once_more_in_a_process_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """A file that is closed loses every lock that the process has on it, SQLite's own too."""
    look = "import sys; from pathlib import Path; from clipline.journal import Journal\n"
    look += "with Journal.open(Path(sys.argv[1])) as journal: print(*sorted(row.id for row in journal.runs()))"

    def seen_by_another() -> list[str]:
        done = subprocess.run([sys.executable, "-c", look, str(tmp_path)], capture_output=True, text=True, check=True)
        return done.stdout.split()

    with Journal.open(tmp_path) as journal:
        journal.begin("one", started=1.0, **FACTS).close()
        Journal.open(tmp_path).close()
        assert seen_by_another() == ["one"]  # were it the last to close, it would take the log away
        journal.begin("two", started=2.0, **FACTS).close()
        assert seen_by_another() == ["one", "two"]
    assert seen_by_another() == ["one", "two"]

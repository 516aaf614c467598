"""What is looked at before the journal is opened for writing: what is not whole, or not ours, is left as it is.

SQLite itself would delete the log of a journal whose main file is empty, and move the log of a damaged one into it. So
a file is first opened for reading only. That connection stays open beside the others: while it is, SQLite neither
moves nor deletes the log, and a journal that proves damaged can be closed as it was found.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from pathlib import Path

from clipline.errors import MachineError
from clipline.journal.lines import EVENTS_FILE
from clipline.journal.migrations import APPLICATION_ID, refuse_newer

__all__ = ["MEND", "check_ours", "damaged", "hold", "inspect", "let_go", "log_of", "newest_told"]

MEND = "`clipline doctor` looks at it, `clipline doctor --mend` keeps it aside and saves what can be read of it"

_MAGIC = b"SQLite format 3\0"
_NOT_OURS = "this SQLite file is not a journal of clipline"


def log_of(path: Path) -> Path:
    """The write-ahead log of a journal: what was written last, and is not yet in its main file."""
    return path.with_name(path.name + "-wal")


def damaged(path: Path, why: str) -> MachineError:
    """The error of a journal that cannot be used as it is."""
    return MachineError(f"the journal {path} is damaged: {why}", code="journal_damaged", hint=MEND)


#: How often each journal is open in this process.
_HELD: Counter[str] = Counter()
_HOLDING = threading.Lock()


def hold(path: Path) -> str:
    """This process opens a journal; the first time the beginning of its file is looked at. Returns what `let_go` takes.

    To close a file lets go of every lock that the process has on it, SQLite's own too, and another process would then
    take the log away from under us: so a journal that is open here is never opened as a mere file beside that.
    Source: sqlite.org/howtocorrupt.html, 2.2.

    Raises:
        MachineError: it is damaged, another program's, or written by a newer clipline. It is not held then.
        OSError: it cannot be read.
    """
    name = os.path.realpath(path)
    with _HOLDING:
        if not _HELD[name] and path.is_file() and path.stat().st_size:
            _check_header(path)
        _HELD[name] += 1
    return name


def let_go(held: str) -> None:
    """All connections of one `hold` are closed."""
    with _HOLDING:
        _HELD[held] -= 1


def inspect(path: Path, runs_folder: Path, busy_seconds: float) -> sqlite3.Connection | None:
    """Look at a journal that this process holds, change nothing of it, and keep it as it is.

    Returns:
        A connection that only reads, to be closed before the others where all went well, and after them where not;
        None where there is no journal yet.

    Raises:
        MachineError: it is damaged, another program's, written by a newer clipline, or gone from beside its runs.
        OSError, sqlite3.Error: it cannot be read.
    """
    if not os.path.lexists(path) or (path.is_file() and path.stat().st_size == 0):
        _check_new(path, runs_folder)
        return None
    if not path.is_file():
        raise damaged(path, "it is no file")
    if path.with_name(path.name + "-journal").exists():
        return None  # it was being made when its maker died; only who writes can finish that
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        check_ours(connection, path)
        refuse_newer(path, int(connection.execute("PRAGMA user_version").fetchone()[0]))
    except BaseException:
        connection.close()
        raise
    return connection


def check_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Leave a database that is not ours as it is.

    Raises:
        MachineError: it is another program's.
    """
    # In this order: another process may make the tables, and with them the mark, between the two.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and application != APPLICATION_ID:
        raise damaged(path, _NOT_OURS)


def _check_new(path: Path, runs_folder: Path) -> None:
    """There is no journal: fine in a new folder, and nowhere else."""
    what = "it is empty" if os.path.lexists(path) else "it is gone"
    if log_of(path).exists() and log_of(path).stat().st_size:
        raise damaged(path, f"{what}, and its log {log_of(path).name} is there")
    if told := newest_told(runs_folder):
        raise damaged(path, f"{what}, and {runs_folder} has runs, like {told}; a new one would not know what was paid")


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise damaged(path, "file is not a database")
    if log_of(path).exists() and log_of(path).stat().st_size:
        return  # the log may hold what the main file lacks
    version, application = int.from_bytes(head[60:64], "big"), int.from_bytes(head[68:72], "big")
    if application not in {0, APPLICATION_ID}:
        raise damaged(path, _NOT_OURS)
    if application:
        refuse_newer(path, version)
    page = int.from_bytes(head[16:18], "big")
    pages, is_counted = int.from_bytes(head[28:32], "big"), head[24:28] == head[92:96]
    if is_counted and path.stat().st_size < pages * (65536 if page == 1 else page):
        raise damaged(path, "it was cut off")


def newest_told(runs_folder: Path) -> str:
    """The id of the newest run of whose events there is a copy; empty where there is none.

    A copy is written after the journal was: a run that has one was in the journal.
    """
    try:
        names = sorted((entry.name for entry in os.scandir(runs_folder) if entry.is_dir()), reverse=True)
    except OSError:
        return ""
    return next((name for name in names if _has_events(runs_folder / name)), "")


def _has_events(folder: Path) -> bool:
    try:
        return (folder / EVENTS_FILE).stat().st_size > 0
    except OSError:
        return False

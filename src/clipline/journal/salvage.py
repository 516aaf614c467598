"""Mending a journal: it is kept aside as it is, and what can be read of it, or of the copies of its events, saved.

What was paid counts most. Where anything could not be read, each run that is not done is marked: `resume` says that
something may be lost, and goes on only by the person's word.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clipline.artifacts import disk, sync, sync_folder
from clipline.errors import MachineError
from clipline.journal.completeness import untold_effects
from clipline.journal.database import FILE_NAME, Database
from clipline.journal.inspection import log_of
from clipline.journal.lines import EVENTS_FILE
from clipline.journal.locks import RunLock
from clipline.journal.remains import TABLES, Remains, from_copy, read
from clipline.journal.rows import effect_from_row

__all__ = ["Salvaged", "held_runs", "salvage"]

#: The name of a run's copy of its events that told more than the journal knew.
TOLD_MORE = "events.before-mend.jsonl"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of it: where the damaged journal is `kept`, how much the new one has, and the runs to be careful with.

    `is_whole`: every row could be read. `kept` is None where there was no journal to keep.
    """

    kept: Path | None
    runs: int
    effects: int
    is_whole: bool
    lost: tuple[str, ...]


def held_runs(state_folder: Path) -> list[str]:
    """The runs that a living process works on."""
    locks = sorted((state_folder / "runs").glob("*.lock"))
    return [lock.stem for lock in locks if RunLock(lock.parent, lock.stem).is_held()]


def salvage(state_folder: Path, now: float) -> Salvaged:
    """Put a new journal in the place of a damaged one.

    Args:
        state_folder: where it is; absolute.
        now: seconds since 1970, by which the old one is named.

    Raises:
        MachineError: a run goes on, or the disk would not; the journal is as it was.
    """
    if held := held_runs(state_folder):
        raise MachineError(
            f"the run {held[0]} is going on", code="run_locked", hint="stop it, or let it end; then mend the journal"
        )
    path = state_folder / FILE_NAME
    with disk("write to", state_folder), tempfile.TemporaryDirectory(prefix=".mend-", dir=state_folder) as name:
        work = Path(name)
        remains = _read_copy(_source(path), work)
        new = work / "new"
        lost = _build(new, remains, state_folder / "runs", now)
        kept = _replace(path, new / FILE_NAME, now)
    for run_id in lost:
        _set_copy_aside(state_folder / "runs" / run_id)
    return Salvaged(kept, len(remains.rows["runs"]), len(remains.rows["effects"]), remains.is_whole, tuple(lost))


# --- reading ---------------------------------------------------------------------------------------------------------


def _source(path: Path) -> Path:
    """The journal; or what is kept of it, where an earlier attempt was broken off after it took the log aside."""
    if path.is_file():
        for kept in sorted(path.parent.glob("journal.damaged-*.sqlite")):
            if kept.samefile(path) and not log_of(path).exists():
                return kept
    return path


def _read_copy(source: Path, work: Path) -> Remains:
    """Read a copy, since SQLite changes what it reads."""
    copy = work / "copy.sqlite"
    for old, new in ((source, copy), (log_of(source), log_of(copy))):
        if old.is_file():
            shutil.copyfile(old, new)
    return read(copy)


# --- writing ---------------------------------------------------------------------------------------------------------


def _build(folder: Path, remains: Remains, runs_folder: Path, now: float) -> list[str]:
    """Make the new journal; the ids of the runs of which something may be lost."""
    known = {row["id"] for row in remains.rows["runs"]}
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    with closing(Database(folder)) as database, database.transaction() as connection:
        for table in TABLES:
            _insert(connection, table, remains)
        for rows in _untold(runs_folder, known):
            remains.rows["runs"] += rows["runs"]
            for table, found in rows.items():
                _insert_rows(connection, table, found)
        lost = list(_lost(connection, runs_folder, known, everything=not remains.is_whole))
        connection.executemany(
            "UPDATE runs SET lost = ? WHERE id = ?",
            [(f"the journal was damaged and mended on {day}", run_id) for run_id in lost],
        )
    sync(folder / FILE_NAME)
    return lost


def _insert(connection: sqlite3.Connection, table: str, remains: Remains) -> None:
    written = _insert_rows(connection, table, remains.rows[table])
    if written < len(remains.rows[table]):
        remains.is_whole = False


def _insert_rows(connection: sqlite3.Connection, table: str, rows: Sequence[dict[str, object]]) -> int:
    """Write rows, but for those that the schema refuses; how many were written."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    written = 0
    for row in rows:
        given = {name: value for name, value in row.items() if name in columns}
        sql = f"INSERT OR IGNORE INTO {table} ({', '.join(given)}) VALUES ({', '.join('?' * len(given))})"  # noqa: S608 - the names are of our own schema
        written += connection.execute(sql, list(given.values())).rowcount
    return written


def _untold(runs_folder: Path, known: set[object]) -> Iterator[dict[str, list[dict[str, object]]]]:
    """What the copies tell of runs that the journal does not know."""
    for folder in sorted(runs_folder.glob("*/")):
        if folder.name not in known and (rows := from_copy(folder)):
            yield rows


def _lost(connection: sqlite3.Connection, runs_folder: Path, known: set[object], *, everything: bool) -> Iterator[str]:
    """The unfinished runs of which something may be lost."""
    for row in connection.execute("SELECT id, lost FROM runs WHERE status != 'done' ORDER BY id").fetchall():
        rows = connection.execute("SELECT * FROM effects WHERE run_id = ?", (row["id"],)).fetchall()
        if (
            everything
            or row["lost"]
            or row["id"] not in known
            or untold_effects(runs_folder / row["id"], partial(map, effect_from_row, rows))
        ):
            yield row["id"]


def _replace(path: Path, new: Path, now: float) -> Path | None:
    """Keep the old journal beside the new one, which takes its place in one step.

    The old log goes first: SQLite would play it over whatever file has the journal's name.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    kept = _free_name(path.with_name(f"journal.damaged-{stamp}.sqlite"))
    was_there = os.path.lexists(path)
    if path.is_dir() and not path.is_symlink():
        path.rename(kept)
    elif was_there:
        _link(path, kept)
    if log_of(path).exists():
        log_of(path).rename(log_of(kept))
        was_there = True
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    path.with_name(path.name + "-journal").unlink(missing_ok=True)
    new.replace(path)
    sync_folder(path.parent)
    return kept if was_there else None


def _link(path: Path, kept: Path) -> None:
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError:  # no links here
        shutil.copy2(path, kept)


def _free_name(path: Path) -> Path:
    number = 1
    found = path
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def _set_copy_aside(folder: Path) -> None:
    """The copy has told what it knew; it is written anew with what the journal has."""
    copy = folder / EVENTS_FILE
    if copy.exists():
        copy.replace(folder / TOLD_MORE)

"""What can still be read of a damaged journal, row by row, and of the copies of events in the runs' folders."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from clipline.journal.inspection import log_of
from clipline.journal.lines import told

__all__ = ["TABLES", "Remains", "from_copy", "read"]

RowDict: TypeAlias = dict[str, Any]

#: The tables, each with the key by which its rows lie in the file.
TABLES: Mapping[str, Sequence[str]] = {
    "runs": ("id",),
    "attempts": ("run_id", "number"),
    "scopes": ("run_id", "scope"),
    "effects": ("id",),
    "conversations": ("backend", "base", "session"),
    "temporaries": ("run_id", "file"),
    "globs": ("run_id", "pattern"),
    "events": ("run_id", "sequence"),
}
_JSON: Mapping[str, Sequence[str]] = {
    "runs": ("outputs", "errors"),
    "attempts": ("outputs", "artifacts", "findings", "error", "changed"),
    "scopes": ("state",),
    "effects": ("operation", "outcome"),
    "conversations": ("state",),
    "globs": ("found",),
    "events": ("data",),
}
_STATUS: Mapping[str, frozenset[str]] = {
    "runs": frozenset({"queued", "running", "interrupted", "done", "failed", "cancelled", "waiting"}),
    "attempts": frozenset({"running", "done", "failed", "skipped", "cancelled", "waiting", "forgotten"}),
    "effects": frozenset({"open", "done", "void", "forgotten"}),
}
#: What stands at the beginning of a journal's file: the mark, pages of 4096 bytes, and the way SQLite writes them.
_HEADER = b"SQLite format 3\0" + bytes([0x10, 0, 2, 2, 0, 64, 32, 32])
_PAGE = 4096
#: Of a journal whose first page claims more (4 GiB), that page is damaged.
_MOST_PAGES = 2**20
#: What SQLite says of a page that is not what was written; a message of it may hold pieces of that page.
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


@dataclass
class Remains:
    """The rows of each table; `is_whole` while nothing shows that there were more, or others."""

    rows: dict[str, list[RowDict]] = field(default_factory=lambda: {table: [] for table in TABLES})
    is_whole: bool = True


def read(path: Path) -> Remains:
    """Read a copy of a journal, which may be changed by that; its log lies beside it."""
    remains = Remains()
    if not path.exists() and not log_of(path).exists():
        remains.is_whole = False
        return remains
    _complete(path)
    remains.is_whole = not _filled_up(path)
    if not _is_readable(path):
        remains.is_whole = False
        _put_header(path)
    with closing(_opened(path)) as connection:
        for table in TABLES:
            try:
                found, is_whole = _rows(connection, table)
            except _UNREADABLE:
                found, is_whole = [], False
            remains.rows[table] = [row for row in found if _is_sound(table, row)]
            remains.is_whole &= is_whole and len(remains.rows[table]) == len(found)
        remains.is_whole &= _is_well(connection)
    return remains


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    return connection


def _is_readable(path: Path) -> bool:
    try:
        with closing(_opened(path)) as connection:
            return bool(connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'runs'").fetchone()[0])
    except _UNREADABLE:
        return False


def _is_well(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except _UNREADABLE:
        return False


# --- a file that lacks its beginning ---------------------------------------------------------------------------------


def _complete(path: Path) -> None:
    """Where only the log is there, give it a file to belong to: the first page, as the log has it."""
    if path.exists() and path.stat().st_size:
        return
    for number, page in _logged(path):
        if number == 1:
            path.write_bytes(page)
            return


def _logged(path: Path) -> Iterator[tuple[int, bytes]]:
    """The pages in the log, each with its number. Source: sqlite.org/fileformat2.html, 4.1."""
    log = log_of(path)
    content = log.read_bytes() if log.exists() else b""
    for at in range(32, len(content) - _PAGE - 23, _PAGE + 24):
        yield int.from_bytes(content[at : at + 4], "big"), content[at + 24 : at + 24 + _PAGE]


def _filled_up(path: Path) -> bool:
    """Whether pages are missing at the end, which are made up with zeros: SQLite reads nothing of a file cut off."""
    with path.open("rb+") as file:
        claimed = int.from_bytes(file.read(32)[28:32], "big")
        there, odd = divmod(path.stat().st_size, _PAGE)
        if claimed <= there or claimed > _MOST_PAGES:
            return False
        missing = set(range(there + 1, claimed + 1)) - {number for number, _ in _logged(path)}
        file.truncate(claimed * _PAGE)
        return bool(missing or odd)


def _put_header(path: Path) -> None:
    """Write what is the same at the beginning of every journal."""
    if path.exists() and path.stat().st_size >= _PAGE:
        with path.open("rb+") as file:
            file.write(_HEADER)


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(connection: sqlite3.Connection, table: str) -> tuple[list[RowDict], bool]:
    """The rows of a table, read from both ends up to what cannot be read; and whether all could be."""
    key = TABLES[table]
    found: dict[tuple[object, ...], RowDict] = {}
    for direction in ("", " DESC"):
        order = ", ".join(f"{name}{direction}" for name in key)
        sql = f"SELECT * FROM {table} NOT INDEXED ORDER BY {order}"  # noqa: S608 - names of our own schema
        try:
            for row in connection.execute(sql):
                found[tuple(row[name] for name in key)] = dict(row)
        except _UNREADABLE:
            continue
        if not direction:
            return list(found.values()), True
    return list(found.values()), False


def _is_sound(table: str, row: RowDict) -> bool:
    """Whether a row is what was written, as far as that shows; a run keeps its place without its snapshot."""
    if table == "runs" and not _is_json(row.get("snapshot")):
        row["snapshot"] = "{}"
    if any(row.get(name) is not None and not _is_json(row[name]) for name in _JSON.get(table, ())):
        return False
    if table in _STATUS and row.get("status") not in _STATUS[table]:
        return False
    if table == "effects" and not str(row["name"]).startswith("deliver:"):
        return bool(hashlib.sha256(str(row["operation"]).encode()).hexdigest() == row["digest"])
    return all(row.get(name) is not None for name in TABLES[table])


def _is_json(text: object) -> bool:
    try:
        json.loads(text if isinstance(text, str) else "")
    except ValueError:
        return False
    return True


# --- copies of events ------------------------------------------------------------------------------------------------


def from_copy(folder: Path) -> dict[str, list[RowDict]]:
    """The rows of a run, of which only the copy of its events is there; empty where that tells nothing."""
    events = [event for event in told(folder) if event.get("run") == folder.name]
    started = next((event for event in events if event["type"] == "run.started"), None)
    if started is None:
        return {}
    data = started.get("data") or {}
    ends = [event["data"] for event in events if event["type"] == "run.finished" and event.get("data")]
    run = {
        "id": folder.name,
        "name": str(data.get("name", "")),
        "pipeline": "",
        "backend": str(data.get("backend", "")),
        "status": ends[-1].get("status", "running") if ends else "running",
        "exit": ends[-1].get("exit") if ends else None,
        "started": float(started.get("time") or 0.0),
        "folder": str(folder),
        "epoch": 1,
        "snapshot": "{}",
    }
    return {"runs": [run], "events": list(_event_rows(events))}


def _event_rows(events: Sequence[Mapping[str, Any]]) -> Iterator[RowDict]:
    for event in events:
        yield {
            "run_id": event["run"],
            "sequence": event.get("sequence"),
            "time": event.get("time"),
            "type": event["type"],
            "stage": event.get("stage", ""),
            "data": json.dumps(event.get("data") or {}),
        }

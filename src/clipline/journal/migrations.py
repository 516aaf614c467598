"""The journal's version, and the way from older ones to it: forward only, in one transaction, after a copy.

`user_version` is 1000 × major + minor. A minor version adds columns that may be null, indexes, triggers and tables, so
that an older clipline can still use the file; a major one cannot be read by an older clipline, which says so and stops.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from clipline.errors import MachineError

__all__ = ["APPLICATION_ID", "MIGRATIONS", "VERSION", "prepare", "refuse_newer"]

#: "CLPL": tells `file` and us whose database this is.
APPLICATION_ID = 0x434C504C
VERSION = 1004

#: What to run on a file of the version on the left, in ascending order.
MIGRATIONS: Mapping[int, str] = {
    1000: """
        ALTER TABLE attempts ADD COLUMN changed TEXT;
        ALTER TABLE effects ADD COLUMN session TEXT;
        ALTER TABLE effects ADD COLUMN word TEXT;
        CREATE UNIQUE INDEX one_open_session ON effects (session) WHERE status = 'open' AND session IS NOT NULL;
        CREATE TABLE conversations (
          backend TEXT NOT NULL, base TEXT NOT NULL, session TEXT NOT NULL, state TEXT NOT NULL,
          run_id TEXT NOT NULL, updated REAL NOT NULL, PRIMARY KEY (backend, base, session)
        ) WITHOUT ROWID;
    """,
    1001: """
        ALTER TABLE runs ADD COLUMN row_key TEXT;
        CREATE INDEX runs_of_row ON runs (row_key) WHERE row_key IS NOT NULL;
    """,
    1002: """
        ALTER TABLE runs ADD COLUMN lost TEXT;
    """,
    1003: """
        ALTER TABLE runs ADD COLUMN number INTEGER;
        WITH place AS (SELECT id, row_number() OVER (ORDER BY started, id) AS number FROM runs)
          UPDATE runs SET number = (SELECT number FROM place WHERE place.id = runs.id);
        CREATE INDEX runs_by_number ON runs (number);
        CREATE TRIGGER number_of_run AFTER INSERT ON runs WHEN new.number IS NULL BEGIN
          UPDATE runs SET number = (SELECT coalesce(max(number), 0) + 1 FROM runs) WHERE id = new.id;
        END;
    """,
}


def prepare(
    connection: sqlite3.Connection, path: Path, version: int = VERSION, migrations: Mapping[int, str] = MIGRATIONS
) -> None:
    """Make the tables, or bring them to `version`.

    Raises:
        MachineError: the file is of a newer major version.
    """
    if _version(connection) == version:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection)  # another process may have been faster
        if found == 0:
            _create(connection, version)
        refuse_newer(path, found, version)
        if 0 < found < version:
            _copy(path, found)
            for step in sorted(step for step in migrations if step >= found):
                _run_script(connection, migrations[step])
            connection.execute(f"PRAGMA user_version={version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk makes SQLite undo it by itself
            connection.execute("ROLLBACK")
        raise


def refuse_newer(path: Path, found: int, version: int = VERSION) -> None:
    """Leave a journal alone whose major version is above that of `version`.

    Raises:
        MachineError: it is.
    """
    if found // 1000 > version // 1000:
        raise MachineError(
            f"the journal {path} was written by a newer clipline (journal version {found // 1000}.{found % 1000})",
            code="journal_newer",
            hint="upgrade clipline, or set CLIPLINE_STATE to another folder",
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _create(connection: sqlite3.Connection, version: int) -> None:
    _run_script(connection, resources.files("clipline.journal").joinpath("schema.sql").read_text(encoding="utf-8"))
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={version}")


def _copy(path: Path, found: int) -> None:
    """Keep the file as it was, beside it. A connection of its own: this one is inside its transaction."""
    source, target = sqlite3.connect(path), sqlite3.connect(path.with_suffix(f".before-{found}.sqlite"))
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    """Like `executescript`, which would commit our transaction first."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""

"""A journal that is made on a disk that is full."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from clipline.journal.migrations import prepare


def test_what_the_disk_said_is_told_where_sqlite_undid_the_making_by_itself(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    connection.execute("PRAGMA max_page_count=2")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        prepare(connection, tmp_path / "journal.sqlite")
    connection.close()

"""Programs that speak with SQLite alone, to stand beside clipline's processes.

    python crowd_plain.py hold JOURNAL SECONDS      holds a read transaction open, again and again
    python crowd_plain.py probe JOURNAL STOP        asks for the right to write every 20 ms, until there is a file STOP
    python crowd_plain.py write FILE COMMITS FULL   commits so many times, so many of them synced
    python crowd_plain.py count JOURNAL COMMAND…    how many commits the command makes

`probe` and `write` print JSON: seconds, commits, the longest wait for the right to write.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path

#: As the journal does.
BUSY_SECONDS, CHECKPOINT_PAGES = 30.0, 4000


def connect(path: Path, synchronous: str = "NORMAL") -> sqlite3.Connection:
    """A connection as the journal's are."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            break
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    return connection


def hold(journal: Path, seconds: float) -> None:
    """See one moment of the journal for `seconds`, then another."""
    end = time.monotonic() + seconds
    while not journal.exists():
        time.sleep(0.02)
    while (left := end - time.monotonic()) > 0:
        connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        time.sleep(min(3.0, left))
        connection.close()


def probe(journal: Path, stop: Path) -> dict[str, float]:
    """How long a bystander waits for the right to write."""
    while not journal.exists():
        time.sleep(0.02)
    connection, waits = connect(journal), []
    begun = time.monotonic()
    while not stop.exists():
        asked = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        waits.append(time.monotonic() - asked)
        connection.execute("ROLLBACK")
        time.sleep(0.02)
    connection.close()
    return {"seconds": time.monotonic() - begun, "commits": len(waits), "longest": max(waits, default=0.0)}


def write(file: Path, commits: int, full: int) -> dict[str, float]:
    """Commit as one process of clipline does: a few rows a time."""
    normal, durable = connect(file), connect(file, "FULL")
    normal.execute("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, run TEXT, data TEXT)")
    longest, begun, text = 0.0, time.monotonic(), "x" * 200
    for number in range(commits):
        connection = durable if number * full // commits != (number + 1) * full // commits else normal
        asked = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        longest = max(longest, time.monotonic() - asked)
        connection.executemany("INSERT INTO events (run, data) VALUES (?, ?)", [("r", text)] * 3)
        connection.execute("COMMIT")
    seconds = time.monotonic() - begun
    normal.close()
    durable.close()
    return {"seconds": seconds, "commits": commits, "longest": longest}


def count(journal: Path, command: list[str]) -> int:
    """How many commits a command makes, while a reader keeps the write-ahead log from being begun anew."""
    reader = sqlite3.connect(journal, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
    subprocess.run(command, check=True)
    found = commits_in_log(journal)
    reader.close()
    return found


def commits_in_log(journal: Path) -> int:
    """The commits in the write-ahead log, which nobody may have begun anew: each ends in a frame that says so."""
    log = journal.with_name(journal.name + "-wal").read_bytes()
    page = struct.unpack(">I", log[8:12])[0]
    salts, found = log[16:24], 0
    for at in range(32, len(log) - page - 23, page + 24):
        if log[at + 8 : at + 16] != salts:
            break
        found += struct.unpack(">I", log[at + 4 : at + 8])[0] != 0
    return found


def main(words: list[str]) -> None:
    """Do what the command line says."""
    what, path = words[0], Path(words[1])
    if what == "hold":
        hold(path, float(words[2]))
    elif what == "probe":
        print(json.dumps(probe(path, Path(words[2]))))
    elif what == "write":
        print(json.dumps(write(path, int(words[2]), int(words[3]))))
    else:
        print(count(path, words[2:]))


if __name__ == "__main__":
    main(sys.argv[1:])

"""The one SQLite file of the journal: opened safely by many processes at once, and its faults said in words.

Two connections: bookkeeping commits with `synchronous=NORMAL` (a commit survives the process, a power cut may take the
last few), an effect's rows with `FULL` (a commit survives the power cut too, and takes all earlier ones along).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from clipline.errors import MachineError
from clipline.journal.inspection import check_ours, damaged, hold, inspect, let_go
from clipline.journal.migrations import prepare

__all__ = ["Database", "network_file_system"]

_T = TypeVar("_T")

FILE_NAME = "journal.sqlite"

#: Seconds that a write waits for other processes, before it gives up with `journal_busy`.
BUSY_SECONDS = 30.0

#: Pages of the write-ahead log before they are moved to the file itself, which syncs: 16 MB.
CHECKPOINT_PAGES = 4000

_NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "davfs"}
    | {f"fuse.{name}" for name in ("sshfs", "glusterfs", "cephfs", "s3fs", "rclone", "davfs2")}
)


def network_file_system(path: Path, mounts: str) -> str | None:
    """The type of the network file system that `path` (absolute) lies on, given the text of `/proc/mounts`."""
    found, longest = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mounted = Path(fields[1].replace("\\040", " "))
        if (path == mounted or mounted in path.parents) and len(mounted.parts) >= longest:
            found, longest = fields[2], len(mounted.parts)
    return found if found in _NETWORK_TYPES else None


class Database:
    """Both connections and the lock that lets the threads of this process take turns."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lock = threading.RLock()
        _refuse_network(folder)
        self._is_damaged = False
        with self.faults():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._held: str | None = hold(self.path)
            try:
                self._connect_all(folder)
            except BaseException:
                self._let_go()
                raise

    def _connect_all(self, folder: Path) -> None:
        self._guard = inspect(self.path, folder / "runs", BUSY_SECONDS)
        self._normal = self._connected("NORMAL")
        self._full = self._connected("FULL")
        self.path.chmod(0o600)

    def _let_go(self) -> None:
        if self._held is not None:
            let_go(self._held)
            self._held = None

    def _connected(self, synchronous: str) -> sqlite3.Connection:
        try:
            return _connect(self.path, synchronous)
        except BaseException:
            if synchronous == "FULL":
                self._normal.close()
            if self._guard is not None:
                self._guard.close()
            raise

    def keep_as_found(self) -> None:
        """It proved not to be whole: nothing is to be moved from its log to its file when it is closed."""
        self._is_damaged = True

    def close(self) -> None:
        """Close all connections; a journal that proved damaged stays as it is, its log beside it."""
        with self._lock:
            connections = [self._guard, self._normal, self._full]
            if self._is_damaged:
                connections.reverse()
            for connection in connections:
                if connection is not None:
                    connection.close()
            self._let_go()

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it is kept, or nothing. `durable` syncs it to the disk.

        Raises:
            MachineError: the journal is busy, damaged or full.
        """
        connection = self._full if durable else self._normal
        with self._lock, self.faults():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query.

        Raises:
            MachineError: the journal is busy or damaged.
        """
        with self._lock, self.faults():
            return self._normal.execute(sql, values).fetchall()

    def read_as(self, make: Callable[[sqlite3.Row], _T], sql: str, values: Sequence[Any] = ()) -> list[_T]:
        """What `make` makes of each row of a query.

        Raises:
            MachineError: as `read`; a row is not what was written.
        """
        rows = self.read(sql, values)
        with self.faults():
            try:
                return [make(row) for row in rows]
            except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
                raise sqlite3.DatabaseError(f"a row of it is not what was written ({error})") from error

    def check_whole(self) -> None:
        """Look at every page of the file.

        Raises:
            MachineError: it is damaged.
        """
        with self.faults():
            found = self._normal.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                # A message of several lines begins with a heading: "*** in database main ***".
                raise sqlite3.DatabaseError(str(found).splitlines()[-1])

    @contextlib.contextmanager
    def faults(self) -> Iterator[None]:
        """Say what is wrong with the journal in words of this house."""
        try:
            yield
        except UnicodeDecodeError as error:  # of a message that quotes the damaged page
            self._is_damaged = True
            raise damaged(self.path, "its tables are not what was written") from error
        except sqlite3.OperationalError as error:
            if _code(error) == sqlite3.SQLITE_ERROR:  # what we ask for is there in a whole one
                self._is_damaged = True
                raise damaged(self.path, str(error)) from error
            if _is_busy(error):
                raise MachineError(
                    "the journal is busy: another process holds it for too long",
                    code="journal_busy",
                    hint=f"see which process uses {self.path}, then `clipline resume`",
                ) from error
            raise self._trouble(error) from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
                raise
            self._is_damaged = True
            raise damaged(self.path, str(error)) from error
        except OSError as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> MachineError:
        """What the disk said, and what to do about it."""
        said = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
        is_full = "full" in said or "no space" in said or "quota" in said
        folder = self.path.parent
        hint = (
            f"make room on the disk of {folder}, then `clipline resume`"
            if is_full
            else f"see whether the disk of {folder} is well and can be written to, then `clipline resume`; or set "
            "CLIPLINE_STATE to another folder"
        )
        return MachineError(f"the journal {self.path}: {said}", code="disk_full" if is_full else "journal", hint=hint)


def _refuse_network(folder: Path) -> None:
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return  # only Linux tells
    if kind := network_file_system(folder.resolve(), mounts):
        raise MachineError(
            f"the state folder {folder} is on a network file system ({kind}), where locks cannot be trusted",
            code="journal_on_network",
            hint="set CLIPLINE_STATE to a folder on a disk of this machine",
        )


def _connect(path: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
    )
    try:
        connection.row_factory = sqlite3.Row
        _switch_to_wal(connection, path)
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _switch_to_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Turn WAL on; SQLite does not wait by itself when two processes do this to a new file at once."""
    check_ours(connection, path)
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _code(error: sqlite3.Error) -> int:
    """What SQLite calls the error; where Python found it, as in a text that is no UTF-8, it has no code of SQLite's."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF

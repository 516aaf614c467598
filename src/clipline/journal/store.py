"""The durable record of all runs on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from sqlite3 import Connection, IntegrityError, Row
from typing import Self

from clipline.errors import MachineError, UsageError
from clipline.events import Event
from clipline.journal.completeness import check_effects, check_home, check_newest
from clipline.journal.database import Database
from clipline.journal.effects import SPENT, TAKEN
from clipline.journal.lines import EVENTS_FILE
from clipline.journal.locks import RunLock
from clipline.journal.replay import latest
from clipline.journal.rows import (
    ConversationRow,
    EffectRow,
    RunRow,
    StageRow,
    conversation_from_row,
    dump,
    effect_from_row,
    event_from_row,
    scope_from_row,
    stage_from_row,
)
from clipline.journal.writer import RunWriter
from clipline.values import JsonObject

__all__ = ["Journal"]

#: Seconds from the first event of each process that worked on a run (`?`) to its last.
_WORKED = (
    "SELECT coalesce(sum(last - first), 0) FROM (SELECT min(time) AS first, max(time) AS last FROM"
    " (SELECT time, sum(type = 'run.started') OVER (ORDER BY sequence) AS process FROM events WHERE run_id = ?)"
    " GROUP BY process)"
)

#: The runs that began after one (`?`) in conversations with the same backend at the same address.
_SAID_SINCE = (
    "SELECT newer.* FROM runs AS run JOIN runs AS newer ON newer.backend = run.backend"
    " AND json_extract(newer.snapshot, '$.conversation') = json_extract(run.snapshot, '$.conversation')"
    " WHERE run.id = ? AND newer.number > run.number ORDER BY newer.number DESC"
)

#: The one that was worked on last has the latest `updated`, also where the clock was set back.
_KEEP_CONVERSATION = (
    "INSERT OR REPLACE INTO conversations (backend, base, session, state, run_id, updated)"
    " VALUES (?, ?, ?, ?, ?, max(?, (SELECT coalesce(max(updated) + 0.001, 0) FROM conversations)))"
)
_NEWEST_OF_ROW = "SELECT * FROM runs WHERE row_key = ? ORDER BY number DESC LIMIT 1"

#: Whoever takes a run up knows what may be lost of it. The state folder may have been moved.
_TAKE_UP = (
    "UPDATE runs SET epoch = epoch + 1, status = 'running', finished = NULL, exit = NULL, lost = NULL, folder = ?"
    " WHERE id = ?"
)

#: All that has rows of a run, but `runs` itself.
_TABLES = ("events", "globs", "temporaries", "effects", "scopes", "attempts")


class Journal:
    """Reads all runs, and hands out a `RunWriter` to whoever works on one.

    One object serves many runs and threads; many processes may open the same folder.
    """

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder.absolute()
        self.runs_folder = self.folder / "runs"
        self._database = Database(self.folder)
        try:
            with self._database.faults():
                self.runs_folder.mkdir(exist_ok=True, mode=0o700)
            check_newest(self._database.path, self.runs_folder, self._newest_id)
        except BaseException:
            self._database.keep_as_found()
            self._database.close()
            raise

    def _newest_id(self) -> str | None:
        (newest,) = self._database.read("SELECT max(id) AS id FROM runs")
        return None if newest["id"] is None else str(newest["id"])

    @classmethod
    def open(cls, state_folder: Path) -> Self:
        """Open the journal in this folder, made if it is not there.

        Raises:
            MachineError: it is damaged, newer, older than its runs, busy, on a network file system, or not to be
                written. It is as it was.
        """
        return cls(state_folder)

    def close(self) -> None:
        """Close the journal; runs that still use it can write no more."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- working on a run ---------------------------------------------------------------------------------------------

    def begin(
        self,
        run_id: str,
        *,
        name: str,
        pipeline: str,
        backend: str,
        started: float,
        snapshot: JsonObject,
        state: JsonObject | None = None,
    ) -> RunWriter:
        """Lock a new run, write it down, and make its folder; `state` is what its first stage finds.

        It is locked before anybody can see it, so that nobody takes it for one that waits to be begun. It is written
        down before its folder is made: a process that dies in between leaves a run that `continue_` begins, and no
        folder of no run.

        Raises:
            FileExistsError: this id is taken.
            MachineError: the disk would not; nothing of the run is left.
        """
        row = (run_id, name, pipeline, backend, started, str(self.runs_folder / run_id), dump(snapshot))
        lock = RunLock(self.runs_folder, run_id)
        if lock.path.exists():  # that of another run, even if nobody holds it
            raise FileExistsError(run_id)
        lock.acquire()
        try:
            with _unless_taken(run_id), self._database.transaction() as connection:
                _insert(connection, row)
                if state:
                    connection.execute("INSERT INTO scopes VALUES (?, '', ?)", (run_id, dump(state)))
        except BaseException:
            lock.remove()
            raise
        try:
            return self._take_up(run_id, lock)
        except BaseException:
            with contextlib.suppress(MachineError):
                self._unwrite(run_id, lock)
            raise

    def _unwrite(self, run_id: str, lock: RunLock) -> None:
        """Take back what was written of a run that could not begin."""
        with contextlib.suppress(OSError):
            (self.runs_folder / run_id).rmdir()
        try:
            with self._database.transaction() as connection:
                _delete(connection, run_id)
        finally:
            lock.remove()

    def submit(
        self,
        run_id: str,
        *,
        name: str,
        pipeline: str,
        backend: str,
        started: float,
        snapshot: JsonObject,
        row_key: str = "",
        known: RunRow | None = None,
    ) -> str:
        """Write a run down that somebody is to carry out; `continue_` begins it.

        With a `row_key`, `known` is the newest run of that key as the caller has seen it. Where another one is there by
        now, or somebody took that one up since, nothing is written: two processes that work on the same rows give each
        row one run.

        Returns:
            The id of the run to carry out: `run_id`, or that of the other one.

        Raises:
            FileExistsError: this id is taken.
            MachineError: the disk would not; nothing of the run is left.
        """
        text = dump(snapshot)
        with _unless_taken(run_id), self._database.transaction() as connection:
            newest = connection.execute(_NEWEST_OF_ROW, (row_key,)).fetchone() if row_key else None
            seen = (
                known is not None and newest is not None and (newest["id"], newest["epoch"]) == (known.id, known.epoch)
            )
            if newest is not None and not seen:
                return str(newest["id"])
            row = (run_id, name, pipeline, backend, started, str(self.runs_folder / run_id), text)
            _insert(connection, row, row_key)
        return run_id

    def continue_(self, run_id: str, *, take_over: bool = False, accept_loss: bool = False) -> RunWriter:
        """Take a run up again; whoever worked on it before can write to it no more.

        Raises:
            UsageError: there is no such run.
            MachineError: a living process works on it, and `take_over` is false; the state folder is a copy of one
                that is there too; or, where that was not accepted, the journal lost some of what the run did.
        """
        rows = self._database.read("SELECT folder FROM runs WHERE id = ?", (run_id,))
        if not rows:
            raise _unknown(run_id)
        folder = self.runs_folder / run_id
        check_home(run_id, Path(rows[0]["folder"]), folder)
        lock = RunLock(self.runs_folder, run_id)
        lock.acquire(take_over=take_over)
        try:
            if not accept_loss:
                self._check_effects(run_id)
            return self._take_up(run_id, lock)
        except BaseException:
            lock.release()
            raise

    def _take_up(self, run_id: str, lock: RunLock) -> RunWriter:
        """Begin a run, or go on with it, under its lock; raises `UsageError` where somebody deleted it."""
        folder = self.runs_folder / run_id
        with self._database.transaction(durable=True) as connection:
            connection.execute(_TAKE_UP, (str(folder), run_id))
            row = connection.execute("SELECT epoch FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            lock.remove()
            raise _unknown(run_id)
        with self._database.faults():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return RunWriter(self._database, lock, run_id, folder, row["epoch"])

    # --- reading ------------------------------------------------------------------------------------------------------

    def runs(self) -> list[RunRow]:
        """All runs, the newest first."""
        return self._database.read_as(self._run_row, "SELECT * FROM runs ORDER BY number DESC")

    def said_since(self, run: RunRow) -> list[RunRow]:
        """The newer runs of conversations with the same service as this one's, the newest first; none for a file's."""
        return self._database.read_as(self._run_row, _SAID_SINCE, (run.id,))

    def run(self, run_id: str) -> RunRow:
        """The run with this id, or the only one whose id has this in it, like its short end.

        Raises:
            UsageError: there is none, or there are several.
        """
        rows = self._database.read_as(
            self._run_row, "SELECT * FROM runs WHERE id = ?", (run_id,)
        ) or self._database.read_as(self._run_row, "SELECT * FROM runs WHERE instr(id, ?) ORDER BY id", (run_id,))
        if not rows or not run_id:
            raise _unknown(run_id)
        if len(rows) > 1:
            some = ", ".join(row.id for row in rows[:5])
            raise UsageError(
                f"{run_id!r} fits {len(rows)} runs: {some}", code="run_ambiguous", hint="write more of the id"
            )
        return rows[0]

    def newest_of_row(self, row_key: str) -> RunRow | None:
        """The newest run of what the row of a batch asks for."""
        return next(iter(self._database.read_as(self._run_row, _NEWEST_OF_ROW, (row_key,))), None)

    def _run_row(self, row: Row) -> RunRow:
        status = row["status"]
        if status == "running" and not RunLock(self.runs_folder, row["id"]).is_held():
            status = "interrupted"
        return RunRow(
            id=row["id"],
            name=row["name"],
            pipeline=row["pipeline"],
            backend=row["backend"],
            status=status,
            exit=row["exit"],
            started=row["started"],
            finished=row["finished"],
            folder=Path(row["folder"]),
            outputs=json.loads(row["outputs"] or "{}"),
            errors=tuple(json.loads(row["errors"] or "[]")),
            row_key=row["row_key"] or "",
            epoch=row["epoch"],
            lost=row["lost"] or "",
        )

    def snapshot(self, run_id: str) -> JsonObject:
        """What the run was begun with.

        Raises:
            UsageError: there is no such run.
        """
        found = self._database.read_as(_snapshot, "SELECT snapshot FROM runs WHERE id = ?", (run_id,))
        if not found:
            raise _unknown(run_id)
        return found[0]

    def stages(self, run_id: str) -> list[StageRow]:
        """The last attempt at each stage, in the order in which the stages first started."""
        return latest(self.attempts(run_id))

    def attempts(self, run_id: str) -> list[StageRow]:
        """Every attempt at every stage, oldest first."""
        sql = "SELECT * FROM attempts WHERE run_id = ? ORDER BY number"
        return self._database.read_as(stage_from_row, sql, (run_id,))

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        """The events with a sequence number above `after`."""
        sql = "SELECT * FROM events WHERE run_id = ? AND sequence > ? ORDER BY sequence"
        return self._database.read_as(event_from_row, sql, (run_id, after))

    def worked(self, run_id: str) -> float:
        """The seconds that were worked on a run, without those that it lay idle between two resumes."""
        return float(self._database.read(_WORKED, (run_id,))[0][0])

    def effects(self, run_id: str) -> list[EffectRow]:
        """Every effect of a run, oldest first."""
        return self._database.read_as(effect_from_row, "SELECT * FROM effects WHERE run_id = ? ORDER BY id", (run_id,))

    def scopes(self, run_id: str) -> dict[str, JsonObject]:
        """The state of each scope of a run as its last finished stage left it."""
        return dict(self._database.read_as(scope_from_row, "SELECT * FROM scopes WHERE run_id = ?", (run_id,)))

    def credits(self, run_id: str) -> float | None:
        """The credits that a run is known to have cost; None where no effect of it told."""
        spent = self._database.read(SPENT, (run_id,))[0][0]
        return None if spent is None else float(spent)

    def taken(self, run_id: str) -> float:
        """The credits that a run spent or reserved: known costs, and estimates where these are not known."""
        return float(self._database.read(TAKEN, (run_id,))[0][0])

    # --- conversations -----------------------------------------------------------------------------------------------

    def conversations(self, backend: str | None = None, base: str | None = None) -> list[ConversationRow]:
        """All conversations, with one backend, or with one address of it; the one that was worked on last first."""
        return self._database.read_as(
            conversation_from_row,
            "SELECT * FROM conversations WHERE (?1 IS NULL OR backend = ?1) AND (?2 IS NULL OR base = ?2)"
            " ORDER BY updated DESC, session",
            (backend, base),
        )

    def conversation(self, backend: str, base: str, session: str | None = None) -> ConversationRow | None:
        """The conversation with this session; without one, that which was worked on last."""
        found = self.conversations(backend, base)
        return next((row for row in found if session is None or row.session == session), None)

    def keep_conversation(self, row: ConversationRow) -> None:
        """Keep where a conversation stands, in the place of what was known of its session."""
        with self._database.transaction(durable=True) as connection:
            connection.execute(
                _KEEP_CONVERSATION,
                (row.backend, row.base, row.session, dump(row.state), row.run_id, row.updated),
            )

    # --- looking after it --------------------------------------------------------------------------------------------

    def check_whole(self) -> None:
        """Read all that the journal holds.

        Raises:
            MachineError: some of it cannot be read, or it knows less than its runs' folders tell.
        """
        self._database.check_whole()
        for run in self.runs():
            for read in (self.snapshot, self.attempts, self.scopes, self.events):
                read(run.id)
            if run.status not in {"done", "running"} and not run.lost:
                self._check_effects(run.id)
        self.conversations()

    def _check_effects(self, run_id: str) -> None:
        try:
            check_effects(self._database.path, run_id, self.runs_folder / run_id, partial(self.effects, run_id))
        except MachineError:
            self._database.keep_as_found()
            raise

    def leftovers(self) -> list[tuple[str, Path]]:
        """The temporary files that runs left behind which nobody works on, as run and file.

        Those of a run that has still to put a file in its place are none: it needs them.
        """
        rows = self._database.read(
            "SELECT run_id, file FROM temporaries WHERE run_id NOT IN"
            " (SELECT run_id FROM effects WHERE status = 'open') ORDER BY run_id, file"
        )
        there = [(row["run_id"], Path(row["file"])) for row in rows if os.path.lexists(row["file"])]
        return [each for each in there if not RunLock(self.runs_folder, each[0]).is_held()]

    # --- forgetting ---------------------------------------------------------------------------------------------------

    def delete(self, run_id: str, before: Callable[[], None] = lambda: None) -> None:
        """Forget a run and remove its folder; files that it exported stay.

        `before` is called once nobody else can work on the run any more; where it raises, nothing is forgotten. Who
        dies in the middle leaves a run that can be forgotten again.

        Raises:
            MachineError: a living process works on it.
        """
        lock = RunLock(self.runs_folder, run_id)
        lock.acquire()
        try:
            before()
            with self._database.faults():
                # First what would show that the journal knew of it.
                (self.runs_folder / run_id / EVENTS_FILE).unlink(missing_ok=True)
            shutil.rmtree(self.runs_folder / run_id, ignore_errors=True)
            with self._database.transaction() as connection:
                _delete(connection, run_id)
            lock.path.unlink(missing_ok=True)
        finally:
            lock.release()


def _unknown(run_id: str) -> UsageError:
    return UsageError(f"there is no run {run_id!r}", code="run_unknown", hint="see `clipline runs list`")


def _snapshot(row: Row) -> JsonObject:
    snapshot: JsonObject = json.loads(row["snapshot"])
    return snapshot


@contextlib.contextmanager
def _unless_taken(run_id: str) -> Iterator[None]:
    """Say in Python's own words that a run's id is taken."""
    try:
        yield
    except IntegrityError:
        raise FileExistsError(run_id) from None


def _insert(connection: Connection, row: tuple[str, str, str, str, float, str, str], row_key: str = "") -> None:
    """Write a run down that is to be begun; an `IntegrityError` says that its id is taken."""
    connection.execute(
        "INSERT INTO runs (id, name, pipeline, backend, status, started, folder, epoch, snapshot, row_key)"
        " VALUES (?, ?, ?, ?, 'queued', ?, ?, 0, ?, ?)",
        (*row, row_key or None),
    )


def _delete(connection: Connection, run_id: str) -> None:
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))  # noqa: S608  # our own names
    connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))

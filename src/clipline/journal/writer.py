"""Writes what one run does. Every write is fenced: once another process took the run over, none of ours is kept.

Events and the starts of stages wait in memory for the next transaction, so that a short stage costs one commit;
`flush` is called where a stage takes longer. `events.jsonl` in the run's folder is written from what was committed.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection, Row

from clipline.errors import MachineError
from clipline.events import Event, Finding
from clipline.journal import effects
from clipline.journal.database import Database
from clipline.journal.lines import EVENTS_FILE, EventLines, line
from clipline.journal.locks import RunLock
from clipline.journal.rows import (
    EffectRow,
    FileRow,
    Forgotten,
    StageStatus,
    dump,
    effect_from_row,
    event_from_row,
    finding_row,
    scope_from_row,
)
from clipline.values import JsonObject

__all__ = ["RunWriter"]

_EPOCH = "SELECT epoch FROM runs WHERE id = ?"
_START = (
    "INSERT INTO attempts (run_id, number, path, attempt, kind, status, started) VALUES (?, ?, ?, ?, ?, 'running', ?)"
)
_END = (
    "UPDATE attempts SET status = ?, finished = ?, outputs = ?, artifacts = ?, findings = ?, error = ?, changed = ?"
    " WHERE run_id = ? AND number = ?"
)


class RunWriter:
    """The journal of one run, for the process that works on it. Safe in threads.

    `run_id` and `folder` say which; `last_sequence` is the number of the last event of earlier processes.
    """

    def __init__(self, database: Database, lock: RunLock, run_id: str, folder: Path, epoch: int) -> None:
        self.run_id = run_id
        self.folder = folder
        self._database = database
        self._lock = lock
        self._epoch = epoch
        self._waiting: list[tuple[Event, str]] = []
        self._starts: dict[int, tuple[str, int, str, int, str, float]] = {}
        self._guard = threading.RLock()
        self._lines = EventLines(folder / EVENTS_FILE, self._all_lines)
        self.last_sequence = self._last("sequence", "events")
        self._last_number = self._last("number", "attempts")

    def _last(self, column: str, table: str) -> int:
        sql = f"SELECT coalesce(max({column}), 0) FROM {table} WHERE run_id = ?"  # noqa: S608 - names of our own schema
        return int(self._database.read(sql, (self.run_id,))[0][0])

    # --- the frame ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[Connection]:
        """A fenced transaction that takes the waiting events along."""
        with self._guard:
            events = self._waiting
            with self._database.transaction(durable=durable) as connection:
                self._fence(connection)
                if self._starts:
                    connection.executemany(_START, list(self._starts.values()))
                if events:
                    connection.executemany(
                        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
                        [(self.run_id, e.sequence, e.time, e.type, e.stage, data) for e, data in events],
                    )
                yield connection
            self._waiting, self._starts = [], {}
            if events:
                self._lines.add(line(event, data) for event, data in events)

    def _fence(self, connection: Connection) -> None:
        self._check_epoch(connection.execute(_EPOCH, (self.run_id,)).fetchone())

    def _check_epoch(self, row: Row | None) -> None:
        if row is None or row[0] != self._epoch:
            raise MachineError(
                f"the run {self.run_id} was {'taken over by another process' if row else 'deleted'}; this one stops",
                code="run_taken_over",
            )

    def check_ours(self) -> None:
        """Make sure that the run is still ours; asked immediately before what cannot be taken back.

        It only reads: between an intent and its send no full disk can come, which would leave an intent of which
        nobody can tell whether it was sent.

        Raises:
            MachineError: another process took it over.
        """
        with self._guard:
            self._check_epoch(next(iter(self._database.read(_EPOCH, (self.run_id,))), None))

    def close(self) -> None:
        """Let go of the run."""
        with self._guard:
            self._lines.close()
        self._lock.release()

    # --- events -------------------------------------------------------------------------------------------------------

    def add_event(self, event: Event, data: str) -> None:
        """Keep an event, its data as `dump` gave it; it is written with the next transaction."""
        with self._guard:
            self._waiting.append((event, data))

    def flush(self) -> None:
        """Write what waits."""
        with self._guard:
            if self._waiting or self._starts:
                with self._transaction():
                    pass

    def _all_lines(self) -> list[str]:
        sql = "SELECT * FROM events WHERE run_id = ? ORDER BY sequence"
        return self._database.read_as(lambda row: line(event_from_row(row), row["data"]), sql, (self.run_id,))

    # --- stages ------------------------------------------------------------------------------------------------------

    def begin_attempt(self, path: str, kind: str, attempt: int, started: float) -> int:
        """An attempt at a stage starts; its number, to end it with. Written with the next transaction."""
        with self._guard:
            self._last_number += 1
            self._starts[self._last_number] = (self.run_id, self._last_number, path, attempt, kind, started)
            return self._last_number

    def end_attempt(
        self,
        number: int,
        status: StageStatus,
        finished: float,
        *,
        outputs: JsonObject | None = None,
        artifacts: Sequence[FileRow] = (),
        findings: Sequence[Finding] = (),
        error: JsonObject | None = None,
        scope: str = "",
        state: JsonObject | None = None,
        changed: Collection[str] = (),
    ) -> None:
        """An attempt ended; the scope's new `state` (None: as it was) is kept in the same transaction.

        `changed` names the parts of the state that the attempt changed.
        """
        made = [{"path": str(f.path), "sha256": f.sha256, "bytes": f.bytes, "name": f.name} for f in artifacts]
        found = [finding_row(finding) for finding in findings]
        texts = [dump(value) if value else None for value in (outputs, made, found, error)]
        texts.append(dump(sorted(changed)))
        with self._transaction() as connection:
            connection.execute(_END, (status, finished, *texts, self.run_id, number))
            if state is not None:
                kept = (self.run_id, scope, dump(state))
                connection.execute("INSERT OR REPLACE INTO scopes VALUES (?, ?, ?)", kept)

    def last_done(self, path: str) -> int:
        """The number of the last attempt at a stage that came to a good end; 0 where none did."""
        sql = "SELECT coalesce(max(attempt), 0) FROM attempts WHERE run_id = ? AND path = ? AND status = 'done'"
        return int(self._database.read(sql, (self.run_id, path))[0][0])

    def skip(self, path: str, kind: str, now: float) -> None:
        """A stage is skipped this time."""
        self.end_attempt(self.begin_attempt(path, kind, 0, now), "skipped", now)

    def scopes(self) -> Mapping[str, JsonObject]:
        """The state of each scope as the last finished stage left it."""
        return dict(self._database.read_as(scope_from_row, "SELECT * FROM scopes WHERE run_id = ?", (self.run_id,)))

    def finish(
        self, status: str, exit_status: int, finished: float, outputs: JsonObject, errors: Sequence[JsonObject]
    ) -> None:
        """The run ended, for now or for good."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, exit = ?, finished = ?, outputs = ?, errors = ? WHERE id = ?",
                (status, exit_status, finished, dump(outputs), dump(list(errors)), self.run_id),
            )

    def set_budget(self, budget: float) -> None:
        """The run may take this many credits from now on, whatever its file says."""
        with self._transaction(durable=True) as connection:
            connection.execute(
                "UPDATE runs SET snapshot = json_set(snapshot, '$.budget', ?) WHERE id = ?", (budget, self.run_id)
            )

    # --- effects ------------------------------------------------------------------------------------------------------

    def intend(
        self,
        stage: str,
        attempt: int,
        name: str,
        operation: str,
        digest: str,
        *,
        now: float,
        deadline: float,
        fingerprint: str = "",
        estimate: int = 0,
        session: str = "",
        budget: float | None = None,
    ) -> int:
        """Sync the intent of an effect to the disk; its number, to close it with. Where it raises nothing was intended.

        Raises:
            AccountError: what the run spent and reserved, with this estimate, is over `budget`.
            MachineError: an intent on the same `session` is open, of this run or of another.
        """
        intent = effects.Intent(
            run_id=self.run_id,
            stage=stage,
            attempt=attempt,
            name=name,
            operation=operation,
            digest=digest,
            created=now,
            deadline=deadline,
            fingerprint=fingerprint,
            estimate=estimate,
            session=session,
        )
        with self._transaction(durable=True) as connection:
            return effects.insert(connection, intent, budget)

    def conclude(self, effect: int, outcome: JsonObject | None, now: float, *, adopted: bool = False) -> None:
        """Sync how an effect ended; `outcome` None: it is proved not to have happened."""
        with self._transaction(durable=True) as connection:
            effects.conclude(connection, effect, "void" if outcome is None else "done", outcome, now, adopted=adopted)

    def bring_forward(self, effect: int, deadline: float) -> None:
        """An open effect can take effect until `deadline` and no longer; nothing where it was so before."""
        with self._transaction(durable=True) as connection:
            connection.execute("UPDATE effects SET deadline = min(deadline, ?) WHERE id = ?", (deadline, effect))

    def give_up(self, effect: int, now: float) -> None:
        """Sync that an effect of unknown outcome counts no more by the person's word; what it may have cost does."""
        with self._transaction(durable=True) as connection:
            effects.forget(connection, [effect], "void", effects.RESEND, now)

    def forget(self, forgotten: Forgotten, now: float) -> None:
        """Sync that finished stages are done anew, with the state that they find."""
        with self._transaction(durable=True) as connection:
            effects.forget(connection, forgotten.effects, "forgotten", "replay", now)
            connection.executemany(
                "UPDATE attempts SET status = 'forgotten' WHERE run_id = ? AND number = ?",
                [(self.run_id, number) for number in forgotten.attempts],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO scopes VALUES (?, ?, ?)",
                [(self.run_id, scope, dump(state)) for scope, state in forgotten.scopes.items() if state is not None],
            )
            connection.executemany(
                "DELETE FROM scopes WHERE run_id = ? AND scope = ?",
                [(self.run_id, scope) for scope, state in forgotten.scopes.items() if state is None],
            )

    def effects(self, stage: str | None = None, name: str | None = None) -> list[EffectRow]:
        """The effects of this run, of one stage, or of one name in it; oldest first."""
        return self._database.read_as(
            effect_from_row,
            "SELECT * FROM effects WHERE run_id = ?1 AND (?2 IS NULL OR stage = ?2) AND (?3 IS NULL OR name = ?3)"
            " ORDER BY id",
            (self.run_id, stage, name),
        )

    def credits(self) -> float | None:
        """The credits that the run is known to have cost so far; None where no effect of it told."""
        spent = self._database.read(effects.SPENT, (self.run_id,))[0][0]
        return None if spent is None else float(spent)

    # --- temporary files ----------------------------------------------------------------------------------------------

    def add_temporary(self, file: Path) -> None:
        """A temporary file is about to be made."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO temporaries VALUES (?, ?)", (self.run_id, str(file)))

    def forget_temporary(self, file: Path) -> None:
        """A temporary file is gone."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM temporaries WHERE run_id = ? AND file = ?", (self.run_id, str(file)))

    def temporaries(self) -> list[Path]:
        """The temporary files that may be there."""
        rows = self._database.read("SELECT file FROM temporaries WHERE run_id = ? ORDER BY file", (self.run_id,))
        return [Path(row["file"]) for row in rows]

    # --- patterns ---

    def globs(self) -> dict[str, list[str]]:
        """What each pattern found that was looked up while the run went on."""
        sql = "SELECT pattern, found FROM globs WHERE run_id = ?"
        return dict(self._database.read_as(lambda row: (row["pattern"], json.loads(row["found"])), sql, (self.run_id,)))

    def add_glob(self, pattern: str, found: Sequence[str]) -> None:
        """A pattern was looked up."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO globs VALUES (?, ?, ?)", (self.run_id, pattern, dump(list(found)))
            )

"""One watcher at work: gives each claimed file its run, and takes the file where the run's end says.

The claim's folder is the name of the work (`row_key`), so that the run of a file that is taken up again is found in the
journal, whatever the watcher that was killed had still written down.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clipline.app.batch_result import BatchRow
from clipline.app.batching import told_of_plan
from clipline.app.inbox import Claim, Inbox, Place
from clipline.app.limits import Pace
from clipline.app.preparing import (
    make_plan,
    run_settings,
)
from clipline.app.running import OnEvent, journal_address
from clipline.app.work import Follower
from clipline.artifacts import real_path
from clipline.clock import Clock
from clipline.engine import submission
from clipline.engine.foresight import Forecast, foresee
from clipline.errors import Cancelled, CliplineError, InputError, MachineError, UsageError, may_end_otherwise, worst
from clipline.events import Event
from clipline.journal import Journal
from clipline.pipeline.model import Pipeline
from clipline.plugin_manager import RunPlugins
from clipline.settings import Settings
from clipline.stage import RunOrder
from clipline.values import JsonObject

__all__ = ["WATCH_VERSION", "WatchResult", "Watcher"]

WATCH_VERSION = 1

#: Exit statuses after which a file stays in `working`: the account, a service, an unknown outcome, this machine.
_STAYS = frozenset({4, 5, 6, 7})
#: The code of an export that would land where files are taken from.
_WATCHED = "out_is_watched"
#: Seconds until a file that stays is taken up again, doubled each time, and the longest of these waits.
_AGAIN, _LONGEST = 60.0, 900.0


@dataclass(frozen=True, slots=True)
class WatchResult:
    """What became of the files while the folder was watched, by their number; `exit` is for the command to end with."""

    counts: Mapping[str, int]
    exit: int

    def as_json(self) -> dict[str, Any]:
        """The result for programs, with the version of its shape."""
        return {"clipline_watch": WATCH_VERSION, "exit": self.exit, "counts": dict(self.counts)}


@dataclass
class Watcher:
    """`orders` is read by the executor's threads, one at a time; `take` is called by the thread that watches.

    `ask` raises what stands in the way of every file: an input that all runs share, or the output folder.
    """

    folder: Path
    checked: Pipeline
    hooks: RunPlugins
    settings: Settings
    journal: Journal
    clock: Clock
    clip_input: str
    inputs: Mapping[str, object]
    out: Path
    pace: Pace
    once: bool
    interval: float
    settle: float
    spared: list[Path]
    ask: Callable[[], None]
    on_event: OnEvent | None
    on_row: Callable[[BatchRow], None] | None
    follower: Follower | None
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._guard = threading.RLock()
        self._address = journal_address(self.settings)
        self._going: dict[str, tuple[Claim, BatchRow]] = {}
        #: Claims that stay in `working`: when they are taken up again, and how often they were.
        self._later: dict[str, tuple[float, Claim]] = {}
        self._tries: Counter[str] = Counter()
        self._exits: dict[str, int] = {}
        self._number = 0
        #: Until when no more files are taken, since each would meet the same.
        self._held = 0.0
        self._inbox = Inbox(self.folder, settle=self.settle, clock=self.clock, spared=self.spared, say=self.say)
        self._inbox.prepare()

    def say(self, text: str) -> None:
        """Tell the person something."""
        if self.on_event is not None:
            self.on_event(Event("", 0, self.clock.now(), "stage.note", "", {"text": text}))

    # --- handing out --------------------------------------------------------------------------------------------------

    def orders(self) -> Iterator[RunOrder]:
        """The runs of the files, as these come; ends when it is told to stop, or with nothing left to do `once`."""
        if not self.once:
            self.say(f"watching {self.folder}; Ctrl-C ends it")
        try:
            while True:
                with self._guard:
                    claim = self._due() or (None if self._is_held else self._inbox.next())
                if claim is not None:
                    if run_id := self._begin(claim):
                        yield RunOrder(run_id, self._address)
                    continue
                if self.once and (self._is_held or not self._inbox.is_expecting):
                    return
                self.clock.sleep(self.interval)
        except Cancelled:
            return

    def _due(self) -> Claim | None:
        """A file that has stayed for long enough."""
        now = self.clock.monotonic()
        for name, (when, claim) in self._later.items():
            if when <= now and not self.once:
                del self._later[name]
                return claim
        return None

    @property
    def _is_held(self) -> bool:
        return self.clock.monotonic() < self._held

    def _begin(self, claim: Claim) -> str:
        """The run of a file, journalled and written down beside it; empty where it gets none now.

        Raises:
            Cancelled: the watch was told to stop.
        """
        row = self._row(claim)
        if claim.record.get("run") and claim.record.get("journal") != self._address:
            self.say(f"{claim.file.name} has a run in another journal ({claim.record['journal']}), and is left to that")
            self._inbox.leave(claim)
            return ""
        try:
            self.pace.wait()
            run_id = self._run_of(claim)
            claim.keep({"clipline_watch": WATCH_VERSION, "file": claim.file.name, "run": run_id, **self._facts()})
        except Cancelled:
            self._inbox.leave(claim)
            raise
        except MachineError as error:
            self._stay(claim, row, error.as_json())
            return ""
        except CliplineError as error:
            if not self._hold(claim, row, error):
                self._finish(claim, "failed", told_of_plan(row, error), {})
            return ""
        with self._guard:
            row = replace(row, run_id=run_id, status="running")
            self._going[run_id] = (claim, row)
            if self.on_row is not None:
                self.on_row(row)
        if self.follower is not None:
            self.follower.follow(run_id)
        return run_id

    def _row(self, claim: Claim) -> BatchRow:
        self._number += 1
        return BatchRow(self._number, str(self.folder / claim.file.name), claim.file.name, "not_begun")

    def _facts(self) -> dict[str, Any]:
        source = self.checked.source
        return {"journal": self._address, "pipeline": str(source.path or source.name), "backend": self.hooks.backend}

    def _run_of(self, claim: Claim) -> str:
        """The run that the claim has already, else a new one; raises what planning it raises."""
        key = hashlib.sha256(f"watch {claim.folder}".encode("utf-8", "surrogateescape")).hexdigest()
        if there := self.journal.newest_of_row(key):
            return there.id
        if begun := claim.record.get("run"):  # the watched folder was given another name since
            with contextlib.suppress(UsageError):  # somebody deleted that run
                return self.journal.run(begun).id
        given = {**self.inputs, self.clip_input: str(claim.file)}
        planned = make_plan(self.checked, given, self.hooks.backend, self.settings, self.out)
        forecast = foresee(planned, self.hooks, out=planned.out)
        self._keep_out(forecast)
        run_id, _ = submission.submit(
            forecast.plan,
            journal=self.journal,
            plugins=self.hooks,
            settings=run_settings(self.settings, self.hooks.backend),
            now=self.clock.now(),
            notes=forecast.notes,
            estimate=forecast.estimate,
            row_key=key,
        )
        return run_id

    def _keep_out(self, forecast: Forecast) -> None:
        """Make sure that no export lands where files are taken from.

        Raises:
            InputError: one would.
        """
        for stage in forecast.plan.stages:
            options = stage.options_if_constant if stage.kind == "export" else None
            if options and isinstance(options.get("to"), str):
                target = forecast.plan.out / options["to"]
                if real_path(target.parent) == self.folder:
                    raise InputError(
                        f"{options['to']} would be taken as a new file", code=_WATCHED, hint="write another `to`"
                    )

    # --- taking back --------------------------------------------------------------------------------------------------

    def take(self, result: JsonObject) -> None:
        """A run ended with this result: its file goes to its place, or stays for later."""
        with self._guard:
            claim, row = self._going.pop(result["run"])
        if self.follower is not None:
            self.follower.leave(result["run"])
        row = row.ended(result)
        for file in row.files:
            if real_path(file.parent) == self.folder:
                self._inbox.spare(file)
        errors = result["errors"]
        if row.status == "done":
            self._finish(claim, "done", row, result)
        elif row.status == "cancelled":
            self._tell(row)
            self._inbox.leave(claim)
        elif row.status == "waiting" or _stays(row.exit, errors):
            self._stay(claim, row, row.error)
        elif not self._hold(claim, row):
            self._finish(claim, "failed", row, result)

    def _finish(self, claim: Claim, place: Place, row: BatchRow, result: JsonObject) -> None:
        errors = [dict(error) for error in result.get("errors", ())] or ([dict(row.error)] if row.error else [])
        facts = {
            "clipline_watch": WATCH_VERSION,
            "file": claim.file.name,
            "status": row.status,
            "exit": row.exit,
            "run": row.run_id or None,
            **self._facts(),
            "ended": self.clock.now(),
            "seconds": round(row.seconds, 3),
            "credits": row.credits,
            "files": [str(file) for file in row.files],
            "errors": errors,
        }
        try:
            moved = self._inbox.finish(claim, place, facts)
        except MachineError as error:
            self._stay(claim, row, error.as_json())
            return
        if place == "failed" or moved.name != claim.file.name:
            row = replace(row, note=f"moved to {place}/{moved.name}")
        self._exits[claim.id] = row.exit
        self._tell(row)

    def _hold(self, claim: Claim, row: BatchRow, error: CliplineError | None = None) -> bool:
        """Whether not the file is at fault, but what every file would meet: then it stays, and no more are taken."""
        try:
            if error is not None and error.code == _WATCHED:
                raise error
            self.ask()
        except CliplineError as common:
            with self._guard:
                self._held = self.clock.monotonic() + _AGAIN
            self._stay(claim, row, common.as_json())
            return True
        return False

    def _stay(self, claim: Claim, row: BatchRow, error: JsonObject | None) -> None:
        """Leave the file in `working`, and try again later; each time that fails the next try is later."""
        with self._guard:
            wait = min(_LONGEST, _AGAIN * 2 ** self._tries[claim.id])
            self._tries[claim.id] += 1
            self._later[claim.id] = (self.clock.monotonic() + wait, claim)
        status = int((error or {}).get("exit") or row.exit)
        self._exits[claim.id] = status
        why = "it stays in working" if self.once else f"it stays in working and is tried again in {wait:g} s"
        self._tell(replace(row, status="waiting", exit=status, error=error, note=why))

    def _tell(self, row: BatchRow) -> None:
        with self._guard:
            self.counts[row.status] += 1
            if self.on_row is not None:
                self.on_row(row)

    def result(self) -> WatchResult:
        """What became of all, now that nothing more is done; claims that are left are the next watcher's."""
        for _, claim in self._later.values():
            self._inbox.leave(claim)
        if self.clock.cancelled:
            return WatchResult(self.counts, Cancelled(signal_number=self.clock.token.signal_number).exit)
        return WatchResult(self.counts, worst(self._exits.values()))


def _stays(status: int, errors: list[JsonObject]) -> bool:
    """Whether trying again can end otherwise, without the person's doing anything to the file."""
    locked = any(error.get("code") == "run_locked" for error in errors)
    return locked or (status in _STAYS and any(map(may_end_otherwise, errors)))

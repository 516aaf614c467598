"""Where a batch stands: hands its rows out to an executor one by one, and takes back what became of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal

from clipline.app.batch_result import BatchRow
from clipline.app.batch_rows import Row
from clipline.app.limits import Pace, Purse
from clipline.app.running import OnEvent
from clipline.app.work import Follower
from clipline.clock import Clock
from clipline.engine.foresight import Forecast
from clipline.engine.past import past_result
from clipline.errors import AccountError, Cancelled, CliplineError, MachineError, UsageError
from clipline.events import Event
from clipline.journal import Journal, RunRow
from clipline.stage import RunOrder
from clipline.values import JsonObject

__all__ = ["Desk", "Entry"]


@dataclass
class Entry:
    """A row on its way. `run_id` is its run: a new one, or the newest that asks for the same if it `resumes`.

    `known` is the newest as it was found, if there was one. `estimate` are the credits that its run may still cost.
    `elsewhere`: another process works on it.
    """

    told: BatchRow
    row: Row
    key: str
    run_id: str = ""
    known: RunRow | None = None
    resumes: bool = False
    estimate: float = 0.0
    forecast: Forecast | None = None
    state: Literal["open", "going", "elsewhere", "over"] = "open"
    was_queued: bool = False


@dataclass
class Desk:
    """The rows of a batch. `orders` is read by the executor's threads, one at a time; all else by the batch's own.

    `submit` journals the run of an entry and gives its id, and whether it is a new one.
    """

    entries: Sequence[Entry]
    journal: Journal
    address: str
    submit: Callable[[Entry], tuple[str, bool]]
    clock: Clock
    pace: Pace
    purse: Purse | None = None
    max_failures: int | None = None
    on_row: Callable[[BatchRow], None] | None = None
    on_event: OnEvent | None = None
    follower: Follower | None = None

    def __post_init__(self) -> None:
        self._guard = threading.RLock()
        self._ended: set[str] = set()
        self._failures = 0
        #: Why no more rows are begun; empty as long as they are.
        self._stopped = ""

    # --- telling ------------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Tell the person something about the batch as a whole."""
        if self.on_event is not None:
            self.on_event(Event("", 0, self.clock.now(), "stage.note", "", {"text": text}))

    def end(self, entry: Entry, told: BatchRow) -> None:
        """A row ended like this."""
        with self._guard:
            entry.told, entry.state, entry.forecast = told, "over", None
            if told.status == "failed":
                self._failures += 1
                if self.max_failures is not None and self._failures >= self.max_failures:
                    self._stop(f"not begun after {self._failures} failure{'s' if self._failures != 1 else ''}")
            error = told.error or {}
            if told.exit == AccountError.exit_status and error.get("code") != "budget":
                self._stop("not begun: the account does not allow more")  # every other row would end the same
            if error.get("exit") == MachineError.exit_status:
                self._stop("not begun: this machine stands in the way")
            if self.on_row is not None:
                self.on_row(told)

    def _stop(self, why: str) -> None:
        self._stopped = self._stopped or why

    def following(self) -> AbstractContextManager[None]:
        """Tell of runs that are carried out elsewhere while the `with` lasts."""
        return self.follower.at_work() if self.follower else nullcontext()

    # --- handing out --------------------------------------------------------------------------------------------------

    def orders(self) -> Iterator[RunOrder]:
        """The runs to carry out, each as its turn comes."""
        for entry in self.entries:
            try:
                if entry.state == "open" and not self._stopped and self._begins(entry):
                    yield RunOrder(entry.run_id, self.address)
            except Cancelled:
                return

    def _begins(self, entry: Entry) -> bool:
        """Whether a row's run is to be carried out now, here; waits for its turn.

        Raises:
            Cancelled: the batch was told to stop.
        """
        if self.purse is not None and not self.purse.allows(entry.estimate, self._ended):
            self._refuse_for_budget(entry, self.purse)
            return False
        self.pace.wait()
        self.clock.check()
        if self._stopped:  # meanwhile
            return False
        if not entry.resumes:
            try:
                entry.run_id, is_ours = self.submit(entry)
            except CliplineError as error:
                self.end(entry, replace(entry.told, status="failed", exit=error.exit, error=error.as_json()))
                return False
            if not is_ours:
                self.leave(entry)
                return False
        with self._guard:
            entry.state, entry.resumes = "going", True
            entry.told = replace(entry.told, status="running", run_id=entry.run_id)
            if self.purse is not None:
                self.purse.reserve(entry.run_id, entry.estimate)
            if self.on_row is not None:
                self.on_row(entry.told)
        if self.follower is not None:
            self.follower.follow(entry.run_id)
        return True

    def _refuse_for_budget(self, entry: Entry, purse: Purse) -> None:
        taken, needed = purse.taken(), entry.estimate
        error = AccountError(
            f"estimated at {needed:g} credits, and {taken:g} of the {purse.budget:g} are spent",
            code="budget",
            hint=f"go on with a larger one: --resume --budget {taken + needed:g}",
        )
        note = "not begun: the budget does not allow it"
        self.end(entry, replace(entry.told, status="not_begun", exit=error.exit, error=error.as_json(), note=note))

    # --- taking back --------------------------------------------------------------------------------------------------

    def take(self, result: JsonObject) -> None:
        """A run ended with this result."""
        entry = next(each for each in self.entries if each.run_id == result["run"])
        if self.follower is not None:
            self.follower.leave(entry.run_id)
        if any(error.get("code") == "run_locked" for error in result["errors"]):
            self.leave(entry)
            return
        self._ended.add(entry.run_id)
        self.end(entry, entry.told.ended(result))

    def leave(self, entry: Entry) -> None:
        """Another process works on this row; what that costs counts all the same."""
        entry.state = "elsewhere"
        if self.purse is not None:
            self.purse.reserve(entry.run_id, entry.estimate, elsewhere=True)

    @property
    def waits_for_others(self) -> bool:
        """Whether other processes work on rows, so that it is not known yet how these end."""
        return not self._stopped and any(entry.state == "elsewhere" for entry in self.entries)

    def look_elsewhere(self) -> None:
        """Take what other processes ended; what they left lying is open again, and this one's to do."""
        for entry in self.entries:
            if entry.state != "elsewhere":
                continue
            try:
                row = self.journal.run(entry.run_id)
            except UsageError:  # somebody deleted it
                entry.state, entry.resumes = "open", False
                continue
            if row.status in {"done", "failed", "waiting"}:
                self.end(entry, entry.told.ended(past_result(self.journal, row).as_json()))
            elif row.status in {"interrupted", "cancelled"} or (row.status == "queued" and entry.was_queued):
                entry.state, entry.resumes = "open", True
                if self.purse is not None:
                    self.purse.release(entry.run_id)
            entry.was_queued = row.status == "queued"

    def rows(self) -> tuple[BatchRow, ...]:
        """How every row stands, now that nothing more is done."""
        return tuple(self._final(entry) for entry in self.entries)

    def _final(self, entry: Entry) -> BatchRow:
        if entry.state == "over":
            return entry.told
        if entry.state == "going":  # an executor lost it
            told = entry.told.ended(past_result(self.journal, self.journal.run(entry.run_id)).as_json())
            return replace(told, status="failed", note="the executor told of no end")
        note = "another process works on it" if entry.state == "elsewhere" else self._stopped or "not begun"
        stopped = Cancelled(signal_number=self.clock.token.signal_number).exit if self.clock.cancelled else 0
        return replace(entry.told, status="not_begun", exit=stopped, note=note, run_id=entry.run_id)

"""A process is frozen on its way into a system call, by `ptrace`; another takes its run over, or nobody does; thawed.

    PYTHONPATH=tests python -m campaigns.frozen [--sample N] [--seed S] [--only TEXT] [--verbose]

It freezes right before each send, at the rename of a file into its place, in the middle of a commit of the journal, and
at the other calls by which a run acts. Three ways to go on:

- `alone`: nobody takes over; the service's clock goes on by an hour, and it is thawed;
- `taken over`: `resume --take-over` works while it stands still, to the end or to status 6; where it froze with the
  journal or the tokens locked, that ends with status 7 and says so, and the frozen process is killed;
- `resent`: the same, with the person's `--resend` after status 6.

It must hold, once thawed: the process ends with a documented status and no traceback; where it was taken over, it
writes nothing into the journal, changes no file, and sends no message, but for the one call that it was frozen in. In
the end the file is there, and each edit charged once; `resent` may be charged once more, which is counted.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import queue
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import Any

from campaigns import forked
from campaigns.cells import arguments, clip_bytes, drawn
from campaigns.crash_cells import HANG, Record, place_of, prepare, record
from campaigns.crash_rules import broken, unknown
from campaigns.crash_tracer import Freezer, Seen, can_trace, filter_calls, trace
from campaigns.crash_world import Place, servers

__all__ = ["main"]

MODES = ("alone", "taken over", "resent")
HOUR = 3600.0
#: Seconds that a lost edit can take effect in, for whoever goes on: by then nothing is under way at the service.
_SPAN = "2"
#: Of the calls on the journal every so-manyth is met, since whoever takes over may have to wait for its lock.
_STRIDE = 12
#: What is said where the frozen process holds a lock that nobody can take from it.
_HELD = ("the journal is busy", "another process holds the file of tokens")
_TABLES = ("runs", "attempts", "effects", "scopes", "events", "temporaries")
#: What a thawed process may end with: done before, taken over (7), or a service that is not there any more (5, 6).
_THAWED: Mapping[str, frozenset[int]] = {"alone": frozenset({0, 4, 5, 6}), "taken over": frozenset({0, 7})}


@dataclass(frozen=True, slots=True)
class Cell:
    """Freeze at `point`; `usual` are the facts of the files undisturbed."""

    mode: str
    point: Seen
    usual: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the campaign calls it."""
        return f"{self.mode}: {self.point}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell.

    `status` is the frozen process's, `others` those of who took over; `held`: it froze with the journal or the tokens
    locked, and was killed; `late` are the messages that came after it was thawed, `extra` the charges beyond one an
    edit.
    """

    cell: Cell
    hit: bool
    status: int
    others: tuple[int, ...]
    held: bool
    late: int
    extra: int
    seconds: float
    wrong: tuple[str, ...]


class _Scene:
    """One cell while it goes on."""

    def __init__(self, cell: Cell, place: Place) -> None:
        self.cell = cell
        self.place = replace(place, environment={**place.environment, "CLIPLINE_MOCK_STREAM_LIMIT": _SPAN})
        self.others: list[int] = []
        self.held = False
        self.resent = 0
        self.before: dict[str, str] = {}
        self.messages = 0
        self.wrong: list[str] = []
        self.frozen = 0

    def meanwhile(self) -> None:
        """What happens while the process stands still."""
        self.place.servers.control("POST", "clock", {"advance": HOUR})
        if self.cell.mode == "alone":
            time.sleep(0.5)
        else:
            self._take_over()
        self.before, self.messages = _state_of(self.place), self._messages()

    def _take_over(self) -> None:
        if not (run := self._run()):
            return  # it froze before there was one
        words = ("resume", run, "--progress", "plain", "--take-over")
        status = self.go_on(words, "other")
        if status == 7 and any(word in self._said("other") for word in _HELD):
            self.held = True
            os.kill(self.frozen, signal.SIGKILL)
            return
        while status == 6 and self.cell.mode == "resent" and self.resent < self.place.scene.edits:
            self.resent += 1
            status = self.go_on((*words, "--resend"), f"resent{self.resent}")
        if status not in {0, 6}:
            self.wrong.append(f"who took over ended with {status}: {self._said('other')[-300:]}")

    def go_on(self, words: Sequence[str], name: str) -> int:
        """One more process; its status."""
        status = forked.start(words, self.place.folder, self.place.environment, name=name).wait(HANG)
        self.others.append(status)
        return status

    def _said(self, name: str) -> str:
        return (self.place.folder / f"{name}.err").read_text(errors="replace")

    def _run(self) -> str:
        """The run's id; "" before there is one."""
        file = self.place.state / "journal.sqlite"
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as journal:
            return str((journal.execute("SELECT id FROM runs").fetchone() or ("",))[0])
        return ""

    def _messages(self) -> int:
        return self.place.requests("message")

    def thawed(self, status: int, told: str) -> None:
        """Look at the process that was frozen."""
        taken = self.cell.mode != "alone"
        if self.held:
            return
        if status not in _THAWED["taken over" if taken else "alone"]:
            self.wrong.append(f"thawed, it ended with {status}: {told[-300:]}")
        if "Traceback" in told:
            self.wrong.append(f"a traceback: {told[-600:]}")
        if not taken or not self.others:
            return
        after = _state_of(self.place)
        if changed := sorted(name for name in {*self.before, *after} if self.before.get(name) != after.get(name)):
            self.wrong.append(f"thawed, it changed {changed}")
        if self.late > self.cell.point.name.startswith(("sendto mock", "sendmsg mock")):
            self.wrong.append(f"thawed, it sent {self.late} messages")

    @property
    def late(self) -> int:
        """Messages since it was thawed."""
        return self._messages() - self.messages

    def finish(self) -> None:
        """Go on to the end, as a person would."""
        self.place.until_quiet(HANG)
        words = self.place.scene.resume
        for number in range(self.place.scene.edits + 2):
            status = self.go_on(words, f"end{number}")
            if not self._run():
                words = self.place.scene.words
            elif status == 6:
                self.wrong += unknown(self.place)
                words = (*self.place.scene.resume, "--resend")
                self.resent += 1
            elif status == 0:
                return
            else:
                words = self.place.scene.resume
        self.wrong.append(f"it does not end: {self.others}, {self._said(f'end{number}')[-300:]}")


def run_cell(cell: Cell) -> Outcome:
    """Run one cell, in a folder of its own."""
    begun = time.monotonic()
    try:
        with place_of("run") as place:
            return _run(cell, place, begun)
    except Exception:  # noqa: BLE001  # a crash of ours is what the campaign looks for
        return Outcome(cell, True, -99, (), False, 0, 0, time.monotonic() - begun, (traceback.format_exc(),))


def _run(cell: Cell, place: Place, begun: float) -> Outcome:
    scene = _Scene(cell, place)
    first = functools.partial(filter_calls, cell.point.call)
    child = forked.start(place.scene.words, place.folder, place.environment, name="first", stopped=True, first=first)
    scene.frozen = child.pid
    tracer = Freezer(place.folder, place.servers.ports, cell.point, meanwhile=scene.meanwhile)
    trace(child, tracer, HANG)
    assert child.status is not None
    late = 0
    if tracer.killed_at is not None:
        place.until_quiet(HANG)
        late = scene.late
        scene.thawed(child.status, child.complained.read_text(errors="replace"))
    scene.finish()
    place.until_quiet(HANG)
    extra = len(place.world().get("charges", ())) - place.scene.edits
    if extra > scene.resent:
        scene.wrong.append(f"{extra} charges too many, and {scene.resent} words of the person")
    if extra == 0:
        scene.wrong += broken(place, cell.usual)
    return Outcome(
        cell,
        tracer.killed_at is not None,
        child.status,
        tuple(scene.others),
        scene.held,
        late,
        extra,
        time.monotonic() - begun,
        tuple(scene.wrong),
    )


def _state_of(place: Place) -> dict[str, str]:
    """What the journal tells, and the files that were made."""
    found: dict[str, str] = {}
    file = place.state / "journal.sqlite"
    if file.exists():
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as journal:
            for name in _TABLES:
                try:
                    found[name] = repr(journal.execute(f"SELECT * FROM {name}").fetchall())  # our own names
                except sqlite3.OperationalError as error:
                    found[name] = "[]" if "no such table" in str(error) else str(error)
    for path in place.out.rglob("*") if place.out.exists() else ():
        found[path.name] = f"{path.stat().st_ino} {path.stat().st_mtime_ns}" if path.is_file() else "no file"
    return found


# --- all of them -----------------------------------------------------------------------------------------------------


def cells(found: Record) -> Iterator[Cell]:
    """Every call that sends, renames or removes, and a part of those on the journal."""
    for index, point in enumerate(found.seen):
        if "journal" not in point.name or index % _STRIDE == 0:
            for mode in MODES:
                yield Cell(mode, point, found.facts)


def main(words: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule."""
    given = arguments("Processes frozen in a call.").parse_args(words)
    if why := can_trace():
        print(f"{why}: no process can be frozen here")
        return 0
    begun = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with servers(2) as both:
        free: queue.Queue[object] = context.Queue()  # type: ignore[assignment]  # the same to its users
        for each in both:
            free.put(each)
        initial = functools.partial(prepare, in_process=False, local=False)
        with context.Pool(2, initial, (free, clip_bytes())) as pool:
            every = [cell for cell in cells(pool.apply(record, ("run",))) if given.only in cell.name]
            chosen = drawn(every, given.sample, given.seed)
            random.Random(given.seed).shuffle(chosen)
            outcomes = []
            for outcome in pool.imap_unordered(run_cell, chosen):
                outcomes.append(outcome)
                if given.verbose or outcome.wrong:
                    _show(outcome)
    return _tell(outcomes, len(every), f"seed {given.seed}, {time.monotonic() - begun:.0f} s")


def _show(outcome: Outcome) -> None:
    mark = "WRONG" if outcome.wrong else "ok" if outcome.hit else "missed"
    ends = f"{outcome.status}, others {outcome.others}{', held' * outcome.held}, {outcome.late} late"
    print(f"{mark:7}{outcome.cell.name} → {ends}, {outcome.seconds:.1f} s", flush=True)
    for wrong in outcome.wrong:
        print(f"       {wrong}", flush=True)


def _tell(outcomes: Sequence[Outcome], size: int, how: str) -> int:
    if not outcomes:
        print("no cell has such a name")
        return 1
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"{len(outcomes)} of {size} cells, {how}; slowest {slowest.seconds:.1f} s ({slowest.cell.name})")
    for mode in MODES:
        these = [outcome for outcome in outcomes if outcome.cell.mode == mode and outcome.hit]
        ends = ", ".join(
            f"{end}: {n}" for end, n in sorted(Counter(one.status for one in these if not one.held).items())
        )
        late, extra = sum(one.late > 0 for one in these), sum(one.extra > 0 for one in these)
        held = sum(one.held for one in these)
        print(f"  {mode}: {len(these)} frozen; thawed, they ended with {ends}; {held} held a lock and were killed")
        print(f"    sent a message after that: {late}; an edit charged twice: {extra}")
    print(f"calls that were not met: {sum(not outcome.hit for outcome in outcomes)}")
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

"""A process that stands still for an hour while another takes its run over: thawed, it does nothing more.

    PYTHONPATH=tests python -m campaigns.frozen [--sample N] [--seed S] [--only TEXT] [--verbose]

A cell is a run of upload, edit and export in a process that is frozen (SIGSTOP) at a moment drawn by the seed. The
service's clock goes on by an hour, `clipline resume --take-over` does the work in another process, then the first one
is thawed. It must hold:

- thawed, it sends no message unless it stood still in the middle of sending it, writes nothing into the journal,
  changes no file, leaves none behind, and ends with a clear error, not with a traceback;
- nothing is charged twice, unless the person said `--resend` while it stood still in the middle of its send.

strace holds two of the moments open: before the first byte of an edit, where the thawed process must not send, and in
the call that sends it, where nothing can keep it from that. Where there is no strace the campaign does without them.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from campaigns import signals
from campaigns.signals_bench import HANG, Bench, Started, has_ended
from campaigns.signals_moments import MOMENTS, Moment
from clipline.errors import MachineError

#: Moments of the campaign on signals at which a process is frozen, how long after them at most, and how often.
FREEZING: Mapping[str, tuple[float, int]] = {
    "an edit, no fault": (0.03, 6),
    "stream, done": (0.5, 2),
    "stream, silent": (0.5, 2),
    "upload": (0.5, 1),
    "upload's reply": (0.3, 1),
    "back-off": (0.3, 1),
    "poll": (0.5, 2),
    "download": (0.3, 2),
    "waiting for a lost answer": (0.3, 1),
    "the end": (0.02, 1),
}
#: Moments that strace holds open: which system call is delayed, at its entry or exit, in every thread. An edit that is
#: intended then stands before its first byte, or in the very call that sends it.
HELD: Mapping[str, str] = {
    "before the first byte": "connect:delay_exit=700000",
    "in the send": "sendto:delay_enter=700000",
}
_AT_THE_EDIT = "an edit, no fault"
HOUR = 3600.0
#: The share of processes that may have begun to send when they froze: what was looked at last was still true then.
IN_THE_SEND = 0.06


@dataclass(frozen=True, slots=True)
class Cell:
    """A moment, how long after it the process is frozen, and whether the person says `--resend` meanwhile."""

    name: str
    delay: float
    resend: bool
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell: how the frozen process and the other one ended, and how much was charged.

    `sent` tells when the frozen process's edit reached the service: `before` it froze, `after` it was thawed, `never`;
    `held` where it froze in the middle of a write into the journal, and had to be killed.
    """

    cell: Cell
    status: int
    other: int
    charges: int
    sent: str
    wrong: tuple[str, ...]
    told: str = ""


def draw(count: int, seed: int, only: str) -> list[Cell]:
    """So many cells."""
    chance = random.Random(seed)
    held = HELD if shutil.which("strace") else {}
    spreads = {name: (spread, 0.0) for name, (spread, _) in FREEZING.items()} | dict.fromkeys(held, (0.2, 0.25))
    names = [name for name in (*held, *FREEZING) if only in name]
    weights = [FREEZING[name][1] if name in FREEZING else 3 for name in names]
    cells = []
    for number in range(count if names else 0):
        name = names[number] if number < len(names) else chance.choices(names, weights)[0]
        spread, least = spreads[name]
        cells.append(Cell(name, least + chance.uniform(0.0, spread), chance.random() < 0.5, number))
    return cells


def run_cell(cell: Cell) -> Outcome:
    """Run one cell, in a folder of its own."""
    moment = MOMENTS[_AT_THE_EDIT if cell.name in HELD else cell.name]
    with ExitStack() as stack:
        bench = signals.new_bench(stack, moment)
        try:
            return _frozen(bench, moment, cell, _begun(bench, moment, cell, stack))
        except Exception:  # noqa: BLE001  # whatever the campaign meets is told with its cell
            return Outcome(cell, -99, -99, 0, "?", (traceback.format_exc(limit=4),))


def _begun(bench: Bench, moment: Moment, cell: Cell, stack: ExitStack) -> Started:
    """The process, traced where its moment is one that strace holds open."""
    if cell.name not in HELD:
        return bench.start(moment.words)
    child = bench.start(moment.words, stopped=True)
    inject = HELD[cell.name]
    call = inject.partition(":")[0]
    words = ["strace", "-f", "-qq", "-o", os.devnull, "--seccomp-bpf", "-e", f"trace={call}", "-e", f"inject={inject}"]
    tracer = subprocess.Popen([*words, "-p", str(child.pid)], stderr=subprocess.DEVNULL)
    stack.callback(tracer.wait)
    stack.callback(tracer.kill)
    end = time.monotonic() + HANG / 3
    while "TracerPid:\t0\n" in Path(f"/proc/{child.pid}/status").read_text():
        assert tracer.poll() is None, "strace cannot attach"
        assert time.monotonic() < end, "strace does not attach"
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGCONT)
    return child


def _frozen(bench: Bench, moment: Moment, cell: Cell, child: Started) -> Outcome:
    # The cells share their workers' service; what it saw before is not theirs.
    charged, asked = len(bench.service.charges()), _messages(bench)
    came = bench.until(child, lambda: signals.has_come(bench, moment, child))
    time.sleep(cell.delay)
    if not came or has_ended(child.pid):
        return Outcome(cell, child.wait(HANG), 0, 0, "over", ())
    os.kill(child.pid, signal.SIGSTOP)
    time.sleep(0.05)  # what it wrote before reaches the service
    seen = _messages(bench) - asked
    try:
        other, said = _taken_over(bench, cell)
    except MachineError as error:
        return _held(bench, cell, child, error)
    at_thaw, before = (_messages(bench), len(bench.service.charges())), _state_of(bench)
    os.kill(child.pid, signal.SIGCONT)
    status = child.wait(HANG)
    time.sleep(0.5)  # what it sent takes effect
    late = max(_messages(bench) - at_thaw[0], len(bench.service.charges()) - at_thaw[1])
    charges = len(bench.service.charges()) - charged
    sent = "before" if seen else "after" if late else "never"
    told = child.complained.read_text(errors="replace")
    wrong = list(_rules(bench, cell, before, (status, other, charges, late), told))
    return Outcome(cell, status, other, charges, sent, tuple(wrong), f"{told[-500:]}\n--- the other\n{said[-300:]}")


def _held(bench: Bench, cell: Cell, child: Started, error: MachineError) -> Outcome:
    """It froze while it wrote into the journal, which nobody else can do until it goes on, or is killed."""
    wrong = () if error.code == "journal_busy" else (f"the journal: {error.message}",)
    os.kill(child.pid, signal.SIGKILL)
    status = child.wait(HANG)
    other, said = _taken_over(bench, cell)
    return Outcome(cell, status, other, 0, "held", wrong, said)


def _taken_over(bench: Bench, cell: Cell) -> tuple[int, str]:
    """Go on in another process, an hour later; its status and what it told."""
    bench.calm()
    bench.service.ask("clock", {"advance": HOUR})
    runs = bench.runs()
    if not runs or runs[0].status == "done":
        return 0, "nothing was left to do"
    words = ["resume", runs[0].id, "--take-over", "--progress", "plain"]
    status, told = bench.do(words, "other")
    if status == 6 and cell.resend:
        status, told = bench.do([*words, "--resend"], "resent")
    return status, told


def _rules(
    bench: Bench, cell: Cell, before: Mapping[str, str], ends: tuple[int, int, int, int], told: str
) -> Iterator[str]:
    status, other, charges, late = ends
    if status not in {0, 7}:
        yield f"the thawed process ended with {status}"
    if "Traceback" in told:
        yield "a traceback"
    if other not in {0, 6}:
        yield f"the other process ended with {other}"
    if late > (cell.name != "before the first byte"):
        yield f"the thawed process sent {late} messages"
    if charges > 1 and not cell.resend:
        yield f"{charges} charges"
    after = _state_of(bench)
    changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
    if status and changed:
        yield f"the thawed process changed {sorted(changed)}"
    if files := bench.leftovers():
        yield f"left over: {files}"
    if repeated := bench.repeated():
        yield f"done again: {repeated}"
    if other == 0 and not (bench.out / "clip-made.mp4").is_file():
        yield "no file"


def _messages(bench: Bench) -> int:
    """How many messages the service has read."""
    return sum(1 for row in bench.service.ask("requests") if row.get("route") == "message")


def _state_of(bench: Bench) -> dict[str, str]:
    """What the journal tells of the run, and every file that was made, by its content."""
    tables = ("runs", "attempts", "effects", "scopes", "events", "temporaries")
    found = {name: repr(bench.rows(f"SELECT * FROM {name}")) for name in tables}
    for path in bench.out.rglob("*") if bench.out.exists() else ():
        if path.is_file():
            found[path.name] = f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_ino}"
    return found


# --- all of them -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 where a rule is broken."""
    parser = argparse.ArgumentParser(description="Frozen processes.")
    parser.add_argument("--sample", type=int, default=200, help="how many processes are frozen")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only moments whose name holds this text")
    parser.add_argument("--verbose", action="store_true", help="show every cell")
    given = parser.parse_args(arguments)
    begun, outcomes = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="frozen-") as name:
        small, big = signals.materials(Path(name))
        context = multiprocessing.get_context("spawn")
        with context.Pool(2, signals.prepare, (name, small, big)) as pool:
            for outcome in pool.imap_unordered(run_cell, draw(given.sample, given.seed, given.only)):
                outcomes.append(outcome)
                _show(outcome, verbose=given.verbose)
            pool.map(signals.stop, range(8), chunksize=1)
    return _tell(outcomes, time.monotonic() - begun, given.seed)


def _show(outcome: Outcome, *, verbose: bool) -> None:
    if not (outcome.wrong or verbose):
        return
    cell = outcome.cell
    mark = "WRONG" if outcome.wrong else "ok"
    line = f"{mark:7}{cell.number} {cell.name} + {cell.delay:.3f} s{', resend' * cell.resend}"
    ends = f"{outcome.status}, the other {outcome.other}, {outcome.charges} charges, sent: {outcome.sent}"
    print(f"{line} → {ends}", *outcome.wrong, sep="; ", flush=True)
    if outcome.wrong:
        print("       | " + outcome.told.strip().replace("\n", "\n       | "), flush=True)


def _tell(outcomes: Sequence[Outcome], seconds: float, seed: int) -> int:
    print(f"{len(outcomes)} processes, seed {seed}, {seconds:.0f} s")
    print("thawed, they ended with: " + _counted(outcome.status for outcome in outcomes))
    print("the others ended with: " + _counted(outcome.other for outcome in outcomes))
    print("the edit was sent, as the process froze: " + _counted(outcome.sent for outcome in outcomes))
    for resend in (False, True):
        double = sum(outcome.charges > 1 for outcome in outcomes if outcome.cell.resend is resend)
        print(f"charged twice {'with' if resend else 'without'} a person's --resend: {double}")
    drawn = [outcome.sent == "after" for outcome in outcomes if outcome.cell.name not in HELD]
    share = sum(drawn) / max(1, len(drawn))
    print(f"of those at random moments so many went on with a send: {share:.1%} (at most {IN_THE_SEND:.0%})")
    for name in HELD:
        held = [outcome for outcome in outcomes if outcome.cell.name == name]
        sent = sum(outcome.sent == "after" for outcome in held)
        twice = sum(outcome.charges > 1 for outcome in held)
        print(f"{name}: {len(held)} held by strace, {sent} went on with the send, {twice} charged twice")
    broken = sum(bool(outcome.wrong) for outcome in outcomes)
    print(f"cells that broke a rule: {broken}")
    return int(bool(broken) or share > IN_THE_SEND)


def _counted(values: Iterator[object]) -> str:
    return ", ".join(f"{value}: {count}" for value, count in sorted(Counter(map(str, values)).items()))


if __name__ == "__main__":
    sys.exit(main())

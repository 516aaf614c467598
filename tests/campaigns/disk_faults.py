"""A disk that is full, broken or read-only, at every call that a run makes to it: nothing is lost, nor paid twice.

    PYTHONPATH=tests python -m campaigns.disk_faults [--sample N] [--seed S] [--only TEXT] [--verbose]

A cell is one run (upload, two edits, export, notify) on the backend `mock`, whose server is another process. Of the
calls that the run makes to files one fails, once or from then on: each write, sync, rename, link, opening for writing,
making of a folder and change of a length, with each error that it may have, and writes that take one byte only. Other
cells run on a small real disk that is full at some stage (see `disk_cells`). Then the disk is well again. Each cell
must hold:

- the run ends with the file, or with status 7, an error and a hint; no traceback, no hang;
- nothing has its name that is not whole, nothing temporary is left, no edit is charged twice;
- `runs list` and `runs show` work, and `resume` (or a second run, where the first was not begun) ends with the file,
  each edit charged once, and no stage done twice that was done.

Where calls cannot be traced, or file systems not mounted, the campaign says so and does the rest.
"""

from __future__ import annotations

import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import command_server
from campaigns import disk_cells
from campaigns.cells import arguments, clip_bytes, drawn
from campaigns.disk_bench import Bench, Told, served
from campaigns.fault_tracer import DiskFault, FaultTracer, can_inject

#: Of the cells, the share in which a person's word may be needed: the journal could not say any more what was sent.
ASKED = 0.02


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell; `struck` is whether the fault came to pass at all."""

    name: str
    status: int
    code: str
    struck: bool
    asked: bool
    seconds: float
    wrong: tuple[str, ...]


@dataclass
class _Worker:
    clip: bytes = b""
    url: str = ""


_WORKER = _Worker()


def _prepare(clip: bytes, urls: SimpleQueue[str]) -> None:
    _WORKER.clip, _WORKER.url = clip, urls.get()
    command_server.warm(local=False)


def run_cell(cell: DiskFault | disk_cells.DiskCell) -> Outcome:
    """Run one cell, in a folder of its own."""
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    try:
        bench = Bench(folder, _WORKER.url, _WORKER.clip)
        if isinstance(cell, DiskFault):
            first, struck = _fail(bench, cell)
        else:
            first, struck = disk_cells.fill(bench, cell)
        code = str(first.error.get("code", ""))
        return Outcome(str(cell), first.status, code, struck, bench.asked, time.monotonic() - begun, tuple(bench.wrong))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fail(bench: Bench, fault: DiskFault) -> tuple[Told, bool]:
    tracer = FaultTracer(bench.folder, fault)
    first = bench.run(tracer=tracer)
    bench.see_through(first, leftovers=fault.for_good and fault.error == "EROFS")
    return first, tracer.struck > 0


def recorded(url: str, clip: bytes) -> list[DiskFault]:
    """Every call of a run without a fault, with every error that it may have."""
    with tempfile.TemporaryDirectory(prefix="disk-") as name:
        bench = Bench(Path(name), url, clip)
        tracer = FaultTracer(bench.folder)
        told = bench.run(tracer=tracer)
        assert told.status == 0, told.said
    return disk_cells.faults(tracer.seen)


def main(given: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule."""
    asked = arguments("Disks that fail.").parse_args(given)
    clip, begun = clip_bytes(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        queue = context.SimpleQueue()
        urls = [stack.enter_context(served()) for _ in range(2)]
        for url in urls:
            queue.put(url)
        chosen = _chosen(urls[0], clip, asked.only, asked.sample, asked.seed)
        outcomes = []
        with context.Pool(2, _prepare, (clip, queue)) as pool:
            for outcome in pool.imap_unordered(run_cell, chosen):
                outcomes.append(outcome)
                if outcome.wrong or asked.verbose:
                    told = f"{outcome.name} → exit {outcome.status} {outcome.code}"
                    print("WRONG" if outcome.wrong else "ok   ", told, *outcome.wrong, sep="\n      ", flush=True)
    return _tell(outcomes, time.monotonic() - begun, asked.seed)


def _chosen(url: str, clip: bytes, only: str, sample: int, seed: int) -> list[DiskFault | disk_cells.DiskCell]:
    command_server.warm(local=False)
    kinds: list[list[DiskFault | disk_cells.DiskCell]] = []
    for kind, why, cells in (
        ("calls that fail", can_inject(), lambda: recorded(url, clip)),
        ("small disks", disk_cells.can_mount(), disk_cells.cells),
    ):
        if why:
            print(f"without {kind}: {why}")
            continue
        kinds.append([cell for cell in cells() if only in str(cell)])
    return [cell for cells in kinds for cell in drawn(cells, -(-sample // len(kinds)), seed)]


def _tell(outcomes: Sequence[Outcome], seconds: float, seed: int) -> int:
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    exits = Counter(outcome.status for outcome in outcomes)
    codes = Counter(outcome.code for outcome in outcomes if outcome.code)
    slowest = max((outcome.seconds for outcome in outcomes), default=0.0)
    print(f"{len(outcomes)} cells, seed {seed}, {seconds:.0f} s; slowest {slowest:.1f} s")
    print(f"faults that came to pass: {sum(outcome.struck for outcome in outcomes)}")
    print("exit statuses: " + ", ".join(f"{status}: {count}" for status, count in sorted(exits.items())))
    print("codes: " + ", ".join(f"{code}: {count}" for code, count in codes.most_common()))
    asked = sum(outcome.asked for outcome in outcomes)
    print(f"needed a person's word: {asked} (at most {ASKED:.0%})")
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong) or asked > max(1, ASKED * len(outcomes)))


if __name__ == "__main__":
    sys.exit(main())

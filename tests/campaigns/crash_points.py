"""A run is killed on its way into every system call that writes, renames, connects, sends or receives, and goes on.

    PYTHONPATH=tests python -m campaigns.crash_points [--sample N] [--seed S] [--only TEXT] [--in-process] [--verbose]

A cell is a command of `clipline` that dies at one point, and what a person does then: goes on; goes on and is killed
there once more; goes on in two processes at once; goes on while the effect of an edit still comes. In its end each must
have made the files of an undisturbed run, with one charge for each edit by the service's own ledger, no stage done
twice, and nothing left over. A run that ends with status 6, *outcome unknown*, must be one of which the service shows
nothing that happened; then the campaign gives a person's word, and the same must hold.

Commands: a pipeline with two edits, an export with a step, and messages, on the backend `mock` with its service in
another process; the same on `local`, and with the service inside; a batch of three rows; one sentence. Points are
found by an undisturbed run, and named by what a call does to what, so that each is met whatever the threads do. Where
`ptrace` is refused, or with `--in-process`, the points are those that Python itself can see: see `crash_inside`.
"""

from __future__ import annotations

import functools
import multiprocessing
import queue
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from campaigns.cells import arguments, clip_bytes, drawn
from campaigns.crash_cells import MODES, Cell, Outcome, Record, prepare, record, run_cell
from campaigns.crash_tracer import can_trace
from campaigns.crash_world import SCENES, servers

__all__ = ["main"]

#: The share of all points that may end with status 6.
MOST_UNKNOWN = 0.05
#: Of fewer cells than this a share says nothing.
_ENOUGH = 200
#: How each command goes on.
_MODES = {
    "run": MODES,
    "local": ("once", "twice", "both"),
    "own": ("once",),
    "batch": ("once",),
    "say": ("once", "late"),
}
#: Of the commands beside the pipeline every so-manyth point is met; what they do is mostly the same.
_STRIDE = {"own": 3, "batch": 5, "say": 2}
#: After so many cells a line tells how far it came.
_TELL_EVERY = 200


def main(given: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule or too many ended with status 6."""
    parser = arguments("Crash points.")
    parser.add_argument("--in-process", action="store_true", help="crash at what Python sees, without ptrace")
    parser.add_argument("--points", action="store_true", help="list the points of each command, and run no cell")
    asked = parser.parse_args(given)
    in_process = asked.in_process
    if not in_process and (why := can_trace()):
        print(f"{why}: crash points inside the process are used")
        in_process = True
    begun = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with servers(2) as both:
        free: queue.Queue[object] = context.Queue()  # type: ignore[assignment]  # the same to its users
        for each in both:
            free.put(each)
        scenes = [scene.name for scene in SCENES if not asked.only or f"{scene.name} " in f"{asked.only} "]
        scenes = scenes or [scene.name for scene in SCENES]
        given_once = functools.partial(prepare, in_process=in_process, local="local" in scenes)
        with context.Pool(2, given_once, (free, clip_bytes())) as pool:
            records = dict(zip(scenes, pool.imap(record, scenes), strict=True))
            if asked.points:
                return _list(records)
            cells = [cell for name, each in records.items() for cell in _cells(name, each) if asked.only in cell.name]
            chosen = drawn(cells, asked.sample, asked.seed)
            random.Random(asked.seed).shuffle(chosen)  # who stops it early has seen something of everything
            work = pool.imap_unordered(functools.partial(run_cell, seed=asked.seed), chosen)
            outcomes = _watched(work, len(chosen), verbose=asked.verbose)
    how = "inside the process" if in_process else "by ptrace"
    return _tell(outcomes, len(cells), f"{how}, seed {asked.seed}, {time.monotonic() - begun:.0f} s")


def _watched(work: Iterable[Outcome], number: int, *, verbose: bool) -> list[Outcome]:
    """The outcomes as they come, told where they are bad; INT and TERM end it there, also in the background."""
    outcomes = []
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, signal.default_int_handler)
    try:
        for outcome in work:
            outcomes.append(outcome)
            if verbose or outcome.wrong:
                _show(outcome)
            if len(outcomes) % _TELL_EVERY == 0:
                print(f"{len(outcomes)} of {number}", flush=True)
    except KeyboardInterrupt:
        print(f"stopped after {len(outcomes)} of {number}")
    return outcomes


def _cells(name: str, found: Record) -> list[Cell]:
    return [
        Cell(name, mode, point, found.seen[index:], found.facts)
        for mode in _MODES[name]
        for index, point in enumerate(found.seen, 1)
        if index % _STRIDE.get(name, 1) == 0
    ]


def _list(records: dict[str, Record]) -> int:
    for name, each in records.items():
        print(f"{name}: {len(each.seen)} points")
        for point in each.seen:
            print(f"  {point}")
    return 0


def _show(outcome: Outcome) -> None:
    mark = "WRONG" if outcome.wrong else "ok" if outcome.hit else "missed"
    again = f", then {outcome.again}" if outcome.again else ""
    print(f"{mark:7}{outcome.cell.name}{again} → exit {outcome.exit}, {outcome.seconds:.1f} s", flush=True)
    for wrong in outcome.wrong:
        print(f"       {wrong}", flush=True)


def _tell(outcomes: Sequence[Outcome], size: int, how: str) -> int:
    if not outcomes:
        print("no cell has such a name")
        return 1
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    unsure = [outcome for outcome in outcomes if outcome.exit == 6]
    missed = Counter(str(outcome.cell.point) for outcome in outcomes if not outcome.hit)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"{len(outcomes)} of {size} cells, {how}; slowest {slowest.seconds:.1f} s ({slowest.cell.name})")
    for name, mode in sorted({(outcome.cell.scene, outcome.cell.mode) for outcome in outcomes}):
        these = [outcome for outcome in outcomes if (outcome.cell.scene, outcome.cell.mode) == (name, mode)]
        exits = ", ".join(f"{status}: {count}" for status, count in sorted(Counter(one.exit for one in these).items()))
        hit = sum(one.hit for one in these)
        points = len({one.cell.point for one in these})
        print(f"  {name} {mode}: {points} points, killed at {hit}; exit statuses before a person's word {exits}")
    print(f"points that were not met again: {dict(missed) or 'none'}")
    share = len(unsure) / len(outcomes)
    print(f"outcome unknown: {len(unsure)} ({share:.1%}; at most {MOST_UNKNOWN:.0%} of {_ENOUGH} or more)")
    for point, count in Counter(f"{one.cell.scene} {one.cell.point.name}" for one in unsure).most_common():
        print(f"  {count} at {point}")
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong) or (share > MOST_UNKNOWN and len(outcomes) >= _ENOUGH))


if __name__ == "__main__":
    sys.exit(main())

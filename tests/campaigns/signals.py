"""INT, TERM and HUP at random moments of every sort of work: it ends within two seconds, and can be gone on with.

    PYTHONPATH=tests python -m campaigns.signals [--sample N] [--seed S] [--only TEXT] [--verbose]

By default 200 moments for each of the three signals, drawn by the seed from `signals_moments`, at real processes: most
forked from a warm parent, some really begun by exec. After each it must hold:

- the process ends: within two seconds on a machine that is free. A cell that takes longer is done again, twice at the
  most, so that a moment in which the machine was busy is told from a clipline that does not hear;
- its status is 130, 143 or 129; 0 where the work was done before the signal came;
- it says how to go on where there is something to go on with, and shows no traceback;
- no process that it had begun is left, no temporary file stands about;
- gone on with, it ends with its files, each edit charged at most once, no finished stage done again.

A few terminals follow (`signals_terminal`): their settings and their cursor are as they were before.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import random
import signal
import socket
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import command_server
from campaigns.signals_bench import HANG, Bench, Service, Started, has_ended, processes_of
from campaigns.signals_moments import MOMENTS, PLUGIN, Moment
from campaigns.signals_terminal import TERMINALS, Told, run_on_terminal
from media_maker import make_clip

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds within which a process must have ended, and those that a grandchild has after it.
LIMIT, LINGER = 2.0, 0.5
#: The share of moments of which the command is begun by exec, whatever the moment says.
REAL = 0.06


@dataclass(frozen=True, slots=True)
class Cell:
    """A moment, a signal, and how long after the moment it comes."""

    name: str
    signal: signal.Signals
    delay: float
    real: bool
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell: `seconds` until it ended, `hit` whether it was still at work; `wrong` the rules broken."""

    cell: Cell
    status: int
    seconds: float
    hit: bool
    wrong: tuple[str, ...]
    told: str = ""


def draw(count: int, seed: int, only: str) -> list[Cell]:
    """`count` cells for each signal, and none of a moment whose name does not hold `only`."""
    chance = random.Random(seed)
    names = [name for name in MOMENTS if only in name]
    weights = [MOMENTS[name].weight for name in names]
    cells: list[Cell] = []
    for number in range(count if names else 0):
        for each in SIGNALS:
            # Every moment comes before one comes twice.
            name = names[number] if number < len(names) else chance.choices(names, weights)[0]
            delay = chance.uniform(0.0, MOMENTS[name].spread)
            cells.append(Cell(name, each, delay, chance.random() < REAL, len(cells)))
    return cells


# --- one cell --------------------------------------------------------------------------------------------------------


def run_cell(cell: Cell) -> Outcome:
    """Run one cell, once more where it ended late."""
    outcome = _run_once(cell)
    for _ in range(2):
        late = [each for each in outcome.wrong if each.startswith("late")]
        if not late:
            break
        outcome = _run_once(cell)
    return outcome


def _run_once(cell: Cell) -> Outcome:
    moment = MOMENTS[cell.name]
    with ExitStack() as stack:
        bench = new_bench(stack, moment)
        try:
            return _signalled(bench, moment, cell)
        except Exception:  # noqa: BLE001  # whatever the campaign meets is told with its cell
            return Outcome(cell, -99, 0.0, hit=False, wrong=(traceback.format_exc(limit=4),))


def new_bench(stack: ExitStack, moment: Moment) -> Bench:
    """A folder for a cell, with all that its moment needs; it goes with the stack."""
    bench = Bench(Path(tempfile.mkdtemp(prefix="signals-", dir=_PLACE)), _service())
    stack.callback(bench.close)
    bench.environment |= {f"CLIPLINE_{name}": value for name, value in moment.settings.items()}
    bench.environment["PYTHONPATH"] = os.pathsep.join([str(_PLUGINS), *sys.path])
    if moment.address:
        bench.environment["CLIPLINE_NEMO_API_URL"] = stack.enter_context(_deaf(moment.address))
    _lay_out(bench, moment)
    bench.service.prepare(moment.faults)
    return bench


def _signalled(bench: Bench, moment: Moment, cell: Cell) -> Outcome:
    if moment.before:
        first = bench.start(moment.before, "before")
        bench.until(first, lambda: bench.is_open("edit"))
        os.kill(first.pid, signal.SIGKILL)
        first.wait(HANG)
    spawn = bool(moment.spawn) or (cell.real and not moment.before)
    child = bench.start(moment.words, spawn=spawn, stdin=moment.spawn == "stdin")
    bench.until(child, lambda: _has_come(bench, moment, child))
    time.sleep(cell.delay)
    hit = not has_ended(child.pid)
    _lift(child.pid)
    begun = time.monotonic()
    with suppress(ProcessLookupError):
        os.kill(child.pid, cell.signal)
    status = child.wait(HANG)
    seconds = time.monotonic() - begun
    told = child.complained.read_text(errors="replace") + child.said.read_text(errors="replace")
    wrong = list(_rules_at_the_end(bench, moment, cell, status, seconds, told))
    bench.environment["CLIPLINE_NEMO_API_URL"] = bench.service.url
    wrong += _rules_after(bench, moment)
    return Outcome(cell, status, seconds, hit, tuple(wrong), told[-600:])


def _lift(pid: int) -> None:
    """Give a process the machine while it ends, where that is allowed: the figure is not to be its neighbours'."""
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, int(task.name), -10)


def _has_come(bench: Bench, moment: Moment, child: Started) -> bool:
    """Whether a moment is there; the random time after it is not counted."""
    if moment.sent:
        return bench.is_open(moment.sent)
    if moment.done:
        return bench.is_done(moment.done)
    if moment.event:
        return bench.told(moment.event)
    if moment.said:
        return moment.said in child.complained.read_text(errors="replace")
    return not moment.file or any(bench.folder.glob(moment.file))


def _rules_at_the_end(
    bench: Bench, moment: Moment, cell: Cell, status: int, seconds: float, told: str
) -> Iterator[str]:
    runs = bench.runs()
    open_runs = [row for row in runs if row.status not in {"done", "queued"}]
    right = {128 + cell.signal, *moment.ends} | (set() if open_runs else {0})
    # Before its first line and after its last Python answers as every program does; a shell shows the same number.
    right |= {-cell.signal} if "clipline" not in told or (runs and not open_runs) else set()
    if cell.signal == signal.SIGINT and "clipline" not in told and "KeyboardInterrupt" in told:
        right |= {1}  # so ends `python -m` where it is still looking for the module
    if status not in right:
        yield f"status {status}"
    if seconds > LIMIT:
        yield f"late: {seconds:.2f} s"
    # What Python shows of itself, before it comes to the first line of ours, is its own.
    if ("Traceback" in told and "clipline" in told) or "Exception ignored" in told:
        yield "a traceback"
    if open_runs and moment.after == "resume" and f"clipline resume {open_runs[0].id}" not in told:
        yield "does not say how to go on"
    if open_runs and moment.after == "batch" and "--resume" not in told:
        yield "does not say how to go on"
    if any(row.status == "running" for row in open_runs):
        yield "a run is left as if it were running"
    if left := _lingering(bench):
        yield f"processes left: {left}"
    if files := bench.leftovers():
        yield f"left over: {files}"
    yield from (f"{name} was not done on cancel" for name in moment.must if not (bench.folder / name).exists())


def _lingering(bench: Bench) -> list[str]:
    """Processes that are still there some time after the one that began them."""
    end = time.monotonic() + LINGER
    while (found := processes_of(bench.mark)) and time.monotonic() < end:
        time.sleep(0.02)
    names = []
    for pid in found:
        with suppress(OSError):
            names.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:80])
    return names


def _rules_after(bench: Bench, moment: Moment) -> Iterator[str]:
    """Go on until all is done, and look at it."""
    if moment.after == "nothing":
        return
    yield from _done_after_all(bench, moment)
    if any(row.status != "done" for row in bench.runs()):
        yield f"not done: {Counter(row.status for row in bench.runs())}"
    has_export = any(isinstance(each, dict) and each.get("stage") == "export" for each in moment.pipeline["stages"])
    made = list(bench.out.rglob("*-made.mp4"))
    if has_export and moment.words[0] != "say" and len(made) != moment.clips:
        yield f"{len(made)} files of {moment.clips}: {[each.name for each in made]}"
    if twice := bench.charged_twice():
        yield f"charged twice: {twice}"
    if repeated := bench.repeated():
        yield f"done again: {repeated}"
    if files := bench.leftovers():
        yield f"left over after all: {files}"


def _done_after_all(bench: Bench, moment: Moment) -> Iterator[str]:
    wrong = list(bench.go_on())
    words = {"batch": [*moment.words, "--resume"], "watch": [*moment.words, "--once"]}.get(moment.after)
    if words is None and not bench.runs():
        words = list(moment.before or moment.words)
    if words is not None:
        status, told = bench.do(words, "again")
        for _ in range(2):
            # What nobody knows is settled by the person, then the rest goes on.
            if status == 0 or moment.after == "resume":
                break
            wrong += bench.go_on()
            status, told = bench.do(words, "again")
        if status:
            wrong.append(f"{' '.join(words[:2])} again ended with {status}: {told[-300:]}")
    yield from wrong


# --- what a cell needs -----------------------------------------------------------------------------------------------

_PLACE = Path(tempfile.gettempdir())
_PLUGINS = Path()
_CLIPS: dict[bool, bytes] = {}
_SERVICES: list[Service] = []


def _service() -> Service:
    """This worker's mock, begun before its first cell."""
    if not _SERVICES:
        folder = _PLACE / f"service-{os.getpid()}"
        folder.mkdir()
        _SERVICES.append(Service(folder))
    return _SERVICES[0]


def _prepare(place: str, small: bytes, big: bytes) -> None:
    """What each worker does once: warm up, find the package, keep the clips."""
    global _PLACE, _PLUGINS
    _PLACE, _PLUGINS = Path(place), Path(place) / "site"
    sys.path.insert(0, str(_PLUGINS))
    importlib.invalidate_caches()
    _CLIPS.update({False: small, True: big})
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command_server.warm()
    _service()


def _lay_out(bench: Bench, moment: Moment) -> None:
    (bench.folder / "cell.yaml").write_text(json.dumps(moment.pipeline))
    names = ["clip.mp4"]
    if moment.words[0] == "batch":
        names = [f"clips/{number}.mp4" for number in range(moment.clips)]
    elif moment.words[0] == "watch":
        names = [f"in/{number}.mp4" for number in range(moment.clips)]
        (bench.folder / "in").mkdir()
    for name in names:
        path = bench.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_CLIPS[moment.big])


@contextmanager
def _deaf(sort: str) -> Iterator[str]:
    """The address of a socket that takes no connection (its queue is full), or answers no handshake."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0 if sort == "backlog" else 8)
        host, port = server.getsockname()
        for _ in range(3 if sort == "backlog" else 0):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect((host, port))
        yield f"{'http' if sort == 'backlog' else 'https'}://{host}:{port}"


# --- all of them -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 where a rule is broken."""
    parser = argparse.ArgumentParser(description="Signals at random moments.")
    parser.add_argument("--sample", type=int, default=200, help="moments for each of the three signals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only moments whose name holds this text")
    parser.add_argument("--terminals", type=int, default=len(TERMINALS), help="only so many of the terminals")
    parser.add_argument("--slack", type=float, default=1.0, help="how many times the two seconds a process may take")
    parser.add_argument("--verbose", action="store_true", help="show every cell")
    given = parser.parse_args(arguments)
    begun = time.monotonic()
    cells = draw(given.sample, given.seed, given.only)
    with tempfile.TemporaryDirectory(prefix="signals-") as name:
        place = Path(name)
        small, big = _materials(place)
        context = multiprocessing.get_context("spawn")
        with context.Pool(2, _prepare, (name, small, big)) as pool:
            outcomes = []
            for outcome in pool.imap_unordered(run_cell, cells):
                outcomes.append(_with_slack(outcome, given.slack))
                _show(outcomes[-1], verbose=given.verbose)
            terminals = [each for each in TERMINALS if given.only in each][: given.terminals]
            wrong = 0
            for told in pool.imap_unordered(run_terminal, terminals):
                wrong += bool(told.wrong)
                if told.wrong or given.verbose:
                    print(f"{'WRONG' if told.wrong else 'ok':7}{told.name}", *told.wrong, sep="; ", flush=True)
    return _tell(outcomes, len(terminals), wrong, time.monotonic() - begun, given.seed)


def run_terminal(name: str) -> Told:
    """Run one of the terminals."""
    return run_on_terminal(name, new_bench)


def _with_slack(outcome: Outcome, slack: float) -> Outcome:
    if outcome.seconds > LIMIT * slack:
        return outcome
    return replace(outcome, wrong=tuple(each for each in outcome.wrong if not each.startswith("late")))


def _show(outcome: Outcome, *, verbose: bool) -> None:
    if not (verbose or outcome.wrong):
        return
    cell = outcome.cell
    mark = "WRONG" if outcome.wrong else "ok" if outcome.hit else "over"
    line = f"{mark:7}{cell.number} {cell.name}, {cell.signal.name} after {cell.delay:.3f} s{' (exec)' * cell.real}"
    print(f"{line} → {outcome.status} in {outcome.seconds:.2f} s", *outcome.wrong, sep="; ", flush=True)
    if outcome.wrong:
        print("       | " + outcome.told.strip().replace("\n", "\n       | "), flush=True)


def _materials(place: Path) -> tuple[bytes, bytes]:
    """The package, and the clips: a small one, and one that takes a moment to send and to edit."""
    info = place / "site" / "dawdle-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dawdle\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clipline]\ndawdle = dawdle_plugin\n")
    (place / "site" / "dawdle_plugin.py").write_text(PLUGIN)
    small = make_clip(place / "small.mp4", size=(64, 48), seconds=0.6).read_bytes()
    big = make_clip(place / "big.mp4", size=(640, 360), seconds=2.0).read_bytes()
    # A box that every reader skips, so that the bytes do not fit into the system's buffers.
    free = 8 * 1024 * 1024
    return small, big + free.to_bytes(4, "big") + b"free" + bytes(free - 8)


def _tell(outcomes: Sequence[Outcome], terminals: int, wrong: int, seconds: float, seed: int) -> int:
    broken = [outcome for outcome in outcomes if outcome.wrong]
    statuses = Counter(outcome.status for outcome in outcomes)
    print(f"{len(outcomes)} signals, {terminals} terminals, seed {seed}, {seconds:.0f} s")
    print("statuses: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    hit = sorted((outcome.seconds, outcome.cell.name) for outcome in outcomes if outcome.hit)
    if hit:
        times = [each for each, _ in hit]
        p99 = times[min(len(times) - 1, round(0.99 * len(times)))]
        print(
            f"at work when it came: {len(hit)}; ended after {statistics.median(times):.2f} s (median), "
            f"{p99:.2f} s (99 %), {times[-1]:.2f} s at the most ({hit[-1][1]})"
        )
    print(f"cells that broke a rule: {len(broken) + wrong}")
    return int(bool(broken) or bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

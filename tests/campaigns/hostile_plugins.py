"""Plugins that misbehave, in real processes, on a service that keeps a ledger: nothing is lost, nothing paid twice.

    PYTHONPATH=tests python -m campaigns.hostile_plugins [--sample N] [--seed S] [--only TEXT] [--verbose]

Each cell is a place where a plugin is called and a deed (`campaigns.mischief`): it raises, ends the process, crashes
it, hangs, prints on stdout, changes what the process shares. It must hold:

- who watches, and who writes a report, never changes what becomes of the run;
- elsewhere the run fails with an error that has a code; where it hangs, an interrupt ends it;
- `--json` prints one document, unless the process died;
- gone on with, without the deed, the run ends with its file; the edit was charged exactly once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from campaigns import cells
from clipline.mockserver import MockOptions, MockServer

PLACES = ("observer", "before", "after", "channel", "check", "step", "report", "load")
DEEDS = ("raise", "exit", "interrupt", "recursion", "die", "segfault", "hang", "print", "disturb")
#: Calls of a place at which the deed is done; a run has four stages, and some fifteen events.
CALLS = {"observer": (1, 4, 7, 10, 13), "before": (1, 2, 3, 4, 5), "after": (1, 2, 3, 4, 5)}
#: Places whose deeds change nothing about the run.
OUTSIDE = {"observer", "report"}
KILLING = {"die", "segfault"}
#: Nobody can tell these of a report's form from the person's own Ctrl-C, which comes for the one that hangs.
INTERRUPTING = {"hang", "interrupt"}
HARMLESS = {"print", "disturb"}
#: Seconds after which a run that hangs is interrupted, and those in which any process must end.
PATIENCE, HANG = 20.0, 120.0

PIPELINE = """\
clipline: 1
name: mischief
inputs: {clip: {type: file, required: true}}
stages:
  - auth
  - stage: upload
    with: {files: "${{ inputs.clip }}"}
  - stage: edit
    with: {instruction: keep 0s to 0.3s}
  - stage: verify
    with: {mischief: {}}
  - stage: export
    with: {to: made.mp4, post_export: [mischief]}
finally:
  - stage: notify
    with: {via: [mischief: {}, console]}
outputs: {video: "${{ stages.export.files }}"}
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A deed at a call of a place."""

    place: str
    deed: str
    call: int

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return f"{self.place}:{self.deed}:{self.call}"


@dataclass
class Outcome:
    """What became of a cell: the first process's status and seconds, what it charged, the rules that it broke."""

    cell: Cell
    status: int = 0
    seconds: float = 0.0
    charges: int = 0
    broken: list[str] = field(default_factory=list)


def all_cells() -> Iterator[Cell]:
    """Every cell, in a fixed order."""
    for place in PLACES:
        for deed in DEEDS:
            if place == "load" and deed == "hang":
                continue  # nobody can go on without what is being loaded: the person interrupts it
            for call in CALLS.get(place, (1,)):
                yield Cell(place, deed, call)


class Bench:
    """One cell's folder, service and processes."""

    def __init__(self, cell: Cell, folder: Path, clip: bytes, server: MockServer) -> None:
        self.cell, self.folder, self.server = cell, folder, server
        (folder / "p.yaml").write_text(PIPELINE)
        (folder / "clip.mp4").write_bytes(clip)
        site = folder / "site/clipline_mischief-1.dist-info"
        site.mkdir(parents=True)
        (site / "METADATA").write_text("Metadata-Version: 2.1\nName: clipline-mischief\nVersion: 1\n")
        (site / "entry_points.txt").write_text("[clipline]\nmischief = campaigns.mischief\n")

    def environment(self, *, armed: bool) -> dict[str, str]:
        """Of a process that does its deed, or does not."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}
        tests = str(Path(__file__).resolve().parents[1])
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join((str(self.folder / "site"), tests)),
            "CLIPLINE_STATE": str(self.folder / "state"),
            "CLIPLINE_MOCK_API_URL": self.server.url,
            "TMPDIR": str(self.folder),
            "MISCHIEF": f"{self.cell.place}:{self.cell.deed}" if armed else "",
            "MISCHIEF_AT": str(self.cell.call),
            "MISCHIEF_MARK": str(self.folder / "done-once"),
        }

    def clipline(self, *words: str, armed: bool = False) -> tuple[int, str, str]:
        """Status, stdout and stderr; a process that hangs is interrupted, and then killed."""
        command = [sys.executable, "-m", "clipline", *words]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(armed=armed),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            interrupt = [(PATIENCE, signal.SIGINT)] if armed and self._hangs else []
            for seconds, number in (*interrupt, (HANG, signal.SIGKILL), (None, None)):
                try:
                    out, err = process.communicate(timeout=seconds)
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(number or 0)
        return process.returncode, out, err

    @property
    def _hangs(self) -> bool:
        """Whether nothing but an interrupt ends the process: one that only watches is not waited for."""
        return self.cell.deed == "hang" and self.cell.place != "observer"

    @property
    def charges(self) -> int:
        """How often something was charged."""
        return sum(1 for charge in self.server.ledger if charge.amount)


def run_cell(cell: Cell, clip: bytes) -> Outcome:
    """Do one cell."""
    outcome = Outcome(cell)
    options = MockOptions(studio="off", render_polls=1, silent=0.0)
    with tempfile.TemporaryDirectory(prefix="mischief-") as name, MockServer(options=options) as server:
        bench = Bench(cell, Path(name), clip, server)
        words = ["p.yaml", "-i", "clip=clip.mp4", "--backend", "mock", "--out", "out", "--json"]
        began = time.monotonic()
        status, out, err = bench.clipline("run", *words, "--report", "mischief=report.txt", armed=True)
        outcome.status, outcome.seconds = status, time.monotonic() - began
        outcome.broken += _first(cell, status, out, err)
        if not (bench.folder / "out/made.mp4").exists() or status:
            outcome.broken += _second(bench, words)
        outcome.charges = bench.charges
        if outcome.charges != 1:
            outcome.broken.append(f"charged {outcome.charges} times")
        if not (bench.folder / "out/made.mp4").exists():
            outcome.broken.append("there is no file")
        left = [path.name for path in (bench.folder / "out").glob(".*")]
        if left:
            outcome.broken.append(f"left over: {left}")
    return outcome


def _first(cell: Cell, status: int, out: str, err: str) -> Iterator[str]:
    """The rules about the process that did the deed."""
    if status == -signal.SIGKILL:
        yield "it hung and heard no signal"
    if cell.deed in KILLING and cell.place != "load" and status in {-signal.SIGSEGV, 0} and not out:
        return  # the process is gone as the deed would have it
    if cell.deed in KILLING:
        return
    try:
        document = json.loads(out)
    except ValueError:
        yield f"--json is no document: {out[:80]!r}"
        return
    if "Traceback" in err and "bug" not in err:
        yield f"a traceback: {err[-200:]!r}"
    run_status = document.get("status")
    if cell.place in OUTSIDE and run_status != "done" and cell.deed not in INTERRUPTING:
        yield f"who only watches changed the run: {status} {out[:200]!r}"
    if cell.deed in HARMLESS and cell.place != "load" and status:
        yield f"harmless, and yet {status}: {err[-200:]!r}"
    failed = cell.place not in OUTSIDE | {"load"} and cell.deed not in HARMLESS
    if failed and status == 0:
        yield "a deed that fails a stage did not show"
    has_code = document.get("code") or any(error.get("code") for error in document.get("errors", ()))
    if status and cell.place != "report" and not has_code:
        yield f"status {status} without an error's code"


def _second(bench: Bench, words: list[str]) -> Iterator[str]:
    """Go on without the deed; where no run was begun, begin it."""
    status, _, err = bench.clipline("resume")
    if not status and not bench.charges:  # the run was not begun
        status, _, err = bench.clipline("run", *words)
    if status:
        yield f"resume ended with {status}: {err[-300:]!r}"


def main() -> int:
    """Run the campaign; 1 if a rule was broken."""
    given = cells.arguments(__doc__.splitlines()[0] if __doc__ else "").parse_args()
    chosen = cells.drawn([cell for cell in all_cells() if given.only in cell.name], given.sample, given.seed)
    began, clip = time.monotonic(), cells.clip_bytes()
    statuses: Counter[int] = Counter()
    charges, broken = 0, 0
    with ThreadPoolExecutor(2) as pool:
        for outcome in pool.map(lambda cell: run_cell(cell, clip), chosen):
            statuses[outcome.status] += 1
            charges += outcome.charges
            broken += bool(outcome.broken)
            if outcome.broken or given.verbose:
                told = "; ".join(outcome.broken) or "well"
                print(f"{outcome.cell.name:24} status {outcome.status:4} {outcome.seconds:5.1f} s  {told}", flush=True)
    print(f"{len(chosen)} cells, seed {given.seed}, {time.monotonic() - began:.0f} s")
    print("first process ended with " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    print(f"edits charged: {charges} for {len(chosen)} runs; rules broken in {broken} cells")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""Every call of the service × every way in which a server can be hostile: each run ends in words and pays at most once.

    PYTHONPATH=tests python -m campaigns.hostile_servers [--sample N] [--seed S] [--only TEXT] [--verbose]

A cell is one run of a small pipeline on the backend `nemo`, against a server of raw bytes that stands in front of the
mock and answers one call, once or each time, before or after its effect, in a hostile way. Each cell must hold:

- it ends, with the file or with a typed error of a documented exit status that has a hint;
- the paid message goes out once, unless the reply proved a refusal; the ledger has at most one charge;
- nothing is written but the file with its sidecar, and no token, client id or signed address stands in what was written
  or told; no request of the API follows a redirect, and a download takes no credentials along;
- nothing that is told holds a character that a terminal obeys;
- the process takes at most 256 MiB more than it had, the server's share included.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from campaigns import rules
from campaigns.cells import arguments, bounded, drawn, side_by_side
from campaigns.hostile_ways import REFUSES, WAYS, ways_of
from hostile_front import ROUTES, Front, Strike, front

#: Seconds of real time that a cell may take; five times what the slowest takes.
HANG = 120.0
#: MiB that a cell may take more than the process had before.
MEMORY = 256.0
#: A file that comes without an end, and without a pause, is cut off by the disk, by 64 GiB, or by a time like this.
PIPELINE = {
    "clipline": 1,
    "name": "cell",
    "inputs": {"clip": {"type": "file", "required": True}},
    "stages": [
        "auth",
        {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}},
        {"stage": "edit", "with": {"instruction": "keep 0s to 0.3s"}},
        {"stage": "export", "with": {"to": "made.mp4"}, "timeout": "15m"},
    ],
}
#: Calls that change something: what is struck after them has happened.
_DOING = ("token", "session", "claim", "upload", "message", "render")

_Phase = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One way on one call."""

    route: str
    way: str
    phase: _Phase
    always: bool

    @property
    def name(self) -> str:
        """As it is told, and chosen by `--only`."""
        return f"{self.route}: {self.way}, {self.phase}{', always' if self.always else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell; `memory` is what it took at most, in MiB."""

    name: str
    exit: int
    code: str
    message: str
    memory: float
    seconds: float
    wrong: tuple[str, ...]


def cells() -> Iterator[Cell]:
    """Every cell, in a fixed order."""
    for route in ROUTES:
        for way in ways_of(route):
            # Of a call that only reads, the true answer is what some ways begin with; else nothing depends on it.
            phases: Sequence[_Phase] = ("before", "after") if route in _DOING else ("after",)
            for phase in phases:
                yield from (Cell(route, way, phase, always) for always in (False, True))


def run_cell(cell: Cell) -> Outcome:
    """Run one cell, in a folder of its own."""

    def broken(how: str, where: str) -> Outcome:
        return Outcome(cell.name, 70, how, where, 0.0, HANG, (how,))

    return bounded(lambda folder: _run(cell, folder), HANG, broken)


def _run(cell: Cell, folder: Path) -> Outcome:
    import clipline
    from clipline.mockserver import MockOptions, MockServer
    from clipline.testing.clocks import VirtualClock

    begun, before = time.monotonic(), _memory(fresh=True)
    clip = folder / "in" / "clip.mp4"
    clip.parent.mkdir()
    clip.write_bytes(_CLIP)
    state, out = folder / "state", folder / "out"
    clock = VirtualClock()
    events: list[Any] = []
    options = MockOptions(silent=0.0, gui_talk=0.0, render_polls=1)
    strike = Strike(cell.route, WAYS[cell.way], cell.phase, cell.always)
    # The service's own download is asked for only where the signed address fails.
    faults = [] if cell.route != "fallback" else _without_result()
    with MockServer(clock=clock, options=options, faults=faults) as server, front(server.url, strike, clock) as there:
        result = clipline.run(
            PIPELINE,
            {"clip": clip},
            backend="nemo",
            settings={"nemo.api_url": there.url, "nemo.web_url": there.url, "nemo.client_id": rules.CLIENT_ID},
            state=state,
            out=out,
            clock=clock,
            on_event=lambda event: events.append(event.as_json()),
        )
        charges = [charge for charge in server.ledger if charge.amount]
    has_file = (out / "made.mp4").is_file()
    told = result.as_json()
    wrong = [*rules.end(result), *rules.files(out, ["made.mp4"] if has_file else [])]
    wrong += rules.leaks(state, out, [json.dumps(event) for event in events], json.dumps(told, default=str))
    wrong += _wire(cell, there, len(charges))
    wrong += _shown([*events, told])
    if (result.exit == 0) != has_file:
        wrong.append("a file without success" if has_file else "success without a file")
    if others := {path.name for path in folder.iterdir()} - {"in", "state", "out"}:
        wrong.append(f"beside the folders: {sorted(others)}")
    memory = _memory() - before
    if memory > MEMORY:
        wrong.append(f"{memory:.0f} MiB")
    error = result.errors[0] if result.errors else {}
    seconds = time.monotonic() - begun
    return Outcome(
        cell.name,
        result.exit,
        str(error.get("code", "")),
        str(error.get("message", "")),
        memory,
        seconds,
        tuple(wrong),
    )


def _without_result() -> list[Any]:
    from clipline.mockserver.faults import Fault

    return [Fault(route="result", kind="status", phase="before_effect", status=404, nth=nth) for nth in (1, 2)]


def _wire(cell: Cell, there: Front, charges: int) -> Iterator[str]:
    """What went over the wire that must not."""
    messages = there.asked.count("message")
    if messages > 1 and not (cell.route == "message" and cell.way in REFUSES):
        yield f"{messages} messages"
    # A service that refuses and does it all the same cannot be told from one that refuses.
    if charges > 1 and not (cell.route == "message" and cell.way in REFUSES and cell.phase == "after"):
        yield f"{charges} charges"
    if there.strays and cell.route not in {"result", "fallback"} and not cell.way.startswith("the file at"):
        yield f"{len(there.strays)} requests to another server"
    if any(re.search(rb"(?i)authorization|nmv_usr_|x-client-id|x-skill", head) for head in there.strays):
        yield "credentials for another server"


def _shown(documents: Sequence[Any]) -> Iterator[str]:
    """Characters that a terminal obeys, in what is told in words."""
    for key, text in _texts("", documents):
        if key in {"text", "message", "hint", "url", "summary"} and re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text):
            yield f"control characters in {key}: {text[:60]!a}"
            return


def _texts(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(name, each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(key, each)
    elif isinstance(value, str):
        yield key, value


def _memory(*, fresh: bool = False) -> float:
    """MiB that this process took at most, since this was last asked `fresh` where the system counts anew (Linux)."""
    if fresh:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", "ascii")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


_CLIP = b""


def _prepare(clip: bytes) -> None:
    global _CLIP  # noqa: PLW0603  # what each process of the pool is given once
    _CLIP = clip
    usual = Cell("none", "nothing", "before", always=False)  # no call is struck; from here on all is loaded
    bounded(lambda folder: _run(usual, folder), HANG, lambda how, where: sys.exit(f"{how}: {where}"))


def main(words: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule."""
    given = arguments("Hostile servers.").parse_args(words)
    chosen = drawn([cell for cell in cells() if given.only in cell.name], given.sample, given.seed)
    begun, outcomes = time.monotonic(), []
    for outcome in side_by_side(run_cell, chosen, _prepare):
        outcomes.append(outcome)
        if given.verbose or outcome.wrong:
            mark = "WRONG" if outcome.wrong else "ok"
            words_ = f"{mark:7}{outcome.name} → exit {outcome.exit} {outcome.code} {outcome.message[:400]!a}"
            print(words_, *outcome.wrong, sep="; ", flush=True)
    return _tell(outcomes, time.monotonic() - begun, given.seed)


def _tell(outcomes: Sequence[Outcome], seconds: float, seed: int) -> int:
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    exits = Counter(outcome.exit for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    largest = max(outcomes, key=lambda outcome: outcome.memory)
    print(f"{len(outcomes)} cells, seed {seed}, {seconds:.0f} s; slowest {slowest.seconds:.1f} s ({slowest.name})")
    print("exit statuses: " + ", ".join(f"{status}: {count}" for status, count in sorted(exits.items())))
    print(f"memory: at most {largest.memory:.0f} MiB for a run (limit {MEMORY:.0f}; {largest.name})")
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

"""Every call of the service × what can go wrong × when: each run ends, pays at most once, and mostly with the file.

    PYTHONPATH=tests python -m campaigns.fault_matrix [--sample N] [--seed S] [--only TEXT] [--verbose]

A cell is one run of a small pipeline on the backend `nemo`, against the mock on a real socket with one fault. Client
and server share one virtual clock, so that stalls of twenty minutes take no time. Each cell must hold:

- it ends, with the file or with a typed error of a documented exit status that has a hint;
- the ledger has at most one charge for the one edit;
- no temporary file is left, and no token, client id or signed address stands in anything that was written or told.

Of the cells that a careful client can survive (see `fault_cells`), at least 95 % end with the file, no hand needed.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from campaigns import rules
from campaigns.cells import arguments, bounded, drawn, side_by_side
from campaigns.fault_cells import Cell, cells

#: Seconds of real time that a cell may take; five times what the slowest takes.
HANG = 60.0
#: The share of survivable cells that must end with the file.
LIVENESS = 0.95
#: Survivable cells below which the share is told and not judged: one more or less would turn it.
ENOUGH = 200

PIPELINE = {
    "clipline": 1,
    "name": "cell",
    "inputs": {"clip": {"type": "file", "required": True}},
    "stages": [
        "auth",
        {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}},
        {"stage": "edit", "with": {"instruction": "keep 0s to 0.3s"}},
        {"stage": "export", "with": {"to": "made.mp4"}},
    ],
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell; `wrong` are the rules that it broke."""

    name: str
    survivable: bool
    exit: int
    code: str
    message: str
    has_file: bool
    seconds: float
    wrong: tuple[str, ...]


def run_cell(cell: Cell) -> Outcome:
    """Run one cell, in a folder of its own."""

    def broken(how: str, where: str) -> Outcome:
        return Outcome(cell.name, cell.survivable, 70, how, where, has_file=False, seconds=HANG, wrong=(how,))

    return bounded(lambda folder: _run(cell, folder), HANG, broken)


def _run(cell: Cell, folder: Path) -> Outcome:
    import clipline
    from clipline.mockserver import MockOptions, MockServer
    from clipline.testing.clocks import VirtualClock

    begun = time.monotonic()
    clip = folder / "in" / "clip.mp4"
    clip.parent.mkdir()
    clip.write_bytes(_CLIP)
    state, out = folder / "state", folder / "out"
    clock = VirtualClock()
    told: list[str] = []
    options = MockOptions(silent=0.0, gui_talk=0.0, render_polls=1)
    with MockServer(clock=clock, options=options, faults=[cell.fault]) as server:
        result = clipline.run(
            PIPELINE,
            {"clip": clip},
            backend="nemo",
            settings={"nemo.api_url": server.url, "nemo.web_url": server.url, "nemo.client_id": rules.CLIENT_ID},
            state=state,
            out=out,
            clock=clock,
            on_event=lambda event: told.append(json.dumps(event.as_json())),
        )
        charges = [charge for charge in server.ledger if charge.amount]
    error = result.errors[0] if result.errors else {}
    has_file = (out / "made.mp4").is_file()
    wrong = [*rules.end(result)]
    if len(charges) > 1:
        wrong.append(f"{len(charges)} charges")
    if (result.exit == 0) != has_file:
        wrong.append("a file without success" if has_file else "success without a file")
    wrong += rules.files(out, ["made.mp4"] if has_file else [])
    wrong += rules.leaks(state, out, told, json.dumps(result.as_json(), default=str))
    return Outcome(
        cell.name,
        cell.survivable,
        result.exit,
        str(error.get("code", "")),
        str(error.get("message", "")),
        has_file,
        time.monotonic() - begun,
        tuple(wrong),
    )


_CLIP = b""


def _prepare(clip: bytes) -> None:
    global _CLIP  # noqa: PLW0603  # what each process of the pool is given once
    _CLIP = clip


def main(words: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule or too few ended with the file."""
    given = arguments("The fault matrix.").parse_args(words)
    chosen = drawn([cell for cell in cells() if given.only in cell.name], given.sample, given.seed)
    begun = time.monotonic()
    outcomes = []
    for outcome in side_by_side(run_cell, chosen, _prepare):
        outcomes.append(outcome)
        missed = outcome.survivable and not outcome.has_file
        if given.verbose or outcome.wrong or missed:
            mark = "WRONG" if outcome.wrong else "missed" if missed else "ok"
            print(
                f"{mark:7}{outcome.name} → exit {outcome.exit} {outcome.code} {outcome.message[:400]}",
                *outcome.wrong,
                sep="; ",
                flush=True,
            )
    return _tell(outcomes, time.monotonic() - begun, given.seed)


def _tell(outcomes: Sequence[Outcome], seconds: float, seed: int) -> int:
    survivable = [outcome for outcome in outcomes if outcome.survivable]
    alive = [outcome for outcome in survivable if outcome.has_file]
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    exits = Counter(outcome.exit for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    share = len(alive) / len(survivable) if survivable else 1.0
    print(f"{len(outcomes)} cells, seed {seed}, {seconds:.0f} s; slowest {slowest.seconds:.1f} s ({slowest.name})")
    print("exit statuses: " + ", ".join(f"{status}: {count}" for status, count in sorted(exits.items())))
    print(
        f"survivable and ended with the file: {len(alive)} of {len(survivable)} ({share:.1%}; at least {LIVENESS:.0%})"
    )
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong) or (share < LIVENESS and len(survivable) >= ENOUGH))


if __name__ == "__main__":
    sys.exit(main())

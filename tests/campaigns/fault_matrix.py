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

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from campaigns.fault_cells import Cell, cells
from media_maker import make_clip

#: Seconds of real time that a cell may take; five times what the slowest takes.
HANG = 60.0
#: The share of survivable cells that must end with the file.
LIVENESS = 0.95
EXITS = {0, 1, 2, 3, 4, 5, 6, 7}
CLIENT_ID = "canary-client-7f3a9"
SECRETS = (CLIENT_ID.encode(), b"nmv_usr_", b"X-Amz-Signature=")

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
    with tempfile.TemporaryDirectory(prefix="cell-") as name:
        folder = Path(name)
        box: list[Outcome] = []
        begun = time.monotonic()

        def work() -> None:
            try:
                box.append(_run(cell, folder, begun))
            except BaseException:  # noqa: BLE001  # a crash of ours is what the campaign looks for
                last = traceback.format_exc()
                box.append(
                    Outcome(cell.name, cell.survivable, 70, "crash", last, has_file=False, seconds=0, wrong=("crash",))
                )

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(HANG)
        if box:
            return box[0]
        where = "".join(traceback.format_stack(sys._current_frames()[thread.ident or 0])[-4:])
        return Outcome(cell.name, cell.survivable, -1, "hang", where, has_file=False, seconds=HANG, wrong=("hang",))


def _run(cell: Cell, folder: Path, begun: float) -> Outcome:
    import clipline
    from clipline.mockserver import MockOptions, MockServer
    from clipline.testing.clocks import VirtualClock

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
            settings={"nemo.api_url": server.url, "nemo.web_url": server.url, "nemo.client_id": CLIENT_ID},
            state=state,
            out=out,
            clock=clock,
            on_event=lambda event: told.append(json.dumps(event.as_json())),
        )
        charges = [charge for charge in server.ledger if charge.amount]
    error = result.errors[0] if result.errors else {}
    has_file = (out / "made.mp4").is_file()
    wrong = []
    if result.exit not in EXITS:
        wrong.append(f"exit {result.exit}")
    if result.exit and not error.get("hint"):
        wrong.append("no hint")
    if len(charges) > 1:
        wrong.append(f"{len(charges)} charges")
    if (result.exit == 0) != has_file:
        wrong.append("a file without success" if has_file else "success without a file")
    expected = {"made.mp4", "made.mp4.json"} if has_file else set()
    if out.exists() and {path.name for path in out.iterdir()} != expected:
        wrong.append(f"left over: {sorted(path.name for path in out.iterdir())}")
    wrong += _leaks(state, out, told, json.dumps(result.as_json(), default=str))
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


def _leaks(state: Path, out: Path, told: Sequence[str], result: str) -> list[str]:
    """Where a secret stands that must stand nowhere but in the token file."""
    found = []
    texts = {"events": "\n".join(told).encode(), "the result": result.encode()}
    for root in (state, out):
        for path in root.rglob("*") if root.exists() else ():
            if path.is_file() and "credentials" not in path.parts and path.suffix != ".mp4":
                texts[path.name] = path.read_bytes()
    for where, text in texts.items():
        found += [f"{secret.decode()} in {where}" for secret in SECRETS if secret in text]
    return found


_CLIP = b""


def _prepare(clip: bytes) -> None:
    global _CLIP  # noqa: PLW0603  # what each process of the pool is given once
    _CLIP = clip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule or too few ended with the file."""
    parser = argparse.ArgumentParser(description="The fault matrix.")
    parser.add_argument("--sample", type=int, default=0, help="only so many cells, drawn by the seed; 0 = all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only cells whose name holds this text")
    parser.add_argument("--verbose", action="store_true", help="show every cell")
    given = parser.parse_args(arguments)
    chosen = [cell for cell in cells() if given.only in cell.name]
    if given.sample and given.sample < len(chosen):
        chosen = sorted(random.Random(given.seed).sample(chosen, given.sample), key=lambda cell: cell.name)
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(Path(folder) / "clip.mp4", size=(64, 48), seconds=0.6)
        content = clip.read_bytes()
    begun = time.monotonic()
    outcomes = []
    context = multiprocessing.get_context("spawn")
    with context.Pool(2, _prepare, (content,)) as pool:
        for outcome in pool.imap_unordered(run_cell, chosen, chunksize=4):
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
    return int(bool(wrong) or share < LIVENESS)


if __name__ == "__main__":
    sys.exit(main())

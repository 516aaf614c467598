"""Twenty processes on one journal: nobody waits in vain, each run is done once, and has one owner.

    PYTHONPATH=tests python -m campaigns.crowd [--runs N] [--lanes N] [--seed S] [--only TEXT] [--verbose]

Scenes, each with a state folder of its own and one `clipline mock` for all its processes:

- `first use`: all begin at once where no journal is yet, nor an account;
- `migration`: all at once open a journal of version 1.0, then one of 1.1;
- `market`: the great crowd: most begin runs (on the mock and on this machine, some processes really started), others
  look for what was interrupted and resume it, read, forget runs that are done, or hold long read transactions; one
  process in ten is killed in the middle;
- `one run`: all resume the same run, interrupted at a moment that the seed draws; in the end also while others try to
  forget it;
- `batch`: five processes at the same rows, one of them killed;
- `budget`: two processes go on with the same rows at once, and their budget is not enough for all;
- `own mock`: all at once on a mock of their own making, whose first owner is killed.

After the market a program that speaks with SQLite alone commits as often, from as many processes.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy would start a thread as it is imported, and a fork wants one thread

import command_server
from campaigns import crowd_market, crowd_scenes
from campaigns.crowd_town import Town

SCENES: dict[str, Callable[[Town, Random, int, int], list[str]]] = {
    "first use": crowd_scenes.first_use,
    "migration": crowd_scenes.migration,
    "market": crowd_market.market,
    "one run": crowd_scenes.one_run,
    "batch": crowd_scenes.batch,
    "budget": crowd_scenes.budget,
    "own mock": crowd_scenes.own_mock,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a rule was broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", "--sample", type=int, default=200, help="runs of the market; other scenes take fewer")
    parser.add_argument("--lanes", type=int, default=20, help="processes at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only scenes whose name holds this text")
    parser.add_argument("--verbose", action="store_true", help="say how processes ended")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to stop, it tidies up
    command_server.warm()
    begun, wrong = time.monotonic(), 0
    print(f"{given.lanes} processes at once, {given.runs} runs in the market, seed {given.seed}", flush=True)
    for name in (name for name in SCENES if given.only in name):
        with tempfile.TemporaryDirectory(prefix="crowd-") as folder, Town(Path(folder) / "town") as town:
            started = time.monotonic()
            told = SCENES[name](town, Random(f"{given.seed} {name}"), given.lanes, given.runs)
            print(f"{name}: {time.monotonic() - started:.1f} s", flush=True)
            for line in [*told, *(f"WRONG {each}" for each in town.wrong)]:
                print(f"  {line}", flush=True)
            if given.verbose:
                print(f"  {Counter((done.job.label, done.status) for done in town.ended)}")
            wrong += len(town.wrong)
    print(f"{time.monotonic() - begun:.0f} s; rules broken: {wrong}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

"""What the engine costs for each stage of a linear run of no-op stages, with the journal on.

    python tests/bench/bench_engine.py [--rounds N] [--stages N]

Beside it, in the same process and in turn: the plugin hooks alone. The figure that counts is the best round's wall
time, since all that a busy machine does is slow a round down; the median and the CPU time stand beside it. Ends with
status 1 when the limit is passed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import pluggy

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.engine_world import World, kind_plugin  # noqa: E402

from clipline.clock import Clock  # noqa: E402  # the checkout's own, installed or not
from clipline.engine import runner  # noqa: E402
from clipline.stage import StageResult  # noqa: E402

#: Microseconds a stage, journal on.
LIMIT = 200.0


def pluggy_alone(stages: int) -> float:
    """Microseconds a call of one hook with one implementation."""
    spec, impl = pluggy.HookspecMarker("bench"), pluggy.HookimplMarker("bench")

    class Specs:
        @spec(firstresult=True)
        def noop(self, call: Any, options: Any) -> Any: ...

    class Plugin:
        @impl
        def noop(self, call: Any, options: Any) -> Any:
            return StageResult()

    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(Specs)
    manager.register(Plugin())
    begun = time.perf_counter()
    for _ in range(stages):
        manager.hook.noop(call=None, options={})
    return (time.perf_counter() - begun) / stages * 1e6


def run_with_journal(world: World, plan: Any, stages: int) -> tuple[float, float]:
    """Microseconds a stage of a whole run, its beginning and end included: wall and CPU time."""
    hooks = world.hooks()
    begun, begun_cpu = time.perf_counter(), time.process_time()
    result = runner.execute(plan, journal=world.journal, plugins=hooks, clock=Clock(), settings={})
    spent, spent_cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    assert result.status == "done"
    assert len(result.stages) == stages
    return spent / stages * 1e6, spent_cpu / stages * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--stages", type=int, default=200)
    asked = parser.parse_args()
    alone, whole = [], []
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), kind_plugin({"noop": lambda call, options: StageResult()}))
        plan = world.plan({"stages": [{"stage": "noop", "id": f"s{n}"} for n in range(asked.stages)]})
        for _ in range(asked.rounds):
            alone.append(pluggy_alone(asked.stages))
            whole.append(run_with_journal(world, plan, asked.stages))
        world.journal.close()
    wall, cpu = [each[0] for each in whole], [each[1] for each in whole]
    best = min(wall)
    print(f"µs a stage, {asked.stages} no-op stages, {asked.rounds} rounds")
    print(f"{'':24}{'best':>8}{'median':>8}{'CPU':>8}{'limit':>8}")
    print(f"{'pluggy call alone':24}{min(alone):8.1f}{median(alone):8.1f}")
    print(f"{'engine with journal':24}{best:8.1f}{median(wall):8.1f}{min(cpu):8.1f}{LIMIT:8.0f}")
    if best > LIMIT:
        print(f"over the limit of {LIMIT:.0f} µs a stage")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

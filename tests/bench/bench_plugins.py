"""What installed plugins cost those who do not use them: thirty packages, beside none.

    python tests/bench/bench_plugins.py [--rounds N]

Two figures: the CPU time of `clipline --help`, in turns without and with the packages, best of all rounds each; and the
time from asking a run's hooks for a stage to its answer, the stage itself doing nothing. Of the thirty every one brings
a stage kind, a step, a check, a channel and a command, and three wrap every stage. Ends with 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src")]

PACKAGES, WRAPPERS = 30, 3
#: How much longer `--help` may take, as a ratio: what two runs of the same command differ by here.
HELP_LIMIT = 1.10
#: Microseconds.
DISPATCH_LIMIT = 20.0

PLUGIN = """
from clipline.stage import Channel, PostExportStep, StageKind, StageResult, VerifyCheck, hookimpl, hookspec

clipline_api = "1"
NONE = {"type": "object", "properties": {}, "additionalProperties": False}
DONE = StageResult()


class Specs:
    @hookspec(firstresult=True)
    def work_NUMBER(self, call, options): ...


@hookimpl
def stage_kinds():
    return [StageKind("work_NUMBER", Specs, NONE)]


@hookimpl
def post_export_steps():
    return [PostExportStep("step_NUMBER", lambda call, exported, options: DONE, NONE)]


@hookimpl
def verify_checks():
    return [VerifyCheck("check_NUMBER", lambda call, subject, wanted: (), NONE)]


@hookimpl
def channels():
    return [Channel("channel_NUMBER", lambda call, message, options: {}, NONE)]


@hookimpl
def work_NUMBER(call):
    return DONE
"""
WRAPPER = """

@hookimpl(wrapper=True)
def run_stage(call):
    return (yield)
"""


def install(folder: Path) -> None:
    """Thirty packages, as an installer leaves them."""
    for number in range(PACKAGES):
        code = PLUGIN.replace("NUMBER", str(number)) + (WRAPPER if number < WRAPPERS else "")
        (folder / f"bench_plugin_{number}.py").write_text(code)
        info = folder / f"bench_plugin_{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bench-plugin-{number}\nVersion: 1.0\n")
        points = f"""
            [clipline]
            bench{number} = bench_plugin_{number}
            [clipline.commands]
            bench{number} = bench_plugin_{number}:command
        """
        (info / "entry_points.txt").write_text(dedent(points))


def help_seconds(folder: Path | None) -> float:
    """CPU seconds of one `clipline --help`."""
    paths = [str(folder)] * bool(folder) + [str(ROOT / "src")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "clipline", "--help"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def dispatch(folder: Path, calls: int = 2000) -> float:
    """Microseconds from asking for a stage to its answer, best of twenty rounds."""
    from clipline.plugin_manager import Plugins
    from clipline.testing import stage_call

    sys.path.insert(0, str(folder))
    run = Plugins.load().for_run("local", {})
    call = stage_call(folder, "work_15")
    best = float("inf")
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(calls):
            run.call_stage(call, "work_15", {})
        best = min(best, (time.perf_counter() - begun) / calls * 1e6)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install(folder)
        pairs = [(help_seconds(None), help_seconds(folder)) for _ in range(rounds)]
        without, with_them = (min(column) for column in zip(*pairs, strict=True))
        microseconds = dispatch(folder)
    ratio = with_them / without
    print(f"clipline --help: {without * 1e3:.0f} ms of CPU, with {PACKAGES} plugins {with_them * 1e3:.0f} ms", end="")
    print(f", ratio {ratio:.2f} (limit {HELP_LIMIT:.2f})")
    print(f"a stage's hooks, {WRAPPERS} wrapping every stage: {microseconds:.1f} µs (limit {DISPATCH_LIMIT:g})")
    return int(ratio > HELP_LIMIT or microseconds > DISPATCH_LIMIT)


if __name__ == "__main__":
    sys.exit(main())

"""What the studio costs beside ffmpeg on the same clip: CPU time, wall time and memory, each with its limit.

    python tests/bench/bench_studio.py [--rounds N] [--clip CLIP] [--seconds N]

Each render runs in a process of its own, in turn with `ffmpeg -preset veryfast -crf 23`, so that a busy machine slows
both. The figures are those of the least disturbed round of each. Ends with status 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTRAIT = ROOT / "tests/data/clips/portrait.mp4"
CROSSING = ROOT / "pipelines/samples/crossing.mp4"

#: Compiled modules are kept as for any user, whatever this environment says.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
MEMORY_MB = 300.0
WALL_PER_SECOND = 1.5


@dataclass(frozen=True)
class Row:
    """Operations for the studio alone, or a sentence for the whole of `clipline edit`; `cpu_limit` is a ratio."""

    name: str
    clip: Path
    edit: Sequence[object] | str
    cpu_limit: float = float("inf")

    def command(self, clip: Path, output: Path) -> list[str]:
        if isinstance(self.edit, str):
            state = str(output.parent / "state")
            return [sys.executable, "-m", "clipline", "edit", str(clip), self.edit, "-o", str(output), "--state", state]
        return [sys.executable, __file__, "--child", str(clip), str(output), json.dumps(list(self.edit))]


ROWS = (
    Row("decode and encode", PORTRAIT, ({"trim": {"start": 0.04}},), 1.15),  # from a frame that cannot be copied from
    Row("background to a colour", PORTRAIT, ({"background": "#00ff00"},), 1.9),
    Row("a person removed", CROSSING, ({"remove": "person"},), 2.0),
    Row("clipline edit, colour", PORTRAIT, "replace the background with green"),
    Row("clipline edit, removal", CROSSING, "remove the person"),
)


@dataclass(frozen=True)
class Cost:
    cpu: float
    wall: float
    memory_mb: float


def find_ffmpeg() -> str:
    if found := shutil.which("ffmpeg"):
        return found
    if importlib.util.find_spec("imageio_ffmpeg"):
        import imageio_ffmpeg

        return imageio_ffmpeg.get_ffmpeg_exe()
    sys.exit("no ffmpeg: install it, or the dependency group 'bench' (imageio-ffmpeg)")


def version(ffmpeg: str, clip: Path) -> str:
    """Its version, and the build of x264 as it writes it into a file that it encoded."""
    said = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout
    build = re.search(rb"x264 - core (\d+[ r\w]*)", clip.read_bytes())
    return (
        f"{said.splitlines()[0].split(' Copyright')[0]}, x264 core {build[1].decode().strip() if build else 'unknown'}"
    )


def measure(command: Sequence[str]) -> Cost:
    """One child: its CPU time with that of its own children, its wall time, and its peak memory."""
    with tempfile.TemporaryFile() as talk:
        began = time.monotonic()
        child = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            talk.seek(0)
            sys.exit(f"failed with {child.returncode}: {' '.join(command)}\n{talk.read().decode()}")
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Cost(used.ru_utime + used.ru_stime, wall, kilobytes / 1024)


def looped(ffmpeg: str, clip: Path, seconds: float, folder: Path) -> Path:
    """A clip repeated until it is long enough."""
    longer = folder / f"{clip.stem}-{seconds:g}s.mp4"
    if not longer.exists():
        command = [ffmpeg, "-v", "error", "-y", "-stream_loop", "-1", "-i", str(clip), "-t", str(seconds)]
        subprocess.run([*command, "-preset", "veryfast", "-crf", "18", str(longer)], check=True)
    return longer


def render_one(clip: str, output: str, operations: str) -> None:
    """What the child process does."""
    from clipline.clock import Clock
    from clipline.studio.media import probe
    from clipline.studio.render import RenderSpec, render
    from clipline.timeline import Segment, Timeline, Track, apply, operation_from_json

    segment = Segment("clip", probe(Path(clip)).duration, source=clip)
    timeline = Timeline((Track("video", (segment,)),))
    for operation in json.loads(operations):
        timeline = apply(timeline, operation_from_json(operation))
    render(timeline, Path(output), RenderSpec(), clock=Clock(), progress=lambda _fraction: None)


def run_row(row: Row, clip: Path, ffmpeg: str, folder: Path, rounds: int) -> tuple[list[Cost], list[Cost]]:
    output = folder / "out.mp4"
    ours = row.command(clip, output)
    theirs = [ffmpeg, "-v", "error", "-y", "-i", str(clip), "-preset", "veryfast", "-crf", "23", str(output)]
    measure(ours)  # not counted: fills caches of files
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for _ in range(rounds):
        costs[0].append(measure(ours))
        costs[1].append(measure(theirs))
    return costs


def shown(limit: float) -> str:
    return "" if limit == float("inf") else f"(≤{limit:g})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", help="rows whose name holds this text")
    parser.add_argument("--child", nargs=3, metavar=("CLIP", "OUTPUT", "OPERATIONS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        render_one(*chosen.child)
        return 0
    ffmpeg = find_ffmpeg()
    header = f"{'':24}{'CPU s':>8}{'ffmpeg':>8}{'ratio':>16}{'wall s':>18}{'peak MB':>16}"
    failed = False
    with tempfile.TemporaryDirectory() as name:
        peer = version(ffmpeg, looped(ffmpeg, PORTRAIT, chosen.seconds, Path(name)))
        print(f"{peer}; {chosen.rounds} rounds, clips of {chosen.seconds:g}s, limits in brackets")
        print(header)
        for row in ROWS:
            if chosen.only and chosen.only not in row.name:
                continue
            clip = looped(ffmpeg, row.clip, chosen.seconds, Path(name))
            ours, theirs = run_row(row, clip, ffmpeg, Path(name), chosen.rounds)
            cpu, reference = min(cost.cpu for cost in ours), min(cost.cpu for cost in theirs)
            ratio, wall = cpu / reference, min(cost.wall for cost in ours)
            memory = max(cost.memory_mb for cost in ours)
            wall_limit = WALL_PER_SECOND * chosen.seconds
            figures = [(ratio, row.cpu_limit, "7.2f"), (wall, wall_limit, "7.2f"), (memory, MEMORY_MB, "7.0f")]
            cells = "".join(f"  {value:{form}} {shown(limit)}".rjust(16) for value, limit, form in figures)
            over = any(value > limit for value, limit, _ in figures)
            print(f"{row.name:24}{cpu:8.2f}{reference:8.2f}{cells}{'   OVER' if over else ''}", flush=True)
            failed = failed or over
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

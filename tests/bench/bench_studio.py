"""What the studio costs beside ffmpeg on the same clip: CPU time, wall time and memory, each with its limit.

    python tests/bench/bench_studio.py [--rounds N] [--seconds 10 30] [--lines 360 720 1080] [--only NAME]

Each render runs in a process of its own, in turn with `ffmpeg -preset veryfast -crf 23`, so that a busy
machine slows both. Everything is counted, from the start of Python to the finished file: what starting and loading the
networks costs weighs three times as much in a clip of 10 seconds as in one of 30. The figures are those of the least
disturbed round of each. Ends with status 1 when a limit is passed; limits are for 10 seconds of 720 lines and more: at
360 the networks, whose work is the same at any size, cost more than the codec. A new background may cost more than
other edits: the edge of people is found anew in every picture, and a survey decodes half of the clip before.
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
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTRAIT = ROOT / "tests/data/clips/portrait.mp4"
CHILD = Path(__file__).with_name("render_one.py")
CROSSING = ROOT / "pipelines/samples/crossing.mp4"

#: Compiled modules are kept as for any user, whatever this environment says.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
#: At 720 lines; `clipline edit` holds what reads sentences and pipelines, too.
MEMORY_MB, MEMORY_OF_EDIT_MB = 255.0, 275.0
WALL_PER_SECOND = 1.5


@dataclass(frozen=True)
class Row:
    """Operations for the studio alone, or a sentence for the whole of `clipline edit`; the limits are ratios.

    `theirs` is what ffmpeg does beside it, with the lines of the clip for `LINES`; nothing but encoding by default.
    """

    name: str
    clip: Path
    edit: Sequence[object] | str
    cpu_limit: float = float("inf")
    wall_limit: float = float("inf")
    theirs: Sequence[str] = ()

    def command(self, clip: Path, output: Path) -> list[str]:
        if isinstance(self.edit, str):
            state = str(output.parent / "state")
            line = [sys.executable, "-m", "clipline", "edit", str(clip), self.edit, "-o", str(output), "--state", state]
            return [*line, "--overwrite"]
        return [sys.executable, str(CHILD), str(clip), str(output), json.dumps(list(self.edit))]


_SHORT = ({"crop": "9:16"}, {"title": "Hello world", "position": "top", "duration": 4}, {"music": "MUSIC"})
_SHORT_THEIRS = (
    *("-stream_loop", "-1", "-i", "MUSIC", "-t", "SECONDS", "-c:a", "aac", "-filter_complex"),
    (
        "[0:v]crop=trunc(ih*9/32)*2:ih,drawtext=text='Hello world':fontsize=h/14:fontcolor=white:borderw=2:"
        "x=(w-tw)/2:y=h/8:enable='lt(t,4)'[v];[1:a]volume=0.35[a]"
    ),
    *("-map", "[v]", "-map", "[a]"),
)
ROWS = (
    Row("decode and encode", PORTRAIT, ({"trim": {"start": 0.04}},), 1.1, 1.15),  # no key frame: cannot be copied
    Row("background to a colour", PORTRAIT, ({"background": "#00ff00"},), 1.85),
    Row("background blurred", PORTRAIT, ({"background": "blur"},), 1.85),
    Row("a person pixelated", PORTRAIT, ({"pixelate": "person"},), 1.6),
    Row("a person filled", PORTRAIT, ({"remove": "person", "fill": "#000000"},), 1.7),
    Row("a person removed", CROSSING, ({"remove": "person"},), 1.8),
    Row("vertical, title, music", PORTRAIT, _SHORT, 1.3, theirs=_SHORT_THEIRS),
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


def looped(ffmpeg: str, clip: Path, seconds: float, lines: int, folder: Path) -> Path:
    """A clip repeated until it is long enough, so many lines high."""
    longer = folder / f"{clip.stem}-{seconds:g}s-{lines}.mp4"
    if not longer.exists():
        command = [ffmpeg, "-v", "error", "-y", "-stream_loop", "-1", "-i", str(clip), "-t", str(seconds)]
        command += ["-vf", f"scale=-2:{lines}"]
        subprocess.run([*command, "-preset", "veryfast", "-crf", "18", str(longer)], check=True)
    return longer


def run_row(
    row: Row, clip: Path, ffmpeg: str, folder: Path, rounds: int, seconds: float
) -> tuple[list[Cost], list[Cost]]:
    output = folder / "out.mp4"
    music = str(folder / "music.mp3")
    ours = [argument.replace("MUSIC", music) for argument in row.command(clip, output)]
    theirs = [ffmpeg, "-v", "error", "-y", "-i", str(clip), *row.theirs]
    theirs = [part.replace("MUSIC", music).replace("SECONDS", f"{seconds:g}") for part in theirs]
    theirs += ["-preset", "veryfast", "-crf", "23", str(output)]
    measure(ours)  # not counted: fills caches of files
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for _ in range(rounds):
        costs[0].append(measure(ours))
        costs[1].append(measure(theirs))
    return costs


def shown(limit: float) -> str:
    return "" if limit == float("inf") else f"(≤{limit:g})"


def report(row: Row, lines: int, costs: tuple[list[Cost], list[Cost]], seconds: float) -> bool:
    """Print a row; whether it is over a limit. Ratios are held to it from 720 lines on, memory up to them."""
    ours, theirs = costs
    cpu, reference = min(cost.cpu for cost in ours), min(cost.cpu for cost in theirs)
    wall, memory = min(cost.wall for cost in ours), max(cost.memory_mb for cost in ours)
    memory_limit = MEMORY_OF_EDIT_MB if isinstance(row.edit, str) else MEMORY_MB
    cpu_limit, wall_limit = (row.cpu_limit, row.wall_limit) if lines >= 720 else (float("inf"), float("inf"))
    figures = [
        (cpu / reference, cpu_limit, "7.2f"),
        (wall / min(cost.wall for cost in theirs), wall_limit, "7.2f"),
        (wall, WALL_PER_SECOND * seconds, "7.2f"),
        (memory, memory_limit if lines <= 720 else float("inf"), "7.0f"),
    ]
    cells = [f"  {value:{form}} {shown(limit)}".rjust(16) for value, limit, form in figures]
    over = any(value > limit for value, limit, _ in figures)
    title = f"{row.name}, {lines}, {seconds:g}s"
    print(f"{title:34}{cpu:8.2f}{reference:8.2f}{''.join(cells)}{'   OVER' if over else ''}", flush=True)
    return over


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0])
    parser.add_argument("--lines", type=int, nargs="+", default=[720])
    parser.add_argument("--only", help="rows whose name holds this text")
    chosen = parser.parse_args()
    ffmpeg = find_ffmpeg()
    header = f"{'':34}{'CPU s':>8}{'ffmpeg':>8}{'ratio':>16}{'wall':>16}{'wall s':>16}{'peak MB':>16}"
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tone = ["-f", "lavfi", "-i", "sine=330:duration=7", str(folder / "music.mp3")]
        subprocess.run([ffmpeg, "-v", "error", *tone], check=True)
        peer = version(ffmpeg, looped(ffmpeg, PORTRAIT, chosen.seconds[0], chosen.lines[0], folder))
        print(f"{peer}; {chosen.rounds} rounds, limits in brackets\n{header}")
        for seconds, lines, row in product(chosen.seconds, chosen.lines, ROWS):
            if chosen.only and chosen.only not in row.name:
                continue
            clip = looped(ffmpeg, row.clip, seconds, lines, folder)
            costs = run_row(row, clip, ffmpeg, folder, chosen.rounds, seconds)
            failed = report(row, lines, costs, seconds) or failed
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

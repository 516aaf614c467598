"""Edits by clipline and by other programs of the same clips, in one run: what comes out, and CPU seconds.

    python tests/bench/bench_peers.py [--seeds N] [--rounds N]

Removal: `remove: person` beside ffmpeg's `delogo`, which is handed the true box in every frame and makes up what is in
it from its rim; PSNR against the frames without the person, where the person was. Speed: the same cut, and the same
resizing, by ffmpeg, by moviepy 2 and by auto-editor, from the start of the program to the finished file.
`CLIPLINE_BENCH_MOVIEPY` and `CLIPLINE_BENCH_AUTO_EDITOR` name the Pythons of environments that have these. Of
auto-editor it takes 23.32.1, the last in Python (with `--no-deps`, av 12.3.0, numpy 1, Pillow and ae-ffmpeg): later
ones fetch a program as they run. For outlines beside others see `bench_quality.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_studio import CHILD, CROSSING, find_ffmpeg, measure

from filmed_clips import Film, film
from metrics import frames, psnr

MOVIEPY = """
import sys
from moviepy import VideoFileClip
VideoFileClip(sys.argv[1]).{edit}.write_videofile(sys.argv[2], codec="libx264", preset="veryfast", logger=None)
"""


def studio(clip: Path, output: Path, *operations: object) -> list[str]:
    return [sys.executable, str(CHILD), str(clip), str(output), json.dumps(operations)]


def delogo(ffmpeg: str, made: Film, output: Path) -> list[str]:
    """ffmpeg told where the person is: their height and widest box, and how they go from left to right or back."""
    width, height = made.clean[0].shape[1], made.clean[0].shape[0]
    boxes = []
    for number, alpha in enumerate(made.alpha):
        columns, rows = np.flatnonzero((alpha > 0.02).any(axis=0)), np.flatnonzero((alpha > 0.02).any(axis=1))
        # Only whole people tell where their middle is.
        if len(columns) and columns[0] > 0 and columns[-1] < width - 1:
            boxes.append((number, columns[0], columns[-1], rows[0], rows[-1]))
    number, left, right, top, bottom = (np.array(values) for values in zip(*boxes, strict=True))
    speed, start = np.polyfit(number, left, 1)
    wide, y = int((right - left).max()) + 9, max(1, int(top.min()) - 4)
    tall = min(height - 2, int(bottom.max()) + 4) - y
    x = f"clip({start - 4:.1f}+{speed:.3f}*n\\,1\\,{width - wide - 2})"
    filters = f"delogo=x={x}:y={y}:w={wide}:h={tall}"
    return [ffmpeg, "-v", "error", "-y", "-i", str(made.path), "-vf", filters, *ENCODED, str(output)]


ENCODED = ("-preset", "veryfast", "-crf", "18")


def removals(ffmpeg: str, folder: Path, seeds: int) -> None:
    print(f"{'removal, camera stands':34}{'PSNR dB':>9}{'worst':>8}{'CPU s/s':>9}")
    for seed in range(seeds):
        made = film(folder / f"{seed}.mp4", "still", seed, count=50, who="walker")
        output = folder / f"{seed}-gone.mp4"
        seconds = len(made.clean) / 25
        ways = {"clipline": studio(made.path, output, {"remove": "person"}), "delogo": delogo(ffmpeg, made, output)}
        for way, command in ways.items():
            cpu = measure(command).cpu / seconds
            scores = [
                psnr(image, made.clean[number], made.people(number))
                for number, image in enumerate(frames(output))
                if made.people(number).mean() > 0.002
            ]
            print(f"  {seed}, {way:29}{np.mean(scores):9.2f}{min(scores):8.2f}{cpu:9.2f}", flush=True)


def speeds(ffmpeg: str, folder: Path, rounds: int) -> None:
    output, heard = folder / "out.mp4", str(folder / "heard.mp4")
    tone = ("-f", "lavfi", "-i", "sine=duration=4", "-c:v", "copy", heard)  # auto-editor refuses clips without sound
    subprocess.run([ffmpeg, "-v", "error", "-i", str(CROSSING), *tone], check=True)
    ways: dict[str, dict[str, list[str]]] = {
        "2 of 4 s cut out": {"clipline": studio(Path(heard), output, {"cut": {"from": 1, "to": 3}})},
        "made half as wide and high": {"clipline": studio(CROSSING, output, {"resize": "640x360"})},
    }
    cut, resize = ways.values()
    kept = "select='lt(t\\,1)+gte(t\\,3)'"
    filters = ("-vf", f"{kept},setpts=N/25/TB", "-af", f"a{kept},asetpts=N/SR/TB")
    cut["ffmpeg"] = [ffmpeg, "-v", "error", "-y", "-i", heard, *filters, *ENCODED, str(output)]
    resize["ffmpeg"] = [ffmpeg, "-v", "error", "-y", "-i", str(CROSSING), "-vf", "scale=640:360", *ENCODED, str(output)]
    if python := peer("MOVIEPY"):
        cut["moviepy"] = [python, "-c", MOVIEPY.format(edit="with_section_cut_out(1, 3)"), heard, str(output)]
        resize["moviepy"] = [python, "-c", MOVIEPY.format(edit="resized((640, 360))"), str(CROSSING), str(output)]
    if python := peer("AUTO_EDITOR"):
        auto_editor = [python, "-m", "auto_editor", heard, "-o", str(output), "--no-open", "--progress", "none"]
        auto_editor += ["--my-ffmpeg", "--extras", " ".join(ENCODED), "--edit", "none"]
        cut["auto-editor"] = [*auto_editor, "--cut-out", "1secs,3secs"]
    print(f"{'speed, 4 s of 720p':34}{'CPU s':>9}{'wall s':>8}")
    for edit, commands in ways.items():
        for way, command in commands.items():
            show(f"{edit}, {way}", command, rounds)


def show(name: str, command: Sequence[str], rounds: int) -> None:
    costs = [measure(command) for _ in range(rounds)]
    cpu, wall = min(cost.cpu for cost in costs), min(cost.wall for cost in costs)
    print(f"  {name:40}{cpu:7.2f}{wall:8.2f}", flush=True)


def peer(name: str) -> str | None:
    variable = f"CLIPLINE_BENCH_{name}"
    if variable not in os.environ:
        print(f"left out: {variable} is not set")
    return os.environ.get(variable)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    ffmpeg = find_ffmpeg()
    said = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout
    print(said.splitlines()[0].split(" Copyright")[0])
    with tempfile.TemporaryDirectory() as name:
        removals(ffmpeg, Path(name), chosen.seeds)
        speeds(ffmpeg, Path(name), chosen.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

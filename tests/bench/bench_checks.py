"""What checks of the picture cost beside decoding it, and comparing beside decoding both clips.

    python tests/bench/bench_checks.py [--rounds N]

CPU time of playing a clip of 50 frames, best of all rounds: with nothing but `decodes`, and with each check beside it.
Ends with 1 where black bars or flashes cost more than a tenth of decoding at 1920x1080. What they cost depends little
on the size, so a small picture, which is quickly decoded, makes their part larger.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from clipline.clock import Clock  # noqa: E402
from clipline.studio.checks.likeness import Part, compare  # noqa: E402
from clipline.studio.checks.measurements import measure  # noqa: E402
from clipline.studio.reading.media import probe  # noqa: E402
from media_maker import make_clip  # noqa: E402  # the checkout's own

FRAMES = 50
SIZES = ((1920, 1080), (1280, 720), (640, 360))
LIMITED = {"letterbox": 0.1, "flashes": 0.1}


def scene(folder: Path, size: tuple[int, int]) -> Path:
    """A clip of waves that drift under a little noise, which costs a decoder what footage does."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[: size[1], : size[0]]
    noise = random.integers(-2, 3, (*size[::-1], 1))

    def paint(index: int, time: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        waves = [np.sin(x / 40 + phase + 6 * time) * np.cos(y / 30 - phase) for phase in (0, 1, 2)]
        return (128 + 60 * np.stack(waves, axis=-1) + np.roll(noise, 7 * index, 1)).astype(np.uint8)

    return make_clip(folder / f"{size[0]}.mp4", size=size, seconds=FRAMES / 25, pattern=paint, gop=50)


def best(work: Callable[[], object], rounds: int) -> float:
    """CPU milliseconds for each frame."""
    seconds = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds) / FRAMES * 1000


def main() -> int:
    """Measure and print; 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    passed = []
    with tempfile.TemporaryDirectory() as name:
        for size in SIZES:
            clip = scene(Path(name), size)
            info = probe(clip)

            def play(*names: str, clip: Path = clip, info: object = info) -> object:
                return measure(clip, info, {"decodes", *names}, clock=Clock(), progress=lambda _: None)  # type: ignore[arg-type]

            decoding = best(play, rounds)
            print(f"{size[0]}x{size[1]}: decoding {decoding:.2f} ms a frame")
            for check in ("black", "frozen", "letterbox", "flashes"):
                part = best(lambda check=check, play=play: play(check), rounds) / decoding - 1  # type: ignore[misc]
                print(f"  {check:10} {part:6.1%}")
                if size == SIZES[0] and part > LIMITED.get(check, 1):
                    passed.append(check)
            both = best(lambda clip=clip: compare(clip, [Part(clip)], clock=Clock(), progress=lambda _: None), rounds)  # type: ignore[misc]
            print(f"  {'likeness':10} {both:6.2f} ms, of which decoding both {2 * decoding:.2f}")
    if passed:
        print(f"more than a tenth of decoding: {', '.join(passed)}")
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())

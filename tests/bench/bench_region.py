"""How well a place at which nothing known is found is followed by motion, on clips whose truth is exact.

    python tests/bench/bench_region.py [--only TEXT]

A number plate or a sticker moves, grows, turns, stands or is hidden for a while over a street; the camera may pan.
Its box is given in the first frame; in every frame after it the box that is followed is compared with the truth by
intersection over union (IoU). CPU is in seconds for a second of clip, beside that of decoding alone. Then somebody
turns away whose face was given: how much of where it is lies in what is followed, by motion alone and on them, and how
many times as large that is. Ends with status 1 where the mean is below 0.9 or any frame's below 0.8, or where what is
hidden for good is followed on.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clipline.clock import Clock
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.place import follow_place
from clipline.studio.finding.region import follow_region
from clipline.studio.pictures.box import Box
from clipline.studio.reading.media import probe
from clipline.studio.reading.samples import read_samples
from clipline.timeline import Subject
from media_maker import make_clip
from metrics import Image
from people_clips import empty_street
from turning_clips import FPS as TURNED_FPS
from turning_clips import SIZE as TURNED_SIZE
from turning_clips import TURNINGS, face, film_turning

SIZE, FPS, SECONDS = (1280, 720), 25, 4.0
COUNT = 80
MEAN, LEAST = 0.9, 0.8


def plate() -> Image:
    """A number plate, RGB."""
    image = np.full((60, 160, 3), 235, np.uint8)
    cv2.putText(image, "KA 4711", (6, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 20), 3)
    cv2.rectangle(image, (0, 0), (159, 59), (160, 30, 30), 3)
    return image


def sticker() -> Image:
    """A round sign on a square, RGB."""
    image = np.full((100, 100, 3), (200, 60, 40), np.uint8)
    cv2.circle(image, (50, 50), 38, (240, 240, 240), -1)
    cv2.circle(image, (50, 50), 20, (40, 160, 40), -1)
    cv2.line(image, (20, 80), (80, 20), (0, 0, 0), 6)
    return image


@dataclass(frozen=True)
class Scene:
    """What moves: its middle, size and turn at a time; what hides it; how far the camera pans in a second."""

    image: Image
    way: Callable[[float], tuple[float, float, float, float]]
    bar: Callable[[float], tuple[int, int] | None] = lambda _time: None
    pan: float = 0.0
    noise: float = 3.0
    lost: float = SECONDS  # when it is hidden for good

    def matrix(self, time: float) -> Image:
        """From pixels of the image to those of the picture."""
        x, y, scale, turn = self.way(time)
        height, width = self.image.shape[:2]
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, scale)
        matrix[:, 2] += [x - width / 2, y - height / 2]
        return matrix

    def box(self, time: float) -> Box:
        """The upright box around it."""
        height, width = self.image.shape[:2]
        edges = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) - [0.5, 0.5, 0]
        x, y = self.matrix(time) @ edges.T + 0.5
        return Box(x.min(), y.min(), x.max(), y.max())


SCENES = {
    "stands": Scene(sticker(), lambda t: (300, 200, 1.2, 0)),
    "stands while the camera pans": Scene(sticker(), lambda t: (300, 200, 1.2, 0), pan=70),
    "moves": Scene(plate(), lambda t: (200 + 200 * t, 300, 1, 0)),
    "moves, in much noise": Scene(plate(), lambda t: (200 + 200 * t, 300, 1, 0), noise=12),
    "small, 32 pixels wide": Scene(plate(), lambda t: (200 + 200 * t, 300, 0.2, 0)),
    "comes nearer": Scene(plate(), lambda t: (300 + 120 * t, 300 + 30 * t, 0.5 + 0.5 * t, 0)),
    "goes away": Scene(plate(), lambda t: (900 - 100 * t, 400, 2 - 0.4 * t, 0)),
    "turns": Scene(sticker(), lambda t: (300 + 120 * t, 360, 1.2, 20 * t)),
    "swings": Scene(plate(), lambda t: (640 + 300 * math.sin(3 * t), 360, 1, 0)),
    "goes behind a post": Scene(plate(), lambda t: (200 + 200 * t, 360, 1, 0), lambda _: (560, 640)),
    "goes behind a wall": Scene(plate(), lambda t: (200 + 200 * t, 360, 1, 0), lambda _: (520, 700)),
    "stands, and somebody passes": Scene(
        sticker(), lambda _: (600, 360, 1.2, 0), lambda t: (int(300 * t - 200), int(300 * t))
    ),
    "hidden for good": Scene(plate(), lambda t: (200 + 200 * t, 360, 1, 0), lambda _: (480, 1280), lost=1.0),
}


def film(path: Path, scene: Scene) -> Path:
    """Write the clip."""
    wide = np.ascontiguousarray(empty_street((SIZE[0] + 400, SIZE[1]))[..., ::-1])
    noise = np.random.default_rng(1).normal(0, scene.noise, (4, SIZE[1], SIZE[0], 3)).astype(np.float32)

    def paint(number: int, time: float) -> Image:
        image = wide[:, round(scene.pan * time) :][:, : SIZE[0]].astype(np.float32)
        smooth = max(1, int(1 / scene.way(time)[2])) | 1
        shown = cv2.blur(scene.image, (smooth, smooth))
        solid = cv2.warpAffine(np.ones(shown.shape[:2], np.float32), scene.matrix(time), SIZE)[..., None]
        image = image * (1 - solid) + cv2.warpAffine(shown, scene.matrix(time), SIZE) * solid
        if bar := scene.bar(time):
            image[:, max(0, bar[0]) : max(0, bar[1])] = (60, 90, 70)
        return np.clip(image + noise[number % 4], 0, 255).astype(np.uint8)

    return make_clip(path, size=SIZE, fps=FPS, seconds=SECONDS, pattern=paint)


def spent(work: Callable[[], object]) -> float:
    """Seconds of CPU for a second of clip."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) / SECONDS


def main() -> int:
    """Print a line for each scene; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="only scenes whose names hold this")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    failed = False
    print(f"{'scene':30} mean IoU  least  followed to   CPU  decoding")
    with tempfile.TemporaryDirectory() as folder:
        for name, scene in SCENES.items():
            if options.only not in name:
                continue
            clip = film(Path(folder) / "clip.mp4", scene)
            regions = []
            cost = spent(
                lambda clip=clip, scene=scene, regions=regions: regions.append(  # type: ignore[misc]
                    follow_region(
                        clip, [(0.0, SECONDS)], scene.box(0), 0.0, fps=FPS, clock=Clock(), progress=lambda _: None
                    )
                )
            )
            decoding = spent(
                lambda clip=clip: list(read_samples(clip, 0, SECONDS, step=0.12, clock=Clock(), rough=True))  # type: ignore[misc]
            )
            times = [number / FPS for number in range(round(SECONDS * FPS)) if number / FPS < scene.lost]
            boxes = [regions[0].track.at(moment) for moment in times]
            shares = [box.overlap(scene.box(moment)) for moment, box in zip(times, boxes, strict=True) if box]
            to = regions[0].track.times[-1]
            print(f"{name:30} {np.mean(shares):8.3f} {min(shares):6.2f} {to:8.2f} s {cost:8.3f} {decoding:8.3f}")
            late = to > scene.lost + 0.3 or to < min(scene.lost, SECONDS) - 0.5
            failed |= bool(np.mean(shares) < MEAN or min(shares) < LEAST or late)
        failed |= faces(Path(folder), options.only)
    return int(failed)


def faces(folder: Path, only: str) -> bool:
    """Print a line for each way of turning away; whether a limit is missed."""
    failed, length = False, COUNT / TURNED_FPS
    print(f"\n{'face of one who':34} covered alone  on them  least  times as large   CPU")
    for name, way in TURNINGS.items():
        if only not in name:
            continue
        clip, box, clock = film_turning(folder / "clip.mp4", way, count=COUNT), face(way, 0), Clock()
        who = Subject(box=(box.left, box.top, box.width, box.height))
        alone = follow_region(clip, [(0.0, length)], box, 0.0, fps=TURNED_FPS, clock=clock, progress=lambda _: None)
        begun = time.process_time()
        seen = follow_place(
            clip,
            [(0.0, length)],
            who,
            box,
            probe(clip),
            detector=Detector(),
            strict=False,
            clock=clock,
            progress=lambda _: None,
        ).survey
        cost = (time.process_time() - begun) / length
        truth = [(n / TURNED_FPS, face(way, n).inside(*TURNED_SIZE)) for n in range(COUNT)]
        there = [(moment, place) for moment, place in truth if place.area > 50]
        by_motion, on_them = (
            [share(track.at(at, seen.margin), place) for at, place in there] for track in (alone.track, seen.tracks[0])
        )
        late = [(seen.tracks[0].at(n / TURNED_FPS), face(way, n)) for n in range(COUNT // 2, COUNT)]
        large = np.mean([found.area / place.area for found, place in late if found])
        shares = f"{np.mean(by_motion):13.3f} {np.mean(on_them):8.3f} {min(on_them):6.2f}"
        print(f"{name:34} {shares} {large:15.2f} {cost:5.3f}")
        failed |= bool(np.mean(on_them) < MEAN or min(on_them) < LEAST)
    return failed


def share(found: Box | None, truth: Box) -> float:
    """How much of where it is was found."""
    return found.shared(truth) / truth.area if found else 0.0


if __name__ == "__main__":
    sys.exit(main())

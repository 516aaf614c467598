"""Clips of several people who come, go, meet and turn back, with the truth of who is where.

They are cut-outs with coats of their own colours, before a background of `filmed_clips`; who stands lower in the
picture is nearer and hides who is behind. All of it is made from a kind of crowd and a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmed_clips import BACKGROUNDS, Subject
from media_maker import make_clip
from metrics import Image, Mask

__all__ = ["CROWDS", "FPS", "GROUPS", "SECONDS", "SIZE", "Passer", "crowd", "film_crowd", "scenery"]

SIZE, FPS, SECONDS = (640, 360), 20, 6.0
_LEAST = 0.05  # opacity from which on somebody is seen

#: Seconds to where the middle of somebody's feet is, in pixels.
Way = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class Passer:
    """Somebody who passes through the picture; `size` is by how much they have grown at a time."""

    way: Way
    height: float
    tint: tuple[float, float, float]
    flipped: bool = False
    size: Callable[[float], float] = lambda _time: 1.0

    def paint(self, image: NDArray[np.float32], time: float) -> Mask:
        """Put them into a picture; where they are in it."""
        place, height = self.way(time), self.height * self.size(time)
        if not -height < place[0] < SIZE[0] + height:
            return np.zeros(image.shape[:2], bool)
        subject = Subject("walker", lambda _number: place, height, self.flipped)
        body, opaque = subject.paint(image.copy(), np.eye(3), 0)
        colored = np.clip(body * np.array(self.tint, np.float32), 0, 255)
        image += (colored - image) * opaque[..., None]
        return opaque > _LEAST


def _straight(x: float, foot: float, speed: float, start: float = 0.0, rise: float = 0.0) -> Way:
    """Through x at a time, at so many pixels a second."""
    return lambda time: (x + speed * (time - start), foot + rise * (time - start))


def _coats(random: np.random.Generator, count: int) -> list[tuple[float, float, float]]:
    return [tuple(float(value) for value in random.uniform(0.5, 1.7, 3)) for _ in range(count)]  # type: ignore[misc]


def _queue(random: np.random.Generator) -> list[Passer]:
    """They come in at one border, one after the other, at nearly the same pace."""
    pace, height, foot = random.uniform(0.45, 1.0), random.uniform(85, 150), random.uniform(250, 330)
    side, rise = random.choice([-1, 1]), random.uniform(-12, 6)
    starts = np.cumsum([random.uniform(0.2, 0.6), *random.uniform(0.4, 1.1, 3)])
    return [
        Passer(
            _straight(
                320 + side * (320 + 0.2 * height),
                foot + random.uniform(-12, 12),
                -side * height * pace * random.uniform(0.92, 1.08),
                start,
                rise,
            ),
            height * random.uniform(0.93, 1.07),
            coat,
            bool(side > 0),
        )
        for start, coat in zip(starts, _coats(random, 4), strict=True)
    ]


def _cross(random: np.random.Generator) -> list[Passer]:
    """Two to four cross the picture in both directions and meet in it."""
    people = []
    for number, coat in enumerate(_coats(random, int(random.integers(2, 5)))):
        height, side = random.uniform(90, 190), 1 if number % 2 else -1
        meets = random.uniform(2.0, 4.0)
        speed = side * height * random.uniform(0.4, 1.1)
        people.append(
            Passer(
                _straight(320 + random.uniform(-80, 80), 215 + height * 0.6, speed, meets), height, coat, bool(side < 0)
            )
        )
    return people


def _turn(random: np.random.Generator) -> list[Passer]:
    """Two meet, stand before one another for a while, and go back to where they came from."""
    middle, apart, foot = 320 + random.uniform(-60, 60), random.uniform(15, 40), random.uniform(290, 330)
    begins, ends = random.uniform(1.6, 2.4), random.uniform(2.8, 3.6)
    people = []
    for side, coat in zip((-1, 1), _coats(random, 2), strict=True):
        height = random.uniform(130, 190)
        speed, nearer = height * random.uniform(0.4, 0.8), random.uniform(-10, 10)

        def way(time: float, side: int = side, speed: float = speed, nearer: float = nearer) -> tuple[float, float]:
            away = speed * (max(0.0, begins - time) + max(0.0, time - ends))
            return middle + side * (apart + away), foot + nearer

        people.append(Passer(way, height, coat, side > 0))
    return people


def _group(random: np.random.Generator) -> list[Passer]:
    """Two or three walk together, past somebody who stands."""
    height, side = random.uniform(100, 170), random.choice([-1, 1])
    foot, speed = 200 + height * 0.7, side * height * random.uniform(0.4, 0.8)
    coats = _coats(random, 4)
    count = int(random.integers(2, 4))
    people = [
        Passer(
            _straight(
                320 - random.uniform(0, 60) + number * height * random.uniform(0.3, 0.45),
                foot + random.uniform(-8, 8),
                speed,
                3.0,
            ),
            height * random.uniform(0.92, 1.08),
            coats[number],
            bool(side < 0),
        )
        for number in range(count)
    ]
    stands = 320 + random.uniform(-120, 120), foot - random.uniform(20, 40)
    return [*people, Passer(lambda _time: stands, height * 0.9, coats[3])]


def _doorway(random: np.random.Generator) -> list[Passer]:
    """At one border somebody goes out and somebody else comes in, again and again."""
    side, height = random.choice([-1, 1]), random.uniform(90, 150)
    border, time, people = 320 + side * 320, random.uniform(0.8, 1.4), []
    for number, coat in enumerate(_coats(random, 4)):
        tall = height * random.uniform(0.85, 1.15)
        speed = (side if number % 2 == 0 else -side) * tall * random.uniform(0.5, 1.0)
        people.append(
            Passer(_straight(border, 280 + random.uniform(-30, 40), speed, time), tall, coat, bool(speed < 0))
        )
        time += random.uniform(0.4, 1.4)
    return people


def _far(random: np.random.Generator) -> list[Passer]:
    """Small ones, some of them very fast for their size, one at a time in each lane."""
    people = []
    for number, coat in enumerate(_coats(random, 3)):
        height, side = random.uniform(34, 55), random.choice([-1, 1])
        speed = side * height * random.uniform(0.5, 3.2)
        people.append(
            Passer(
                _straight(320 + random.uniform(-100, 100), 180 + 60 * number, speed, random.uniform(2, 4)),
                height,
                coat,
                bool(side < 0),
            )
        )
    return people


def _run(random: np.random.Generator) -> list[Passer]:
    """Some run past others who walk the same way or stand."""
    height = random.uniform(100, 160)
    coats = _coats(random, 3)
    side = random.choice([-1, 1])
    paces = [random.uniform(1.6, 2.4), random.uniform(0.3, 0.6), -random.uniform(0.3, 0.6)]
    return [
        Passer(
            _straight(320 + random.uniform(-50, 50), 300 + 14 * (number - 1), side * height * pace, 3.0),
            height * random.uniform(0.9, 1.1),
            coat,
            bool(side * pace < 0),
        )
        for number, (pace, coat) in enumerate(zip(paces, coats, strict=True))
    ]


def _nearer(random: np.random.Generator) -> list[Passer]:
    """They come nearer or go away while others pass."""
    coats = _coats(random, 3)
    people = []
    for number in (0, 1):
        grows, x = random.uniform(0.08, 0.2) * random.choice([-1, 1]), 200 + 240 * number + random.uniform(-40, 40)
        height = random.uniform(80, 120) * (1 if grows > 0 else 2)

        def size(time: float, grows: float = float(grows)) -> float:
            return float(np.exp(grows * time))

        def way(
            time: float, x: float = x, height: float = height, size: Callable[[float], float] = size
        ) -> tuple[float, float]:
            return x + 12 * np.sin(time), 180 + height * size(time) * 0.75

        people.append(Passer(way, height, coats[number], size=size))
    height = random.uniform(110, 150)
    return [*people, Passer(_straight(320, 290, -height * random.uniform(0.5, 0.9), 3.0), height, coats[2], True)]


CROWDS: dict[str, Callable[[np.random.Generator], list[Passer]]] = {
    "queue": _queue,
    "cross": _cross,
    "turn": _turn,
    "group": _group,
    "doorway": _doorway,
    "far": _far,
    "run": _run,
    "nearer": _nearer,
}


def _abreast(random: np.random.Generator) -> list[Passer]:
    """Two come together and walk on side by side, the one partly before the other."""
    height, side = random.uniform(150, 230), random.choice([-1, 1])
    speed, beside, foot = side * height * random.uniform(0.25, 0.4), random.uniform(0.12, 0.22), 180 + height * 0.6
    people = []
    for number, coat in enumerate(_coats(random, 2)):

        def way(time: float, number: int = number, nearer: float = random.uniform(3, 10)) -> tuple[float, float]:
            apart = beside + 0.3 * max(0.0, 1.8 - time)
            return 320 + speed * (time - 3) + number * apart * height, foot + number * nearer

        people.append(Passer(way, height * random.uniform(0.95, 1.05), coat, bool(side < 0)))
    return people


def _past(random: np.random.Generator) -> list[Passer]:
    """One walks before, and one behind, somebody who stands."""
    height, coats = random.uniform(150, 210), _coats(random, 3)
    foot, x = 180 + height * 0.6, 320 + random.uniform(-80, 80)
    people = [Passer(lambda _time: (x, foot), height, coats[0])]
    for number, (nearer, coat) in enumerate(zip((-12, 12), coats[1:], strict=True)):
        side = random.choice([-1, 1])
        speed = side * height * random.uniform(0.5, 0.9)
        meets = random.uniform(1.6, 2.2) + 2.2 * number
        way = _straight(x, foot + nearer, speed, meets)
        people.append(Passer(way, height * (1 + nearer / 200), coat, bool(side < 0)))
    return people


#: People who are before and behind one another, large enough for their outlines to matter.
GROUPS: dict[str, Callable[[np.random.Generator], list[Passer]]] = {
    "abreast": _abreast,
    "past": _past,
    "group": _group,
    "run": _run,
}


def crowd(kind: str, seed: int) -> list[Passer]:
    """The people of a kind of crowd, those behind first."""
    kinds = CROWDS | GROUPS
    people = kinds[kind](np.random.default_rng([seed, list(kinds).index(kind)]))
    return sorted(people, key=lambda one: one.way(SECONDS / 2)[1])


def scenery(seed: int = 0) -> Image:
    """The empty scene of `film_crowd`, BGR, without noise."""
    return cv2.resize(list(BACKGROUNDS.values())[seed % len(BACKGROUNDS)](), SIZE)


def film_crowd(path: Path, people: Sequence[Passer], seed: int = 0, *, seconds: float = SECONDS) -> list[list[Mask]]:
    """Write the clip; of each frame what is to be seen of each one."""
    background = scenery(seed).astype(np.float32)
    random, seen = np.random.default_rng(seed), []

    def paint(_number: int, time: float) -> Image:
        picture = background.copy()
        masks = [one.paint(picture, time) for one in people]
        for behind in range(len(masks)):
            for nearer in masks[behind + 1 :]:
                masks[behind] = masks[behind] & ~nearer
        seen.append(masks)
        noisy = picture + random.normal(0, 2, picture.shape)
        return np.ascontiguousarray(np.clip(noisy, 0, 255).astype(np.uint8)[..., ::-1])

    make_clip(path, size=SIZE, fps=FPS, seconds=seconds, pattern=paint)
    return seen

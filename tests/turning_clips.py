"""Clips of somebody who turns away, so that their face is not to be seen any more, and of where it was on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from clipline.studio.pictures.box import Box
from media_maker import make_clip
from metrics import Image
from people_clips import cut_out, empty_street

__all__ = ["FPS", "SIZE", "TURNINGS", "face", "film_turning"]

FPS, SIZE = 20, (640, 360)
_TURNS = 20, 28  # the frames from which and until when
_FACE = 165, 60, 305, 200  # of the cut-out

#: Where the cut-out's left upper corner is in a frame, and how large it is.
Way = Callable[[int], tuple[float, float, float]]

TURNINGS: dict[str, Way] = {
    "turns away and stands": lambda _: (200, 80, 0.5),
    "turns away and walks": lambda n: (100 + max(0, n - 20) * 4, 80, 0.5),
    "turns away and goes": lambda n: (150 + 2 * n, 75 + 0.6 * n, 0.5 - 0.0037 * n),
    "turns away, at the lower edge": lambda n: (250 - 1.2 * n, 100, 0.5 + 0.004 * n),
    "turns away and leaves": lambda n: (300 + max(0, n - 20) * 8, 80, 0.45),
}


def face(way: Way, number: int) -> Box:
    """Where the face is in a frame, or would be."""
    (x, y, scale), (left, top, right, bottom) = way(number), _FACE
    return Box(x + left * scale, y + top * scale, x + right * scale, y + bottom * scale)


@cache
def _backs(part: float) -> Image:
    """The person of the portrait with as much of hair in the place of the face."""
    color = cut_out()[0].astype(np.float32)
    hair = color.copy()
    hair[55:205, 168:308] = np.tile(color[14:56, 190:300], (5, 2, 1))[:150, :140]
    where = np.zeros(color.shape[:2], np.float32)
    cv2.ellipse(where, (238, 125), (62, 72), 0, 0, 360, 1, -1)
    weight = cv2.GaussianBlur(where, (0, 0), 3)[..., None] * part
    return np.asarray(color * (1 - weight) + hair * weight)


def film_turning(path: Path, way: Way, *, count: int = 80) -> Path:
    """Write the clip: the face is seen for a second, and is hair 0.4 s later."""
    solid, back = cut_out()[1], empty_street(SIZE).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 2, (4, SIZE[1], SIZE[0], 3))

    def paint(number: int, _time: float) -> Image:
        x, y, scale = way(number)
        part = round(min(1.0, max(0.0, (number - _TURNS[0]) / (_TURNS[1] - _TURNS[0]))), 3)
        matrix, smooth = np.array([[scale, 0, x], [0, scale, y]], np.float32), max(1, int(1 / scale)) | 1
        color = cv2.warpAffine(cv2.blur(_backs(part), (smooth, smooth)), matrix, SIZE)
        weight = cv2.warpAffine(solid, matrix, SIZE)[..., None]
        image = back * (1 - weight) + color * weight + noise[number % 4]
        return np.ascontiguousarray(np.clip(image, 0, 255).astype(np.uint8)[..., ::-1])

    return make_clip(path, size=SIZE, fps=FPS, seconds=count / FPS, pattern=paint)

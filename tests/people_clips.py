"""Scenes for tests: a person cut out of the portrait clip by its truth, or a cat, put over any background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from media_maker import make_clip
from metrics import Image, Mask, frames, truth

__all__ = ["CLIPS", "SAMPLES", "Placed", "cut_out", "empty_street", "hairy", "scene", "silhouettes"]

TESTS = Path(__file__).parent
CLIPS = TESTS / "data" / "clips"
SAMPLES = TESTS.parent / "pipelines" / "samples"


@dataclass(frozen=True)
class Placed:
    """A person or a cat: `left` and `top` of the cut-out in pixels as functions of the frame's number, its `height`."""

    left: Callable[[int], float]
    top: float
    height: int
    flipped: bool = False
    kind: Literal["person", "cat"] = "person"


@cache
def cut_out(kind: str = "person") -> tuple[Image, NDArray[np.float32]]:
    """The person of the portrait clip's first frame, or the cat: BGR, and how opaque it is (0 to 1)."""
    if kind == "cat":
        cat = cv2.imread(str(CLIPS / "cat.png"), cv2.IMREAD_UNCHANGED)
        assert cat is not None
        return np.ascontiguousarray(cat[..., :3]), (cat[..., 3] > 127).astype(np.float32)
    image, mask = next(frames(CLIPS / "portrait.mp4")), next(truth(CLIPS / "portrait_truth.npz"))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    solid = cv2.erode(mask[part].astype(np.uint8), np.ones((3, 3), np.uint8))
    return image[part], solid.astype(np.float32)


@cache
def hairy() -> tuple[Image, NDArray[np.float32]]:
    """The person of the portrait with soft edges and with single hairs that stand out: BGR, and how opaque (0 to 1).

    The colours go on beyond the edge as they are within it, so that nothing of the first background is in them.
    """
    around, fine, random = 40, 4, np.random.default_rng(8)
    color, solid = (np.pad(part, [(around, 0), (around, around), (0, 0)][: part.ndim]) for part in cut_out())
    inner = cv2.erode(solid, np.ones((5, 5), np.uint8))
    pure = (color * inner[..., None]).astype(np.float32)
    for deviation in (2, 6, 20):  # the nearest colours count most
        spread = cv2.GaussianBlur(inner, (0, 0), deviation)[..., None]
        near = cv2.GaussianBlur(pure, (0, 0), deviation) / np.maximum(spread, 1e-6)
        fresh = (inner == 0) & (spread[..., 0] > 0.02)
        pure[fresh], inner = near[fresh], np.maximum(inner, fresh)
    strands = np.zeros((solid.shape[0] * fine, solid.shape[1] * fine), np.uint8)
    outline = max(cv2.findContours(solid.astype(np.uint8), 0, cv2.CHAIN_APPROX_NONE)[0], key=len)[:, 0]
    head = outline[outline[:, 1] < around + 110]
    middle = np.array([head[:, 0].mean(), around + 80])
    for root in head[random.integers(0, len(head), 90)]:
        away = (root - middle) / np.linalg.norm(root - middle)
        bend = np.array([-away[1], away[0]]) * random.normal(0, 0.35)
        steps = np.linspace(-0.3, 1, 12)[:, None] * random.uniform(8, 30)
        way = root + steps * away + steps**2 / 25 * bend
        cv2.polylines(strands, [np.rint(way * fine).astype(np.int32)], False, int(random.integers(90, 230)), fine + 1)
    hairs = cv2.resize(strands, solid.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    opaque = np.maximum(cv2.GaussianBlur(solid, (0, 0), 1.2), hairs)
    opaque[-1] = solid[-1]
    return np.clip(pure, 0, 255).astype(np.uint8), opaque


@cache
def empty_street(size: tuple[int, int]) -> Image:
    """A background with much detail, BGR: the building of the crossing clip, scaled to cover."""
    plate = cv2.imread(str(CLIPS / "crossing_plate.png"))
    assert plate is not None
    return cv2.resize(plate, size, interpolation=cv2.INTER_AREA)


def silhouettes(people: Sequence[Placed], number: int, size: tuple[int, int]) -> Mask:
    """Where these people are in a frame, exactly."""
    return _painted(np.zeros((size[1], size[0], 3), np.uint8), people, number)[1]


def scene(
    path: Path,
    people: Sequence[Placed],
    *,
    size: tuple[int, int] = (640, 360),
    count: int = 40,
    camera: Callable[[int], tuple[int, int]] = lambda _number: (0, 0),
) -> Path:
    """Write a clip at 20 frames a second: people over the street, some noise, the camera moved by so many pixels."""
    wide = empty_street((size[0] + 160, size[1] + 90))
    noise = np.random.default_rng(1).normal(0, 2, (4, size[1], size[0], 3))

    def paint(number: int, _time: float) -> Image:
        x, y = camera(number)
        image = wide[y : y + size[1], x : x + size[0]]
        image = _painted(image, people, number)[0]
        noisy = np.clip(image + noise[number % 4], 0, 255).astype(np.uint8)
        return np.ascontiguousarray(noisy[..., ::-1])

    return make_clip(path, size=size, fps=20, seconds=count / 20, pattern=paint)


def _painted(image: Image, people: Sequence[Placed], number: int) -> tuple[Image, Mask]:
    """An image with people on it, and where they are."""
    picture = image.astype(np.float32)
    where = np.zeros(image.shape[:2], np.float32)
    for person in people:
        color, opaque = cut_out(person.kind)
        scale = person.height / color.shape[0]
        # The same shift for colours and opacity, so that the silhouette is exact.
        shift = np.array([[scale, 0, person.left(number)], [0, scale, person.top]], np.float32)
        source, solid = (color[:, ::-1], opaque[:, ::-1]) if person.flipped else (color, opaque)
        smooth = max(1, int(1 / scale)) | 1
        size = image.shape[1], image.shape[0]
        placed = cv2.warpAffine(cv2.blur(np.ascontiguousarray(source), (smooth, smooth)), shift, size)
        weight = cv2.warpAffine(np.ascontiguousarray(solid), shift, size)
        picture += (placed - picture) * weight[..., None]
        where = np.maximum(where, weight)
    return picture.astype(np.uint8), where > 0.5

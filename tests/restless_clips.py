"""Clips of a place that moves by itself, like water: waves over waves, below a building that is at rest."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmed_clips import Film
from media_maker import make_clip
from metrics import Image
from people_clips import Placed, cut_out, empty_street, silhouettes

__all__ = ["film_water"]

_COLOR = 120, 110, 70  # BGR
_FPS, _COUNT = 20, 60


def film_water(
    path: Path, seed: int = 0, *, size: tuple[int, int] = (640, 360), waves: float = 25.0, count: int = _COUNT
) -> Film:
    """Write a clip: somebody crosses before water whose waves have this standard deviation in levels."""
    random = np.random.default_rng(seed)
    width, height = size
    textures = [_texture(random, (width + 240, height + 120)) for _ in range(2)]
    still, noise = empty_street(size).astype(np.float32), random.normal(0, 2, (4, height, width, 3))
    below = np.clip((np.arange(height) - 0.3 * height) / (height / 18), 0, 1)[:, None, None]
    tall = round(0.78 * height)
    speed, begin = 1.3 * width / count, -0.3 * width
    person = Placed(lambda number: begin + speed * number, 0.22 * height, tall)
    made = Film(path)
    color, opaque = (cv2.resize(part, None, fx=tall / part.shape[0], fy=tall / part.shape[0]) for part in cut_out())

    def paint(number: int, _time: float) -> Image:
        clean = still * (1 - below) + _water(textures, number / _FPS, size, waves) * below
        shift = np.array([[1, 0, person.left(number)], [0, 1, person.top]], np.float32)
        alpha = cv2.warpAffine(opaque, shift, size)
        image = clean + (cv2.warpAffine(color, shift, size) - clean) * alpha[..., None]
        made.clean.append(np.clip(clean, 0, 255).astype(np.uint8))
        made.alpha.append(np.maximum(alpha, silhouettes([person], number, size).astype(np.float32)))
        return np.ascontiguousarray(np.clip(image + noise[number % 4], 0, 255).astype(np.uint8)[..., ::-1])

    make_clip(path, size=size, fps=_FPS, seconds=count / _FPS, pattern=paint)
    return made


def _texture(random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Noise of several sizes, of standard deviation 1."""
    texture = np.zeros(size[::-1], np.float32)
    for scale in (4, 8, 16, 32):
        grains = random.normal(0, 1, (size[1] // scale + 2, size[0] // scale + 2)).astype(np.float32)
        texture += cv2.resize(grains, size, interpolation=cv2.INTER_CUBIC) * scale**0.5
    return texture / texture.std()


def _water(
    textures: list[NDArray[np.float32]], time: float, size: tuple[int, int], waves: float
) -> NDArray[np.float32]:
    """Two textures that sway and drift over one another."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    across, down = 5 * np.sin(2 * np.pi * (time / 1.3 + y / 60)), 3 * np.sin(2 * np.pi * (time / 0.9 + x / 90))
    one = cv2.remap(textures[0], x + 60 + across + 15 * time, y + 60 + down, cv2.INTER_LINEAR)
    other = cv2.remap(textures[1], x + 120 - across - 20 * time, y + 60 - down, cv2.INTER_LINEAR)
    light = (one + other) / 2**0.5 * waves
    return np.stack([light * share + color for share, color in zip((1, 1, 0.8), _COLOR, strict=True)], axis=-1)

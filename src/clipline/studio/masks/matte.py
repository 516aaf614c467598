"""The rim of a mask: made to follow the picture's own edges, and rid of the colours of what was behind.

A network's mask is coarser than the picture, and misses edges by some of its samples. A guided filter finds, in each
small place, which mix of brightness and colours tells inside from outside (He, Sun, Tang: Guided Image Filtering,
2013; with a coarse grid for the statistics, He, Sun: Fast Guided Filter, 2015). What is seen in half-covered pixels is
parted into front and back by blurred colours of both (Forte: Approximate Fast Foreground Colour Estimation, 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np

from clipline.studio.pictures.layers import part_of
from clipline.studio.pictures.scaling import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipline.studio.pictures.layers import Window
    from clipline.studio.pictures.picture import Picture, Plane

    Values: TypeAlias = NDArray[np.float32]

__all__ = ["Rim"]

_MARGIN = 8  # coarse pixels around a mask that are looked at
_COARSEST = 3  # times a picture is halved at most
_NOISE = 5.0, 0.5, 0.5  # variances of brightness and colours that mean nothing
_STEEP = 1.5  # how much steeper an edge is than the filter gives it


class Rim:
    """The surroundings of a mask in one picture: of the window where the mask is, with a margin.

    `cell` is how many pixels a sample of the network's mask covers.
    """

    def __init__(self, picture: Picture, mask: Plane, window: Window, cell: float) -> None:
        self.times = min(_COARSEST, max(0, round(log2(max(cell, 0.5)))))
        self.window = _widened(window, self.times, mask.shape)
        left, top, right, bottom = self.window
        self.planes = part_of((picture.y, picture.u, picture.v), self.window)
        self._mask = mask[top:bottom, left:right]
        size = right - left, bottom - top
        self.coarse, self._wide, self._widest = (_halved(size, self.times + more) for more in (0, 1, 2))
        self._fine = self.planes[1].shape[::-1] if self.times > 1 else size
        self._small = [scaled(plane, self.coarse) for plane in self.planes]
        self._found: Plane | None = None

    def follow(self, start: Plane, *, near: bool = False) -> None:
        """Fill the mask, its edge where the picture has one near to that of `start`, a mask in coarse pixels.

        `near` says that it is as near as it gets without being asked for twice.
        """
        guide = [plane.astype(np.float32) for plane in self._small]
        filtered = _Guided(guide, self._wide)
        factors = filtered.by(start.astype(np.float32) / np.float32(255))
        if not near:  # a mask that is nearer to the edge already gives better factors
            nearer = _mixed(_steeper(factors, _STEEP), guide, self.coarse)
            factors = filtered.by(np.clip(nearer, 0, 1))
        fine = [scaled(plane, self._fine) for plane in self.planes]
        opaque = _mixed(_steeper(factors, _STEEP) * 255, fine, self._fine)
        part = cv2.add(opaque, 0, dtype=cv2.CV_8U)
        self._found = scaled(part, self.coarse)
        self._mask[:] = part if part.shape == self._mask.shape else cv2.resize(part, self._mask.shape[::-1])

    def moved(self, step: tuple[float, float], to: Rim) -> Plane:
        """What was found, moved by so many pixels, in the coarse pixels of another rim as coarse as this one."""
        size = 1 << self.times
        across, down = (
            (here - there + far) / size for here, there, far in zip(self.window, to.window, step, strict=False)
        )
        way = np.array([[1, 0, across], [0, 1, down]], np.float32)
        result: Plane = cv2.warpAffine(self._found, way, to.coarse, borderMode=cv2.BORDER_REPLICATE)
        return result

    def clean(self, *, beyond: bool = False) -> None:
        """Take what is behind out of the picture's colours, in place, where the mask covers them but in part.

        `beyond` does so a pixel further out too: for who scales a transparent picture.
        """
        half = scaled(self._mask, self.planes[1].shape[::-1])
        partly = cv2.inRange(half, 1, 254)
        if beyond:
            partly = cv2.dilate(partly, np.ones((3, 3), np.uint8))
        # These are few: the whole window would take several times as long.
        spots = np.flatnonzero(partly.view(bool))
        down, across = np.divmod(spots, half.shape[1])
        if not spots.size:
            return
        front, apart = self._colors(half.shape, down, across)
        fours = _fours(self._mask.shape, down, across)
        for number, (plane, mask, places) in enumerate(
            zip(self.planes, (self._mask, half, half), (fours, spots, spots), strict=True)
        ):
            opaque = np.take(mask, places) * np.float32(1 / 255)
            made = front[:, number] + opaque * apart[:, number]
            made += (np.take(plane, places) - made) * opaque
            np.put(plane, places, cv2.add(made, 0, dtype=cv2.CV_8U))

    def _colors(self, shape: tuple[int, ...], down: Any, across: Any) -> tuple[Values, Values]:
        """The three colours in front at places of the planes of colours, and how those behind differ: (n, 3) each."""
        inside = _values(self._mask, self._widest) / np.float32(255)
        colors = cv2.merge([np.ones_like(inside), *(_values(plane, self._widest) for plane in self._small)])
        front, back = (_carried_on(colors, weight) for weight in (inside, np.float32(1) - inside))
        scale = self._widest[0] / shape[1], self._widest[1] / shape[0]
        x, y = (
            (place * each + (each - 1) / 2).astype(np.float32)
            for place, each in zip((across, down), scale, strict=True)
        )
        front, apart = (
            cv2.remap(each, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1, 3)
            for each in (front, front - back)
        )
        return front, apart


class _Guided:
    """A guided filter with three planes as its guide: `wide` is the size of the grid on which it is solved."""

    def __init__(self, guide: Sequence[Values], wide: tuple[int, int]) -> None:
        self._guide, self._wide = guide, wide
        self._means = [self._mean(plane) for plane in guide]
        a, b, c, d, e, f = (self._spread(*pair) for pair in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)))
        a, d, f = (plane + noise for plane, noise in zip((a, d, f), _NOISE, strict=True))
        # The inverse of the symmetric matrix of covariances, by its cofactors.
        ia, ib, ic = d * f - e * e, c * e - b * f, b * e - c * d
        scale = np.float32(1) / (a * ia + b * ib + c * ic)
        id_, ie, if_ = a * f - c * c, b * c - a * e, a * d - b * b
        self._inverse = [[x * scale for x in row] for row in ((ia, ib, ic), (ib, id_, ie), (ic, ie, if_))]

    def _mean(self, plane: Values) -> Values:
        result: Values = cv2.blur(cv2.resize(plane, self._wide, interpolation=cv2.INTER_AREA), (3, 3))
        return result

    def _spread(self, one: int, other: int) -> Values:
        result: Values = self._mean(self._guide[one] * self._guide[other]) - self._means[one] * self._means[other]
        return result

    def by(self, mask: Values) -> Values:
        """How the mask comes from the planes in each place: a factor for each of them, and what is added."""
        mean = self._mean(mask)
        shared = [self._mean(plane * mask) - one * mean for plane, one in zip(self._guide, self._means, strict=True)]
        factors = [_dot(row, shared) for row in self._inverse]
        return np.stack([cv2.blur(plane, (3, 3)) for plane in (*factors, mean - _dot(factors, self._means))])


def _carried_on(colors: Values, weight: Values) -> Values:
    """Colours carried on from where they have weight, the nearest counting most; the first channel is 1."""
    weighted = colors * (weight * weight)[..., None] ** 2
    near, far, farthest = (cv2.blur(weighted, (side, side)) for side in (3, 9, 27))
    spread = near + far * np.float32(0.03) + farthest * np.float32(0.001)
    result: Values = spread[..., 1:] / (spread[..., :1] + np.float32(1e-9))
    return result


def _fours(shape: tuple[int, ...], down: Any, across: Any) -> Any:
    """Where in a plane of this shape the four pixels are that share each of these pixels of a plane half the size."""
    rows = np.minimum(2 * down + np.array([[0], [0], [1], [1]]), shape[0] - 1)
    columns = np.minimum(2 * across + np.array([[0], [1], [0], [1]]), shape[1] - 1)
    return rows * shape[1] + columns


def _dot(row: Sequence[Values], column: Sequence[Values]) -> Values:
    a, b, c = row
    x, y, z = column
    result: Values = a * x + b * y + c * z
    return result


def _mixed(factors: Values, planes: Sequence[NDArray[Any]], size: tuple[int, int]) -> Values:
    """The mask that factors on a coarse grid make of planes of this size."""
    result: Values = cv2.resize(factors[-1], size)
    for factor, plane in zip(factors, planes, strict=False):
        result += cv2.multiply(plane, cv2.resize(factor, size), dtype=cv2.CV_32F)
    return result


def _steeper(factors: Values, times: float) -> Values:
    """What gives a mask with an edge so many times as steep, in the same place."""
    factors = factors * np.float32(times)
    factors[-1] -= np.float32((times - 1) / 2)
    return factors


def _values(plane: Plane, size: tuple[int, int]) -> Values:
    return scaled(plane, size).astype(np.float32)


def _halved(size: tuple[int, int], times: int) -> tuple[int, int]:
    return max(1, size[0] >> times), max(1, size[1] >> times)


def _widened(window: Window, times: int, shape: tuple[int, ...]) -> Window:
    """A window with a margin, its sides multiples of coarse pixels where the picture goes on."""
    left, top, right, bottom = window
    margin, step = _MARGIN << times, 2 << times
    return (
        max(0, (left - margin) // step * step),
        max(0, (top - margin) // step * step),
        min(shape[1], -(-(right + margin) // step) * step),
        min(shape[0], -(-(bottom + margin) // step) * step),
    )

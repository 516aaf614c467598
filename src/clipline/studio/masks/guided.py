"""A guided filter: a coarse mask made to follow the edges of a picture.

In each small place it finds which mix of brightness and colours tells inside from outside (He, Sun, Tang: Guided Image
Filtering, 2013), from statistics on a coarse grid (He, Sun: Fast Guided Filter, 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Plane

    Values: TypeAlias = NDArray[np.float32]

__all__ = ["Guided", "mixed"]

_NOISE = 5.0, 0.5, 0.5  # variances of brightness and colours that mean nothing
_STEEP = 1.5  # how much steeper an edge is than the filter gives it


class Guided:
    """The filter with three planes of one size as its guide: `grid` is the width and height at which it is solved."""

    def __init__(self, guide: Sequence[Plane], grid: tuple[int, int]) -> None:
        self._guide, self._grid = [plane.astype(np.float32) for plane in guide], grid
        self._means = [self._mean(plane) for plane in self._guide]
        a, b, c, d, e, f = (self._spread(*pair) for pair in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)))
        a, d, f = (plane + np.float32(noise) for plane, noise in zip((a, d, f), _NOISE, strict=True))
        # The inverse of the symmetric matrix of covariances, by its cofactors.
        ia, ib, ic = d * f - e * e, c * e - b * f, b * e - c * d
        id_, ie, if_ = a * f - c * c, b * c - a * e, a * d - b * b
        self._inverse = (ia, ib, ic), (ib, id_, ie), (ic, ie, if_)
        self._scale = np.float32(_STEEP) / _dot((a, b, c), (ia, ib, ic))

    def _mean(self, plane: Values) -> Values:
        result: Values = cv2.blur(cv2.resize(plane, self._grid, interpolation=cv2.INTER_AREA), (3, 3))
        return result

    def _spread(self, one: int, other: int) -> Values:
        result: Values = self._mean(self._guide[one] * self._guide[other]) - self._means[one] * self._means[other]
        return result

    def by(self, mask: Plane) -> list[Values]:
        """How a mask (0 to 255) comes from the planes in each place: a factor for each of them, and what is added."""
        values = mask.astype(np.float32)
        mean = self._mean(values)
        shared = [self._mean(plane * values) - one * mean for plane, one in zip(self._guide, self._means, strict=True)]
        factors = [_dot(row, shared) * self._scale for row in self._inverse]
        added = mean * np.float32(_STEEP) - _dot(factors, self._means) - np.float32(255 * (_STEEP - 1) / 2)
        return [cv2.blur(plane, (3, 3)) for plane in (*factors, added)]


def mixed(factors: Sequence[Values], planes: Sequence[Plane]) -> Plane:
    """The mask (0 to 255) that factors make of three planes of any size."""
    size = planes[0].shape[::-1]
    *each, result = (cv2.resize(plane, size) for plane in factors)
    for factor, plane in zip(each, planes, strict=True):
        result += cv2.multiply(plane, factor, dtype=cv2.CV_32F)
    mask: Plane = cv2.add(result, 0, dtype=cv2.CV_8U)
    return mask


def _dot(row: Sequence[Values], column: Sequence[Values]) -> Values:
    a, b, c = row
    x, y, z = column
    result: Values = a * x + b * y + c * z
    return result

"""The rim of a mask: made to follow the picture's own edges, and rid of the colours of what was behind.

A network's mask is coarser than the picture, and misses edges by some of its samples: a guided filter finds them. What
is seen in half-covered pixels is parted into front and back by blurred colours of both (Forte: Approximate Fast
Foreground Colour Estimation, 2021).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log2
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np

from clipline.studio.masks.guided import Guided, mixed
from clipline.studio.pictures.layers import part_of
from clipline.studio.pictures.scaling import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipline.studio.pictures.layers import Planes, Window
    from clipline.studio.pictures.picture import Picture, Plane

    Values: TypeAlias = NDArray[np.float32]

__all__ = ["Rim"]

_MARGIN = 8  # coarse pixels around a mask that are looked at
_COARSEST = 3  # times a picture is halved at most
_SPREAD = (3, 1.0), (9, 0.03), (27, 0.001)  # coarse pixels around a place, and what their colours count there
_AT_ONCE = 32_000  # places: OpenCV takes no larger side


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
        self._size = right - left, bottom - top
        self.coarse, self._wide, self._widest = (_halved(self._size, self.times + more) for more in (0, 1, 2))
        # Of a coarse mask the pixels of the colours are fine enough.
        luma, blue, red = self.planes
        self._fine = (
            (scaled(luma, blue.shape[::-1]), blue, red)
            if self.times > 1
            else (luma, scaled(blue, self._size), scaled(red, self._size))
        )
        self._small = [scaled(plane, self.coarse) for plane in (self._fine if self.times > 1 else self.planes)]
        self._found: Plane | None = None

    def follow(self, start: Plane, *, near: bool = False) -> None:
        """Fill the mask, its edge where the picture has one near to that of `start`, a mask in coarse pixels.

        `near` says that it is as near as it gets without being asked for twice.
        """
        guided = Guided(self._small, self._wide)
        factors = guided.by(start)
        if not near:  # a mask that is nearer to the edge already gives better factors
            factors = guided.by(mixed(factors, self._small))
        part = mixed(factors, self._fine)
        self._found = scaled(part, self.coarse)
        if self.times > 1:
            _double(part, self._mask)
        else:
            self._mask[:] = part

    def moved(self, step: tuple[float, float], to: Rim) -> Plane:
        """What was found, moved by so many pixels, in the coarse pixels of another rim as coarse as this one."""
        size = 1 << self.times
        across, down = (
            (here - there + far) / size for here, there, far in zip(self.window, to.window, step, strict=False)
        )
        way = np.array([[1, 0, across], [0, 1, down]], np.float32)
        result: Plane = cv2.warpAffine(self._found, way, to.coarse, borderMode=cv2.BORDER_REPLICATE)
        return result

    def clean(self) -> None:
        """Take what is behind out of the picture's colours, in place, where the mask covers them but in part.

        A pixel further out too, for who scales a transparent picture.
        """
        half = self._half()
        partly = cv2.dilate(cv2.inRange(half, 1, 254), np.ones((3, 3), np.uint8))
        for plane, places, _, made in self._partly(half, partly, clean=True):
            np.put(plane, places, cv2.add(made, 0, dtype=cv2.CV_8U))

    def over(self, behind: Planes, *, clean: bool) -> Planes:
        """Who is in the mask over other planes of the whole picture: the planes of the window.

        `clean` takes what is behind them in the picture out of their colours.
        """
        half = self._half()
        new = part_of(behind, self.window)
        # A pixel of the colours that is not covered has at most a trace of the mask in the four of the brightness.
        covered = cv2.compare(self._mask, 1, cv2.CMP_GT), half, half
        y, u, v = (
            cv2.copyTo(plane, cover, other.copy())
            for plane, cover, other in zip(self.planes, covered, new, strict=True)
        )
        partly = self._partly(half, cv2.inRange(half, 1, 254), clean=clean)
        for target, other, (_, places, opaque, front) in zip((y, u, v), new, partly, strict=False):
            there = np.take(other, places)
            made = there + (front - there) * opaque
            target.reshape(-1)[places] = cv2.add(made, 0, dtype=cv2.CV_8U)
        return y, u, v

    def _half(self) -> Plane:
        """The mask in pixels of the colours."""
        return scaled(self._mask, self.planes[1].shape[::-1])

    def _partly(self, half: Plane, partly: Plane, *, clean: bool) -> Iterator[tuple[Plane, Any, Values, Values]]:
        """For each plane where in it the pixels are that a mask of those of the colours marks, row by row.

        Yields the plane, the places in it, how opaque the mask is there, and what colour who is in front has.
        """
        # These are few: the whole window would take several times as long.
        spots = np.flatnonzero(partly.view(bool))
        down, across = np.divmod(spots, half.shape[1])
        if not spots.size:
            return
        fours = _fours(self._mask.shape, down, across)
        colors = self._colors(half, down, across) if clean else None
        for number, (plane, mask, places) in enumerate(
            zip(self.planes, (self._mask, half, half), (fours, spots[None], spots[None]), strict=True)
        ):
            opaque = np.take(mask, places) * np.float32(1 / 255)
            seen = np.take(plane, places).astype(np.float32)
            if colors is not None:
                front, apart = (each[:, number] for each in colors)
                made = front + opaque * apart
                seen -= made
                seen *= opaque
                seen += made
            yield plane, places, opaque, seen

    def _colors(self, half: Plane, down: Any, across: Any) -> tuple[Values, Values]:
        """The three colours in front at places of the planes of colours, and how those behind differ: (n, 3) each."""
        inside = scaled(half, self._widest) * np.float32(1 / 255)
        weights = cv2.merge([inside, np.float32(1) - inside]) ** 4
        colors = np.ones((*inside.shape, 1, 4), np.float32)
        colors[..., 0, 1:] = scaled(cv2.merge(self._small), self._widest)
        weighted = (weights[..., None] * colors).reshape(*inside.shape, -1)
        spread: Any = sum(cv2.blur(weighted, (side, side)) * np.float32(counts) for side, counts in _SPREAD)
        spread = spread.reshape(*inside.shape, 2, 4)
        both = spread[..., 1:] / (spread[..., :1] + np.float32(1e-9))
        front, back = both[..., 0, :], both[..., 1, :]
        scale = self._widest[0] / half.shape[1], self._widest[1] / half.shape[0]
        x, y = (
            (place * each + (each - 1) / 2).astype(np.float32)
            for place, each in zip((across, down), scale, strict=True)
        )
        front, apart = (_sampled(each, x, y) for each in (np.ascontiguousarray(front), front - back))
        return front, apart


def _sampled(values: Values, x: Values, y: Values) -> Values:
    """The values of shape (height, width, 3) at places between pixels: (n, 3), a few at a time as OpenCV wants it."""
    seen = [
        cv2.remap(
            values, x[at : at + _AT_ONCE], y[at : at + _AT_ONCE], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for at in range(0, max(1, len(x)), _AT_ONCE)
    ]
    return np.concatenate([part.reshape(-1, 3) for part in seen])


def _double(plane: Plane, into: Plane) -> None:
    """Fill a plane with one half as large, its edges soft: for a third of what interpolation costs."""
    height, width = into.shape
    pairs = cv2.merge([plane, plane]).reshape(len(plane), -1)
    wide = np.empty((2 * len(plane), pairs.shape[1]), np.uint8)
    wide[::2] = wide[1::2] = pairs
    cv2.blur(wide[:height, :width], (3, 3), into)


def _fours(shape: tuple[int, ...], down: Any, across: Any) -> Any:
    """Where in a plane of this shape the four pixels are that share each of these pixels of a plane half the size."""
    rows = np.minimum(2 * down + np.array([[0], [0], [1], [1]]), shape[0] - 1)
    columns = np.minimum(2 * across + np.array([[0], [1], [0], [1]]), shape[1] - 1)
    return rows * shape[1] + columns


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

"""Counts flashes that may harm people with photosensitive epilepsy.

The rule is that of WCAG 2.3.1 and ITU-R BT.1702: a flash is a pair of opposing changes of the relative luminance by a
tenth of white or more, the darker state below 0.8 (20 and 160 cd/m2 where white has 200), or a pair of opposing changes
from and to a saturated red. What counts is how many there are in any second over more than a quarter of the picture.

The picture is looked at in cells. A change counts where enough cells make it together, in one direction within 1/25 s,
so that things that merely move across the picture are no flash. Patterns of stripes, which BT.1702 speaks of too, and
the luminance of HDR pictures are not measured: this is a first look, and no certificate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import ColorSpace, Plane

    Cells = NDArray[np.float32]
    Mask = NDArray[np.bool_]

__all__ = ["FlashWatch", "Flashing"]

_CELLS = (32, 18)
_AREA = 0.25  # the part of the picture that must flash
_TOGETHER = 1 / 25  # seconds
_CHANGE, _DARK = 0.1, 0.8  # of the relative luminance
_RED_CHANGE, _SATURATED = 20 / 320, 0.8  # of R - G - B, and R's part of R + G + B (Harding and Binnie 2002)
_NEARLY = 0.05  # below which a red is not saturated at all: so much less, so that noise makes no changes
_AT_ONCE = 32  # frames
_CLOSE = 1e-6  # seconds by which sums of times may be off


@dataclass(frozen=True, slots=True)
class Flashing:
    """So many `flashes` between two times in seconds that lie within one second."""

    start: float
    end: float
    flashes: float


class FlashWatch:
    """Looks at one frame after the other; `found()` tells what flashed, by the time at which it ended."""

    def __init__(self) -> None:
        self._luminance, self._red = _Counter(_CHANGE), _Counter(_RED_CHANGE)
        self._found: list[Flashing] = []
        self._waiting: list[tuple[float, Plane]] = []
        self._space: ColorSpace | None = None

    def look(self, planes: Sequence[Plane], space: ColorSpace, time: float) -> None:
        """Take the next frame: brightness and both colours, each of shape (height, width)."""
        if space != self._space or len(self._waiting) >= _AT_ONCE:
            self._take()
            self._space = space
        self._waiting.append((time, np.stack([_in_cells(plane) for plane in planes])))

    def found(self) -> list[Flashing]:
        """What has flashed so far."""
        self._take()
        return self._found

    def _take(self) -> None:
        """Count in the frames that wait; together, since each alone is little work in many steps."""
        if self._space is None or not self._waiting:
            return
        cells = np.stack([cells for _, cells in self._waiting], axis=1).astype(np.float32)
        rgb = _linear_rgb(cells, self._space)
        # A change to above 0.9 counts as one to 0.9, so that one from 0.8 or above can never be large enough.
        luminance = np.minimum(rgb @ _WEIGHTS, _DARK + _CHANGE - 1e-4)
        for (time, _), light, red in zip(self._waiting, luminance, _redness(rgb), strict=True):
            steps = self._luminance.step(light, time), self._red.step(red, time)
            self._found += [found for found in steps if found is not None]
        self._waiting.clear()


def _in_cells(plane: Plane) -> Plane:
    """The mean of each cell, of 16 of its pixels."""
    import cv2

    few = cv2.resize(plane, (4 * _CELLS[0], 4 * _CELLS[1]), interpolation=cv2.INTER_NEAREST)
    cells: Any = cv2.resize(few, _CELLS, interpolation=cv2.INTER_AREA)
    return cells  # type: ignore[no-any-return]


def _linear_rgb(planes: Cells, space: ColorSpace) -> Cells:
    """Cells as linear red, green and blue from 0 to 1 in a last dimension, by the curve of sRGB as WCAG says."""
    y, u, v = planes
    red, blue = _COEFFICIENTS[space.matrix]
    scale, black = (1.0, 0.0) if space.full_range else (255 / 219, 16.0)
    colors = 1.0 if space.full_range else 255 / 224
    light, cb, cr = (y - black) * scale, (u - 128) * colors, (v - 128) * colors
    r, b = light + 2 * (1 - red) * cr, light + 2 * (1 - blue) * cb
    g = (light - red * r - blue * b) / (1 - red - blue)
    return _SRGB[np.clip(np.stack((r, g, b), axis=-1) + 0.5, 0, 255).astype(np.uint8)]


def _redness(rgb: Cells) -> Cells:
    """How far red stands above green and blue, 0 where it is not saturated."""
    total = np.maximum(rgb.sum(axis=-1), 1e-3)
    saturated = np.clip((rgb[..., 0] / total - _SATURATED) / _NEARLY + 1, 0, 1)
    return np.maximum(rgb[..., 0] - rgb[..., 1] - rgb[..., 2], 0) * saturated  # type: ignore[no-any-return]


#: The parts of red and blue in the luma of each matrix.
_COEFFICIENTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
_NONE = np.zeros(_CELLS[::-1], np.bool_)
_LEVELS = np.arange(256, dtype=np.float32) / 255
_SRGB = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)


@dataclass(slots=True)
class _Counter:
    """Counts in every cell how often one quantity turned in the last second, and over how much of the picture.

    `low` and `high` are what a cell had since it last turned, and `turned` is 1 where that was upwards, -1 downwards.
    `recent` has what turned within 1/25 s (up and down) and what of it was counted.
    """

    change: float
    low: Cells = field(init=False)
    high: Cells = field(init=False)
    turned: NDArray[np.int8] | None = None
    counts: NDArray[np.int16] = field(init=False)
    recent: deque[tuple[float, tuple[Mask, Mask], list[Mask]]] = field(default_factory=deque)
    counted: deque[tuple[float, Mask]] = field(default_factory=deque)

    def step(self, values: Cells, time: float) -> Flashing | None:
        """Take the next values; what has just flashed."""
        if self.turned is None:
            self.low, self.high, self.turned = values.copy(), values.copy(), np.zeros(values.shape, np.int8)
            self.counts = np.zeros(values.shape, np.int16)
            return None
        if not (values.any() or self.high.any()):
            return None  # as nearly always, for red
        rose, fell = self._turns(values, self.turned)
        if not (rose.any() or fell.any()):
            return None
        self._forget(time)
        self.recent.append((time, (rose, fell), [_NONE, _NONE]))
        if not (self._count(0) | self._count(1)):
            return None
        flashes = self._flashes()
        return Flashing(self.counted[0][0], time, flashes) if flashes >= 1 else None

    def _turns(self, values: Cells, turned: NDArray[np.int8]) -> tuple[Mask, Mask]:
        """Where the values have just turned upwards, and where downwards."""
        np.minimum(self.low, values, out=self.low)
        np.maximum(self.high, values, out=self.high)
        rose = (turned <= 0) & (values - self.low >= self.change)
        fell = (turned >= 0) & (self.high - values >= self.change) & ~rose
        for mask, way in ((rose, 1), (fell, -1)):
            turned[mask], self.low[mask], self.high[mask] = way, values[mask], values[mask]
        return rose, fell

    def _forget(self, time: float) -> None:
        while self.recent and self.recent[0][0] <= time - _TOGETHER + _CLOSE:
            self.recent.popleft()
        while self.counted and self.counted[0][0] <= time - 1 + _CLOSE:
            self.counts -= self.counted.popleft()[1]

    def _count(self, way: int) -> bool:
        """Count what enough cells do together in one way (0 up, 1 down), each cell once; whether there was any."""
        together: Mask = np.logical_or.reduce([turns[way] for _, turns, _ in self.recent])
        if together.mean() <= _AREA:
            return False
        new: Mask = together & ~np.logical_or.reduce([counted[way] for _, _, counted in self.recent])
        time, _, counted = self.recent[-1]
        counted[way] = new
        self.counts += new
        self.counted.append((time, new))
        return True

    def _flashes(self) -> float:
        """How many flashes more than the area had in the last second: half as many as changes."""
        cells = self.counts.ravel()
        at = cells.size - 1 - int(_AREA * cells.size)
        return float(np.partition(cells, at)[at]) / 2

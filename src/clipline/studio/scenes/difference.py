"""Where a picture differs from the empty scene, found in a coarse version of both, and that scene in its light."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import TYPE_CHECKING, Any

from clipline.studio.pictures.box import Box
from clipline.studio.pictures.layers import part_of
from clipline.studio.pictures.light import Light, fit_light, lit
from clipline.studio.pictures.picture import Finding, Picture
from clipline.studio.pictures.scaling import halved
from clipline.studio.scenes.plate import Plate

if TYPE_CHECKING:
    from clipline.studio.pictures.layers import Planes, Window
    from clipline.studio.pictures.picture import Plane

__all__ = ["EmptyScene", "coarse", "disc", "halvings"]

_WIDTH = 400  # a coarse picture is about this wide
_COLOR = 1.5  # how much more a difference of colour counts than one of brightness
_RANGE = 3  # times the range of the middle half is as far as a place that moves by itself differs
_CALM = 6  # levels by which places differ, at most, that tell of the light
_EVEN = 0.3  # levels by which they may differ on average in one light


class EmptyScene:
    """The plate as a still camera sees it, in coarse pixels, and the way between these and pixels of the picture.

    `size` is width and height in coarse pixels; `hidden` is 255 where the plate was never seen, `restless` by how many
    levels it differs there from itself at other times.
    """

    #: Whether the last picture could not be laid on the plate.
    lost = False
    #: Whether much lies nearer or further than the plate has it: differences do not tell people from that.
    deep = False

    def __init__(self, plate: Plate) -> None:
        import cv2

        height, width = plate.y.shape
        self._planes = plate.y, plate.u, plate.v
        self._fit_grid(width, height)
        self._plain = coarse(self._planes, self._halvings)
        hidden = cv2.resize(plate.hidden, self.size, interpolation=cv2.INTER_AREA)
        self.hidden: Plane = cv2.compare(hidden, 0, cv2.CMP_GT)
        self.restless[:] = cv2.resize(plate.restless, self.size, interpolation=cv2.INTER_AREA)

    def _fit_grid(self, width: int, height: int) -> None:
        """Make the coarse pixels for pictures of this size."""
        import numpy as np

        self._whole = width, height
        self._halvings = halvings(width)
        self.size = width >> self._halvings, height >> self._halvings
        self.restless: Plane = np.zeros(self.size[::-1], np.uint8)
        self._light = Light()
        self._shown: Planes | None = None

    def differs(self, picture: Picture, people: Plane | None = None) -> Plane:
        """By how many levels each coarse pixel differs from the plate; 0 where the plate was never seen.

        The plate is brought into the light of the picture first, by all that is not in `people` (255, coarse).
        """
        import cv2

        now = coarse((picture.y, picture.u, picture.v), self._halvings)
        known = cv2.bitwise_not(self.hidden if people is None else cv2.bitwise_or(self.hidden, people))
        plain = lit(self._plain, self._light)
        if not _alike(plain, now, known):
            self._light = fit_light(self._plain, now, known) or self._light
            plain = lit(self._plain, self._light)
        y, u, v = (cv2.absdiff(one, other) for one, other in zip(plain, now, strict=True))
        result = cv2.max(y, cv2.convertScaleAbs(cv2.max(u, v), alpha=_COLOR))
        known = cv2.bitwise_not(self.hidden)
        seen: Plane = cv2.bitwise_and(result, known)
        return seen

    def unusual(self, differs: Plane) -> Plane:
        """By how many levels each coarse pixel differs beyond what it does by itself."""
        import cv2

        beyond: Plane = cv2.subtract(differs, cv2.convertScaleAbs(self.restless, alpha=_RANGE))
        return beyond

    def show(self, window: Window) -> Planes:
        """Planes of the picture's size that hold, in a window (even left and top), the plate in the picture's light."""
        if self._light.plain:
            return self._planes
        return self._held(lit(part_of(self._planes, window), self._light), window)

    def _held(self, parts: Planes, window: Window) -> Planes:
        """Planes of the picture's size with these parts in a window of them."""
        import numpy as np

        if self._shown is None:
            (width, height), half = self._whole, ((self._whole[1] + 1) // 2, (self._whole[0] + 1) // 2)
            self._shown = np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)
        for target, part in zip(part_of(self._shown, window), parts, strict=True):
            target[:] = part
        return self._shown

    def findings(self) -> Sequence[Finding]:
        """What is known of how well pictures lie on the plate."""
        return ()

    def cells(self, box: Box) -> tuple[slice, slice]:
        """The coarse pixels that a box touches: rows before columns, for indexing."""
        size = 1 << self._halvings
        rows = slice(max(0, int(box.top / size)), max(0, int(box.bottom / size) + 1))
        return rows, slice(max(0, int(box.left / size)), max(0, int(box.right / size) + 1))

    def box(self, x: int, y: int, width: int, height: int) -> Box:
        """A rectangle of coarse pixels as a box of the picture."""
        size = 1 << self._halvings
        return Box(x * size, y * size, (x + width) * size, (y + height) * size)

    def window(self, x: int, y: int, width: int, height: int) -> Window:
        """The same as pixels, even left and top, to the border where it ends there: left, top, right, bottom."""
        size = 1 << self._halvings
        right = self._whole[0] if x + width == self.size[0] else (x + width) * size
        bottom = self._whole[1] if y + height == self.size[1] else (y + height) * size
        return x * size // 2 * 2, y * size // 2 * 2, right, bottom


def halvings(width: int) -> int:
    """How often pictures of a width are halved to be coarse."""
    return max(0, round(log2(width / _WIDTH)))


def coarse(planes: Planes, times: int) -> Planes:
    """Planes halved so many times, all as large as the luma."""
    import cv2

    y, u, v = planes
    for _ in range(times):
        y = halved(y)
    for _ in range(times - 1):
        u, v = halved(u), halved(v)
    size = y.shape[::-1]
    # Odd sides leave the colours a pixel larger or smaller than the luma.
    u, v = (cv2.resize(plane, size) if plane.shape != y.shape else plane for plane in (u, v))
    return y, u, v


def _alike(plain: Planes, now: Planes, where: Plane) -> bool:
    """Whether two pictures are seen in one light: for a tenth of what it costs to find another one.

    Neither dark nor bright places differ on average, nor do the colours; every second line is enough to see that.
    """
    import cv2

    (y, u, v), (luma, blue, red), where = (each[::2] for each in plain), (each[::2] for each in now), where[::2]
    calm = cv2.bitwise_and(where, cv2.compare(cv2.absdiff(y, luma), _CALM, cv2.CMP_LE))
    bright = cv2.bitwise_and(calm, cv2.compare(y, cv2.mean(y, calm)[0], cv2.CMP_GT))
    seen = (y, luma, bright), (y, luma, cv2.subtract(calm, bright)), (u, blue, calm), (v, red, calm)
    return all(abs(cv2.mean(one, mask)[0] - cv2.mean(other, mask)[0]) < _EVEN for one, other, mask in seen)


def disc(size: int) -> Any:
    """A round structuring element so many pixels across."""
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))

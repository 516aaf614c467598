"""Where a picture differs from the empty scene, found in a coarse version of both."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any

from clipline.studio.detect import Box
from clipline.studio.picture import Picture
from clipline.studio.plate import Plate
from clipline.studio.scaling import halved

if TYPE_CHECKING:
    from clipline.studio.picture import Plane

__all__ = ["EmptyScene", "disc"]

_WIDTH = 400  # a coarse picture is about this wide
_COLOR = 1.5  # how much more a difference of colour counts than one of brightness


class EmptyScene:
    """The plate in coarse pixels, and the way between these and pixels of the picture.

    `size` is width and height in coarse pixels; `hidden` is 255 where the plate was never seen.
    """

    def __init__(self, plate: Plate) -> None:
        import cv2

        height, width = plate.y.shape
        self._halvings = max(0, round(log2(width / _WIDTH)))
        self._whole = width, height
        self._y, self._u, self._v = self._coarse(plate.y, plate.u, plate.v)
        self.size: tuple[int, int] = self._y.shape[::-1]
        hidden = cv2.resize(plate.hidden, self.size, interpolation=cv2.INTER_AREA)
        self.hidden: Plane = cv2.compare(hidden, 0, cv2.CMP_GT)
        self._any_hidden = bool(self.hidden.any())

    def _coarse(self, y: Plane, u: Plane, v: Plane) -> list[Plane]:
        import cv2

        for _ in range(self._halvings):
            y = halved(y)
        for _ in range(self._halvings - 1):
            u, v = halved(u), halved(v)
        size = y.shape[::-1]
        # Odd sides leave the colours a pixel larger or smaller than the luma.
        return [y, *(cv2.resize(plane, size) if plane.shape != y.shape else plane for plane in (u, v))]

    def differs(self, picture: Picture) -> Plane:
        """By how many levels each coarse pixel differs from the plate; 0 where the plate was never seen."""
        import cv2

        y, u, v = self._coarse(picture.y, picture.u, picture.v)
        color = cv2.max(cv2.absdiff(u, self._u), cv2.absdiff(v, self._v))
        result: Plane = cv2.max(cv2.absdiff(y, self._y), cv2.convertScaleAbs(color, alpha=_COLOR))
        if self._any_hidden:
            result[self.hidden > 0] = 0
        return result

    def cells(self, box: Box) -> tuple[slice, slice]:
        """The coarse pixels that a box touches: rows before columns, for indexing."""
        size = 1 << self._halvings
        rows = slice(max(0, int(box.top / size)), max(0, int(box.bottom / size) + 1))
        return rows, slice(max(0, int(box.left / size)), max(0, int(box.right / size) + 1))

    def box(self, x: int, y: int, width: int, height: int) -> Box:
        """A rectangle of coarse pixels as a box of the picture."""
        size = 1 << self._halvings
        return Box(x * size, y * size, (x + width) * size, (y + height) * size)

    def window(self, x: int, y: int, width: int, height: int) -> tuple[int, int, int, int]:
        """The same as pixels, even left and top, to the border where it ends there: left, top, right, bottom."""
        size = 1 << self._halvings
        right = self._whole[0] if x + width == self.size[0] else (x + width) * size
        bottom = self._whole[1] if y + height == self.size[1] else (y + height) * size
        return x * size // 2 * 2, y * size // 2 * 2, right, bottom


def disc(size: int) -> Any:
    """A round structuring element so many pixels across."""
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))

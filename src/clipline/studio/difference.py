"""Where a picture differs from the empty scene, found in a coarse version of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clipline.studio.detect import Box
from clipline.studio.picture import Picture
from clipline.studio.plate import Plate

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
        factor = max(1, round(width / _WIDTH))
        self.size = max(1, width // factor), max(1, height // factor)
        self._scale = self.size[0] / width, self.size[1] / height
        self._y, self._u, self._v = (self._coarse(plane) for plane in (plate.y, plate.u, plate.v))
        hidden = cv2.resize(plate.hidden, self.size, interpolation=cv2.INTER_AREA)
        self.hidden: Plane = cv2.compare(hidden, 0, cv2.CMP_GT)
        self._any_hidden = bool(self.hidden.any())

    def _coarse(self, plane: Plane) -> Any:
        import cv2

        return cv2.resize(plane, self.size, interpolation=cv2.INTER_AREA)

    def differs(self, picture: Picture) -> Plane:
        """By how many levels each coarse pixel differs from the plate; 0 where the plate was never seen."""
        import cv2

        y, u, v = (self._coarse(plane) for plane in (picture.y, picture.u, picture.v))
        color = cv2.max(cv2.absdiff(u, self._u), cv2.absdiff(v, self._v))
        result: Plane = cv2.max(cv2.absdiff(y, self._y), cv2.convertScaleAbs(color, alpha=_COLOR))
        if self._any_hidden:
            result[self.hidden > 0] = 0
        return result

    def cells(self, box: Box) -> tuple[slice, slice]:
        """The coarse pixels that a box touches: rows before columns, for indexing."""
        across, down = self._scale
        rows = slice(max(0, int(box.top * down)), max(0, int(box.bottom * down) + 1))
        return rows, slice(max(0, int(box.left * across)), max(0, int(box.right * across) + 1))

    def box(self, x: int, y: int, width: int, height: int) -> Box:
        """A rectangle of coarse pixels as a box of the picture."""
        across, down = self._scale
        return Box(x / across, y / down, (x + width) / across, (y + height) / down)


def disc(size: int) -> Any:
    """A round structuring element so many pixels across."""
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))

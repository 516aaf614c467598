"""Hides people and things in a rounded box around each, or puts an image in their place.

A box is what the detector is sure of: nothing of what is to be hidden shows where an outline would be found less well.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from clipline.clock import Clock
from clipline.studio.edits.background import check_size
from clipline.studio.edits.changes import Change
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import SLACK, Track
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.layers import lay_over, paint, part_of
from clipline.studio.pictures.picture import ColorSpace, Finding, Picture, PictureOperation
from clipline.studio.reading.stills import still_colors

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["HiddenBoxes", "InPlace"]

_AROUND = 0.08  # of its sides is how much more than a box is hidden
_BORDER = 3  # pixels from the edge of the picture
_ROUND = 0.3  # of the shorter side is the radius of its corners
_STEADY = 1.15  # times as large a box may be, or as small, before it is hidden more coarsely or finely


class HiddenBoxes:
    """The operation: `process` for each picture of the clip, in order; `soft` is how the edges of its boxes are."""

    def __init__(
        self, survey: Survey, hidden: Sequence[Track], change: Change, clock: Clock, *, soft: bool = True
    ) -> None:
        self._survey, self._hidden, self._change, self._clock = survey, hidden, change, clock
        self._soft = soft
        self._sides: dict[int, float] = {}  # of whom a change was told which side last

    def process(self, picture: Picture) -> Picture:
        """The picture with these hidden."""
        self._clock.check()
        check_size(picture, self._survey.size)
        for number, track in enumerate(self._hidden):
            box = track.around(picture.time, self._survey.margin, SLACK)
            if box is not None:
                self._hide(picture, box, self._steady(number, min(box.width, box.height)))
        return picture

    def _steady(self, number: int, side: float) -> float:
        """At least the side of somebody's box, as it was before while that is about the same."""
        before = self._sides.get(number, 0.0)
        if not side <= before <= _STEADY**2 * side:
            self._sides[number] = _STEADY * side
        return self._sides[number]

    def _hide(self, picture: Picture, box: Box, side: float) -> None:
        window = box.grown(box.width * _AROUND, box.height * _AROUND).window(*self._survey.size)
        width, height = _size(window)
        if width < 2 or height < 2:
            return
        planes = picture.y, picture.u, picture.v
        made, mask = self._change(planes, window, side), _rounded(window, self._survey.size, soft=self._soft)
        if self._soft:
            lay_over(part_of(planes, window), made, mask, (0, 0, width, height))
        else:
            paint(planes, made, mask, window)

    def findings(self) -> Sequence[Finding]:
        """Nothing: what is hidden is hidden."""
        return ()


def _size(window: tuple[int, int, int, int]) -> tuple[int, int]:
    return window[2] - window[0], window[3] - window[1]


def _rounded(window: tuple[int, int, int, int], size: tuple[int, int], *, soft: bool) -> Plane:
    """A mask of a box with round, perhaps soft edges; at the border of a picture of this size it goes on beyond."""
    import cv2
    import numpy as np

    width, height = _size(window)
    mask = np.zeros((height, width), np.uint8)
    side = min(width, height)
    edge, corner = max(1, round(side * 0.02)) if soft else 0, max(1, round(side * _ROUND))
    left, top = (-2 * corner if at <= 0 else 0 for at in window[:2])
    right, bottom = (
        length - 1 + (2 * corner if at >= whole else 0)
        for length, at, whole in zip((width, height), window[2:], size, strict=True)
    )
    for inset, other in ((edge, corner), (corner, edge)):
        cv2.rectangle(mask, (left + inset, top + other), (right - inset, bottom - other), 255, -1)
    for x in (left + corner, right - corner):
        for y in (top + corner, bottom - corner):
            cv2.circle(mask, (x, y), corner - edge, 255, -1)
    return cast("Plane", cv2.blur(mask, (2 * edge + 1, 2 * edge + 1))) if soft else mask


class InPlace:
    """The operation that takes some out and puts an image where each was: as high and wide as fits, on its bottom."""

    def __init__(
        self, removal: PictureOperation, survey: Survey, gone: Sequence[Track], image: Path, space: ColorSpace
    ) -> None:
        self._removal, self._survey, self._gone = removal, survey, gone
        self._planes, self._alpha = _read(image, space)

    def process(self, picture: Picture) -> Picture:
        """The picture with the image instead of each of them."""
        picture = self._removal.process(picture)
        for track in self._gone:
            if (box := track.at(picture.time, self._survey.margin)) is not None:
                self._put(picture, box, full=max(each.width for each in track.boxes) / self._alpha.shape[1])
        return picture

    def findings(self) -> Sequence[Finding]:
        """What is known of the removal."""
        return self._removal.findings()

    def _put(self, picture: Picture, box: Box, *, full: float) -> None:
        import cv2
        import numpy as np

        height, width = self._alpha.shape
        scale = min(box.width / width, box.height / height)
        x = box.center[0] - width * scale / 2
        # Of one half out of the picture the box is narrow; the image goes out with it instead of shrinking.
        if box.left < _BORDER or box.right > self._survey.size[0] - _BORDER:
            scale = min(box.height / height, full)
            x = box.right - width * scale if box.left < _BORDER else box.left
        y = box.bottom - height * scale
        place = Box(x, y, x + width * scale, box.bottom)
        left, top, right, bottom = window = place.window(*self._survey.size)
        if right - left < 2 or bottom - top < 2 or place.inside(*self._survey.size).area < 4:
            return
        # Made smaller first, so that details are averaged; the rest of the way is but moved.
        size = max(1, round(width * min(scale, 1.0))), max(1, round(height * min(scale, 1.0)))
        way = np.array([[max(scale, 1.0), 0, x - left], [0, max(scale, 1.0), y - top]], np.float32)

        def placed(plane: Plane, border: int = cv2.BORDER_REPLICATE) -> Plane:
            small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
            result: Plane = cv2.warpAffine(small, way, _size(window), borderMode=border)
            return result

        half = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
        below = picture.y[top:bottom, left:right], picture.u[half], picture.v[half]
        luma, *colors = (placed(plane) for plane in self._planes)
        blue, red = (cv2.resize(c, below[1].shape[::-1], interpolation=cv2.INTER_AREA) for c in colors)
        lay_over(below, (luma, blue, red), placed(self._alpha, cv2.BORDER_CONSTANT), (0, 0, *_size(window)))


def _read(path: Path, space: ColorSpace) -> tuple[tuple[Plane, Plane, Plane], Plane]:
    """An upright image as three planes of its whole size, and how opaque it is (0 to 255).

    Raises:
        InputError: it cannot be read.
    """
    import numpy as np

    rgba = still_colors(path).astype(np.float32)
    kr, kb = (0.2126, 0.0722) if space.matrix == "bt709" else (0.299, 0.114)
    red, green, blue, alpha = np.moveaxis(rgba, -1, 0)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    scale, low, wide = (1.0, 0, 1.0) if space.full_range else (219 / 255, 16, 224 / 255)
    planes = (
        luma * scale + low,
        (blue - luma) / (2 * (1 - kb)) * wide + 128,
        (red - luma) / (2 * (1 - kr)) * wide + 128,
    )
    y, u, v = (np.clip(np.rint(plane), 0, 255).astype(np.uint8) for plane in planes)
    return (y, u, v), alpha.astype(np.uint8)

"""Hides people and things in a rounded box around each, or puts an image in their place.

A box is what the detector is sure of: nothing of what is to be hidden shows where an outline would be found less well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clipline.clock import Clock
from clipline.studio.edits.background import check_size
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.layers import lay_over
from clipline.studio.pictures.picture import ColorSpace, Finding, Picture, PictureOperation, yuv
from clipline.studio.pictures.scaling import halved, scaled
from clipline.studio.reading.stills import still_colors
from clipline.values import Color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.layers import Planes
    from clipline.studio.pictures.picture import Plane

__all__ = ["Change", "HiddenBoxes", "InPlace", "blurred", "colored", "made_up", "pixelated"]

#: Makes other planes of a part of a picture; told the shorter side of the box in pixels.
Change: TypeAlias = Callable[["Planes", float], "Planes"]

_AROUND = 0.08  # of its sides is how much more than a box is hidden
_SLACK = 0.12  # seconds by which somebody may be elsewhere than on the way between two looks
_BORDER = 3  # pixels from the edge of the picture
_ROUND = 0.3  # of the shorter side is the radius of its corners
_SHARES = 1, 2, 2  # of the brightness is how wide the pixels of the planes are
_SMALL = 24  # samples across and down of what is made up
_FINE = 2.0  # pixels of deviation are enough in a plane made smaller
_PER_SQUARE = 8  # pixels across a square are halved once more
_FINEST = 12  # squares, or blurs, across the shorter side at most: more would let it be recognised


def blurred(radius: float) -> Change:
    """A blur of this radius in pixels of the picture, stronger where the box is large."""

    def change(planes: Planes, side: float) -> Planes:
        deviation = max(1.0, radius / 2, side / _FINEST / 2)
        y, u, v = (_soft(plane, deviation / share) for plane, share in zip(planes, _SHARES, strict=True))
        return y, u, v

    return change


def _soft(plane: Plane, deviation: float) -> Plane:
    """A plane under a Gaussian blur, made in a smaller one where that shows as much."""
    import cv2

    height, width = plane.shape
    factor = 1 << max(0, int(log2(deviation / _FINE)))
    small = scaled(plane, (max(1, width // factor), max(1, height // factor))) if factor > 1 else plane
    soft: Plane = cv2.GaussianBlur(small, (0, 0), deviation / factor)
    return soft if factor == 1 else cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)


def pixelated(size: float) -> Change:
    """Squares of this size in pixels of the picture, larger where the box is large."""

    def change(planes: Planes, side: float) -> Planes:
        import cv2

        (height, width), square = planes[0].shape, max(2.0, size, side / _FINEST)
        few = max(1, round(width / square)), max(1, round(height / square))

        def squares(plane: Plane) -> Plane:
            fine = plane  # halved while that does not blend squares: scaling by area at once costs ten times as much
            while min(fine.shape[1] / few[0], fine.shape[0] / few[1]) >= _PER_SQUARE:
                fine = halved(fine)
            small = cv2.resize(fine, few, interpolation=cv2.INTER_AREA)
            result: Plane = cv2.resize(small, plane.shape[::-1], interpolation=cv2.INTER_NEAREST)
            return result

        return squares(planes[0]), squares(planes[1]), squares(planes[2])

    return change


def colored(color: Color, space: ColorSpace) -> Change:
    """One colour."""

    def change(planes: Planes, _side: float) -> Planes:
        import numpy as np

        y, u, v = (np.full_like(plane, value) for plane, value in zip(planes, yuv(color, space), strict=True))
        return y, u, v

    return change


def made_up(planes: Planes, _side: float) -> Planes:
    """What might be there: as smooth as can be between what is at the edges."""
    return _smooth(planes[0]), _smooth(planes[1]), _smooth(planes[2])


def _smooth(plane: Plane) -> Plane:
    import cv2
    import numpy as np

    small = cv2.resize(plane, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    edge, weights = _harmonic()
    small[~edge] = np.clip(np.rint(weights @ small[edge]), 0, 255)
    result: Plane = cv2.resize(small, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return result


@cache
def _harmonic() -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which samples of a small square are its edge, and what each counts in the others (Laplace)."""
    import numpy as np

    edge = np.ones((_SMALL, _SMALL), np.bool_)
    edge[1:-1, 1:-1] = False
    step = np.eye(_SMALL, k=1) + np.eye(_SMALL, k=-1)
    around = np.kron(step, np.eye(_SMALL)) + np.kron(np.eye(_SMALL), step)
    inner = ~edge.ravel()
    weights = np.linalg.solve(4 * np.eye(inner.sum()) - around[np.ix_(inner, inner)], around[np.ix_(inner, ~inner)])
    return edge, weights.astype(np.float32)


class HiddenBoxes:
    """The operation: `process` for each picture of the clip, in order."""

    def __init__(self, survey: Survey, hidden: Sequence[Track], change: Change, clock: Clock) -> None:
        self._survey, self._hidden, self._change, self._clock = survey, hidden, change, clock

    def process(self, picture: Picture) -> Picture:
        """The picture with these hidden."""
        self._clock.check()
        check_size(picture, self._survey.size)
        for track in self._hidden:
            box = track.at(picture.time, self._survey.margin)
            if box is not None:
                self._hide(picture, _with_slack(track, picture.time, box))
        return picture

    def _hide(self, picture: Picture, box: Box) -> None:
        left, top, right, bottom = window = box.grown(box.width * _AROUND, box.height * _AROUND).window(
            *self._survey.size
        )
        if right - left < 2 or bottom - top < 2:
            return
        half = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
        below = picture.y[top:bottom, left:right], picture.u[half], picture.v[half]
        side = min(box.width, box.height)
        lay_over(below, self._change(below, side), _rounded(window, self._survey.size), (0, 0, *_size(window)))

    def findings(self) -> Sequence[Finding]:
        """Nothing: what is hidden is hidden."""
        return ()


def _size(window: tuple[int, int, int, int]) -> tuple[int, int]:
    return window[2] - window[0], window[3] - window[1]


def _with_slack(track: Track, time: float, box: Box) -> Box:
    """The box with where it is a moment before and after."""
    for moment in (time - _SLACK, time + _SLACK):
        other = track.at(moment)
        box = box.joined(other) if other else box
    return box


def _rounded(window: tuple[int, int, int, int], size: tuple[int, int]) -> Plane:
    """A mask of a box with round corners and a soft edge; at the border of a picture of this size it goes on beyond."""
    import cv2
    import numpy as np

    width, height = _size(window)
    mask = np.zeros((height, width), np.uint8)
    side = min(width, height)
    edge, corner = max(1, round(side * 0.02)), max(1, round(side * _ROUND))
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
    result: Plane = cv2.blur(mask, (2 * edge + 1, 2 * edge + 1))
    return result


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

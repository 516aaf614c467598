"""Cuts people out: a soft mask of each person, made by a network from a crop around the person's box.

The network was made for people who fill the picture; given a crop it works at any distance. Its mask is kept on a grid
that moves with the box, so that it can be averaged over time and used for the frames in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from clipline.studio.masks.apart import share
from clipline.studio.masks.follow import SIZE, Follower
from clipline.studio.masks.networks import load_network, rgb
from clipline.studio.masks.specks import without_specks, without_strays
from clipline.studio.pictures.box import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Picture, Plane

__all__ = ["Cutter", "Segmenter", "Silhouette", "combined", "view"]

_GRID = 256  # samples of a mask, across and down
_REACH = 1.45  # how much around a box the grid covers
_VIEWS = (1.2, 1.35)  # how much the network sees around the box, in turn: one alone errs at its borders
_YOUNG, _OLD = 0.06, 0.32  # seconds within which no mask is made anew, and after which every one is
_OLD_STILL = 0.8  # the same of one who has not gone farther than this share of their width: their shape stays
_STILL = 0.1
_ALIKE = 12.0  # levels by which a person may look different before the mask is old
_ASTRAY_ALIKE = 6.0  # and before points are doubted that lead elsewhere than the way of the box
_OTHER = 24.0  # and from which on nothing of the picture before is carried on
_UNKNOWN = 255.0
_GROWN = 0.15  # of its size is what a box may change by before the mask is old
_NARROW = 0.75  # of its height is the least width of what the network sees
_STEEP = 3.0  # how much steeper the edge is than the network gives it
_NEWEST = (1 + 1 / _STEEP) / 2  # how much the newest mask counts: those before it alone are too little to show
_MOST = 0.85  # of a box in the picture is as good as all of it
_SHOWN = 0.5  # of a mask of all of somebody must be in that of a part of them
_AROUND = 33  # samples of a grid across, by half of which a part may be elsewhere than when all was seen
_ASTRAY = 0.06  # of its width is how far off the way of a box points may lead there, or where they look different
_LITTLE = 0.3  # of it in the picture tells a network nothing
_DOUBTED = 0.12  # of a mask being other than before: then two of three have to say so
_ENTERED = 0.03  # of its height is what may come into the picture before the mask is old


class Cutter(Protocol):
    """Makes masks of one kind of things."""

    def mask(self, picture: Picture, window: tuple[int, int, int, int], /) -> NDArray[np.float32]:
        """How likely each place in a window shows such a thing: a square array of 0 to 1."""
        ...


class Segmenter:
    """Runs the network that makes masks of people. One thread at a time."""

    def __init__(self) -> None:
        self._session = load_network("person_mask")
        self._input = self._session.get_inputs()[0].name

    def mask(self, picture: Picture, window: tuple[int, int, int, int]) -> NDArray[np.float32]:
        """How likely each place in a window shows a person: an array (256, 256) of 0 to 1."""
        import numpy as np

        image = np.multiply(rgb(picture, window, (_GRID, _GRID)), np.float32(1 / 255), dtype=np.float32)
        result: NDArray[np.float32] = self._session.run(None, {self._input: image[None]})[0][0, :, :, 0]
        return result


class Silhouette:
    """The mask of one person, carried through the clip."""

    def __init__(self) -> None:
        self._grid: NDArray[np.float32] | None = None
        self._looked_at = self._place = Box(0, 0, 1, 1)
        self._whole: NDArray[np.float32] | None = None  # as it was when all of them was seen
        self._follower: Follower | None = None
        self._time, self._changed, self._entered = 0.0, _UNKNOWN, 0.0
        self._edged: Any = None
        self._wide: Plane | None = None  # the same at its size in the picture
        self._filled = 0, 0, 0, 0  # of its samples: the first and the end of those that are not 0
        self._looks = 0
        #: How far it has gone right and down since the picture before; None where that is not known.
        self.step: tuple[float, float] | None = None
        #: Whether the mask was made from the last picture.
        self.renewed = False

    def go_to(self, box: Box) -> None:
        """Take the mask to where the person is at another time, whenever that is; it is old there."""
        self._place = self._looked_at = box
        self._follower, self._time = None, -_OLD

    def follow(self, picture: Picture, box: Box) -> None:
        """Move the mask with the person to where it is in a later picture; with their `box` if they cannot be seen."""
        was = self._looked_at
        way = self._follower.way(picture) if self._follower else None
        expected = box.center[0] - was.center[0], box.center[1] - was.center[1]
        if way is None or (
            abs(way[0] - expected[0]) > _ASTRAY * box.width and (way[2] > _ASTRAY_ALIKE or _part(box, picture) < _MOST)
        ):
            way = *expected, _UNKNOWN  # points are lost, or stay with what is behind
        across, down, self._changed = way
        before, self._place = self._place, was.moved(across, down)
        known = self._changed < _OTHER
        self.step = (self._place.left - before.left, self._place.top - before.top) if known else None
        self.renewed = False
        # What was outside the picture at the look has no mask of its own, and shows once it has come in.
        (height, width), seen = picture.y.shape, view(was)
        sides = (across, -seen.left), (-across, seen.right - width), (down, -seen.top), (-down, seen.bottom - height)
        self._entered = max(min(side) for side in sides)

    def outdated(self, box: Box, time: float, *, crowded: bool = False) -> bool:
        """Whether a new mask is due, after `follow`: by its age, or since who is in `box` has changed or come in."""
        was, age = self._looked_at, time - self._time
        grown = max(abs(box.width / was.width - 1), abs(box.height / was.height - 1)) > _GROWN
        entered = self._entered > _ENTERED * was.height
        still = abs(self._place.left - was.left) <= _STILL * was.width
        changed = age >= _YOUNG and (crowded or self._changed > _ALIKE)
        unknown = self._grid is None or self._changed >= _UNKNOWN
        return unknown or grown or entered or changed or age >= (_OLD_STILL if still else _OLD)

    def look(
        self, picture: Picture, box: Box, segmenter: Cutter, *, others: Sequence[Box] = (), favor: float = 0.0
    ) -> None:
        """Renew the mask from a picture in which the person is in `box`.

        `others` are near and must not be taken for a part of this person; for them counts `favor` where it is not clear
        (`apart.share`).
        """
        import cv2
        import numpy as np

        height, width = picture.y.shape
        part, whole = _part(box, picture), view(box, _REACH)
        grid: Any = None if self._grid is None else _resampled(self._grid, view(self._place, _REACH), whole)
        own = share(picture, box, others, whole, _GRID, favor=favor) if others else None

        def seen(number: int) -> NDArray[np.float32]:
            window = view(box, _VIEWS[number % len(_VIEWS)]).window(width, height)
            fresh = _resampled(segmenter.mask(picture, window), Box(*window), whole)
            return fresh if own is None else np.minimum(fresh, own)

        if grid is None:
            grid = _newer(seen(1), seen(0))
        elif part > _LITTLE:
            fresh = seen(self._looks)
            if _difference(fresh, grid) > _DOUBTED:
                fresh = _median(fresh, seen(self._looks + 1), grid)
            grid = _newer(fresh, grid)
        if part >= _MOST:
            self._whole = grid
        elif self._whole is not None:
            grid = _better(grid, self._whole, whole, width)
        # A steeper edge than the network's own: from 0 to 255 over the middle third of its values.
        edged = np.clip(grid * (255 * _STEEP) - 127.5 * (_STEEP - 1), 0, 255).astype(np.uint8)
        self._edged = without_specks(without_strays(edged, _places(others, whole)) if others else edged)
        self._wide = None
        x, y, across, down = cv2.boundingRect(self._edged)
        self._filled = x, y, x + across, y + down
        self.renewed = True
        self._grid, self._place, self._looked_at = grid, box, box
        self._time = picture.time
        self._looks += 1
        window = whole.window(width, height)
        here = window[2] > window[0] and window[3] > window[1]
        self._follower = Follower(picture, window, self.sampled(window, SIZE)) if here else None

    @property
    def cell(self) -> float:
        """How many pixels a sample of the mask covers."""
        whole = view(self._place, _REACH)
        return max(whole.width, whole.height) / _GRID

    @property
    def extent(self) -> Box:
        """Where the mask is more than 0."""
        whole, (left, top, right, bottom) = view(self._place, _REACH), self._filled
        across, down = whole.width / _GRID, whole.height / _GRID
        return Box(
            whole.left + left * across, whole.top + top * down, whole.left + right * across, whole.top + bottom * down
        )

    def sampled(self, window: tuple[int, int, int, int], size: tuple[int, int]) -> Plane:
        """The mask (0 to 255) in a window of the picture, in so many samples across and down."""
        import cv2
        import numpy as np

        whole, (left, top, right, bottom) = view(self._place, _REACH), window
        across, down = (right - left) / size[0], (bottom - top) / size[1]
        x, y = _GRID / whole.width, _GRID / whole.height
        way = np.array(
            [
                [across * x, 0, (left + across / 2 - whole.left) * x - 0.5],
                [0, down * y, (top + down / 2 - whole.top) * y - 0.5],
            ]
        )
        result: Plane = cv2.warpAffine(self._edged, way, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        return result

    def _shown(self, width: int, height: int) -> tuple[tuple[int, int, int, int], Plane]:
        """The part of the mask that lies in a picture of this size: its window, and the values scaled to fill it."""
        import cv2

        whole = view(self._place, _REACH)
        left, top = round(whole.left), round(whole.top)
        across, down = max(1, round(whole.width)), max(1, round(whole.height))
        if self._wide is None or self._wide.shape != (down, across):  # else it has but moved since
            self._wide = cv2.resize(self._edged, (across, down), interpolation=cv2.INTER_LINEAR)
        wide = self._wide
        window = max(0, left), max(0, top), min(width, left + across), min(height, top + down)
        return window, wide[window[1] - top : window[3] - top, window[0] - left : window[2] - left]

    def paste(self, mask: Plane) -> None:
        """Put the person into a mask of the whole picture (0 to 255); the larger value wins."""
        import numpy as np

        if self._grid is None:
            return
        (left, top, right, bottom), part = self._shown(mask.shape[1], mask.shape[0])
        if left < right and top < bottom:
            target = mask[top:bottom, left:right]
            np.maximum(target, part, out=target)


def _part(box: Box, picture: Picture) -> float:
    """How much of a box lies in a picture, 0 to 1."""
    height, width = picture.y.shape
    return box.inside(width, height).area / max(box.area, 1.0)


def _places(boxes: Sequence[Box], place: Box) -> Plane:
    """255 where boxes are, on the grid of a place."""
    import numpy as np

    across, down = _GRID / place.width, _GRID / place.height
    there = np.zeros((_GRID, _GRID), np.uint8)
    for box in boxes:
        columns = (max(0, round((edge - place.left) * across)) for edge in (box.left, box.right))
        rows = (max(0, round((edge - place.top) * down)) for edge in (box.top, box.bottom))
        there[slice(*rows), slice(*columns)] = 255
    return there


def _better(grid: NDArray[np.float32], before: NDArray[np.float32], place: Box, width: int) -> NDArray[np.float32]:
    """A mask of a part of somebody as far as the one of when all of them was seen allows; that one where it shows more.

    Both are of a place at the border of a picture so wide; what lies outside does not count.
    """
    import cv2
    import numpy as np

    first, last = (round((edge - place.left) / place.width * len(grid)) for edge in (0, width))
    inside = slice(max(0, first), max(0, last))
    there = before[:, inside].sum()
    if np.minimum(grid, before)[:, inside].sum() < _SHOWN * there:
        return before
    around: NDArray[np.float32] = cv2.dilate(before, np.ones((_AROUND, _AROUND), np.uint8))
    return np.minimum(grid, around)


def _newer(fresh: NDArray[np.float32], before: NDArray[np.float32]) -> NDArray[np.float32]:
    """The newest mask with a little of those before it."""
    import cv2

    result: NDArray[np.float32] = cv2.addWeighted(fresh, _NEWEST, before, 1 - _NEWEST, 0)
    return result


def _difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """By what share of all that either of them shows two masks differ."""
    import cv2

    both, either = (float(cv2.sumElems(which(one, other))[0]) for which in (cv2.min, cv2.max))
    return (either - both) / max(either, 1.0)


def _median(one: NDArray[np.float32], other: NDArray[np.float32], third: NDArray[np.float32]) -> NDArray[np.float32]:
    """What at least two of three masks say."""
    import cv2

    result: NDArray[np.float32] = cv2.max(cv2.min(one, other), cv2.min(cv2.max(one, other), third))
    return result


def _resampled(values: NDArray[np.float32], place: Box, now: Box) -> NDArray[np.float32]:
    """Samples of one place on the grid of another; beyond its border a mask goes on as it is there."""
    import cv2
    import numpy as np

    side = len(values)
    across, down = side / place.width, side / place.height
    way = (
        (now.width / _GRID * across, 0, (now.left - place.left) * across),
        (0, now.height / _GRID * down, (now.top - place.top) * down),
    )
    result: NDArray[np.float32] = cv2.warpAffine(
        values,
        np.array(way, np.float32),
        (_GRID, _GRID),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return result


def view(box: Box, scale: float = max(_VIEWS)) -> Box:
    """What is looked at around a box: nearly square, since the network takes a narrow crop of a standing person ill."""
    across = max(box.width * scale, _NARROW * box.height * scale)
    return box.grown((across - box.width) / 2, box.height * (scale - 1) / 2)


def combined(silhouettes: Iterable[Silhouette], shape: tuple[int, ...]) -> Plane:
    """The mask of several people in a picture of this shape: 255 where a person is, with a soft edge."""
    import numpy as np

    mask = np.zeros(shape, np.uint8)
    for silhouette in silhouettes:
        silhouette.paste(mask)
    return mask

"""Cuts people out: a soft mask of each person, made by a network from a crop around the person's box.

The network was made for people who fill the picture; given a crop it works at any distance. Its mask is kept on a grid
that moves with the box, so that it can be averaged over time and used for the frames in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from clipline.studio.detect import Box
from clipline.studio.follow import Follower
from clipline.studio.networks import load_network, rgb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.picture import Picture, Plane

__all__ = ["Segmenter", "Silhouette", "combined"]

_GRID = 256  # samples of a mask, across and down
_REACH = 1.45  # how much around a box the grid covers
_VIEWS = (1.2, 1.35)  # how much the network sees around the box, in turn: one alone errs at its borders
_FAR = 0.15  # of a box's width is how far a person goes before the mask is old
_NARROW = 0.75  # of its height is the least width of what the network sees
_STEEP = 3.0  # how much steeper the edge is than the network gives it
_NEWEST = 0.6  # how much the newest mask counts against those before it


class Segmenter:
    """Runs the networks that make masks. One thread at a time."""

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
        self._follower: Follower | None = None
        self._edged: Any = None
        self._looks = 0

    def outdated(self, box: Box) -> bool:
        """Whether there is no mask yet, or the person, now in `box`, has gone too far since it was made."""
        was = self._looked_at
        edges = zip((was.left, was.top, was.right, was.bottom), (box.left, box.top, box.right, box.bottom), strict=True)
        return self._grid is None or max(abs(now - then) for then, now in edges) > _FAR * was.width

    def follow(self, picture: Picture) -> None:
        """Move the mask with the person to where it is in a later picture."""
        way = self._follower.way(picture) if self._follower else None
        if way is not None:
            self._place = self._looked_at.moved(*way)

    def look(self, picture: Picture, box: Box, segmenter: Segmenter) -> None:
        """Renew the mask from a picture in which the person is in `box`."""
        import cv2
        import numpy as np

        self.follow(picture)
        height, width = picture.y.shape
        views = _VIEWS if self._grid is None else (_VIEWS[self._looks % len(_VIEWS)],)
        whole = _view(box, _REACH)
        grid: Any = None if self._grid is None else _resampled(self._grid, _view(self._place, _REACH), whole)
        for scale in views:
            window = _view(box, scale).window(width, height)
            fresh = _resampled(segmenter.mask(picture, window), Box(*window), whole)
            grid = fresh if grid is None else cv2.addWeighted(fresh, _NEWEST, grid, 1 - _NEWEST, 0)
        # A steeper edge than the network's own: from 0 to 255 over the middle third of its values.
        self._edged = np.clip(grid * (255 * _STEEP) - 127.5 * (_STEEP - 1), 0, 255).astype(np.uint8)
        self._grid, self._place, self._looked_at = grid, box, box
        self._looks += 1
        self._follower = Follower(picture, *self._shown(width, height))

    def _shown(self, width: int, height: int) -> tuple[tuple[int, int, int, int], Plane]:
        """The part of the mask that lies in a picture of this size: its window, and the values scaled to fill it."""
        import cv2

        whole = _view(self._place, _REACH)
        left, top = round(whole.left), round(whole.top)
        across, down = max(1, round(whole.width)), max(1, round(whole.height))
        wide = cv2.resize(self._edged, (across, down), interpolation=cv2.INTER_LINEAR)
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


def _resampled(values: NDArray[np.float32], place: Box, now: Box) -> NDArray[np.float32]:
    """Samples of one place on the grid of another; beyond its border a mask goes on as it is there."""
    import cv2
    import numpy as np

    across, down = _GRID / place.width, _GRID / place.height
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


def _view(box: Box, scale: float) -> Box:
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

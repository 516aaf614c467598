"""Tells how far somebody has gone since a picture, by corner points on them: for a tenth of the cost of a new mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clipline.studio.pictures.picture import Picture
from clipline.studio.pictures.scaling import scaled

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["SIZE", "Follower"]

_SIDE = 128
#: Pixels across and down of the small picture in which points are followed.
SIZE = _SIDE, _SIDE
_POINTS = 24
_INNER = 9  # pixels of it across, by half of which points are within somebody's outline
_ENOUGH = 6  # with fewer points nothing is said


class Follower:
    """Points on a person in one picture, looked for in the pictures after it."""

    def __init__(self, picture: Picture, window: tuple[int, int, int, int], person: Plane) -> None:
        """Take points in a window (left, top, right, bottom) where a mask of it, best of `SIZE`, is 255."""
        import cv2
        import numpy as np

        self._window = window
        self._gone = 0, 0  # how many pixels the window has gone with the person, right and down
        self._small = self._patch(picture)
        mask = cv2.compare(cv2.resize(person, SIZE, interpolation=cv2.INTER_NEAREST), 200, cv2.CMP_GT)
        self._person: Plane = mask
        # Not at the edge, where corners are of somebody and what is behind, and may stay with that.
        inner = cv2.erode(mask, np.ones((_INNER, _INNER), np.uint8), borderValue=255)
        self._points: Any = cv2.goodFeaturesToTrack(self._small, _POINTS, 0.02, 5, mask=inner)

    def _patch(self, picture: Picture) -> Plane:
        left, top, right, bottom = self._window
        across, down = self._gone
        return scaled(picture.y[top + down : bottom + down, left + across : right + across], SIZE)

    def way(self, picture: Picture) -> tuple[float, float, float] | None:
        """How many pixels the person has gone right and down, and by how many levels they look different since.

        None where that cannot be said.
        """
        import cv2
        import numpy as np

        if self._points is None or len(self._points) < _ENOUGH:
            return None
        found, status, _ = cv2.calcOpticalFlowPyrLK(
            self._small, patch := self._patch(picture), self._points, None, winSize=(13, 13), maxLevel=2
        )
        ways = (found - self._points).reshape(-1, 2)[status.ravel() > 0]
        if len(ways) < _ENOUGH:
            return None
        across, down = np.sort(ways, axis=0)[
            len(ways) // 2
        ]  # the median, for a tenth of the time that numpy's own takes
        middle = (_SIDE - 1) / 2
        same = cv2.getRectSubPix(patch, SIZE, (middle + float(across), middle + float(down)))
        changed = cv2.mean(cv2.absdiff(same, self._small), mask=self._person)[0]
        left, top, right, bottom = self._window
        x = self._gone[0] + float(across) * (right - left) / _SIDE
        y = self._gone[1] + float(down) * (bottom - top) / _SIDE
        # Looked for next around where they are now, as far as that lies in the picture: far ones would not be found.
        height, width = picture.y.shape
        self._gone = min(max(round(x), -left), width - right), min(max(round(y), -top), height - bottom)
        return x, y, float(changed)

"""Notices that the camera moves: points outside the people are followed from a reference picture to later ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from clipline.studio.detect import Box

if TYPE_CHECKING:
    from clipline.studio.picture import Picture, Plane

__all__ = ["CameraWatch"]

_WIDTH = 320  # pictures are compared this wide
_MOVED = 0.6  # pixels at that width by which half of the points must move
_POINTS = 120
_ENOUGH = 12  # with fewer points nothing can be said


class CameraWatch:
    """Takes pictures of a clip and says whether they were taken by a camera that stands still."""

    def __init__(self) -> None:
        self._reference: Plane | None = None
        self._points: Any = None
        self._compared = 0
        self._moved = 0

    def add(self, picture: Picture, people: Iterable[Box]) -> None:
        """Compare one more picture with the reference; `people` are where points say nothing of the camera."""
        import cv2
        import numpy as np

        scale = _WIDTH / picture.y.shape[1]
        size = _WIDTH, max(8, round(picture.y.shape[0] * scale))
        small = cv2.resize(picture.y, size, interpolation=cv2.INTER_AREA)
        free = np.full(small.shape, 255, np.uint8)
        for box in people:
            left, top, right, bottom = (round(v * scale) for v in _edges(box.scaled(1.2)))
            free[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 0
        if self._reference is None:
            points = cv2.goodFeaturesToTrack(small, _POINTS, 0.02, 6, mask=free)
            if points is not None and len(points) >= _ENOUGH:
                self._reference, self._points = small, points
            return
        found, status, _ = cv2.calcOpticalFlowPyrLK(
            self._reference, small, self._points, None, winSize=(15, 15), maxLevel=3
        )
        places = found.reshape(-1, 2)
        inside = np.clip(np.rint(places).astype(int), 0, (size[0] - 1, size[1] - 1))
        usable = free[inside[:, 1], inside[:, 0]] > 0
        if usable.sum() < _ENOUGH:
            return
        moves = np.hypot(*(places - self._points.reshape(-1, 2)).T)
        moves[status.ravel() == 0] = np.inf
        self._compared += 1
        self._moved += bool(np.median(moves[usable]) > _MOVED)

    @property
    def moves(self) -> bool:
        """Whether the camera moved in more than a few of the pictures, or cut to another place."""
        return self._moved > max(0, 0.05 * self._compared)


def _edges(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom

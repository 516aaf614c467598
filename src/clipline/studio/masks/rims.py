"""The rims of people through a clip: where to look for each, and what was found there in the picture before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from clipline.studio.masks.matte import Rim

if TYPE_CHECKING:
    from clipline.studio.masks.segment import Silhouette
    from clipline.studio.pictures.layers import Window
    from clipline.studio.pictures.picture import Picture, Plane

__all__ = ["Rims"]

_APART = 32  # samples of a mask between two people whose surroundings are not looked at together
_RENEWED, _CARRIED = 0.5, 0.15  # how much a network's mask counts beside the picture before: a new one, one from before
_STRAY = 2  # coarse pixels by which an edge may be elsewhere than the network's


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found around somebody, and in the how manieth picture."""

    rim: Rim
    number: int


class Rims:
    """Makes masks of pictures in their order.

    What is found in a picture is carried on with whoever moves, and helps to find the edge in the next one: so that an
    edge stays where it is when the network changes its mind.
    """

    def __init__(self) -> None:
        self._seen: dict[Silhouette, _Seen] = {}
        self._number = 0

    def of(self, picture: Picture, silhouettes: Sequence[Silhouette]) -> tuple[Plane, list[Rim]]:
        """The mask of these people in a picture, 0 to 255, and the rims in it."""
        self._number += 1
        mask = np.zeros(picture.y.shape, np.uint8)
        rims = []
        for group, window, cell in _groups(silhouettes, mask.shape):
            rim = Rim(picture, mask, window, cell)
            known = [one for one in group if self._is_known(one, rim)]
            starts = [self._carried(one, rim) if one in known else one.sampled(rim.window, rim.coarse) for one in group]
            rim.follow(np.maximum.reduce(starts), near=known == group)
            rims.append(rim)
            self._seen |= dict.fromkeys(group, _Seen(rim, self._number))
        return mask, rims

    def _is_known(self, silhouette: Silhouette, rim: Rim) -> bool:
        """Whether somebody was found in the picture before, in pixels as coarse, and how far they have gone since."""
        seen = self._seen.get(silhouette)
        close = seen is not None and seen.number == self._number - 1 and seen.rim.times == rim.times
        return close and silhouette.step is not None

    def _carried(self, silhouette: Silhouette, rim: Rim) -> Plane:
        """Where somebody may be, in coarse pixels: by the network, and by the picture before."""
        assert silhouette.step is not None
        network = silhouette.sampled(rim.window, rim.coarse)
        before = self._seen[silhouette].rim.moved(silhouette.step, rim)
        newest = _RENEWED if silhouette.renewed else _CARRIED
        start = cv2.addWeighted(before, 1 - newest, network, newest, 0)
        near = np.ones((2 * _STRAY + 1, 2 * _STRAY + 1), np.uint8)
        result: Plane = cv2.max(cv2.min(start, cv2.dilate(network, near)), cv2.erode(network, near))
        return result


def _groups(silhouettes: Sequence[Silhouette], shape: tuple[int, ...]) -> list[tuple[list[Silhouette], Window, float]]:
    """Those near each other, the window that holds them, and the pixels of the coarsest sample among them."""
    groups: list[tuple[list[Silhouette], Window, float]] = []
    for silhouette in silhouettes:
        window = silhouette.extent.window(shape[1], shape[0])
        if window[2] <= window[0] or window[3] <= window[1]:
            continue
        group, cell = [silhouette], silhouette.cell
        while near := next((each for each in groups if _between(each[1], window) < _APART * max(cell, each[2])), None):
            groups.remove(near)
            group, window, cell = group + near[0], _joined(window, near[1]), max(cell, near[2])
        groups.append((group, window, cell))
    return groups


def _between(one: Window, other: Window) -> float:
    """How many pixels lie between two windows."""
    across = max(one[0], other[0]) - min(one[2], other[2])
    down = max(one[1], other[1]) - min(one[3], other[3])
    return max(across, down)


def _joined(one: Window, other: Window) -> Window:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])

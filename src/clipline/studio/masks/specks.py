"""Makes masks whole: what a network is unsure of comes and goes in small pieces, and pieces may be of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Plane

__all__ = ["without_specks", "without_strays"]

_SPECK = 0.005  # of a mask's size is the least that stands apart, or is a hole
_STRAY = 0.15  # of the largest piece is more than a stray one
_THERE = 0.7  # of it is where somebody else is
_THREAD = 7  # samples across is what hangs together by less


def without_specks(mask: Plane) -> Plane:
    """A mask (0 to 255), changed in place, without small pieces that lie apart and without pinholes."""
    import cv2
    import numpy as np

    inside = cv2.compare(mask, 127, cv2.CMP_GT)
    least = _SPECK * cv2.countNonZero(inside)
    contours, tree = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for value in (0, 255):
        part = cv2.bitwise_not(inside) if value else inside
        small = [
            contour
            for contour, (_, _, _, parent) in zip(contours, tree[0] if contours else (), strict=True)
            if (parent >= 0) == bool(value) and _size(contour, hole=bool(value)) < least
        ]
        if small:
            there = cv2.bitwise_and(cv2.drawContours(np.zeros_like(mask), small, -1, 255, -1), part)
            around = cv2.dilate(there, np.ones((5, 5), np.uint8)) > 0  # with its soft rim
            mask[around & ((there > 0) | (part == 0))] = value
    return mask


def without_strays(mask: Plane, others: Plane) -> Plane:
    """A mask (0 to 255), changed in place, without small pieces and threads that lie where others are (255).

    What hangs together by a thread does not count as one piece.
    """
    import cv2
    import numpy as np

    core = cv2.erode(cv2.compare(mask, 127, cv2.CMP_GT), np.ones((_THREAD, _THREAD), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core)
    if count < 2:  # everything around them is one
        return mask
    sizes = stats[:, cv2.CC_STAT_AREA]
    there = np.bincount(labels[others > 0], minlength=count)
    own = (there <= _THERE * sizes) | (sizes >= _STRAY * sizes[1:].max())
    own[0] = False
    around = np.ones((2 * _THREAD + 1, 2 * _THREAD + 1), np.uint8)
    mask[cv2.subtract(others, cv2.dilate(np.multiply(own, 255, dtype=np.uint8)[labels], around)) > 0] = 0
    return mask


def _size(contour: NDArray[np.int32], *, hole: bool) -> float:
    """How many pixels a contour holds: that of a piece runs through its own, that of a hole through those around it."""
    import cv2

    return float(cv2.contourArea(contour)) + len(contour) / (-2 if hole else 2) + 1

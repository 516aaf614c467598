"""Makes masks whole: what a network is unsure of comes and goes in small pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clipline.studio.picture import Plane

__all__ = ["without_specks"]

_SPECK = 0.005  # of a mask's size is the least that stands apart, or is a hole


def without_specks(mask: Plane) -> Plane:
    """A mask (0 to 255), changed in place, without small pieces that lie apart and without pinholes."""
    import cv2
    import numpy as np

    inside = cv2.compare(mask, 127, cv2.CMP_GT)
    least = _SPECK * cv2.countNonZero(inside)
    for value, part in ((0, inside), (255, cv2.bitwise_not(inside))):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=4)
        specks = [number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] < least]
        if specks:
            there = np.isin(labels, specks)
            around = cv2.dilate(there.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0  # with its soft rim
            mask[around & (there | (part == 0))] = value
    return mask

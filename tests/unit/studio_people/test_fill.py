"""What is laid around people, on planes whose truth is exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from clipline.studio.masks.matte import Rim
from clipline.studio.pictures.layers import lay
from clipline.studio.pictures.picture import Picture

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

WIDTH, HEIGHT = 31, 21


def planes(level: int) -> tuple[Plane, Plane, Plane]:
    half = (HEIGHT + 1) // 2, (WIDTH + 1) // 2
    return np.full((HEIGHT, WIDTH), level, np.uint8), np.full(half, level, np.uint8), np.full(half, level, np.uint8)


@pytest.mark.parametrize("place", [(0, 0, 31, 21), (7, 5, 18, 13), (1, 1, 2, 2), (20, 12, 31, 21), (0, 0, 0, 0)])
def test_around_a_person_at_any_odd_place_all_is_covered(place: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = place
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[top:bottom, left:right] = 255
    below, behind = planes(200), planes(40)
    rim = Rim(Picture(*planes(200), 0.0, 0), mask, (left // 2 * 2, top // 2 * 2, right, bottom), 1.0)
    lay(below, [((0, 0, WIDTH, HEIGHT), behind), (rim.window, rim.over(behind, clean=False))])
    assert np.array_equal(below[0], np.where(mask == 255, 200, 40))
    square = np.ones((5, 5), np.uint8)
    for plane in below[1:]:  # at the edge pixels of colour are half the person's
        assert (plane[cv2.dilate(mask, square)[::2, ::2] == 0] == 40).all()
        assert (plane[cv2.erode(mask, square)[::2, ::2] == 255] == 200).all()

"""How far somebody has gone since a picture, told by points on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.studio.masks.follow import Follower
from clipline.studio.masks.segment import Silhouette
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Picture

SIZE = (640, 360)
NOISE = np.random.default_rng(3)
PERSON = cv2.blur(NOISE.integers(0, 256, (160, 80), np.uint8), (5, 5))
STREET = cv2.blur(NOISE.integers(0, 256, SIZE[::-1], np.uint8), (9, 9))
HALF = np.full((SIZE[1] // 2, SIZE[0] // 2), 128, np.uint8)


def picture(left: int, top: int) -> Picture:
    """The person at a place of the street."""
    y = STREET.copy()
    y[top : top + 160, left : left + 80] = PERSON
    return Picture(y, HALF, HALF, 0.0, 0)


def followed(way: list[tuple[int, int]]) -> list[tuple[float, float, float] | None]:
    """What is said of each place of a way, after a first picture at its first."""
    left, top = way[0]
    window = (left - 20, top - 20, left + 100, top + 180)
    mask = np.zeros((200, 120), np.uint8)
    mask[20:180, 20:100] = 255
    follower = Follower(picture(*way[0]), window, mask)
    return [follower.way(picture(*place)) for place in way[1:]]


def test_somebody_is_followed_far_out_of_where_they_were() -> None:
    way = [(100 + 9 * number, 60 + 3 * number) for number in range(30)]
    for (left, top), said in zip(way[1:], followed(way), strict=True):
        assert said is not None
        assert said[:2] == pytest.approx((left - 100, top - 60), abs=1.5)
        assert said[2] < 8


def test_somebody_lost_at_the_border_of_the_picture_is_said_to_look_different() -> None:
    way = [(400 + 10 * number, 100) for number in range(17)]
    for (left, _), said in zip(way[1:], followed(way), strict=True):
        assert said is not None
        assert said[:2] == pytest.approx((left - 400, 0), abs=1.5) or said[2] > 8


def test_of_somebody_without_a_pattern_nothing_is_said() -> None:
    plain = Picture(np.full(SIZE[::-1], 90, np.uint8), HALF, HALF, 0.0, 0)
    follower = Follower(plain, (100, 60, 220, 260), np.full((200, 120), 255, np.uint8))
    assert follower.way(plain) is None


class Outline:
    """Says that somebody fills the middle of what is looked at, with a little of what is behind them."""

    def mask(self, _picture: Picture, window: tuple[int, int, int, int]) -> NDArray[np.float32]:
        left, top, right, bottom = window
        x, y = (256 * (0.5 - 44 / (right - left)), 256 * (0.5 - 84 / (bottom - top)))
        mask = np.zeros((256, 256), np.float32)
        mask[round(y) : round(256 - y), round(x) : round(256 - x)] = 1
        return mask


def test_somebody_whose_points_stay_with_the_street_goes_the_way_of_their_box_and_is_looked_at_again() -> None:
    hard = np.kron(NOISE.integers(0, 2, (30, 54), np.uint8) * 255, np.ones((12, 12), np.uint8))[:, : SIZE[0]]

    def at(left: int) -> tuple[Picture, Box]:
        y = hard.copy()
        y[100:260, left : left + 80] = PERSON // 4 + 96
        return Picture(y, HALF, HALF, 0.0, 0), Box(left, 100, left + 80, 260)

    silhouette = Silhouette()
    silhouette.look(*at(200), Outline())
    first = silhouette.extent
    silhouette.follow(*at(230))
    assert silhouette.extent.left - first.left == pytest.approx(30, abs=4)
    assert silhouette.outdated(at(230)[1], 0.04)

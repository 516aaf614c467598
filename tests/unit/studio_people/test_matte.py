"""The rim of a mask, on a drawn disc whose truth is exact."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.studio.masks.matte import Rim
from clipline.studio.masks.rims import Rims
from clipline.studio.masks.segment import Silhouette, combined
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.layers import lay
from clipline.studio.pictures.picture import Picture
from metrics import Image, along_edge

SIZE = (128, 96)
WINDOW = (20, 8, 108, 90)
Opacity = NDArray[np.float32]


def disc(middle: tuple[float, float], softness: float) -> Opacity:
    """How opaque a disc is, 0 to 1, with so soft an edge."""
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    inside = (np.hypot(across - middle[0], down - middle[1]) < 28).astype(np.float32)
    soft: Opacity = cv2.GaussianBlur(inside, (0, 0), softness)
    return soft


def mixed(over: tuple[int, int, int] | Image, below: tuple[int, int, int], opaque: Opacity) -> Opacity:
    result: Opacity = np.array(below) + (np.array(over, np.float32) - below) * opaque[..., None]
    return result


def as_picture(image: Opacity) -> Picture:
    planes = cv2.cvtColor(np.clip(image, 0, 255).astype(np.uint8), cv2.COLOR_BGR2YUV_I420)
    whole = SIZE[0] * SIZE[1]
    y, u, v = np.split(planes.reshape(-1), [whole, whole + whole // 4])
    half = SIZE[1] // 2, SIZE[0] // 2
    return Picture(y.reshape(SIZE[::-1]), u.reshape(half), v.reshape(half), 0.0, 0)


def as_image(picture: Picture) -> Image:
    planes = np.concatenate([picture.y.ravel(), picture.u.ravel(), picture.v.ravel()])
    return cv2.cvtColor(planes.reshape(-1, SIZE[0]), cv2.COLOR_YUV2BGR_I420)


ORANGE, BLUE, GREEN = (30, 90, 220), (170, 80, 20), (40, 180, 30)
TRUTH = disc((64, 48), 1.0)


@pytest.fixture
def picture() -> Picture:
    noise = np.random.default_rng(1).normal(0, 6, (*SIZE[::-1], 3))
    return as_picture(mixed(ORANGE, BLUE, TRUTH) + noise)


@pytest.mark.parametrize("cell", [2.0, 3.0])
def test_a_mask_beside_the_edge_is_moved_to_where_the_picture_has_one(picture: Picture, cell: float) -> None:
    mask = np.zeros(SIZE[::-1], np.uint8)
    rim, beside = Rim(picture, mask, WINDOW, cell), disc((66, 49), 3.0)
    band = along_edge(TRUTH > 0.5, 6)
    before = np.abs(beside - TRUTH)[band].mean()
    left, top, right, bottom = rim.window
    start = np.rint(beside[top:bottom, left:right] * 255).astype(np.uint8)
    rim.follow(cv2.resize(start, rim.coarse, interpolation=cv2.INTER_AREA))
    assert np.abs(mask / 255 - TRUTH)[band].mean() < before / 2
    assert mask[48, 64] == 255
    assert not mask[:6].any()


def laid_over_green(rim: Rim, *, clean: bool) -> Image:
    green = as_picture(np.broadcast_to(np.array(GREEN, np.float32), (*SIZE[::-1], 3)))
    planes = green.y, green.u, green.v
    lay(planes, [(rim.window, rim.over(planes, clean=clean))])
    return as_image(green)


def test_no_color_of_the_old_background_is_left_at_the_rim(picture: Picture) -> None:
    mask = np.rint(TRUTH * 255).astype(np.uint8)
    rim = Rim(picture, mask, WINDOW, 1.0)
    wanted, band = mixed(ORANGE, GREEN, TRUTH), along_edge(TRUTH > 0.5, 3)

    def halo() -> float:
        return float(np.abs(mixed(as_image(picture), GREEN, TRUTH) - wanted)[band].mean())

    as_it_was = halo()
    plain, cleaned = (laid_over_green(rim, clean=clean) for clean in (False, True))
    assert np.abs(cleaned - wanted)[band].mean() < 0.75 * np.abs(plain - wanted)[band].mean()
    rim.clean()
    assert halo() < as_it_was / 2


def test_a_rim_of_a_picture_of_many_megapixels_is_cleaned_too() -> None:
    """More places are partly covered than OpenCV samples at once."""
    width, height = 2400, 1600
    stripes = np.clip(np.sin(np.arange(width) * 2 * np.pi / 40) * 2 + 0.5, 0, 1)
    opaque = np.tile(stripes, (height, 1)).astype(np.float32)
    planes = [np.rint(low + (high - low) * opaque).astype(np.uint8) for low, high in ((40, 180), (200, 90), (60, 170))]
    picture = Picture(planes[0], planes[1][::2, ::2].copy(), planes[2][::2, ::2].copy(), 0.0, 0)
    before = picture.u.copy()
    Rim(picture, np.rint(opaque * 255).astype(np.uint8), (0, 0, width, height), 1.0).clean()
    partly = (opaque[::2, ::2] > 0.4) & (opaque[::2, ::2] < 0.95)
    assert partly.sum() > 40_000
    assert np.abs(picture.u[partly] - 90.0).mean() < 0.8 * np.abs(before[partly] - 90.0).mean()


class Drawn:
    """Somebody of whom a network says that they are here, in a picture that shows no edge."""

    extent, cell, renewed = Box(20, 8, 108, 90), 1.0, True

    def __init__(self) -> None:
        self.middle = 64.0
        self.step: tuple[float, float] | None = None

    def sampled(self, window: tuple[int, int, int, int], size: tuple[int, int]) -> Image:
        left, top, right, bottom = window
        drawn = np.rint(disc((self.middle, 48), 1.0)[top:bottom, left:right] * 255).astype(np.uint8)
        return cv2.resize(drawn, size)


@pytest.mark.parametrize(("step", "follows"), [((0.0, 0.0), False), (None, True)], ids=["known", "quite different"])
def test_an_edge_stays_when_the_network_changes_its_mind(step: tuple[float, float] | None, follows: bool) -> None:
    rims, somebody = Rims(), Drawn()
    gray = as_picture(np.full((*SIZE[::-1], 3), 120, np.float32))
    before, _ = rims.of(gray, [cast("Silhouette", somebody)])
    somebody.middle, somebody.step = 67.0, step
    after, _ = rims.of(gray, [cast("Silhouette", somebody)])
    changed = np.abs(after.astype(int) - before).sum()
    wanted = np.abs(disc((67, 48), 1.0) - disc((64, 48), 1.0)).sum() * 255
    assert (changed > 0.8 * wanted) == follows


def test_small_pieces_apart_and_pinholes_are_no_part_of_a_mask(picture: Picture) -> None:
    drawn = np.zeros((256, 256), np.float32)
    for middle, radius, value in (((120, 120), 70, 1), ((150, 100), 20, 0), ((90, 120), 3, 0), ((230, 40), 4, 1)):
        cv2.circle(drawn, middle, radius, value, -1)

    class Network:
        def mask(self, *_place: object) -> Opacity:
            return drawn

    silhouette = Silhouette()
    silhouette.look(picture, Box(40, 20, 80, 70), Network())
    mask = combined([silhouette], picture.y.shape)
    pieces, _, _, _ = cv2.connectedComponentsWithStats(cv2.compare(mask, 0, cv2.CMP_GT))
    holes, _, _, _ = cv2.connectedComponentsWithStats(cv2.compare(mask, 128, cv2.CMP_LT))
    assert (pieces - 1, holes - 1) == (1, 2), "the disc; what is around it and the large hole"

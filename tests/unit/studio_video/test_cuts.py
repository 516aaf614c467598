"""Cuts are found to the frame, in what is decoded anyway; flashes, dark scenes and moving cameras are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.clock import Clock
from clipline.studio.reading.cuts import CutFinder
from clipline.studio.reading.samples import read_samples
from filmed_clips import BACKGROUNDS, film, joined
from media_maker import make_clip

Image = NDArray[np.uint8]


def cuts(clip: Path, *, step: float = 0.45, end: float = 100.0) -> list[float]:
    finder, clock = CutFinder(), Clock()
    for _ in read_samples(clip, 0.0, end, step=step, clock=clock, cuts=finder):
        pass
    return [round(time, 3) for time in finder.times(clip, clock)]


def places(size: tuple[int, int] = (320, 180)) -> list[Image]:
    return [np.ascontiguousarray(paint()[: size[1], : size[0], ::-1]) for paint in BACKGROUNDS.values()]


@pytest.mark.parametrize("gop", [7, 250])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
def test_a_cut_is_found_to_the_frame(tmp_path: Path, gop: int, pixels: str) -> None:
    shots = places()
    random = np.random.default_rng(1)

    def paint(number: int, _time: float) -> Image:
        image = np.roll(shots[(number >= 17) + (number >= 40)], -2 * number, axis=1)
        return np.clip(image + random.normal(0, 2, image.shape), 0, 255).astype(np.uint8)

    codec = "libx264" if pixels == "yuv420p" else "libx265"
    clip = make_clip(
        tmp_path / "clip.mp4", size=(320, 180), seconds=60 / 25, pattern=paint, gop=gop, codec=codec, pixels=pixels
    )
    assert cuts(clip) == [17 / 25, 40 / 25]
    assert cuts(clip, step=0.04) == [17 / 25, 40 / 25]
    assert cuts(clip, end=1.0) == [17 / 25]


def test_a_dark_scene_is_cut_too(tmp_path: Path) -> None:
    one, other, *_ = (image // 4 for image in places())
    clip = make_clip(tmp_path / "clip.mp4", size=(320, 180), pattern=lambda number, _: one if number < 11 else other)
    assert cuts(clip) == [11 / 25]


@pytest.mark.parametrize(
    "gain",
    [
        lambda number: 2.5 if number in {9, 10} else 1.0,
        lambda number: 1.0 if number < 12 else 0.4,
        lambda number: 1.0 - 0.6 * number / 25,
    ],
    ids=["a flash", "the light goes out", "a fade"],
)
def test_light_cuts_nothing(tmp_path: Path, gain: Callable[[int], float]) -> None:
    image = places()[0]

    def paint(number: int, _time: float) -> Image:
        return np.clip(image * gain(number), 0, 255).astype(np.uint8)

    assert cuts(make_clip(tmp_path / "clip.mp4", size=(320, 180), pattern=paint)) == []


def test_what_flashes_up_cuts_nothing(tmp_path: Path) -> None:
    image, other, *_ = places()
    flash = {9: other, 10: other, 18: np.full_like(image, 255)}
    clip = make_clip(
        tmp_path / "clip.mp4", size=(320, 180), gop=250, pattern=lambda number, _: flash.get(number, image)
    )
    assert cuts(clip, step=0.04) == []
    assert cuts(clip) == []


@pytest.mark.parametrize("camera", ["pan", "hand", "zoom", "roll"])
def test_a_camera_that_moves_cuts_nothing(tmp_path: Path, camera: str) -> None:
    assert cuts(film(tmp_path / "clip.mp4", camera, 3).path) == []


def test_people_who_pass_cut_nothing(tmp_path: Path) -> None:
    one = film(tmp_path / "one.mp4", "still", 0, count=40, who="portrait")
    other = film(tmp_path / "other.mp4", "pan", 1, count=30, who="walker")
    assert cuts(joined(tmp_path / "clip.mp4", [one, other]).path) == [40 / 25]

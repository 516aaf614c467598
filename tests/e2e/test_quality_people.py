"""How well people are kept and removed, measured on the encoded files against exact truth."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from clipline.timeline import Background, Remove, Trim
from clipline.values import Color
from metrics import Image, frames, iou, kept_mask, psnr, ssim, strayed, truth
from people_clips import CLIPS, SAMPLES
from studio_clips import rendered

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("crossing") / "gone.mp4"
    assert not rendered(SAMPLES / "crossing.mp4", output, Remove("person")).findings
    return output


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    output = tmp_path_factory.mktemp("walkers") / "gone.mp4"
    assert not rendered(SAMPLES / "walkers.mp4", output, Remove("people")).findings
    return list(frames(output))


def test_the_person_of_a_portrait_is_kept_and_the_background_is_not(tmp_path: Path) -> None:
    output = tmp_path / "green.mp4"
    rendered(CLIPS / "portrait.mp4", output, Background(Color(0, 255, 0)))
    scores = [
        iou(kept_mask(image, (0, 255, 0)), person)
        for image, person in zip(frames(output), truth(CLIPS / "portrait_truth.npz"), strict=True)
    ]
    assert np.mean(scores) >= 0.96  # asked for: 0.94
    assert min(scores) >= 0.92  # asked for: 0.88


@pytest.mark.parametrize(("cut", "first"), [((), 0), ((Trim(0.5, 3.0),), 12)], ids=["whole", "trimmed"])
def test_nothing_is_left_behind_somebody_who_crosses_the_picture(
    cut: tuple[Trim, ...], first: int, tmp_path: Path
) -> None:
    output, white = tmp_path / "white.mp4", (255, 255, 255)
    rendered(SAMPLES / "crossing.mp4", output, *cut, Background(Color(*white)))
    people = islice(truth(CLIPS / "crossing_truth.npz"), first, None)
    for number, (image, person) in enumerate(zip(frames(output), people, strict=False)):
        left, there = strayed(image, white, person), np.count_nonzero(person)
        # Of somebody who has all but left the picture only a sliver is seen, and its outline is a guess.
        allowed = 60 + 0.03 * there if there > 3000 else 300
        assert left < allowed, f"{left} pixels in frame {number}"


def test_somebody_who_crosses_the_picture_is_gone_and_what_is_behind_them_is_right(crossed: Path) -> None:
    plate = cv2.imread(str(CLIPS / "crossing_plate.png"))
    pairs = [
        (image, person)
        for image, person in zip(frames(crossed), truth(CLIPS / "crossing_truth.npz"), strict=True)
        if person.any()
    ]
    assert np.mean([psnr(image, plate, person) for image, person in pairs]) >= 35
    assert np.mean([ssim(image, plate, person) for image, person in pairs]) >= 0.96
    whole = [psnr(image, plate, person) for image, person in pairs if np.count_nonzero(person) > 5000]
    assert min(whole) >= 33


def test_all_else_stays_as_it_was_filmed(crossed: Path) -> None:
    everything = zip(
        frames(crossed), frames(SAMPLES / "crossing.mp4"), truth(CLIPS / "crossing_truth.npz"), strict=True
    )
    assert np.mean([psnr(image, source, ~person) for image, source, person in everything]) >= 37


def test_nobody_is_left_among_many_walkers(walked: list[Image]) -> None:
    # Who were left would differ from the same place at other times; of what else moves, a tape in the wind is the most.
    usual = np.median(np.stack(walked[::6]), axis=0).astype(np.uint8)
    for number, image in enumerate(walked):
        differs = cv2.blur(cv2.absdiff(image, usual).max(axis=2), (11, 11)) > 60
        assert not differs.any(), f"something is left in frame {number}"


def test_the_two_who_stand_for_most_of_the_clip_are_gone(walked: list[Image]) -> None:
    standing = slice(185, 255), slice(376, 398)
    # The road there is seen in the first frames only.
    road = next(iter(frames(SAMPLES / "walkers.mp4")))[standing]
    for number in range(40, 120, 8):
        assert np.abs(walked[number][standing].astype(int) - road).mean() < 12


def test_the_things_around_the_walkers_stay(walked: list[Image]) -> None:
    source = np.median(np.stack(list(islice(frames(SAMPLES / "walkers.mp4"), 0, None, 4))), axis=0)
    things = {
        "van": (45, 100, 650, 725),
        "cone": (186, 208, 290, 308),
        "tape": (165, 200, 180, 240),
        "tripod": (335, 485, 455, 530),
        "sign": (203, 243, 414, 444),
        "lamp post": (250, 390, 425, 440),
    }
    for name, (top, bottom, left, right) in things.items():
        for number in (0, 60, 119):
            error = np.abs(walked[number][top:bottom, left:right] - source[top:bottom, left:right]).mean()
            assert error < 9, f"the {name} has changed in frame {number}"

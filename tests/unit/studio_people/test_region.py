"""A place at which nothing known is found is followed by what it looks like, and let go when it is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.finding.region import Region, follow_region
from clipline.studio.pictures.box import Box
from clipline.timeline import BlurOut, Remove, Subject
from clipline.values import Color
from media_maker import make_clip
from metrics import Image, frames, iou, kept_mask
from people_clips import empty_street
from studio_clips import rendered
from turning_clips import TURNINGS, face, film_turning

SIZE = (320, 180)
COUNT, FPS = 36, 20
Way = Callable[[int], tuple[float, float, float]]
Nothing = Callable[[int], tuple[int, int] | None]


def sticker() -> Image:
    """A number on a plate, RGB."""
    plate = np.full((40, 100, 3), 225, np.uint8)
    cv2.rectangle(plate, (0, 0), (99, 39), (160, 30, 30), 4)
    cv2.putText(plate, "4711", (12, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 3)
    return plate


def place(way: Way, number: int) -> Box:
    x, y, scale = way(number)
    return Box(x, y, x + 100 * scale, y + 40 * scale)


def film(path: Path, way: Way, *, pan: float = 0.0, hidden: Nothing = lambda _number: None) -> Path:
    """The sticker on its way over a street, behind a bar whose left and right edge are said."""
    wide = np.ascontiguousarray(empty_street((SIZE[0] + 120, SIZE[1]))[..., ::-1])
    noise = np.random.default_rng(1).normal(0, 2, (4, SIZE[1], SIZE[0], 3))

    def paint(number: int, _time: float) -> Image:
        image = wide[:, round(pan * number) :][:, : SIZE[0]].astype(np.float32)
        x, y, scale = way(number)
        shift = np.array([[scale, 0, x + scale / 2 - 0.5], [0, scale, y + scale / 2 - 0.5]], np.float32)
        solid = cv2.warpAffine(np.ones((40, 100), np.float32), shift, SIZE)[..., None]
        image = image * (1 - solid) + cv2.warpAffine(sticker(), shift, SIZE) * solid
        if bar := hidden(number):
            image[:, bar[0] : bar[1]] = (60, 90, 70)
        return np.clip(image + noise[number % 4], 0, 255).astype(np.uint8)

    return make_clip(path, size=SIZE, fps=FPS, seconds=COUNT / FPS, pattern=paint)


def followed(clip: Path, way: Way, begin: int = 0) -> Region:
    return follow_region(
        clip, [(0.0, COUNT / FPS)], place(way, begin), begin / FPS, fps=FPS, clock=Clock(), progress=lambda _part: None
    )


def going(number: int) -> tuple[float, float, float]:
    return 10 + 5 * number, 60 + number, 0.5 + 0.01 * number


def still(_number: int) -> tuple[float, float, float]:
    return 200, 40, 0.8


@pytest.mark.parametrize(
    ("way", "pan", "hidden", "begin"),
    [
        (going, 0.0, lambda _number: None, 0),
        (going, 0.0, lambda _number: (120, 150), 30),
        (still, 3.0, lambda _number: None, 0),
        (still, 0.0, lambda number: (12 * number, 12 * number + 60), 5),
    ],
    ids=["moves and grows", "behind a bar, with time running backwards", "stays while the camera pans", "crossed"],
)
def test_a_place_is_followed(way: Way, pan: float, hidden: Nothing, begin: int, tmp_path: Path) -> None:
    region = followed(film(tmp_path / "clip.mp4", way, pan=pan, hidden=hidden), way, begin)
    assert (region.begins, region.ends) == (None, None)
    for number in range(COUNT - 1):
        box = region.track.at(number / FPS)
        assert box is not None
        assert box.overlap(place(way, number)) > 0.8


def test_what_stays_hidden_is_lost_and_what_leaves_the_picture_is_said_to(tmp_path: Path) -> None:
    def fast(number: int) -> tuple[float, float, float]:
        return 100 + 9 * number, 60, 0.6

    gone = followed(film(tmp_path / "gone.mp4", going, hidden=lambda number: (0, 320) if number > 4 else None), going)
    assert gone.ends == "lost"
    assert gone.track.times[-1] <= 4 / FPS
    left = followed(film(tmp_path / "left.mp4", fast), fast)
    assert left.ends == "left"
    assert left.track.times[-1] < 24 / FPS


@pytest.mark.parametrize("kind", ["object", "bird"])
def test_it_is_filled_where_it_is_and_the_loss_is_told(kind: str, tmp_path: Path) -> None:
    """Also where it is called what nothing there is found to be."""
    clip = film(tmp_path / "clip.mp4", going, hidden=lambda number: (0, 320) if number > 4 else None)
    box = place(going, 0)
    who = Subject(kind, box=(box.left, box.top, box.width, box.height))
    result = rendered(clip, tmp_path / "filled.mp4", Remove(who, Color(0, 255, 0)))
    filled = ~kept_mask(list(frames(tmp_path / "filled.mp4"))[3], (0, 255, 0))
    there = place(going, 3)
    truth = np.zeros(filled.shape, np.bool_)
    truth[round(there.top) : round(there.bottom), round(there.left) : round(there.right)] = True
    assert iou(filled, truth) > 0.6  # a little more than the box, with round corners
    told = [found.text for found in result.findings if found.level == "WARN"]
    assert any(re.search(r"is lost.* at 0\.[12]\d*s, and is not followed after that", text) for text in told)


@pytest.mark.parametrize("name", ["turns away and goes", "turns away, at the lower edge"])
def test_a_face_stays_hidden_on_somebody_who_turns_away(name: str, tmp_path: Path) -> None:
    way = TURNINGS[name]
    clip, box = film_turning(tmp_path / "clip.mp4", way, count=50), face(way, 0)
    who = Subject(box=(box.left, box.top, box.width, box.height))
    result = rendered(clip, tmp_path / "filled.mp4", Remove(who, Color(0, 255, 0)))
    for number, frame in enumerate(frames(tmp_path / "filled.mp4")):
        there = face(way, number).scaled(0.8).inside(640, 360)
        hidden = ~kept_mask(frame, (0, 255, 0))
        assert hidden[int(there.top) : int(there.bottom), int(there.left) : int(there.right)].mean() > 0.9, number
        assert hidden.sum() < 4 * face(way, number).area
    told = [found.text for found in result.findings if found.level == "WARN"]
    assert any(re.search(r"after 1\.\d*s: from then on the same part of the person is taken", text) for text in told)


def test_strict_quality_refuses_what_is_lost(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", going, hidden=lambda number: (0, 320) if number > 4 else None)
    box = place(going, 0)
    blurred = BlurOut(Subject(box=(box.left, box.top, box.width, box.height)))
    with pytest.raises(Refused, match=r"is lost: hidden, or changed too much at 0\.[12]\d*s") as caught:
        rendered(clip, tmp_path / "out.mp4", blurred, strict=True)
    assert caught.value.code == "quality"
    assert not (tmp_path / "out.mp4").exists()


def test_strict_quality_refuses_what_would_be_made_up(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", still)
    with pytest.raises(Refused, match="made up from what is around it"):
        rendered(clip, tmp_path / "out.mp4", Remove(Subject(box=(200.0, 40.0, 80.0, 32.0))), strict=True)


@pytest.mark.parametrize(
    ("box", "said"), [((5.0, 5.0, 60.0, 60.0), "too plain"), ((300.0, 10.0, 100.0, 20.0), "outside the picture")]
)
def test_a_place_that_cannot_be_followed_is_refused(box: tuple[float, ...], said: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "plain.mp4", size=SIZE, pattern=lambda *_: np.full((180, 320, 3), 90, np.uint8))
    with pytest.raises(Refused, match=said):
        rendered(clip, tmp_path / "out.mp4", BlurOut(Subject(box=box)))

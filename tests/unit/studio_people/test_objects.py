"""Things other than people, and which of several: found by name or place, followed, taken out, filled and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.edits.people import examine
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.parts import find_in_parts
from clipline.studio.reading.media import probe
from clipline.studio.reading.samples import read_samples
from clipline.timeline import BlurOut, Isolate, Pixelate, Remove, Replace, Subject
from clipline.timeline.subjects import END, START
from clipline.values import Color
from filmed_clips import film
from media_maker import make_image
from metrics import Image, frames, iou, kept_mask, psnr
from people_clips import SAMPLES, Placed, empty_street, scene, silhouettes
from studio_clips import rendered

SIZE = (480, 270)
GREEN = Color(0, 255, 0)
EMPTY = empty_street((640, 360))[:270, :480]
CAT = Placed(lambda number: 16 * number - 90, top=90, height=130, kind="cat")
SITTING = Placed(lambda _number: 300, top=110, height=120, kind="cat", flipped=True)
PERSON = Placed(lambda _number: 20, top=40, height=225)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person who stands, and a cat that goes by in front."""
    return scene(tmp_path_factory.mktemp("scene") / "home.mp4", [PERSON, CAT], size=SIZE, count=30)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cats, of which the left one passes behind the other."""
    return scene(tmp_path_factory.mktemp("scene") / "two.mp4", [replace(CAT, top=70), SITTING], size=SIZE, count=30)


def filled(clip: Path, number: int, operation: Remove, tmp_path: Path) -> Image:
    """Where a frame of the result is green."""
    output = tmp_path / "filled.mp4"
    rendered(clip, output, operation)
    return ~kept_mask(list(frames(output))[number], (0, 255, 0))


def test_a_cat_is_taken_out_and_the_person_stays(home: Path, tmp_path: Path) -> None:
    output = tmp_path / "gone.mp4"
    rendered(home, output, Remove("cat"))
    for number, (image, source) in enumerate(zip(frames(output), frames(home), strict=True)):
        person = silhouettes([PERSON], number, SIZE)
        cat = silhouettes([CAT], number, SIZE) & ~person
        if number in {18, 22, 26}:
            assert psnr(image, EMPTY, cat) > 28
            assert psnr(image, source, person) > 29


def test_a_cat_in_front_of_a_person_who_stays_is_taken_out_whole(home: Path, tmp_path: Path) -> None:
    output, without = tmp_path / "gone.mp4", scene(tmp_path / "without.mp4", [PERSON], size=SIZE, count=30)
    rendered(home, output, Remove("cat"))
    pictures = zip(frames(output), frames(home), frames(without), strict=True)
    for number, (image, source, wanted) in enumerate(pictures):
        before = silhouettes([CAT], number, SIZE) & silhouettes([PERSON], number, SIZE)
        if number in {8, 11, 13}:
            assert np.mean(apart(image, wanted)[before] < apart(image, source)[before]) > 0.9, number


def apart(one: Image, other: Image) -> NDArray[np.int64]:
    """By how many levels each pixel differs."""
    return np.abs(one.astype(np.int16) - other).sum(axis=2)


def test_a_cat_is_kept_alone(home: Path, tmp_path: Path) -> None:
    output = tmp_path / "alone.mp4"
    rendered(home, output, Isolate("cat", GREEN))
    kept = kept_mask(list(frames(output))[22], (0, 255, 0))
    assert iou(kept, silhouettes([CAT], 22, SIZE)) > 0.85


def test_a_person_and_a_cat_are_kept_alone_together(home: Path, tmp_path: Path) -> None:
    output = tmp_path / "alone.mp4"
    rendered(home, output, Isolate("people", GREEN, also=("cat",)))
    kept = kept_mask(list(frames(output))[22], (0, 255, 0))
    assert iou(kept, silhouettes([PERSON, CAT], 22, SIZE)) > 0.85


@pytest.mark.parametrize(
    ("speed", "at"), [(7, START), (0, 0.0), (7, END)], ids=["crossing", "passing behind", "crossing, at the end"]
)
def test_who_is_meant_stays_the_same_when_two_meet(speed: int, at: float, tmp_path: Path) -> None:
    walker = Placed(lambda number: 10 + 7 * number, top=75, height=190)
    other = Placed(lambda number: 180 + 21 * speed - speed * number, top=50, height=215, flipped=True)
    clip = scene(tmp_path / "two.mp4", [walker, other], size=SIZE, count=44)
    operation = Remove(Subject("person", "left", at=at), GREEN)
    rendered(clip, tmp_path / "filled.mp4", operation)
    for number in (10, 40):
        last = ~kept_mask(list(frames(tmp_path / "filled.mp4"))[number], (0, 255, 0))
        nearer = silhouettes([other], number, SIZE)
        further = silhouettes([walker], number, SIZE) & ~nearer
        meant, another = (nearer, further) if at == END else (further, nearer)
        assert np.count_nonzero(last & meant) > 0.88 * np.count_nonzero(meant)
        assert np.count_nonzero(last & another) < 0.06 * np.count_nonzero(another)


@pytest.mark.parametrize("operation", [BlurOut("cat", 40.0), Pixelate("cat")])
def test_a_cat_is_hidden_and_nothing_far_from_it(operation: BlurOut | Pixelate, home: Path, tmp_path: Path) -> None:
    output = tmp_path / "hidden.mp4"
    rendered(home, output, operation)
    image, source = list(frames(output))[22], list(frames(home))[22]
    cat, person = silhouettes([CAT], 22, SIZE), silhouettes([PERSON], 22, SIZE)
    assert psnr(image, source, cat) < 25
    assert psnr(image, source, person & ~cat) > 32


def test_an_image_stands_in_the_place_of_a_cat(home: Path, tmp_path: Path) -> None:
    image = make_image(tmp_path / "red.png", (100, 100), (255, 0, 0))
    output = tmp_path / "replaced.mp4"
    rendered(home, output, Replace("cat", str(image)))
    red = ~kept_mask(list(frames(output))[22], (0, 0, 255))
    rows, columns = np.nonzero(red)
    assert 110 < np.ptp(rows) < 150  # as high as the cat
    assert abs(columns.mean() - np.nonzero(silhouettes([CAT], 22, SIZE))[1].mean()) < 15


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (Remove("zebra"), "no zebra was found in home.mp4; found: 1 person.* 1 cat"),
        (Isolate("cat"), "outlines"),
        (Isolate("people", also=("cat", "dog")), "no dog was found"),
    ],
)
def test_what_is_not_there_or_not_good_enough_is_refused(operation: Remove | Isolate, said: str, home: Path) -> None:
    with pytest.raises(Refused, match=said):
        examine(home, operation, info=probe(home), clock=Clock(), strict=True)


def test_somebody_who_is_there_for_a_second_only_is_found(tmp_path: Path) -> None:
    """Between the ten key frames that are looked at first."""
    passing = Placed(lambda number: 20 + 8 * (number - 95) if 95 <= number < 115 else -400, 30, 145)
    clip = scene(tmp_path / "clip.mp4", [passing], size=(320, 180), count=20 * 30)
    assert examine(clip, Pixelate("person"), info=probe(clip), clock=Clock()).found


def test_what_looks_like_a_dog_at_one_size_only_is_none_and_what_is_there_is_said() -> None:
    walkers = SAMPLES / "walkers.mp4"
    with pytest.raises(Refused, match=r"no dog was found in walkers.mp4; found: [4-8] people, 1 car"):
        examine(walkers, Remove("dog"), info=probe(walkers), clock=Clock())


def test_somebody_seen_in_two_parts_of_a_picture_is_one(tmp_path: Path) -> None:
    clip = film(tmp_path / "far.mp4", "still", 0, count=25, who="walker").path
    detector = Detector()
    (picture,) = read_samples(clip, 0.5, 0.52, step=1.0, clock=Clock())
    (box,) = find_in_parts(detector, picture, kinds=("person",), least=0.4)
    assert box.height > 220

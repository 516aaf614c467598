"""Things other than people, and which of several: found by name or place, followed, taken out, filled and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clipline.timeline import Isolate, Remove
from clipline.values import Color
from metrics import Image, frames, iou, kept_mask, psnr
from people_clips import Placed, empty_street, scene, silhouettes
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


def test_a_cat_is_kept_alone(home: Path, tmp_path: Path) -> None:
    output = tmp_path / "alone.mp4"
    rendered(home, output, Isolate("cat", GREEN))
    kept = kept_mask(list(frames(output))[22], (0, 255, 0))
    assert iou(kept, silhouettes([CAT], 22, SIZE)) > 0.85

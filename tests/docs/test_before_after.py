"""The page of pictures before and after is what its command writes, and the command can make a picture anew."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from tests.docs.before_after import IMAGES, LARGEST, PAGE, PICTURES, WIDTH, make, page


def test_the_page_is_what_the_command_writes() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.docs.before_after"


@pytest.mark.parametrize("name", [shown.name for shown in PICTURES])
def test_each_picture_is_there_and_small(name: str) -> None:
    assert 0 < (IMAGES / f"{name}.jpg").stat().st_size <= LARGEST


def test_a_picture_can_be_made_anew(tmp_path: Path) -> None:
    (far,) = (shown for shown in PICTURES if shown.name == "far")
    new = cv2.imread(str(make(far, tmp_path / "far.jpg", tmp_path)))
    old = cv2.imread(str(IMAGES / "far.jpg"))
    assert new.shape == old.shape
    assert new.shape[1] == WIDTH
    # Decoders and encoders of other versions differ by a little.
    assert cv2.absdiff(new, old).mean() < 4

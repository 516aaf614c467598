"""A contact sheet shows moments of two clips, one above the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipline.errors import InputError
from clipline.studio.writing.contact_sheet import contact_sheet
from media_maker import make_clip, make_image, plain_picture


def test_before_is_above_after_at_the_same_moments(tmp_path: Path) -> None:
    def paint(_index: int, time: float) -> object:
        return plain_picture((64, 48), (255, 0, 0) if time < 0.5 else (0, 0, 255))

    before = make_clip(tmp_path / "a.mp4", size=(64, 48), pattern=paint)  # type: ignore[arg-type]
    after = make_clip(tmp_path / "b.mp4", size=(48, 64), pattern=lambda _i, _t: plain_picture((48, 64), (0, 255, 0)))
    contact_sheet(before, after, tmp_path / "sheet.part", 4)
    with Image.open(tmp_path / "sheet.part") as image:
        assert image.format == "PNG"
        sheet = np.asarray(image.convert("RGB")).astype(int)
    columns = [8 + number * 328 + 160 for number in range(4)]
    top = [sheet[30 + 120, column] for column in columns]
    assert [int(np.argmax(color)) for color in top] == [0, 0, 2, 2]
    bottom = [sheet[-40, column] for column in columns]
    assert {int(np.argmax(color)) for color in bottom} == {1}
    assert sheet[8:28, :120].max() > 200  # a time is written above


def test_a_sheet_of_what_is_no_clip_or_of_no_moments_is_refused(tmp_path: Path) -> None:
    clip, image = make_clip(tmp_path / "a.mp4", size=(64, 48), seconds=0.2), make_image(tmp_path / "a.png")
    with pytest.raises(InputError, match="is not a video clip"):
        contact_sheet(clip, image, tmp_path / "sheet", 3)
    with pytest.raises(InputError, match="1 to 24 moments"):
        contact_sheet(clip, clip, tmp_path / "sheet", 0)

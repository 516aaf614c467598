"""What the call of a stage offers beside its values."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.errors import InputError
from clipline.testing.calls import stage_call


def test_a_target_has_every_field_of_a_name_and_lies_in_the_output_folder(tmp_path: Path) -> None:
    call = stage_call(tmp_path, "cut", path="batch[2].cut", started="2026-03-01T14:30:05+00:00", id="r7")
    made = call.target("{date}/{name}-{index}-{run}-{time}.{ext}", name="walk", ext="mp4")
    assert made == tmp_path / "out" / "2026-03-01" / "walk-3-r7-143005.mp4"


@pytest.mark.parametrize("to", ["../{name}.mp4", "/tmp/a.mp4", "{nam}.mp4"])
def test_a_target_outside_or_with_an_unknown_field_is_refused(tmp_path: Path, to: str) -> None:
    with pytest.raises(InputError):
        stage_call(tmp_path, "cut").target(to, name="walk", ext="mp4")


def test_a_target_is_no_source(tmp_path: Path) -> None:
    call = stage_call(tmp_path, "cut")
    clip = call.out / "walk.mp4"
    clip.touch()
    with pytest.raises(InputError, match="over the file that it is made from"):
        call.target("{name}.{ext}", name="walk", ext="mp4", sources=[clip])

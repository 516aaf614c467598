"""A result is compared with its source: what was changed is found, and the rest must be as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.clock import Clock
from clipline.studio.checks.likeness import Part
from clipline.studio.checks.quality_checks import CheckResult, check_media
from media_maker import make_clip, make_sound

SIZE = (256, 192)
Picture = NDArray[np.uint8]


def scene(time: float) -> Picture:
    """Smooth waves that drift, so that each frame is another one."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    waves = [np.sin(x / 9 + phase + 6 * time) * np.cos(y / 7 - phase) for phase in (0, 1, 2)]
    return (128 + 60 * np.stack(waves, axis=-1)).astype(np.uint8)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "source.mp4"
    return make_clip(path, size=SIZE, seconds=1.2, pattern=lambda _, time: scene(time))


def compared(
    folder: Path, source: Path, edit: Callable[[Picture, float], Picture], start: float = 0.0, **wanted: object
) -> list[CheckResult]:
    """Checks of a second that begins at `start` in the source, after an edit."""
    path = folder / "result.mp4"
    make_clip(path, size=SIZE, seconds=1, pattern=lambda _, time: edit(scene(time + start), time))
    part = Part(source, start, start + 1)
    return check_media(path, wanted, clock=Clock(), progress=lambda _: None, source=[part])


def painted(picture: Picture, _: float) -> Picture:
    """An edit of a tenth of the picture."""
    picture[60:120, 90:172] = (20, 200, 60)
    return picture


WANTED = {"likeness": {"warn": 0.97, "fail": 0.95}, "changed": {"warn": "15%", "fail": "30%"}}


def test_an_edit_of_a_part_leaves_the_rest_as_it_was(tmp_path: Path, source: Path) -> None:
    likeness, changed = compared(tmp_path, source, painted, 0.2, **WANTED)
    assert (likeness.level, changed.level) == ("PASS", "PASS")
    part = float(changed.text.removeprefix("up to ").partition("%")[0])
    assert 10 <= part <= 15  # with the cells that its edges touch
    wide, rest = compared(tmp_path, source, painted, 0.2, changed="5%", likeness=0.9945)
    assert (wide.level, wide.spans) == ("FAIL", ((0.0, 1.0),))
    assert rest.level == "PASS"  # of which the edges of the edit are no part


def test_damage_beside_the_edit_is_noticed_with_its_time(tmp_path: Path, source: Path) -> None:
    def noisy(picture: Picture, time: float) -> Picture:
        if 0.4 <= time < 0.6:
            noise = np.random.default_rng(1).integers(-15, 16, (*SIZE[::-1], 1))
            picture = (picture + noise).clip(0, 255).astype(np.uint8)
        return painted(picture, time)

    (likeness,) = compared(tmp_path, source, noisy, likeness={"warn": 0.97, "fail": 0.95})
    assert likeness.level == "FAIL"
    assert np.allclose(likeness.spans, [(0.4, 0.6)], atol=0.001)


def test_a_slight_shift_of_all_colours_is_told_by_psnr(tmp_path: Path, source: Path) -> None:
    def reddish(picture: Picture, time: float) -> Picture:
        shift = (12, 0, 0) if time >= 0.8 else (0, 0, 0)
        return painted((picture + np.array(shift)).clip(0, 255).astype(np.uint8), time)

    (likeness,) = compared(tmp_path, source, reddish, likeness={"ssim": 0.95, "psnr": 40})
    assert likeness.level == "FAIL"
    assert np.allclose(likeness.spans, [(0.8, 1.0)], atol=0.001)


def test_large_damage_counts_as_changed(tmp_path: Path, source: Path) -> None:
    def half_gone(picture: Picture, time: float) -> Picture:
        if time < 0.2:
            picture[: SIZE[1] // 2] = 128
        return picture

    likeness, changed = compared(tmp_path, source, half_gone, **WANTED)
    assert (likeness.level, changed.level) == ("PASS", "FAIL")
    assert np.allclose(changed.spans, [(0, 0.2)], atol=0.001)
    nothing = compared(tmp_path, source, lambda picture, _: 255 - picture, **WANTED)
    assert [result.level for result in nothing] == ["FAIL", "FAIL"]


def test_what_cannot_be_compared_fails_and_says_why(tmp_path: Path, source: Path) -> None:
    def why(result: Path, *parts: Part) -> str:
        (found,) = check_media(result, {"likeness": 0.9}, clock=Clock(), progress=lambda _: None, source=parts)
        assert found.level == "FAIL"
        return found.text

    assert "not known what the file was made from" in why(source)
    assert "lasts 1.20s, and what it was made from 0.50s" in why(source, Part(source, 0.7))
    wide = make_clip(tmp_path / "wide.mp4", size=(256, 128), seconds=1.2)
    assert "another shape: 256x128, not 256x192" in why(wide, Part(source))
    assert "the source is no video" in why(source, Part(make_sound(tmp_path / "a.wav")))
    (same,) = check_media(source, {"likeness": 0.99, "source": str(source)}, clock=Clock(), progress=lambda _: None)
    assert same.level == "PASS"


def test_parts_that_were_joined_are_compared_each_with_its_own(tmp_path: Path, source: Path) -> None:
    def joined(time: float) -> Picture:
        """0.2 to 0.8 s, then 0 to 1 s, which is mixed with it for 0.2 s."""
        if time < 0.4:
            return scene(time + 0.2)
        return scene(time - 0.4) if time >= 0.6 else (scene(time + 0.2) // 2 + scene(time - 0.4) // 2)

    path = make_clip(tmp_path / "joined.mp4", size=SIZE, seconds=1.4, pattern=lambda _, time: joined(time))
    wanted = {"likeness": 0.97, "changed": "5%"}

    def levels(*parts: Part) -> list[str]:
        return [each.level for each in check_media(path, wanted, clock=Clock(), progress=lambda _: None, source=parts)]

    assert levels(Part(source, 0.2, 0.8), Part(source, 0.0, 1.0, crossfade=0.2)) == ["PASS", "PASS"]
    assert "FAIL" in levels(Part(source, 0.0, 0.6), Part(source, 0.0, 1.0, crossfade=0.2))
    assert "FAIL" in levels(Part(source, 0.2, 0.8), Part(source, 0.2, 1.2, crossfade=0.2))
    assert "FAIL" in levels(Part(source, 0.2, 0.6), Part(source, 0.0, 1.0))

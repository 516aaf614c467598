"""Letterbox, flashes, true peak, loudness, ends of streams, and levels: clips made for each, with exact times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.clock import Clock
from clipline.studio.checks.quality_checks import CheckResult, check_media
from media_maker import RATE, bar_picture, make_clip, make_sound, plain_picture, tone

SIZE = (160, 120)
Picture = NDArray[np.uint8]


def check(path: Path, **wanted: object) -> list[CheckResult]:
    return check_media(path, wanted, clock=Clock(), progress=lambda _: None)


def clip_of(folder: Path, paint: Callable[[float], Picture], seconds: float = 4.0, **more: Any) -> Path:
    return make_clip(folder / "a.mp4", size=SIZE, seconds=seconds, pattern=lambda _, time: paint(time), **more)


def levels(results: list[CheckResult]) -> list[str]:
    return [result.level for result in results]


# --- levels ----------------------------------------------------------------------------------------------------------


def test_what_is_too_long_for_one_level_fails_and_what_is_for_the_other_warns(tmp_path: Path) -> None:
    def paint(time: float) -> Picture:
        """Black for one second at the very start, 0.4 in the middle, and 0.6 at the very end."""
        dark = time < 1 or 1.6 <= time < 2 or time >= 3.4
        return plain_picture(SIZE, (0, 0, 0)) if dark else bar_picture(SIZE, round(time * 25))

    clip = clip_of(tmp_path, paint)
    failed, warned = check(clip, black={"warn": 0.5, "fail": 0.8})
    assert (failed.level, warned.level) == ("FAIL", "WARN")
    assert np.allclose(failed.spans, [(0, 1)], atol=0.001)
    assert np.allclose(warned.spans, [(3.4, 4)], atol=0.001)
    (only,) = check(clip, black={"warn": "0.8s", "fail": "2s"})
    assert (only.level, len(only.spans)) == ("WARN", 1)
    assert levels(check(clip, black={"warn": 1.1, "fail": 2}, fps={"warn": 30, "fail": ">=24"})) == ["PASS", "WARN"]
    assert not check(clip, black=False)


# --- letterbox -------------------------------------------------------------------------------------------------------


def boxed(picture: Picture, above: int = 0, below: int = 0, left: int = 0, right: int = 0) -> Picture:
    picture = picture.copy()
    picture[:above] = picture[picture.shape[0] - below :] = 0
    picture[:, :left] = picture[:, picture.shape[1] - right :] = 0
    return picture


def test_bars_that_come_and_change_within_a_clip_are_found_with_their_times(tmp_path: Path) -> None:
    def paint(time: float) -> Picture:
        picture = plain_picture(SIZE, (90, 160, 220)) if time < 3 else bar_picture(SIZE, 3) + 30
        if time < 1:
            return boxed(picture, above=16, below=14) if time >= 0.2 else picture * 0
        return boxed(picture, left=20, right=20) if 2 <= time < 3.2 else picture

    (result,) = check(clip_of(tmp_path, paint), letterbox="5%")
    assert np.allclose(result.spans, [(0, 1), (2, 3.2)], atol=0.001)
    assert result.text.startswith("black bars over 25.0% of the picture (")
    (wide,) = check(tmp_path / "a.mp4", letterbox={"warn": "0%", "fail": "30%"})
    assert wide.level == "WARN"
    assert levels(check(tmp_path / "a.mp4", letterbox="25.5%")) == ["PASS"]


def test_a_dark_scene_has_no_bars(tmp_path: Path) -> None:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]

    def paint(time: float) -> Picture:
        """A lamp in the night: black but for a round spot, and a black picture at the end."""
        spot = 230 * np.exp(-((x - 60 - 10 * time) ** 2 + (y - 70) ** 2) / 500) * (time < 2.5)
        return np.repeat(spot[..., None], 3, axis=2).astype(np.uint8)

    assert levels(check(clip_of(tmp_path, paint, 3), letterbox="0%")) == ["PASS"]


def test_bars_stay_where_the_scene_between_them_is_dark_for_a_while(tmp_path: Path) -> None:
    def paint(time: float) -> Picture:
        light = 12 if 0.8 <= time < 1.6 else 180
        return boxed(plain_picture(SIZE, (light, light, light)), above=20, below=20)

    (result,) = check(clip_of(tmp_path, paint, 2.4), letterbox="10%")
    assert np.allclose(result.spans, [(0, 2.4)], atol=0.001)


# --- flashes ---------------------------------------------------------------------------------------------------------


def flicker(rate: float, begin: float, end: float, width: int = 160, colors: Any = ((40,) * 3, (220,) * 3)) -> Any:
    """Bright `rate` times a second from `begin` to `end`, in the left `width` columns."""

    def paint(time: float) -> Picture:
        picture = plain_picture(SIZE, colors[0])
        if begin <= time < end and (time - begin + 1e-6) * rate % 1 < 0.5:
            picture[:, :width] = colors[1]
        return picture

    return paint


@pytest.mark.parametrize(
    ("paint", "level"),
    [
        (flicker(3, 0, 4), "PASS"),
        (flicker(5, 0, 4), "FAIL"),
        (flicker(5, 0, 4, width=36), "PASS"),  # 22.5 % of the picture
        (flicker(5, 0, 4, width=48), "FAIL"),  # 30 %
        (flicker(5, 0, 4, colors=((40,) * 3, (75,) * 3)), "PASS"),  # less than a tenth of white
        (flicker(5, 0, 4, colors=((232,) * 3, (255,) * 3)), "PASS"),  # the darker one is above 0.8
        (flicker(5, 0, 4, colors=((0, 0, 0), (150, 0, 0))), "FAIL"),  # red: dark, but saturated
        (flicker(5, 0, 4, colors=((0, 0, 0), (0, 0, 200))), "PASS"),
    ],
)
def test_more_than_three_flashes_in_a_second_over_a_quarter_of_the_picture_fail(
    tmp_path: Path, paint: Any, level: str
) -> None:
    assert levels(check(clip_of(tmp_path, paint, 2), flashes=3)) == [level]


def test_the_times_of_flashes_are_those_of_the_first_and_the_last_change(tmp_path: Path) -> None:
    (result,) = check(clip_of(tmp_path, flicker(5, 1, 2.6)), flashes={"warn": 2, "fail": 3})
    assert result.level == "FAIL"
    assert np.allclose(result.spans, [(1, 2.5)], atol=0.041)
    assert result.text.startswith("5 flashes in a second over more than a quarter of the picture")
    (warned,) = check(clip_of(tmp_path, flicker(5, 1, 1.5)), flashes={"warn": 2, "fail": 3})
    assert warned.level == "WARN"


def test_stripes_that_move_across_the_picture_are_no_flashes(tmp_path: Path) -> None:
    def paint(time: float) -> Picture:
        bright = (np.arange(SIZE[0]) + 160 * time) % 40 < 20
        return np.repeat(np.where(bright, 220, 30)[None, :, None], SIZE[1], axis=0).repeat(3, axis=2).astype(np.uint8)

    assert levels(check(clip_of(tmp_path, paint, 2), flashes=3)) == ["PASS"]


# --- sound -----------------------------------------------------------------------------------------------------------


def faded(wave: NDArray[np.float64]) -> NDArray[np.float32]:
    """Both channels with a tenth of a second of fade, since a sine that begins at once overshoots."""
    count = np.arange(len(wave))
    ramp = np.minimum(1, np.minimum(count, count[::-1]) / (RATE / 10))
    return np.repeat((wave * ramp)[None].astype(np.float32), 2, axis=0)


def test_the_true_peak_between_samples_is_found(tmp_path: Path) -> None:
    # A quarter of the sample rate at 45 degrees: no sample is above -3.01 dBFS, the wave reaches 0 dBTP.
    at = np.arange(2 * RATE)
    wave = np.sin(np.pi / 2 * at + np.pi / 4) * np.interp(at, (RATE - 4800, RATE), (1, 0.5))
    path = make_sound(tmp_path / "a.wav", faded(wave), codec="pcm_f32le")
    assert np.abs(faded(wave)).max() < 10 ** (-3 / 20)
    (result,) = check(path, true_peak=-1)
    assert (result.level, result.text) == ("FAIL", "true peak 0.0 dBTP, more than -1")
    assert np.allclose(result.spans, [(0, 1)], atol=0.11)
    (warned,) = check(path, true_peak={"warn": -0.5, "fail": 0})
    assert warned.level == "WARN"
    assert levels(check(path, true_peak=0)) == ["PASS"]


@pytest.mark.parametrize(("level", "seconds", "lufs"), [(-23, 5, -23.0), (-33, 5, -33.0)])
def test_the_simple_cases_of_ebu_tech_3341(tmp_path: Path, level: float, seconds: float, lufs: float) -> None:
    path = make_sound(tmp_path / "a.wav", tone(seconds, frequency=1000, level=10 ** (level / 20)), codec="pcm_s24le")
    assert levels(check(path, loudness={"target": lufs, "tolerance": 0.1})) == ["PASS"]
    assert levels(check(path, loudness={"target": lufs + 0.2, "tolerance": 0.1})) == ["FAIL"]


def test_quiet_parts_count_as_ebu_tech_3341_says_and_each_level_has_a_tolerance(tmp_path: Path) -> None:
    parts = [tone(2, frequency=1000, level=10 ** (level / 20)) for level in (-72, -36, -23, -36, -72)]
    parts[2] = tone(60, frequency=1000, level=10 ** (-23 / 20))
    path = make_sound(tmp_path / "a.wav", np.concatenate(parts, axis=1), codec="pcm_s24le")
    assert levels(check(path, loudness={"target": -23, "tolerance": 0.1})) == ["PASS"]
    assert levels(check(path, loudness={"target": -22, "warn": 0.5, "fail": 1.1})) == ["WARN"]
    assert levels(check(path, loudness={"target": -20, "warn": 0.5, "fail": 1.1})) == ["FAIL"]


def test_silence_is_found_where_the_sound_has_not_begun_and_where_it_is_over(tmp_path: Path) -> None:
    clip = clip_of(tmp_path, lambda _: bar_picture(SIZE, 1), 3, sound_samples=tone(1), sound_starts=0.8)
    (result,) = check(clip, silence={"warn": 0.5, "fail": 3})
    assert np.allclose(result.spans, [(0, 0.8), (1.8, 3)], atol=0.05)


# --- both ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sound", "level", "span"), [(2.0, "PASS", ()), (1.7, "WARN", (1.7, 2)), (1, "FAIL", (1, 2)), (3, "FAIL", (2, 3))]
)
def test_picture_and_sound_end_each_where_it_ends(tmp_path: Path, sound: float, level: str, span: Any) -> None:
    clip = clip_of(tmp_path, lambda _: bar_picture(SIZE, 1), 2, sound_samples=tone(sound))
    (result,) = check(clip, av_length={"warn": 0.1, "fail": 0.5})
    assert result.level == level
    assert np.allclose(result.spans, [span] if span else [], atol=0.05)


@pytest.mark.parametrize(
    ("make", "wanted", "found"),
    [
        (make_sound, {"black": 1, "letterbox": "1%", "flashes": 3, "av_length": 0.1}, ["FAIL"] + ["PASS"] * 3),
        (make_clip, {"silence": 1, "loudness": -20, "true_peak": -1, "av_length": 0.1}, ["FAIL"] * 2 + ["PASS"] * 2),
    ],
)
def test_what_is_not_there_is_neither_right_nor_too_much(
    tmp_path: Path, make: Any, wanted: Mapping[str, object], found: list[str]
) -> None:
    path = make(tmp_path / ("a.wav" if make is make_sound else "a.mp4"), seconds=0.4)
    assert levels(check(path, **wanted)) == found

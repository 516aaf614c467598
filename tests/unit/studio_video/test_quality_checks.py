"""Finished files are checked for what was wanted of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, InputError
from clipline.studio.checks.check_schema import MEDIA_CHECKS_SCHEMA
from clipline.studio.checks.quality_checks import CheckResult, check_media
from media_maker import RATE, bar_picture, make_clip, plain_picture, tone

SIZE = (160, 120)


def _paint(index: int, time: float) -> NDArray[np.uint8]:
    """Black from 1 to 2 s and from 4 s on; standing still from 3 s on."""
    if 1 <= time < 2 or time >= 4:
        return plain_picture(SIZE, (0, 0, 0))
    return bar_picture(SIZE, index if time < 3 else 75)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds, silent from 1 to 1.5 s and from 4 s on."""
    samples = tone(5.0, level=0.3)
    samples[:, RATE : RATE * 3 // 2] = 0
    samples[:, 4 * RATE :] = 0
    path = tmp_path_factory.mktemp("checks") / "clip.mp4"
    return make_clip(path, size=SIZE, seconds=5, pattern=_paint, sound_samples=samples)


def _check(path: Path, wanted: Mapping[str, object]) -> list[CheckResult]:
    jsonschema.Draft202012Validator(MEDIA_CHECKS_SCHEMA).validate(dict(wanted))
    return check_media(path, wanted, clock=Clock(), progress=lambda _fraction: None)


@pytest.mark.parametrize(
    ("wanted", "level"),
    [
        ({"decodes": True}, "PASS"),
        ({"duration": 5}, "PASS"),
        ({"duration": "5s"}, "PASS"),
        ({"duration": "0:05"}, "PASS"),
        ({"duration": ">=5"}, "PASS"),
        ({"duration": "<4s"}, "FAIL"),
        ({"duration": {"min": 4, "max": "6s"}}, "PASS"),
        ({"duration": {"max": 4}}, "FAIL"),
        ({"duration": {"near": 4.5, "tolerance": 0.6}}, "PASS"),
        ({"duration": {"near": 4.5}}, "FAIL"),
        ({"size": "160x120"}, "PASS"),
        ({"size": "1920x1080"}, "FAIL"),
        ({"fps": 25}, "PASS"),
        ({"fps": ">=30"}, "FAIL"),
        ({"video_codec": "h264"}, "PASS"),
        ({"video_codec": ["vp9", "av1"]}, "FAIL"),
        ({"audio_codec": ["opus", "aac"]}, "PASS"),
        ({"audio_codec": "none"}, "FAIL"),
        ({"container": "mp4"}, "PASS"),
        ({"container": "webm"}, "FAIL"),
        ({"black": 1.1}, "PASS"),
        ({"frozen": 3}, "PASS"),
        ({"silence": "1.2s"}, "PASS"),
    ],
)
def test_each_check_holds_or_not(clip: Path, wanted: dict[str, object], level: str) -> None:
    (result,) = _check(clip, wanted)
    assert (result.name, result.level) == (next(iter(wanted)), level)
    assert (", not " in result.text) == (level == "FAIL")


def test_black_frozen_and_silent_spans_are_found_even_where_they_last_to_the_end(clip: Path) -> None:
    black, frozen, silence = _check(clip, {"black": 0.5, "frozen": 0.9, "silence": 0.4})
    assert {black.level, frozen.level, silence.level} == {"FAIL"}
    assert np.allclose(black.spans, [(1, 2), (4, 5)], atol=0.05)
    assert np.allclose(frozen.spans, [(1, 2), (3, 4), (4, 5)], atol=0.05)
    assert np.allclose(silence.spans, [(1, 1.5), (4, 5)], atol=0.05)
    assert black.text == "black for more than 0.5s"


def test_loudness_is_measured(tmp_path: Path) -> None:
    # A 1 kHz sine of amplitude 0.1 on both sides is -20 LUFS by definition of the scale, to a few tenths.
    clip = make_clip(tmp_path / "a.mp4", size=SIZE, seconds=2, sound=True, frequency=1000, level=0.1)
    assert _check(clip, {"loudness": -20})[0].level == "PASS"
    assert _check(clip, {"loudness": {"target": -14, "tolerance": 2}})[0].level == "FAIL"
    short = make_clip(tmp_path / "b.mp4", size=SIZE, seconds=0.2, sound=True)
    assert _check(short, {"loudness": -20})[0].level == "WARN"


def test_a_clip_without_sound_is_silent_and_has_no_loudness(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=SIZE)
    results = _check(clip, {"silence": 10, "loudness": -20, "audio_codec": "none"})
    assert [result.level for result in results] == ["FAIL", "FAIL", "PASS"]


def test_sound_that_stops_before_the_picture_is_silence(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=SIZE, seconds=2, sound=True, sound_seconds=0.5)
    (result,) = _check(clip, {"silence": 1})
    assert np.allclose(result.spans, [(0.5, 2)], atol=0.1)


def test_damage_is_found_by_playing_to_the_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=SIZE, seconds=3)
    data = bytearray(clip.read_bytes())
    for place in range(len(data) // 2, len(data) * 3 // 4, 211):
        data[place] ^= 0xFF
    clip.write_bytes(data)
    assert _check(clip, {"decodes": True})[0].level == "FAIL"


def test_what_makes_no_sense_is_an_input_error(clip: Path) -> None:
    for wanted, words in (
        ({"duration": "soon"}, "the check duration: not a duration"),
        ({"size": "big"}, "the check size: not a size"),
        ({"fps": "fast"}, "the check fps: not a number"),
        ({"sharpness": 3}, "no such check: sharpness"),
    ):
        with pytest.raises(InputError, match=words):
            check_media(clip, wanted, clock=Clock(), progress=lambda _: None)


def test_a_check_can_be_cancelled_and_tells_how_far_it_is(clip: Path) -> None:
    token = CancelToken()
    told: list[float] = []

    def progress(fraction: float) -> None:
        told.append(fraction)
        if fraction > 0.3:
            token.cancel()

    with pytest.raises(Cancelled):
        check_media(clip, {"decodes": True}, clock=Clock(token), progress=progress)
    assert told == sorted(told)
    assert told[-1] < 0.5


def test_the_schema_is_valid_and_reading_it_imports_no_video_library() -> None:
    jsonschema.Draft202012Validator.check_schema(dict(MEDIA_CHECKS_SCHEMA))
    code = (
        "import sys, clipline.studio.checks.check_schema; "
        "print([m for m in ('av', 'numpy', 'cv2') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"

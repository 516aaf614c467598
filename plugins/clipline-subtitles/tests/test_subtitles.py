"""The stage as the engine calls it, on a real clip with real captions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

import clipline_subtitles
from clipline.errors import InputError
from clipline.testing import StageConformance, stage_call
from clipline_subtitles import subtitles

SRT = """1
00:00:00,500 --> 00:00:01,000
Hello

2
00:01:00,000 --> 00:01:01,000
Long after the end
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds of black."""
    path = tmp_path / "talk.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def brightness(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def test_a_caption_is_seen_in_its_time_and_place_and_at_no_other(tmp_path: Path, clip: Path) -> None:
    captions = tmp_path / "talk.srt"
    captions.write_text(SRT, "utf-8")
    result = subtitles(stage_call(tmp_path, "subtitles", files=[clip]), {"captions": str(captions)})
    made = tmp_path / "out" / "talk-subtitled.mp4"
    assert result.outputs == {"files": [str(made)], "cues": 1}
    pictures = brightness(made)
    lit = [number for number, picture in enumerate(pictures) if picture.max() > 150]
    assert len(pictures) == 20
    assert lit == [5, 6, 7, 8, 9]
    assert pictures[7][90:].max() > 150 > pictures[7][:90].max()


def test_the_video_is_found_among_all_that_the_run_made_after_it(tmp_path: Path, clip: Path) -> None:
    captions, sheet, words, frames = (tmp_path / name for name in ("talk.srt", "sheet.png", "words.txt", "frames"))
    captions.write_text(SRT, "utf-8")
    with av.open(str(sheet), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png")
        stream.width, stream.height, stream.pix_fmt = 320, 180, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    words.write_text("no media", "utf-8")
    frames.mkdir()
    call = stage_call(tmp_path, "subtitles", files=[clip, sheet, words, frames])
    assert subtitles(call, {"captions": str(captions)}).outputs["files"] == [
        str(tmp_path / "out" / "talk-subtitled.mp4")
    ]


def test_captions_that_are_none_are_a_clear_error(tmp_path: Path, clip: Path) -> None:
    captions = tmp_path / "talk.srt"
    captions.write_text("this is not a caption file", "utf-8")
    with pytest.raises(InputError, match="no times here") as caught:
        subtitles(stage_call(tmp_path, "subtitles", files=[clip]), {"captions": str(captions)})
    assert str(caught.value.place).endswith("talk.srt:1")
    assert not list((tmp_path / "out").iterdir())


def test_captions_after_the_end_are_refused_rather_than_made_into_the_same_video(tmp_path: Path, clip: Path) -> None:
    captions = tmp_path / "late.vtt"
    captions.write_text("WEBVTT\n\n00:01:00.000 --> 00:01:01.000\nToo late\n", "utf-8")
    with pytest.raises(InputError, match="no caption"):
        subtitles(stage_call(tmp_path, "subtitles", files=[clip]), {"captions": str(captions)})


def test_without_an_exported_file_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no video") as caught:
        subtitles(stage_call(tmp_path, "subtitles"), {"captions": "talk.srt"})
    assert "after an export" in caught.value.hint


class TestConformance(StageConformance):
    plugin = clipline_subtitles
    name = "subtitles"

    def options(self, folder: Path) -> Mapping[str, object]:
        captions = folder / "talk.srt"
        captions.write_text(SRT, "utf-8")
        return {"captions": str(captions)}

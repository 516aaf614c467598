"""Which frames come out, when, and how they look."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from clipline.clock import Clock
from clipline.errors import InputError, Refused
from clipline.studio.reading.decode import VideoReader
from clipline.studio.reading.media import probe
from clipline.studio.rendering.render import RenderSpec, render
from clipline.timeline import (
    Background,
    Crop,
    Fit,
    Pad,
    Resize,
    Segment,
    Timeline,
    Title,
    Track,
    Transparent,
    Trim,
)
from clipline.values import Color, Size
from media_maker import bar_picture, make_clip, make_sound, plain_picture
from studio_clips import bars, gray, rendered, timeline_of, times

FORMATS = ["mp4", "mov", "mkv", "webm"]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of 25 frames."""
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4")


@pytest.mark.parametrize("format_", FORMATS)
def test_a_plain_render_keeps_every_frame_and_its_time(tmp_path: Path, clip: Path, format_: str) -> None:
    result = rendered(clip, tmp_path / "out.part", format=format_)
    assert (result.info.container, result.info.width, result.info.height) == (format_, 320, 240)
    assert (result.frames, result.seconds) == (25, pytest.approx(1.0))
    assert bars(tmp_path / "out.part") == [index % 16 for index in range(25)]
    assert times(tmp_path / "out.part") == pytest.approx([index / 25 for index in range(25)], abs=0.002)
    assert np.abs(gray(tmp_path / "out.part", 12).astype(int) - gray(clip, 12)).mean() < 3


def test_mp4_and_mov_begin_with_their_index(tmp_path: Path, clip: Path) -> None:
    for format_ in ("mp4", "mov"):
        rendered(clip, tmp_path / "out", format=format_)
        data = (tmp_path / "out").read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")


def test_a_gif_keeps_its_length_at_a_rate_that_a_gif_can_count(tmp_path: Path, clip: Path) -> None:
    result = rendered(clip, tmp_path / "out", format="gif", quality="high")
    assert (result.info.container, result.info.duration, result.info.fps) == ("gif", 1.0, pytest.approx(20))
    assert bars(tmp_path / "out")[:4] == [0, 1, 3, 4]
    assert [finding.text for finding in result.findings] == [
        "the clip has 25 frames a second, a gif of quality high has 20"
    ]


def test_png_makes_a_folder_of_numbered_frames(tmp_path: Path, clip: Path) -> None:
    result = rendered(clip, tmp_path / "frames", format="frames")
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert (names[0], names[-1], len(names)) == ("frame-00001.png", "frame-00025.png", 25)
    assert (result.info.container, result.info.frames, result.info.duration) == ("png", 25, pytest.approx(1.0))
    assert bars(tmp_path / "frames" / "frame-00008.png") == [7]


@pytest.mark.parametrize("quality", ["low", "medium", "high", "best"])
def test_better_quality_is_nearer_to_the_source(tmp_path: Path, clip: Path, quality: str) -> None:
    limits = {"low": 5.0, "medium": 3.5, "high": 2.5, "best": 1.5}
    rendered(clip, tmp_path / "out", quality=quality)
    assert np.abs(gray(tmp_path / "out", 10).astype(int) - gray(clip, 10)).mean() < limits[quality]


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "first", "count"),
    [(0.4, 0.8, 10, 10), (0.41, 0.81, 10, 10), (0.0, 0.04, 0, 1), (0.96, None, 24, 1)],
)
def test_a_trim_is_exact_to_the_frame(
    tmp_path: Path, clip: Path, start: float, end: float | None, first: int, count: int
) -> None:
    result = rendered(clip, tmp_path / "out", Trim(start, end))
    assert bars(tmp_path / "out") == [(first + index) % 16 for index in range(count)]
    assert times(tmp_path / "out")[0] == 0.0
    assert result.info.duration == pytest.approx(count / 25, abs=0.011)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_trim_between_two_frames_goes_to_the_nearest_so_that_all_last_as_long(
    tmp_path: Path, clip: Path, format_: str
) -> None:
    result = rendered(clip, tmp_path / "out", Trim(0.5, 0.9), format=format_)  # at 25 a second: frames 12.5 and 22.5
    assert bars(tmp_path / "out") == [index % 16 for index in range(12, 22)]
    assert times(tmp_path / "out") == pytest.approx([index / 25 for index in range(10)], abs=0.002)
    assert (result.seconds, result.info.duration) == (pytest.approx(0.4), pytest.approx(0.4, abs=0.002))
    rendered(clip, tmp_path / "late", Trim(0.51, 0.89), format=format_)
    assert bars(tmp_path / "late") == [index % 16 for index in range(13, 22)]


def test_a_trim_far_into_a_clip_with_few_key_frames_is_exact_too(tmp_path: Path) -> None:
    long = make_clip(tmp_path / "long.mp4", size=(64, 64), seconds=8, gop=100)
    rendered(long, tmp_path / "out", Trim(5.0, 5.2))
    assert bars(tmp_path / "out") == [(125 + index) % 16 for index in range(5)]


def test_a_variable_frame_rate_keeps_its_times_and_its_length(tmp_path: Path) -> None:
    moments = [0.0, 0.04, 0.08, 0.5, 0.52, 0.9]
    clip = make_clip(tmp_path / "vfr.mp4", times=moments)
    for format_ in FORMATS:
        rendered(clip, tmp_path / format_, format=format_)
        assert times(tmp_path / format_) == pytest.approx(moments, abs=0.002)
        assert probe(tmp_path / format_).duration == pytest.approx(probe(clip).duration, abs=0.03)


def test_a_frame_that_stands_for_long_is_cut_where_the_trim_says(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "vfr.mp4", times=[0.0, 0.04, 0.08, 0.5, 0.52, 0.9])
    rendered(clip, tmp_path / "out", Trim(0.3, 0.6))
    assert (times(tmp_path / "out"), bars(tmp_path / "out")) == ([0.0, 0.2, 0.22], [2, 3, 4])


def test_a_frame_rate_that_is_asked_for_is_made_by_leaving_out_and_repeating(tmp_path: Path, clip: Path) -> None:
    rendered(clip, tmp_path / "half", fps=12.5)
    assert bars(tmp_path / "half")[:5] == [0, 2, 4, 6, 8]
    rendered(clip, tmp_path / "double", fps=50)
    assert bars(tmp_path / "double")[:6] == [0, 0, 1, 1, 2, 2]
    rendered(clip, tmp_path / "broadcast", fps=29.97)
    with av.open(str(tmp_path / "broadcast")) as container:
        assert container.streams.video[0].average_rate == Fraction(30000, 1001)


# --- shape -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rotation", "size"), [(90, (240, 320)), (180, (320, 240)), (270, (240, 320))])
def test_rotation_is_applied_to_the_picture(tmp_path: Path, rotation: int, size: tuple[int, int]) -> None:
    clip = make_clip(tmp_path / "turned.mp4", rotation=rotation)
    info = rendered(clip, tmp_path / "out", quality="medium").info
    assert (info.width, info.height, info.rotation) == (*size, 0)
    upright = np.rot90(gray(tmp_path / "out", 5), rotation // 90)  # counter-clockwise: back to how it was stored
    assert np.abs(upright.astype(int) - gray(clip, 5)).mean() < 3


def test_pixels_that_are_not_square_become_square(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "wide.mp4", sample_aspect=Fraction(4, 3))
    info = rendered(clip, tmp_path / "out").info
    assert (info.width, info.height) == (426, 240)


def test_odd_sides_lose_a_line_only_where_the_codec_needs_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "odd.mkv", size=(321, 241), codec="ffv1", pixels="yuv444p", seconds=0.2)
    result = rendered(clip, tmp_path / "out")
    assert (result.info.width, result.info.height) == (320, 240)
    assert [finding.text for finding in result.findings] == ["mp4 takes no odd sides: 321x241 is cut to 320x240"]
    info = rendered(clip, tmp_path / "frames", format="frames").info
    assert (info.width, info.height) == (321, 241)


def test_operations_change_the_size_in_their_order(tmp_path: Path, clip: Path) -> None:
    def size(*operations: object, **spec: object) -> tuple[int, int]:
        info = rendered(clip, tmp_path / "out", *operations, **spec).info  # type: ignore[arg-type]
        return info.width, info.height

    assert size(Resize(Size(160, 100))) == (160, 100)
    assert size(Crop("9:16")) == (134, 240)
    assert size(Crop("1:1"), Resize(Size(100, 100)), Pad(Size(200, 100))) == (200, 100)
    assert size(Pad(Size(400, 400)), Crop("2:1")) == (400, 200)
    assert size(Fit(Size(100, 160))) == (132, 100)
    assert size(Fit(Size(4000, 4000))) == (320, 240)
    assert size(size=Size(640, 360)) == (640, 360)
    assert size(max_size=Size(160, 160)) == (160, 120)


def test_a_crop_takes_the_part_that_was_named(tmp_path: Path, clip: Path) -> None:
    rendered(clip, tmp_path / "out", Crop(size=Size(100, 80), x=40, y=60), quality="best")
    assert np.abs(gray(tmp_path / "out", 3).astype(int) - gray(clip, 3)[60:140, 40:140]).mean() < 2.5


def test_a_pad_stands_on_its_colour(tmp_path: Path, clip: Path) -> None:
    rendered(clip, tmp_path / "frames", Pad(Size(400, 240), Color(255, 0, 0)), format="frames")
    with av.open(str(tmp_path / "frames" / "frame-00003.png")) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(picture[:, :30].astype(int) - (255, 0, 0)).max() < 8
    assert np.abs(picture[:, -30:].astype(int) - (255, 0, 0)).max() < 8


def test_an_exact_size_of_another_shape_keeps_the_shape_of_the_picture(tmp_path: Path, clip: Path) -> None:
    result = rendered(clip, tmp_path / "out", size=Size(640, 240))
    assert gray(tmp_path / "out", 4)[:, :150].max() < 24
    assert "stands on black" in result.findings[0].text


def test_a_preview_is_small(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "big.mp4", size=(1280, 720), seconds=0.2)
    info = rendered(clip, tmp_path / "out", preview=True).info
    assert (info.width, info.height) == (852, 480)
    info = rendered(clip, tmp_path / "out", preview=True, max_size=Size(320, 320)).info
    assert (info.width, info.height) == (320, 180)


def test_a_track_that_cannot_be_rendered_is_told(tmp_path: Path, clip: Path) -> None:
    timeline = timeline_of(clip, Trim(0, 0.2))
    timeline = replace(timeline, tracks=(*timeline.tracks, Track("other", (Segment("sticker", 0.2),))))
    spec = RenderSpec(quality="medium")
    result = render(timeline, tmp_path / "out", spec, clock=Clock(), progress=lambda _: None)
    assert [finding.text for finding in result.findings] == [
        "the track with 'sticker' is of a kind that is not rendered here"
    ]


def test_clips_over_one_another_are_refused(tmp_path: Path, clip: Path) -> None:
    timeline = timeline_of(clip)
    timeline = replace(timeline, tracks=timeline.tracks * 2)
    with pytest.raises(Refused, match="not several over one another"):
        render(timeline, tmp_path / "out", RenderSpec(), clock=Clock(), progress=lambda _: None)


# --- colour ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("matrix", "full"), [(1, False), (6, False), (1, True)])
def test_the_tags_of_colour_stay_as_they_are(tmp_path: Path, matrix: int, full: bool) -> None:
    clip = make_clip(tmp_path / "a.mp4", matrix=matrix, full_range=full)
    rendered(clip, tmp_path / "out")
    with av.open(str(tmp_path / "out")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (matrix, 2 if full else 1)
    assert np.abs(gray(tmp_path / "out", 2).astype(int) - gray(clip, 2)).mean() < 3


def test_ten_bits_become_eight_and_that_is_said(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", codec="ffv1", pixels="yuv420p10le", seconds=0.2)
    result = rendered(clip, tmp_path / "out")
    assert [finding.text for finding in result.findings] == ["the clip has 10 bits a colour; the result has 8"]
    assert np.abs(gray(tmp_path / "out", 2).astype(int) - gray(clip, 2)).mean() < 3


class _HalfClear:
    """Stands for an operation on people: the left half is transparent."""

    def process(self, picture: object) -> object:
        alpha = np.full_like(picture.y, 255)  # type: ignore[attr-defined]
        alpha[:, : alpha.shape[1] // 2] = 0
        picture.alpha = alpha  # type: ignore[attr-defined]
        return picture

    def findings(self) -> tuple[()]:
        return ()


def _clear_half(clip: Path, output: Path, format_: str) -> None:
    render(
        timeline_of(clip, Background(Transparent())),
        output,
        RenderSpec(format_),  # type: ignore[arg-type]
        clock=Clock(),
        progress=lambda _: None,
        prepare=lambda *_, **__: _HalfClear(),  # type: ignore[arg-type, return-value]
    )


def _alpha(path: Path) -> np.ndarray:
    with VideoReader(path, alpha=True) as reader:
        alpha = next(reader.pictures(0.2, 0.4, Clock())).alpha
    assert alpha is not None
    return alpha


@pytest.mark.parametrize("format_", ["webm", "mov", "gif"])
def test_transparency_is_kept_where_the_container_has_it_and_through_a_second_render(
    tmp_path: Path, clip: Path, format_: str
) -> None:
    _clear_half(clip, tmp_path / "clear", format_)
    assert probe(tmp_path / "clear").has_alpha
    for path in (tmp_path / "clear", tmp_path / "again"):
        if path.name == "again":
            rendered(tmp_path / "clear", path, format="webm")
        alpha = _alpha(path)
        assert alpha[:, :150].max() < 16
        assert alpha[:, 170:].min() > 240


def test_png_frames_are_transparent(tmp_path: Path, clip: Path) -> None:
    _clear_half(clip, tmp_path / "frames", "frames")
    with av.open(str(tmp_path / "frames" / "frame-00002.png")) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgba")
    assert picture[:, :160, 3].max() == 0
    assert picture[:, 160:, 3].min() == 255


def test_a_container_without_transparency_refuses_it_before_work_and_shows_black_for_a_clear_clip(
    tmp_path: Path, clip: Path
) -> None:
    for format_ in ("mp4", "mkv"):
        with pytest.raises(Refused, match=f"{format_} carries no transparency"):
            _clear_half(clip, tmp_path / "out", format_)
    _clear_half(clip, tmp_path / "clear", "webm")
    result = rendered(tmp_path / "clear", tmp_path / "flat")
    assert gray(tmp_path / "flat", 3)[:, :140].max() < 24
    assert [finding.level for finding in result.findings] == ["WARN"]


# --- refused ---------------------------------------------------------------------------------------------------------


def test_what_cannot_be_rendered_is_refused_and_leaves_nothing_behind(tmp_path: Path, clip: Path) -> None:
    output = tmp_path / "out"
    with pytest.raises(Refused, match="is not inside the picture of 320x240"):
        rendered(clip, output, Crop(size=Size(400, 100)))
    with pytest.raises(Refused, match="mp4 takes no odd sides"):
        rendered(clip, output, size=Size(321, 240))
    with pytest.raises(Refused, match="too long for a picture"):
        rendered(clip, output, Title("word " * 500))
    song = make_sound(tmp_path / "a.wav")
    heard = Timeline((Track("video", (Segment("a", 1.0, source=str(song)),)),))
    with pytest.raises(InputError, match="holds only sound, not a video clip"):
        render(heard, output, RenderSpec(), clock=Clock(), progress=lambda _: None)
    assert not output.exists()


def test_pictures_of_any_width_come_out_clean_to_their_right_edge(tmp_path: Path) -> None:
    for width in (178, 180, 190):
        clip = make_clip(
            tmp_path / f"{width}.mp4",
            size=(width, 64),
            seconds=0.12,
            pattern=lambda _i, _t, w=width: plain_picture((w, 64), (200, 40, 90)),
        )
        rendered(clip, tmp_path / str(width), format="frames")
        with av.open(str(tmp_path / str(width) / "frame-00001.png")) as container:
            picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
        assert np.abs(picture.astype(int) - (200, 40, 90)).max() < 12
        rendered(clip, tmp_path / f"{width}.gif", format="gif")
        with av.open(str(tmp_path / f"{width}.gif")) as container:
            picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
        assert np.abs(picture.astype(int) - (200, 40, 90)).max() < 16


def test_a_damaged_place_is_left_out_and_said(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "a.mkv", size=(160, 120), seconds=2, pattern=lambda index, _t: bar_picture((160, 120), index)
    )
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    clip.write_bytes(data)
    result = rendered(clip, tmp_path / "out", quality="medium")
    assert result.frames > 30
    assert any("damaged" in finding.text for finding in result.findings)

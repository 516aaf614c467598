"""Posters and strips: which moment is seen where, in which size, and the right way up."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import av
import numpy as np
import pytest
from PIL import Image

import clipline_proxy
from clipline.errors import InputError
from clipline.stage import Exported, StageCall
from clipline.testing.calls import FolderFiles

STEPS = {step.name: step for step in clipline_proxy.post_export_steps()}


@pytest.fixture
def call(clipline_call: Callable[..., StageCall]) -> StageCall:
    return clipline_call("export")


def run(call: StageCall, step: str, file: Path, **options: Any) -> list[Path]:
    fresh = call.at(call.path, files=FolderFiles())  # nothing was delivered before
    return [Path(path) for path in STEPS[step].run(fresh, Exported((file,), (), {}), options).outputs["files"]]


def level(picture: Image.Image) -> float:
    """The brightness in the middle of a picture."""
    width, height = picture.size
    middle = picture.convert("L").crop((width * 2 // 5, height * 2 // 5, width * 3 // 5, height * 3 // 5))
    return float(np.asarray(middle).mean())


def corner(picture: Image.Image) -> str:
    """In which corner the white patch is."""
    gray = np.asarray(picture.convert("L")).astype(float)
    high, wide = gray.shape[0] // 8, gray.shape[1] // 8
    corners = {
        "top left": gray[:high, :wide],
        "top right": gray[:high, -wide:],
        "bottom left": gray[-high:, :wide],
        "bottom right": gray[-high:, -wide:],
    }
    return max(corners, key=lambda name: corners[name].mean())


# --- posters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "suffix"), [("jpeg", ".jpg"), ("png", ".png"), ("webp", ".webp")])
def test_a_poster_shows_the_moment_that_is_asked_for(
    kind: str, suffix: str, call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    (poster,) = run(call, "poster", clip, at="0.5s", format=kind)
    assert poster.name == f"a-poster{suffix}"
    with Image.open(poster) as picture:
        assert (picture.format, picture.size) == (kind.upper(), (160, 90))
        assert level(picture) == pytest.approx(24 + 16 * 6, abs=4)
        assert corner(picture) == "top left"


def test_a_poster_of_its_own_choice_is_not_of_the_dark(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    dark = make_clip(tmp_path / "dark.mp4", 48, levels=lambda index: 0 if index < 30 else 120)
    (poster,) = run(call, "poster", dark)
    with Image.open(poster) as picture:
        assert level(picture) == pytest.approx(120, abs=6)


def test_a_poster_of_its_own_choice_is_sharp(call: StageCall, tmp_path: Path) -> None:
    path = tmp_path / "blurred.mp4"
    noise = np.random.default_rng(1).integers(60, 200, (90, 160, 1), np.uint8).repeat(3, 2)
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=10, options={"crf": "10"})
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        for index in range(30):
            picture = noise if 14 <= index < 20 else np.full_like(noise, 130)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
    (poster,) = run(call, "poster", path, format="png")
    with Image.open(poster) as picture:
        assert np.asarray(picture.convert("L")).std() > 15


def test_a_poster_fits_into_its_box_either_way_up_and_is_not_enlarged(
    call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    wide, high = make_clip(tmp_path / "wide.mp4"), make_clip(tmp_path / "high.mp4", rotation=90)
    for clip, box, size in (
        (wide, "80x80", (80, 45)),
        (high, "80x40", (40, 71)),
        (wide, "4000x4000", (160, 90)),
    ):
        (poster,) = run(call, "poster", clip, max_size=box)
        with Image.open(poster) as picture:
            assert picture.size == size


@pytest.mark.parametrize(("rotation", "where"), [(90, "top right"), (180, "bottom right"), (270, "bottom left")])
def test_a_turned_clip_is_shown_as_players_show_it(
    rotation: int, where: str, call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", rotation=rotation)
    for file in (run(call, "poster", clip, at=0)[0], run(call, "strip", clip, every="2s", tile="90x90")[0]):
        with Image.open(file) as picture:
            assert corner(picture) == where


def test_a_still_and_a_gif_have_posters_too(call: StageCall, make_gif: Any, tmp_path: Path) -> None:
    Image.new("RGB", (31, 21), "red").save(tmp_path / "still.png")
    gif = make_gif(tmp_path / "anim.gif")
    for file, size in ((tmp_path / "still.png", (31, 21)), (gif, (33, 21))):
        (poster,) = run(call, "poster", file)
        with Image.open(poster) as picture:
            assert picture.size == size


def test_a_jpeg_shows_what_is_transparent_as_black_and_a_png_keeps_it(call: StageCall, tmp_path: Path) -> None:
    Image.new("RGBA", (40, 40), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    with Image.open(run(call, "poster", tmp_path / "clear.png")[0]) as picture:
        assert picture.convert("L").getextrema()[1] < 10
    with Image.open(run(call, "poster", tmp_path / "clear.png", format="png")[0]) as picture:
        assert picture.getextrema()[3] == (0, 0)


def test_a_moment_after_the_end_is_an_error(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ends at 2s"):
        run(call, "poster", make_clip(tmp_path / "a.mp4"), at="0:05")


# --- strips ----------------------------------------------------------------------------------------------------------

CUE = re.compile(r"(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n")


def seconds(text: str) -> float:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def cues_of(path: Path) -> list[tuple[float, float, Image.Image]]:
    """The cues of a WebVTT file: from when to when, and what is seen."""
    text = path.read_text("utf-8")
    assert text.startswith("WEBVTT\n\n")
    found = []
    for begin, end, name, *place in CUE.findall(text):
        left, top, width, height = map(int, place)
        with Image.open(path.parent / unquote(name)) as sheet:
            assert left + width <= sheet.width
            assert top + height <= sheet.height
            found.append((seconds(begin), seconds(end), sheet.crop((left, top, left + width, top + height))))
    return found


def test_each_cue_shows_what_is_seen_in_the_middle_of_its_time(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "鱼 & co.mp4", 24)
    *sheets, vtt = run(call, "strip", clip, every="0.25s", columns=3, rows=2, format="png", tile="48x27")
    assert [sheet.name for sheet in sheets] == ["鱼 & co-strip-1.png", "鱼 & co-strip-2.png"]
    cues = cues_of(vtt)
    assert [(begin, end) for begin, end, _ in cues] == [(n / 4, (n + 1) / 4) for n in range(8)]
    for number, (_, _, picture) in enumerate(cues):
        assert picture.size == (48, 27)
        # 12 pictures a second: the middle of each quarter falls into its second picture.
        assert level(picture) == pytest.approx(24 + 16 * ((number * 3 + 1) % 12), abs=4)


def test_far_apart_they_are_looked_for_and_are_as_exact(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "long.mp4", 240, rate=Fraction(12), size=(64, 36))
    cues = cues_of(run(call, "strip", clip, every="5s", format="png")[-1])
    assert [round(begin) for begin, _, _ in cues] == [0, 5, 10, 15]
    assert [level(picture) for _, _, picture in cues] == pytest.approx([24 + 16 * 6] * 4, abs=4)


def test_a_short_rest_belongs_to_the_last_picture(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    cues = cues_of(run(call, "strip", make_clip(tmp_path / "a.mp4", 25), every="1s")[-1])
    assert [(begin, end) for begin, end, _ in cues] == [(0, 1), (1, pytest.approx(25 / 12, abs=0.001))]


def test_a_picture_that_stands_long_is_shown_as_often_as_it_takes(
    call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "slow.mkv", 3, times=[0, 1000, 1900], levels=lambda index: 60 + 60 * index)
    cues = cues_of(run(call, "strip", clip, every="0.25s", format="png")[-1])
    shown = [round(level(picture) / 60) for _, _, picture in cues]
    assert shown[:8] == [1, 1, 1, 1, 2, 2, 2, 2]


def test_by_default_there_is_one_a_second_and_never_over_a_hundred(
    call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    short = cues_of(run(call, "strip", make_clip(tmp_path / "a.mp4", 36))[-1])
    long = cues_of(run(call, "strip", make_clip(tmp_path / "b.mp4", 250, rate=Fraction(1), size=(32, 18)))[-1])
    assert (len(short), len(long)) == (3, 100)


def test_a_small_clip_with_odd_sides_is_not_enlarged(call: StageCall, make_gif: Any, tmp_path: Path) -> None:
    gif = make_gif(tmp_path / "anim.gif")
    (_, _, picture), *_ = cues_of(run(call, "strip", gif)[-1])
    assert picture.size == (33, 21)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"every": 0}, "over 10000"),
        ({"every": "0.0001s"}, "over 10000"),
        ({"every": "0.02s", "columns": 100, "rows": 1, "tile": "160x90", "format": "webp", "big": True}, "larger than"),
    ],
)
def test_too_many_pictures_are_an_error_and_nothing_is_left(
    options: dict[str, Any], words: str, call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    if options.pop("big", False):
        options["tile"] = "320x180"
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180))
    with pytest.raises(InputError, match=words):
        run(call, "strip", clip, **options)
    assert list(tmp_path.glob("a-*")) == []

"""Images as clips: how long they stand, which way up, and beside clips that move."""

from __future__ import annotations

import sys
from math import inf
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clipline.errors import InputError
from clipline.studio.reading.media import probe
from clipline.timeline import Background, Crop, Join, Media, Title, Trim, apply
from media_maker import make_clip
from metrics import frames
from people_clips import CLIPS
from studio_clips import bars, gray, timeline_of
from studio_stills import adobe_rgb, made, still


def picture(path: Path, orientation: int = 1) -> Path:
    """160x120 as it is shown, red on the left half and blue on the right; stored as the Exif note says."""
    colors = np.zeros((120, 160, 3), np.uint8)
    colors[:, :80, 0] = colors[:, 80:, 2] = 250
    image, exif = Image.fromarray(colors), Image.Exif()
    exif[0x0112] = orientation
    stored = {6: Image.Transpose.ROTATE_90, 2: Image.Transpose.FLIP_LEFT_RIGHT}.get(orientation)
    (image.transpose(stored) if stored is not None else image).save(path, exif=exif)
    return path


def colors_of(path: Path, number: int) -> NDArray[np.uint8]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return frames[number]


@pytest.mark.parametrize(("name", "orientation"), [("a.jpg", 6), ("b.png", 6), ("c.webp", 2), ("d.avif", 6)])
def test_an_image_stands_upright_for_five_seconds_or_as_long_as_is_said(
    tmp_path: Path, name: str, orientation: int
) -> None:
    whole = still(picture(tmp_path / name, orientation))
    assert (whole.duration, whole.width, whole.height, whole.fps) == (5.0, 160, 120, 25)
    longer = apply(apply(whole, Trim(0.0, 0.4)), Trim(0.0, 6.0))
    assert longer.duration == 6.0
    out = made(apply(whole, Trim(0.0, 0.4)), tmp_path / "out")
    info = probe(out)
    assert (info.width, info.height, info.frames, info.duration) == (160, 120, 10, pytest.approx(0.4))
    shown = colors_of(out, 9)
    assert shown[60, 20].tolist() == pytest.approx([250, 0, 0], abs=12)
    assert shown[60, 140].tolist() == pytest.approx([0, 0, 250], abs=12)


def test_a_title_comes_and_goes_over_an_image(tmp_path: Path) -> None:
    timeline = apply(
        apply(still(picture(tmp_path / "a.png")), Trim(0.0, 0.4)), Title("XX", 0.2, 0.2, position="middle")
    )
    out = made(timeline, tmp_path / "out")
    assert np.array_equal(gray(out, 0), gray(out, 4)) or np.abs(gray(out, 0).astype(int) - gray(out, 4)).max() < 4
    assert gray(out, 7).max() > gray(out, 0).max() + 80


def test_an_image_beside_a_clip_has_its_rate_and_stands_in_its_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", size=(128, 128), fps=30, seconds=0.5, sound=True)
    image = picture(tmp_path / "a.png")
    beside = timeline_of(clip)
    for join in (Join((str(image),), front=True, hold=0.4), Join((str(image),), 0.2, hold=0.5)):
        beside = apply(beside, join, lambda _: inf)
    out = made(beside, tmp_path / "out")
    info = probe(out)
    assert (info.width, info.height, round(info.fps), info.frames) == (128, 128, 30, 12 + 15 + 15 - 6)
    assert bars(out)[12:21] == list(range(9))
    assert gray(out, 0)[:12].max() < 24  # bars of black above and below


def test_a_clear_part_of_an_image_is_kept_where_the_container_carries_it(tmp_path: Path) -> None:
    pixels = np.full((120, 160, 4), 200, np.uint8)
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(tmp_path / "solid.png")
    pixels[:, 80:, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "half.png")
    assert not probe(tmp_path / "solid.png").has_alpha
    assert probe(tmp_path / "half.png").has_alpha
    short = apply(still(tmp_path / "half.png"), Trim(0.0, 0.2))
    assert probe(made(short, tmp_path / "out", format="webm")).has_alpha
    assert gray(made(short, tmp_path / "flat"), 2)[:, 90:].max() < 24


def test_an_image_makes_one_frame_where_frames_are_asked_for(tmp_path: Path) -> None:
    out = made(still(picture(tmp_path / "a.jpg")), tmp_path / "out", format="frames")
    assert [path.name for path in out.iterdir()] == ["frame-00001.png"]
    assert len(list(made(still(picture(tmp_path / "a.jpg")), tmp_path / "two", format="frames", fps=2).iterdir())) == 10


def test_an_image_in_tiles_is_no_tile_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As phones write HEIC: the primary item is a grid. FFmpeg would give the first tile."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as where the extra is not installed
    items = b"".join(
        len(box).to_bytes(4, "big") + box[4:]
        for box in (
            b"\0\0\0\0ftypheic\0\0\0\0mif1",
            b"\0\0\0\0pitm\0\0\0\0\0\x07",
            b"\0\0\0\0infe\x02\0\0\0\0\x07\0\0grid\0",
        )
    )
    (tmp_path / "a.heic").write_bytes(items)
    with pytest.raises(InputError, match=r"a.heic is a HEIC image in tiles") as caught:
        probe(tmp_path / "a.heic")
    assert "clipline[heic]" in caught.value.hint


def test_a_still_is_changed_once_and_what_comes_and_goes_over_it_leaves_nothing(tmp_path: Path) -> None:
    cropped = apply(apply(still(picture(tmp_path / "a.png")), Trim(0.0, 0.4)), Crop("1:1"))
    titled = apply(cropped, Title("XXXXX", duration=0.2))
    plain, shown = made(cropped, tmp_path / "plain.mkv"), made(titled, tmp_path / "titled.mkv")
    assert np.abs(colors_of(plain, 2).astype(int) - colors_of(shown, 2)).max() > 100
    assert np.abs(colors_of(plain, 8).astype(int) - colors_of(shown, 8)).mean() < 2


def test_a_clip_goes_on_behind_somebody_in_a_still(tmp_path: Path) -> None:
    portrait = next(frames(CLIPS / "portrait.mp4"))[::2, ::2, ::-1]
    Image.fromarray(np.ascontiguousarray(portrait)).save(tmp_path / "me.png")
    clip = make_clip(tmp_path / "behind.mp4", seconds=1, pattern=lambda n, _: np.full((240, 320, 3), 10 * n, np.uint8))
    short = apply(still(tmp_path / "me.png"), Trim(0.0, 0.6))
    result = made(apply(short, Background(Media(str(clip)))), tmp_path / "out.mp4")
    corner = [int(colors_of(result, number)[:40, :40].mean()) for number in (1, 12)]
    assert corner[1] - corner[0] > 80


@pytest.mark.parametrize("name", ["a.jpg", "b.png", "c.webp"])
def test_colours_are_those_that_the_profile_of_a_photo_means(tmp_path: Path, name: str) -> None:
    image = Image.fromarray(np.full((120, 160, 3), (120, 160, 120), np.uint8))
    image.save(tmp_path / name, icc_profile=adobe_rgb(), quality=95)
    shown = colors_of(made(apply(still(tmp_path / name), Trim(0.0, 0.1)), tmp_path / "out.mp4"), 1)[60, 80]
    assert np.abs(shown.astype(int) - (98, 161, 119)).max() <= 4  # by the profile's matrix and curves, in sRGB

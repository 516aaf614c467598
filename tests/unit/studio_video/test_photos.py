"""A photo that stays one: all of its pixels, the right way up, and those that nothing changed as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clipline.errors import Refused
from clipline.timeline import Background, BlurOut, Crop, Join, Pad, Remove, Title, Transparent, apply
from clipline.values import Color, Size
from media_maker import make_clip
from metrics import frames
from people_clips import CLIPS
from studio_clips import timeline_of
from studio_stills import adobe_rgb, made, still


def noise(path: Path, width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """A picture in which each pixel has a colour of its own, which no 4:2:0 keeps."""
    pixels = np.random.default_rng(0).integers(30, 226, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def opened(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def test_what_nothing_changed_is_to_the_pixel_as_it_was(tmp_path: Path) -> None:
    before = noise(tmp_path / "a.png", 161, 121)
    after = opened(made(apply(still(tmp_path / "a.png"), Title("HI", position="top")), tmp_path / "out", format="png"))
    assert after.shape == before.shape
    assert np.array_equal(after[60:], before[60:])
    assert (after[:40] != before[:40]).any()


def test_a_part_of_a_photo_and_a_photo_in_a_frame_keep_their_pixels(tmp_path: Path) -> None:
    before = noise(tmp_path / "a.png")
    part = made(apply(still(tmp_path / "a.png"), Crop(size=Size(60, 40), x=20, y=10)), tmp_path / "part", format="png")
    assert np.array_equal(opened(part), before[10:50, 20:80])
    framed = apply(still(tmp_path / "a.png"), Pad(Size(160, 160), Color(200, 0, 0)))
    shown = opened(made(framed, tmp_path / "framed", format="png"))
    assert np.array_equal(shown[22:138], before[2:118])
    assert shown[5, 5].tolist() == pytest.approx([200, 0, 0], abs=4)


@pytest.mark.parametrize(("form", "pillow"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_twelve_megapixels_stay_twelve_and_stand_upright(tmp_path: Path, form: str, pillow: str) -> None:
    pixels = np.zeros((3000, 4000, 3), np.uint8)
    pixels[:1500, :, 0] = pixels[1500:, :, 2] = 250
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = 6, "A camera"  # shown turned to the right: red on the right
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=90)
    out = made(still(tmp_path / "a.jpg"), tmp_path / "out", format=form)
    with Image.open(out) as image:
        assert (image.format, image.size, getattr(image, "n_frames", 1)) == (pillow, (3000, 4000), 1)
        assert not image.getexif()
        assert image.convert("RGB").getpixel((2900, 2000)) == pytest.approx((250, 0, 0), abs=6)
        assert image.convert("RGB").getpixel((100, 2000)) == pytest.approx((0, 0, 250), abs=6)


@pytest.mark.parametrize("form", ["png", "webp"])
def test_somebody_cut_out_of_a_photo_stands_on_nothing(tmp_path: Path, form: str) -> None:
    portrait = np.ascontiguousarray(next(frames(CLIPS / "portrait.mp4"))[::2, ::2, ::-1])
    Image.fromarray(portrait).save(tmp_path / "me.png")
    out = opened(made(apply(still(tmp_path / "me.png"), Background(Transparent())), tmp_path / "out", format=form))
    assert out.shape == (*portrait.shape[:2], 4)
    assert out[:40, :40, 3].max() < 16
    inside = out[..., 3] == 255
    assert 0.1 < inside.mean() < 0.6
    if form == "png":
        assert (out[inside][:, :3] == portrait[inside]).mean() > 0.9


def test_what_is_hidden_in_a_photo_leaves_no_trace_of_its_colours(tmp_path: Path) -> None:
    portrait = np.ascontiguousarray(next(frames(CLIPS / "portrait.mp4"))[::2, ::2, ::-1])
    Image.fromarray(portrait).save(tmp_path / "me.png")
    out = opened(made(apply(still(tmp_path / "me.png"), BlurOut("person")), tmp_path / "out", format="png"))
    changed = (out != portrait).any(axis=-1)
    rows, columns = np.nonzero(changed)
    part = slice(rows.min() + 30, rows.max() - 30), slice(columns.min() + 30, columns.max() - 30)
    assert changed[part].mean() > 0.95  # the rest is black before and after
    assert np.array_equal(out[:20, :20], portrait[:20, :20])


def test_what_is_behind_somebody_in_a_photo_is_made_up_and_strict_quality_refuses_it(tmp_path: Path) -> None:
    portrait = np.ascontiguousarray(next(frames(CLIPS / "portrait.mp4"))[::2, ::2, ::-1])
    Image.fromarray(portrait).save(tmp_path / "me.png")
    gone = apply(still(tmp_path / "me.png"), Remove("person"))
    out = opened(made(gone, tmp_path / "out", format="png"))
    assert (out != portrait).any(axis=-1).mean() > 0.1
    with pytest.raises(Refused, match="is never seen, so that it would be made up"):
        made(gone, tmp_path / "strict", format="png", strict=True)


def test_the_colours_that_a_profile_means_are_kept_in_srgb(tmp_path: Path) -> None:
    Image.fromarray(np.full((120, 160, 3), (120, 160, 120), np.uint8)).save(tmp_path / "a.png", icc_profile=adobe_rgb())
    shown = opened(made(still(tmp_path / "a.png"), tmp_path / "out", format="jpg"))[60, 80]
    assert np.abs(shown.astype(int) - (98, 161, 119)).max() <= 3


def test_a_title_that_comes_slowly_is_seen_in_a_photo(tmp_path: Path) -> None:
    noise(tmp_path / "a.png")
    slow = apply(still(tmp_path / "a.png"), Title("XXXX", fade_in=1.0, fade_out=1.0))
    plain = made(apply(still(tmp_path / "a.png"), Title("XXXX")), tmp_path / "plain", format="png")
    assert np.array_equal(opened(made(slow, tmp_path / "slow", format="png")), opened(plain))


def test_what_moves_is_no_picture(tmp_path: Path) -> None:
    make_clip(tmp_path / "clip.mp4", seconds=0.4)
    noise(tmp_path / "a.png")
    titled = apply(still(tmp_path / "a.png"), Title("HI", start=1.0))
    joined = apply(still(tmp_path / "a.png"), Join((str(tmp_path / "clip.mp4"),)), lambda _: 0.4)
    for timeline in (timeline_of(tmp_path / "clip.mp4"), titled, joined):
        with pytest.raises(Refused, match="a webp is one picture") as caught:
            made(timeline, tmp_path / "out", format="webp")
        assert caught.value.code == "one_picture"
        assert not (tmp_path / "out").exists()


def test_a_photo_makes_a_gif_of_one_frame(tmp_path: Path) -> None:
    noise(tmp_path / "a.png")
    with Image.open(made(still(tmp_path / "a.png"), tmp_path / "out", format="gif")) as image:
        assert getattr(image, "n_frames", 1) == 1


def test_a_photo_is_made_smaller_like_a_video(tmp_path: Path) -> None:
    noise(tmp_path / "a.png")
    assert opened(made(still(tmp_path / "a.png"), tmp_path / "out", format="png", max_size=Size(80, 80))).shape[1] == 80

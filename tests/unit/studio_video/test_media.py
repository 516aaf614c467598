"""Files are judged by what they hold."""

from __future__ import annotations

import os
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from clipline.errors import InputError
from clipline.studio.pictures.frames import turn
from clipline.studio.reading.media import Orientation, probe
from media_maker import make_clip, make_image, make_sound, plain_picture


def test_a_clip_is_told_with_all_that_a_person_asks_about_it(tmp_path: Path) -> None:
    info = probe(make_clip(tmp_path / "a.mp4", size=(320, 240), seconds=2, sound=True))
    assert (info.kind, info.container, info.width, info.height) == ("video", "mp4", 320, 240)
    assert (info.fps, info.frames, info.duration) == (25.0, 50, pytest.approx(2.0, abs=0.05))
    assert (info.video_codec, info.audio_codec, info.audio_channels) == ("h264", "aac", 2)
    assert info.as_json()["bytes"] == (tmp_path / "a.mp4").stat().st_size


def test_a_file_is_looked_into_anew_once_it_is_another_one(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(128, 96), seconds=1)
    assert probe(clip).width == 128
    make_clip(clip, size=(160, 96), seconds=1)
    assert probe(clip).width == 160


@pytest.mark.parametrize(
    ("name", "options", "container"),
    [
        ("a.mov", {}, "mov"),
        ("a.mkv", {}, "mkv"),
        ("a.webm", {"codec": "libvpx-vp9"}, "webm"),
        ("a.avi", {}, "avi"),
        ("a.gif", {"codec": "gif", "pixels": "rgb8", "fps": 10}, "gif"),
        ("a.ts", {}, "ts"),
    ],
)
def test_each_container_is_known_whatever_the_file_is_called(
    tmp_path: Path, name: str, options: dict[str, object], container: str
) -> None:
    made = make_clip(tmp_path / name, **options)  # type: ignore[arg-type]
    info = probe(made.rename(tmp_path / "misleading.txt"))
    assert (info.kind, info.container) == ("video", container)
    assert info.duration == pytest.approx(1.0, abs=0.1)


def test_the_size_is_the_one_that_is_displayed(tmp_path: Path) -> None:
    turned = probe(make_clip(tmp_path / "turned.mp4", size=(320, 180), rotation=90))
    assert (turned.width, turned.height, turned.rotation) == (180, 320, 90)
    wide = probe(make_clip(tmp_path / "wide.mp4", size=(320, 240), sample_aspect=Fraction(4, 3)))
    assert (wide.width, wide.height) == (426, 240)


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "tiff"])
def test_a_photo_is_shown_as_its_camera_says(tmp_path: Path, ending: str, tag: int) -> None:
    picture = Image.new("RGB", (64, 32))
    for at, color in enumerate(["red", "lime", "blue", "white"]):
        picture.paste(color, (at % 2 * 32, at // 2 * 16, at % 2 * 32 + 32, at // 2 * 16 + 16))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = tag, "a camera"
    path = tmp_path / f"photo.{ending}"
    picture.save(path, exif=exif, quality=95)
    with Image.open(path) as saved:
        upright = ImageOps.exif_transpose(saved).convert("RGB")
    info = probe(path)
    assert (info.kind, info.width, info.height) == ("image", *upright.size)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    shown = turn(frame.to_ndarray(format="rgb24"), Orientation.of(frame))
    assert np.abs(shown.astype(int) - np.asarray(upright, dtype=int)).mean() < 8


def test_sound_and_images_are_told_from_clips(tmp_path: Path) -> None:
    sound = probe(make_sound(tmp_path / "a.mp3", seconds=1, codec="libmp3lame"))
    assert (sound.kind, sound.container, sound.audio_codec, sound.width) == ("audio", "mp3", "mp3", 0)
    image = probe(make_image(tmp_path / "a.png", (64, 48), (1, 2, 3, 4)))
    assert (image.kind, image.container, image.width, image.has_alpha) == ("image", "png", 64, True)


def test_transparency_is_seen_where_webm_hides_it(tmp_path: Path) -> None:
    def clear(_index: int, _time: float) -> object:
        return plain_picture((64, 64), (9, 9, 9, 0))

    clip = make_clip(tmp_path / "a.webm", size=(64, 64), codec="libvpx-vp9", pixels="yuva420p", pattern=clear)  # type: ignore[arg-type]
    assert probe(clip).has_alpha
    assert not probe(make_clip(tmp_path / "b.webm", size=(64, 64), codec="libvpx-vp9")).has_alpha


def _text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("This is not a film.\n" * 20)
    return folder / "text.mp4"


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _image(folder: Path) -> Path:
    return make_image(folder / "image.mp4")


def _cut_before_its_index(folder: Path) -> Path:
    clip = make_clip(folder / "cut.mp4")
    os.truncate(clip, clip.stat().st_size // 2)
    return clip


def _cut_after_its_index(folder: Path) -> Path:
    clip = make_clip(folder / "whole.mp4", seconds=3)
    with av.open(str(clip)) as source, av.open(str(folder / "cut.mp4"), "w", options={"movflags": "faststart"}) as cut:
        stream = cut.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                cut.mux(packet)
    os.truncate(folder / "cut.mp4", (folder / "cut.mp4").stat().st_size - 1)
    return folder / "cut.mp4"


def _cut_matroska(folder: Path) -> Path:
    clip = make_clip(folder / "cut.mkv", seconds=3)
    os.truncate(clip, clip.stat().st_size // 2)
    return clip


def _without_index(folder: Path) -> Path:
    clip = make_clip(folder / "no_index.mp4")
    clip.write_bytes(clip.read_bytes().replace(b"moov", b"junk"))
    return clip


def _playlist(folder: Path) -> Path:
    make_clip(folder / "other.mp4")
    (folder / "list.mp4").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.mp4\n")
    return folder / "list.mp4"


def _noise(folder: Path) -> Path:
    (folder / "noise.mp4").write_bytes(bytes(range(256)) * 40)
    return folder / "noise.mp4"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_text, "looks like text"),
        (_empty, "is empty"),
        (_image, "is a still image"),
        (_cut_before_its_index, r"is cut off: [\d,]+ bytes are announced"),
        (_cut_after_its_index, r"is cut off: [\d,]+ bytes are announced"),
        (_cut_matroska, r"is cut off: [\d,]+ bytes are announced"),
        (_without_index, "its index is missing"),
        (_playlist, "looks like text"),
        (_noise, "is no video, image or sound"),
        (lambda folder: folder, "is a folder"),
        (lambda folder: folder / "nothing.mp4", "does not exist"),
    ],
)
def test_what_is_no_whole_video_is_refused_in_a_sentence(tmp_path: Path, make: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        probe(make(tmp_path))  # type: ignore[operator]


def test_names_with_odd_letters_are_no_trouble(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    for name in ("with space.mp4", "concat:x.mp4", "片段 %03d.mp4", "-i.mp4"):
        assert probe(Path(shutil.copy(clip, tmp_path / name))).kind == "video"


@pytest.mark.parametrize("name", ["beach.jpg", "beach.jpeg", "beach%03d.jpg"])
def test_a_jpeg_is_an_image_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.new("RGB", (64, 48), "red").save(path, format="JPEG")
    info = probe(path)
    assert (info.kind, info.width, info.height) == ("image", 64, 48)


def test_a_clip_with_longer_sound_or_a_long_last_frame_is_whole(tmp_path: Path) -> None:
    for name in ("a.mkv", "a.mp4", "a.flv"):
        longer = make_clip(tmp_path / name, sound=True, sound_seconds=3.0)
        assert probe(longer).kind == "video"
        standing = make_clip(tmp_path / f"still-{name}", times=[0.0, 0.04, 4.0])
        assert probe(standing).kind == "video"


def test_what_programs_leave_behind_the_last_box_is_no_harm(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    with clip.open("ab") as file:
        file.write(bytes(1000))
    assert probe(clip).duration == pytest.approx(1.0)

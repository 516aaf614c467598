"""Media as it comes: HDR, interlaced, with several sounds, still, broken: edited as it should be, or refused."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clipline.cli.main import run
from clipline.clock import Clock
from clipline.errors import InputError
from clipline.studio.reading.decode import VideoReader
from clipline.studio.reading.dolby_vision import read_dolby_vision
from clipline.studio.reading.media import probe
from clipline.studio.reading.samples import read_samples
from clipline.studio.reading.stills import as_clip
from clipline.timeline import AudioTrack
from media_maker import make_clip, make_image, make_sound
from studio_clips import gray, rendered, sound_of, times

Planes = list[NDArray[Any]]


def planes_clip(
    path: Path, painter: Callable[[int], Planes], pixels: str, *, frames: int = 3, codec: str = "ffv1", **settings: Any
) -> Path:
    """A clip of planes as they are; `settings` are those of the encoder."""
    with av.open(str(path), "w") as output:
        options = settings.pop("options", {})
        video: Any = output.add_stream(codec, rate=25, options=options)
        for index in range(frames):
            planes = painter(index)
            frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], pixels)
            if not index:
                video.width, video.height, video.pix_fmt = frame.width, frame.height, pixels
                for name, value in settings.items():
                    setattr(video.codec_context, name, value)
            for plane, values in zip(frame.planes, planes, strict=True):
                lines = np.frombuffer(plane, values.dtype).reshape(plane.height, -1)
                lines[:, : values.shape[1]] = values
            frame.pts, frame.time_base = index, Fraction(1, 25)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
    return path


# --- high dynamic range ----------------------------------------------------------------------------------------------

#: Red, green and blue of BT.2020 as a clip says them, and what of it BT.709 shows, 0 to 255.
_PQ, _HLG, _SDR = 16, 18, 1
_COLORS = [
    # 203 cd/m² is reference white: PQ says 0.5807 for it and HLG 0.75 (ITU-R BT.2408). With a peak of 1,000 cd/m² the
    # curve of BT.2390 takes it to 159 cd/m², of 203 that are white, which gamma 2.4 writes as 0.903.
    (_PQ, (0.5807, 0.5807, 0.5807), (230, 230, 230)),
    (_HLG, (0.75, 0.75, 0.75), (230, 230, 230)),
    # 1,000 cd/m² are the brightest, and 0 is black.
    (_PQ, (0.7518, 0.7518, 0.7518), (255, 255, 255)),
    (_HLG, (1.0, 1.0, 1.0), (255, 255, 255)),
    (_PQ, (0.0, 0.0, 0.0), (0, 0, 0)),
    # 26 cd/m², BT.2408's 18 % grey card, lies below the knee and stays what it is: (26 / 203) ** (1 / 2.4).
    (_PQ, (0.3800, 0.3800, 0.3800), (108, 108, 108)),
    # BT.709's pure red with 80 cd/m² of full white, in BT.2020: 50.2, 5.5 and 1.3 cd/m². It is red again.
    (_PQ, (0.4406, 0.2550, 0.1642), (173, 0, 0)),
    # Plain BT.2020 is no HDR: white stays white, and greys stay.
    (_SDR, (1.0, 1.0, 1.0), (255, 255, 255)),
    (_SDR, (0.5, 0.5, 0.5), (128, 128, 128)),
]


def _bt2020(color: tuple[float, float, float]) -> list[int]:
    """10-bit Y'CbCr, limited range, of R'G'B' (ITU-R BT.2020)."""
    red, green, blue = color
    y = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    return [round(64 + 876 * y), round(512 + 896 * (blue - y) / 1.8814), round(512 + 896 * (red - y) / 1.4746)]


@pytest.mark.parametrize("transfer", [_PQ, _HLG, _SDR])
def test_hdr_and_wide_colours_become_standard_ones(tmp_path: Path, transfer: int) -> None:
    patches = [(source, shown) for kind, source, shown in _COLORS if kind == transfer]

    def patched(_index: int) -> Planes:
        values = np.array([_bt2020(source) for source, _ in patches], np.uint16)
        y, u, v = (np.repeat(np.repeat(values[:, part][None], 96, 0), 32, 1) for part in range(3))
        return [y, u[::2, ::2], v[::2, ::2]]

    tags = {"colorspace": 9, "color_primaries": 9, "color_trc": transfer, "color_range": 1}
    clip = planes_clip(tmp_path / "a.mkv", patched, "yuv420p10le", **tags)
    result = rendered(clip, tmp_path / "out", format="mkv", quality="best")
    name = {_PQ: r"HDR \(PQ\)", _HLG: r"HDR \(HLG\)", _SDR: "wide colours"}[transfer]
    assert [finding.level for finding in result.findings] == ["WARN"]
    assert re.search(name, result.findings[0].text)
    with av.open(str(tmp_path / "out")) as container:
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, 1)
        shown = frame.reformat(format="rgb24", src_colorspace=1, src_color_range=1, threads=1).to_ndarray()
    for number, (source, expected) in enumerate(patches):
        middle = shown[48, number * 32 + 16].astype(int)
        # A level of 10 in a dark channel beside a bright one is two thousandths of the light.
        assert np.abs(middle - expected).max() <= (4 if len({*expected}) == 1 else 12), (source, middle)
    with VideoReader(clip) as reader:
        read = next(reader.pictures(0.0, 0.04, Clock()))
    sample = next(iter(read_samples(clip, 0.0, 0.04, step=0.04, clock=Clock())))
    assert (read.y == sample.y).all(), "people are looked for in what is rendered"


@pytest.mark.parametrize(
    "told", ["max-cll=4000,400", "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(40000000,50)"]
)
def test_the_brightest_that_a_clip_tells_of_is_white_and_no_less(tmp_path: Path, told: str) -> None:
    def patched(_index: int) -> Planes:
        y = np.repeat(np.array([_bt2020((code,) * 3)[0] for code in (0.5807, 0.9026)], np.uint16), 64)
        return [np.tile(y, (96, 1)), np.full((48, 64), 512, np.uint16), np.full((48, 64), 512, np.uint16)]

    options = {"preset": "ultrafast", "crf": "4", "x265-params": f"log-level=none:hdr10=1:{told}"}
    tags = {"colorspace": 9, "color_primaries": 9, "color_trc": _PQ, "color_range": 1}
    clip = planes_clip(tmp_path / "a.mp4", patched, "yuv420p10le", codec="libx265", options=options, **tags)
    rendered(clip, tmp_path / "out", quality="best")
    white, four_thousand = map(int, gray(tmp_path / "out")[48, [32, 96]])
    assert four_thousand >= 253
    assert white == pytest.approx(210, abs=3), "it is 230 where 1,000 cd/m² are the brightest"


# --- interlaced ------------------------------------------------------------------------------------------------------


def _combs(picture: NDArray[np.uint8]) -> float:
    """How much every other line differs from its neighbours."""
    lines = picture.astype(float)
    return float(np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2).mean())


@pytest.mark.parametrize("woven", [True, False])
@pytest.mark.parametrize("flagged", [True, False])
def test_what_is_interlaced_is_seen_in_the_picture_and_not_in_what_the_file_says(
    tmp_path: Path, woven: bool, flagged: bool
) -> None:
    def moment(time: float) -> NDArray[np.uint8]:
        x = np.arange(128)[None, :] - 12 * time
        return np.broadcast_to(128 + 100 * np.sign(np.sin(x / 9)), (576, 128)).astype(np.uint8)

    def painted(index: int) -> Planes:
        luma = moment(index).copy()
        if woven:
            luma[1::2] = moment(index + 0.5)[1::2]
        return [luma, np.full((288, 64), 128, np.uint8), np.full((288, 64), 128, np.uint8)]

    options = {"preset": "ultrafast", "crf": "10", **({"x264-params": "tff=1"} if flagged else {})}
    clip = planes_clip(tmp_path / "a.mp4", painted, "yuv420p", frames=10, codec="libx264", options=options)
    # Of less quality, so that it is not copied.
    result = rendered(clip, tmp_path / "out", format="mkv", quality="medium")
    assert times(tmp_path / "out") == times(clip)
    before, after = _combs(gray(clip, 5)), _combs(gray(tmp_path / "out", 5))
    said = " ".join(finding.text for finding in result.findings)
    if woven:
        assert after < before / 4
        assert "deinterlaced" in said
    else:
        assert after < before + 1
        assert ("left as they are" in said or "left as they were" in said) == flagged


# --- pictures read now and then --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"preset": "medium", "bf": "5", "x264-params": "b-adapt=0:b-pyramid=normal"}),
        ("a.mp4", "libx265", {"preset": "fast", "x265-params": "log-level=none:b-adapt=0:bframes=4"}),
    ],
)
def test_a_picture_looked_at_before_the_work_is_the_one_that_is_rendered(
    tmp_path: Path, name: str, codec: str, options: dict[str, str]
) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (96, 256), dtype=np.uint8)

    def painted(index: int) -> Planes:
        luma = np.roll(noise, 5 * index, axis=1)[:, :128]
        return [luma, np.full((48, 64), 128, np.uint8), np.full((48, 64), 128, np.uint8)]

    clip = planes_clip(tmp_path / name, painted, "yuv420p", frames=40, codec=codec, options=options, gop_size=40)
    with VideoReader(clip) as reader:
        whole = {round(picture.time, 3): picture.y for picture in reader.pictures(0.0, 1.6, Clock())}
    looked_at = list(read_samples(clip, 0.0, 1.6, step=0.25, clock=Clock()))
    assert len(looked_at) >= 6, "there are pictures all along the clip, not only key frames"
    for picture in looked_at:
        assert (picture.y == whole[round(picture.time, 3)]).all()


# --- sound -----------------------------------------------------------------------------------------------------------


def _sounding(path: Path, tracks: list[NDArray[np.float32]], layout: str, usual: int = 0) -> Path:
    """A clip of a second with these sounds, each of shape (channels, samples) at 48 kHz."""
    with av.open(str(path), "w") as output:
        video: Any = output.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        sounds: list[Any] = [output.add_stream("pcm_s16le", rate=48000, layout=layout) for _ in tracks]
        for number, sound in enumerate(sounds):
            sound.metadata["language"] = ["eng", "fra", "deu"][number]
            sound.disposition = av.stream.Disposition.default if number == usual else av.stream.Disposition(0)
        for index in range(10):
            frame = av.VideoFrame(128, 96, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 10)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        for sound, samples in zip(sounds, tracks, strict=True):
            packed = (samples.T * 32767).astype(np.int16).reshape(1, -1)
            piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), "s16", layout)
            piece.rate, piece.pts, piece.time_base = 48000, 0, Fraction(1, 48000)
            output.mux(sound.encode(piece))
    return path


def _levels(path: Path) -> list[float]:
    """The loudest sample of each side, away from both ends."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return [float(value) for value in np.abs(np.concatenate(blocks, axis=1)[:, 12000:36000]).max(axis=1)]


@pytest.mark.parametrize(
    ("channels", "left", "right"),
    [
        ("L", 1.0, 0.0),
        ("R", 0.0, 1.0),
        ("C", 0.707, 0.707),
        ("W", 0.0, 0.0),
        ("S", 0.707, 0.0),
    ],
)
def test_centre_and_surrounds_come_at_minus_3_db(tmp_path: Path, channels: str, left: float, right: float) -> None:
    wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    samples = np.array([wave * (name in channels) for name in "LRCWST"], np.float32)
    rendered(_sounding(tmp_path / "a.mkv", [samples], "5.1"), tmp_path / "out", quality="best")
    assert _levels(tmp_path / "out") == pytest.approx([0.3 * left, 0.3 * right], abs=0.015)


def test_six_loud_channels_do_not_clip_when_they_become_two(tmp_path: Path) -> None:
    wave = 0.9 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    rendered(_sounding(tmp_path / "a.mkv", [np.tile(wave, (6, 1))], "5.1"), tmp_path / "out", quality="best")
    with av.open(str(tmp_path / "out")) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)[0, 12000:36000]
    strength = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    peak = int(strength.argmax())
    distortion = (strength.sum() - strength[peak - 4 : peak + 5].sum()) / strength.sum()
    assert distortion < 1e-4, "a clipped sine has overtones of some per cent"
    assert np.abs(sound).max() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("asked", "frequency", "said"),
    [(None, 880, "2 (fra, pcm_s16le, mono) is heard"), (1, 440, None), (3, 1760, None)],
)
def test_of_several_audio_tracks_the_usual_one_is_heard_or_the_one_asked_for(
    tmp_path: Path, asked: int | None, frequency: int, said: str | None
) -> None:
    waves = [
        np.sin(2 * np.pi * pitch * np.arange(48000) / 48000)[None].astype(np.float32) * 0.3
        for pitch in (440, 880, 1760)
    ]
    clip = _sounding(tmp_path / "a.mkv", waves, "mono", usual=1)
    result = rendered(clip, tmp_path / "out", *([AudioTrack(asked)] if asked else []))
    spectrum = np.abs(np.fft.rfft(sound_of(tmp_path / "out")[:48000]))
    assert int(spectrum.argmax()) == pytest.approx(frequency, abs=2)
    told = " ".join(finding.text for finding in result.findings)
    assert (said or "") in told
    assert ("is heard" in told) == bool(said)


def test_an_audio_track_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    wave = np.zeros((1, 48000), np.float32)
    clip = _sounding(tmp_path / "a.mkv", [wave, wave], "mono")
    with pytest.raises(InputError, match=r"no audio track 3; it has 2 audio tracks: 1 \(eng, .*; 2 \(fra"):
        rendered(clip, tmp_path / "out", AudioTrack(3))
    assert not (tmp_path / "out").exists()


# --- damaged places --------------------------------------------------------------------------------------------------


def test_what_follows_a_damaged_place_is_looked_at_too(tmp_path: Path) -> None:
    """Else nobody would be found in it, and a removal would leave them standing."""
    clip = make_clip(tmp_path / "a.mp4", size=(128, 96), seconds=1.6, gop=10)
    with av.open(str(clip)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(clip.read_bytes())
    for place, size in packets[14:18]:
        data[place : place + size] = bytes(255 - byte for byte in data[place : place + size])
    clip.write_bytes(data)
    times = [picture.time for picture in read_samples(clip, 0.0, 1.6, step=0.2, clock=Clock())]
    assert times[-1] > 1.3
    assert len(times) >= 7


# --- Dolby Vision ----------------------------------------------------------------------------------------------------


def _dolby(path: Path, profile: int, compatibility: int) -> Path:
    """An HEVC clip whose sample entry says that it is Dolby Vision; the index of it stands behind the pictures."""
    data = bytearray(make_clip(path, size=(128, 96), seconds=0.2, codec="libx265", pixels="yuv420p10le").read_bytes())
    record = bytes([1, 0, profile << 1, 6 << 3 | 5, compatibility << 4]) + bytes(19)
    box = (8 + len(record)).to_bytes(4, "big") + b"dvcC" + record
    entry = data.rindex(b"hev1") - 4
    end = entry + int.from_bytes(data[entry : entry + 4], "big")
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hev1"):
        at = data.index(kind, data.rindex(b"moov")) - 4
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(box)).to_bytes(4, "big")
    data[end:end] = box
    path.write_bytes(data)
    return path


def test_dolby_vision_without_a_picture_for_others_is_refused_and_of_others_that_is_taken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the colours of a.mp4 are Dolby Vision 5, .* cannot be shown here"):
        probe(_dolby(tmp_path / "a.mp4", 5, 0))
    result = rendered(_dolby(tmp_path / "b.mp4", 8, 4), tmp_path / "out")
    assert "the clip is Dolby Vision 8.4; its HLG picture is taken" in " ".join(each.text for each in result.findings)
    with av.open(str(tmp_path / "b.mp4")) as container, av.open(str(tmp_path / "b.mkv"), "w") as other:
        stream = other.add_stream_from_template(container.streams.video[0])
        for packet in container.demux(video=0):
            packet.stream = stream
            if packet.dts is not None:
                other.mux(packet)
    assert read_dolby_vision(tmp_path / "b.mkv") == read_dolby_vision(tmp_path / "b.mp4")
    with pytest.raises(InputError, match="are ICtCp and cannot be shown here"):
        probe(make_clip(tmp_path / "c.mp4", size=(128, 96), seconds=0.2, matrix=14))


# --- all kinds, by the command line ----------------------------------------------------------------------------------


def _broken(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(make_clip(path, size=(128, 96), seconds=0.5).read_bytes()))
    return path


def _turned(path: Path) -> Path:
    return make_clip(path, size=(160, 96), seconds=0.2, rotation=90)


def _five_one(path: Path) -> Path:
    return _sounding(path, [np.zeros((6, 48000), np.float32)], "5.1")


def _moving_webp(path: Path) -> Path:
    first, *others = [Image.new("RGB", (128, 96), (50 * number, 90, 160)) for number in range(4)]
    first.save(path, save_all=True, append_images=others, duration=[40, 120, 40, 40])
    return path


_KINDS: list[tuple[str, Callable[[Path], Path], int, str]] = [
    ("variable.mkv", lambda path: make_clip(path, size=(128, 96), times=[0.0, 0.05, 0.4, 0.45]), 0, ""),
    ("phone.mp4", _turned, 0, ""),
    (
        "ten bits.mkv",
        lambda path: make_clip(path, size=(128, 96), seconds=0.2, codec="ffv1", pixels="yuv422p10le"),
        0,
        "10 bits",
    ),
    ("odd.gif", lambda path: make_clip(path, size=(127, 95), seconds=0.3, fps=10, codec="gif", pixels="rgb8"), 0, ""),
    ("five-one.mkv", _five_one, 0, ""),
    ("wrong name.avi", lambda path: make_clip(path, size=(128, 96), seconds=0.2, container="mp4"), 0, ""),
    ("picture.png", make_image, 0, "is shown for 5s"),
    ("moving.webp", _moving_webp, 0, ""),
    ("picture.mp4", make_image, 2, "named like a video, but it is a still image"),
    ("song.wav", make_sound, 2, "is only sound, not a video"),
    ("cut.mp4", lambda path: _broken(path, lambda data: data[: len(data) // 2]), 2, "is cut off"),
    ("no index.mp4", lambda path: _broken(path, lambda data: data[: data.rindex(b"moov") - 4]), 2, "index is missing"),
    ("text.mp4", lambda path: _broken(path, lambda _: b"once upon a time"), 2, "looks like text"),
]


@pytest.mark.parametrize(("name", "make", "status", "said"), _KINDS, ids=[kind[0] for kind in _KINDS])
def test_every_kind_of_media_is_edited_or_refused_with_the_reason(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    make: Callable[[Path], Path],
    status: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CLIPLINE_CONFIG", os.devnull)
    make(tmp_path / name)
    assert run(["edit", name, "fit within 128x128", "-o", "out.mp4", "--progress", "plain"]) == status
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert (tmp_path / "out.mp4").exists() == (status == 0)
    if not status:
        info = probe(tmp_path / "out.mp4")
        assert info.duration == pytest.approx(as_clip(probe(tmp_path / name)).duration, abs=0.05)
        assert (info.rotation, info.width % 2, info.height % 2) == (0, 0, 0)

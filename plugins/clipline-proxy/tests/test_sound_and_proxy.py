"""Waveforms against known sound; proxies against their originals, picture by picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

import clipline_proxy
from clipline.stage import Exported, StageCall
from clipline.studio.reading.media import probe
from clipline.testing.calls import FolderFiles
from clipline_proxy.proxy import time_code_of

STEPS = {step.name: step for step in clipline_proxy.post_export_steps()}


@pytest.fixture
def call(clipline_call: Callable[..., StageCall]) -> StageCall:
    return clipline_call("export")


def run(call: StageCall, step: str, file: Path, **options: Any) -> list[Path]:
    fresh = call.at(call.path, files=FolderFiles())  # nothing was delivered before
    return [Path(path) for path in STEPS[step].run(fresh, Exported((file,), (), {}), options).outputs["files"]]


def tone(seconds: float, level: float = 0.5) -> Any:
    """A stereo tone, the right side half as loud as the left."""
    wave = np.sin(np.arange(round(seconds * 48_000)) * 2 * np.pi * 440 / 48_000) * level
    return np.stack((wave, wave / 2)).astype(np.float32)


def frames_of(path: Path) -> list[tuple[float, float, bool]]:
    """Time, brightness and whether it is a key frame, of each picture."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            gray = frame.reformat(format="gray").to_ndarray()
            height, width = gray.shape
            middle = gray[height * 2 // 5 : height * 3 // 5, width * 2 // 5 : width * 3 // 5]
            found.append((float(frame.time or 0), float(middle.mean()), bool(frame.key_frame)))
    return found


# --- waveforms -------------------------------------------------------------------------------------------------------


def test_peaks_are_those_of_the_sound_in_audiowaveforms_form(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    sound = tone(2.0)
    sound[:, 48_000:] = 0
    clip = make_clip(tmp_path / "a.mp4", sound=sound)
    picture, numbers = run(call, "waveform", clip, bits=16)
    peaks = json.loads(numbers.read_text("utf-8"))
    data = peaks.pop("data")
    assert peaks == {
        "version": 2,
        "channels": 1,
        "sample_rate": 48_000,
        "samples_per_pixel": 480,
        "bits": 16,
        "length": 200,
    }
    assert len(data) == 400
    low, high = np.array(data).reshape(-1, 2).T
    # The mean of both channels: three quarters of the left one.
    assert np.median(high[5:95]) == pytest.approx(32768 * 0.375, rel=0.05)
    assert np.median(low[5:95]) == pytest.approx(-32768 * 0.375, rel=0.05)
    assert np.abs(data[220:]).max() < 200
    with Image.open(picture) as image:
        assert (image.size, image.mode) == ((1600, 200), "RGBA")
        covered = (np.asarray(image)[..., 3] > 0).sum(axis=0)
        assert covered[100:700].min() > 0.3 * 200 * 0.75
        assert covered[900:].max() <= 3


def test_channels_for_themselves_stand_one_after_the_other(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", sound=tone(2.0))
    picture, numbers = run(
        call,
        "waveform",
        clip,
        split_channels=True,
        pixels_per_second=10,
        size="300x100",
        color="red",
        background="black",
    )
    peaks = json.loads(numbers.read_text("utf-8"))
    assert (peaks["channels"], peaks["length"], peaks["samples_per_pixel"], peaks["bits"]) == (2, 20, 4800, 8)
    pairs = np.array(peaks["data"]).reshape(20, 2, 2)
    assert np.median(pairs[:, 0, 1]) == pytest.approx(64, abs=4)
    assert np.median(pairs[:, 1, 1]) == pytest.approx(32, abs=3)
    with Image.open(picture) as image:
        red = np.asarray(image.convert("RGB"))[..., 0] > 128
    assert red[:50].sum() > 1.5 * red[50:].sum() > 0


def test_the_loudest_sound_does_not_run_over(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", sound=np.ones((2, 96_000), np.float32) * np.float32(0.999))
    data = json.loads(run(call, "waveform", clip)[1].read_text("utf-8"))["data"]
    assert min(data) >= -128
    assert 120 <= max(data) <= 127


# --- proxies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [Fraction(12), Fraction(24000, 1001), Fraction(50)])
def test_a_proxy_has_the_same_pictures_at_the_same_times(
    rate: Fraction, call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 60, rate=rate, size=(320, 180), sound=tone(float(60 / rate)))
    (proxy,) = run(call, "proxy", clip, max_size="160x160")
    before, after = probe(clip), probe(proxy)
    assert proxy.name == "a-proxy.mp4"
    assert (after.width, after.height, after.frames, after.audio_codec) == (160, 90, 60, "aac")
    assert after.duration == pytest.approx(before.duration, abs=float(1 / rate))
    pairs = list(zip(frames_of(clip), frames_of(proxy), strict=True))
    for (time, level, _), (small_time, small_level, _) in pairs:
        assert small_time == pytest.approx(time, abs=0.001)
        assert small_level == pytest.approx(level, abs=4)


def test_pictures_that_stand_differently_long_keep_their_times(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "slow.mkv", 5, times=[0, 40, 700, 1500, 1540])
    (proxy,) = run(call, "proxy", clip)
    assert [time for time, _, _ in frames_of(proxy)] == pytest.approx([0, 0.04, 0.7, 1.5, 1.54], abs=0.001)
    assert probe(proxy).duration == pytest.approx(probe(clip).duration, abs=0.09)


def test_key_frames_come_at_the_interval(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 60, rate=Fraction(20))
    (proxy,) = run(call, "proxy", clip, keyframe_every="0.5s")
    assert [time for time, _, key in frames_of(proxy) if key] == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5], abs=0.001)
    (proxy,) = run(call, "proxy", clip, keyframe_every=0)
    assert all(key for _, _, key in frames_of(proxy))


def test_the_time_code_stays(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mov", rate=Fraction(25), time_code="01:02:03:04")
    assert time_code_of(clip) == "01:02:03:04"
    assert time_code_of(run(call, "proxy", clip)[0]) == "01:02:03:04"


def test_a_turned_clip_is_turned_for_good(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180), rotation=90)
    (proxy,) = run(call, "proxy", clip, max_size="160x90")
    info = probe(proxy)
    assert (info.width, info.height, info.rotation) == (90, 160, 0)
    with av.open(str(proxy)) as container:
        gray = next(container.decode(video=0)).reformat(format="gray").to_ndarray()
    assert gray[:20, -12:].mean() > 200 > gray[:20, :12].mean()


def test_odd_sides_and_gifs_become_what_any_player_takes(call: StageCall, make_gif: Any, tmp_path: Path) -> None:
    gif = make_gif(tmp_path / "anim.gif")
    info = probe(run(call, "proxy", gif)[0])
    assert (info.width, info.height, info.frames, info.audio_codec) == (32, 20, 12, None)
    assert info.duration == pytest.approx(1.2, abs=0.1)


def test_the_sound_can_be_left_out(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", sound=tone(2.0))
    assert probe(run(call, "proxy", clip, sound=False)[0]).audio_codec is None


def test_detail_is_chosen_by_crf_or_by_bitrate(call: StageCall, tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    noise = np.random.default_rng(2)
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=25, options={"crf": "15"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for _ in range(75):
            picture = noise.integers(0, 255, (180, 320, 3), np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
    coarse, fine = (run(call, "proxy", path, crf=crf)[0].stat().st_size for crf in (45, 20))
    assert coarse < fine / 3
    bytes_a_second = run(call, "proxy", path, bitrate=400)[0].stat().st_size / 3
    assert bytes_a_second * 8 / 1000 == pytest.approx(400, rel=0.4)


def test_what_is_clear_in_a_video_is_black_in_its_proxy(call: StageCall, tmp_path: Path) -> None:
    path = tmp_path / "clear.webm"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libvpx-vp9", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuva420p"
        for _ in range(5):
            picture = np.full((64, 64, 4), 255, np.uint8)
            picture[:, 32:, 3] = 0
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgba")))
        container.mux(video.encode())
    with av.open(str(run(call, "proxy", path)[0])) as container:
        gray = next(container.decode(video=0)).reformat(format="gray").to_ndarray()
    assert gray[:, :24].mean() > 200
    assert gray[:, 40:].mean() < 40

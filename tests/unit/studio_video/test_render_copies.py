"""A cut at key frames copies packets: the same pictures bit for bit, the sound in step; anything else is encoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.studio.reading.keyframes import nearest_key_frames
from clipline.studio.reading.media import probe
from clipline.timeline import Cut, Music, Operation, Title, Trim
from media_maker import make_clip
from studio_clips import bars, rendered, sound_of, times

COPIED = "not encoded again"


def noise(seconds: float) -> NDArray[np.float32]:
    """A sound of which each moment is unlike all others."""
    rng = np.random.default_rng(7)
    return np.repeat(rng.normal(0, 0.1, round(seconds * 48000)).astype(np.float32)[None], 2, axis=0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds at 25 a second with a key frame in each, and frames between that look forward."""
    path = tmp_path_factory.mktemp("copies") / "clip.mp4"
    return with_b_frames(path, sound=True)


def with_b_frames(path: Path, *, sound: bool, seconds: float = 4.0) -> Path:
    plain = make_clip(
        path.with_name(f"plain-{path.name}"),
        size=(160, 120),
        seconds=seconds,
        gop=25,
        sound_samples=noise(seconds) if sound else None,
    )
    with av.open(str(plain)) as source, av.open(str(path), "w") as output:
        options = {"preset": "fast", "x264-params": "bframes=3:b-adapt=0:scenecut=0:keyint=25:min-keyint=25"}
        video: Any = output.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        audio: Any = output.add_stream_from_template(source.streams.audio[0]) if sound else None
        for frame in source.decode(video=0):
            frame.pict_type = 0
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if sound:
            source.seek(0)
            for packet in source.demux(audio=0):
                if packet.dts is not None:
                    packet.stream = audio
                    output.mux(packet)
    return path


def luma(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="yuv420p").tobytes() for frame in container.decode(video=0)]


def said(path: Path, clip: Path, *operations: Operation, **spec: Any) -> str:
    return " / ".join(finding.text for finding in rendered(clip, path, *operations, **spec).findings)


def sound_seconds(path: Path) -> float:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return float((stream.duration or 0) * (stream.time_base or 0))


def lag(sound: NDArray[np.float32], truth: NDArray[np.float32]) -> int:
    """By how many samples a sound is late."""
    size = 1 << 16
    product = np.fft.rfft(sound[:48000], size) * np.conj(np.fft.rfft(truth[:48000], size))
    best = int(np.argmax(np.fft.irfft(product, size)))
    return best - size if best > size // 2 else best


@pytest.mark.parametrize(("container", "format_"), [("mp4", "mp4"), ("mp4", "mov"), ("mp4", "mkv"), ("mkv", "mp4")])
def test_a_trim_at_key_frames_has_the_very_pictures_and_the_sound_in_step(
    tmp_path: Path, clip: Path, container: str, format_: str
) -> None:
    source = clip
    if container != "mp4":
        rendered(clip, tmp_path / "source.mkv", format="mkv")
        source = tmp_path / "source.mkv"
    result = rendered(source, tmp_path / "out", Trim(1.0, 3.0), format=format_)
    assert any(COPIED in finding.text for finding in result.findings)
    assert result.frames == 50
    assert luma(tmp_path / "out") == luma(clip)[25:75]
    assert times(tmp_path / "out") == pytest.approx([at / 25 for at in range(50)], abs=0.001)
    assert probe(tmp_path / "out").duration == pytest.approx(2.0, abs=0.001)
    if format_ != "mkv":  # which counts in milliseconds, by packets
        assert sound_seconds(tmp_path / "out") == pytest.approx(2.0, abs=0.001)
    assert abs(lag(sound_of(tmp_path / "out"), sound_of(clip)[48000:])) <= 2


def test_parts_cut_out_at_key_frames_leave_the_very_pictures_and_the_sound_in_step(tmp_path: Path, clip: Path) -> None:
    assert "the picture is copied" in said(tmp_path / "out", clip, Cut(((1.0, 2.0),)))
    pictures = luma(clip)
    assert luma(tmp_path / "out") == [*pictures[:25], *pictures[50:]]
    assert times(tmp_path / "out") == [round(at / 25, 3) for at in range(75)]
    assert abs(lag(sound_of(tmp_path / "out")[48000:], sound_of(clip)[96000:])) <= 2


def test_a_clip_as_it_is_and_one_under_music_are_copied_and_what_changes_a_picture_is_not(
    tmp_path: Path, clip: Path
) -> None:
    assert "picture and sound are copied" in said(tmp_path / "out", clip)
    assert luma(tmp_path / "out") == luma(clip)
    assert "the picture is copied" in said(tmp_path / "out", clip, Music(str(clip)))
    changes: list[tuple[list[Operation], dict[str, Any]]] = [
        ([Trim(1.04, 3.0)], {}),
        ([Cut(((0.96, 2.04),))], {}),
        ([Title("x")], {}),
        ([], {"fps": 10}),
        ([], {"quality": "low"}),
        ([], {"preview": True}),
    ]
    for operations, spec in changes:
        assert COPIED not in said(tmp_path / "out", clip, *operations, **spec), (operations, spec)


def test_a_cut_that_is_not_at_a_key_frame_is_exact(tmp_path: Path, clip: Path) -> None:
    rendered(clip, tmp_path / "out", Trim(1.04, 2.52))
    assert bars(tmp_path / "out") == [number % 16 for number in range(26, 63)]


def test_a_part_that_ends_between_frames_that_look_forward_is_encoded_and_ends_where_it_should(
    tmp_path: Path, clip: Path
) -> None:
    """The frame after the end is decoded before the last one: its packet would be shown too."""
    counts = set()
    for number in range(52, 58):
        text = said(tmp_path / "out", clip, Trim(1.0, number / 25))
        counts.add(COPIED in text)
        assert bars(tmp_path / "out") == [at % 16 for at in range(25, number)]
    assert False in counts


def test_a_turned_clip_stays_turned(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "turned.mp4", size=(160, 120), rotation=90, gop=5)
    assert COPIED in said(tmp_path / "out", clip, Trim(0.2, 0.8))
    info = probe(tmp_path / "out")
    assert (info.width, info.height, info.rotation, info.frames) == (120, 160, 90, 15)


def test_the_nearest_key_frame_is_the_earlier_of_two(clip: Path) -> None:
    assert nearest_key_frames(clip, (0.0, 0.4, 0.5, 0.52, 1.0, 3.9)) == pytest.approx((0, 0, 0, 1, 1, 3))

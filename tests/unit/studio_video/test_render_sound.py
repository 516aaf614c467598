"""The sound stays in step with the picture, and music lies under it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.errors import InputError
from clipline.studio.reading.media import probe
from clipline.timeline import Music, Trim
from media_maker import RATE, make_clip, make_image, make_sound, plain_picture, tone
from studio_clips import rendered, sound_of

FORMATS = ["mp4", "mov", "mkv", "webm"]


def _beep(seconds: float, at: float) -> NDArray[np.float32]:
    """Silence with a tenth of a second of tone."""
    samples = np.zeros((2, round(seconds * RATE)), np.float32)
    samples[:, round(at * RATE) : round((at + 0.1) * RATE)] = tone(0.1, frequency=1000)
    return samples


def _flash(at: float) -> object:
    """Black with one white frame."""

    def paint(_index: int, time: float) -> NDArray[np.uint8]:
        return plain_picture((64, 64), (255, 255, 255) if abs(time - at) < 0.02 else (0, 0, 0))

    return paint


def _flash_time(path: Path) -> float:
    with av.open(str(path)) as container:
        return next(
            frame.time or 0.0 for frame in container.decode(video=0) if frame.to_ndarray(format="gray").mean() > 128
        )


def _beep_time(path: Path) -> float:
    loud = np.abs(sound_of(path)) > 0.1
    return float(np.argmax(loud)) / RATE


def _level(samples: NDArray[np.float32], frequency: float) -> float:
    """The amplitude of one frequency."""
    time = np.arange(samples.size) / RATE
    return float(2 * abs(np.mean(samples * np.exp(-2j * np.pi * frequency * time))))


@pytest.fixture(scope="session")
def flash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds; a flash and a beep together at 2 s."""
    path = tmp_path_factory.mktemp("flash") / "flash.mp4"
    return make_clip(path, size=(64, 64), seconds=3, pattern=_flash(2.0), sound_samples=_beep(3, 2.0))  # type: ignore[arg-type]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("start", [0.0, 1.32])
def test_a_beep_stays_with_its_flash(tmp_path: Path, flash: Path, format_: str, start: float) -> None:
    result = rendered(flash, tmp_path / "out", Trim(start), format=format_)
    assert _flash_time(tmp_path / "out") == pytest.approx(2.0 - start, abs=0.021)
    assert _beep_time(tmp_path / "out") == pytest.approx(2.0 - start, abs=0.025)
    assert result.info.audio_codec == ("opus" if format_ == "webm" else "aac")
    assert sound_of(tmp_path / "out").size / RATE == pytest.approx(3.0 - start, abs=0.045)


def test_sound_that_begins_later_than_the_picture_still_does(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "late.mkv",
        size=(64, 64),
        seconds=3,
        pattern=_flash(2.0),  # type: ignore[arg-type]
        sound_samples=_beep(2.3, 1.3),
        sound_starts=0.7,
    )
    for start in (0.0, 0.4, 1.2):
        rendered(clip, tmp_path / "out", Trim(start))
        assert _flash_time(tmp_path / "out") == pytest.approx(2.0 - start, abs=0.001)
        assert _beep_time(tmp_path / "out") == pytest.approx(2.0 - start, abs=0.01)


def test_sound_is_as_long_as_the_picture_where_it_was_shorter_or_longer(tmp_path: Path) -> None:
    for seconds in (0.4, 2.0):
        clip = make_clip(tmp_path / "a.mp4", size=(64, 64), sound=True, sound_seconds=seconds)
        rendered(clip, tmp_path / "out")
        assert sound_of(tmp_path / "out").size / RATE == pytest.approx(1.0, abs=0.045)
        assert probe(tmp_path / "out").duration == pytest.approx(1.0, abs=0.01)


def test_a_clip_without_sound_has_none_afterwards(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 64))
    assert rendered(clip, tmp_path / "out").info.audio_codec is None


def test_music_lies_under_the_sound_at_its_volume_and_does_not_lower_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 64), seconds=2, sound=True, frequency=400, level=0.4)
    music = make_sound(tmp_path / "music.wav", seconds=3, frequency=1500, level=0.4)
    rendered(clip, tmp_path / "out", Music(str(music), volume=0.5))
    samples = sound_of(tmp_path / "out")[9600:86400]
    assert _level(samples, 400) == pytest.approx(0.4, abs=0.03)
    assert _level(samples, 1500) == pytest.approx(0.2, abs=0.03)


def test_short_music_is_repeated_and_music_alone_is_heard_where_the_clip_is_silent(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 64), seconds=2)
    music = make_sound(tmp_path / "music.wav", seconds=0.5, frequency=1000, level=0.4)
    result = rendered(clip, tmp_path / "out", Music(str(music), volume=1.0))
    samples = sound_of(tmp_path / "out")
    assert result.info.audio_codec == "aac"
    assert samples.size / RATE == pytest.approx(2.0, abs=0.045)
    for at in (0.2, 0.9, 1.7):
        assert _level(samples[round(at * RATE) :][:4800], 1000) == pytest.approx(0.4, abs=0.05)


def test_loud_sound_with_loud_music_is_limited_and_not_wrapped(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 64), sound=True, frequency=400, level=0.9)
    music = make_sound(tmp_path / "music.wav", frequency=400, level=0.9)
    rendered(clip, tmp_path / "out", Music(str(music), volume=1.0))
    assert 0.9 < np.abs(sound_of(tmp_path / "out")[4800:40000]).max() < 1.3


def test_music_that_is_no_sound_is_refused_before_work(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 64), seconds=0.2)
    for path in (make_image(tmp_path / "a.png"), make_clip(tmp_path / "b.mp4", size=(64, 64), seconds=0.2)):
        with pytest.raises(InputError, match="has no sound"):
            rendered(clip, tmp_path / "out", Music(str(path)))
    with pytest.raises(InputError, match="does not exist"):
        rendered(clip, tmp_path / "out", Music(str(tmp_path / "none.mp3")))


def test_a_container_without_sound_says_so(tmp_path: Path, flash: Path) -> None:
    result = rendered(flash, tmp_path / "out", Trim(0.0, 0.2), format="gif")
    assert "gif holds no sound" in [finding.text for finding in result.findings]


def test_a_song_with_a_cover_is_sound(tmp_path: Path) -> None:
    """The cover of a song is a picture in its file, but no clip."""
    make_sound(tmp_path / "plain.mp3", codec="libmp3lame")
    cover = make_image(tmp_path / "cover.png")
    with av.open(str(tmp_path / "song.mp3"), "w") as output, av.open(str(tmp_path / "plain.mp3")) as song:
        stream = output.add_stream_from_template(song.streams.audio[0])
        with av.open(str(cover)) as image:
            picture = output.add_stream_from_template(image.streams.video[0])
            picture.disposition = av.stream.Disposition.attached_pic
            packets = [packet for packet in image.demux() if packet.size]
            for packet in packets:
                packet.stream = picture
                output.mux(packet)
        for packet in song.demux():
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    assert probe(tmp_path / "song.mp3").kind == "audio"
    clip = make_clip(tmp_path / "a.mp4", size=(64, 64), seconds=0.5)
    rendered(clip, tmp_path / "out", Music(str(tmp_path / "song.mp3")))
    assert np.abs(sound_of(tmp_path / "out")).max() > 0.05


def test_mono_sound_is_as_loud_on_both_sides(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 64))
    mono = make_sound(tmp_path / "mono.wav", tone(1.0, channels=1, level=0.4, frequency=1000))
    rendered(clip, tmp_path / "out", Music(str(mono), volume=1.0))
    with av.open(str(tmp_path / "out")) as container:
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert samples.shape[0] == 2
    for side in samples:
        assert _level(side[9600:33600], 1000) == pytest.approx(0.4, abs=0.05)

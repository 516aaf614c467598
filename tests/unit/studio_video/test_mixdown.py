"""Music is ducked under speech and fades, the clip's own sound is muted or changed, and a loudness is met."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.studio.audio.loudness import hear
from clipline.studio.audio.speech import find_speech
from clipline.timeline import Loudness, Music, Sound
from media_maker import RATE, make_clip, make_sound, tone
from studio_clips import rendered, sound_of

SMALL = (128, 96)


def _speech(seconds: float, *spans: tuple[float, float]) -> NDArray[np.float32]:
    """Syllables of a voice at 400 Hz, four a second, in these spans; a whisper of noise elsewhere."""
    time = np.arange(round(seconds * RATE)) / RATE
    said = sum(((time >= start) & (time < end)).astype(float) for start, end in spans)
    voice = 0.3 * np.sin(2 * np.pi * 400 * time) * said * (np.sin(2 * np.pi * 4 * time) > -0.6)
    noise = 0.001 * np.random.default_rng(1).standard_normal(time.size)
    return np.repeat((voice + noise)[None].astype(np.float32), 2, axis=0)


def _decibels(samples: NDArray[np.float32], frequency: float, start: float, end: float) -> float:
    """The level of one frequency in a stretch, in dBFS."""
    part = samples[round(start * RATE) : round(end * RATE)]
    time = np.arange(part.size) / RATE
    return float(20 * np.log10(2 * abs(np.mean(part * np.exp(-2j * np.pi * frequency * time))) + 1e-9))


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds in which somebody speaks from 2 to 3.5 s."""
    path = tmp_path_factory.mktemp("spoken") / "spoken.mp4"
    return make_clip(path, size=SMALL, seconds=6, fps=5, sound_samples=_speech(6, (2.0, 3.5)))


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 1500 Hz, of which the first half second is silent."""
    samples = tone(2.0, frequency=1500, level=0.4)
    samples[:, : RATE // 2] = 0
    return make_sound(tmp_path_factory.mktemp("song") / "song.wav", seconds=2, samples=samples)


def test_music_falls_under_speech_by_what_is_asked_and_comes_back(tmp_path: Path, spoken: Path) -> None:
    song = make_sound(tmp_path / "even.wav", seconds=3, frequency=1500, level=0.4)
    result = rendered(spoken, tmp_path / "out", Music(str(song), 0.5, fade_out=1.0, duck=10.0))
    heard = sound_of(tmp_path / "out")
    full = 20 * np.log10(0.2)
    assert _decibels(heard, 1500, 0.5, 1.7) == pytest.approx(full, abs=0.5)
    assert _decibels(heard, 1500, 2.0, 3.4) == pytest.approx(full - 10, abs=0.5)  # down before the first word
    assert full - 10 < _decibels(heard, 1500, 3.7, 3.9) < full - 2  # on its way back
    assert _decibels(heard, 1500, 4.5, 4.9) == pytest.approx(full, abs=0.5)
    assert _decibels(heard, 1500, 5.9, 6.0) < full - 12
    assert any("somebody speaks for 1.5s of 6.0s" in finding.text for finding in result.findings)


def test_what_is_equally_loud_all_along_is_no_speech_and_that_is_told(tmp_path: Path) -> None:
    assert find_speech([tone(3.0)], RATE).spans == ()
    assert find_speech([np.zeros((2, RATE), np.float32)], RATE).spans == ()
    clip = make_clip(tmp_path / "a.mp4", size=SMALL, sound=True)
    song = make_sound(tmp_path / "song.wav", seconds=1, frequency=1500)
    result = rendered(clip, tmp_path / "out", Music(str(song), duck=12.0))
    assert any("nobody is heard to speak" in finding.text for finding in result.findings if finding.level == "WARN")


def test_music_begins_where_and_when_it_is_asked_to_and_is_repeated_only_if_it_is(tmp_path: Path, song: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=SMALL, seconds=4, fps=5)
    rendered(clip, tmp_path / "once", Music(str(song), 1.0, start=1.0, offset=0.5, loop=False))
    heard = sound_of(tmp_path / "once")
    levels = [_decibels(heard, 1500, at, at + 0.2) for at in (0.7, 1.1, 2.2, 2.7)]
    assert [level > -20 for level in levels] == [False, True, True, False]
    rendered(clip, tmp_path / "again", Music(str(song), 1.0, start=1.0, duration=2.5, offset=0.5))
    heard = sound_of(tmp_path / "again")
    levels = [_decibels(heard, 1500, at, at + 0.2) for at in (2.2, 2.7, 3.2, 3.7)]
    assert [level > -20 for level in levels] == [True, False, True, False]


def test_the_clips_own_sound_is_muted_changed_and_faded(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=SMALL, seconds=2, fps=5, sound=True, frequency=400, level=0.2)
    song = make_sound(tmp_path / "song.wav", seconds=2, frequency=1500, level=0.4)
    assert rendered(clip, tmp_path / "mute", Sound(0.0)).info.audio_codec is None
    rendered(clip, tmp_path / "music", Sound(0.0), Music(str(song), 1.0))
    heard = sound_of(tmp_path / "music")
    assert _decibels(heard, 400, 0.2, 1.8) < -50 < -10 < _decibels(heard, 1500, 0.2, 1.8)
    rendered(clip, tmp_path / "half", Sound(0.5, fade_in=0.5, fade_out=0.5))
    heard = sound_of(tmp_path / "half")
    half = 20 * np.log10(0.1)
    assert _decibels(heard, 400, 0.7, 1.3) == pytest.approx(half, abs=0.4)
    assert _decibels(heard, 400, 0.0, 0.1) < half - 12
    assert _decibels(heard, 400, 1.9, 2.0) < half - 12


def test_sound_that_is_made_too_loud_is_limited_and_not_cut_off(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=SMALL, seconds=2, fps=5, sound=True, level=0.5)
    rendered(clip, tmp_path / "out", Sound(4.0))
    heard = sound_of(tmp_path / "out")
    assert hear([np.stack([heard, heard])], RATE).peak < 0.3
    assert _decibels(heard, 1320, 0.5, 1.5) < -40  # cutting off would bring in the third harmonic


def _drums(seconds: float) -> NDArray[np.float32]:
    """Beats that are much louder than what is between them, from the first sample on."""
    time = np.arange(round(seconds * RATE)) / RATE
    beat = np.exp(-40 * (time % 0.5)) * np.sin(2 * np.pi * 60 * (time % 0.5)) * 0.6
    between = 0.05 * np.sin(2 * np.pi * 300 * time) + 0.01 * np.random.default_rng(2).standard_normal(time.size)
    return np.repeat((beat + between)[None].astype(np.float32), 2, axis=0)


@pytest.mark.parametrize(("target", "format_"), [(-14.0, "mp4"), (-14.0, "webm"), (-30.0, "mp4")])
def test_a_loudness_is_met_and_no_peak_passes_the_ceiling(tmp_path: Path, target: float, format_: str) -> None:
    clip = make_clip(tmp_path / "a.mkv", size=SMALL, seconds=4, fps=5, sound_samples=_drums(4), audio_codec="flac")
    result = rendered(clip, tmp_path / "out", Loudness(target), format=format_)
    heard = sound_of(tmp_path / "out")
    found = hear([np.stack([heard, heard])], RATE)
    assert found.loudness == pytest.approx(target, abs=0.5)
    assert found.peak <= -1.0
    told = next(finding.text for finding in result.findings if "the loudness goes from" in finding.text)
    assert ("its peaks are limited" in told) == (target == -14.0)


def test_where_there_is_nothing_to_measure_the_sound_stays_and_that_is_told(tmp_path: Path) -> None:
    mute = make_clip(tmp_path / "mute.mp4", size=SMALL)
    silent = make_clip(tmp_path / "silent.mp4", size=SMALL, sound=True, level=0.0)
    for clip, words in ((mute, "there is no sound"), (silent, "too short or too silent")):
        result = rendered(clip, tmp_path / "out", Loudness(-14.0))
        assert any(words in finding.text for finding in result.findings if finding.level == "WARN")


def test_sound_that_begins_at_once_begins_without_a_click(tmp_path: Path) -> None:
    samples = tone(1.0, frequency=1000, level=0.8)
    clip = make_clip(tmp_path / "a.mkv", size=SMALL, sound_samples=samples, audio_codec="flac")
    for format_ in ("mp4", "mkv"):
        rendered(clip, tmp_path / "out", format=format_)
        assert np.abs(sound_of(tmp_path / "out")[:2048] - samples[0, :2048]).max() < 0.1

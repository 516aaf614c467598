"""The parts of a result's sound, summed sample for sample in step: the clip's own, cut with its picture, and music."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from clipline.clock import Clock
from clipline.errors import InputError
from clipline.studio.audio.limiter import limited
from clipline.studio.audio.sampling import BLOCK, CHANNELS, RATE
from clipline.studio.audio.speech import NO_SPEECH, Speech
from clipline.studio.reading.media import audio_stream, open_media, zero_time

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.audio.sampling import Samples

    Times: TypeAlias = NDArray[np.float64]

__all__ = ["Part", "mix", "summed"]

_JITTER = RATE // 20  # time stamps that are off by less than 50 ms are rounding, not gaps


@dataclass(frozen=True, slots=True)
class Part:
    """One sound in a mix.

    It plays `path` from `source_start` at the result's time `at`, for `duration` (all in seconds), `volume` times as
    loud; `repeat` begins the file again where it ends. `fade_in` and `fade_out` are the seconds in which it rises and
    falls, at constant power together with what falls and rises at the same time. `track` is the number of the audio
    track, None the usual one. It is `duck` decibels quieter while somebody speaks; `own` says that it is a clip's own
    sound, where they do.
    """

    path: Path
    source_start: float = 0.0
    at: float = 0.0
    duration: float = 0.0
    volume: float = 1.0
    repeat: bool = False
    fade_in: float = 0.0
    fade_out: float = 0.0
    track: int | None = None
    duck: float = 0.0
    own: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether it is anything but a file as it is."""
        return self.volume != 1.0 or self.repeat or bool(self.fade_in or self.fade_out or self.duck)

    def gain(self, times: Times, speech: Speech) -> Samples:
        """How many times as loud it is at these times of the result."""
        import numpy as np

        gain = np.full(times.shape, self.volume)
        if self.fade_in or self.fade_out:
            risen = (times - self.at) / self.fade_in if self.fade_in else 1.0
            falling = (self.at + self.duration - times) / self.fade_out if self.fade_out else 1.0
            gain *= np.sin(np.clip(np.minimum(risen, falling), 0.0, 1.0) * (np.pi / 2))
        if self.duck:
            gain *= 10 ** (-self.duck / 20 * speech.depth(times))
        return gain.astype(np.float32)


def mix(
    parts: Sequence[Part], seconds: float, clock: Clock, speech: Speech = NO_SPEECH
) -> Generator[Samples, None, None]:
    """Blocks of the summed parts, of shape (2, n), exactly `seconds` long altogether; silence where nothing plays.

    What is too loud together is turned down while it is, so that nothing clips. `speech` says when parts that are to be
    ducked are quieter.

    Raises:
        InputError: a file has no sound.
    """
    yield from limited(summed(parts, seconds, clock, speech), RATE)


def summed(
    parts: Sequence[Part], seconds: float, clock: Clock, speech: Speech = NO_SPEECH
) -> Generator[Samples, None, None]:
    """The same as `mix`, where sums may pass 1.0."""
    import numpy as np

    voices = [_voice(part, clock) for part in parts]
    total = round(seconds * RATE)
    try:
        for at in range(0, total, BLOCK):
            block = np.zeros((CHANNELS, min(BLOCK, total - at)), np.float32)
            for part, voice in zip(parts, voices, strict=True):
                first = min(max(0, round(part.at * RATE) - at), block.shape[1])
                last = min(max(0, round((part.at + part.duration) * RATE) - at), block.shape[1])
                if last > first:
                    times = (np.arange(at + first, at + last) + 0.5) / RATE
                    block[:, first:last] += voice.take(last - first) * part.gain(times, speech)
                elif at > (part.at + part.duration) * RATE:
                    voice.close()
            yield block
    finally:
        for voice in voices:
            voice.close()


class _Voice:
    """Hands out samples in pieces of any length; silence when there are no more."""

    def __init__(self, blocks: Generator[Samples, None, None]) -> None:
        self._blocks = blocks
        self._left: Samples | None = None

    def take(self, count: int) -> Samples:
        import numpy as np

        taken = np.zeros((CHANNELS, count), np.float32)
        have = 0
        while have < count:
            if self._left is None or not self._left.shape[1]:
                self._left = next(self._blocks, None)
                if self._left is None:
                    break
            piece = self._left[:, : count - have]
            taken[:, have : have + piece.shape[1]] = piece
            self._left = self._left[:, piece.shape[1] :]
            have += piece.shape[1]
        return taken

    def close(self) -> None:
        self._blocks.close()


def _voice(part: Part, clock: Clock) -> _Voice:
    return _Voice(_repeated(part, clock) if part.repeat else _samples(part, part.source_start, clock))


def _repeated(part: Part, clock: Clock) -> Generator[Samples, None, None]:
    start = part.source_start
    while True:
        count = 0
        for block in _samples(part, start, clock):
            count += block.shape[1]
            yield block
        if not count:
            raise InputError(f"{part.path.name} has no sound from {start:g}s on", hint="give a longer sound file")
        start = 0.0


def _samples(part: Part, start: float, clock: Clock) -> Generator[Samples, None, None]:
    """A file's sound from `start` on, gaps as silence, what overlaps left out."""
    with open_media(part.path) as container:
        stream = audio_stream(container, part.track)
        if stream is None:
            raise InputError(f"{part.path.name} has no sound", hint="give a sound file, like an MP3 or a WAV")
        zero = zero_time(container)
        if start > 1.0:
            # Half a second early, since a decoder needs some packets before it sounds right.
            container.seek(int((zero + start - 0.5) * 1_000_000), backward=True)
        at: int | None = None  # the sample, counted from `start`, that comes next
        for time, block in _decoded(container, stream, clock):
            where = round((time - zero - start) * RATE)
            if at is None or abs(where - at) > _JITTER:
                yield from _silence(where - max(at or 0, 0))
                at = where
            early = max(0, -at)
            if early < block.shape[1]:
                yield block[:, early:]
            at += block.shape[1]


def _silence(count: int) -> Iterator[Samples]:
    import numpy as np

    for at in range(0, count, RATE):
        yield np.zeros((CHANNELS, min(RATE, count - at)), np.float32)


def _decoded(container: Any, stream: Any, clock: Clock) -> Iterator[tuple[float, Samples]]:
    """Time stamp in seconds and samples, as 48 kHz stereo; damaged packets are silence."""
    import av

    resampler, format_now = None, None
    for packet in _packets(container, stream):
        clock.check()
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            # Streams may change in the middle, as broadcasts do; a resampler takes one format only.
            if format_now != (frame.format.name, frame.layout.name, frame.sample_rate):
                format_now = (frame.format.name, frame.layout.name, frame.sample_rate)
                # To stereo, centre and surrounds come at -3 dB and the bass channel not at all (ITU-R BS.775), nothing
                # else quieter for that: what is too loud is limited. Mono would come at -3 dB too; `_timed` puts it on
                # both sides as it is.
                resampler = av.AudioResampler("fltp", "mono" if frame.layout.nb_channels == 1 else "stereo", RATE)
            assert resampler is not None
            yield from _timed(resampler.resample(frame))
    if resampler is not None:
        yield from _timed(resampler.resample(None))


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """The packets of a sound, to the end or to where the file cannot be read any more."""
    import av

    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        return


def _timed(frames: list[Any]) -> Iterator[tuple[float, Samples]]:
    import numpy as np

    for frame in frames:
        if frame is not None and frame.pts is not None:
            yield float(frame.pts * frame.time_base), np.broadcast_to(frame.to_ndarray(), (CHANNELS, frame.samples))

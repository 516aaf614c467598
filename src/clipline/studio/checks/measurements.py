"""Plays a file through once and notes what checks ask for: what is black, frozen, silent, damaged, how loud it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.studio.audio.peaks import PeakMeter
from clipline.studio.checks.bars import Bars, BarWatch
from clipline.studio.pictures.frames import color_space, is_full_range, planes_of
from clipline.studio.reading.filter_notes import FilterNotes, Span, picture_filters, sound_filters
from clipline.studio.reading.media import MediaInfo, audio_stream, open_media, video_stream, zero_time

if TYPE_CHECKING:
    from clipline.studio.checks.flashes import Flashing, FlashWatch

__all__ = ["Measured", "Span", "joined", "measure"]


#: The checks for which pictures, or sound, or both must be decoded.
_PICTURE_CHECKS = frozenset({"decodes", "black", "frozen", "letterbox", "flashes", "av_length"})
_SOUND_CHECKS = frozenset({"decodes", "silence", "loudness", "true_peak", "av_length"})

_LATE = 0.1  # seconds by which sound may begin late or end early without a note: a packet or two


@dataclass(slots=True)
class Measured:
    """What was found, times in seconds of the clip.

    `damaged` counts what could not be decoded. `picture` and `sound` are from the begin of the first frame to the end
    of the last one, None where none was decoded; `last_frame` is when the last picture begins. `loudness` is in LUFS,
    None where there is no sound or too little of it; `peaks` are in dBTP. A dark or a standing picture goes on until
    the end of the picture, silence until that of the clip.
    """

    black: list[Span] = field(default_factory=list)
    frozen: list[Span] = field(default_factory=list)
    silent: list[Span] = field(default_factory=list)
    bars: list[Bars] = field(default_factory=list)
    flashes: list[Flashing] = field(default_factory=list)
    loudness: float | None = None
    peaks: list[tuple[float, float, float]] = field(default_factory=list)
    damaged: int = 0
    frames: int = 0
    last_frame: float = 0.0
    picture: Span | None = None
    sound: Span | None = None


def joined(spans: Iterable[Span], apart: float = 1e-6) -> list[Span]:
    """Spans, given in the order of their beginnings, with those made one that are no further apart."""
    found: list[Span] = []
    for span in spans:
        if found and span[0] <= found[-1][1] + apart:
            found[-1] = (found[-1][0], max(found[-1][1], span[1]))
        else:
            found.append(span)
    return found


def measure(
    path: Path, info: MediaInfo, wanted: Collection[str], *, clock: Clock, progress: Callable[[float], None]
) -> Measured:
    """Decode a file once, as far as the checks that are `wanted` need it.

    Raises:
        InputError: the file cannot be opened.
        Cancelled, TimedOut: by the clock.
    """
    import av

    measured, names = Measured(), frozenset(wanted)
    with open_media(path) as container:
        zero = zero_time(container)
        picture, sound = _Pictures(zero, names, info, measured), _Sound(zero, names, measured)
        streams = {
            stream: side
            for stream, side, checks in (
                (video_stream(container), picture, _PICTURE_CHECKS),
                (audio_stream(container), sound, _SOUND_CHECKS),
            )
            if stream is not None and checks & names
        }
        leading = next(iter(streams), None)
        for packet in container.demux(*streams) if streams else ():
            clock.check()
            if packet.is_corrupt:
                measured.damaged += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                measured.damaged += 1
                continue
            for frame in frames:
                over = streams[packet.stream].look(frame)
                if info.duration and packet.stream is leading:
                    progress(min(1.0, over / info.duration))
    picture.finish()
    sound.finish(info)
    return measured


class _Pictures:
    """What is noted of the frames of the picture."""

    def __init__(self, zero: float, names: frozenset[str], info: MediaInfo, measured: Measured) -> None:
        self._zero, self._measured = zero, measured
        self._length = 1 / info.fps if info.fps else 0.0
        self._notes = FilterNotes(zero) if names & {"black", "frozen"} else None
        self._bars = BarWatch() if "letterbox" in names else None
        self._flashes = _flash_watch() if "flashes" in names else None

    def look(self, frame: Any) -> float:
        """Take a frame; when it is over."""
        measured = self._measured
        time: float = measured.picture[1] if frame.time is None and measured.picture else (frame.time or 0) - self._zero
        length = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else self._length
        begin = measured.picture[0] if measured.picture else time
        measured.frames, measured.last_frame, measured.picture = measured.frames + 1, time, (begin, time + length)
        if self._notes:
            self._notes.look(frame, picture_filters)
        if self._bars or self._flashes:
            full = is_full_range(frame.format.name, frame.color_range)
            planes = planes_of(frame)
            if self._bars:
                self._bars.look(planes[0], 0 if full else 16, time)
            if self._flashes:
                self._flashes.look(planes, color_space(frame.colorspace, frame.height, full_range=full), time)
        return time + length

    def finish(self) -> None:
        measured = self._measured
        end = measured.picture[1] if measured.picture else 0.0
        if self._notes:
            self._notes.finish()
            measured.black = self._notes.spans("lavfi.black_start", "lavfi.black_end", end)
            frozen = "lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end"
            measured.frozen = self._notes.spans(*frozen, end)
        if self._bars:
            measured.bars = self._bars.bars(end)
        if self._flashes:
            measured.flashes = self._flashes.found()


def _flash_watch() -> FlashWatch:
    from clipline.studio.checks.flashes import FlashWatch

    return FlashWatch()


class _Sound:
    """What is noted of the frames of the sound."""

    def __init__(self, zero: float, names: frozenset[str], measured: Measured) -> None:
        self._zero, self._measured = zero, measured
        self._notes = FilterNotes(zero) if names & {"silence", "loudness"} else None
        self._meter = PeakMeter() if "true_peak" in names else None

    def look(self, frame: Any) -> float:
        """Take a frame; when it is over."""
        measured = self._measured
        time = measured.sound[1] if frame.time is None and measured.sound else (frame.time or 0) - self._zero
        end: float = time + frame.samples / frame.sample_rate
        measured.sound = (measured.sound[0] if measured.sound else time, end)
        if self._meter:
            self._meter.look(frame, time)
        if self._notes:
            self._notes.look(frame, sound_filters)
        return end

    def finish(self, info: MediaInfo) -> None:
        measured = self._measured
        if self._meter:
            measured.peaks = self._meter.finish()
        if self._notes is None or measured.sound is None:
            return
        self._notes.finish()
        begin, end = measured.sound
        length = max(end, info.duration)
        silent = self._notes.spans("lavfi.silence_start", "lavfi.silence_end", end)
        edges = [(0.0, begin)] if begin > _LATE else []
        edges += [(end, length)] if end < length - _LATE else []
        measured.silent = joined(sorted(silent + edges), _LATE)
        loudness = float(self._notes.last.get("lavfi.r128.I", "nan"))
        measured.loudness = loudness if loudness > -70.0 else None  # -70 is how the meter says: not enough to measure

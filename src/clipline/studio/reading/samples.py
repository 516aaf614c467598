"""Reads pictures of a clip now and then, as they are displayed, before it is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from math import floor
from pathlib import Path
from typing import Any, Self

from clipline.clock import Clock
from clipline.studio.pictures.frames import color_tags, picture_of, plain_420, turn
from clipline.studio.pictures.limits import CODEC_OPTIONS
from clipline.studio.pictures.picture import Picture
from clipline.studio.pictures.standard_colors import StandardColors, is_standard
from clipline.studio.reading.cuts import CutFinder
from clipline.studio.reading.media import Orientation, is_still, open_media, video_stream, whole_frames, zero_time
from clipline.studio.reading.stills import STILL_RATE, still_frame

__all__ = ["read_glimpses", "read_moments", "read_samples"]

_SAME = 1e-6  # seconds between two readings of one time
_SKIPS = 6  # frames between two samples from which on those are left out that no other one depends on


def read_samples(
    source: Path,
    start: float,
    end: float,
    *,
    step: float,
    clock: Clock,
    rough: bool = False,
    cuts: CutFinder | None = None,
) -> Iterator[Picture]:
    """Yield about one picture for each `step` seconds from `start` to `end`, in order, and the last one.

    Frames that no other one depends on are not decoded where samples are far enough apart, so the times
    are not exactly a step apart; each picture's own `time` is exact. `index` counts the samples. `rough` pictures show
    the edges of the codec's blocks, which costs a fifth less and disturbs no detector. `cuts` is shown all frames that
    are decoded.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    with _Sampler(source) as clip:
        if step * clip.rate >= _SKIPS:
            clip.skip("NONREF")
        if rough:
            clip.leave_blocks()
        if start > 1.0:
            clip.seek(start)
        due, count = start, 0
        last: tuple[Any, float] | None = None
        for frame, time in clip.frames():
            clock.check()
            if time >= end:
                break
            last = frame, time
            if cuts and not clip.stands:
                cuts.add(frame, time)
            # A whole picture before the start is what is seen at the start.
            if time >= due - 0.5 / clip.rate:
                yield clip.picture(frame, max(time, start), count)
                last = None
                count += 1
                due = max(due + step, time + step / 2)
        if last is not None:
            yield clip.picture(last[0], max(last[1], start), count)
        if cuts:
            cuts.pause()


def read_moments(source: Path, times: Sequence[float], clock: Clock) -> Iterator[Picture]:
    """Yield the pictures of these times, which rise and are those of frames, exactly.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    if not times:
        return
    with _Sampler(source) as clip:
        if times[0] > 1.0:
            clip.seek(times[0])
        due = 0
        for frame, time in clip.frames():
            clock.check()
            while due < len(times) and time > times[due] + _SAME:
                due += 1
            if due == len(times):
                break
            if abs(time - times[due]) <= _SAME:
                yield clip.picture(frame, times[due], due)
                due += 1


def read_glimpses(source: Path, duration: float, count: int, clock: Clock, *, rough: bool = False) -> Iterator[Picture]:
    """Yield `count` pictures at most, spread over a clip, at the least cost: from a long one only key frames.

    `rough` as of `read_samples`.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    step = duration / count
    if duration <= 12.0:
        yield from read_samples(source, 0.0, duration, step=step, clock=clock, rough=rough)
        return
    with _Sampler(source) as clip:
        clip.skip("NONKEY")
        seen = -1.0
        for number in range(count):
            clock.check()
            clip.seek((number + 0.5) * step)
            frame, time = next(clip.frames(), (None, 0.0))
            if frame is not None and time > seen:
                yield clip.picture(frame, time, number)
                seen = time


class _Sampler:
    """A clip open for reading single pictures, on the caller's thread."""

    def __init__(self, source: Path) -> None:
        self._opened = open_media(source)
        self._source = source
        self._turn: Orientation | None = None

    def __enter__(self) -> Self:
        self._container = self._opened.__enter__()
        video = video_stream(self._container)
        assert video is not None, "the door was given a clip"
        self._video: Any = video
        self._zero = zero_time(self._container)
        self._video.thread_type = "NONE"
        self.rate = float(self._video.average_rate or 25)
        tags = color_tags(video)
        self._colors = None if is_standard(tags) else StandardColors(tags)
        self.stands = is_still(self._container, video)
        self._begin = 0.0
        if self.stands:
            self.rate, self._colors = float(STILL_RATE), None
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.__exit__(*error)  # type: ignore[arg-type]

    def skip(self, which: str) -> None:
        """Leave frames of this kind out, as FFmpeg names them."""
        self._video.codec_context.skip_frame = which

    def leave_blocks(self) -> None:
        """Do not smooth the edges of the codec's blocks."""
        self._video.codec_context.options = {**CODEC_OPTIONS, "skip_loop_filter": "all"}

    def seek(self, time: float) -> None:
        """Go on at the key frame at or before this time."""
        self._begin = time
        if self.stands:
            return
        self._container.seek(int((self._zero + time) * 1_000_000), backward=True)

    def frames(self) -> Iterator[tuple[Any, float]]:
        """Decoded frames with their times, without what is damaged; those of an image never end."""
        if self.stands:
            frame, _ = still_frame(self._source)
            yield from ((frame, float(index / STILL_RATE)) for index in count(floor(self._begin * STILL_RATE)))
        for frame in whole_frames(self._container, self._video):
            yield frame, (frame.time or 0.0) - self._zero

    def picture(self, frame: Any, time: float, index: int) -> Picture:
        """A frame as a picture of its own, the right way up."""
        # Looked at once: a frame whose side data was read lives until cycles are collected.
        self._turn = self._turn or Orientation.of(frame)
        frame = frame if self._colors is None else self._colors.convert(frame)
        aspect = None if self.stands else self._video.sample_aspect_ratio
        plain = plain_420(frame, alpha=False, sample_aspect=aspect)
        picture = picture_of(plain, time, index)
        if self._turn != Orientation():
            picture.y, picture.u, picture.v = (turn(plane, self._turn) for plane in (picture.y, picture.u, picture.v))
        return picture

"""Where a clip is cut, found by comparing small versions of its frames while they are read for something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.studio.reading.media import open_media, video_stream, whole_frames, zero_time

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["CutFinder"]

_SMALL = 64, 36  # pixels of the versions that are compared
_LINES = 144  # about so many lines of a frame are looked at for that
_JUMP = 6.0  # levels by which frames differ across a cut, at least
_USUAL = 3.0  # times as much as frames around it differ from each other
_AROUND = 4  # frames on each side of a cut
_ALIKE = 0.7  # correlation from which two frames show the same in another light
_BACK = 0.5  # of the jump: what was before comes back after a flash


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame, small; `jump` is by how many levels it differs from the one before."""

    time: float
    small: Plane
    is_key: bool
    jump: float


class CutFinder:
    """Takes the frames of a clip in order, not necessarily each of them, and finds the first frame after each cut."""

    def __init__(self) -> None:
        self._seen: list[_Seen] = []
        self._found: list[tuple[_Seen, _Seen]] = []

    def add(self, frame: Any, time: float) -> None:
        """Look at one more frame, as it was decoded; `time` is in seconds of the source."""
        small = _small(frame)
        jump = _difference(self._seen[-1].small, small) if self._seen else 0.0
        self._seen.append(_Seen(time, small, bool(frame.key_frame), jump))
        del self._seen[: -2 * _AROUND - 1]
        self._judge(len(self._seen) - 1 - _AROUND)

    def pause(self) -> None:
        """Take what comes next for another part of the clip."""
        for number in range(len(self._seen) - _AROUND, len(self._seen)):
            self._judge(number)
        self._seen.clear()

    def _judge(self, number: int) -> None:
        """Note the frame of this number if the clip was cut just before it."""
        if number < 1 or (now := self._seen[number]).jump < _JUMP:
            return
        before, first = self._seen[number - 1], max(0, number - _AROUND)
        near = [each.jump for each in self._seen[first + 1 : number + _AROUND + 1] if each is not now]
        if now.jump < _USUAL * median(near or [0.0]) or _correlation(before.small, now.small) > _ALIKE:
            return
        # What flashes up is no cut: neither when it comes nor when it goes.
        back = [_difference(before.small, each.small) for each in self._seen[number + 1 : number + _AROUND]]
        back += [_difference(now.small, each.small) for each in self._seen[first : number - 1]]
        if min(back, default=now.jump) > _BACK * now.jump:
            self._found.append((before, now))

    def times(self, source: Path, clock: Clock) -> list[float]:
        """The times of the first frames after cuts, in seconds of the source; after `pause`.

        Raises:
            InputError: the source cannot be read.
            Cancelled, TimedOut: by the clock.
        """
        return [
            # Encoders that set a key frame for a cut set it just there.
            after.time if after.is_key else _exactly(source, before.time, after.time, clock)
            for before, after in self._found
        ]


def _exactly(source: Path, before: float, after: float, clock: Clock) -> float:
    """The time of the frame that differs most from the one before it, between two frames."""
    seen = list(_between(source, before, after, clock))
    jumps = [(_difference(one, other), time) for (_, one), (time, other) in pairwise(seen)]
    return max(jumps, default=(0.0, after))[1]


def _between(source: Path, first: float, last: float, clock: Clock) -> Iterator[tuple[float, Plane]]:
    """All frames between two, and these, small."""
    with open_media(source) as container:
        video, zero = video_stream(container), zero_time(container)
        assert video is not None, "a clip was surveyed"
        container.seek(int((zero + first) * 1_000_000), backward=True)
        for frame in whole_frames(container, video):
            clock.check()
            time = (frame.time or 0.0) - zero
            if time > last:
                break
            if time >= first:
                yield time, _small(frame)


def _small(frame: Any) -> Plane:
    """The brightness of a frame in few pixels; of formats that mix channels, of a part of it."""
    import cv2
    import numpy as np

    plane, bits = frame.planes[0], frame.format.components[0].bits
    values = np.frombuffer(plane, np.uint16 if bits > 8 else np.uint8)
    every = max(1, plane.height // _LINES)
    part = values.reshape(plane.height, -1)[::every, : plane.width : every]
    part = np.right_shift(part, bits - 8).astype(np.uint8) if bits > 8 else np.ascontiguousarray(part)
    result: Plane = cv2.resize(part, _SMALL, interpolation=cv2.INTER_AREA)
    return result


def _difference(one: Plane, other: Plane) -> float:
    import cv2

    return float(cv2.mean(cv2.absdiff(one, other))[0])


def _correlation(one: Plane, other: Plane) -> float:
    """How alike two pictures are but for their brightness and contrast: at most 1."""
    import cv2

    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED)[0, 0])

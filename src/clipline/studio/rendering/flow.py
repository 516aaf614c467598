"""The way of the frames from the decoders to the encoder: placed in time, at a rate, changed, joined, with lengths."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile
from math import floor
from typing import TYPE_CHECKING, TypeAlias

from clipline.studio.pictures.frames import frame_of
from clipline.studio.pictures.geometry import Shaping
from clipline.studio.pictures.orientation import Orientation
from clipline.studio.pictures.picture import Picture, PictureOperation
from clipline.studio.reading.decode import Decoded, is_upright, upright

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.pictures.picture import Plane

__all__ = [
    "Placed",
    "Scene",
    "Seen",
    "at_rate",
    "changed",
    "changed_once",
    "drawn",
    "joined",
    "lasting",
    "nearest",
    "placed",
]

#: A frame and its time in seconds of the result.
Placed: TypeAlias = tuple[Decoded, float]
#: The same, which may be changed already.
Seen: TypeAlias = tuple[Decoded | Picture, float]

_SAME = 1e-6  # seconds


def placed(frames: Generator[Decoded, None, None], start: float, at: float = 0.0) -> Generator[Placed, None, None]:
    """Each frame with its time in the result, where those of `start` are at `at`; the first one is seen from there."""
    with closing(frames):
        first = True
        for decoded in frames:
            yield decoded, at if first else decoded.time - start + at
            first = False


def at_rate(
    frames: Generator[Placed, None, None], rate: Fraction, begin: float, end: float
) -> Generator[Placed, None, None]:
    """Frames at a fixed rate from `begin` to `end`: those nearest in time, left out or repeated as it takes."""
    with closing(frames):
        slot = nearest(begin * rate)
        total = max(slot + 1, nearest(end * rate))
        standing: Decoded | None = None
        for decoded, time in frames:
            until = min(total, nearest(time * rate))
            while standing is not None and slot < until:
                yield standing, float(slot / rate)
                slot += 1
            standing = decoded
        while standing is not None and slot < total:
            yield standing, float(slot / rate)
            slot += 1


def nearest(value: Fraction | float) -> int:
    """The nearest whole number; halves always go up, so that every second frame is every second frame."""
    return floor(value + 0.5)


def changed(frames: Generator[Placed, None, None], steps: Sequence[PictureOperation]) -> Generator[Seen, None, None]:
    """Every frame after all steps; as it was decoded where there are none."""
    shaping = list(takewhile(lambda step: isinstance(step, Shaping), steps))  # what these leave out is never copied
    with closing(frames):
        for decoded, time in frames:
            if not steps:
                yield decoded, time
                continue
            picture = upright(decoded, shaping)
            for step in steps[len(shaping) :]:
                picture = step.process(picture)
            yield picture, time


def changed_once(
    frames: Generator[Placed, None, None], steps: Sequence[PictureOperation], *, alpha: bool
) -> Generator[Seen, None, None]:
    """The same of frames that are all one picture, which no step changes over time: the steps see but the first."""
    made: VideoFrame | None = None
    with closing(frames):
        for decoded, time in frames:
            if made is None:
                ((seen, _),) = changed(_only(decoded, time), steps)
                made = frame_of(_picture(seen), alpha=alpha)
            yield Decoded(made, decoded.time, decoded.index, Orientation()), time


def _only(decoded: Decoded, time: float) -> Generator[Placed, None, None]:
    yield decoded, time


# --- one after another -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Scene:
    """Frames from `at` on; what was before dissolves into them during the first `crossfade` seconds."""

    frames: Generator[Seen, None, None]
    at: float = 0.0
    crossfade: float = 0.0


def joined(scenes: Iterable[Scene]) -> Generator[Seen, None, None]:
    """The frames of all scenes; `scenes` is asked for the next one when that one's frames are needed."""
    before = _Ahead(_none())
    try:
        for scene in scenes:
            yield from _until(before, scene)
            after = _Ahead(scene.frames)
            try:
                yield from _dissolved(before, after, scene)
            finally:
                before.close()
                before = after
        while before.next is not None:
            yield before.take()
    finally:
        before.close()


def _none() -> Generator[Seen, None, None]:
    yield from ()


class _Ahead:
    """Frames of which the next one can be looked at; the one taken last stands."""

    def __init__(self, frames: Generator[Seen, None, None]) -> None:
        self._frames = frames
        self.standing: Decoded | Picture | None = None
        self.next = next(frames, None)

    def take(self) -> Seen:
        assert self.next is not None
        taken = self.next
        self.standing = taken[0]
        self.next = next(self._frames, None)
        return taken

    def stands_at(self, time: float) -> Decoded | Picture | None:
        """What is seen at a time."""
        while self.next is not None and self.next[1] <= time + _SAME:
            self.take()
        return self.standing

    def close(self) -> None:
        self._frames.close()


def _until(before: _Ahead, scene: Scene) -> Iterator[Seen]:
    """What begins before a scene does."""
    while before.next is not None and before.next[1] < scene.at - _SAME:
        shown, time = before.take()
        is_last = before.next is None or before.next[1] >= scene.at - _SAME
        # Who gets a picture may write on it, and the last one may be needed once more.
        yield _copied(shown) if is_last and scene.crossfade else shown, time


def _dissolved(before: _Ahead, after: _Ahead, scene: Scene) -> Iterator[Seen]:
    if not scene.crossfade:
        return
    while after.next is not None and after.next[1] < scene.at + scene.crossfade - _SAME:
        shown, time = after.take()
        under = before.stands_at(time)
        part = max(0.0, (time - scene.at) / scene.crossfade)
        yield shown if under is None else _mixed(_picture(under), _picture(shown), part), time


def _picture(seen: Decoded | Picture) -> Picture:
    return seen if isinstance(seen, Picture) else upright(seen)


def _copied(seen: Decoded | Picture) -> Decoded | Picture:
    if isinstance(seen, Decoded):
        return seen
    alpha = None if seen.alpha is None else seen.alpha.copy()
    return replace(seen, y=seen.y.copy(), u=seen.u.copy(), v=seen.v.copy(), alpha=alpha)


def _mixed(under: Picture, over: Picture, part: float) -> Picture:
    """`part` of the one over the rest of the other."""
    import cv2
    import numpy as np

    def mix(one: Plane, other: Plane) -> Plane:
        mixed: Plane = cv2.addWeighted(one, 1 - part, other, part, 0)
        return mixed

    alpha = None
    if under.alpha is not None or over.alpha is not None:
        solid = np.full_like(over.y, 255)
        alpha = mix(solid if under.alpha is None else under.alpha, solid if over.alpha is None else over.alpha)
    planes = mix(under.y, over.y), mix(under.u, over.u), mix(under.v, over.v)
    return Picture(*planes, over.time, over.index, alpha)


# --- to the encoder --------------------------------------------------------------------------------------------------


def drawn(
    frames: Generator[Seen, None, None], steps: Sequence[PictureOperation], *, alpha: bool
) -> Generator[tuple[VideoFrame, float], None, None]:
    """Every frame for the encoder, after steps that see the time of the result; untouched where nothing is changed."""
    with closing(frames):
        for seen, time in frames:
            if isinstance(seen, Decoded) and not steps and is_upright(seen):
                yield seen.frame, time
                continue
            picture = replace(_picture(seen), time=time)
            for step in steps:
                picture = step.process(picture)
            yield frame_of(picture, alpha=alpha), time


def lasting(frames: Iterator[tuple[VideoFrame, float]], length: float) -> Iterator[tuple[VideoFrame, float, float]]:
    """Each frame with its time and how long it stands; the last one to the end of the result."""
    waiting: tuple[VideoFrame, float] | None = None
    for frame, time in frames:
        if waiting is not None:
            yield *waiting, time - waiting[1]
        waiting = frame, time
    if waiting is not None:
        yield *waiting, max(0.001, length - waiting[1])

"""The way of the frames from the decoder to the encoder: placed in time, at a rate, changed, each with its length."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, TypeAlias

from clipline.studio.decode import Decoded, is_upright, upright
from clipline.studio.frames import frame_of
from clipline.studio.picture import PictureOperation

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["Placed", "at_rate", "changed", "lasting", "nearest", "placed"]

#: A frame and its time in seconds of the result.
Placed: TypeAlias = tuple[Decoded, float]


def placed(frames: Generator[Decoded, None, None], start: float) -> Generator[Placed, None, None]:
    """Each frame with its time in the result; the first one is seen from the beginning."""
    with closing(frames):
        first = True
        for decoded in frames:
            yield decoded, 0.0 if first else decoded.time - start
            first = False


def at_rate(frames: Generator[Placed, None, None], rate: Fraction, length: float) -> Generator[Placed, None, None]:
    """Frames at a fixed rate: those nearest in time, left out or repeated as it takes."""
    with closing(frames):
        slot, total = 0, max(1, nearest(length * rate))
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


def changed(
    frames: Generator[Placed, None, None], steps: Sequence[PictureOperation], *, alpha: bool
) -> Generator[tuple[VideoFrame, float], None, None]:
    """Every frame after all steps; as it was decoded where there is nothing to do."""
    with closing(frames):
        for decoded, time in frames:
            if not steps and is_upright(decoded):
                yield decoded.frame, time
                continue
            picture = upright(decoded)
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

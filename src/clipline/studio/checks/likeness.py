"""Compares a result with the clip that it was made from: how much was changed, and how like the rest still is.

Where an edit was meant to change something is not taken from the edit: one that marks too much would pass its own
check. What was changed is found by comparing: cells of 8 x 8 pixels that nobody would take for the same, where several
of them hang together. All else must be as it was but for what coding loses. So damage shows in one of two ways: as a
rest that is less like the source, or as a larger part that was changed. Only both numbers say that an edit was clean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.studio.checks.similarity import Shrinker, likeness_of
from clipline.studio.reading.decode import VideoReader
from clipline.studio.reading.media import MediaInfo, probe
from clipline.studio.reading.stills import as_clip

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Picture

__all__ = ["Compared", "Likeness", "Part", "compare"]

_ROUNDING = 0.001  # seconds


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a clip, in seconds of it; `end` None is where it ends.

    `crossfade` is how long the part before it is still seen; what is seen then is not compared.
    """

    path: Path
    start: float = 0.0
    end: float | None = None
    crossfade: float = 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A frame from `start` to `end`: the part of the picture that was `changed`; SSIM and PSNR (dB) of the rest.

    Both are NaN where nearly nothing is left.
    """

    start: float
    end: float
    changed: float
    ssim: float
    psnr: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """All frames of a result compared, or why they cannot be."""

    frames: tuple[Compared, ...] = ()
    reason: str = ""


def compare(result: Path, source: Sequence[Part], *, clock: Clock, progress: Callable[[float], None]) -> Likeness:
    """Compare each frame of a result with the frame of the source that was shown at that time.

    Args:
        result: the file.
        source: the parts that it was made from, one after the other; none where they are not known.
        clock: looked at between any two frames.
        progress: told the part done, 0 to 1.

    Raises:
        InputError: a file is no clip.
        Cancelled, TimedOut: by the clock.
    """
    if not source:
        return Likeness(reason="it is not known what the file was made from")
    after, placed = probe(result), _place(source)
    if reason := _not_comparable(placed, after):
        return Likeness(reason=reason)
    frames: list[Compared] = []
    with VideoReader(result) as new, closing(new.pictures(0.0, after.duration, clock)) as pictures:
        coming = _with_ends(pictures, after.duration)
        for part in placed:
            with VideoReader(part.part.path) as old:
                small = Shrinker(after, old.space, new.space)
                for was, now, over in _pairs(old, part, coming, clock):
                    frames.append(Compared(now.time, over, *likeness_of(small.source(was), small.result(now))))
                    progress(min(1.0, over / after.duration))
    return Likeness(tuple(frames))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part with what its clip holds, from `begins` to `ends` in seconds of the result.

    The next part is seen from `until` on.
    """

    part: Part
    info: MediaInfo
    begins: float
    ends: float
    until: float = inf


def _place(parts: Sequence[Part]) -> list[_Placed]:
    placed: list[_Placed] = []
    for part in parts:
        held = probe(part.path)
        info = as_clip(held)
        begins = placed[-1].ends - part.crossfade if placed else 0.0
        length = inf if held.kind == "image" else info.duration  # a picture that stands does so for any time
        end = info.duration if part.end is None else min(part.end, length)
        if placed:
            placed[-1] = replace(placed[-1], until=begins)
        placed.append(_Placed(part, info, begins, begins + end - part.start))
    return placed


def _not_comparable(parts: Sequence[_Placed], after: MediaInfo) -> str:
    for info in (*(part.info for part in parts), after):
        if info.kind != "video":
            return f"{'the file' if info is after else 'the source'} is no video"
    length = parts[-1].ends
    if abs(length - after.duration) > max(0.1, *(2 / info.fps for info in (*(each.info for each in parts), after))):
        return f"the file lasts {after.duration:.2f}s, and what it was made from {length:.2f}s"
    for before in (part.info for part in parts):
        if abs(before.width / before.height / (after.width / after.height) - 1) > 0.02:
            return f"the picture has another shape: {after.width}x{after.height}, not {before.width}x{before.height}"
    return ""


def _with_ends(pictures: Iterable[Picture], length: float) -> Iterator[tuple[Picture, float]]:
    """Each picture with the time at which the next one begins."""
    before: Picture | None = None
    for picture in pictures:
        if before is not None:
            yield before, picture.time
        before = picture
    if before is not None:
        yield before, length


def _pairs(
    old: VideoReader, part: _Placed, coming: Iterator[tuple[Picture, float]], clock: Clock
) -> Iterator[tuple[Picture, Picture, float]]:
    """Pictures of a part each with that of the result whose time is nearest, and when that one ends."""
    first = part.part.start
    with closing(old.pictures(first, first + part.ends - part.begins, clock)) as olds:
        was = next(olds)
        following = next(olds, None)
        for now, over in coming:
            time = now.time - part.begins + first
            while following is not None and abs(following.time - time) <= abs(was.time - time):
                was, following = following, next(olds, None)
            if now.time >= part.begins + part.part.crossfade - _ROUNDING:
                yield was, now, over
            if over >= part.until - _ROUNDING:
                return

"""A place of the picture through a clip, whatever it shows: followed by motion, forwards and backwards in time.

For what the detector knows nothing of, like a logo, a number plate, a poster, a face or a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.finding.patch import SIDE, Patch
from clipline.studio.finding.pursuit import Pursuit
from clipline.studio.finding.survey import Spans
from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.studio.reading.samples import read_samples
from clipline.studio.scenes.register import shrunk

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["STEP", "Region", "check_detail", "follow_region"]

#: Seconds between two looks, at most; some frames lie between.
STEP = 0.12
_FRAMES = 2
_AT_ONCE = 32  # pictures that are held in memory while time runs backwards
_HINT = "give a larger box, with something in it that stands out, or the time at which it is seen well"

#: The brightness of a picture, made smaller, and its time.
Look: TypeAlias = tuple[float, "Plane"]


@dataclass(frozen=True, slots=True)
class Region:
    """Where a place went: `begins` and `ends` say why it is not followed further, "lost" or "left", None at the end."""

    track: Track
    begins: str | None
    ends: str | None


def follow_region(
    source: Path, spans: Spans, box: Box, at: float, *, fps: float, clock: Clock, progress: Callable[[float], None]
) -> Region:
    """Follow what is in a box at a time, in seconds of the source, through parts of a clip.

    Raises:
        Refused: it is plain there, or there is no picture at that time.
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    looks = _Looks(source, _halvings(box), max(STEP, _FRAMES / fps), clock)
    start, end = spans[0][0], spans[-1][1]
    length = max(end - start, 1e-3)
    begun = next(looks.forwards(at, at + 1 / max(fps, 1.0)), None)
    if begun is None:
        raise Refused(
            f"there is no picture at {at:.3g}s", code="not_there", hint=f"the clip is from {start:.3g}s to {end:.3g}s"
        )
    _check(begun[1], _scaled(box, 1 / (1 << looks.times)))
    later = looks.run(looks.forwards(at, end), begun, box, lambda time: progress((time - at) / length))
    before = looks.run(looks.backwards(start, at), begun, box, lambda time: progress((end - time) / length))
    first = (begun[0], box)
    places = [*before.places[::-1], first, *later.places]
    return Region(Track([time for time, _ in places], [place for _, place in places]), before.ended, later.ended)


def check_detail(luma: Plane, box: Box) -> None:
    """Make sure that there is something in a box of a picture by which it can be found again.

    Raises:
        Refused: it is plain.
    """
    times = _halvings(box)
    _check(shrunk(luma, times), _scaled(box, 1 / (1 << times)))


def _check(luma: Plane, box: Box) -> None:
    try:
        Patch.of(luma, box)
    except ValueError:
        raise Refused("what is at this place is too plain to be followed", code="not_there", hint=_HINT) from None


def _halvings(box: Box) -> int:
    return max(0, int(log2(max(box.width, box.height, 1) / SIDE)))


@dataclass(frozen=True, slots=True)
class _Run:
    places: list[tuple[float, Box]]
    ended: str | None


@dataclass(frozen=True, slots=True)
class _Looks:
    """Pictures of a clip now and then, halved `times` times."""

    source: Path
    times: int
    step: float
    clock: Clock

    def forwards(self, start: float, end: float) -> Iterator[Look]:
        for picture in read_samples(self.source, start, end, step=self.step, clock=self.clock, rough=True):
            yield picture.time, shrunk(picture.y, self.times)

    def backwards(self, start: float, end: float) -> Iterator[Look]:
        """A few at a time are read in their order, and given in the other one."""
        while end > start:
            begin = max(start, end - _AT_ONCE * self.step)
            yield from reversed([look for look in self.forwards(begin, end) if look[0] < end])
            end = begin

    def run(self, looks: Iterator[Look], begun: Look, box: Box, progress: Callable[[float], None]) -> _Run:
        scale = 1 << self.times
        pursuit = Pursuit(begun[1], _scaled(box, 1 / scale), begun[0])
        places, time = [], begun[0]
        for time, luma in looks:
            if time != begun[0] and (place := pursuit.look(luma, time)):
                places.append((time, _scaled(place, scale)))
            progress(time)
            if pursuit.ended:
                break
        pursuit.finish(time)
        return _Run(places, pursuit.ended)


def _scaled(box: Box, scale: float) -> Box:
    return replace(
        box,
        left=box.left * scale,
        top=box.top * scale,
        right=box.right * scale,
        bottom=box.bottom * scale,
        kind="object",
    )

"""Frame rates, and times on them.

A timecode counts whole frames of one of the rates of SMPTE ST 12-1 (23.976 and 29.97 are 24000/1001 and 30000/1001). A
clip with a variable rate has none of them; its times are rounded where a format only knows frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from clipline_otio.library import otio

__all__ = ["BROADCAST", "Grid", "broadcast", "is_broadcast"]

#: The rates that a timecode can count.
BROADCAST = tuple(
    Fraction(*ratio)
    for ratio in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
)
_ASSUMED = Fraction(25)  # where nobody says
_SAME = 0.005  # 23.98 and 29.97 mean the fractions
_ON_A_FRAME = 0.02  # frames: what containers round in their time stamps


def broadcast(fps: float) -> Fraction:
    """The broadcast rate nearest to `fps`; 25 where that is 0, unknown."""
    return min(BROADCAST, key=lambda rate: abs(rate - fps)) if fps > 0 else _ASSUMED


def is_broadcast(fps: float) -> bool:
    """Whether `fps` is a rate that a timecode can count."""
    return abs(broadcast(fps) - fps) < _SAME


@dataclass(frozen=True, slots=True)
class Grid:
    """The frames that times are counted in: `rate` a second; `whole` rounds every time to one of them."""

    rate: float
    whole: bool

    @classmethod
    def exact(cls, fps: float) -> Grid:
        """Times as they are, in frames of the clip's own rate."""
        return cls(float(broadcast(fps)) if fps <= 0 or is_broadcast(fps) else fps, whole=False)

    @classmethod
    def frames(cls, fps: float) -> Grid:
        """Whole frames of the nearest broadcast rate."""
        return cls(float(broadcast(fps)), whole=True)

    def time(self, seconds: float) -> Any:
        """A `RationalTime`."""
        value = seconds * self.rate
        near = round(value)
        return otio().opentime.RationalTime(near if self.whole or abs(value - near) < _ON_A_FRAME else value, self.rate)

    def span(self, start: float, end: float) -> Any:
        """The `TimeRange` from `start` to `end`; at least a frame where frames are whole, so that no clip vanishes."""
        first, last = self.time(start), self.time(end)
        if self.whole and last.value <= first.value:
            last = otio().opentime.RationalTime(first.value + 1, self.rate)
        return otio().opentime.TimeRange(first, last - first)

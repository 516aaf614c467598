"""One person or thing that was followed through a clip: boxes at sampled times tell where it is at any time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from statistics import fmean, median
from typing import TypeAlias

from clipline.studio.pictures.box import Box

__all__ = ["SLACK", "Look", "Track", "by_shot"]

SLACK = 0.12  # seconds by which somebody may be elsewhere than on the way between two looks

_SAME = 1e-3  # seconds between two readings of the time of one frame
_LOOKS = 3  # tell colours

#: The boxes seen at a time, in seconds of the source.
Look: TypeAlias = tuple[float, Sequence[Box]]


@dataclass(slots=True)
class Track:
    """One person or thing: boxes at rising times, in seconds of the source.

    The clip is cut at `since` and `until`: they can be in the picture from the one until just before the other.
    """

    times: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    since: float = -inf
    until: float = inf

    @property
    def score(self) -> float:
        """How sure the surest box is."""
        return max(box.score for box in self.boxes)

    @property
    def kind(self) -> str:
        """What the surest box shows."""
        return max(self.boxes, key=lambda box: box.score).kind

    @property
    def weight(self) -> float:
        """How much of the picture this person takes over time, in pixels times seconds or so."""
        return sum(box.area for box in self.boxes)

    @property
    def gone(self) -> float:
        """How far the last box is from the first one, in heights of them."""
        (x, y), (last_x, last_y) = self.boxes[0].center, self.boxes[-1].center
        return max(abs(last_x - x), abs(last_y - y)) / max(1.0, median(box.height for box in self.boxes))

    def at(self, time: float, margin: float = 0.0) -> Box | None:
        """Where the person is: between two samples on the way, up to `margin` seconds outside going on as before."""
        if not self.times[0] - margin <= time <= self.times[-1] + margin or not self.is_in_shot(time):
            return None
        after = bisect_right(self.times, time)
        if after == 0:
            return self.backwards().expected(time)
        if after == len(self.times):
            return self.expected(time)
        start, end = self.times[after - 1], self.times[after]
        return self.boxes[after - 1].towards(self.boxes[after], (time - start) / (end - start))

    def sights(self, size: tuple[int, int]) -> list[tuple[float, Box]]:
        """The times at which they are seen in a picture of this width and height, and what of them is in it."""
        there = ((time, box.inside(*size)) for time, box in zip(self.times, self.boxes, strict=True))
        return [(time, box) for time, box in there if box.area and self.is_in_shot(time)]

    def is_in_shot(self, time: float) -> bool:
        """Whether a time is in the shot that they are seen in, as far as the clip is known to be cut."""
        return self.since <= time + _SAME < self.until

    def around(self, time: float, margin: float, slack: float | None = None) -> Box | None:
        """Where the person may be: as `at`, and anywhere on the way from `slack` seconds before to as much after.

        That is `margin` where nothing else is said.
        """
        box, slack = self.at(time, margin), margin if slack is None else slack
        if box is None:
            return None
        for moment in (time - slack, time + slack):
            other = self.at(min(max(moment, self.times[0]), self.times[-1]))
            box = box.joined(other) if other else box
        return box

    def colors_at(self, time: float) -> tuple[float, ...]:
        """The mean of their colours in the looks nearest to a time in which these are known; none if they never are."""
        known = sorted(
            (abs(at - time), box.colors) for at, box in zip(self.times, self.boxes, strict=True) if box.colors
        )
        return tuple(fmean(values) for values in zip(*(colors for _, colors in known[:_LOOKS]), strict=True))

    def expected(self, time: float) -> Box:
        """Where the person should be a little beyond the last box, if it goes on as before."""
        last = self.boxes[-1]
        if len(self.times) < 2:
            return last
        before = self.boxes[-2]
        passed = min(abs(time - self.times[-1]), 1.0) / abs(self.times[-1] - self.times[-2])
        return last.moved((last.center[0] - before.center[0]) * passed, (last.center[1] - before.center[1]) * passed)

    def backwards(self) -> Track:
        """The same person with time running the other way."""
        return replace(self, times=self.times[::-1], boxes=self.boxes[::-1])


def by_shot(tracks: Sequence[Track]) -> list[list[Track]]:
    """Those who are seen in each shot of a clip in which anyone is, in the order of time."""
    return [[track for track in tracks if track.since == since] for since in sorted({track.since for track in tracks})]

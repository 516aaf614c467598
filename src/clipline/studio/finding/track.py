"""One person or thing that was followed through a clip: boxes at sampled times tell where it is at any time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

from clipline.studio.pictures.box import Box

__all__ = ["Look", "Track"]

#: The boxes seen at a time, in seconds of the source.
Look: TypeAlias = tuple[float, Sequence[Box]]


@dataclass(slots=True)
class Track:
    """One person or thing: boxes at rising times, in seconds of the source."""

    times: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

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
        if not self.times[0] - margin <= time <= self.times[-1] + margin:
            return None
        after = bisect_right(self.times, time)
        if after == 0:
            return self.backwards().expected(time)
        if after == len(self.times):
            return self.expected(time)
        start, end = self.times[after - 1], self.times[after]
        return self.boxes[after - 1].towards(self.boxes[after], (time - start) / (end - start))

    def around(self, time: float, margin: float) -> Box | None:
        """Where the person may be: as `at`, and anywhere on the way from `margin` seconds before to as much after."""
        box = self.at(time, margin)
        if box is None:
            return None
        for moment in (time - margin, time + margin):
            other = self.at(min(max(moment, self.times[0]), self.times[-1]))
            box = box.joined(other) if other else box
        return box

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
        return Track(self.times[::-1], self.boxes[::-1])

"""Follows people and things through a clip: boxes at sampled times become tracks that say where each is at any time.

Linking is greedy: at each sample the boxes go to the tracks whose expected place they overlap best, sure boxes first.
A box that is not sure may carry a track on but not begin one, so that half-hidden people are kept and things that only
look a little like people are not taken for them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from clipline.studio.colors import similar
from clipline.studio.detect import Box

__all__ = ["Look", "Track", "link"]

#: The boxes seen at a time, in seconds of the source.
Look: TypeAlias = tuple[float, Sequence[Box]]

_SURE = 0.45  # a box this sure may begin a track
_PROVEN = 0.5  # a track is a person once one of its boxes was this sure
_LOST = 1.6  # seconds without a box after which a track has ended
_LOOKS = 1.2  # how much likeness counts beside the place
_STITCHED = 3.0  # seconds that one person may be out of sight between two tracks


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
    def colors(self) -> tuple[float, ...]:
        """What the person looks like, as seen last in a box that is sure."""
        return next((box.colors for box in reversed(self.boxes) if box.colors and box.score >= _SURE), ())

    def add(self, time: float, box: Box) -> None:
        """The person is here at this time."""
        self.times.append(time)
        self.boxes.append(box)

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


def link(looks: Sequence[Look]) -> list[Track]:
    """Make tracks of the boxes seen at rising times: the people found, in the order of their first appearance.

    Boxes that are not sure carry a track on, forwards and backwards in time, but begin none.
    """
    tracks: list[Track] = []
    left: list[Look] = []
    for time, boxes in looks:
        sure, unsure = [box for box in boxes if box.score >= _SURE], [box for box in boxes if box.score < _SURE]
        live = [track for track in tracks if time - track.times[-1] <= _LOST]
        live, sure = _assign(live, time, sure)
        _, unsure = _assign(live, time, unsure)
        tracks += [Track([time], [box]) for box in sure]
        left.append((time, unsure))
    proven = [track.backwards() for track in tracks if track.score >= _PROVEN]
    for time, boxes in reversed(left):
        _assign([track for track in proven if 0 < track.times[-1] - time <= _LOST], time, boxes)
    return _stitched([_tall(_tall(track).backwards()) for track in proven])


def _tall(track: Track) -> Track:
    """The track with its last box made as high as the one before, where it is unsure.

    Of somebody half out of the picture the detector sees a part only.
    """
    if len(track.boxes) > 1 and track.boxes[-1].score < _SURE:
        last, before = track.boxes[-1], track.boxes[-2]
        track.boxes[-1] = replace(last, top=min(last.top, before.top), bottom=max(last.bottom, before.bottom))
    return track


def _assign(tracks: Sequence[Track], time: float, boxes: Sequence[Box]) -> tuple[list[Track], list[Box]]:
    """Give each track the box that fits it best; the tracks and the boxes that are left."""
    pairs = [(_likeness(track, time, box), t, b) for t, track in enumerate(tracks) for b, box in enumerate(boxes)]
    free_tracks, free_boxes = dict(enumerate(tracks)), dict(enumerate(boxes))
    for likeness, t, b in sorted(pairs, reverse=True):
        if likeness > 0 and t in free_tracks and b in free_boxes:
            free_tracks.pop(t).add(time, free_boxes.pop(b))
    return list(free_tracks.values()), list(free_boxes.values())


def _likeness(track: Track, time: float, box: Box) -> float:
    """How well a box fits where somebody should be at a time; 0 or less where it does not."""
    expected = track.expected(time)
    if not expected.area or not box.area or not 0.4 < box.height / expected.height < 2.5:
        return 0.0
    # Whoever walks gets on by about their own height in a second; seen from the side they are narrow all the same.
    walk = box.height * min(1.0, abs(time - track.times[-1])) if len(track.times) == 1 else 0.0
    across = (box.center[0] - expected.center[0]) / max(expected.width, box.width, 0.5 * box.height, 1.3 * walk)
    down = (box.center[1] - expected.center[1]) / max(expected.height, box.height)
    fits = expected.overlap(box) + 0.5 * (1 - (across**2 + (2 * down) ** 2) ** 0.5)
    return fits + _LOOKS * similar(track.colors, box.colors) if fits > 0 else 0.0


def _stitched(tracks: Sequence[Track]) -> list[Track]:
    """Join tracks that are one person who was out of sight for a while."""
    joined: list[Track] = []
    for track in sorted(tracks, key=lambda track: track.times[0]):
        begins = track.times[0]
        before = [t for t in joined if 0 < begins - t.times[-1] <= _STITCHED]
        best = max(before, key=lambda t: _likeness(t, begins, track.boxes[0]), default=None)
        if best is not None and _likeness(best, begins, track.boxes[0]) > 0:
            best.times += track.times
            best.boxes += track.boxes
        else:
            joined.append(Track(list(track.times), list(track.boxes)))
    return joined

"""Who stands where in a row, as in "the second from the left", and for how long: people change places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.timeline import Subject

__all__ = ["Size", "Turn", "foreground", "most_at_once", "part_of_row", "row_at", "turns"]

#: Width and height of the picture in pixels.
Size: TypeAlias = tuple[int, int]

_GAP = 1.0  # seconds for which a moment counts at most
_ABOUT = 0.8  # of the longest time is about as long
_AROUND = 1.5  # seconds by which something may have been there before it was first seen
_THERE = 0.2  # of somebody is in the picture where they are there


def foreground(tracks: Sequence[Track], size: Size) -> Track | None:
    """The one whom the clip is about: the largest and most central one, over all of the time."""
    return max(tracks, key=lambda track: _importance(track, size), default=None)


def _importance(track: Track, size: Size) -> float:
    return sum(_weight(box, size) for box in track.boxes)


def _weight(box: Box, size: Size) -> float:
    """How large and central somebody is at a moment."""
    return box.area * (1 - abs(box.center[0] / size[0] - 0.5))


def most_at_once(tracks: Sequence[Track]) -> tuple[float, int]:
    """The first time at which most are in the picture, and how many that are."""
    counts = [(sum(track.at(time) is not None for track in tracks), -time) for track in tracks for time in track.times]
    count, time = max(counts, default=(0, 0.0))
    return -time, count


_ORDERS: dict[str, Callable[[Box, Track, Size], float]] = {
    "left": lambda box, _track, _size: box.center[0],
    "right": lambda box, _track, _size: -box.center[0],
    "top": lambda box, _track, _size: box.center[1],
    "bottom": lambda box, _track, _size: -box.center[1],
    "middle": lambda box, _track, size: abs(box.center[0] - size[0] / 2),
    "largest": lambda box, _track, _size: -box.area,
    "smallest": lambda box, _track, _size: box.area,
    "foreground": lambda _box, track, size: -_importance(track, size),
}


def row_at(tracks: Sequence[Track], subject: Subject, size: Size, time: float) -> list[Track]:
    """Those who are in the picture at a time, in the order that is meant.

    Where a time is said and too few were seen then, those count who were seen a little earlier or later.
    """
    places = [(box, track) for track in tracks if (box := track.at(time, _AROUND if subject.at is not None else 0.0))]
    there = [(part, track) for box, track in places if (part := _part(track, box, time, size))]
    seen = there if subject.at is None or len(there) >= _last(subject) else places
    order = _ORDERS[subject.which or "left"]
    if subject.which == "foreground" and subject.at is not None:
        return [track for box, track in sorted(seen, key=lambda each: -_weight(each[0], size))]
    return [track for _, track in sorted(seen, key=lambda each: order(each[0], each[1], size))]


def _part(track: Track, box: Box, time: float, size: Size) -> Box | None:
    """What of somebody is in the picture, if they are seen at a time."""
    part = box.inside(*size)
    return part if track.at(time) and part.area >= _THERE * box.area else None


def _last(subject: Subject) -> int:
    """The number in a row of the last one who is meant."""
    return subject.nth - 1 + (subject.count or 1)


def part_of_row(tracks: Sequence[Track], subject: Subject, size: Size, time: float, least: int = 1) -> list[Track]:
    """Those of the row at a time who are meant; none where it is too short, or has fewer than `least`."""
    row, end = row_at(tracks, subject, size, time), _last(subject)
    return row[subject.nth - 1 : end] if len(row) >= max(end, least) else []


@dataclass(frozen=True, slots=True)
class Turn:
    """Those who are meant by a place in a row while they are: from one second to another, and for how many of them.

    `weight` is less than that where the others in the picture are much larger: far ones are seldom meant.
    """

    tracks: list[Track]
    start: float
    end: float
    length: float
    weight: float


def turns(tracks: Sequence[Track], subject: Subject, size: Size) -> list[Turn]:
    """Who are meant at one moment or another: those who are for long first, and of these the earlier ones.

    Moments count in which several are to be seen, if there are any: nobody says "on the left" of one alone.
    """
    times = sorted({time for track in tracks for time in track.times})
    held: dict[tuple[int, ...], Turn] = {}
    least = min(2, most_at_once(tracks)[1])
    for time, after in pairwise([*times, times[-1] + _GAP] if times else []):
        if meant := part_of_row(tracks, subject, size, time, least):
            key = tuple(sorted(number for number, track in enumerate(tracks) if any(track is one for one in meant)))
            turn, length = held.get(key, Turn(meant, time, time, 0.0, 0.0)), min(after - time, _GAP)
            weight = turn.weight + length * _prominence(meant, tracks, time)
            held[key] = replace(turn, end=time, length=turn.length + length, weight=weight)
    most = max((turn.weight for turn in held.values()), default=0.0)
    return sorted(held.values(), key=lambda turn: (turn.weight < _ABOUT * most, turn.start))


def _prominence(some: Sequence[Track], tracks: Sequence[Track], time: float) -> float:
    """How high these are at a time, as a part of how high the highest one is."""
    heights = [max((box.height for track in row if (box := track.at(time))), default=0.0) for row in (some, tracks)]
    return heights[0] / max(heights[1], 1.0)

"""A place on somebody who is followed where the place itself is lost, like the face of one who turns away.

It is the same part of the person's box then, as that moves, grows and shrinks, and a little more: what is to be hidden
had better be hidden too widely than seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clipline.studio.finding.region import Region
from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box

__all__ = ["carried_on", "carrier"]

_ON = 0.8  # of a place lies in the box of who carries it
_BORDER = 3  # pixels from the edge of the picture: beyond it somebody may go on
_MORE = 0.2  # of its sides is what is added all around, since it is less sure where it is


def carrier(region: Region, people: Sequence[Track]) -> Track | None:
    """The person on whom a region lies for all of the time for which it was followed; None where there is none."""
    best = max(people, key=lambda person: _share_on(region.track, person), default=None)
    return best if best is not None and _share_on(region.track, best) >= _ON else None


def _share_on(place: Track, person: Track) -> float:
    """How much of a place lies in the box of a person, where both are known."""
    pairs = ((box, person.at(time)) for time, box in zip(place.times, place.boxes, strict=True))
    shares = [box.shared(there) / box.area for box, there in pairs if there is not None and box.area]
    return sum(shares) / len(shares) if shares else 0.0


def carried_on(region: Region, person: Track, size: tuple[int, int]) -> Region:
    """The region, followed further as a part of a person where it was lost, as long as they are there."""
    track, begins, ends = region.track, region.begins, region.ends
    if ends == "lost":
        track, ends = _followed_on(track, person, size)
    if begins == "lost":
        earlier, begins = _followed_on(_mirrored(track), _mirrored(person), size)
        track = _mirrored(earlier)
    return Region(track, begins, ends)


def _mirrored(track: Track) -> Track:
    """The same with time running the other way."""
    return Track([-time for time in track.times[::-1]], track.boxes[::-1])


def _followed_on(place: Track, person: Track, size: tuple[int, int]) -> tuple[Track, str]:
    """The place with where it is on the person after its last time, and why it ends then."""
    later = list(_parts(place, person, size[1]))
    times, boxes = [*place.times, *(time for time, _ in later)], [*place.boxes, *(box for _, box in later)]
    last = boxes[-1]
    return Track(times, boxes), "lost" if last.inside(*size) == last else "left"


def _parts(place: Track, person: Track, height: int) -> Iterator[tuple[float, Box]]:
    """Where the part of the person is that the place was last, at each later time at which they were seen."""
    before = then = person.at(place.times[-1])
    if then is None or before is None:
        return
    part, scale = place.boxes[-1], 1.0
    x, y = part.center[0] - then.center[0], part.center[1] - then.top
    for time, box in zip(person.times, person.boxes, strict=True):
        if time <= place.times[-1]:
            continue
        scale *= _growth(before, box, height)
        top = box.bottom - then.height * scale if box.top < _BORDER else box.top
        moved = box.center[0] + x * scale - part.center[0], top + y * scale - part.center[1]
        yield time, part.moved(*moved).scaled(scale * (1 + 2 * _MORE))
        before = box


def _growth(before: Box, after: Box, height: int) -> float:
    """How much larger somebody is: as their box is higher, or where the picture's edge cuts it as it is wider."""
    if any(box.top < _BORDER or box.bottom > height - _BORDER for box in (before, after)):
        return after.width / before.width
    return after.height / before.height

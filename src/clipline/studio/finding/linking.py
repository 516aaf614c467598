"""Makes tracks of boxes seen at sampled times: who is who from one look to the next.

The looks are gone through in their order, and who was seen before is paired with who is seen next, for all of them at
once and so that it is likeliest in all (`odds`, `assignment`). Then it is gone through again until nothing changes,
since by now it is known where everyone goes on to: between any two looks all ways are cut and paired anew, and at each
look the boxes are taken out of all ways and given to them anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice, pairwise

from clipline.studio.finding.assignment import best_pairs
from clipline.studio.finding.odds import SURE, Odds, Seen
from clipline.studio.finding.track import Look, Track

__all__ = ["link"]

_PROVEN = 0.5  # a track is a person once one of its boxes was this sure
_WALKED, _OFTEN = 1.5, 4  # or once they went so many heights and were seen so often
_REACH, _SOON = 3.0, 1.0  # seconds around a look from which ways go on, and who may be nobody
_DOUBLE = 0.6  # of a box is shared by others where it shows nobody else
_WORSE = 6.0  # in odds, at first sight, is out of the question
_REMEMBERED = 4096  # pairs that were weighed
_ROUNDS = 4  # at most, after the first
_KNOWN = 6  # sightings on each side that count
_STIRS = 3  # looks around one where something changed are gone through again


def link(looks: Sequence[Look], size: tuple[int, int]) -> list[Track]:
    """Make tracks of the boxes seen at rising times: the people found, in the order of their first appearance.

    Boxes that are not sure carry a track on, forwards and backwards in time, but begin none unless they get on. `size`
    is width and height of the picture in pixels.
    """
    ways = _Ways(looks, size)
    ways.begin()
    for _ in range(_ROUNDS):
        if not ways.improve():
            break
    proven = [track for track in ways.tracks() if _is_proven(track)]
    tracks = [_tall(_tall(track.backwards()).backwards()) for track in proven if not _is_double(track, proven)]
    return sorted(tracks, key=lambda track: track.times[0])


class _Ways:
    """Who goes on as whom, as far as it is known."""

    def __init__(self, looks: Sequence[Look], size: tuple[int, int]) -> None:
        self._times = [time for time, _ in looks]
        self._looks = [
            [Seen.at(number, time, box, boxes, size[0]) for box in boxes] for number, (time, boxes) in enumerate(looks)
        ]
        self._odds = Odds(self._times, self._looks, size[0])
        self._next: dict[Seen, Seen] = {}
        self._before: dict[Seen, Seen] = {}
        self._stirred = set(range(len(looks)))
        self._gain = lru_cache(maxsize=_REMEMBERED)(self._odds.gain)

    def begin(self) -> None:
        """Go through the looks for the first time, when nothing is known of what follows."""
        for number in range(1, len(self._looks)):
            self._pair(self._open(number), self._looks[number], ends=False)

    def improve(self) -> bool:
        """Go through the looks again; whether anything changed."""
        stirred, self._stirred = self._stirred, set()
        for number in range(1, len(self._looks)):
            if stirred.isdisjoint(range(number - _STIRS, number + _STIRS + 1)):
                continue
            some, others = self._open(number), self._unopened(number)
            known = {one: self._next.get(one) for one in (*some, *self._looks[number])}
            for one in some:
                self._part(one)
            self._pair(some, others)
            self._give_anew(number)
            if any(self._next.get(one) is not after for one, after in known.items()):
                self._stirred.add(number)
                stirred.add(number)
        return bool(self._stirred)

    def tracks(self) -> Iterator[Track]:
        """All that was seen, in tracks."""
        for one in (one for look in self._looks for one in look if one not in self._before):
            way = list(_along(self._next, one))
            yield Track([each.sighting.time for each in way], [each.box for each in way])

    def _open(self, number: int) -> list[Seen]:
        """The last ones of all ways before a look."""
        return [one for one in self._near(number, -1) if one not in self._next or self._next[one].look >= number]

    def _unopened(self, number: int) -> list[Seen]:
        """The first ones of all ways from a look on."""
        return [one for one in self._near(number, 1) if one not in self._before or self._before[one].look < number]

    def _near(self, number: int, direction: int) -> Iterator[Seen]:
        """Those of the looks before one, or from it on, that are near in time."""
        for at in range(number - 1, -1, -1) if direction < 0 else range(number, len(self._looks)):
            away = abs(self._times[at] - self._times[number])
            if away > _REACH:
                break
            yield from (one for one in self._looks[at] if away <= _SOON or not self._is_alone(one))

    def _is_alone(self, one: Seen) -> bool:
        """Whether it may be nobody, and goes on as nobody."""
        return one.doubt > 0 and one not in self._next and one not in self._before

    def _pair(self, some: Sequence[Seen], others: Sequence[Seen], *, ends: bool = True) -> None:
        past, future = [self._backwards(one) for one in some], [self._forwards(one) for one in others]
        rough = {
            (a, b): self._odds.at_first(before, after[0])
            for a, before in enumerate(past)
            for b, after in enumerate(future)
            if self._odds.can_be(before[-1], after[0])
        }
        gain = self._gain if ends else partial(self._odds.gain, ends=False)
        gains = {(a, b): gain(past[a], future[b]) for a, b in _worth(rough)}
        for a, b in best_pairs(gains):
            self._join(some[a], others[b])

    def _give_anew(self, number: int) -> None:
        """Take the boxes of a look out of all ways that are near each other, and give them to these anew."""
        boxes = self._looks[number]
        holes = [_Hole(self._before.get(one), self._next.get(one), one) for one in boxes]
        holes += [_Hole(one, after) for one in self._open(number) if (after := self._next.get(one)) not in boxes]
        around = [
            (self._backwards(hole.past) if hole.past else (), self._forwards(hole.future) if hole.future else ())
            for hole in holes
        ]
        pairs = _contested(
            _worth(
                {
                    (a, b): self._likely(past, box, future)
                    for a, (past, future) in enumerate(around)
                    for b, box in enumerate(boxes)
                    if past or future
                    if all(self._odds.can_be(*pair) for pair in pairwise((*past[-1:], box, *future[:1])))
                }
            )
        )
        taken = {boxes[b] for _, b in pairs}
        pairs = [(a, b) for a, b in pairs if holes[a].box in taken or holes[a].box is None]
        gains = {(a, b): self._filled(*around[a], boxes[b]) for a, b in pairs}
        for one in {boxes[b] for _, b in pairs}:
            self._part(self._before.get(one))
            self._part(one)
        filled = dict(best_pairs(gains))
        for a in {a for a, _ in pairs}:
            past, future = holes[a].past, holes[a].future
            if a in filled:
                self._part(past)
                self._join(past, boxes[filled[a]])
                self._join(boxes[filled[a]], future)
            elif past and future and self._gain(*around[a]) > 0:
                self._join(past, future)

    def _likely(self, past: tuple[Seen, ...], box: Seen, future: tuple[Seen, ...]) -> float:
        """How likely a box is at first sight between two parts of a way."""
        likely = self._odds.at_first(past, box) if past else 0.0
        return likely + (self._odds.at_first((box,), future[0]) if future else 0.0)

    def _filled(self, before: tuple[Seen, ...], after: tuple[Seen, ...], box: Seen) -> float:
        """What is gained by a box between two parts of a way."""
        gain = self._gain(before, (box, *after)[:_KNOWN]) if before else 0.0
        gain += self._gain((box,), after) if after else 0.0
        return gain - max(0.0, self._gain(before, after)) if before and after else gain

    def _join(self, one: Seen | None, other: Seen | None) -> None:
        if one and other:
            self._next[one], self._before[other] = other, one

    def _part(self, one: Seen | None) -> None:
        if one and one in self._next:
            del self._before[self._next.pop(one)]

    def _forwards(self, one: Seen) -> tuple[Seen, ...]:
        return tuple(islice(_along(self._next, one), _KNOWN))

    def _backwards(self, one: Seen) -> tuple[Seen, ...]:
        return tuple(islice(_along(self._before, one), _KNOWN))[::-1]


@dataclass(frozen=True, slots=True, eq=False)
class _Hole:
    """Where a box of a look may be in a way, between two others or at an end; the one that is there so far."""

    past: Seen | None
    future: Seen | None
    box: Seen | None = None


def _contested(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those pairs of which a member is in another pair, too."""
    pairs = list(pairs)
    often = Counter((side, pair[side]) for pair in pairs for side in (0, 1))
    return [(a, b) for a, b in pairs if often[0, a] > 1 or often[1, b] > 1]


def _worth(rough: dict[tuple[int, int], float]) -> Iterator[tuple[int, int]]:
    """The pairs that are not much worse at first sight than the best ones of both."""
    best: dict[tuple[int, int], float] = {}
    for pair, likely in rough.items():
        for side in (0, 1):
            key = side, pair[side]
            best[key] = max(best.get(key, likely), likely)
    for (a, b), likely in rough.items():
        if likely >= min(best[0, a], best[1, b]) - _WORSE:
            yield a, b


def _along(ways: dict[Seen, Seen], one: Seen | None) -> Iterator[Seen]:
    while one:
        yield one
        one = ways.get(one)


def _is_proven(track: Track) -> bool:
    """Whether it is somebody: of one who is never sure, that they go on and on tells it."""
    return track.score >= _PROVEN or (len(track.times) >= _OFTEN and track.gone >= _WALKED)


def _is_double(track: Track, tracks: Sequence[Track]) -> bool:
    """Whether it was seen once alone, where others stand: a box of two who stand together is neither of them."""
    if len(track.times) > 1:
        return False
    (box,), others = track.boxes, (other.at(track.times[0]) for other in tracks if other is not track)
    return sum(box.shared(other) for other in others if other) > _DOUBLE * box.area


def _tall(track: Track) -> Track:
    """The track with its last box made as high as the one before, where it is unsure.

    Of somebody half out of the picture the detector sees a part only.
    """
    if len(track.boxes) > 1 and track.boxes[-1].score < SURE:
        last, before = track.boxes[-1], track.boxes[-2]
        track.boxes[-1] = replace(last, top=min(last.top, before.top), bottom=max(last.bottom, before.bottom))
    return track

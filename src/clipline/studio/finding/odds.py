"""How much likelier it is that one way goes on as another one than that it ends and the other begins.

Counted in natural logarithms of odds. The way itself (`walk`), the size and the colours count, for how many looks
nobody was seen in between, and where it is: at its border people come into the picture, within it they do so seldom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from math import log
from statistics import fmean, median
from typing import TypeAlias

from clipline.studio.finding.colors import similar
from clipline.studio.finding.walk import Sighting, Walk
from clipline.studio.pictures.box import Box

__all__ = ["Odds", "Seen", "Sightings"]

SURE = 0.45  # a box this sure is somebody
_LONGEST, _LONG = 3.0, 1.5  # seconds that somebody may be out of sight, or what may be nobody
_LARGER = 3.0  # times as large is somebody else
_FASTEST = 5.0  # times their longer side is further than anybody goes in a second
_NEAREST = 3  # looks on each side tell the way
_COLORED = 3  # looks on each side tell the colours
_AT = 0.012  # of the picture's width from its sides a box is cut
_NARROW = 0.4  # of their height is how wide somebody is of whom only a part is in the picture
_NEAR = 0.25  # of it from the border somebody comes in
_GOES = 0.15  # of it in a second goes who goes
_CUT = 1.4  # times as far off as usual may be what is cut or not sure

_BEGINS, _COMES = 3.0, -1.5  # against it that a way begins, or ends, within the picture; at its border
_SELDOM = 4.5  # for it that two are one by chance alone: so seldom are two seen at a place as large as they are
_MISSED, _HIDDEN = 1.0, 0.3  # against each look at which somebody is not seen; or may be behind somebody else
_DOUBLE, _OF_OTHERS = 0.6, 10.0  # of a box is in surer ones, which may be all that is seen in it; against such a box
_UNSURE = 20.0  # against a box that may be nobody, for each that it is less sure
_LIKE, _ALIKE = 4.0, 0.35  # for it that those are the same who are more alike than this
_LEAST, _MOST = -4.0, 3.0  # and no less or more than this for any likeness
_SIZE, _SIZES = 0.22, 2.3  # by which the logarithm of that side differs of one, and of two
_OTHER_KIND = 2.0  # against it that one is taken for different kinds of things
_TAIL = 4.0  # degrees of freedom of Student's t distribution


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A box of the look of a number, as a sighting, and what speaks against it."""

    look: int
    box: Box
    sighting: Sighting
    doubt: float

    @classmethod
    def at(cls, look: int, time: float, box: Box, boxes: Sequence[Box], width: int) -> Seen:
        """Of one of the boxes in a picture so wide: where a side of it cuts the box, the other edge tells the place."""
        left, right = box.left < _AT * width, box.right > (1 - _AT) * width
        x, y = box.center
        half = max(box.width, _NARROW * box.height) / 2
        if left != right:
            x = box.right - half if left else box.left + half
        off = _CUT if left or right or box.score < SURE else 1.0
        doubt = _UNSURE * max(0.0, SURE - box.score)
        if doubt and sum(box.shared(other) for other in boxes if other.score > box.score) > _DOUBLE * box.area:
            doubt += _OF_OTHERS
        return cls(look, box, Sighting(time, (x, y), max(box.height, box.width, 1.0), off), doubt)


#: Of one, at rising times.
Sightings: TypeAlias = tuple[Seen, ...]


class Odds:
    """Tells of two ways how likely they are one, given all that was seen at each look, at these times."""

    def __init__(self, times: Sequence[float], looks: Sequence[Sequence[Seen]], width: int) -> None:
        self._times, self._looks, self._width = times, looks, width
        self._step = median([after - before for before, after in pairwise(times)] or [1.0])

    def gain(self, past: Sightings, future: Sightings, *, ends: bool = True) -> float:
        """For it that the first way goes on as the second; less than 0 where it cannot be.

        Without `ends` nothing speaks against it that the one ends and the other begins, as long as it is not known who
        is seen later.
        """
        one, other = past[-1], future[0]
        gap = other.sighting.time - one.sighting.time
        both, before = _is_somebody(past) and _is_somebody(future), _walk(past[-_NEAREST:])
        if gap > (_LONGEST if both else _LONG):
            return -1.0
        doubt = (one.doubt + other.doubt) / 2
        gain = (
            _SELDOM
            + 2 * log(other.sighting.side)
            + before.on([each.sighting for each in future[:_NEAREST]]).log_likelihood
        )
        gain += _of_size(one, other, gap) + _of_colors(past, future)
        gain -= before.log_likelihood + _walk(future[:_NEAREST]).log_likelihood + doubt
        if ends and both:
            gain += self._ending(past[::-1]) + self._ending(future)
        if one.box.kind != other.box.kind:
            gain -= _OTHER_KIND
        return gain - self._missed(one, other) if gain > 0 else gain

    def at_first(self, past: Sightings, other: Seen) -> float:
        """How likely it is that one is seen next there, without all else that counts."""
        return _walk(past[-_NEAREST:]).next_likelihood(other.sighting) - other.doubt / 2

    def can_be(self, one: Seen, other: Seen) -> bool:
        """Whether one who was seen there may be who is seen here later."""
        return _reaches(one.sighting, other.sighting)

    def _ending(self, part: Sightings) -> float:
        """Against it that a way ends, or begins, with the first of these, which are ever further away from there."""
        last, other = part[0].sighting, part[min(2, len(part) - 1)].sighting
        left, right = part[0].box.left, self._width - part[0].box.right
        if last is other:
            near = min(left, right) < _NEAR * last.side
        else:
            ahead = (last.place[0] - other.place[0]) / abs(last.time - other.time) * self._step
            near = (left if ahead < 0 else right) - _NEAR * last.side < abs(ahead) > _GOES * last.side * self._step
        return _COMES if near else _BEGINS

    def _missed(self, one: Seen, other: Seen) -> float:
        """Against it that somebody was not seen in between."""
        total = 0.0
        for number in range(one.look + 1, other.look):
            part = (self._times[number] - one.sighting.time) / (other.sighting.time - one.sighting.time)
            x, y = one.box.towards(other.box, part).center
            total += _HIDDEN if any(_holds(each.box, x, y) for each in self._looks[number]) else _MISSED
        return total


def _holds(box: Box, x: float, y: float) -> bool:
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _is_somebody(part: Sightings) -> bool:
    return any(each.box.score >= SURE for each in part)


def _reaches(one: Sighting, other: Sighting) -> bool:
    side, gap = max(one.side, other.side), other.time - one.time
    return (
        gap <= _LONGEST
        and side < _LARGER * min(one.side, other.side)
        and abs(one.place[1] - other.place[1]) < (1 + gap) * side
        and abs(one.place[0] - other.place[0]) < (1 + _FASTEST * gap) * side
    )


def _of_size(one: Seen, other: Seen, gap: float) -> float:
    spread = _SIZE * max(one.sighting.off, other.sighting.off) + 0.1 * gap
    apart = log(other.sighting.side / one.sighting.side) / spread
    return log(_SIZES / spread / 2.5) - (_TAIL + 1) / 2 * log(1 + apart * apart / _TAIL)


def _of_colors(past: Sightings, future: Sightings) -> float:
    alike = similar(_colored(past[::-1]), _colored(future))
    return min(max(_LIKE * (alike - _ALIKE), _LEAST), _MOST) if alike else 0.0


def _colored(part: Sightings) -> tuple[float, ...]:
    """The mean colours of the first ones of which they are known."""
    return _mean_colors(tuple(islice((each for each in part if each.box.colors and each.box.score >= SURE), _COLORED)))


@lru_cache(maxsize=1024)
def _mean_colors(part: Sightings) -> tuple[float, ...]:
    return tuple(fmean(values) for values in zip(*(each.box.colors for each in part), strict=True))


@lru_cache(maxsize=1024)
def _walk(part: Sightings) -> Walk:
    return Walk.through([each.sighting for each in part])

"""When those who stay and those who go are so close before or behind one another that they can hardly be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor

from clipline.studio.finding.in_words import ranges
from clipline.studio.finding.track import Track
from clipline.studio.pictures.picture import Finding

__all__ = ["close_together"]

_BOTH = 0.5  # of the smaller box in both is close
_EVERY = 0.1  # seconds between two moments that are looked at
_GAP = 0.3  # seconds for which they may be apart within one time


def close_together(some: Sequence[Track], others: Sequence[Track], becomes: str) -> list[Finding]:
    """A warning that says from when to when any of `some` is close to any of `others`; none where that is never so.

    What cannot be told apart `becomes` this.
    """
    close = sorted({moment for one in some for other in others for moment in _moments(one, other)})
    close_for: list[list[int]] = []
    for moment in close:
        if close_for and (moment - close_for[-1][1]) * _EVERY <= _GAP:
            close_for[-1][1] = moment
        else:
            close_for.append([moment, moment])
    if not close_for:
        return []
    times = ranges([(start * _EVERY, (end + 1) * _EVERY) for start, end in close_for])
    said = f"who stays and who does not are close before or behind one another {times}"
    return [Finding("WARN", f"{said}: where it is not clear whose a place is, it is {becomes}; look at the result")]


def _moments(one: Track, other: Track) -> Iterable[int]:
    """When two overlap, in tenths of a second."""
    start, end = max(one.times[0], other.times[0]), min(one.times[-1], other.times[-1])
    for moment in range(ceil(start / _EVERY), floor(end / _EVERY) + 1):
        box, near = one.at(moment * _EVERY), other.at(moment * _EVERY)
        if box and near and box.shared(near) > _BOTH * min(box.area, near.area):
            yield moment

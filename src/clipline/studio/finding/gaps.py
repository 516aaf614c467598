"""When none of those whom an operation is about is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from clipline.studio.finding.survey import Spans, Survey
from clipline.studio.finding.track import Track
from clipline.studio.pictures.picture import Finding

__all__ = ["without_anybody"]

_WHILE = 1.0  # seconds that are worth saying
_TOLD = 4


def without_anybody(people: Sequence[Track], seen: Survey, spans: Spans, *, kept: bool) -> list[Finding]:
    """That for a while none is there to be `kept`, so that all is background; else that none is seen in some shots."""
    gaps = [gap for gap in _gaps(people, seen, spans) if kept or gap in _shots(seen, spans)]
    gaps = [(start, end) for start, end in gaps if end - start >= _WHILE]
    if not gaps or (not kept and not seen.cuts):
        return []
    times = [f"from {start:.3g}s to {end:.3g}s" for start, end in gaps[:_TOLD]]
    times += [f"at {len(gaps) - _TOLD} more times"] if len(gaps) > _TOLD else []
    becomes = "all of the picture is background there" if kept else "nothing is changed there"
    return [Finding("WARN", f"none of them is found {' and '.join(times)}: {becomes}")]


def _shots(seen: Survey, spans: Spans) -> list[tuple[float, float]]:
    """The parts of the spans between cuts."""
    edges = (float("-inf"), *seen.cuts, float("inf"))
    parts = ((max(since, start), min(until, end)) for since, until in pairwise(edges) for start, end in spans)
    return [(start, end) for start, end in parts if start < end]


def _gaps(people: Sequence[Track], seen: Survey, spans: Spans) -> Iterator[tuple[float, float]]:
    """The times in each shot at which nobody is."""
    for start, end in _shots(seen, spans):
        here = [track for track in people if track.is_in_shot(start)]
        reached = start
        for track in sorted(here, key=lambda track: track.times[0]):
            first, last = track.times[0] - seen.margin, track.times[-1] + seen.margin
            if first > reached:
                yield reached, min(first, end)
            reached = max(reached, last)
        if reached < end:
            yield reached, end

"""When none of those whom an operation is about is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clipline.studio.finding.in_words import ranges
from clipline.studio.finding.survey import Spans, Survey, divided
from clipline.studio.finding.track import Track
from clipline.studio.pictures.picture import Finding

__all__ = ["without_anybody"]

_WHILE = 1.0  # seconds that are worth saying


def without_anybody(people: Sequence[Track], seen: Survey, spans: Spans, *, kept: bool) -> list[Finding]:
    """That for a while none is there to be `kept`, so that all is background; else that none is seen in some shots."""
    parts = [part for shot in divided(spans, seen.cuts) for part in shot]
    gaps = [gap for part in parts for gap in _gaps(people, part, seen.margin) if kept or (seen.cuts and gap == part)]
    gaps = [(start, end) for start, end in gaps if end - start >= _WHILE]
    if not gaps:
        return []
    becomes = "all of the picture is background there" if kept else "nothing is changed there"
    return [Finding("WARN", f"none of them is found {ranges(gaps)}: {becomes}")]


def _gaps(people: Sequence[Track], part: tuple[float, float], margin: float) -> Iterator[tuple[float, float]]:
    """The times in a part of a shot at which nobody is."""
    reached, end = part
    here = [track for track in people if track.is_in_shot(reached)]
    for track in sorted(here, key=lambda track: track.times[0]):
        if (first := track.times[0] - margin) > reached:
            yield reached, min(first, end)
        reached = max(reached, track.times[-1] + margin)
    if reached < end:
        yield reached, end

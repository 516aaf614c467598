"""How long the clip is when it is a clause's turn: what was said before may have cut it or joined others to it."""

from __future__ import annotations

from collections.abc import Sequence

from clipline.studio.instructions.understanding import Part, Step
from clipline.timeline import Cut, Join, Span

__all__ = ["length_in_turn"]


def length_in_turn(length: float, before: Sequence[Step], steps: Sequence[Step]) -> float | None:
    """The length in seconds that `steps` count from the end of, after those before them; None where it is not known.

    Parts to keep, and parts to cut out, are all meant in the clip as it is before any of their kind.
    """
    kinds = {type(step.action) for step in steps} & {Part, Cut}
    for step in before:
        match step.action:
            case Join():
                return None
            case Part(start=start, end=end, more=more) if Part not in kinds:
                length = _covered([(start or 0.0, end), *more], length)
            case Cut(parts=parts) if Cut not in kinds:
                length -= _covered(parts, length)
    return round(length, 3)


def _covered(spans: Sequence[Span], length: float) -> float:
    """How many seconds lie in spans that do not overlap, as far as there are so many."""
    return sum(max(0.0, min(length, length if end is None else end) - start) for start, end in spans)

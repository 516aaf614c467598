"""What was found, in words: how many of each kind, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.timeline import plural

__all__ = ["corners", "counted", "enumerated", "listed", "ranges"]

_TOLD = 4  # ranges of time are named


def counted(tracks: Sequence[Track]) -> str:
    """How many of each kind there are, as in "2 people, 1 dog"."""
    return listed(Counter(track.kind for track in tracks))


def listed(counts: Mapping[str, int]) -> str:
    """How many of each kind, in words."""
    return ", ".join(f"{count} {kind if count == 1 else plural(kind)}" for kind, count in counts.items())


def corners(box: Box) -> str:
    """Left, top, width and height."""
    return " ".join(f"{value:.0f}" for value in (box.left, box.top, box.width, box.height))


def enumerated(words: Sequence[str]) -> str:
    """One or more words as they are said in turn, as in "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def ranges(times: Sequence[tuple[float, float]]) -> str:
    """From when to when, in seconds, for the first few."""
    words = [f"from {start:.3g}s to {end:.3g}s" for start, end in times[:_TOLD]]
    return " and ".join(words + [f"at {len(times) - _TOLD} more times"] * (len(times) > _TOLD))

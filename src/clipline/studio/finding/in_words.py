"""What was found, in words: how many of each kind, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.timeline import plural

__all__ = ["corners", "counted", "listed"]


def counted(tracks: Sequence[Track]) -> str:
    """How many of each kind there are, as in "2 people, 1 dog"."""
    return listed(Counter(track.kind for track in tracks))


def listed(counts: Mapping[str, int]) -> str:
    """How many of each kind, in words."""
    return ", ".join(f"{count} {kind if count == 1 else plural(kind)}" for kind, count in counts.items())


def corners(box: Box) -> str:
    """Left, top, width and height."""
    return " ".join(f"{value:.0f}" for value in (box.left, box.top, box.width, box.height))

"""Moves a cut to the nearest key frames, where it is said that it may be moved; and says by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from clipline.errors import Refused
from clipline.studio.reading.keyframes import nearest_key_frames
from clipline.timeline import Cut, Span, Timeline, Trim, kept_parts

__all__ = ["moved_to_key_frames"]

_SAME = 0.001  # seconds by which a moment may move without a word


def moved_to_key_frames(operation: Trim | Cut, timeline: Timeline) -> tuple[Trim | Cut, str]:
    """The operation as it is done, and a note on how far it was moved from what was said.

    Raises:
        Refused: between its ends is no key frame.
        ValueError: it lies outside the timeline.
    """
    length = timeline.duration
    kept = [tuple(_moved(timeline, moment) for moment in part) for part in kept_parts(operation, length)]
    if any(end - start <= _SAME for start, end in kept) or sum(end - start for start, end in kept) >= length - _SAME:
        raise Refused(
            f"cannot {operation}: both ends of a part are nearest to the same key frame",
            code="no_key_frame",
            hint="name a longer part, or leave out “at key frames”: then the cut is exact",
        )
    said = [moment for part in kept_parts(operation, length) for moment in part]
    pairs = zip(said, [moment for part in kept for moment in part], strict=True)
    moves = [f"{before:.3f}s → {after:.3f}s" for before, after in pairs if abs(before - after) > _SAME]
    note = f"moved to the nearest key frames: {', '.join(moves)}" if moves else "the cut lies at key frames as it is"
    return _made_of(operation, [(start, end) for start, end in kept], length), note


def _made_of(operation: Trim | Cut, kept: Sequence[tuple[float, float]], length: float) -> Trim | Cut:
    """The operation that keeps these parts."""
    parts: list[Span] = [(start, None if length - end <= _SAME else end) for start, end in kept]
    if isinstance(operation, Trim):
        (start, end), *_ = parts
        return replace(operation, start=start, end=end)
    return replace(Cut.all_but(parts), keyframes=True)


def _moved(timeline: Timeline, moment: float) -> float:
    """The key frame nearest to a moment of a timeline, in the clip that is seen there; its ends stay as they are."""
    track = next(track for track in timeline.tracks if track.kind == "video" and track.segments)
    for segment, (begins, ends) in zip(track.segments, track.places(), strict=True):
        if moment <= begins + _SAME or moment >= ends - _SAME:
            continue
        (found,) = nearest_key_frames(Path(segment.source), [segment.source_start + moment - begins])
        return min(max(begins + found - segment.source_start, begins), ends)
    return moment

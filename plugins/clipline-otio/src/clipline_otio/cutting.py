"""Turns a timeline that was read into what is shown and heard when: pure, so that all is refused before any work."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Literal

from clipline.timeline import LowerThird, Music, Operation, Segment, Timeline, Title, Track
from clipline_otio.building import written_by
from clipline_otio.layout import end_of, start_of
from clipline_otio.reading import Unsupported

__all__ = ["Cut", "Sounds", "asked_operations", "cuts", "sounds"]

#: Which sound is heard: that of the tracks of sound, that of the clips in the picture, or none.
Sounds = Literal["tracks", "clips", "none"]


@dataclass(frozen=True, slots=True)
class Cut:
    """What is seen for `frames` frames of the result: `source` from `source_start` seconds on; black where empty.

    `operations` are the edits that are asked for it.
    """

    frames: int
    source: str = ""
    source_start: float = 0.0
    name: str = ""
    operations: tuple[Operation, ...] = ()


def cuts(timeline: Timeline, rate: Fraction) -> list[Cut]:
    """The picture from its beginning to the end of the last clip; of tracks over each other the upper one is seen.

    Every cut falls on the frame nearest to its time, so that rounding never adds up.
    """
    tracks = [track for track in timeline.tracks if track.kind == "video"]
    moments = sorted({_frame(0.0, rate), *(_frame(at, rate) for at in _moments(tracks))})
    made: list[Cut] = []
    for first, after in pairwise(moments):
        shown = _shown((first + 0.5) / rate, tracks)
        if shown is None:
            made.append(Cut(after - first))
            continue
        begin = shown.source_start + first / rate - _frame(start_of(shown), rate) / rate
        made.append(Cut(after - first, shown.source, float(begin), shown.name, shown.operations))
    return list(_joined(made, rate))


def _frame(seconds: float, rate: Fraction) -> int:
    return floor(seconds * rate + 0.5)


def _moments(tracks: Sequence[Track]) -> Iterator[float]:
    for track in tracks:
        for segment in track.segments:
            yield start_of(segment)
            yield end_of(segment)


def _shown(moment: Fraction | float, tracks: Sequence[Track]) -> Segment | None:
    """The segment of the uppermost track that has one at a moment; later tracks lie over earlier ones."""
    for track in reversed(tracks):
        number = bisect_right(track.segments, moment, key=start_of) - 1
        if number >= 0 and moment < end_of(track.segments[number]):
            return track.segments[number]
    return None


def _joined(made: Sequence[Cut], rate: Fraction) -> Iterator[Cut]:
    """Cuts of one clip that go on where the last one ended are one."""
    waiting: Cut | None = None
    for cut in made:
        if waiting is not None and _follows(waiting, cut, rate):
            waiting = replace(waiting, frames=waiting.frames + cut.frames)
            continue
        if waiting is not None:
            yield waiting
        waiting = cut
    if waiting is not None:
        yield waiting


def _follows(before: Cut, cut: Cut, rate: Fraction) -> bool:
    if (before.source, before.name, before.operations) != (cut.source, cut.name, cut.operations):
        return False
    return not cut.source or abs(before.source_start + before.frames / rate - cut.source_start) < 1 / (4 * rate)


def sounds(timeline: Timeline, which: Sounds, made: Sequence[Cut], rate: Fraction) -> list[Segment]:
    """What is heard, each piece with its place."""
    if which == "tracks":
        return [segment for track in timeline.tracks if track.kind == "audio" for segment in track.segments]
    heard = []
    at = 0
    for cut in made if which == "clips" else ():
        if cut.source:
            start, lasts = float(at / rate), float(cut.frames / rate)
            heard.append(Segment(cut.name, lasts, cut.source, cut.source_start, start=start))
        at += cut.frames
    return heard


def asked_operations(timeline: Timeline) -> tuple[list[Operation], list[Unsupported]]:
    """What is to be done to the whole clip once it is assembled: edits that every clip asks for, and titles.

    Also the edits that only some clips ask for: an edit is of the whole picture.
    """
    clips = [segment for track in timeline.tracks if track.kind == "video" for segment in track.segments]
    common = [each for each in clips[0].operations if all(each in clip.operations for clip in clips)] if clips else []
    apart = [
        Unsupported(f"the edit “{operation}” of this clip alone", f"{clip.name!r} at {start_of(clip):.4g}s")
        for clip in clips
        for operation in clip.operations
        if operation not in common
    ]
    titles: list[Operation] = [
        replace(written_by(segment), start=start_of(segment), duration=segment.duration)
        for track in timeline.tracks
        if track.kind == "text"
        for segment in track.segments
    ]
    return [each for each in common if not isinstance(each, (Title, LowerThird, Music))] + titles, apart

"""What an operation does to a timeline: every function takes a timeline and gives a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isinf

from clipline.timeline.cutting import Cut, Join, Trim
from clipline.timeline.model import Segment, Timeline, Track, TrackKind
from clipline.timeline.operations import Operation
from clipline.timeline.sounds import Music, Sound
from clipline.timeline.titles import LowerThird, Title

__all__ = ["apply", "kept_parts"]

#: How long a file is, in seconds, by its path; infinity for a picture that stands.
LengthOf = Callable[[str], float]
_SAME = 1e-6  # seconds that are no time


def apply(timeline: Timeline, operation: Operation, length_of: LengthOf | None = None) -> Timeline:
    """The timeline with one more operation.

    A title or a lower third is a new text track, music a new audio track; a trim or a cut changes what the segments
    show, and a trim makes a picture that stands longer, too; a join adds segments, whose lengths `length_of` tells;
    all else rides on the video segments in the order given.

    Raises:
        ValueError: the operation has nothing to work on, or lies outside the clip.
    """
    if not any(track.kind == "video" and track.segments for track in timeline.tracks):
        raise ValueError("there is no clip to edit")
    match operation:
        case Title() | LowerThird():
            return _with_track(timeline, "text", operation, Segment(_text(operation), timeline.duration))
        case Music(path=path, volume=volume, offset=offset):
            name = path.rpartition("/")[2].rpartition(".")[0]
            segment = Segment(name, timeline.duration, source=path, source_start=offset, volume=volume)
            return _with_track(timeline, "audio", operation, segment)
        case Trim():
            longer = _standing_until(timeline, operation.end)
            return _sliced(longer, kept_parts(operation, longer.duration))
        case Cut():
            return _sliced(timeline, kept_parts(operation, timeline.duration), operation.crossfade)
        case Join():
            return _joined(timeline, operation, length_of)
        case _:
            return _on_video(timeline, lambda segment: _with_operation(segment, operation))


def _text(shown: Title | LowerThird) -> str:
    return shown.text if isinstance(shown, Title) else ", ".join(filter(None, (shown.name, shown.line)))


def _with_operation(segment: Segment, operation: Operation) -> Segment:
    volume = operation.volume if isinstance(operation, Sound) else segment.volume
    return replace(segment, volume=volume, operations=(*segment.operations, operation))


def _with_track(
    timeline: Timeline, kind: TrackKind, operation: Title | LowerThird | Music, segment: Segment
) -> Timeline:
    """A track more, of one segment that lasts as long as the operation says and the clip goes on."""
    start, left = operation.start, timeline.duration - operation.start
    if left <= 0:
        what = operation.key.replace("_", " ")
        raise ValueError(f"the {what} starts at {start:g}s, but the clip ends at {timeline.duration:g}s")
    lasts = left if operation.duration is None else min(operation.duration, left)
    segment = replace(segment, start=start, duration=lasts, operations=(operation,))
    return replace(timeline, tracks=(*timeline.tracks, Track(kind, (segment,))))


def _on_video(timeline: Timeline, change: Callable[[Segment], Segment]) -> Timeline:
    tracks = tuple(
        replace(track, segments=tuple(map(change, track.segments))) if track.kind == "video" else track
        for track in timeline.tracks
    )
    return replace(timeline, tracks=tracks)


# --- cutting ---------------------------------------------------------------------------------------------------------


def kept_parts(operation: Trim | Cut, length: float) -> list[tuple[float, float]]:
    """What of a timeline of this length stays: rising parts, from one second to another.

    Raises:
        ValueError: nothing stays, or what is cut out is not there.
    """
    if isinstance(operation, Trim):
        if operation.start >= length:
            raise ValueError(f"the trim starts at {operation.start:g}s, but the clip ends at {length:g}s")
        return [(operation.start, length if operation.end is None else min(operation.end, length))]
    if (last := operation.parts[-1][0]) >= length and operation.parts[-1][1] is not None:
        raise ValueError(f"what is cut out starts at {last:g}s, but the clip ends at {length:g}s")
    ends = [0.0, *(min(length, length if at is None else at) for part in operation.parts for at in part), length]
    kept = [(begin, end) for begin, end in zip(ends[::2], ends[1::2], strict=True) if end - begin > _SAME]
    if not kept:
        raise ValueError("nothing of the clip would be left")
    if operation.crossfade and len(kept) == 1:
        raise ValueError("nothing is left on one side of it that could dissolve")
    return kept


def _standing_until(timeline: Timeline, end: float | None) -> Timeline:
    """A timeline of nothing but a picture that stands may last as long as anybody wants."""

    def longer(track: Track) -> Track:
        *others, last = track.segments
        return replace(track, segments=(*others, replace(last, duration=last.duration + more)))

    more = 0.0 if end is None else end - timeline.duration
    shown = [segment for track in timeline.tracks if track.kind == "video" for segment in track.segments]
    if more <= 0 or not all(segment.still for segment in shown):
        return timeline
    tracks = tuple(longer(track) if track.kind == "video" and track.segments else track for track in timeline.tracks)
    return replace(timeline, tracks=tracks)


def _sliced(timeline: Timeline, kept: Sequence[tuple[float, float]], crossfade: float = 0.0) -> Timeline:
    """Only what is kept; its parts are moved together, and `crossfade` seconds over one another."""
    length = sum(end - begin for begin, end in kept) - crossfade * (len(kept) - 1)

    def sliced(track: Track) -> Track:
        match track.kind:
            case "video":
                return replace(track, segments=_pieces(track, kept, crossfade))
            case "audio":
                return _shortened(track, length)
            case _:
                moved = (_moved(segment, kept, crossfade) for segment in track.segments)
                return replace(track, segments=tuple(segment for segment in moved if segment.duration > _SAME))

    return replace(timeline, tracks=tuple(map(sliced, timeline.tracks)))


def _pieces(track: Track, kept: Sequence[tuple[float, float]], over: float) -> tuple[Segment, ...]:
    """The parts of the segments that lie in what is kept; what is left of a crossfade stays one.

    Raises:
        ValueError: a piece is too short to dissolve `over` so many seconds.
    """
    pieces: list[Segment] = []
    at = 0.0
    for begin, end in kept:
        before = begin  # where the piece before ends
        if pieces and over:
            before, at = begin + over, at - over
        for segment, (first, last) in zip(track.segments, track.places(), strict=True):
            start, stop = max(begin, first), min(end, last)
            if stop - start <= _SAME:
                continue
            crossfade = max(0.0, before - start)
            piece = replace(
                segment,
                source_start=segment.source_start + start - first,
                duration=stop - start,
                crossfade=crossfade if crossfade > _SAME else 0.0,
                start=None if segment.start is None else at + start - begin,
            )
            if over and pieces:
                _check_crossfade(pieces[-1], piece)
            pieces.append(piece)
            before = stop
        at += end - begin
    return tuple(pieces)


def _place(time: float, kept: Sequence[tuple[float, float]], seams: int, over: float) -> float:
    """Where a moment is once only these parts are left; of one that is gone, where it was taken out."""
    return sum(max(0.0, min(time, end) - begin) for begin, end in kept) - over * seams


def _moved(segment: Segment, kept: Sequence[tuple[float, float]], over: float) -> Segment:
    """A title stays with the picture that it was put on; where that dissolves, with all of its own."""
    begins = segment.start or 0.0
    ends = begins + segment.duration
    first = _place(begins, kept, sum(begins >= end - _SAME for _, end in kept[:-1]), over)
    last = _place(ends, kept, sum(ends > begin + _SAME for begin, _ in kept[1:]), over)
    return replace(segment, start=None if segment.start is None else first, duration=last - first)


def _shortened(track: Track, length: float) -> Track:
    """Music goes on under a cut, and ends with the picture."""
    inside = [segment for segment in track.segments if (segment.start or 0.0) < length]
    return replace(
        track,
        segments=tuple(
            replace(segment, duration=min(segment.duration, length - (segment.start or 0.0))) for segment in inside
        ),
    )


# --- joining ---------------------------------------------------------------------------------------------------------


def _joined(timeline: Timeline, join: Join, length_of: LengthOf | None) -> Timeline:
    if length_of is None:
        raise ValueError("the lengths of the clips to join are not known")
    number = next(at for at, track in enumerate(timeline.tracks) if track.kind == "video" and track.segments)
    new = [_clip(path, length_of(path), join) for path in join.paths]
    there = timeline.tracks[number].segments
    ahead = _ahead(new, join.crossfade) if join.front else 0.0
    segments = _in_front(new, there, join.crossfade, ahead) if join.front else (*there, *new)
    for before, after in pairwise(segments):
        _check_crossfade(before, after)
    longer = Track("video", segments)
    tracks = [_carried(track, timeline.duration, longer.duration, ahead) for track in timeline.tracks]
    tracks[number] = longer
    return replace(timeline, tracks=tuple(tracks))


def _clip(path: str, length: float, join: Join) -> Segment:
    name, still = path.rpartition("/")[2].rpartition(".")[0], isinf(length)
    lasts = join.hold if still else length
    return Segment(name, lasts, source=path, crossfade=join.crossfade, still=still, joined=True)


def _ahead(new: Sequence[Segment], crossfade: float) -> float:
    """By how many seconds everything comes later once these are in front of it."""
    return sum(segment.duration - crossfade for segment in new)


def _in_front(new: Sequence[Segment], there: Sequence[Segment], crossfade: float, ahead: float) -> tuple[Segment, ...]:
    later = [replace(segment, start=None if segment.start is None else segment.start + ahead) for segment in there]
    return replace(new[0], crossfade=0.0), *new[1:], replace(later[0], crossfade=crossfade), *later[1:]


def _check_crossfade(before: Segment, after: Segment) -> None:
    """Make sure that there is enough of both for the one to dissolve into the other.

    Raises:
        ValueError: there is not.
    """
    free = min(before.duration - before.crossfade, after.duration)
    if after.crossfade > free + _SAME:
        shorter = before.name if free < after.duration else after.name
        raise ValueError(f"a crossfade of {after.crossfade:g}s is longer than the {free:g}s there are of {shorter}")


def _carried(track: Track, before: float, length: float, ahead: float) -> Track:
    """Titles and music of a timeline that became longer, and by `ahead` seconds at its front.

    Titles stay with their picture. Music that lasted to the end does so again, and what began at the start still does.
    """

    def carried(segment: Segment) -> Segment:
        start = segment.start or 0.0
        to_the_end = track.kind == "audio" and start + segment.duration >= before - _SAME
        if not (to_the_end and not start):
            start += ahead
        begins = start if start or segment.start is not None else None
        return replace(segment, start=begins, duration=length - start if to_the_end else segment.duration)

    return replace(track, segments=tuple(map(carried, track.segments)))

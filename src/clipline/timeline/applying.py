"""What an operation does to a timeline: every function takes a timeline and gives a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from clipline.timeline.cutting import Cut, Join, Trim
from clipline.timeline.model import Segment, Timeline, Track, TrackKind
from clipline.timeline.operations import Operation
from clipline.timeline.sounds import Music, Sound
from clipline.timeline.titles import LowerThird, Title

__all__ = ["apply", "kept_parts"]

#: How long a file is, in seconds, by its path.
LengthOf = Callable[[str], float]
_SAME = 1e-6  # seconds that are no time


def apply(timeline: Timeline, operation: Operation, length_of: LengthOf | None = None) -> Timeline:
    """The timeline with one more operation.

    A title or a lower third is a new text track, music a new audio track; a trim or a cut changes what the segments
    show, a join adds some, whose lengths `length_of` tells; all else rides on the video segments in the order given.

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
        case Trim() | Cut():
            return _sliced(timeline, kept_parts(operation, timeline.duration))
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
    return kept


def _sliced(timeline: Timeline, kept: Sequence[tuple[float, float]]) -> Timeline:
    length = sum(end - begin for begin, end in kept)

    def sliced(track: Track) -> Track:
        match track.kind:
            case "video":
                return replace(track, segments=_pieces(track, kept))
            case "audio":
                return _shortened(track, length)
            case _:
                return replace(track, segments=tuple(_moved(segment, kept) for segment in _seen(track, kept)))

    return replace(timeline, tracks=tuple(map(sliced, timeline.tracks)))


def _pieces(track: Track, kept: Sequence[tuple[float, float]]) -> tuple[Segment, ...]:
    """The parts of the segments that lie in what is kept; what is left of a crossfade stays one."""
    pieces: list[Segment] = []
    at = 0.0
    for begin, end in kept:
        before = begin  # where the piece before ends
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
            pieces.append(piece)
            before = stop
        at += end - begin
    return tuple(pieces)


def _place(time: float, kept: Sequence[tuple[float, float]]) -> float:
    """Where a moment is once only these parts are left; of one that is gone, where it was taken out."""
    return sum(max(0.0, min(time, end) - begin) for begin, end in kept)


def _seen(track: Track, kept: Sequence[tuple[float, float]]) -> list[Segment]:
    return [segment for segment in track.segments if _moved(segment, kept).duration > _SAME]


def _moved(segment: Segment, kept: Sequence[tuple[float, float]]) -> Segment:
    """A title stays with the picture that it was put on."""
    start = segment.start or 0.0
    first, last = _place(start, kept), _place(start + segment.duration, kept)
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
    video = timeline.tracks[number]
    new = [_clip(path, length_of(path), join.crossfade) for path in join.paths]
    for before, after in pairwise([video.segments[-1], *new]):
        free = min(before.duration - before.crossfade, after.duration)
        if join.crossfade > free:
            raise ValueError(
                f"a crossfade of {join.crossfade:g}s is longer than the {free:g}s there are of "
                f"{before.name if free < after.duration else after.name}"
            )
    longer = Track("video", (*video.segments, *new))
    tracks = [
        track if track.kind != "audio" else _lengthened(track, timeline.duration, longer.duration)
        for track in timeline.tracks
    ]
    tracks[number] = longer
    return replace(timeline, tracks=tuple(tracks))


def _clip(path: str, length: float, crossfade: float) -> Segment:
    return Segment(path.rpartition("/")[2].rpartition(".")[0], length, source=path, crossfade=crossfade)


def _lengthened(track: Track, before: float, length: float) -> Track:
    """Music that lasted to the end does so again."""

    def longer(segment: Segment) -> Segment:
        start = segment.start or 0.0
        return replace(segment, duration=length - start) if start + segment.duration >= before - _SAME else segment

    return replace(track, segments=tuple(map(longer, track.segments)))

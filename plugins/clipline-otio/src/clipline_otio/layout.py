"""A timeline as editing programs lay it out: each segment has its place, sound has tracks of its own.

In clipline a clip brings its sound along and music is repeated to fill its time; in a timeline file each piece that is
heard or seen stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.errors import InputError
from clipline.timeline import Segment, Timeline, Track

if TYPE_CHECKING:
    from clipline.studio.reading.media import MediaInfo

__all__ = ["Known", "end_of", "laid_out", "look", "relinked", "start_of"]

#: What is known of the media of a timeline, by path; files that are not at hand are missing in it.
Known = Mapping[str, "MediaInfo"]

_SHORTEST = 0.001  # seconds: less is rounding


def start_of(segment: Segment) -> float:
    """Where a segment that is laid out begins on the timeline, in seconds."""
    return segment.start or 0.0


def end_of(segment: Segment) -> float:
    """Where it ends."""
    return start_of(segment) + segment.duration


def relinked(timeline: Timeline, sources: Sequence[Path]) -> Timeline:
    """The timeline with files for segments that only have a name, as a backend elsewhere gives them.

    A file fits by its name, with or without the ending.
    """
    by_name = {name: str(path) for path in sources for name in (path.name, path.stem)}

    def linked(segment: Segment) -> Segment:
        named = Path(segment.source).name or segment.name
        return segment if Path(segment.source).is_absolute() else replace(segment, source=by_name.get(named, ""))

    tracks = (
        replace(track, segments=tuple(map(linked, track.segments))) if track.kind in {"video", "audio"} else track
        for track in timeline.tracks
    )
    return replace(timeline, tracks=tuple(tracks))


def look(timeline: Timeline) -> Known:
    """Look into the media of a timeline, as far as they are at hand."""
    from clipline.studio.reading.media import probe

    known = {}
    for path in {segment.source for track in timeline.tracks for segment in track.segments if segment.source}:
        try:
            known[path] = probe(Path(path))
        except InputError:
            continue
    return known


def laid_out(timeline: Timeline, known: Known) -> Timeline:
    """The timeline in full; a track whose segments overlap becomes several."""
    tracks: list[Track] = []
    sounds: list[Track] = []
    for track in timeline.tracks:
        placed = tuple(_placed(track.segments))
        if track.kind == "video":
            sounds += _lanes("audio", _sound_of(placed, known))
            placed = tuple(replace(segment, volume=None) for segment in placed)  # of its sound, which has it now
        elif track.kind == "audio":
            placed = tuple(piece for segment in placed for piece in _pieces(segment, known))
        tracks += _lanes(track.kind, placed)
    return replace(timeline, tracks=(*tracks, *sounds))


def _placed(segments: Sequence[Segment]) -> Iterator[Segment]:
    at = 0.0
    for segment in segments:
        start = at if segment.start is None else segment.start
        at = start + segment.duration
        if segment.duration > 0:
            yield replace(segment, start=start)


def _sound_of(segments: Sequence[Segment], known: Known) -> tuple[Segment, ...]:
    """The own sound of the clips that have any."""
    return tuple(
        replace(segment, operations=())
        for segment in segments
        if segment.source in known and known[segment.source].audio_codec
    )


def _pieces(segment: Segment, known: Known) -> Iterator[Segment]:
    """A sound that is repeated to fill its time, piece by piece: what follows the first begins at the file's start."""
    length = known[segment.source].duration if segment.source in known else 0.0
    at, begin = start_of(segment), segment.source_start
    end = end_of(segment)
    while end - at > _SHORTEST:
        lasts = min(end - at, length - begin) if length > begin else end - at
        yield replace(segment, start=at, duration=lasts, source_start=begin)
        at, begin = at + lasts, 0.0


def _lanes(kind: str, segments: Sequence[Segment]) -> list[Track]:
    """Tracks on which no segment lies over another."""
    lanes: list[list[Segment]] = []
    for segment in sorted(segments, key=start_of):
        lane = next((each for each in lanes if end_of(each[-1]) <= start_of(segment) + _SHORTEST), None)
        if lane is None:
            lanes.append(lane := [])
        lane.append(segment)
    return [Track(kind, tuple(lane)) for lane in lanes]  # type: ignore[arg-type] # a kind that a track had

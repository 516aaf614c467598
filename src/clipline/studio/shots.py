"""The shots of a result: which part of which file is seen when, and what one must know of each file for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from clipline.errors import InputError, Refused
from clipline.studio.decode import ColorTags, VideoReader
from clipline.studio.flow import nearest
from clipline.studio.frame_times import frame_times
from clipline.studio.media import MediaInfo, probe
from clipline.studio.picture import ColorSpace
from clipline.timeline import Operation, Segment, Timeline
from clipline.values import Size

__all__ = ["Shot", "Source", "read_shots", "runs"]


@dataclass(frozen=True, slots=True)
class Source:
    """A clip that is rendered."""

    path: Path
    info: MediaInfo
    rate: Fraction
    time_base: Fraction
    tags: ColorTags
    space: ColorSpace

    @property
    def size(self) -> Size:
        """As displayed."""
        return Size(self.info.width, self.info.height)


@dataclass(frozen=True, slots=True)
class Shot:
    """A part of a source, from `start` to `end` of its seconds, where pictures begin; seen from `at` of the result on.

    During its first `crossfade` seconds the shot before it dissolves into it.
    """

    source: Source
    start: float
    end: float
    at: float
    crossfade: float
    operations: tuple[Operation, ...]
    volume: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start

    @property
    def until(self) -> float:
        """When it ends in the result, in seconds."""
        return self.at + self.length


def read_shots(timeline: Timeline, *, threads: int) -> list[Shot]:
    """The shots of a timeline's picture, each cut to whole frames.

    Raises:
        Refused: there is no clip, or pictures lie one over another.
        InputError: a file is missing, is no clip, or has no picture where one is to be shown.
    """
    segments = _segments(timeline)
    sources = {name: _source(Path(name), threads) for name in dict.fromkeys(segment.source for segment in segments)}
    spans = _spans(segments, sources)
    first = sources[segments[0].source]
    shots: list[Shot] = []
    at = 0.0
    for segment, (start, end) in zip(segments, spans, strict=True):
        # A crossfade begins with a frame of the shot that ends.
        fade = float(nearest(segment.crossfade * first.rate) / first.rate) if shots else 0.0
        fade = min(fade, end - start, shots[-1].length - shots[-1].crossfade if shots else 0.0)
        volume = 1.0 if segment.volume is None else segment.volume
        shots.append(Shot(sources[segment.source], start, end, at - fade, fade, segment.operations, volume))
        at = shots[-1].until
    return shots


def _segments(timeline: Timeline) -> tuple[Segment, ...]:
    tracks = [track.segments for track in timeline.tracks if track.kind == "video" and track.segments]
    if len(tracks) != 1:
        raise Refused(
            "this machine renders one track of clips, not several over one another" if tracks else "there is no clip",
            code="one_track",
            hint="use one clip after the other" if tracks else "upload a clip first",
        )
    for segment in tracks[0]:
        if not segment.source:
            raise InputError(f"the clip {segment.name!r} has no file on this machine")
    return tracks[0]


def _source(path: Path, threads: int) -> Source:
    info = probe(path)
    if info.kind != "video":
        what = "an image" if info.kind == "image" else "only sound"
        raise InputError(f"{path.name} holds {what}, not a video clip", hint="give a video file")
    with VideoReader(path, threads=threads) as reader:
        return Source(path, info, reader.rate, reader.time_base, reader.tags, reader.space)


def _spans(segments: Sequence[Segment], sources: dict[str, Source]) -> list[tuple[float, float]]:
    """Where each segment begins and ends in its source, both where a picture begins."""
    moments: dict[str, list[float]] = {name: [] for name in sources}
    for segment in segments:
        info = sources[segment.source].info
        if segment.source_start >= info.duration or segment.duration <= 0:
            raise InputError(
                f"{Path(segment.source).name} ends at {info.duration:g}s; "
                f"nothing is left from {segment.source_start:g}s on"
            )
        end = min(segment.source_start + segment.duration, info.duration)
        moments[segment.source] += segment.source_start, end
    places = {name: iter(frame_times(Path(name), found)) for name, found in moments.items()}
    return [(next(places[segment.source]), next(places[segment.source])) for segment in segments]


def runs(shots: Iterable[Shot]) -> list[list[Shot]]:
    """Neighbouring shots that are parts of one file in their order, changed alike, and cut hard."""
    number = 0
    numbered = []
    before: Shot | None = None
    for shot in shots:
        number += before is not None and not _goes_on(before, shot)
        numbered.append((number, shot))
        before = shot
    return [[shot for _, shot in group] for _, group in groupby(numbered, key=lambda pair: pair[0])]


def _goes_on(before: Shot, shot: Shot) -> bool:
    same = before.source.path == shot.source.path and before.operations == shot.operations
    return same and not shot.crossfade and shot.start >= before.end

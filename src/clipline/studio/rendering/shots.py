"""The shots of a result: which part of which file is seen when, and what one must know of each file for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from math import inf
from pathlib import Path

from clipline.errors import InputError, Refused
from clipline.studio.pictures.picture import ColorSpace
from clipline.studio.reading.decode import ColorTags, VideoReader
from clipline.studio.reading.frame_times import frame_times
from clipline.studio.reading.media import MediaInfo, probe
from clipline.studio.reading.stills import STILL_RATE, as_clip
from clipline.studio.rendering.flow import nearest
from clipline.timeline import Operation, Segment, Timeline
from clipline.values import Size

__all__ = ["Shot", "Source", "leading", "read_shots", "runs"]


@dataclass(frozen=True, slots=True)
class Source:
    """A clip that is rendered; one that `stands` is an image, and lasts for any time."""

    path: Path
    info: MediaInfo
    rate: Fraction
    time_base: Fraction
    tags: ColorTags
    space: ColorSpace
    stands: bool = False

    @property
    def size(self) -> Size:
        """As displayed."""
        return Size(self.info.width, self.info.height)


@dataclass(frozen=True, slots=True)
class Shot:
    """A part of a source, from `start` to `end` of its seconds, where pictures begin; seen from `at` of the result on.

    During its first `crossfade` seconds the shot before it dissolves into it. `joined` says that it was put beside the
    clip that is edited.
    """

    source: Source
    start: float
    end: float
    at: float
    crossfade: float
    operations: tuple[Operation, ...]
    volume: float
    joined: bool = False

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
    sources = _sources(segments, threads)
    spans = _spans(segments, sources)
    rate = sources[next((each for each in segments if not each.joined), segments[0]).source].rate
    shots: list[Shot] = []
    at = 0.0
    for segment, (start, end) in zip(segments, spans, strict=True):
        source, lasts = sources[segment.source], end - start
        if source.rate != rate:  # its frames are brought to those of the result, so it ends where one of them does
            lasts = max(1, nearest(lasts * rate)) / float(rate)
        # A crossfade begins with a frame of the shot that ends.
        fade = float(nearest(segment.crossfade * rate) / rate) if shots else 0.0
        fade = min(fade, lasts, shots[-1].length - shots[-1].crossfade if shots else 0.0)
        volume = 1.0 if segment.volume is None else segment.volume
        shots.append(Shot(source, start, start + lasts, at - fade, fade, segment.operations, volume, segment.joined))
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


def leading(shots: Sequence[Shot]) -> Shot:
    """The shot whose frame, rate and colours the result has: the first of the clip that is edited."""
    return next((shot for shot in shots if not shot.joined), shots[0])


def _sources(segments: Sequence[Segment], threads: int) -> dict[str, Source]:
    """The files of these segments; pictures that stand have the rate of the first clip that moves."""
    edited_first = sorted(segments, key=lambda segment: segment.joined)
    sources = {name: _source(Path(name), threads) for name in dict.fromkeys(each.source for each in edited_first)}
    moving = next((source.rate for source in sources.values() if not source.stands), STILL_RATE)
    return {
        name: replace(source, rate=moving, time_base=1 / moving) if source.stands else source
        for name, source in sources.items()
    }


def _source(path: Path, threads: int) -> Source:
    info = probe(path)
    if info.kind == "audio":
        raise InputError(f"{path.name} holds only sound, not a video clip", hint="give a video file")
    stands = info.kind == "image"
    with VideoReader(path, threads=threads) as reader:
        return Source(path, as_clip(info), reader.rate, reader.time_base, reader.tags, reader.space, stands)


def _spans(segments: Sequence[Segment], sources: dict[str, Source]) -> list[tuple[float, float]]:
    """Where each segment begins and ends in its source, both where a picture begins."""
    moments: dict[str, list[float]] = {name: [] for name in sources}
    lengths = {name: inf if source.stands else source.info.duration for name, source in sources.items()}
    for segment in segments:
        length = lengths[segment.source]
        if segment.source_start >= length or segment.duration <= 0:
            raise InputError(
                f"{Path(segment.source).name} ends at {length:g}s; nothing is left from {segment.source_start:g}s on"
            )
        end = min(segment.source_start + segment.duration, length)
        moments[segment.source] += segment.source_start, end
    places = {name: iter(frame_times(Path(name), found, lengths[name])) for name, found in moments.items()}
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

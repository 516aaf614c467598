"""Tracks of video, audio and text, their segments, and what an operation does to them.

All values are frozen; `apply` gives a new timeline. Times are in seconds, sizes in pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from typing import Any, Literal, Self

from clipline.timeline.operations import Music, Operation, Title, Trim, operation_from_json

__all__ = ["Segment", "Timeline", "Track", "TrackKind", "apply", "differences"]

TrackKind = Literal["video", "audio", "text", "other"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of one source on a track.

    `start` is its place on the timeline and `volume` 0 to 1, each None where the draft gives none; `source_start` is
    where in the source it begins. `operations` are applied in their order.
    """

    name: str
    duration: float
    source: str = ""
    source_start: float = 0.0
    start: float | None = None
    volume: float | None = None
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """Segments of one kind, one after the other."""

    kind: TrackKind
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """An edit: its tracks, and the size and frame rate of its picture, 0 where unknown."""

    tracks: tuple[Track, ...] = ()
    width: int = 0
    height: int = 0
    fps: float = 0.0
    title: str = ""

    @property
    def duration(self) -> float:
        """Seconds of the longest track."""
        return max((sum(segment.duration for segment in track.segments) for track in self.tracks), default=0.0)

    @property
    def ready(self) -> bool:
        """Whether there is anything to export."""
        return any(track.segments for track in self.tracks)

    def count(self, kind: TrackKind) -> int:
        """How many tracks of this kind hold at least one segment."""
        return sum(1 for track in self.tracks if track.kind == kind and track.segments)

    def summary(self) -> str:
        """One line: `Timeline (3 tracks): 1. Video: city (0-10s) 2. BGM: Lo-fi (0-10s, 35%) 3. Title: "Dreams" (0-3s)`.

        Times are running sums of durations; a start or a volume is printed only where the draft gives one.
        """
        rows = [f"{number}. {_track_words(track)}" for number, track in enumerate(self.tracks, 1)]
        plural = "" if len(rows) == 1 else "s"
        return " ".join([f"Timeline ({len(rows)} track{plural}):", *rows])

    def as_json(self) -> dict[str, Any]:
        """The timeline for programs and for a run's state; `from_json` reads it back."""
        return {
            "tracks": [
                {"kind": track.kind, "segments": [_segment_as_json(segment) for segment in track.segments]}
                for track in self.tracks
            ],
            "width": self.width,
            "height": self.height,
            "fps": self.fps,
            "title": self.title,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        tracks = tuple(
            Track(track["kind"], tuple(_segment_from_json(segment) for segment in track["segments"]))
            for track in data["tracks"]
        )
        return cls(tracks, data["width"], data["height"], data["fps"], data.get("title", ""))


_TRACK_WORDS: Mapping[TrackKind, str] = {"video": "Video", "audio": "BGM", "text": "Title", "other": "Track"}


def _track_words(track: Track) -> str:
    words = []
    at = 0.0
    for segment in track.segments:
        start = at if segment.start is None else segment.start
        at = start + segment.duration
        volume = "" if segment.volume is None else f", {segment.volume:.0%}"
        name = f'"{segment.name}"' if track.kind == "text" else segment.name
        words.append(f"{name} ({start:g}-{at:g}s{volume})")
    return f"{_TRACK_WORDS[track.kind]}: {', '.join(words) or '(empty)'}"


def _segment_as_json(segment: Segment) -> dict[str, Any]:
    plain = {item.name: getattr(segment, item.name) for item in fields(segment) if item.name != "operations"}
    return plain | {"operations": [operation.as_json() for operation in segment.operations]}


def _segment_from_json(data: Mapping[str, Any]) -> Segment:
    operations = tuple(operation_from_json(item) for item in data.get("operations", ()))
    return Segment(**{**data, "operations": operations})


def apply(timeline: Timeline, operation: Operation) -> Timeline:
    """The timeline with one more operation.

    A title is a new text track, music a new audio track; a trim changes what a segment shows; all else rides on the
    video segments in the order given.

    Raises:
        ValueError: the operation has nothing to work on, or lies outside the clip.
    """
    videos = [track for track in timeline.tracks if track.kind == "video" and track.segments]
    if not videos:
        raise ValueError("there is no clip to edit")
    length = timeline.duration
    match operation:
        case Title(text=text, start=start, duration=duration):
            if start >= length:
                raise ValueError(f"the title starts at {start:g}s, but the clip ends at {length:g}s")
            lasts = length - start if duration is None else min(duration, length - start)
            segment = Segment(text, lasts, start=start, operations=(operation,))
            return replace(timeline, tracks=(*timeline.tracks, Track("text", (segment,))))
        case Music(path=path, volume=volume):
            name = path.rpartition("/")[2].rpartition(".")[0]
            segment = Segment(name, length, source=path, start=0.0, volume=volume, operations=(operation,))
            return replace(timeline, tracks=(*timeline.tracks, Track("audio", (segment,))))
        case Trim():
            return _trim(timeline, operation)
        case _:
            return _on_video(timeline, lambda segment: replace(segment, operations=(*segment.operations, operation)))


def _on_video(timeline: Timeline, change: Callable[[Segment], Segment]) -> Timeline:
    tracks = tuple(
        replace(track, segments=tuple(map(change, track.segments))) if track.kind == "video" else track
        for track in timeline.tracks
    )
    return replace(timeline, tracks=tracks)


def _trim(timeline: Timeline, trim: Trim) -> Timeline:
    if trim.start >= timeline.duration:
        raise ValueError(f"the trim starts at {trim.start:g}s, but the clip ends at {timeline.duration:g}s")

    def cut(segment: Segment) -> Segment:
        end = segment.duration if trim.end is None else min(trim.end, segment.duration)
        return replace(segment, source_start=segment.source_start + trim.start, duration=end - trim.start)

    trimmed = _on_video(timeline, cut)
    length = max(segment.duration for track in trimmed.tracks if track.kind == "video" for segment in track.segments)
    return replace(trimmed, tracks=tuple(_shorten(track, length) for track in trimmed.tracks))


def _shorten(track: Track, length: float) -> Track:
    """Titles and music added before a trim end with the picture."""
    if track.kind == "video":
        return track
    inside = [segment for segment in track.segments if (segment.start or 0.0) < length]
    return replace(
        track,
        segments=tuple(
            replace(segment, duration=min(segment.duration, length - (segment.start or 0.0))) for segment in inside
        ),
    )


def differences(before: Timeline | None, after: Timeline) -> list[str]:
    """What changed, in words, track by track; empty where nothing did."""
    if before is None:
        return [f"added {_track_words(track)}" for track in after.tracks]
    words: list[str] = []
    for number, (old, new) in enumerate(_pairs(before.tracks, after.tracks), 1):
        if old == new:
            continue
        if old is None or not old.segments:
            words.append(f"track {number} added: {_track_words(new)}" if new else "")
        elif new is None:
            words.append(f"track {number} removed: {_track_words(old)}")
        else:
            added = [str(o) for o in _operations(new) if o not in _operations(old)]
            plain = f"{_track_words(old)} → {_track_words(new)}" if _track_words(old) != _track_words(new) else ""
            words.append(f"track {number}: " + ("; ".join([*added, plain] if plain else added) or "changed"))
    if (before.width, before.height) != (after.width, after.height):
        words.append(f"size {before.width}x{before.height} → {after.width}x{after.height}")
    return [word for word in words if word]


def _operations(track: Track) -> list[Operation]:
    return [operation for segment in track.segments for operation in segment.operations]


def _pairs(old: Iterable[Track], new: Iterable[Track]) -> Iterable[tuple[Track | None, Track | None]]:
    return zip_longest(old, new)

"""Tracks of video, audio and text, and their segments; all values are frozen.

Times are in seconds, sizes in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any, Literal, Self

from clipline.timeline.operations import Operation, operation_from_json

__all__ = ["Segment", "Timeline", "Track", "TrackKind", "differences"]

TrackKind = Literal["video", "audio", "text", "other"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of one source on a track.

    `start` is its place on the timeline and `volume` how many times as loud its source is heard, each None where the
    draft gives none; `source_start` is where in the source it begins. `crossfade` is how long it begins before the
    segment before it ends, while the one dissolves into the other. `still` says that the source is a picture that
    stands, which may last for any time; `joined` that the clip was put before or after the one that is edited, whose
    frame the result has. `operations` are applied in their order.
    """

    name: str
    duration: float
    source: str = ""
    source_start: float = 0.0
    start: float | None = None
    volume: float | None = None
    crossfade: float = 0.0
    operations: tuple[Operation, ...] = ()
    still: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """Segments of one kind, one after the other."""

    kind: TrackKind
    segments: tuple[Segment, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds from the beginning of the first segment to the end of the last, gaps left out."""
        return sum(segment.duration - segment.crossfade for segment in self.segments)

    def places(self) -> list[tuple[float, float]]:
        """Where each segment begins and ends, one after the other, in seconds."""
        places = []
        at = 0.0
        for segment in self.segments:
            begins = at - segment.crossfade
            at = begins + segment.duration
            places.append((begins, at))
        return places


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
        return max((track.duration for track in self.tracks), default=0.0)

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
        start = at - segment.crossfade if segment.start is None else segment.start
        at = start + segment.duration
        volume = "" if segment.volume is None else f", {segment.volume:.0%}"
        name = f'"{segment.name}"' if track.kind == "text" else segment.name
        words.append(f"{name} ({start:g}-{at:g}s{volume})")
    return f"{_TRACK_WORDS[track.kind]}: {', '.join(words) or '(empty)'}"


def _segment_as_json(segment: Segment) -> dict[str, Any]:
    seldom = {"still", "joined"}  # said only where they are so: a run's state has an end
    said = [item.name for item in fields(segment) if item.name not in seldom or getattr(segment, item.name)]
    operations = [operation.as_json() for operation in segment.operations]
    return {name: getattr(segment, name) for name in said} | {"operations": operations}


def _segment_from_json(data: Mapping[str, Any]) -> Segment:
    operations = tuple(operation_from_json(item) for item in data.get("operations", ()))
    return Segment(**{**data, "operations": operations})


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

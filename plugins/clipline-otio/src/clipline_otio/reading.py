"""What an OpenTimelineIO timeline says, as a timeline of clipline, and what of it clipline has no word for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from clipline.errors import InputError
from clipline.timeline import Operation, Segment, Timeline, Title, Track, TrackKind, operation_from_json
from clipline_otio import fcp7
from clipline_otio.building import EFFECT, KEY
from clipline_otio.library import BROKEN, otio

__all__ = ["LONGEST", "MOST", "Reading", "Unsupported", "understand"]

#: Clips in a timeline, and seconds of one.
MOST = 10_000
LONGEST = 24 * 3600.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something in a timeline that clipline cannot do: what it is, and where."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.what} ({self.where})"


@dataclass(frozen=True, slots=True)
class Reading:
    """A timeline laid out; `source` of a segment is its address in the file, or empty. `notes` tell of the rest."""

    timeline: Timeline
    unsupported: tuple[Unsupported, ...] = ()
    notes: tuple[str, ...] = ()


def understand(timeline: Any, *, tape: bool = False, fps: float | None = None) -> Reading:
    """Read an OpenTimelineIO timeline; with `tape` its times are timecodes of a recorder, which begin at a full hour.

    Raises:
        InputError: it has values that no timeline can have, or too many of them.
    """
    reader = _Reader()
    offset = _first_hour(timeline) if tape else 0.0
    for number, track in enumerate(timeline.tracks, 1):
        reader.read_track(track, f"track {number}" + (f" {track.name!r}" if track.name else ""), tape, offset)
    own = _mapping(timeline.metadata.get(KEY))
    width, height = (int(own.get(name) or 0) for name in ("width", "height")) if own else fcp7.size_of(timeline)
    rate = fps if fps is not None else float(own.get("fps") or 0.0) or _rate_of(timeline)
    read = Timeline(tuple(reader.tracks), width, height, _sound(rate, "the frame rate"), timeline.name)
    return Reading(read, tuple(reader.unsupported), tuple(reader.notes()))


def _rate_of(timeline: Any) -> float:
    """The frame rate of a timeline: what is said of it, else that of its first picture."""
    if (said := fcp7.rate_of(timeline)) is not None:
        return said
    if timeline.global_start_time is not None and timeline.global_start_time.rate > 1:
        return float(timeline.global_start_time.rate)
    first = next((clip for clip in timeline.find_clips() if clip.source_range is not None), None)
    return float(first.source_range.duration.rate) if first is not None else 0.0


def _first_hour(timeline: Any) -> float:
    starts = [-track.source_range.start_time.to_seconds() for track in timeline.tracks if track.source_range]
    return min(starts, default=0.0) // _HOUR * _HOUR


@dataclass
class _Reader:
    """Goes through tracks; what it meets is collected."""

    tracks: list[Track] = field(default_factory=list)
    unsupported: list[Unsupported] = field(default_factory=list)
    _disabled: list[str] = field(default_factory=list)
    _markers: int = 0
    _count: int = 0

    def read_track(self, track: Any, name: str, tape: bool, offset: float) -> None:
        schema = otio().schema
        if not isinstance(track, schema.Track):
            self.unsupported.append(Unsupported(f"{_schema(track)} beside the tracks", name))
            return
        self._markers += len(track.markers)
        if not track.enabled:
            self._disabled.append(name)
            return
        at = 0.0 - offset
        if track.source_range is not None and tape:
            at -= track.source_range.start_time.to_seconds()
        elif track.source_range is not None:
            track = self._trimmed(track, name)
        self._effects(track, name)
        found: dict[TrackKind, list[Segment]] = {}
        for item, start in self._placed(track, name, at):
            kind, segment = self._segment(item, track, start, f"{name} at {start:.4g}s")
            if segment is not None:
                found.setdefault(kind, []).append(segment)
        self.tracks += [Track(kind, tuple(segments)) for kind, segments in found.items()]

    def _trimmed(self, track: Any, name: str) -> Any:
        """A track cut to the range that it shows."""
        try:
            return otio().algorithms.track_trimmed_to_range(track, track.source_range)
        except (otio().exceptions.OTIOError, *BROKEN):
            self.unsupported.append(Unsupported("a track that begins or ends within a transition", name))
            return track

    def _placed(self, track: Any, name: str, at: float) -> Iterator[tuple[Any, float]]:
        """The clips of a track, each with its place in seconds; all else is passed over, or cannot be done."""
        schema = otio().schema
        for item in track:
            self._count += 1
            if self._count > MOST:
                raise InputError(f"a timeline of more than {MOST:,} clips", code="too_large")
            if isinstance(item, schema.Transition):
                what = item.transition_type.replace("_", " ") or item.name or "transition"
                self.unsupported.append(Unsupported(f"the transition {what}", f"{name} at {at:.4g}s"))
                continue
            lasts = self._duration(item, f"{name} at {at:.4g}s")
            if isinstance(item, schema.Clip):
                self._markers += len(item.markers)
                if item.enabled:
                    yield item, at
                else:
                    self._disabled.append(f"{item.name!r} on {name}")
            elif not isinstance(item, schema.Gap):
                self.unsupported.append(Unsupported(f"a nested {_schema(item)} {item.name!r}", f"{name} at {at:.4g}s"))
            at += lasts

    def _duration(self, item: Any, where: str) -> float:
        try:
            seconds = item.duration().to_seconds()
        except (otio().exceptions.OTIOError, *BROKEN) as error:
            raise InputError(f"it is not known how long {item.name!r} lasts ({where})", code="timeline") from error
        return _sound(seconds, f"the length of {item.name!r} ({where})")

    def _segment(self, clip: Any, track: Any, start: float, where: str) -> tuple[TrackKind, Segment | None]:
        schema = otio().schema
        kind = _kind(track)
        media = clip.media_reference
        own = _mapping(clip.metadata.get(KEY))
        begin = clip.trimmed_range().start_time.to_seconds()
        if media is not None and media.available_range is not None:
            begin -= media.available_range.start_time.to_seconds()
        segment = Segment(
            clip.name,
            clip.duration().to_seconds(),
            source_start=_sound(begin, f"where {clip.name!r} begins in its source ({where})"),
            start=_sound(start, f"the place of {clip.name!r} ({where})"),
            operations=tuple(self._operations(own.get("operations", ()), where)),
        )
        segment = self._with_effects(segment, clip, where)
        if isinstance(own.get("volume"), (int, float)):
            segment = replace(segment, volume=_sound(float(own["volume"]), f"the volume of {clip.name!r} ({where})"))
        match media:
            case schema.ExternalReference():
                return kind, replace(segment, source=media.target_url or "")
            case schema.GeneratorReference():
                return self._generated(segment, media, where)
            case schema.MissingReference() | None:
                return kind, segment
        self.unsupported.append(Unsupported(f"{_schema(media)} of {clip.name!r}", where))
        return kind, None

    def _generated(self, segment: Segment, media: Any, where: str) -> tuple[TrackKind, Segment | None]:
        if (written := fcp7.text_of(media)) is not None:
            text, color = written
            title = Title(text, segment.start or 0.0, segment.duration)
            title = replace(title, color=color) if color else title
            return "text", replace(segment, name=text, operations=segment.operations or (title,))
        if media.generator_kind != "black":
            self.unsupported.append(Unsupported(f"the generator {media.generator_kind or media.name!r}", where))
        return "video", None

    def _with_effects(self, segment: Segment, item: Any, where: str) -> Segment:
        done: list[Operation] = []
        for effect in item.effects:
            if (level := fcp7.level_of(effect)) is not None:
                segment = replace(segment, volume=_sound(level, f"the volume of {item.name!r} ({where})"))
            elif effect.effect_name.startswith(EFFECT):
                done += self._operations([_mapping(effect.metadata.get(KEY))], where)
            else:
                self.unsupported.append(Unsupported(_effect_words(effect), f"{item.name!r}, {where}"))
        return replace(segment, operations=(*segment.operations, *done))

    def _effects(self, track: Any, name: str) -> None:
        self.unsupported += [Unsupported(_effect_words(effect), name) for effect in track.effects]

    def _operations(self, listed: Any, where: str) -> Iterator[Operation]:
        for data in listed:
            try:
                yield operation_from_json(_plain(data))
            except (AttributeError, *BROKEN):
                self.unsupported.append(Unsupported("an operation of another clipline", where))

    def notes(self) -> Iterator[str]:
        """What is read and needs nothing done."""
        if self._disabled:
            yield f"switched off, and left out: {', '.join(self._disabled)}"
        if self._markers:
            yield f"markers are not used: {self._markers}"


def _kind(track: Any) -> TrackKind:
    kinds = otio().schema.TrackKind
    own = _mapping(track.metadata.get(KEY)).get("kind")
    if own in {"video", "audio", "text", "other"}:
        kind: TrackKind = own
        return kind
    return "video" if track.kind == kinds.Video else "audio" if track.kind == kinds.Audio else "other"


def _effect_words(effect: Any) -> str:
    schema = otio().schema
    if isinstance(effect, schema.FreezeFrame):
        return "a freeze frame"
    if isinstance(effect, schema.LinearTimeWarp):
        return f"a speed of {effect.time_scalar:g}"
    return f"the effect {effect.name or effect.effect_name or _schema(effect)!r}"


def _schema(thing: Any) -> str:
    return str(thing.schema_name())


def _sound(number: float, what: str) -> float:
    """A number that a timeline can have.

    Raises:
        InputError: it is negative, endless, or none.
    """
    if not math.isfinite(number) or number > LONGEST or number < -_TINY:
        raise InputError(f"{what} cannot be {number:g}", code="timeline")
    return max(0.0, number)


_TINY = 0.001  # seconds: what is below nothing by rounding


def _mapping(value: Any) -> Any:
    return value if hasattr(value, "items") else {}


def _plain(value: Any) -> Any:
    """OpenTimelineIO's own dictionaries and lists as those of Python."""
    if hasattr(value, "items"):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if hasattr(value, "__iter__") and not isinstance(value, str) else value

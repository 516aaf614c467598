"""The neutral model of an edit: tracks of video, audio and text, their segments, and the operations asked for.

Backends translate their own drafts to and from it; `verify`, `plan`, reports and the studio see only this. All values
are frozen; `apply` gives a new timeline. Times are in seconds, sizes in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from typing import Any, ClassVar, Literal, Self, TypeAlias

from clipline.values import Color, Size, parse_color, parse_duration, parse_size

__all__ = [
    "OPERATIONS_SCHEMA",
    "Background",
    "Blur",
    "Crop",
    "Fit",
    "Isolate",
    "Media",
    "Music",
    "Operation",
    "Pad",
    "People",
    "Remove",
    "Resize",
    "Segment",
    "Timeline",
    "Title",
    "Track",
    "Transparent",
    "Trim",
    "apply",
    "differences",
    "operation_from_json",
]

TrackKind = Literal["video", "audio", "text", "other"]

#: Which of the people in the frame: `person` and `people` are everyone (the singular says that one is expected),
#: `background_person` is everyone but the foreground one (the largest, most central); alone, that one.
People = Literal["person", "people", "background_person"]

BLACK = Color(0, 0, 0)
WHITE = Color(255, 255, 255)


# --- what may stand in a background ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Blur:
    """The picture itself, blurred; `radius` in pixels of a 720-line picture."""

    radius: float = 20.0


@dataclass(frozen=True, slots=True)
class Transparent:
    """Nothing: an alpha channel, in containers that carry one."""


@dataclass(frozen=True, slots=True)
class Media:
    """An image or a clip, by absolute path; scaled to cover the frame, a clip repeated to fill the time."""

    path: str


Fill: TypeAlias = Color | Blur | Transparent | Media


def _fill_from_json(value: object) -> Fill:
    if isinstance(value, Mapping):
        if "blur" in value:
            return Blur(float(value["blur"]))
        if "media" in value:
            return Media(str(value["media"]))
        raise ValueError("a background is a colour, 'blur', 'transparent', {blur: RADIUS} or {media: FILE}")
    if value == "blur":
        return Blur()
    if value == "transparent":
        return Transparent()
    return parse_color(value)


def _fill_as_json(fill: Fill) -> Any:
    match fill:
        case Blur():
            return {"blur": fill.radius}
        case Media():
            return {"media": fill.path}
        case Transparent():
            return "transparent"
        case _:
            return str(fill)


# --- operations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Background:
    """Everything behind the people becomes `fill`."""

    key: ClassVar[str] = "background"
    fill: Fill

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{background: FILL}`."""
        return cls(_fill_from_json(data["background"]))

    def as_json(self) -> dict[str, Any]:
        """Write `{background: FILL}`."""
        return {"background": _fill_as_json(self.fill)}

    def __str__(self) -> str:
        match self.fill:
            case Blur():
                return "blur the background"
            case Transparent():
                return "make the background transparent"
            case Media(path=path):
                return f"replace the background with {path.rpartition('/')[2]}"
            case color:
                return f"replace the background with {color}"


@dataclass(frozen=True, slots=True)
class Remove:
    """People are taken out: what is behind them appears, or a solid colour where `fill` is one."""

    key: ClassVar[str] = "remove"
    who: People
    fill: Color | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{remove: WHO, fill: COLOR}`."""
        return cls(_people(data["remove"]), parse_color(data["fill"]) if data.get("fill") else None)

    def as_json(self) -> dict[str, Any]:
        """Write `{remove: WHO, fill: COLOR}`."""
        return {"remove": self.who} | ({"fill": str(self.fill)} if self.fill else {})

    def __str__(self) -> str:
        who = _WHO[self.who]
        return f"fill {who} with {self.fill}" if self.fill else f"remove {who}"


@dataclass(frozen=True, slots=True)
class Isolate:
    """Only these people stay; all else is `fill`: transparent where the container carries it, else black."""

    key: ClassVar[str] = "isolate"
    who: People
    fill: Color | Transparent = Transparent()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{isolate: WHO, fill: COLOR}`."""
        fill = data.get("fill")
        return cls(_people(data["isolate"]), parse_color(fill) if fill and fill != "transparent" else Transparent())

    def as_json(self) -> dict[str, Any]:
        """Write `{isolate: WHO, fill: COLOR}`."""
        return {"isolate": self.who} | ({"fill": str(self.fill)} if isinstance(self.fill, Color) else {})

    def __str__(self) -> str:
        on = f" on {self.fill}" if isinstance(self.fill, Color) else ""
        return f"isolate {_WHO[self.who]}{on}"


@dataclass(frozen=True, slots=True)
class Trim:
    """Only the time from `start` to `end` of the source stays; `end` None is its end."""

    key: ClassVar[str] = "trim"
    start: float = 0.0
    end: float | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{trim: {start: T, end: T}}` or `{trim: {start: T, duration: T}}`."""
        given = data["trim"]
        start = parse_duration(given.get("start", 0))
        end = parse_duration(given["end"]) if "end" in given else None
        if "duration" in given:
            if end is not None:
                raise ValueError("a trim has an end or a duration, not both")
            end = start + parse_duration(given["duration"])
        if end is not None and end <= start:
            raise ValueError("a trim ends after it starts")
        return cls(start, end)

    def as_json(self) -> dict[str, Any]:
        """Write `{trim: {start, end}}`."""
        return {"trim": {"start": self.start} | ({} if self.end is None else {"end": self.end})}

    def __str__(self) -> str:
        return f"keep {self.start:g}s to {'the end' if self.end is None else f'{self.end:g}s'}"


@dataclass(frozen=True, slots=True)
class Resize:
    """The picture is scaled to exactly this size."""

    key: ClassVar[str] = "resize"
    size: Size

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{resize: WxH}`."""
        return cls(parse_size(data["resize"]))

    def as_json(self) -> dict[str, Any]:
        """Write `{resize: WxH}`."""
        return {"resize": str(self.size)}

    def __str__(self) -> str:
        return f"resize to {self.size}"


@dataclass(frozen=True, slots=True)
class Fit:
    """The picture is scaled down to fit inside this box, either way up; never enlarged."""

    key: ClassVar[str] = "max_size"
    box: Size

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{max_size: WxH}`."""
        return cls(parse_size(data["max_size"]))

    def as_json(self) -> dict[str, Any]:
        """Write `{max_size: WxH}`."""
        return {"max_size": str(self.box)}

    def __str__(self) -> str:
        return f"fit into {self.box}"


@dataclass(frozen=True, slots=True)
class Crop:
    """Only a part of the picture stays: an aspect ratio from its middle, or a size at a corner.

    With `aspect` ("9:16") the largest such part in the middle; else `size` with its left upper corner at `x`, `y`,
    each None for the middle.
    """

    key: ClassVar[str] = "crop"
    aspect: str | None = None
    size: Size | None = None
    x: int | None = None
    y: int | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{crop: "9:16"}`, `{crop: WxH}` or `{crop: {size: WxH, x: N, y: N}}`."""
        given = data["crop"]
        if isinstance(given, Mapping):
            return cls(size=parse_size(given["size"]), x=given.get("x"), y=given.get("y"))
        width, colon, height = str(given).partition(":")
        if not colon:
            return cls(size=parse_size(given))
        if not (width.strip().isdigit() and height.strip().isdigit() and int(width) and int(height)):
            raise ValueError(f"not an aspect ratio: {given!r}; write like '9:16'")
        return cls(aspect=f"{int(width)}:{int(height)}")

    def as_json(self) -> dict[str, Any]:
        """Write the crop in the shortest of its forms."""
        if self.aspect:
            return {"crop": self.aspect}
        corner = {name: value for name, value in (("x", self.x), ("y", self.y)) if value is not None}
        return {"crop": {"size": str(self.size), **corner}}

    def __str__(self) -> str:
        return f"crop to {self.aspect or self.size}"


@dataclass(frozen=True, slots=True)
class Pad:
    """The picture stands in the middle of a larger one of this size, scaled to fit, on a colour."""

    key: ClassVar[str] = "pad"
    size: Size
    color: Color = BLACK

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{pad: WxH, color: COLOR}`."""
        return cls(parse_size(data["pad"]), parse_color(data.get("color", "black")))

    def as_json(self) -> dict[str, Any]:
        """Write `{pad: WxH, color: COLOR}`."""
        return {"pad": str(self.size), "color": str(self.color)}

    def __str__(self) -> str:
        return f"pad to {self.size} on {self.color}"


@dataclass(frozen=True, slots=True)
class Title:
    """A text over the picture; `duration` None lasts to the end; `position` top, middle or bottom."""

    key: ClassVar[str] = "title"
    text: str
    start: float = 0.0
    duration: float | None = None
    position: Literal["top", "middle", "bottom"] = "bottom"
    color: Color = WHITE

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{title: TEXT, start: T, duration: T, position: …, color: COLOR}`."""
        if not str(data["title"]).strip():
            raise ValueError("a title has a text")
        return cls(
            str(data["title"]),
            parse_duration(data.get("start", 0)),
            parse_duration(data["duration"]) if data.get("duration") is not None else None,
            data.get("position", "bottom"),
            parse_color(data.get("color", "white")),
        )

    def as_json(self) -> dict[str, Any]:
        """Write the title with all that differs from what is usual."""
        lasts = {} if self.duration is None else {"duration": self.duration}
        return {
            "title": self.text,
            "start": self.start,
            **lasts,
            "position": self.position,
            "color": str(self.color),
        }

    def __str__(self) -> str:
        lasts = "" if self.duration is None else f" for {self.duration:g}s"
        return f'add the title "{self.text}"{lasts}'


@dataclass(frozen=True, slots=True)
class Music:
    """A sound file under the clip's own sound, from the clip's start, cut or repeated to its length."""

    key: ClassVar[str] = "music"
    path: str
    volume: float = 0.35

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{music: FILE, volume: 0..1}`."""
        return cls(str(data["music"]), float(data.get("volume", 0.35)))

    def as_json(self) -> dict[str, Any]:
        """Write `{music: FILE, volume: 0..1}`."""
        return {"music": self.path, "volume": self.volume}

    def __str__(self) -> str:
        return f"add the music {self.path.rpartition('/')[2]} at {self.volume:.0%}"


Operation: TypeAlias = Background | Remove | Isolate | Trim | Resize | Fit | Crop | Pad | Title | Music
_OPERATIONS = {kind.key: kind for kind in (Background, Remove, Isolate, Trim, Resize, Fit, Crop, Pad, Title, Music)}
_WHO = {"person": "the person", "people": "the people", "background_person": "the background person"}


def _people(value: object) -> People:
    match value:
        case "person" | "people" | "background_person":
            return value
        case _:
            raise ValueError(f"not known who {value!r} is; one of person, people, background_person")


def operation_from_json(data: Mapping[str, Any]) -> Operation:
    """Read one operation as it is written in a file, like `{remove: person, fill: "#00ff00"}`.

    Raises:
        ValueError: there is no such operation, or its values are wrong.
    """
    kind = next((kind for key, kind in _OPERATIONS.items() if key in data), None)
    if kind is None:
        raise ValueError(
            f"no such operation: {', '.join(map(str, data)) or '(empty)'}; known: {', '.join(_OPERATIONS)}"
        )
    return kind.from_json(data)


_COLOR = {"type": "string", "description": "a name like green, or '#rrggbb'"}
_TIME = {"type": ["string", "number"], "description": "a duration"}
_WHO_SCHEMA = {"enum": list(_WHO)}


def _form(required: str, value: Mapping[str, Any], **others: Mapping[str, Any]) -> dict[str, Any]:
    properties = {required: dict(value), **{name: dict(schema) for name, schema in others.items()}}
    return {"type": "object", "properties": properties, "required": [required], "additionalProperties": False}


#: JSON Schema of a list of operations written as data: each object is told by its first key.
OPERATIONS_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            _form(
                "background",
                {
                    "anyOf": [
                        {"type": "string", "description": "a colour, blur or transparent"},
                        _form("blur", {"type": "number", "exclusiveMinimum": 0}),
                        _form("media", {"type": "string", "format": "path"}),
                    ]
                },
            ),
            _form("remove", _WHO_SCHEMA, fill=_COLOR),
            _form("isolate", _WHO_SCHEMA, fill=_COLOR),
            _form(
                "trim",
                {
                    "type": "object",
                    "properties": {"start": _TIME, "end": _TIME, "duration": _TIME},
                    "minProperties": 1,
                    "additionalProperties": False,
                },
            ),
            _form("resize", {"type": "string", "format": "size"}),
            _form("max_size", {"type": "string", "format": "size"}),
            _form(
                "crop",
                {
                    "anyOf": [
                        {"type": "string", "description": "an aspect ratio like '9:16', or WxH"},
                        _form(
                            "size", {"type": "string", "format": "size"}, x={"type": "integer"}, y={"type": "integer"}
                        ),
                    ]
                },
            ),
            _form("pad", {"type": "string", "format": "size"}, color=_COLOR),
            _form(
                "title",
                {"type": "string", "minLength": 1},
                start=_TIME,
                duration=_TIME,
                position={"enum": ["top", "middle", "bottom"]},
                color=_COLOR,
            ),
            _form(
                "music",
                {"type": "string", "format": "path"},
                volume={"type": "number", "minimum": 0, "maximum": 1},
            ),
        ]
    },
}


# --- the timeline ----------------------------------------------------------------------------------------------------


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


def _on_video(timeline: Timeline, change: Any) -> Timeline:
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

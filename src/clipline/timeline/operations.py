"""What can be asked of a clip, as data: operations, and what may stand in a background.

Each operation has a form in files, told by its first key: `from_json` reads it, `as_json` writes it. Its text is an
instruction that is understood as that very operation, so that it can be sent to who takes only words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias, get_args

from clipline.timeline.cutting import Cut, Join, Trim, seconds_text
from clipline.timeline.hiding import BlurOut, Pixelate, Replace
from clipline.timeline.sounds import LOUDEST, LOUDNESS_TARGETS, Loudness, Music, Sound
from clipline.timeline.subjects import WHO_SCHEMA, Who, who_as_json, who_from_json, who_in_words
from clipline.timeline.titles import SIZES, LowerThird, Position, Title
from clipline.values import Color, Size, parse_color, parse_size

__all__ = [
    "BLACK",
    "OPERATIONS_SCHEMA",
    "WHITE",
    "AudioTrack",
    "Background",
    "Blur",
    "Crop",
    "Cut",
    "Fill",
    "Fit",
    "Isolate",
    "Join",
    "Loudness",
    "LowerThird",
    "Media",
    "Music",
    "Operation",
    "Pad",
    "Remove",
    "Resize",
    "Sound",
    "SubjectOperation",
    "Title",
    "Transparent",
    "Trim",
    "files_of",
    "operation_from_json",
]

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
            case Blur() as blur:
                return "blur the background" + ("" if blur == Blur() else f" by {seconds_text(blur.radius)}")
            case Transparent():
                return "make the background transparent"
            case Media(path=path):
                return f"replace the background with {path.rpartition('/')[2]}"
            case color:
                return f"replace the background with {color}"


@dataclass(frozen=True, slots=True)
class Remove:
    """People or things are taken out: what is behind them appears, or a solid colour where `fill` is one."""

    key: ClassVar[str] = "remove"
    who: Who
    fill: Color | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{remove: WHO, fill: COLOR}`."""
        return cls(who_from_json(data["remove"]), parse_color(data["fill"]) if data.get("fill") else None)

    def as_json(self) -> dict[str, Any]:
        """Write `{remove: WHO, fill: COLOR}`."""
        return {"remove": who_as_json(self.who)} | ({"fill": str(self.fill)} if self.fill else {})

    def __str__(self) -> str:
        who = who_in_words(self.who)
        return f"fill {who} with {self.fill}" if self.fill else f"remove {who}"


@dataclass(frozen=True, slots=True)
class Isolate:
    """Only these people or things stay; all else is `fill`: transparent where the container carries it, else black."""

    key: ClassVar[str] = "isolate"
    who: Who
    fill: Fill = Transparent()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{isolate: WHO, fill: FILL}`."""
        return cls(who_from_json(data["isolate"]), _fill_from_json(data.get("fill") or "transparent"))

    def as_json(self) -> dict[str, Any]:
        """Write `{isolate: WHO, fill: FILL}`."""
        fill = {} if isinstance(self.fill, Transparent) else {"fill": _fill_as_json(self.fill)}
        return {"isolate": who_as_json(self.who)} | fill

    def __str__(self) -> str:
        who = who_in_words(self.who)
        match self.fill:
            case Transparent():
                return f"isolate {who}"
            case Blur() as blur:
                return f"isolate {who} on a blurred background" + (
                    "" if blur == Blur() else f" by {seconds_text(blur.radius)}"
                )
            case Media(path=path):
                return f"isolate {who} on {path.rpartition('/')[2]}"
            case color:
                return f"isolate {who} on {color}"


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
    each None for the middle. With `keep` the part moves so that they stay in it.
    """

    key: ClassVar[str] = "crop"
    aspect: str | None = None
    size: Size | None = None
    x: int | None = None
    y: int | None = None
    keep: Who | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{crop: "9:16"}`, `{crop: WxH}` or `{crop: {size: WxH, x: N, y: N}}`; with `keep: WHO`."""
        given, keep = data["crop"], who_from_json(data["keep"]) if data.get("keep") else None
        if isinstance(given, Mapping):
            x, y = given.get("x"), given.get("y")
            if keep and (x, y) != (None, None):
                raise ValueError("a crop has a corner, or keeps somebody in it, not both")
            return cls(size=parse_size(given["size"]), x=x, y=y, keep=keep)
        width, colon, height = str(given).partition(":")
        if not colon:
            return cls(size=parse_size(given), keep=keep)
        if not (width.strip().isdigit() and height.strip().isdigit() and int(width) and int(height)):
            raise ValueError(f"not an aspect ratio: {given!r}; write like '9:16'")
        return cls(aspect=f"{int(width)}:{int(height)}", keep=keep)

    def as_json(self) -> dict[str, Any]:
        """Write the crop in the shortest of its forms."""
        keep = {} if self.keep is None else {"keep": who_as_json(self.keep)}
        if self.aspect:
            return {"crop": self.aspect} | keep
        corner = {name: value for name, value in (("x", self.x), ("y", self.y)) if value is not None}
        return {"crop": {"size": str(self.size), **corner}} | keep

    def __str__(self) -> str:
        corner = "" if self.x is None or self.y is None else f" at {self.x}, {self.y}"
        keep = "" if self.keep is None else f" following {who_in_words(self.keep)}"
        return f"crop to {self.aspect or self.size}{corner}{keep}"


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
class AudioTrack:
    """Of several audio tracks of the clip, this one is heard; they count from 1."""

    key: ClassVar[str] = "audio_track"
    track: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{audio_track: NUMBER}`."""
        track = data["audio_track"]
        if isinstance(track, bool) or not isinstance(track, int) or track < 1:
            raise ValueError(f"audio tracks count from 1, and are whole numbers, not {track!r}")
        return cls(track)

    def as_json(self) -> dict[str, Any]:
        """Write `{audio_track: NUMBER}`."""
        return {"audio_track": self.track}

    def __str__(self) -> str:
        return f"use audio track {self.track}"


#: Those for which people or things must be found.
SubjectOperation: TypeAlias = Background | Remove | Isolate | BlurOut | Pixelate | Replace
Operation: TypeAlias = (
    SubjectOperation
    | Trim
    | Cut
    | Join
    | Resize
    | Fit
    | Crop
    | Pad
    | Title
    | LowerThird
    | Music
    | Sound
    | Loudness
    | AudioTrack
)
_OPERATIONS = {
    kind.key: kind
    for kind in (
        *(Background, Remove, Isolate, BlurOut, Pixelate, Replace),
        *(Trim, Cut, Join, Resize, Fit, Crop, Pad),
        *(Title, LowerThird, Music, Sound, Loudness, AudioTrack),
    )
}


def files_of(operation: Operation) -> tuple[str, ...]:
    """The files that an operation brings in, as it names them."""
    match operation:
        case Background(fill=Media(path=path)) | Isolate(fill=Media(path=path)) | Music(path=path) | Replace(path=path):
            return (path,)
        case Join(paths=paths):
            return paths
        case _:
            return ()


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
_AT = {"const": "keyframes", "description": "may be moved to the nearest key frames, so that the stream is copied"}
_SPAN = {
    "type": "object",
    "properties": {"from": _TIME, "to": _TIME},
    "minProperties": 1,
    "additionalProperties": False,
}
_CLIP = {"type": "string", "format": "path"}


def _form(required: str, value: Mapping[str, Any], **others: Mapping[str, Any]) -> dict[str, Any]:
    properties = {required: dict(value), **{name: dict(schema) for name, schema in others.items()}}
    return {"type": "object", "properties": properties, "required": [required], "additionalProperties": False}


_FILL = {
    "anyOf": [
        {"type": "string", "description": "a colour, blur or transparent"},
        _form("blur", {"type": "number", "exclusiveMinimum": 0}),
        _form("media", {"type": "string", "format": "path"}),
    ]
}

#: JSON Schema of a list of operations written as data: each object is told by its first key.
OPERATIONS_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            _form("background", _FILL),
            _form("remove", WHO_SCHEMA, fill=_COLOR),
            _form("isolate", WHO_SCHEMA, fill=_FILL),
            _form("blur", WHO_SCHEMA, radius={"type": "number", "exclusiveMinimum": 0}),
            _form("pixelate", WHO_SCHEMA, size={"type": "number", "exclusiveMinimum": 0}),
            {**_form("replace", WHO_SCHEMA, **{"with": _CLIP}), "required": ["replace", "with"]},
            _form(
                "trim",
                {
                    "type": "object",
                    "properties": {"start": _TIME, "end": _TIME, "duration": _TIME, "at": _AT},
                    "minProperties": 1,
                    "additionalProperties": False,
                },
            ),
            _form("cut", {"anyOf": [_SPAN, {"type": "array", "minItems": 1, "items": _SPAN}]}, at=_AT),
            _form(
                "join",
                {"anyOf": [_CLIP, {"type": "array", "minItems": 1, "items": _CLIP}]},
                crossfade=_TIME,
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
                keep=WHO_SCHEMA,
            ),
            _form("pad", {"type": "string", "format": "size"}, color=_COLOR),
            _form(
                "title",
                {"type": "string", "minLength": 1},
                start=_TIME,
                duration=_TIME,
                position={"enum": list(get_args(Position))},
                color=_COLOR,
                size={"anyOf": [{"enum": list(SIZES)}, {"type": "number", "minimum": 2, "maximum": 40}]},
                edge={"enum": ["outline", "shadow", "none"]},
                plate=_COLOR,
                fade_in=_TIME,
                fade_out=_TIME,
            ),
            _form(
                "lower_third",
                {"type": "string", "minLength": 1},
                line={"type": "string"},
                start=_TIME,
                duration={"type": ["string", "number"], "description": "a duration, or end"},
                side={"enum": ["left", "middle", "right"]},
                color=_COLOR,
                plate=_COLOR,
                entrance={"enum": ["fade", "slide", "none"]},
            ),
            _form(
                "music",
                {"type": "string", "format": "path"},
                volume={"type": "number", "minimum": 0, "maximum": 1},
                start=_TIME,
                duration=_TIME,
                offset=_TIME,
                fade_in=_TIME,
                fade_out=_TIME,
                loop={"type": "boolean"},
                duck={"anyOf": [{"type": "boolean"}, {"type": "number", "minimum": 0, "maximum": 60}]},
            ),
            _form(
                "sound",
                {"anyOf": [{"const": "mute"}, {"type": "number", "minimum": 0, "maximum": LOUDEST}]},
                fade_in=_TIME,
                fade_out=_TIME,
            ),
            _form(
                "loudness",
                {"anyOf": [{"enum": list(LOUDNESS_TARGETS)}, {"type": "number", "minimum": -40, "maximum": -5}]},
                peak={"type": "number", "minimum": -9, "maximum": 0},
            ),
            _form("audio_track", {"type": "integer", "minimum": 1}),
        ]
    },
}

"""The JSON Schema of operations written as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from clipline.timeline.sounds import LOUDEST, LOUDNESS_TARGETS
from clipline.timeline.subjects import WHO_SCHEMA
from clipline.timeline.titles import SIZES, Position

__all__ = ["OPERATIONS_SCHEMA"]

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
            _form(
                "isolate", {"anyOf": [WHO_SCHEMA, {"type": "array", "minItems": 1, "items": WHO_SCHEMA}]}, fill=_FILL
            ),
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
            _form("cut", {"anyOf": [_SPAN, {"type": "array", "minItems": 1, "items": _SPAN}]}, at=_AT, crossfade=_TIME),
            _form(
                "join",
                {"anyOf": [_CLIP, {"type": "array", "minItems": 1, "items": _CLIP}]},
                crossfade=_TIME,
                place={"enum": ["before", "after"]},
                hold={**_TIME, "description": "how long a still image is shown"},
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

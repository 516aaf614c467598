"""What may be asked of a media file, as a JSON Schema. Light: importing it imports no video library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["MEDIA_CHECKS_SCHEMA"]

_TIME = {"type": ["number", "string"], "description": "a duration: seconds, or like 30s, 2m, 1:30"}


def _number(what: str, value: Mapping[str, Any], tolerance: str) -> dict[str, Any]:
    """A value with a comparison, a range, or a value with a tolerance."""

    def shape(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            **({"required": list(required)} if required else {"minProperties": 1}),
        }

    return {
        "description": f"{what}: a value (within {tolerance}), a comparison like '>=10', "
        "{min, max}, or {near, tolerance}.",
        "anyOf": [value, shape(min=value, max=value), shape("near", near=value, tolerance=value)],
    }


def _longest(what: str) -> dict[str, Any]:
    return {**_TIME, "description": f"{what} for longer than this fails; 0 allows none at all."}


_WORDS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}

#: JSON Schema 2020-12 of the second argument of `quality_checks.check_media`.
MEDIA_CHECKS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "decodes": {"type": "boolean", "description": "Every frame to the end can be decoded."},
        "duration": _number("Length in seconds", _TIME, "0.1 s"),
        "size": {"type": "string", "format": "size", "description": "Width x height as displayed, like 1920x1080."},
        "fps": _number("Frames a second", {"type": ["number", "string"]}, "0.01"),
        "video_codec": {**_WORDS, "description": "One of these, like h264 or vp9."},
        "audio_codec": {**_WORDS, "description": "One of these, like aac or opus; none where there is to be no sound."},
        "container": {**_WORDS, "description": "One of these, like mp4, mov, webm, mkv or gif."},
        "black": _longest("A black picture"),
        "frozen": _longest("A picture that does not change"),
        "silence": _longest("Silence"),
        "loudness": {
            "description": "Integrated loudness in LUFS (EBU R 128): the target, or {target, tolerance}; within 1 LU.",
            "anyOf": [
                {"type": "number", "maximum": 0},
                {
                    "type": "object",
                    "properties": {
                        "target": {"type": "number", "maximum": 0},
                        "tolerance": {"type": "number", "exclusiveMinimum": 0},
                    },
                    "required": ["target"],
                    "additionalProperties": False,
                },
            ],
        },
    },
}

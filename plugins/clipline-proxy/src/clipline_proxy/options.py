"""The options of the four steps, as JSON Schemas."""

from __future__ import annotations

from typing import Any

__all__ = ["POSTER", "PROXY", "STRIP", "WAVEFORM"]


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _duration(description: str, **more: Any) -> dict[str, Any]:
    return {"type": ["string", "number"], "format": "duration", "description": description, **more}


def _integer(least: int, most: int, default: int | None, description: str) -> dict[str, Any]:
    given = {} if default is None else {"default": default}
    return {"type": "integer", "minimum": least, "maximum": most, **given, "description": description}


def _size(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "format": "size", "description": description, **more}


def _picture(default: str) -> dict[str, Any]:
    return {"enum": ["jpeg", "png", "webp"], "default": default, "description": "What kind of picture."}


POSTER = _object(
    at=_duration("The moment shown; by default one that is bright, sharp and full of detail is looked for."),
    max_size=_size("The box into which the picture is made to fit, either way up; as large as the video by default."),
    format=_picture("jpeg"),
    quality=_integer(1, 100, 85, "Of a JPEG or WebP; 100 is the best."),
)

STRIP = _object(
    every=_duration("The time from one picture to the next; by default a second, longer where that were over 100."),
    tile=_size("The box into which each picture is made to fit, either way up.", default="160x90"),
    columns=_integer(1, 100, 10, "Pictures side by side."),
    rows=_integer(1, 100, 10, "Rows on one sheet; what does not fit goes to further sheets."),
    format=_picture("jpeg"),
    quality=_integer(1, 100, 75, "Of a JPEG or WebP; 100 is the best."),
)

WAVEFORM = _object(
    size=_size("Of the picture.", default="1600x200"),
    color={"type": "string", "format": "color", "default": "#2563eb", "description": "Of the wave."},
    background={"type": "string", "format": "color", "description": "Behind it; transparent by default."},
    pixels_per_second=_integer(1, 24_000, 100, "Pairs of peaks a second in the JSON file."),
    bits={"enum": [8, 16], "default": 8, "description": "Of a peak: from -128 to 127, or from -32768 to 32767."},
    split_channels={
        "type": "boolean",
        "default": False,
        "description": "Left and right for themselves, in place of their mean.",
    },
)

PROXY = {
    **_object(
        max_size=_size("The box into which the video is made to fit, either way up.", default="640x360"),
        crf=_integer(0, 51, 28, "How much detail is given up: x264's scale, 51 is the worst."),
        bitrate=_integer(50, 50_000, None, "Kilobits a second on average, in place of `crf`."),
        keyframe_every=_duration(
            "The time from one key frame to the next: players and editors jump to these.", default="1s"
        ),
        sound={"type": "boolean", "default": True, "description": "Whether the sound comes along."},
    ),
    "not": {"required": ["crf", "bitrate"]},
}

"""Final Cut Pro 7 XML (xmeml version 4), which Premiere Pro and DaVinci Resolve read as well.

The adapter passes on what stands in the metadata under `fcp_xml` as elements of the file; so the words of that format
for what OpenTimelineIO has none for, like the level of a sound, are put there. They are those of Apple's Final Cut Pro
XML Interchange Format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from clipline.values import Color, parse_color
from clipline_otio.building import KEY, TEXT
from clipline_otio.library import otio, parse, serialize

__all__ = ["level_of", "rate_of", "read", "size_of", "text_of", "write"]

_META = "fcp_xml"
_LEVEL = "audiolevels"
#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# --- writing ---------------------------------------------------------------------------------------------------------


def write(timeline: Any) -> str:
    """The XML of a timeline with whole frames of a broadcast rate."""
    made = timeline.deepcopy()
    made.name = _text(made.name)
    rate = made.global_start_time.rate
    made.metadata[_META] = _format(made.metadata[KEY], rate)
    for track in made.tracks:
        for clip in track.find_clips():
            clip.name = _text(clip.name)
            own: dict[str, Any] = {}
            if track.kind == otio().schema.TrackKind.Audio:
                own["sourcetrack"] = {"mediatype": "audio", "trackindex": "1"}
                if (volume := clip.metadata[KEY].get("volume")) is not None:
                    own["filter"] = {"effect": _level(volume)}
            clip.metadata[_META] = own
            _prepare(clip.media_reference)
    return serialize(made, "fcp7")


def _text(name: str) -> str:
    return _FORBIDDEN.sub(" ", name)


def _format(own: Mapping[str, Any], rate: float) -> dict[str, Any]:
    if not own["width"]:
        return {}
    timebase, ntsc = round(rate), "FALSE" if rate == round(rate) else "TRUE"
    picture = {
        "width": str(own["width"]),
        "height": str(own["height"]),
        "pixelaspectratio": "square",
        "fielddominance": "none",
        "rate": {"timebase": str(timebase), "ntsc": ntsc},
    }
    return {"media": {"video": {"format": {"samplecharacteristics": picture}}}}


def _level(volume: float) -> dict[str, Any]:
    """The filter "Audio Levels": a factor, 3.98 at most, which is 12 dB."""
    level = {"parameterid": "level", "name": "Level", "valuemin": "0", "valuemax": "3.98109", "value": f"{volume:.6g}"}
    return {
        "name": "Audio Levels",
        "effectid": _LEVEL,
        "effectcategory": _LEVEL,
        "effecttype": _LEVEL,
        "mediatype": "audio",
        "parameter": level,
    }


def _prepare(media: Any) -> None:
    schema = otio().schema
    if isinstance(media, schema.ExternalReference):
        # The host is always written in this format.
        media.target_url = re.sub(r"^file:///", "file://localhost/", media.target_url)
        if holds := [kind for kind, there in media.metadata[KEY].items() if there]:
            media.metadata[_META] = {"media": dict.fromkeys(holds)}
    elif isinstance(media, schema.GeneratorReference):
        color = parse_color(media.parameters["color"])
        shades = {"alpha": "255", "red": str(color.red), "green": str(color.green), "blue": str(color.blue)}
        parameters = [
            {"parameterid": "str", "name": "Text", "value": _text(media.parameters["text"])},
            {"parameterid": "fontcolor", "name": "Font Color", "value": shades},
        ]
        media.metadata[_META] = {
            "effectcategory": "Text",
            "effecttype": "generator",
            "mediatype": "video",
            "parameter": parameters,
        }


# --- reading ---------------------------------------------------------------------------------------------------------


def read(text: str) -> Any:
    """The timeline of an XML; a collection where it holds several sequences.

    Raises:
        OTIOError: of OpenTimelineIO, or one of `library.BROKEN`: it is no such XML.
    """
    return parse(text, "fcp7")


def size_of(timeline: Any) -> tuple[int, int]:
    """The size of the picture; 0 where the file does not say."""
    found: Any = timeline.metadata.get(_META, {})
    for key in ("media", "video", "format", "samplecharacteristics"):
        found = found.get(key) if hasattr(found, "get") else None
    if not hasattr(found, "get"):
        return 0, 0
    width, height = str(found.get("width", "")), str(found.get("height", ""))
    return (int(width), int(height)) if width.isdecimal() and height.isdecimal() else (0, 0)


def rate_of(timeline: Any) -> float | None:
    """The frame rate of the sequence; None where the file does not say."""
    rate = timeline.metadata.get(_META, {}).get("rate")
    if not hasattr(rate, "get") or not str(rate.get("timebase", "")).isdecimal():
        return None
    ntsc = str(rate.get("ntsc", "")).upper() == "TRUE"
    return float(Fraction(int(rate["timebase"])) * (Fraction(1000, 1001) if ntsc else 1))


def level_of(effect: Any) -> float | None:
    """How loud an effect makes its sound; None where it is another one, or the level moves."""
    own = effect.metadata.get(_META, {})
    if own.get("effectid") != _LEVEL:
        return None
    value = _parameters(own).get("level")
    try:
        return float(value) if value is not None else None
    except (TypeError, ValueError):
        return None


def text_of(media: Any) -> tuple[str, Color | None] | None:
    """What a generator writes over the picture, and its colour; None where it is no text."""
    if media.generator_kind != TEXT:
        return None
    if "text" in media.parameters:
        return str(media.parameters["text"]), parse_color(media.parameters.get("color", "white"))
    parameters = _parameters(media.metadata.get(_META, {}))
    shades = parameters.get("fontcolor")
    try:
        color = Color(*(int(shades[name]) for name in ("red", "green", "blue"))) if shades is not None else None
    except (KeyError, TypeError, ValueError):
        color = None
    return (str(parameters["str"]), color) if parameters.get("str") else None


def _parameters(own: Mapping[str, Any]) -> dict[str, Any]:
    given = own.get("parameter", [])
    listed = [given] if hasattr(given, "get") else list(given)
    return {str(each.get("parameterid")): each.get("value") for each in listed if hasattr(each, "get")}

"""What may be asked of a media file, and what a policy file holds, as JSON Schemas. Imports no video library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["MEDIA_CHECKS_SCHEMA", "POLICY_SCHEMA", "SHIPPED_POLICIES"]

_TIME = {"type": ["number", "string"], "format": "duration"}
_COMPARED = {
    "type": "string",
    "pattern": r"^\s*(>=|<=|!=|==|>|<)\s*[0-9][0-9.:hms]*\s*$",
    "x-clipline-form": "a comparison like '>=10'",
}
_SHARE = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*%$", "x-clipline-form": "a share like 5%"}
_LEVEL = {"type": "number", "maximum": 0}


def _shape(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": list(required)} if required else {"minProperties": 1}),
    }


def _levels(description: str, *forms: Mapping[str, Any]) -> dict[str, Any]:
    """A value in one of its forms, or one for each level: what does not hold for `warn` warns only."""
    value = forms[0] if len(forms) == 1 else {"anyOf": list(forms)}
    return {"description": description, "anyOf": [*forms, _shape(warn=value, fail=value)]}


def _number(what: str, value: Mapping[str, Any], tolerance: str) -> dict[str, Any]:
    """A value with a comparison, a range, or a value with a tolerance."""
    return _levels(
        f"{what}: a value (within {tolerance}), a comparison like '>=10', {{min, max}}, or {{near, tolerance}}.",
        value,
        _COMPARED,
        _shape(min=value, max=value),
        _shape("near", near=value, tolerance=value),
    )


def _longest(what: str) -> dict[str, Any]:
    return _levels(f"{what} for longer than this fails; 0 allows none at all.", _TIME)


def _or_off(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A check's schema with `false`, which leaves the check out."""
    return {**schema, "anyOf": [*schema["anyOf"], {"const": False}]} if "anyOf" in schema else schema


_WORDS = ({"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1})
_LU = {"type": "number", "exclusiveMinimum": 0}
_LIKENESS = {"type": "number", "minimum": 0, "maximum": 1}

_FORMS: Mapping[str, Any] = {
    "decodes": {"type": "boolean", "description": "Every frame to the end can be decoded."},
    "duration": _number("Length in seconds", _TIME, "0.1 s"),
    "size": _levels("Width x height as displayed, like 1920x1080.", {"type": "string", "format": "size"}),
    "fps": _number("Frames a second", {"type": "number"}, "0.01"),
    "video_codec": _levels("One of these, like h264 or vp9.", *_WORDS),
    "audio_codec": _levels("One of these, like aac or opus; none where there is to be no sound.", *_WORDS),
    "container": _levels("One of these, like mp4, mov, webm, mkv or gif.", *_WORDS),
    "black": _longest("A black picture"),
    "frozen": _longest("A picture that does not change"),
    "letterbox": _levels(
        "Black bars, for half a second or more, that take a larger share of height or width than this, like 5%.",
        _SHARE,
    ),
    "flashes": _levels(
        "More flashes than this in any second, over more than a quarter of the picture (WCAG 2.3.1, ITU-R BT.1702: 3).",
        {"type": "number", "minimum": 1},
    ),
    "silence": _longest("Silence"),
    "loudness": _levels(
        "Integrated loudness in LUFS (EBU R 128): the target (within 1 LU), {target, tolerance}, or "
        "{target, warn, fail} with a tolerance for each level.",
        _LEVEL,
        _shape("target", target=_LEVEL, tolerance=_LU),
        _shape("target", target=_LEVEL, warn=_LU, fail=_LU),
    ),
    "true_peak": _levels("A higher true peak in dBTP (ITU-R BS.1770) fails.", {"type": "number"}),
    "av_length": _levels("Picture and sound that end further apart than this.", _TIME),
    "likeness": _levels(
        "How like the source the picture must be where it was not edited: SSIM from 0 to 1, or {ssim, psnr} with "
        "PSNR in dB. What was edited is found by comparing.",
        _LIKENESS,
        _shape(ssim=_LIKENESS, psnr={"type": "number", "minimum": 0}),
    ),
    "changed": _levels(
        "An edit that changes a larger share of the picture than this, like 20%, compared with the source.", _SHARE
    ),
}

_CHECKS = {name: _or_off(schema) for name, schema in _FORMS.items()}

#: JSON Schema 2020-12 of the second argument of `quality_checks.check_media`.
MEDIA_CHECKS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        **_CHECKS,
        "source": {
            "type": "string",
            "format": "path",
            "x-clipline-exists": True,
            "description": "What `likeness` and `changed` compare with; by default the clip that was edited.",
        },
    },
}

#: The policies that come with clipline; each is a file in `policies`.
SHIPPED_POLICIES = ("web", "broadcast", "podcast")


#: JSON Schema 2020-12 of a policy file.
POLICY_SCHEMA: Mapping[str, Any] = {
    "title": "a policy",
    "type": "object",
    "required": ["policy", "checks"],
    "additionalProperties": False,
    "properties": {
        "policy": {"const": 1, "description": "The version of the file's form."},
        "description": {"type": "string"},
        "extends": {"enum": list(SHIPPED_POLICIES), "description": "The policy whose checks count where none is here."},
        "checks": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": _CHECKS,
            "description": "What is wanted, as in the check `media`; false leaves a check of `extends` out.",
        },
    },
}

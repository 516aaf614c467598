"""The six stage kinds that clipline ships: what may stand in their `with:`, and what they leave for later stages.

These schemas are the reference: the documentation and the help of editors are made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clipline.hookspecs import StageSpecs
from clipline.stage import StageKind
from clipline.studio.checks.check_schema import POLICY_SCHEMA, SHIPPED_POLICIES
from clipline.timeline import OPERATIONS_SCHEMA

__all__ = ["KINDS"]


def _options(properties: Mapping[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties or {}), "additionalProperties": False, **others}


def _outputs(**properties: Any) -> dict[str, Any]:
    """Open: a backend may say more than every backend does."""
    return {"type": "object", "properties": properties}


_PATHS = {"type": "array", "items": {"type": "string"}}
_WORDS = {"type": "array", "items": {"type": "string"}}


# --- auth ------------------------------------------------------------------------------------------------------------

AUTH = StageKind(
    "auth",
    StageSpecs,
    options=_options(),
    outputs=_outputs(account={"type": "string", "description": "Who works: an account's name, or this machine."}),
    summary="Make ready to work: an account, a session. On this machine there is nothing to do.",
    effectful=True,
)


# --- upload ----------------------------------------------------------------------------------------------------------

_FILE = {"type": "string", "format": "path", "x-clipline-exists": True}

UPLOAD = StageKind(
    "upload",
    StageSpecs,
    options=_options(
        {
            "files": {
                "anyOf": [_FILE, {"type": "array", "items": _FILE, "minItems": 1}],
                "description": "The clip to edit, first; then further clips, images and sounds to use in it.",
            },
            "urls": {
                "type": "array",
                "items": {"type": "string", "pattern": "^https?://"},
                "minItems": 1,
                "description": "Addresses that the service fetches media from by itself.",
            },
            "use": {
                "enum": ["clip", "material"],
                "description": "`clip`, the default: the first video is what is edited from then on; where there is "
                "none, the first image. `material`: the files are only at hand, for backgrounds and music.",
            },
        },
        anyOf=[{"required": ["files"]}, {"required": ["urls"]}],
    ),
    outputs=_outputs(
        files={**_PATHS, "description": "The files handed over, as absolute paths."},
        media={"type": "array", "description": "What each file holds: kind, duration, width, height, fps and so on."},
    ),
    summary="Hand over the clip to edit, and images, sounds and further clips to use in it.",
    effectful=True,
)


# --- edit ------------------------------------------------------------------------------------------------------------

EDIT = StageKind(
    "edit",
    StageSpecs,
    options=_options(
        {
            "instruction": {
                "type": "string",
                "minLength": 1,
                "description": "What to do, in words: `remove the background person`, `blur the background`.",
            },
            "operations": {**OPERATIONS_SCHEMA, "description": "What to do, as data, instead of an instruction."},
            "quality": {
                "enum": ["normal", "strict"],
                "default": "normal",
                "description": "`strict` refuses what would come out in low quality, like a removal where the camera "
                "cannot be followed; `normal` does it and says so.",
            },
        },
        anyOf=[{"required": ["instruction"]}, {"required": ["operations"]}],
    ),
    outputs=_outputs(
        changed={"type": "boolean", "description": "Whether the edit changed anything."},
        changes={**_WORDS, "description": "What changed, in words."},
        understood={**_WORDS, "description": "What the instruction was taken to mean."},
        text={"type": "string", "description": "What the backend answered, in words."},
        timeline={"type": "object", "description": "The tracks and segments after the edit."},
        summary={"type": "string", "description": "The timeline in one line."},
    ),
    summary="Change the clip as an instruction or a list of operations says.",
    effectful=True,
)


# --- verify ----------------------------------------------------------------------------------------------------------

_POLICY_FILE = {
    **_FILE,
    "x-clipline-holds": POLICY_SCHEMA,
    "x-clipline-form": f"a policy file, or one of {', '.join(SHIPPED_POLICIES)}",
}

VERIFY = StageKind(
    "verify",
    StageSpecs,
    options=_options(
        {
            "expect": {
                "type": "object",
                "properties": {
                    "change": {
                        "enum": ["any", "none"],
                        "default": "any",
                        "description": "`any`: the last edit must have changed something; `none`: it must not have.",
                    }
                },
                "additionalProperties": False,
                "description": "What the last edit must have done.",
            },
            "policy": {
                "anyOf": [{"enum": list(SHIPPED_POLICIES)}, _POLICY_FILE],
                "description": "What is wanted of the exported files: a policy that comes with clipline, or a policy "
                "file. What the check `media` says besides goes before it.",
            },
        },
        **{"x-clipline-checks": True},
    ),
    outputs=_outputs(
        findings={
            "type": "array",
            "description": "What the checks found, each with its check, level and text, what it is `about`, and the "
            "`times` of that: `start` and `end` in seconds.",
        },
    ),
    summary="Check the edit and the files exported so far; a check that does not hold fails the run with status 3.",
)


# --- export ----------------------------------------------------------------------------------------------------------

_SIZE = {"type": "string", "format": "size"}

EXPORT = StageKind(
    "export",
    StageSpecs,
    options=_options(
        {
            "to": {
                "type": "string",
                "minLength": 1,
                "default": "{name}-edited.{ext}",
                "description": "The file's name inside the output folder, perhaps in folders below it. Fields: {name} "
                "of the source, {run}, {date}, {time}, {index} of the loop, {ext} of the format.",
            },
            "format": {
                "enum": ["mp4", "mov", "webm", "mkv", "gif", "png", "jpg", "webp"],
                "description": "The container; by default what the name's extension says, else what the instruction "
                "asked for, else mp4, or of a photo a photo. `png`, `jpg` and `webp` are one picture, of a photo; of a "
                "video `png` makes a folder of frames.",
            },
            "quality": {
                "enum": ["low", "medium", "high", "best"],
                "default": "high",
                "description": "How much of the picture the file keeps; `high` is hard to tell from the source. On "
                "this machine `high` and `best` copy an H.264 or VP9 picture where nothing changes it and each cut is "
                "at a key frame.",
            },
            "size": {**_SIZE, "description": "Exactly this width and height in pixels, like 1920x1080."},
            "max_size": {
                **_SIZE,
                "description": "A box to fit into, either way up, like 1080x1920; nothing is enlarged.",
            },
            "fps": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 240,
                "description": "Frames a second; by default the source's, in a GIF at most 10, 12.5, 20 or 25 by "
                "quality.",
            },
            "preview": {
                "type": "boolean",
                "default": False,
                "description": "A quick, small file to look at before the real one.",
            },
            "collision": {
                "enum": ["fail", "overwrite", "number"],
                # Losing somebody's file is worse than being asked again.
                "default": "fail",
                "description": "What to do where the file exists: stop before the work, replace it, or add a number.",
            },
            "sidecar": {
                "type": "boolean",
                "default": True,
                "description": "Write the facts beside the file, as FILE.json: sources, operations, versions, hashes.",
            },
            "post_export": {
                "type": "array",
                "x-clipline-post-export": True,
                "description": "Steps to do with the exported file, one after the other.",
            },
        }
    ),
    outputs=_outputs(
        files={**_PATHS, "description": "The exported files, as absolute paths."},
        sources={**_PATHS, "description": "The files that they were made from."},
        format={"type": "string", "description": "The container."},
        duration={"type": "number", "description": "Seconds."},
        width={"type": "integer", "description": "Pixels."},
        height={"type": "integer", "description": "Pixels."},
        fps={"type": "number", "description": "Frames a second."},
        bytes={"type": "integer", "description": "The size of the file."},
        sha256={"type": "string", "description": "The file's hash, in hex."},
    ),
    summary="Make the file, check it, and put it into the output folder whole.",
    effectful=True,
)


# --- notify ----------------------------------------------------------------------------------------------------------

NOTIFY = StageKind(
    "notify",
    StageSpecs,
    options=_options(
        {
            "via": {
                "type": "array",
                "x-clipline-channels": True,
                "minItems": 1,
                "default": ["console"],
                "description": "The channels to use, in this order.",
            },
            "message": {
                "type": "string",
                "minLength": 1,
                "description": "What to say; by default one line on what was made.",
            },
        }
    ),
    outputs=_outputs(
        text={"type": "string", "description": "What was said."},
        sent={**_WORDS, "description": "The channels that took it."},
    ),
    summary="Tell somebody what was made, or what went wrong.",
    effectful=True,
)

KINDS = (AUTH, UPLOAD, EDIT, VERIFY, EXPORT, NOTIFY)

"""Timelines in the formats of editing programs: OpenTimelineIO, CMX 3600 EDL and Final Cut Pro 7 XML.

Three stage kinds: `export_timeline` writes the edit as the backend has it, and reports what each format does not carry;
`assemble` makes one clip of a timeline file, from which a pipeline goes on; `consolidate` makes a clip of each shot in
it, so that each can be edited on its own. `export_timeline` may stand under `post_export` too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clipline.stage import Exported, PostExportStep, StageCall, StageKind, StageResult, hookimpl, hookspec
from clipline.values import JsonObject

clipline_api = "1"

_COLLISION = {
    "enum": ["fail", "overwrite", "number"],
    "default": "fail",
    "description": "What to do if a file is there already.",
}

EXPORT_OPTIONS = {
    "type": "object",
    "properties": {
        "formats": {
            "type": "array",
            "items": {"enum": ["otio", "edl", "fcp7"]},
            "minItems": 1,
            "uniqueItems": True,
            "default": ["otio", "edl", "fcp7"],
            "description": "OpenTimelineIO, CMX 3600 edit decision list, Final Cut Pro 7 XML.",
        },
        "to": {
            "type": "string",
            "default": "{name}.{ext}",
            "description": "The files to make, in the output folder: one for each format, and {name}.losses.json.",
        },
        "version": {
            "enum": ["after", "before"],
            "default": "after",
            "description": "The timeline after the last edit, or before it.",
        },
        "media": {
            "enum": ["absolute", "relative"],
            "default": "absolute",
            "description": "How media files are named. Final Cut Pro 7 XML names them absolutely in any case.",
        },
        "collision": _COLLISION,
    },
    "additionalProperties": False,
}
_FILES = {"type": "array", "items": {"type": "string"}}
EXPORT_OUTPUTS = {
    "type": "object",
    "properties": {
        "files": {**_FILES, "description": "The timeline files."},
        "report": {"type": "string", "description": "The JSON file that says what each of them does not carry."},
        "losses": {"type": "array", "description": "The same: format, file, lost and only_clipline_reads of each."},
    },
    "additionalProperties": False,
}

ASSEMBLE_OPTIONS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "timeline": {
            "type": "string",
            "format": "path",
            "x-clipline-exists": True,
            "description": "The .otio, .edl or Final Cut Pro 7 .xml file.",
        },
        "to": {
            "type": "string",
            "pattern": r"(\{ext\}|\.mp4)$",
            "default": "{name}-assembled.{ext}",
            "description": "The MP4 to make, in the output folder; {name} is the timeline file's.",
        },
        "media": {
            "type": "string",
            "format": "path",
            "description": "A folder in which media is looked for by its name where it is not at its address.",
        },
        "relink": {
            "enum": ["missing", "all"],
            "default": "missing",
            "description": "What is taken from there: media that is missing at its address, or all pictures.",
        },
        "rate": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "The frames a second that the timecodes of an EDL count; it does not say so itself.",
        },
        "fps": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Frames a second of the clip: the broadcast rate nearest to it; the timeline's by default.",
        },
        "size": {
            "type": "string",
            "format": "size",
            "description": "Of the clip's picture; the timeline's by default, else that of its first clip.",
        },
        "sound": {
            "enum": ["tracks", "clips", "none"],
            "description": "What is heard: the tracks of sound, by default where there are any; else the clips' own.",
        },
        "unsupported": {
            "enum": ["fail", "warn"],
            "default": "fail",
            "description": "What to do about transitions, effects, speeds and all else that cannot be carried out.",
        },
        "collision": _COLLISION,
    },
    "required": ["timeline"],
    "additionalProperties": False,
}
ASSEMBLE_OUTPUTS = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "description": "The clip."},
        "files": {**_FILES, "description": "The clip, as a list."},
        "sources": {**_FILES, "description": "The media that it was made from."},
        "operations": {"type": "array", "description": "Edits that the timeline asks for, to be given to `edit`."},
        "duration": {"type": "number", "description": "Seconds of the clip."},
        "clips": {"type": "integer", "description": "How many clips it was made from, counted as they are seen."},
        "timeline": {"type": "object", "description": "The timeline as clipline reads it."},
    },
    "additionalProperties": False,
}


CONSOLIDATE_OPTIONS = {
    **ASSEMBLE_OPTIONS,
    "properties": {
        **{name: schema for name, schema in ASSEMBLE_OPTIONS["properties"].items() if name != "sound"},
        "to": {
            "type": "string",
            "default": "{name}-shots/{name}",
            "description": "How the files begin, in the output folder: TO-001.mp4, TO-002.mp4 and so on, and TO.otio.",
        },
    },
}
CONSOLIDATE_OUTPUTS = {
    "type": "object",
    "properties": {
        "shots": {
            "type": "array",
            "description": "Each shot: its file, name, duration and operations, which are edits.",
        },
        "files": {**_FILES, "description": "The clips of the shots."},
        "timeline": {
            "type": "string",
            "description": "The .otio of these clips, with the sounds and titles as before.",
        },
        "sources": {**_FILES, "description": "The media that they were made from."},
    },
    "additionalProperties": False,
}


class Specification:
    """The hooks that this package adds."""

    @hookspec(firstresult=True)
    def export_timeline(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Write the edit into timeline files."""

    @hookspec(firstresult=True)
    def assemble(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Make one clip of a timeline file."""

    @hookspec(firstresult=True)
    def consolidate(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Make a clip of each shot of a timeline file."""


_EXPORT_SUMMARY = "Writes the edit as .otio, EDL and Final Cut Pro 7 XML, and what each of them loses."


@hookimpl
def stage_kinds() -> Sequence[StageKind]:
    """Offer `export_timeline`, `assemble` and `consolidate`."""
    whole = "Makes one clip of the cuts and sounds of an .otio, an EDL or a Final Cut Pro 7 XML."
    shots = "Makes a clip of each shot of a timeline file, and a timeline of these clips."
    return [
        StageKind("export_timeline", Specification, EXPORT_OPTIONS, EXPORT_OUTPUTS, _EXPORT_SUMMARY),
        StageKind("assemble", Specification, ASSEMBLE_OPTIONS, ASSEMBLE_OUTPUTS, whole),
        StageKind("consolidate", Specification, CONSOLIDATE_OPTIONS, CONSOLIDATE_OUTPUTS, shots),
    ]


@hookimpl
def post_export_steps() -> Sequence[PostExportStep]:
    """Offer `export_timeline` after an export, too."""
    return [PostExportStep("export_timeline", _after_export, EXPORT_OPTIONS, _EXPORT_SUMMARY)]


@hookimpl
def export_timeline(call: StageCall, options: JsonObject) -> StageResult:
    """Write the timeline of the session.

    Raises:
        CliplineError: there is none, or a file cannot be written.
    """
    from clipline_otio.exporting import export  # here, since it imports OpenTimelineIO

    return export(call, options)


@hookimpl
def assemble(call: StageCall, options: JsonObject) -> StageResult:
    """Make one clip of a timeline file.

    Raises:
        CliplineError: the file or its media cannot be used, or it asks for what cannot be done.
    """
    from clipline_otio.assembling import assemble as make  # here, since it imports the video libraries

    return make(call, options)


@hookimpl
def consolidate(call: StageCall, options: JsonObject) -> StageResult:
    """Make a clip of each shot of a timeline file.

    Raises:
        CliplineError: as `assemble`.
    """
    from clipline_otio.assembling import consolidate as make

    return make(call, options)


def _after_export(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    from clipline_otio.exporting import after_export

    return after_export(call, exported, options)

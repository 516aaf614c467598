"""The vocabulary of these tests: the six kinds, with options of every sort."""

from __future__ import annotations

from typing import Any

from clipline.pipeline.vocabulary import KindInfo, StepInfo, Vocabulary
from clipline.timeline import OPERATIONS_SCHEMA

PATH = {"type": "string", "format": "path"}
DURATION = {"type": ["string", "number"], "format": "duration"}
SIZE = {"type": "string", "format": "size"}
COUNT = {"type": ["integer", "string"], "format": "count"}


def options(properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties or {}, "additionalProperties": False, **more}


TIMELINE_CHECK = options(
    {"tracks": options(dict.fromkeys(("video", "audio", "text"), COUNT)), "duration": DURATION}, minProperties=1
)

VOCABULARY = Vocabulary(
    kinds={
        "auth": KindInfo("auth", options()),
        "upload": KindInfo(
            "upload",
            options(
                {
                    "files": {"anyOf": [PATH, {"type": "array", "items": PATH, "minItems": 1}]},
                    "urls": {"type": "array", "items": {"type": "string", "pattern": "^https?://"}},
                },
                anyOf=[{"required": ["files"]}, {"required": ["urls"]}],
            ),
        ),
        "edit": KindInfo(
            "edit",
            options(
                {
                    "instruction": {"type": "string", "minLength": 1},
                    "operations": OPERATIONS_SCHEMA,
                    "expect": options({"change": {"enum": ["any", "none"]}}),
                    "quality": {"enum": ["normal", "strict"]},
                    "fill": {"anyOf": [{"type": "string", "format": "color"}, {"enum": ["blur"]}, PATH]},
                },
                minProperties=1,
            ),
            outputs=options({"changed": {"type": "boolean"}, "summary": {"type": "string"}}),
            backend_options={"nemo": options({"session": {"type": "string"}})},
        ),
        "verify": KindInfo(
            "verify", options({"expect": options({"change": {"enum": ["none"]}})}, **{"x-clipline-checks": True})
        ),
        "export": KindInfo(
            "export",
            options(
                {
                    "to": {"type": "string", "format": "output", "minLength": 1},
                    "format": {"enum": ["mp4", "mov", "webm", "mkv", "gif", "png"]},
                    "quality": {"enum": ["low", "medium", "high"]},
                    "max_size": SIZE,
                    "fps": {"type": "number", "exclusiveMinimum": 0, "maximum": 240},
                    "crf": {"type": "integer", "minimum": 0, "maximum": 51},
                    "preview": {"type": "boolean"},
                    "collision": {"enum": ["fail", "overwrite", "number"]},
                    "post_export": {"type": "array", "x-clipline-post-export": True},
                },
                required=["to"],
            ),
            outputs=options({"files": {"type": "array"}, "sha256": {"type": "string"}}),
        ),
        "notify": KindInfo("notify", options({"via": {"type": "array", "x-clipline-channels": True}})),
    },
    post_export={
        "contact_sheet": StepInfo("contact_sheet", options({"frames": {"type": "integer", "minimum": 1}})),
        "command": StepInfo(
            "command",
            options({"argv": {"type": "array", "items": {"type": "string"}, "minItems": 1}}, required=["argv"]),
        ),
    },
    channels={
        "console": StepInfo("console"),
        "file": StepInfo("file", options({"path": PATH}, required=["path"])),
        "webhook": StepInfo(
            "webhook",
            options(
                {"url": {"type": "string"}, "secret": {"type": "string", "x-clipline-secret": True}}, required=["url"]
            ),
            frozenset({"secret"}),
        ),
    },
    checks={"timeline": StepInfo("timeline", TIMELINE_CHECK)},
)

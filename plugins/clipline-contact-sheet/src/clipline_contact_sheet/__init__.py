"""A post-export step: a PNG that shows moments of the clip before the edit, above the same moments after it.

This package is the executable documentation of the seam for post-export steps: a description, a function, an entry
point.
"""

from __future__ import annotations

from collections.abc import Sequence

from clipline.stage import Exported, PostExportStep, StageCall, StageResult, hookimpl
from clipline.values import JsonObject

clipline_api = "1"

OPTIONS = {
    "type": "object",
    "properties": {
        "frames": {
            "type": "integer",
            "minimum": 1,
            "maximum": 24,
            "default": 6,
            "description": "How many moments are shown, spread evenly over the clip.",
        }
    },
    "additionalProperties": False,
}


@hookimpl
def post_export_steps() -> Sequence[PostExportStep]:
    """Offer `contact_sheet`."""
    return [PostExportStep("contact_sheet", make, OPTIONS, summary="A picture of the clip before, above after.")]


def make(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    """Write `NAME-contact-sheet.png` beside each exported video.

    Raises:
        CliplineError: a file cannot be read, or the picture cannot be written.
    """
    from clipline.studio.writing.contact_sheet import contact_sheet  # here, since it imports the video libraries

    sheets = []
    for after in exported.files:
        target = after.with_name(f"{after.stem}-contact-sheet.png")
        sheet = call.files.delivered(target)  # by an attempt that was killed before it could say so
        if sheet is None:
            temporary = call.files.temporary(target)
            contact_sheet(exported.sources[0], after, temporary, int(options.get("frames", 6)))
            sheet = call.files.deliver(temporary, target, collision="overwrite")
        sheets.append(sheet)
    return StageResult(outputs={"files": [str(sheet.path) for sheet in sheets]}, artifacts=tuple(sheets))

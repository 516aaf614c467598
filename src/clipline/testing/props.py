"""The stage on which a part is tried: a plugin whose backend `props` stands for whatever came before the part.

Its `export` delivers the files that it is handed and says what it is told to say; its timeline is the one that lies in
the file it is told of. Never installed: the conformance kit puts its entry point beside the part that it tries.
"""

from __future__ import annotations

import base64
import pickle
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clipline.stage import Backend, StageCall, StageResult, Support, TimelineView, hookimpl
from clipline.values import JsonObject

__all__ = ["PROPS", "as_text", "backends", "clipline_api"]

clipline_api = "1"

PROPS = "props"
_BLOCK: JsonObject = {
    "type": "object",
    "properties": {
        "files": {"type": "array", "items": {"type": "string"}, "description": "The files to deliver."},
        "outputs": {"type": "object", "description": "What the export says beside its files."},
        "view": {"type": "string", "description": "The timeline, as `as_text` wrote it."},
    },
    "additionalProperties": False,
}


def as_text(view: TimelineView | None) -> str:
    """A timeline as text that only the same test reads again."""
    return base64.b64encode(pickle.dumps(view)).decode()


class PropsBackend:
    """Answers `export` and nothing else."""

    @hookimpl
    def supports(self) -> Mapping[str, Mapping[str, Support]]:
        """An export that is followed by steps."""
        return {"export": {"post_export": "native"}}

    @hookimpl
    def export(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Deliver the files as they are, under their names."""
        told: Mapping[str, Any] = options.get(PROPS, {})
        made = []
        for source in map(Path, told.get("files", ())):
            target = call.out / source.name
            artifact = call.files.delivered(target)
            if artifact is None:
                temporary = call.files.temporary(target)
                (shutil.copytree if source.is_dir() else shutil.copyfile)(source, temporary)
                artifact = call.files.deliver(temporary, target, collision="overwrite")
            made.append(artifact)
        outputs = {**told.get("outputs", {}), "files": [str(each.path) for each in made]}
        return StageResult(outputs, {"view": told.get("view", "")}, tuple(made))

    @hookimpl
    def timeline(self, call: StageCall) -> TimelineView | None:
        """The timeline that the export was told of."""
        text = call.state.get("view")
        return pickle.loads(base64.b64decode(text)) if text else None  # noqa: S301 - the test's own bytes


@hookimpl
def backends() -> Sequence[Backend]:
    """The backend `props`."""
    return (Backend(PROPS, lambda _: PropsBackend(), "What came before, in a test.", {"export": _BLOCK}),)

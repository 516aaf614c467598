"""The suite for a post-export step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clipline.stage import Exported
from clipline.testing.clips import tiny_clip
from clipline.testing.conformance.run import RunConformance
from clipline.testing.conformance.secrets import Trail
from clipline.testing.props import PROPS
from clipline.testing.scene import Job

__all__ = ["PostExportConformance"]


class PostExportConformance(RunConformance):
    """A step after an export that delivered `exported`.

    Override `options(folder)` with options for which it does its work; `exported(folder)` with what it works on;
    `charges()` where it has another side that counts effects.
    """

    sort = "post_export_steps"

    def exported(self, folder: Path) -> Exported:
        """What was exported: the tiny clip, made from the tiny clip."""
        clip = tiny_clip(folder / "clip.mp4")
        return Exported((tiny_clip(folder / "clip-edited.mp4"),), (clip,), {})

    def _job(self, folder: Path) -> Job:
        exported = self.exported(folder)
        told = {
            "files": [str(file) for file in exported.files],
            "outputs": {**exported.outputs, "sources": [str(source) for source in exported.sources]},
        }
        steps = [{self.name: dict(self.options(folder))}]
        export = {"stage": "export", "with": {PROPS: told, "post_export": steps}}
        return Job({"stages": [export]}, self._path(), PROPS, dict(self.settings(folder)))

    def _path(self) -> str:
        return "export.post_export[0]"

    def _secret_options(self) -> Sequence[Trail]:
        named = self._part_or_skip().secret_options
        return [("stages", 0, "with", "post_export", 0, self.name, option) for option in named]

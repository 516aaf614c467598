"""The suite for a stage kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from clipline.pipeline.schema import schema_complaint
from clipline.testing.clips import tiny_clip
from clipline.testing.conformance.plugin import fail
from clipline.testing.conformance.run import RunConformance
from clipline.testing.conformance.secrets import Trail
from clipline.testing.props import PROPS
from clipline.testing.scene import Ending, Job

__all__ = ["StageConformance"]


class StageConformance(RunConformance):
    """A stage kind, after an export that delivered `files`.

    Override `options(folder)` with options for which it does its work; `files(folder)` with what was exported before;
    `charges()` where it has another side that counts effects.
    """

    sort = "stage_kinds"
    #: Who answers the stages; by default a stand-in that only exports, so that the kind's own plugin must.
    backend: ClassVar[str] = PROPS

    def files(self, folder: Path) -> Sequence[Path]:
        """What was exported before; the tiny clip by default."""
        return (tiny_clip(folder / "clip.mp4"),)

    def before(self, folder: Path) -> Sequence[Any]:
        """The stages before the part; by default an export that delivers `files`."""
        files = [str(file) for file in self.files(folder)]
        return [{"stage": "export", "id": "before", "with": {PROPS: {"files": files}}}] if files else []

    def test_the_outputs_schema_is_valid(self) -> None:
        """Expressions of later stages are checked by it."""
        if complaint := schema_complaint(self._part_or_skip().outputs):
            fail(f"the outputs of {self.name!r} have no JSON Schema (2020-12): {complaint}", "mend the schema")

    def _job(self, folder: Path) -> Job:
        part = {"stage": self.name, "id": self._path(), "with": dict(self.options(folder))}
        stages = [*self.before(folder), part]
        return Job({"stages": stages}, self._path(), self.backend, dict(self.settings(folder)))

    def _path(self) -> str:
        return "part"

    def _secret_options(self) -> Sequence[Trail]:
        named = self._part_or_skip().secret_options
        return [("stages", number, "with", name) for name in named for number in range(10)]

    def _judge_result(self, ending: Ending) -> None:
        stage = ending.stage(self._path())
        promised = self._part_or_skip().outputs
        outputs = stage["outputs"] if stage else {}
        missing = set(promised.get("required", ())) - set(outputs)
        more = set(outputs) - set(promised.get("properties", outputs))
        if missing or (more and promised.get("additionalProperties") is False):
            fail(
                f"the outputs {json.dumps(outputs)[:300]} are not as their schema says",
                f"missing: {sorted(missing)}; not promised: {sorted(more)}",
            )

"""The suite for a backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from clipline.app.preparing import run_settings
from clipline.settings import Settings
from clipline.testing.clips import tiny_clip
from clipline.testing.conformance.plugin import fail, lacking
from clipline.testing.conformance.run import RunConformance
from clipline.testing.scene import Ending, Job

__all__ = ["BackendConformance"]


class BackendConformance(RunConformance):
    """A backend: `settings(folder)` say where its other side is, `charges()` how many effects that has seen.

    Override `pipeline(folder)` where it cannot do the default one: auth, upload, an edit, an export.
    """

    sort = "backends"

    def charges(self) -> int:
        """How many paid effects the other side has seen so far."""
        lacking(self, "charges()", "return how many paid effects the other side has seen so far")

    def pipeline(self, folder: Path) -> Mapping[str, object]:
        """A small whole pipeline that it can do."""
        clip = tiny_clip(folder / "clip.mp4")
        return {
            "stages": [
                "auth",
                {"stage": "upload", "with": {"files": str(clip)}},
                {"stage": "edit", "with": {"instruction": "trim to the first 0.5 seconds"}},
                {"stage": "export", "with": {"to": "made.mp4"}},
            ]
        }

    def test_each_stage_needs_only_the_state_that_the_one_before_left(self, tmp_path: Path) -> None:
        """Every stage runs in a process of its own, with a new object: what it knows is `call.state`."""
        paid = self._clean(tmp_path).paid
        before = self.charges()
        ending = self._one_process_a_stage(tmp_path / "split")
        if not ending.ok:
            fail(
                f"with each stage in a process of its own the run does not end well: {ending.told()}",
                "return all that a later stage needs as `StageResult(state=…)`, and read it from `call.state`",
            )
        if (again := self.charges() - before) > paid:
            fail(f"with each stage in a process of its own it was charged {again} times, not {paid}", "as above")

    def test_it_says_what_it_can_do_before_it_does_it(self, tmp_path: Path) -> None:
        """`supports` tells options of kinds, each `native` or `after`, without a network."""
        chosen = Settings.load(overrides=dict(self.settings(tmp_path)), environ={}, state=tmp_path)
        made = self._part_or_skip().create(run_settings(chosen, self.name))
        supports = made.supports() if hasattr(made, "supports") else {}
        wrong = {f"{k}.{o}: {how!r}" for k, each in supports.items() for o, how in each.items() if how not in _HOW}
        if not supports or wrong:
            fail(
                f"supports() says {', '.join(sorted(wrong)) or 'nothing'}",
                'return `{kind: {option: "native"}}` for every option that it takes, or "after" for those that the '
                "studio does to the finished file",
            )

    def schemas(self) -> dict[str, Mapping[str, Any]]:
        """The blocks of its name, by kind."""
        return {f"the block {self.name!r} of {kind!r}": s for kind, s in self._part_or_skip().options.items()}

    # --- doing it ----------------------------------------------------------------------------------------------------

    def _job(self, folder: Path) -> Job:
        return Job(dict(self.pipeline(folder)), "", self.name, dict(self.settings(folder)))

    def _path(self) -> str:
        return ""

    def _effectful(self) -> bool:
        return True

    def _needs_before_kill(self, folder: Path) -> None:
        if not self._one_process_a_stage(folder / "split").ok:
            pytest.skip("needs test_each_stage_needs_only_the_state_that_the_one_before_left")

    def _one_process_a_stage(self, folder: Path) -> Ending:
        """The run, its process killed whenever a second stage starts."""
        scene, job = self._scene(folder)
        ending = scene.run(job, at="second start")
        for _ in range(_MOST_STAGES):
            if not ending.killed:
                break
            ending = scene.resume(job, at="second start")
        return ending

    def _judge_effects(self, first: Ending, paid: int) -> None:  # noqa: ARG002 - kinds say what is an effect
        if not first.ok:
            pytest.skip("needs test_it_does_its_work")


_HOW = {"native", "after"}
#: More processes than a small pipeline has stages.
_MOST_STAGES = 30

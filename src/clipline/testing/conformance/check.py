"""The suite for a check of `verify`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipline.stage import CheckSubject
from clipline.testing.conformance.plugin import fail, lacking
from clipline.testing.conformance.run import RunConformance
from clipline.testing.props import PROPS, as_text
from clipline.testing.scene import Job, Scene

__all__ = ["CheckConformance"]


class CheckConformance(RunConformance):
    """A check: `holds(folder)` gives what it looks at and a wanted value that is met, `fails` one that is not."""

    sort = "verify_checks"

    def holds(self, folder: Path) -> tuple[CheckSubject, object]:  # noqa: ARG002 - for those who override it
        """Something that is as it is wanted."""
        lacking(self, "holds(folder)", "return what to look at and a wanted value that is met")

    def fails(self, folder: Path) -> tuple[CheckSubject, object]:  # noqa: ARG002 - for those who override it
        """Something that is not as it is wanted."""
        lacking(self, "fails(folder)", "return what to look at and a wanted value that is not met")

    def test_a_check_that_does_not_hold_fails_the_stage(self, tmp_path: Path) -> None:
        """A finding of level FAIL ends the run with exit status 3, and says why."""
        self._part_or_skip()
        scene = Scene(tmp_path / "fails", self.plugin)
        ending = scene.run(self._job_of(scene.given, *self.fails(scene.given)))
        codes = [error["exit"] for error in ending.errors]
        if codes != [3]:
            fail(
                f"what is not as it is wanted ends otherwise than with exit status 3: {ending.told()}",
                'return a `Finding("FAIL", …)` that says what was found and what was wanted',
            )

    def schemas(self) -> dict[str, Mapping[str, Any]]:
        """What may be wanted."""
        return {f"what {self.name!r} wants": self._part_or_skip().wanted}

    def _job(self, folder: Path) -> Job:
        return self._job_of(folder, *self.holds(folder))

    def _job_of(self, folder: Path, subject: CheckSubject, wanted: object) -> Job:
        if gone := [file for file in subject.files if not file.exists()]:
            fail(
                f"the files that the check looks at are not all there: {gone[0]}",
                "make each file of a `CheckSubject` in `folder`; `tiny_clip(folder / 'a.mp4')` makes a video",
            )
        told = {"files": [str(file) for file in subject.files], "view": as_text(subject.view)}
        verify = {"stage": "verify", "id": self._path(), "with": {self.name: wanted}}
        return Job(
            {"stages": [{"stage": "export", "with": {PROPS: told}}, verify]},
            self._path(),
            PROPS,
            dict(self.settings(folder)),
        )

    def _path(self) -> str:
        return "part"

"""The suite for a report format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from clipline.engine.results import RunResult, StageOutcome
from clipline.events import Finding
from clipline.testing.conformance.plugin import PluginConformance, fail

__all__ = ["ReportFormatConformance"]

#: What names, messages and findings may hold.
_NASTY = 'Ünïcode 中文 🎬 <b>&amp;"quotes"\' ]]> \x1b[31m\x00\n\tend'


class ReportFormatConformance(PluginConformance):
    """A report format, given results of every sort, with texts as people and services write them."""

    sort = "report_formats"

    @pytest.mark.parametrize("status", ["done", "failed", "cancelled", "waiting"])
    def test_it_tells_of_a_run_however_it_ended(self, status: str) -> None:
        """Bytes, not empty, the same each time."""
        self._written(_result(status, "a plain run"))

    def test_it_bears_every_text(self) -> None:
        """Names and messages come from people, files and services."""
        self._written(_result("failed", _NASTY))

    def test_it_bears_a_run_in_which_nothing_was_done(self) -> None:
        """One that was cancelled at once."""
        self._written(RunResult("run-0", "empty", "cancelled", 130).as_json())

    def test_its_suffix_is_one(self) -> None:
        """A file's name ends in it."""
        suffix = self._part_or_skip().suffix
        if not suffix.startswith(".") or len(suffix) < 2:
            fail(f"the suffix is {suffix!r}", "write it with its point, like `.html`")

    def _written(self, result: Mapping[str, Any]) -> None:
        part = self._part_or_skip()
        before = json.dumps(result)
        try:
            data, again = part.write(result), part.write(json.loads(before))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told
            fail(f"write() raised {type(error).__name__}: {error}", "every result can be told of; escape its texts")
        if not isinstance(data, bytes) or not data:
            fail(f"write() returned {type(data).__name__} of length {len(data or '')}", "return the file's bytes")
        if data != again:
            fail("write() gives other bytes for the same result", "take times and ids from the result, no others")
        if json.dumps(result) != before:
            fail("write() changed the result", "take it as it is: others are given the same one")
        if complaint := _unreadable(data, part.suffix):
            fail(f"what write() gives cannot be read as {part.suffix}: {complaint}", "escape every text of the result")


def _unreadable(data: bytes, suffix: str) -> str:
    """Why a file of a well-known form cannot be read; empty where it can, or the form is another."""
    try:
        if suffix == ".json":
            json.loads(data)
        elif suffix == ".xml":
            ET.fromstring(data)  # noqa: S314 - our own text
    except (ValueError, ET.ParseError) as error:
        return str(error)
    return ""


def _result(status: str, text: str) -> Mapping[str, Any]:
    """A result with a stage of each sort, an error, findings and files."""
    error = {"code": "stage_failed", "exit": 1, "message": text, "hint": text, "retry": "never", "place": None}
    failed = None if status == "done" else {"stage": "export", **error}
    stages = {
        "auth": StageOutcome("auth", "auth", "done", 1, 0.25, {"account": text}),
        "verify": StageOutcome("verify", "verify", "done", 1, 0.1, {"findings": []}, reused=True),
        "export": StageOutcome("export", "export", status, 2, 1.5, {}, (Path("/tmp") / "made.mp4",), failed),  # type: ignore[arg-type]  # noqa: S108 - a name, no file
        "notify": StageOutcome("notify", "notify", "skipped"),
    }
    return RunResult(
        run_id="20260101-000000-abcdef",
        name=text,
        status=status,  # type: ignore[arg-type]  # the parameters of the test
        exit=0 if status == "done" else 1,
        stages=stages,
        files=(Path("/tmp") / "made.mp4",),  # noqa: S108 - a name, no file
        findings=(("verify", Finding("WARN", text)), ("verify", Finding("INFO", text))),
        errors=(failed,) if failed else (),
        seconds=2.0,
        credits=10,
    ).as_json()

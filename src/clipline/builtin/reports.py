"""The forms in which a run is told of that clipline ships: `json` and `junit`."""

from __future__ import annotations

import json

from clipline.stage import ReportFormat
from clipline.values import JsonObject

__all__ = ["REPORT_FORMATS"]


def _write_json(result: JsonObject) -> bytes:
    """The document itself, all in ASCII, so that any text in it survives."""
    return (json.dumps(result, indent=2, default=str) + "\n").encode()


def _write_junit(result: JsonObject) -> bytes:
    from clipline.builtin.junit import write_junit  # no run that is not asked for it reads Python's XML

    return write_junit(result)


REPORT_FORMATS = (
    ReportFormat("json", _write_json, ".json", summary="The result as `--json` prints it."),
    ReportFormat("junit", _write_junit, ".xml", summary="JUnit XML, as CI servers show tests."),
)

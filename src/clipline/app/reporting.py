"""Telling of a run in a form that others read: which forms there are, the files, and runs of the past."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from clipline.app.batch_result import BatchResult
from clipline.app.preparing import load_plugins, open_journal
from clipline.artifacts import disk, make_folder, write_whole
from clipline.engine.past import past_result
from clipline.engine.results import RunResult, RunStatus
from clipline.errors import Cancelled, CliplineError, InputError, PluginError, UsageError
from clipline.pipeline.document import nearest
from clipline.settings import Settings
from clipline.stage import ReportFormat
from clipline.values import JsonObject

__all__ = [
    "check_target",
    "find_format",
    "of_batch",
    "past",
    "refused",
    "render",
    "report_formats",
    "write_report",
    "write_to",
]


def report_formats(settings: Settings) -> Mapping[str, ReportFormat]:
    """The forms in which a run can be told of, by name."""
    return load_plugins(settings).offers.report_formats


def find_format(name: str, formats: Mapping[str, ReportFormat]) -> ReportFormat:
    """The form of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in formats:
        raise UsageError(f"there is no report format {name!r}{nearest(name, sorted(formats))}", code="format_unknown")
    return formats[name]


def past(run: str, settings: Settings) -> RunResult:
    """What a run of the past came to, as the journal tells it; `run` is its id or a part of it.

    Raises:
        UsageError: there is no such run.
    """
    with closing(open_journal(settings)) as journal:
        return past_result(journal, journal.run(run))


def refused(error: CliplineError, name: str, pipeline: str = "") -> RunResult:
    """The result of a run that was refused before it began."""
    status: RunStatus = "cancelled" if isinstance(error, Cancelled) else "failed"
    told = {"stage": "", **error.as_json()}
    return RunResult("", name, status, error.exit, errors=(told,), pipeline=pipeline)


def of_batch(result: BatchResult) -> JsonObject:
    """What a report of a batch is made from: its JSON, each row with the `result` of its run."""
    told = result.as_json()
    return {
        **told,
        "rows": [{**row, "result": each.result} for row, each in zip(told["rows"], result.rows, strict=True)],
    }


def render(result: JsonObject, form: ReportFormat) -> bytes:
    """The bytes of a report.

    Raises:
        PluginError: the form's own code fails.
    """
    try:
        written = form.write(result)
    except (Exception, SystemExit) as error:  # a plugin's fault is told as one, and harms nothing else
        raise PluginError(f"the report format {form.name!r} failed: {type(error).__name__}: {error}") from error
    if not isinstance(written, bytes):
        raise PluginError(f"the report format {form.name!r} gave no bytes but {type(written).__name__}")
    return written


def write_report(result: JsonObject, form: ReportFormat, target: Path) -> None:
    """Write a report to a file, which is there whole or not at all, in the place of an older one.

    Raises:
        PluginError: the form's own code fails.
        InputError: a folder stands in its place, or a link that leads out of its folder.
        MachineError: the disk or its permissions stand in the way.
    """
    write_to(target, render(result, form))


def write_to(target: Path, content: bytes) -> None:
    """Write to what a person named: a file, whole or not at all, or a pipe or a device that takes it at once.

    Raises:
        InputError: a folder stands in its place, or a link that leads out of its folder.
        MachineError: the disk or its permissions stand in the way.
    """
    check_target(target)
    if _is_stream(target):
        with disk("write", target):
            _write_to_stream(target, content)
        return
    make_folder(target.parent)
    with disk("write", target):
        write_whole(Path(os.path.realpath(target)), content)


def check_target(target: Path) -> None:
    """Make sure that a report can have this place, as far as it can be told before there is one.

    Raises:
        InputError: a folder stands there, or a link that leads out of its folder.
    """
    if os.path.isdir(target):  # noqa: PTH112 - `Path.is_dir` fails at a name that is too long
        raise InputError(f"{target} is a folder", code="is_folder", hint="give the name of a file")
    place = Path(os.path.realpath(target))
    if not _is_stream(target) and not place.is_relative_to(os.path.realpath(target.parent)):
        raise InputError(
            f"{target} is a link that leads out of its folder, to {place}",
            code="link_out",
            hint="give the name of what it leads to, if that is meant",
        )


def _write_to_stream(target: Path, content: bytes) -> None:
    """Write to a pipe or a device; one that nobody reads is an error, not waited for."""
    descriptor = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _is_stream(target: Path) -> bool:
    """Whether it is a pipe, a terminal or a name for one, in the place of which no file can be put."""
    return target.is_relative_to("/dev") or (os.path.lexists(target) and not stat.S_ISREG(_mode_of(target)))


def _mode_of(target: Path) -> int:
    """What a path leads to; a link that leads nowhere may become a file."""
    try:
        return target.stat().st_mode
    except OSError:
        return stat.S_IFREG

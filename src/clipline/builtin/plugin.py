"""What clipline ships beside its backends, registered through the same door as anyone's plugin.

This is an example as much as a part: a module with `clipline_api` and functions marked `@hookimpl`.
"""

from __future__ import annotations

from collections.abc import Sequence

from clipline.builtin.channels import CHANNELS
from clipline.builtin.commands import COMMAND_STEP
from clipline.builtin.executors import EXECUTORS
from clipline.builtin.media_check import MEDIA
from clipline.builtin.notify import send_message
from clipline.builtin.reports import REPORT_FORMATS
from clipline.builtin.stages import KINDS
from clipline.builtin.timeline_check import TIMELINE
from clipline.builtin.verify import check_edit
from clipline.stage import (
    Channel,
    Executor,
    PostExportStep,
    ReportFormat,
    StageCall,
    StageKind,
    StageResult,
    VerifyCheck,
    hookimpl,
)
from clipline.values import JsonObject

clipline_api = "1"


@hookimpl
def stage_kinds() -> Sequence[StageKind]:
    """The six kinds that design and files speak of."""
    return KINDS


@hookimpl
def verify_checks() -> Sequence[VerifyCheck]:
    """`timeline` and `media`."""
    return (TIMELINE, MEDIA)


@hookimpl
def channels() -> Sequence[Channel]:
    """`console`, `file`, `email`, `webhook` and `command`."""
    return CHANNELS


@hookimpl
def post_export_steps() -> Sequence[PostExportStep]:
    """`command`."""
    return (COMMAND_STEP,)


@hookimpl
def executors() -> Sequence[Executor]:
    """`threads` and `processes`."""
    return EXECUTORS


@hookimpl
def report_formats() -> Sequence[ReportFormat]:
    """`json` and `junit`."""
    return REPORT_FORMATS


@hookimpl(trylast=True)
def verify(call: StageCall, options: JsonObject) -> StageResult | None:
    """The kind's own implementation, for every backend that has none."""
    return check_edit(call, options)


@hookimpl(trylast=True)
def notify(call: StageCall, options: JsonObject) -> StageResult | None:
    """The kind's own implementation, for every backend that has none."""
    return send_message(call, options)

"""Publishes exported files to S3, SFTP, FTP, a folder or anything else that fsspec reaches.

The same work as a post-export step, for the files of one export, and as a stage, for all that a run has made. Each file
is an effect: it is there whole and once, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clipline.stage import Exported, PostExportStep, StageCall, StageKind, StageResult, hookimpl, hookspec
from clipline.values import JsonObject
from clipline_publish.options import KIND_OPTIONS, OUTPUTS, SECRET_OPTIONS, STEP_OPTIONS

clipline_api = "1"

_SUMMARY = "Publishes files to S3, SFTP, FTP or a folder, with checksums and a manifest."


class Specification:
    """The hook that this package adds."""

    @hookspec(firstresult=True)
    def publish(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Publish files."""


@hookimpl
def post_export_steps() -> Sequence[PostExportStep]:
    """Offer the step `publish`."""
    return [PostExportStep("publish", after_export, STEP_OPTIONS, _SUMMARY, True, SECRET_OPTIONS)]


@hookimpl
def stage_kinds() -> Sequence[StageKind]:
    """Offer the stage kind `publish`."""
    return [StageKind("publish", Specification, KIND_OPTIONS, OUTPUTS, _SUMMARY, True, SECRET_OPTIONS)]


def after_export(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    """Publish what an export made.

    Raises:
        CliplineError: as `clipline_publish.publishing.publish_files`.
    """
    from clipline_publish.publishing import publish_files

    return publish_files(call, options, exported.files, sources=exported.sources, media=exported.outputs)


@hookimpl
def publish(call: StageCall, options: JsonObject) -> StageResult:
    """Publish the files that are named, or all that the run made before.

    Raises:
        CliplineError: as `clipline_publish.publishing.publish_files`.
    """
    from clipline_publish.publishing import publish_files

    files = options.get("files", call.run.get("files", ()))
    named = [files] if isinstance(files, str) else files
    return publish_files(call, options, [Path(file) for file in named])

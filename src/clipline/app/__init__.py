"""The whole story on one screen: load, check, plan, run, resume.

What the command line calls, and what `clipline`'s public functions are. Nothing here keeps anything between two calls:
many runs may go on side by side in one process.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipline.app.batch_result import BatchResult, BatchRow, check_summary, write_summary
from clipline.app.batching import batch
from clipline.app.conversations import account, conversations, converse, latest_run, links, timeline
from clipline.app.preparing import (
    GivenSettings,
    PipelineLike,
    as_text,
    find_pipeline,
    hooks_for,
    load_plugins,
    make_plan,
    open_journal,
    prepare,
    read_pipeline,
    read_settings,
    shipped_pipelines,
)
from clipline.app.running import OnEvent, execute_run, resume, run, submit, unfinished
from clipline.app.watcher import WatchResult
from clipline.app.watching import watch
from clipline.clock import CancelToken, Clock
from clipline.engine.foresight import Forecast, foresee
from clipline.engine.results import RunResult
from clipline.errors import PipelineFileError, Problem
from clipline.pipeline import planner
from clipline.pipeline.model import Pipeline
from clipline.plugin_manager import PluginInfo

__all__ = [
    "BatchResult",
    "BatchRow",
    "WatchResult",
    "account",
    "batch",
    "check",
    "check_summary",
    "conversations",
    "converse",
    "edit",
    "execute_run",
    "find_pipeline",
    "latest_run",
    "links",
    "load",
    "load_plugins",
    "open_journal",
    "plan",
    "plan_edit",
    "plugins",
    "resume",
    "run",
    "shipped_pipelines",
    "submit",
    "timeline",
    "unfinished",
    "watch",
    "write_summary",
]

# --- one sentence ---------------------------------------------------------------------------------------------------


def edit(
    clip: str | Path,
    instruction: str,
    out: str | Path | None = None,
    *,
    backend: str | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
) -> RunResult:
    """Edit one clip by one sentence: the stages of a pipeline without its file.

    Files of the working folder that the sentence names, like `beach.jpg`, are handed over with the clip.

    Args:
        clip: the clip.
        instruction: what should be done, in English or Chinese.
        out: the file to make, its ending says the container; by default `NAME-edited` in the working folder, with the
            ending that the sentence asks for, else `.mp4`.
        backend: as for `run`.
        on_event: as for `run`.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.
    """
    pipeline, inputs, folder = _edit_request(clip, instruction, out)
    return run(
        pipeline,
        inputs,
        backend=backend,
        on_event=on_event,
        cancel=cancel,
        settings=settings,
        state=state,
        out=folder,
        clock=clock,
    )


def plan_edit(
    clip: str | Path,
    instruction: str,
    out: str | Path | None = None,
    *,
    backend: str | None = None,
    settings: GivenSettings = None,
) -> Forecast:
    """What `edit` would do and why, stage by stage; nothing is done. Raises as `run` does."""
    pipeline, inputs, folder = _edit_request(clip, instruction, out)
    return plan(pipeline, inputs, backend=backend, settings=settings, out=folder)


def _edit_request(
    clip: str | Path, instruction: str, out: str | Path | None
) -> tuple[dict[str, Any], dict[str, object], Path]:
    """What `edit` runs: the pipeline as a file would hold it, its inputs, and the output folder."""
    here = Path.cwd()
    export = {"collision": "number"}
    if out is not None:
        name = Path(out).name.replace("{", "{{").replace("}", "}}")
        export = {"to": as_text(name), "collision": "overwrite"}
    pipeline = {
        "clipline": 1,
        "name": "edit",
        "inputs": {"clip": {"type": "file", "required": True}, "materials": {"type": "files", "default": []}},
        "stages": [
            "auth",
            {"stage": "upload", "with": {"files": "${{ [inputs.clip] + inputs.materials }}"}},
            {"stage": "edit", "with": {"instruction": as_text(instruction)}},
            "verify",
            {"stage": "export", "with": export},
        ],
        "outputs": {"video": "${{ stages.export.files }}"},
    }
    inputs: dict[str, object] = {"clip": str(clip), "materials": _named_files(instruction, here)}
    return pipeline, inputs, here if out is None else Path(out).absolute().parent


# --- looking before running ------------------------------------------------------------------------------------------


def load(pipeline: PipelineLike, *, settings: GivenSettings = None) -> Pipeline:
    """Read and check a pipeline; raises `PipelineFileError` with every complaint."""
    return read_pipeline(pipeline, load_plugins(read_settings(settings, None)))


def plan(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None = None,
    *,
    backend: str | None = None,
    settings: GivenSettings = None,
    out: Path | None = None,
) -> Forecast:
    """What a run would do and why, stage by stage; nothing is done. Raises as `run` does."""
    return prepare(pipeline, inputs, backend=backend, settings=read_settings(settings, None), out=out)[1]


def check(pipeline: PipelineLike, *, backend: str | None = None, settings: GivenSettings = None) -> list[Problem]:
    """Every complaint about a pipeline, those of the backend included; empty where it is fine.

    What depends on inputs is checked with their defaults; where one must be given, that part is left to `plan`.
    """
    chosen = read_settings(settings, None)
    plugins = load_plugins(chosen)
    try:
        checked = read_pipeline(pipeline, plugins)
        hooks = hooks_for(plugins, checked, backend, chosen)
        foresee(planner.outline(checked, backend=hooks.backend), hooks)
        if not any(spec.required for spec in checked.inputs.values()):
            foresee(make_plan(checked, {}, hooks.backend, chosen, None), hooks)
    except PipelineFileError as error:
        return list(error.problems)
    return []


def plugins(settings: GivenSettings = None) -> tuple[PluginInfo, ...]:
    """Every installed plugin with what it adds, or why it could not be loaded."""
    return load_plugins(read_settings(settings, None)).infos


def _named_files(instruction: str, folder: Path) -> list[str]:
    """The files of a folder whose names stand in a sentence."""
    named = (path for path in folder.iterdir() if path.suffix and path.name in instruction)
    return sorted(str(path) for path in named if path.is_file())

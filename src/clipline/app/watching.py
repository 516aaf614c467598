"""Watching a folder: each file that is dropped there gets a run, once, however often the watcher is killed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from clipline.app.batch_result import BatchRow
from clipline.app.batch_rows import clip_input_of
from clipline.app.batching import find_executor, in_turn
from clipline.app.limits import Pace, jobs_allowed
from clipline.app.preparing import (
    GivenSettings,
    PipelineLike,
    check_output_folder,
    hooks_for,
    load_plugins,
    make_clock,
    open_journal,
    output_folder,
    read_pipeline,
    read_settings,
)
from clipline.app.running import OnEvent
from clipline.app.watcher import Watcher, WatchResult
from clipline.app.work import CarryOut, Follower
from clipline.artifacts import real_path
from clipline.clock import CancelToken, Clock
from clipline.engine.foresight import foresee
from clipline.errors import InputError
from clipline.pipeline import planner
from clipline.pipeline.inputs import parse_inputs
from clipline.pipeline.model import Pipeline

__all__ = ["watch"]


def watch(
    folder: Path,
    pipeline: PipelineLike,
    *,
    backend: str | None = None,
    inputs: Mapping[str, object] | None = None,
    clip_input: str | None = None,
    jobs: int | None = None,
    once: bool = False,
    interval: float = 2.0,
    settle: float = 4.0,
    executor: str = "threads",
    on_event: OnEvent | None = None,
    on_row: Callable[[BatchRow], None] | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
) -> WatchResult:
    """Run a pipeline for each file that comes into a folder, until it is told to stop.

    Args:
        folder: where clips are dropped; `working`, `done` and `failed` are made in it.
        pipeline: as for `run`.
        backend: as for `run`.
        inputs: inputs of every run.
        clip_input: as for `batch`.
        jobs: as for `batch`.
        once: end when nothing is left to do.
        interval: seconds between two looks into the folder.
        settle: seconds that a file must not have changed for before it is taken.
        executor: as for `batch`.
        on_event: as for `batch`.
        on_row: called with each file as its run begins and ends.
        cancel: as for `run`; files that are worked on stay in `working`, and the next watcher goes on with them.
        settings: as for `run`.
        state: as for `run`.
        out: as for `run`; not `folder` itself.
        clock: as for `run`.

    Raises:
        PipelineFileError, UsageError: as for `batch`.
        MachineError: the journal cannot be opened, nothing can be moved in the folder, or written to `out`.
    """
    chosen, time = read_settings(settings, state), make_clock(clock, cancel)
    plugins = load_plugins(chosen)
    placed = find_executor(plugins, executor)
    checked = read_pipeline(pipeline, plugins)
    on_event = in_turn(on_event)
    with ExitStack() as stack:
        hooks = stack.enter_context(closing(hooks_for(plugins, checked, backend, chosen)))
        outline = planner.outline(checked, backend=hooks.backend)
        foresee(outline, hooks)
        name = clip_input_of(checked, clip_input)
        spared = _check_inputs(checked, inputs or {}, name)
        target = output_folder(chosen, out)
        watched = _check_folders(folder, target)

        def ask() -> None:
            _check_inputs(checked, inputs or {}, name)
            check_output_folder(outline, target)

        ask()
        journal = stack.enter_context(closing(open_journal(chosen)))
        section = chosen.section(hooks.backend)
        at_once, note = jobs_allowed(jobs, hooks.backend, section, placed)
        work = CarryOut(chosen, on_event)
        follower = Follower(journal, on_event, work.here.__contains__) if on_event else None
        watcher = Watcher(
            watched, checked, hooks, chosen, journal, time, name, inputs or {}, target,
            pace=Pace(float(section.get("interval") or 0), time), once=once, interval=interval, settle=settle,
            spared=spared, ask=ask, on_event=on_event, on_row=on_row, follower=follower,
        )  # fmt: skip
        if note:
            watcher.say(note)
        if follower is not None:
            stack.enter_context(follower.at_work())
        for result in placed.execute(work, watcher.orders(), at_once, time):
            watcher.take(result)
        return watcher.result()


def _check_inputs(checked: Pipeline, inputs: Mapping[str, object], clip: str) -> list[Path]:
    """Read the inputs that all runs share, any file standing in for the clip; the files that are never taken as one.

    Raises:
        InputError: they are wrong.
    """
    if clip in inputs:
        raise InputError(f'the input "{clip}" is what the files of the folder go to', hint="leave it out")
    stand_in = {**inputs, clip: str(Path(__file__))}
    source = checked.source
    values = parse_inputs(checked.inputs, stand_in, working_folder=Path.cwd(), file_folder=source.folder)
    spared = [each.path for each in checked.sources() if each.path]
    for name, spec in checked.inputs.items():
        if name != clip and values[name] is not None and spec.type in {"file", "files"}:
            spared += [Path(path) for path in ([values[name]] if spec.type == "file" else values[name])]
    return spared


def _check_folders(folder: Path, out: Path) -> Path:
    """The folder to watch, absolute.

    Raises:
        InputError: it is none, or what is made would land where clips are dropped.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - `Path.is_dir` fails at a name that is too long
        there = os.path.lexists(folder)
        raise InputError(f"{folder} is not a folder" if there else f"there is no folder {folder}")
    watched, target = real_path(folder), real_path(out)
    own = [watched / name for name in ("working", "done", "failed")]
    if target == watched or any(target == each or each in target.parents for each in own):
        raise InputError(
            f"exported files would go to {target}, where files are taken from",
            code="out_is_watched",
            hint="choose another folder with --out",
        )
    return watched

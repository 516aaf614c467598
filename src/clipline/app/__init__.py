"""The whole story on one screen: load, check, plan, run, resume.

What the command line calls, and what `clipline`'s public functions are. Nothing here keeps anything between two calls:
many runs may go on side by side in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from clipline.app.conversations import account, conversations, converse, keep_resumed, latest_run, links, timeline
from clipline.app.preparing import (
    GivenSettings,
    PipelineLike,
    as_text,
    find_pipeline,
    hooks_for,
    load_plugins,
    make_clock,
    make_plan,
    open_journal,
    prepare,
    read_pipeline,
    read_settings,
    run_settings,
    shipped_pipelines,
)
from clipline.app.resuming import Choice, choose, named
from clipline.clock import CancelToken, Clock
from clipline.engine import runner
from clipline.engine.foresight import Forecast, foresee
from clipline.engine.results import RunResult
from clipline.errors import PipelineFileError, Problem, UsageError
from clipline.events import Event
from clipline.journal import Journal, RunRow
from clipline.pipeline import planner
from clipline.pipeline.model import Pipeline
from clipline.plugin_manager import PluginInfo

__all__ = [
    "account",
    "check",
    "conversations",
    "converse",
    "edit",
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
    "timeline",
    "unfinished",
]

OnEvent: TypeAlias = Callable[[Event], None]


# --- running ---------------------------------------------------------------------------------------------------------


def run(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None = None,
    *,
    backend: str | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
    name: str | None = None,
    wait: bool = True,
) -> RunResult:
    """Run a pipeline and return what became of it.

    A run that fails is a result (`status`, `exit`, `errors`), not an exception; what is raised was found before it
    began.

    Args:
        pipeline: a path, the name of a shipped pipeline, or the mapping that a file would hold.
        inputs: by name; text is read as on the command line, other values must be of the input's type.
        backend: who answers; otherwise what the file says, then the setting `run.backend`.
        on_event: called with every event, in order; cannot fail the run.
        cancel: `cancel.cancel()` from any thread stops the run within two seconds.
        settings: `Settings`, or `section.name` to value as flags would give them.
        state: the state folder, in place of the user's.
        out: the folder for exported files; by default the setting `run.out`, then the working folder.
        clock: the time; tests give one that they control.
        name: a name for this run.
        wait: whether to wait while a paid request whose answer was lost can still take effect; otherwise the run is
            left waiting, for `resume`.

    Raises:
        PipelineFileError: the file is wrong, or asks for what the backend cannot do; all complaints at once.
        UsageError: an input, the backend's name or a setting is wrong.
        MachineError: the journal cannot be opened.
    """
    chosen = read_settings(settings, state)
    hooks, prepared = prepare(pipeline, inputs, backend=backend, settings=chosen, out=out, name=name)
    with closing(hooks), closing(open_journal(chosen)) as journal:
        return runner.execute(
            prepared.plan,
            journal=journal,
            plugins=hooks,
            clock=make_clock(clock, cancel),
            on_event=on_event,
            settings=run_settings(chosen, hooks.backend),
            notes=prepared.notes,
            wait=wait,
        )


def resume(
    run_id: str | None = None,
    *,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
    take_over: bool = False,
    resend: bool = False,
    replay: bool = False,
    wait: bool = True,
    budget: float | None = None,
) -> RunResult:
    """Go on with a run that was killed, cancelled, failed or left waiting; finished stages are not done again.

    Args:
        run_id: its id or a part of it; None for the newest that is not finished, if that may end otherwise. One that
            waits is taken up by this; one that failed a check only by its id, or one that stopped for its budget only
            with another.
        on_event: as for `run`.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.
        take_over: go on although another process seems to hold the run; that one can write nothing more.
        resend: your word that a paid request of which nobody can tell whether it took effect is sent again.
        replay: your word that a session that is lost is built anew: uploads and edits are repeated, and paid again.
        wait: as for `run`.
        budget: the run's budget in credits, from now on.

    Raises:
        UsageError: there is no such run, one of its input files has changed since, or it is part of a conversation
            that has gone on without it.
        AccountError: the run's budget does not allow what `replay` costs.
        MachineError: another process is at work on it.
    """
    chosen = read_settings(settings, state)
    with closing(open_journal(chosen)) as journal:
        row, newer = _to_resume(journal, run_id, resend=resend, with_budget=budget is not None)
        given, time = run_settings(chosen, row.backend), make_clock(clock, cancel)
        with closing(load_plugins(chosen).for_run(row.backend, given)) as hooks:
            result = runner.resume(
                row.id,
                journal=journal,
                plugins=hooks,
                clock=time,
                on_event=on_event,
                settings=given,
                take_over=take_over,
                wait=wait,
                resend=resend,
                replay=replay,
                budget=budget,
                only_look=newer is not None,
            )
        keep_resumed(journal, row, result, time.now())
        return result


def unfinished(*, settings: GivenSettings = None, state: Path | None = None, with_budget: bool = False) -> Choice:
    """The run that `resume` means where none is named, or why it would not go on with it."""
    with closing(open_journal(read_settings(settings, state))) as journal:
        return choose(journal, with_budget=with_budget)


def _to_resume(
    journal: Journal, run_id: str | None, *, resend: bool, with_budget: bool
) -> tuple[RunRow, RunRow | None]:
    """The run to go on with, and the one that supersedes it."""
    if run_id is not None:
        return named(journal, run_id, resend=resend)
    choice = choose(journal, with_budget=with_budget)
    if choice.run is None:
        raise UsageError("there is no unfinished run to resume", hint="clipline runs list")
    if choice.why:
        raise UsageError(choice.why, hint=choice.hint)
    return choice.run, None


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

"""The whole story on one screen: load, check, plan, run, resume.

What the command line calls, and what `clipline`'s public functions are. Nothing here keeps anything between two calls:
many runs may go on side by side in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from clipline.clock import CancelToken, Clock
from clipline.engine import runner
from clipline.engine.foresight import Forecast, foresee
from clipline.engine.results import RunResult
from clipline.errors import InputError, PipelineFileError, Problem, UsageError
from clipline.events import Event
from clipline.journal.store import Journal
from clipline.pipeline import loader, planner
from clipline.pipeline.document import nearest
from clipline.pipeline.model import Pipeline, Plan
from clipline.plugin_manager import PluginInfo, Plugins, RunPlugins
from clipline.settings import Settings

__all__ = [
    "check",
    "edit",
    "find_pipeline",
    "load",
    "load_plugins",
    "open_journal",
    "plan",
    "plan_edit",
    "plugins",
    "resume",
    "run",
    "shipped_pipelines",
]

PipelineLike: TypeAlias = str | Path | Mapping[str, Any]
GivenSettings: TypeAlias = Settings | Mapping[str, str] | None
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

    Raises:
        PipelineFileError: the file is wrong, or asks for what the backend cannot do; all complaints at once.
        UsageError: an input, the backend's name or a setting is wrong.
        MachineError: the journal cannot be opened.
    """
    chosen = _settings(settings, state)
    hooks, prepared = _prepare(pipeline, inputs, backend=backend, settings=chosen, out=out, name=name)
    with closing(open_journal(chosen)) as journal:
        return runner.execute(
            prepared.plan,
            journal=journal,
            plugins=hooks,
            clock=_clock(clock, cancel),
            on_event=on_event,
            settings=_run_settings(chosen, hooks.backend),
            notes=prepared.notes,
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
) -> RunResult:
    """Go on with a run that was killed, cancelled, failed or left waiting; finished stages are not done again.

    Args:
        run_id: its id or the start of it; None for the newest that is not finished and may end otherwise.
        on_event: as for `run`.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.
        take_over: go on although another process seems to hold the run; that one can write nothing more.

    Raises:
        UsageError: there is no such run, or one of its input files has changed since.
        MachineError: another process is at work on it.
    """
    chosen = _settings(settings, state)
    with closing(open_journal(chosen)) as journal:
        row = journal.run(run_id) if run_id else journal.newest_unfinished()
        if row is None:
            raise UsageError("there is no unfinished run to resume", hint="clipline runs list")
        hooks = load_plugins(chosen).for_run(row.backend, _run_settings(chosen, row.backend))
        return runner.resume(
            row.id,
            journal=journal,
            plugins=hooks,
            clock=_clock(clock, cancel),
            on_event=on_event,
            settings=_run_settings(chosen, row.backend),
            take_over=take_over,
        )


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
        export = {"to": _as_text(name), "collision": "overwrite"}
    pipeline = {
        "clipline": 1,
        "name": "edit",
        "inputs": {"clip": {"type": "file", "required": True}, "materials": {"type": "files", "default": []}},
        "stages": [
            "auth",
            {"stage": "upload", "with": {"files": "${{ [inputs.clip] + inputs.materials }}"}},
            {"stage": "edit", "with": {"instruction": _as_text(instruction)}},
            "verify",
            {"stage": "export", "with": export},
        ],
        "outputs": {"video": "${{ stages.export.files }}"},
    }
    inputs: dict[str, object] = {"clip": str(clip), "materials": _named_files(instruction, here)}
    return pipeline, inputs, here if out is None else Path(out).absolute().parent


def _as_text(text: str) -> str:
    """A text that means itself in a pipeline, whatever stands in it."""
    return text.replace("${{", "$${{")


# --- looking before running ------------------------------------------------------------------------------------------


def load(pipeline: PipelineLike, *, settings: GivenSettings = None) -> Pipeline:
    """Read and check a pipeline; raises `PipelineFileError` with every complaint."""
    return _load(pipeline, load_plugins(_settings(settings, None)))


def plan(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None = None,
    *,
    backend: str | None = None,
    settings: GivenSettings = None,
    out: Path | None = None,
) -> Forecast:
    """What a run would do and why, stage by stage; nothing is done. Raises as `run` does."""
    return _prepare(pipeline, inputs, backend=backend, settings=_settings(settings, None), out=out)[1]


def check(pipeline: PipelineLike, *, backend: str | None = None, settings: GivenSettings = None) -> list[Problem]:
    """Every complaint about a pipeline, those of the backend included; empty where it is fine.

    What depends on inputs is checked with their defaults; where one must be given, that part is left to `plan`.
    """
    chosen = _settings(settings, None)
    plugins = load_plugins(chosen)
    try:
        checked = _load(pipeline, plugins)
        hooks = _hooks(plugins, checked, backend, chosen)
        foresee(planner.outline(checked, backend=hooks.backend), hooks)
        if not any(spec.required for spec in checked.inputs.values()):
            foresee(_plan(checked, {}, hooks.backend, chosen, None), hooks)
    except PipelineFileError as error:
        return list(error.problems)
    return []


def shipped_pipelines() -> dict[str, Path]:
    """The pipelines that come with clipline, by name."""
    here = Path(__file__).resolve().parent
    installed, checkout = here / "shipped", here.parents[1] / "pipelines"
    folder = installed if installed.is_dir() else checkout
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_pipeline(name: str) -> Path:
    """The file that a person means: a path, or the name of a shipped pipeline.

    Raises:
        InputError: there is neither.
    """
    path = Path(name)
    if path.is_file():
        return path.absolute()
    shipped = shipped_pipelines()
    if name in shipped:
        return shipped[name]
    if path.is_dir():
        raise InputError(f"{name} is a folder, not a pipeline file")
    beside = (str(file) for pattern in ("*.yaml", "*.yml", "*.json") for file in path.parent.glob(pattern))
    near = nearest(name, (*shipped, *beside), listed=False, files=True)
    hint = f"shipped pipelines: {', '.join(shipped)}" if shipped else ""
    raise InputError(f"there is no pipeline file {name!r}, and none of that name is shipped{near}", hint=hint)


def plugins(settings: GivenSettings = None) -> tuple[PluginInfo, ...]:
    """Every installed plugin with what it adds, or why it could not be loaded."""
    return load_plugins(_settings(settings, None)).infos


def load_plugins(settings: Settings) -> Plugins:
    """All plugins that the settings allow."""
    return Plugins.load(allow=settings["plugins.allow"] or None, deny=settings["plugins.deny"])


def open_journal(settings: Settings) -> Journal:
    """The journal of all runs, made where there is none; the caller closes it."""
    return Journal.open(settings.make_state_folder())


# --- inside ----------------------------------------------------------------------------------------------------------


def _named_files(instruction: str, folder: Path) -> list[str]:
    """The files of a folder whose names stand in a sentence."""
    named = (path for path in folder.iterdir() if path.suffix and path.name in instruction)
    return sorted(str(path) for path in named if path.is_file())


def _prepare(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None,
    *,
    backend: str | None,
    settings: Settings,
    out: Path | None,
    name: str | None = None,
) -> tuple[RunPlugins, Forecast]:
    plugins = load_plugins(settings)
    checked = _load(pipeline, plugins)
    if name is not None:
        checked = replace(checked, name=name)
    hooks = _hooks(plugins, checked, backend, settings)
    planned = _plan(checked, inputs or {}, hooks.backend, settings, out)
    return hooks, foresee(planned, hooks, out=planned.out)


def _plan(checked: Pipeline, inputs: Mapping[str, object], backend: str, settings: Settings, out: Path | None) -> Plan:
    folder = Path.cwd()
    target = (folder / (out or settings["run.out"] or folder)).absolute()
    return planner.plan(checked, inputs, backend=backend, working_folder=folder, out=target)


def _load(pipeline: PipelineLike, plugins: Plugins) -> Pipeline:
    given = pipeline if isinstance(pipeline, Mapping) else find_pipeline(str(pipeline))
    return loader.load(given, plugins.vocabulary)


def _hooks(plugins: Plugins, checked: Pipeline, backend: str | None, settings: Settings) -> RunPlugins:
    chosen = backend or checked.backend or settings["run.backend"]
    return plugins.for_run(chosen, _run_settings(settings, chosen))


def _run_settings(settings: Settings, backend: str) -> dict[str, Any]:
    """What stages see: the backend's own section, and what everybody shares under its section's name."""
    shared = {name: settings.section(name) for name in ("studio", "export")}
    return {**shared, **settings.section(backend)}


def _settings(given: GivenSettings, state: Path | None) -> Settings:
    if isinstance(given, Settings):
        return given if state is None else replace(given, state_folder=state)
    return Settings.load(overrides=given, state=state)


def _clock(clock: Clock | None, cancel: CancelToken | None) -> Clock:
    clock = clock or Clock()
    return clock if cancel is None else clock.with_token(cancel)

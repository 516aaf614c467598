"""What every function of the app begins with: the file that is meant, the plugins, the plan, the settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from clipline.artifacts import check_writable
from clipline.clock import CancelToken, Clock
from clipline.engine.foresight import Forecast, foresee
from clipline.errors import InputError, Place, UsageError
from clipline.pipeline import loader, planner
from clipline.pipeline.document import nearest
from clipline.pipeline.inputs import is_text
from clipline.pipeline.model import Pipeline, Plan
from clipline.pipeline.options import step_of
from clipline.plugin_manager import Plugins, RunPlugins
from clipline.settings import Settings

if TYPE_CHECKING:
    from clipline.journal.store import Journal

__all__ = [
    "GivenSettings",
    "PipelineLike",
    "as_text",
    "check_output_folder",
    "find_pipeline",
    "hooks_for",
    "load_plugins",
    "make_clock",
    "make_plan",
    "open_journal",
    "output_folder",
    "prepare",
    "read_pipeline",
    "read_settings",
    "run_settings",
    "shipped_pipelines",
]

#: Sections of clipline's own that concern stages, whoever answers them.
SHARED_SECTIONS = ("studio", "export", "smtp")

PipelineLike: TypeAlias = str | Path | Mapping[str, Any]
GivenSettings: TypeAlias = Settings | Mapping[str, str] | None


def shipped_pipelines() -> dict[str, Path]:
    """The pipelines that come with clipline, by name."""
    here = Path(__file__).resolve().parents[1]
    installed, checkout = here / "shipped", here.parents[1] / "pipelines"
    folder = installed if installed.is_dir() else checkout
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_pipeline(name: str) -> Path:
    """The file that a person means: a path, or the name of a shipped pipeline.

    Raises:
        InputError: there is neither.
    """
    path = Path(name)
    try:
        if path.is_file():
            return path.absolute()
    except OSError as error:  # too long, or in a folder that may not be looked into
        raise InputError(f"{name[:200]!r} cannot be a pipeline file: {error.strerror}") from error
    shipped = shipped_pipelines()
    if name in shipped:
        return shipped[name]
    if path.is_dir():
        raise InputError(f"{name} is a folder, not a pipeline file")
    beside = (str(file) for pattern in ("*.yaml", "*.yml", "*.json") for file in path.parent.glob(pattern))
    near = nearest(name, (*shipped, *beside), listed=False, files=True)
    hint = f"shipped pipelines: {', '.join(shipped)}" if shipped else ""
    raise InputError(f"there is no pipeline file {name!r}, and none of that name is shipped{near}", hint=hint)


def load_plugins(settings: Settings) -> Plugins:
    """All plugins that the settings allow.

    Raises:
        UsageError: the project's file wants steps that act outside of the output folder.
    """
    plugins = Plugins.load(allow=settings["plugins.allow"] or None, deny=settings["plugins.deny"])
    if place := settings.project_place("export.post_export"):
        _check_steps_of_project(settings["export.post_export"], plugins, place)
    return plugins


def _check_steps_of_project(steps: Sequence[Any], plugins: Plugins, place: Place) -> None:
    """A project's file counts for every run below it, so it may not run programs or send files anywhere."""
    for name, _ in filter(None, map(step_of, steps)):
        offered = plugins.offers.post_export_steps.get(name)
        if offered is not None and offered.effectful:
            raise UsageError(
                f"{place}: a project's file may not list the step {name!r}, which acts outside of the output folder",
                hint="list it in the pipeline file, in your own settings file, or as CLIPLINE_EXPORT_POST_EXPORT",
                place=place,
            )


def open_journal(settings: Settings) -> Journal:
    """The journal of all runs, made where there is none; the caller closes it."""
    from clipline.journal.store import Journal  # brings SQLite, for which nobody waits who only looks

    return Journal.open(settings.make_state_folder())


def prepare(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None,
    *,
    backend: str | None,
    settings: Settings,
    out: Path | None,
    name: str | None = None,
) -> tuple[RunPlugins, Forecast]:
    """The hooks of a run and its plan, looked through by the backend; raises as `run` does."""
    plugins = load_plugins(settings)
    checked = read_pipeline(pipeline, plugins)
    if name is not None:
        checked = replace(checked, name=name)
    hooks = hooks_for(plugins, checked, backend, settings)
    planned = make_plan(checked, inputs or {}, hooks.backend, settings, out)
    return hooks, foresee(planned, hooks, out=planned.out)


def make_plan(
    checked: Pipeline, inputs: Mapping[str, object], backend: str, settings: Settings, out: Path | None
) -> Plan:
    """The plan of a run from the working folder; files go to `out`, else to where the settings say."""
    target = output_folder(settings, out)
    for path in (Path.cwd(), target, checked.source.path or target):
        if not is_text(path):
            told = f"{str(path)!a}: this name is not valid text (UTF-8)"
            raise InputError(told, hint="rename it, or choose another place")
    return planner.plan(checked, inputs, backend=backend, working_folder=Path.cwd(), out=target)


def output_folder(settings: Settings, out: Path | None) -> Path:
    """Where exported files go: to `out`, else to where the settings say, else to the working folder; absolute."""
    return Path(os.path.abspath(out or settings["run.out"] or Path.cwd()))  # noqa: PTH100 - a link keeps its name


def check_output_folder(plan: Plan, out: Path) -> None:
    """Make sure, before any of many runs begins, that what `plan` exports can land in `out`; it need not exist yet.

    Raises:
        InputError: a file stands in its place.
        MachineError: nothing can be written there.
    """
    there = next(each for each in (out, *out.parents) if os.path.lexists(each))
    if not there.is_dir():
        hint = "exported files go to a folder; choose another with --out"
        raise InputError(f"{there} is not a folder", code="out_is_file", hint=hint)
    if any(stage.kind == "export" for stage in plan.stages):
        check_writable(out)


def read_pipeline(pipeline: PipelineLike, plugins: Plugins) -> Pipeline:
    """Read and check a file, or the mapping that one would hold."""
    given = pipeline if isinstance(pipeline, Mapping) else find_pipeline(str(pipeline))
    return loader.load(given, plugins.vocabulary)


def hooks_for(plugins: Plugins, checked: Pipeline, backend: str | None, settings: Settings) -> RunPlugins:
    """The hooks of a run: those of the backend that is asked for, of the file's, or of the settings'."""
    chosen = backend or checked.backend or settings["run.backend"]
    return plugins.for_run(chosen, run_settings(settings, chosen))


def run_settings(settings: Settings, backend: str) -> dict[str, Any]:
    """What stages see: the backend's own section, and under its name each section that stages of any backend use."""
    shared = {name: settings.section(name) for name in (*SHARED_SECTIONS, *settings.packages.names)}
    return {**shared, **settings.section(backend), "state_folder": str(settings.state_folder)}


def read_settings(given: GivenSettings, state: Path | None) -> Settings:
    """Settings as they are given, or as this machine has them; `state` goes before their state folder."""
    if isinstance(given, Settings):
        return given if state is None else replace(given, state_folder=state)
    return Settings.load(overrides=given, state=state)


def make_clock(clock: Clock | None, cancel: CancelToken | None) -> Clock:
    """The clock of a run, which `cancel` stops."""
    clock = clock or Clock()
    return clock if cancel is None else clock.with_token(cancel)


def as_text(text: str) -> str:
    """A text that means itself in a pipeline, whatever stands in it."""
    return text.replace("${{", "$${{")

"""What can be known before anything is run: a pipeline's mistakes, its plan, the plugins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clipline.app.preparing import (
    GivenSettings,
    PipelineLike,
    hooks_for,
    load_plugins,
    make_plan,
    prepare,
    read_pipeline,
    read_settings,
)
from clipline.engine.foresight import Forecast, foresee
from clipline.errors import PipelineFileError, Problem
from clipline.pipeline import planner
from clipline.pipeline.model import Pipeline
from clipline.plugin_manager import PluginInfo

__all__ = ["check", "load", "plan", "plugins"]


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

"""A run whose hooks are watched: which plugin answered what, and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from clipline.app.preparing import (
    GivenSettings,
    PipelineLike,
    hooks_for,
    load_plugins,
    make_clock,
    make_plan,
    open_journal,
    read_pipeline,
    read_settings,
    run_settings,
)
from clipline.clock import CancelToken, Clock
from clipline.engine import runner
from clipline.engine.foresight import foresee
from clipline.engine.results import RunResult
from clipline.events import Event
from clipline.plugin_manager import HookCall

__all__ = ["trace"]


def trace(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None = None,
    *,
    backend: str | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    out: Path | None = None,
) -> tuple[RunResult, Sequence[HookCall]]:
    """Run a pipeline as `run` does, and tell every hook implementation that was called for it, in order."""
    chosen = read_settings(settings, None)
    plugins = load_plugins(chosen)
    checked = read_pipeline(pipeline, plugins)
    with closing(hooks_for(plugins, checked, backend, chosen)) as hooks, closing(open_journal(chosen)) as journal:
        tracer = hooks.trace()
        planned = make_plan(checked, inputs or {}, hooks.backend, chosen, out)
        forecast = foresee(planned, hooks, out=planned.out)
        result = runner.execute(
            forecast.plan,
            journal=journal,
            plugins=hooks,
            clock=make_clock(Clock(), cancel),
            on_event=on_event,
            settings=run_settings(chosen, hooks.backend),
            notes=forecast.notes,
        )
        return result, tracer.calls

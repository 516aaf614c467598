"""Work that its caller has a name for, like the task of a workflow engine: done once, however often it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from clipline.app.batch_rows import Row, row_key
from clipline.app.preparing import (
    PipelineLike,
    hooks_for,
    load_plugins,
    make_plan,
    open_journal,
    read_pipeline,
    run_settings,
)
from clipline.engine import submission
from clipline.engine.foresight import foresee
from clipline.settings import Settings

__all__ = ["find_or_submit"]


def find_or_submit(
    key: str,
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None,
    *,
    backend: str | None,
    settings: Settings,
    out: Path | None,
    name: str | None,
    now: float,
) -> str:
    """The id of the run that does this work: of this `key`, pipeline, backend, inputs and output folder.

    One that is there already is not looked through again, since the file it made may exist by now. Of two callers at
    once one journals the run, and both get its id. Raises as `run` does.
    """
    plugins = load_plugins(settings)
    checked = read_pipeline(pipeline, plugins)
    if name is not None:
        checked = replace(checked, name=name)
    with closing(hooks_for(plugins, checked, backend, settings)) as hooks, closing(open_journal(settings)) as journal:
        planned = make_plan(checked, inputs or {}, hooks.backend, settings, out)
        asked = row_key(checked, hooks.backend, planned.out, Row("", "", planned.inputs))
        digest = hashlib.sha256(f"{asked} {key}".encode("utf-8", "surrogatepass")).hexdigest()
        if there := journal.newest_of_row(digest):
            return there.id
        forecast = foresee(planned, hooks, out=planned.out)
        run_id, _ = submission.submit(
            forecast.plan,
            journal=journal,
            plugins=hooks,
            settings=run_settings(settings, hooks.backend),
            now=now,
            notes=forecast.notes,
            estimate=forecast.estimate,
            row_key=digest,
        )
    return run_id

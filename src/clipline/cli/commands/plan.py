"""`clipline plan`: what a run would do, and why, before anything is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.session import Session, backend_option, common, file_argument, input_options, read_inputs

if TYPE_CHECKING:
    from clipline.engine.foresight import Forecast


@click.command(name="plan")
@file_argument
@input_options
@backend_option
@click.option("--out", metavar="FOLDER", help="Where exported files would go.")
@common()
def command(
    session: Session,
    *,
    file: str,
    pairs: tuple[str, ...],
    inputs_file: str | None,
    backend: str | None,
    out: str | None,
) -> int:
    """Show what a run would do, and why.

    Nothing is sent, paid or written.
    """
    from pathlib import Path

    from clipline import app

    forecast = app.plan(
        app.find_pipeline(file),
        read_inputs(pairs, inputs_file),
        backend=backend,
        settings=session.settings,
        out=Path(out) if out else None,
    )
    return show(session, forecast)


def show(session: Session, forecast: Forecast) -> int:
    """Print a plan as the result of a command; returns the exit status."""
    if session.as_json:
        console.result(json.dumps(forecast.as_json(), indent=2, default=str))
        return 0
    for line in _lines(forecast):
        console.result(line)
    return 0


def _lines(forecast: Forecast) -> list[str]:
    plan = forecast.plan
    head = [("pipeline", plan.pipeline.name), ("backend", plan.backend), ("output folder", str(plan.out))]
    if plan.pipeline.budget is not None:
        head.append(("budget", f"{plan.pipeline.budget:g} credits"))
    if forecast.estimate:
        head.append(("estimate", _estimate(forecast)))
    head += [(f"input {name}", _shown(value)) for name, value in plan.inputs.items() if value is not None]
    head += [(f"secret {name}", f"from {reference}") for name, reference in plan.pipeline.secrets.items()]
    if plan.env:
        head.append(("variables", ", ".join(plan.env)))
    lines = [console.plain(line) for line in console.table(head)] + [""]
    words = {"yes": "runs", "maybe": "may run", "no": "does not run"}
    rows = [(stage.path, stage.kind, words[stage.will_run], stage.reason) for stage in plan.stages]
    for line, stage in zip(console.table(rows), plan.stages, strict=True):
        lines.append(console.plain(line))
        told = (*forecast.notes.get(stage.path, ()), *forecast.elsewhere.get(stage.path, ()))
        lines += [console.plain(f"    {note}") for note in told]
    return lines


def _estimate(forecast: Forecast) -> str:
    """What all edits cost, as far as it is known, beside the budget."""
    budget = forecast.plan.pipeline.budget
    over = budget is not None and forecast.estimate > budget
    return f"about {forecast.estimate} credits in all{', which the budget may not allow' if over else ''}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:200] + "..."

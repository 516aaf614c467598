"""`clipline run`: run a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.reports import Reports, report_option
from clipline.cli.session import (
    Session,
    backend_option,
    common,
    file_argument,
    input_options,
    read_inputs,
    wait_option,
    watch_options,
)

if TYPE_CHECKING:
    from clipline.pipeline.model import Pipeline

#: Types of inputs that are files.
_FILES = frozenset({"file", "files", "table"})


@click.command(name="run")
@file_argument
@input_options
@backend_option
@click.option("--out", metavar="FOLDER", help="Where exported files go; the working folder by default.")
@click.option("--name", metavar="TEXT", help="A name for this run, to find it again.")
@report_option
@wait_option
@watch_options
@common()
def command(
    session: Session,
    *,
    file: str,
    pairs: tuple[str, ...],
    inputs_file: str | None,
    backend: str | None,
    out: str | None,
    name: str | None,
    reports: tuple[str, ...],
    wait: bool,
    progress: str,
) -> int:
    """Run a pipeline file.

    FILE is a path, or the name of a pipeline that comes with clipline. The paths of the files that were made are
    printed on stdout, all else on stderr.
    """
    from clipline import app

    asked = Reports(session, reports)
    with asked.refusals(name or Path(file).stem, file):
        given = read_inputs(pairs, inputs_file)
        asked.spare(file, *given.values())
        if progress != "json":
            _tell_samples(app.load(app.find_pipeline(file), settings=session.settings), given)
        result = session.carry_out(
            lambda on_event, token: app.run(
                app.find_pipeline(file),
                given,
                backend=backend,
                on_event=on_event,
                cancel=token,
                settings=session.settings,
                out=Path(out) if out else None,
                name=name,
                wait=wait,
            ),
            progress,
        )
    return asked.tell(result, progress)


def _tell_samples(pipeline: Pipeline, given: Mapping[str, object]) -> None:
    """Say which files of the pipeline's own are used because none were given."""
    for name, spec in pipeline.inputs.items():
        if name not in given and spec.type in _FILES and isinstance(spec.default, str):
            own = Path(spec.default)
            what = f"the sample {own.name}" if own.parent.name == "samples" else str(own)
            console.talk(console.plain(f"no {name} was given: {what} is used"))

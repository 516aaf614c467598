"""`clipline watch`: a pipeline for each clip that comes into a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clipline.cli import console
from clipline.cli.many import Labels, executor_option, jobs_option, watching_many
from clipline.cli.session import (
    Session,
    backend_option,
    common,
    file_argument,
    input_options,
    read_inputs,
    watch_options,
)
from clipline.cli.signals import stoppable
from clipline.errors import UsageError

if TYPE_CHECKING:
    from clipline.app import BatchRow


@click.command(name="watch")
@click.argument("folder", metavar="DIR", type=click.Path())
@file_argument
@click.option("--clip-input", metavar="NAME", help="The input that the files go to, where several take a file.")
@input_options
@backend_option
@click.option("--out", metavar="FOLDER", help="Where exported files go; the working folder by default, never DIR.")
@jobs_option
@click.option("--once", is_flag=True, help="End when nothing is left to do.")
@click.option("--interval", metavar="TIME", default="2s", show_default=True, help="Between two looks into DIR.")
@click.option(
    "--settle", metavar="TIME", default="4s", show_default=True, help="How long a file must not have changed for."
)
@executor_option
@watch_options
@common()
def command(session: Session, *, folder: str, file: str, **options: Any) -> int:
    """Run a pipeline for each clip that comes into a folder.

    FILE is as for `clipline run`. A file that is dropped into DIR is moved to DIR/working once it stands still, and to
    DIR/done or DIR/failed with what came of it beside it as JSON. Files are never done twice, however often the watch
    is killed and begun again; several may watch one folder.
    """
    from clipline import app

    if os.path.isfile(folder) and os.path.isdir(file):  # noqa: PTH112, PTH113 - they may be too long for a name
        raise UsageError("the folder comes first, then the pipeline", hint=f"clipline watch {file} {folder}")
    inputs = read_inputs(options["pairs"], options["inputs_file"])
    interval, settle = _seconds("interval", options["interval"]), _seconds("settle", options["settle"])
    labels, talks = Labels(), options["progress"] != "json"
    with watching_many(options["progress"], labels, hints=True) as (on_event, show_row):

        def on_row(row: BatchRow) -> None:
            show_row(row)
            if not session.as_json and row.status == "done":
                for made in row.files:
                    console.result(str(made))

        result = stoppable(
            lambda token: app.watch(
                Path(folder),
                app.find_pipeline(file),
                inputs=inputs,
                on_event=on_event,
                on_row=on_row,
                cancel=token,
                settings=session.settings,
                out=Path(options["out"]) if options["out"] else None,
                interval=interval,
                settle=settle,
                **{name: options[name] for name in ("backend", "clip_input", "jobs", "once", "executor")},
            )
        )
    if talks:
        told = ", ".join(f"{count} {_WORDS.get(status, status)}" for status, count in sorted(result.counts.items()))
        console.talk(f"watched {console.plain(folder)}: {told or 'nothing came'}")
    if session.as_json:
        console.document("watch", {name: value for name, value in result.as_json().items() if name != "clipline_watch"})
    return result.exit


_WORDS = {"cancelled": "stopped (left in working)", "waiting": "left in working"}


def _seconds(name: str, text: str) -> float:
    from clipline.values import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--{name}: {error}") from None

"""`clipline batch`: a pipeline for each of many clips."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clipline.cli import console
from clipline.cli.many import GO_ON, Labels, executor_option, jobs_option, table, watching_many
from clipline.cli.reports import Reports, report_option
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
    from clipline.app import BatchResult


@click.command(name="batch")
@file_argument
@click.argument("clips", nargs=-1, metavar="[CLIPS]...", type=click.Path())
@click.option("--table", "rows_file", metavar="FILE", help="A CSV, JSON or JSON Lines file; its columns are inputs.")
@click.option("--clip-input", metavar="NAME", help="The input that CLIPS go to, where several take a file.")
@input_options
@backend_option
@click.option("--out", metavar="FOLDER", help="Where exported files go; the working folder by default.")
@jobs_option
@click.option("--resume", is_flag=True, help="Keep what was done before, and go on with the rest.")
@click.option("--again", is_flag=True, help="Do anew what was paid before, and pay again.")
@click.option("--max-failures", type=click.IntRange(1), metavar="N", help="Begin no more rows after N that failed.")
@click.option("--budget", type=click.FloatRange(0), metavar="CREDITS", help="What all rows together may cost.")
@executor_option
@click.option("--summary", metavar="FILE", help="Write the table to FILE.csv or FILE.json.")
@report_option
@watch_options
@common()
def command(session: Session, *, rows_file: str | None, clips: tuple[str, ...], **options: Any) -> int:
    """Run a pipeline for each of many clips.

    FILE is as for `clipline run`. Each of CLIPS, or each row of a table, is a run of its own. One that fails stops no
    other. Wrong rows are named as file:line before anything starts. At the end stands a table; the exit status is the
    highest among the rows. The same line with --resume keeps what is done and goes on with the rest.
    """
    from clipline import app
    from clipline.app import reporting

    if bool(clips) == bool(rows_file):
        raise UsageError("say what to work on: clips, or --table FILE" if not clips else "clips or --table, not both")
    summary = Path(options["summary"]) if options["summary"] else None
    if summary is not None:
        app.check_summary(summary)
    reports = Reports(session, options["reports"])
    with reports.refusals(Path(options["file"]).stem, options["file"]):
        reports.spare(options["file"], rows_file, *clips)
        result = _work(session, rows_file or clips, options)
    status = reports.beside(reporting.of_batch(result), lambda: _tell(session, result, options["progress"]))
    if summary is not None:
        app.write_summary(result, summary)
    return status


def _work(session: Session, rows: Any, options: Mapping[str, Any]) -> BatchResult:
    from clipline import app

    labels = Labels()
    with watching_many(options["progress"], labels) as (on_event, on_row):
        return stoppable(
            lambda token: app.batch(
                app.find_pipeline(options["file"]),
                rows,
                inputs=read_inputs(options["pairs"], options["inputs_file"]),
                on_event=on_event,
                on_row=on_row,
                cancel=token,
                settings=session.settings,
                out=Path(options["out"]) if options["out"] else None,
                **{name: options[name] for name in _PASSED},
            ),
            how_to_go_on=GO_ON,
        )


#: Options that the work takes under their own names.
_PASSED = ("backend", "clip_input", "jobs", "resume", "again", "max_failures", "budget", "executor")


def _tell(session: Session, result: BatchResult, progress: str) -> int:
    """Tell how the batch ended; returns the exit status."""
    if progress != "json":
        for line in table(result):
            console.talk(line)
    if session.as_json:
        console.result(json.dumps(result.as_json(), indent=2, default=str))
    else:
        for file in result.files:
            console.result(str(file))
    return result.exit

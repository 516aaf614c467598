"""`clipline runs`: look at what the journal holds."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clipline.cli import console
from clipline.cli.groups import Group
from clipline.cli.session import Session, common
from clipline.errors import UsageError

if TYPE_CHECKING:
    from clipline.events import Event
    from clipline.journal.rows import RunRow, StageRow
    from clipline.journal.store import Journal


@click.group(name="runs", cls=Group)
def command() -> None:
    """Look at the runs of this machine."""


@command.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many; the newest first.")
@common()
def list_runs(session: Session, *, limit: int) -> int:
    """List runs, the newest first."""
    with _journal(session) as journal:
        rows = [(row, journal.worked(row.id)) for row in journal.runs()[:limit]]
    if session.as_json:
        console.document("runs", {"runs": [_run_json(row, worked) for row, worked in rows]})
    elif rows:
        cells = [(row.id, row.name, row.status, _when(row.started), f"{worked:.1f}s") for row, worked in rows]
        for line in console.table([("run", "name", "status", "started", "took"), *cells]):
            console.result(console.plain(line))
    else:
        console.talk("no runs yet")
    return 0


@command.command(name="show")
@click.argument("run")
@common()
def show(session: Session, *, run: str) -> int:
    """Show one run: its stages, files and errors. RUN is an id or a part of one."""
    with _journal(session) as journal:
        row = journal.run(run)
        stages, worked = journal.stages(row.id), journal.worked(row.id)
    if session.as_json:
        console.document("run", {**_run_json(row, worked), "stages": [asdict(stage) for stage in stages]})
        return 0
    for line in console.table(
        [
            ("run", row.id),
            ("name", row.name),
            ("pipeline", row.pipeline),
            ("backend", row.backend),
            ("status", row.status),
            ("started", _when(row.started)),
            ("took", f"{worked:.1f}s"),
            ("folder", str(row.folder)),
        ]
    ):
        console.result(console.plain(line))
    console.result("")
    for line in _stage_lines(stages):
        console.result(line)
    if row.status not in {"done", "running"}:
        console.talk(f"\nto go on: clipline resume {row.id}")
    return 0


@command.command(name="logs")
@click.argument("run")
@click.option("--after", type=click.IntRange(0), default=0, metavar="N", help="Only events after the Nth.")
@common()
def logs(session: Session, *, run: str, after: int) -> int:
    """Print the events of a run; with `--json` as one document."""
    with _journal(session) as journal:
        events = journal.events(journal.run(run).id, after)
    if session.as_json:
        console.document("events", {"events": [event.as_json() for event in events]})
        return 0
    for event in events:
        said = ", ".join(f"{name}={value}" for name, value in event.data.items() if value not in (None, ""))
        moment = time.strftime("%H:%M:%S", time.localtime(event.time))
        console.result(console.plain(f"{event.sequence:>4}  {moment}  {event.type:<16} {event.stage or '-'}  {said}"))
    return 0


@command.command(name="report")
@click.argument("run")
@click.option("--format", "form", default="json", show_default=True, metavar="NAME", help="json, junit, or a plugin's.")
@click.option("-o", "--output", metavar="FILE", help="Write it to a file; on stdout otherwise.")
@common(as_json=False)
def report(session: Session, *, run: str, form: str, output: str | None) -> int:
    """Tell of one run as `--report` does. RUN is an id or a part of one."""
    from clipline.app import reporting

    chosen = reporting.find_format(form, reporting.report_formats(session.settings))
    result = reporting.past(run, session.settings).as_json()
    if output is not None:
        reporting.write_report(result, chosen, Path(output))
    else:
        console.result_bytes(reporting.render(result, chosen))
    return 0


@command.command(name="rm")
@click.argument("run", nargs=-1)
@click.option("--all-done", is_flag=True, help="Forget every run that ended well.")
@common()
def remove(session: Session, *, run: tuple[str, ...], all_done: bool) -> int:
    """Forget runs. The files that they exported stay; an unfinished one can then not be resumed.

    A render that still goes on at a service for one of them is stopped there; where that fails, that is said.
    """
    from clipline.app.forgetting import forget
    from clipline.cli.signals import stoppable

    if bool(run) == all_done:
        raise UsageError("say which runs to forget: their ids, or --all-done")
    forgotten = stoppable(
        lambda token: forget(run, all_done=all_done, on_event=_note, cancel=token, settings=session.settings)
    )
    ids = [each.run_id for each in forgotten]
    for each in forgotten:
        for words in each.goes_on:
            console.talk(f"{console.style('warning:', 'warning')} {console.plain(f'{each.run_id}: {words}')}")
    if session.as_json:
        goes_on = {each.run_id: list(each.goes_on) for each in forgotten if each.goes_on}
        console.document("removed", {"runs": ids, "goes_on": goes_on})
    else:
        console.talk(f"forgot {', '.join(ids) or 'nothing'}")
    return 0


def _note(event: Event) -> None:
    if event.type == "stage.note":
        console.talk(console.plain(str(event.data["text"])))


@contextmanager
def _journal(session: Session) -> Iterator[Journal]:
    from clipline import app

    journal = app.open_journal(session.settings)
    try:
        yield journal
    finally:
        journal.close()


def _run_json(row: RunRow, worked: float) -> dict[str, Any]:
    return {**asdict(row), "folder": str(row.folder), "seconds": round(worked, 3)}


def _stage_lines(stages: list[StageRow]) -> list[str]:
    lines = console.table(
        [
            (stage.path, stage.kind, stage.status, f"{(stage.finished or stage.started) - stage.started:.1f}s")
            for stage in stages
        ]
        or [("no stage started",)]
    )
    lines = [console.plain(line) for line in lines]
    for stage in stages:
        lines += [console.plain(f"{f.level}: {stage.path}: {f.text}") for f in stage.findings if f.level == "WARN"]
        if stage.error:
            lines.append(f"{console.style('error:', 'bad')} {console.plain(str(stage.error.get('message')))}")
        lines += [f"file: {made.path}" for made in stage.artifacts]
    return lines


def _when(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")

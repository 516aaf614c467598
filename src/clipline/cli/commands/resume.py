"""`clipline resume`: go on with a run."""

from __future__ import annotations

import click

from clipline.cli import console
from clipline.cli.session import Session, common, watch_options


@click.command(name="resume")
@click.argument("run", required=False)
@click.option("--take-over", is_flag=True, help="Go on though another process seems to work on it.")
@watch_options
@common()
def command(session: Session, *, run: str | None, take_over: bool, progress: str) -> int:
    """Go on with a run that was stopped or failed.

    RUN is an id or its beginning; by default the newest run that is not finished. Finished stages are not done again.
    """
    from clipline import app

    run_id = _find(session, run)
    if run_id is None:
        console.talk("nothing to resume")
        if session.as_json:
            console.document("resume", {"run_id": None})
        return 0
    result = session.carry_out(
        lambda on_event, token: app.resume(
            run_id, on_event=on_event, cancel=token, settings=session.settings, take_over=take_over
        ),
        progress,
    )
    return session.tell(result, progress)


def _find(session: Session, run: str | None) -> str | None:
    """The id of the run that is meant; None where there is nothing to do."""
    from clipline import app

    journal = app.open_journal(session.settings)
    try:
        if run is not None:
            return journal.run(run).id
        newest = journal.newest_unfinished()
        return newest.id if newest else None
    finally:
        journal.close()

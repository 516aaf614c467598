"""`clipline resume`: go on with a run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import click

from clipline.cli import console
from clipline.cli.session import Session, common, wait_option, watch_options


@click.command(name="resume")
@click.argument("run", required=False)
@click.option("--take-over", is_flag=True, help="Go on though another process seems to work on it.")
@click.option("--resend", is_flag=True, help="Send again what nobody can tell the outcome of; may be charged twice.")
@click.option("--replay", is_flag=True, help="Build a lost session anew: upload again, repeat the edits, pay again.")
@wait_option
@watch_options
@common()
def command(
    session: Session, *, run: str | None, take_over: bool, resend: bool, replay: bool, wait: bool, progress: str
) -> int:
    """Go on with a run that was stopped, failed or waits.

    RUN is an id or a part of one; by default the newest run that is not finished, without those that would fail again.
    Finished stages are not done again, unless --replay says so: it tells the price first, and keeps to the budget.
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
            run_id,
            on_event=on_event,
            cancel=token,
            settings=session.settings,
            take_over=take_over,
            resend=resend,
            replay=replay,
            wait=wait,
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
        newer = takewhile(lambda row: newest is None or row.id != newest.id, journal.runs())
        _tell_of_hopeless([row.id for row in newer if row.hopeless])
        return newest.id if newest else None
    finally:
        journal.close()


def _tell_of_hopeless(runs: Sequence[str]) -> None:
    if runs:
        more = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
        console.talk(
            f"passed over {runs[0]}{more}: it would fail again for the same reason\n"
            f"{console.style('hint:', 'strong')} see `clipline runs show {runs[0]}`; "
            f"`clipline resume {runs[0]}` tries all the same, `clipline runs rm {runs[0]}` forgets it"
        )

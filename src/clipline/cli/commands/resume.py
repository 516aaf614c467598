"""`clipline resume`: go on with a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.reports import Reports, report_option
from clipline.cli.session import Session, common, wait_option, watch_options

if TYPE_CHECKING:
    from clipline.app.resuming import Choice


@click.command(name="resume")
@click.argument("run", required=False)
@click.option("--take-over", is_flag=True, help="Go on though another process seems to work on it.")
@click.option("--resend", is_flag=True, help="Send again what nobody can tell the outcome of; may be charged twice.")
@click.option("--replay", is_flag=True, help="Build a lost session anew: upload again, repeat the edits, pay again.")
@click.option("--budget", type=click.FloatRange(0), metavar="CREDITS", help="The run's budget from now on.")
@report_option
@wait_option
@watch_options
@common()
def command(
    session: Session,
    *,
    run: str | None,
    take_over: bool,
    resend: bool,
    replay: bool,
    budget: float | None,
    reports: tuple[str, ...],
    wait: bool,
    progress: str,
) -> int:
    """Go on with a run that was stopped, failed or waits.

    RUN is an id or a part of one; by default it is the newest run that is not finished. Where that would only fail
    again, or stopped for its budget and --budget gives it no other, nothing is done; nor where it is a row of a batch,
    whose own line with --resume goes on with all. A sentence of a conversation that has gone on since is not sent late.
    Finished stages are not done again, unless --replay says so: it tells the price first, and keeps to the budget.
    """
    from clipline import app

    asked = Reports(session, reports)
    with asked.refusals(run or "resume"):
        if run is None:
            choice = app.unfinished(settings=session.settings, with_budget=budget is not None)
            if choice.run is None or choice.why:
                return _nothing(session, choice, asked)
            run = choice.run.id
        result = session.carry_out(
            lambda on_event, token: app.resume(
                run,
                on_event=on_event,
                cancel=token,
                settings=session.settings,
                take_over=take_over,
                resend=resend,
                replay=replay,
                wait=wait,
                budget=budget,
            ),
            progress,
        )
    return asked.tell(result, progress)


def _nothing(session: Session, choice: Choice, reports: Reports) -> int:
    """Say why nothing is resumed, and report of the run that is left as it is; returns the exit status."""
    console.talk(console.plain(f"nothing to resume: {choice.why}" if choice.why else "nothing to resume"))
    if choice.hint:
        console.talk(f"{console.style('hint:', 'strong')} {console.plain(choice.hint)}")
    if session.as_json:
        unfinished = {"unfinished": choice.run.id, "why": choice.why, "hint": choice.hint} if choice.run else {}
        console.document("resume", {"run_id": None, **unfinished})
    return reports.tell_of_none(choice.run.id if choice.run else None)

"""`clipline edit`: one clip, one sentence, one file."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from clipline.cli import console, failures
from clipline.cli.commands import plan
from clipline.cli.reports import Reports, report_option
from clipline.cli.session import Session, backend_option, common, watch_options
from clipline.errors import PipelineFileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

#: The code of the error that a sentence with several meanings is refused with.
_UNCLEAR = "ambiguous"
#: Hints for this command, by the code of the error, where those for pipelines speak of what it does not have.
_HINTS = {
    "over_source": "name another file with -o",
    "is_folder": "name another file with -o",
    "disk": "name a file in another folder with -o",
}


@click.command(name="edit")
@click.argument("clip", type=click.Path())
@click.argument("words", nargs=-1, required=True, metavar="INSTRUCTION")
@click.option("-o", "--output", metavar="FILE", help="The file to make; its ending says the format.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and do nothing.")
@backend_option
@report_option
@watch_options
@common()
def command(
    session: Session,
    *,
    clip: str,
    words: tuple[str, ...],
    output: str | None,
    only_plan: bool,
    backend: str | None,
    reports: tuple[str, ...],
    progress: str,
) -> int:
    """Edit one clip as a sentence says.

    INSTRUCTION is in English or Chinese, like "replace the background with green". The clip itself is never
    changed. The result is NAME-edited.mp4 in the working folder, or with the ending that the sentence asks for, and
    with a number where that is taken; a file named with -o is overwritten. Its path is printed on stdout.
    """
    from clipline import app

    if only_plan:
        if reports:
            raise UsageError("--report tells of a run, and --plan makes none", hint="leave one of them out")
        instruction = _instruction(clip, words, output)
        forecast = _ask_until_clear(
            session,
            lambda sentence: app.plan_edit(clip, sentence, output, backend=backend, settings=session.settings),
            instruction,
        )
        return plan.show(session, forecast)
    asked = Reports(session, reports)
    with asked.refusals("edit"):
        asked.spare(clip, *([output] if output else []))
        result = _ask_until_clear(
            session,
            lambda sentence: session.carry_out(
                lambda on_event, token: app.edit(
                    clip,
                    sentence,
                    output,
                    backend=backend,
                    on_event=on_event,
                    cancel=token,
                    settings=session.settings,
                ),
                progress,
            ),
            _instruction(clip, words, output),
        )
    status = asked.tell(result, progress)
    if result.status == "done" and progress != "json":
        console.talk(f"{console.plain(clip)} is as it was; delete the new file to undo the edit")
    return status


def _instruction(clip: str, words: tuple[str, ...], output: str | None) -> str:
    """What is to be done, once nothing in the command line is a slip.

    Raises:
        UsageError: something is.
    """
    instruction = _sentence(clip, words)
    _check_ending(output)
    return instruction


def _sentence(clip: str, words: tuple[str, ...]) -> str:
    if len(words) > 1:
        hint = f'put quotes around it: clipline edit {shlex.quote(clip)} "{" ".join(words)}"'
        raise UsageError(f"the instruction came in {len(words)} pieces", hint=hint)
    # A sentence may be longer than any name, at which `Path.is_file` fails.
    if not os.path.isfile(clip) and os.path.isfile(words[0]):  # noqa: PTH113
        hint = f'clipline edit {shlex.quote(words[0])} "{clip}"'
        raise UsageError("the clip comes first, then what is to be done with it", hint=hint)
    return words[0]


def _check_ending(output: str | None) -> None:
    """A name's ending says the format; one that says none is a slip, seen before any work.

    Raises:
        UsageError: no such files are made.
    """
    from clipline.studio.formats import FORMATS

    ending = Path(output or "").suffix.lower()
    if ending and ending[1:] not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise UsageError(f"-o {output}: files that end in {ending} are not made here", hint=f"one of {known}")


def _ask_until_clear(session: Session, work: Callable[[str], _T], instruction: str) -> _T:
    """Do the work; where the sentence can mean several things, ask the person which, if there is one.

    Raises:
        InputError: the sentence, the clip or the name of the new file is wrong; nothing was done.
    """
    while True:
        try:
            return work(instruction)
        except PipelineFileError as error:
            refusal = failures.in_words(error, _HINTS)
            if refusal.code != _UNCLEAR or not _can_ask(session):
                raise refusal from None
        failures.complain(refusal)
        instruction = console.ask("what should be done")


def _can_ask(session: Session) -> bool:
    return not session.as_json and console.is_terminal(sys.stdin) and console.is_terminal(sys.stderr)

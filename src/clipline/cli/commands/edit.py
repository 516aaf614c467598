"""`clipline edit`: one clip, one sentence, one file."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from clipline.cli import console, failures
from clipline.cli.choosing import NAME_TAKEN, until_clear, where_taken
from clipline.cli.commands import plan
from clipline.cli.reports import Reports, report_option
from clipline.cli.session import Session, backend_option, common, watch_options
from clipline.errors import PipelineFileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipline.engine.foresight import Forecast
    from clipline.engine.results import RunResult

_T = TypeVar("_T")

#: Hints for this command, by the code of the error, where those for pipelines speak of what it does not have.
_HINTS = {
    "exists": NAME_TAKEN,
    "over_source": "name another file with -o",
    "is_folder": "name another file with -o",
    "disk": "name a file in another folder with -o",
}


@click.command(name="edit")
@click.argument("clip", type=click.Path())
@click.argument("words", nargs=-1, required=True, metavar="INSTRUCTION")
@click.option("-o", "--output", metavar="FILE", help="The file to make; its ending says the format.")
@click.option("--overwrite", is_flag=True, help="Replace the file named with -o, if there is one.")
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
    overwrite: bool,
    only_plan: bool,
    backend: str | None,
    reports: tuple[str, ...],
    progress: str,
) -> int:
    """Edit one clip as a sentence says.

    INSTRUCTION is in English or Chinese, like "replace the background with green". The clip itself is never
    changed. The result is NAME-edited.mp4 in the working folder, of a photo a photo like NAME-edited.jpg, or what the
    sentence asks for, with a number where that name is taken. Where the file named with -o exists, you are asked
    whether to replace it; without a terminal only --overwrite replaces it. The path of the result is printed on stdout.
    """
    from clipline import app

    if only_plan:
        if reports:
            raise UsageError("--report tells of a run, and --plan makes none", hint="leave one of them out")

        def planned(sentence: str) -> Forecast:
            return _in_words(
                lambda: app.plan_edit(
                    clip, sentence, output, overwrite=overwrite, backend=backend, settings=session.settings
                )
            )

        return plan.show(session, until_clear(session, planned, _instruction(clip, words, output), lambda _: ()))

    def edited(sentence: str, replaces: bool) -> RunResult:
        return session.carry_out(
            lambda on_event, token: app.edit(
                clip,
                sentence,
                output,
                overwrite=replaces,
                backend=backend,
                on_event=on_event,
                cancel=token,
                settings=session.settings,
            ),
            progress,
        )

    def settled(sentence: str) -> RunResult:
        return where_taken(session, lambda replaces: _in_words(lambda: edited(sentence, replaces)), overwrite=overwrite)

    asked = Reports(session, reports)
    with asked.refusals("edit"):
        asked.spare(clip, *([output] if output else []))
        instruction = _instruction(clip, words, output)
        result = until_clear(session, settled, instruction, lambda done: done.errors)
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
    from clipline.studio.writing.formats import ENDINGS

    ending = Path(output or "").suffix.lower()
    if ending and ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise UsageError(f"-o {output}: files that end in {ending} are not made here", hint=f"one of {known}")


def _in_words(work: Callable[[], _T]) -> _T:
    """Do the work; what is wrong in a sentence is told without a place in a file.

    Raises:
        InputError: the sentence, the clip or the name of the new file is wrong; nothing was done.
    """
    try:
        return work()
    except PipelineFileError as error:
        raise failures.in_words(error, _HINTS) from None

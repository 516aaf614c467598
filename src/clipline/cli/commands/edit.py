"""`clipline edit`: one clip, one sentence, one file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from clipline.cli import console, failures
from clipline.cli.session import Session, backend_option, common, watch_options
from clipline.errors import InputError, PipelineFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipline.engine.results import RunResult

#: The code of the error that a sentence with several meanings is refused with.
_UNCLEAR = "ambiguous"


@click.command(name="edit")
@click.argument("clip", type=click.Path())
@click.argument("instruction")
@click.option("-o", "--output", metavar="FILE", help="The file to make; its ending says the format.")
@backend_option
@watch_options
@common()
def command(
    session: Session, *, clip: str, instruction: str, output: str | None, backend: str | None, progress: str
) -> int:
    """Edit one clip as a sentence says.

    INSTRUCTION is in English or Chinese, like "replace the background with green". The clip itself is never
    changed. The result is NAME-edited.mp4 in the working folder, with a number where that is taken; a file named
    with -o is overwritten. Its path is printed on stdout.
    """
    from clipline import app

    def edit(sentence: str) -> RunResult:
        return session.carry_out(
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
        )

    result = _ask_until_clear(session, edit, instruction)
    status = session.tell(result, progress)
    if result.status == "done" and progress != "json":
        console.talk(f"{console.plain(clip)} is as it was; delete the new file to undo the edit")
    return status


def _ask_until_clear(session: Session, edit: Callable[[str], RunResult], instruction: str) -> RunResult:
    """Run the edit; where the sentence can mean several things, ask the person which, if there is one.

    Raises:
        InputError: the sentence, the clip or the name of the new file is wrong; nothing was done.
    """
    while True:
        try:
            return edit(instruction)
        except PipelineFileError as error:
            # The person wrote a sentence, not a file: what is wrong is told without a place in one.
            refusal = _in_words(error)
            if refusal.code != _UNCLEAR or not _can_ask(session):
                raise refusal from None
        failures.complain(refusal)
        instruction = console.ask("what should be done")


def _in_words(error: PipelineFileError) -> InputError:
    first = error.problems[0]
    message = "\n".join(problem.message for problem in error.problems)
    return InputError(message, code=first.code or None, hint=first.hint)


def _can_ask(session: Session) -> bool:
    return not session.as_json and console.is_terminal(sys.stdin) and console.is_terminal(sys.stderr)

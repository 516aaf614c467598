"""`clipline say`: one sentence to a backend, in a session that is kept."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

import click

from clipline.cli import console, failures
from clipline.cli.bare_words import bare_word, how_to
from clipline.cli.choosing import until_clear
from clipline.cli.session import Session, backend_option, common, session_options, watch_options
from clipline.errors import UsageError

if TYPE_CHECKING:
    from clipline.cli.turns import Turn


@click.command(name="say")
@click.argument("words", nargs=-1, metavar="[TEXT]")
@backend_option
@session_options
@watch_options
@common()
def command(
    session: Session,
    *,
    words: tuple[str, ...],
    backend: str | None,
    named: str | None,
    fresh: bool,
    progress: str,
) -> int:
    """Say what is to be done, and see what changed.

    TEXT is in English or Chinese; - or nothing reads it from stdin. "upload me.mp4" or a path hands a file over,
    "export" makes the file, "credits" and "status" tell; everything else is an edit. The session is kept: the next
    sentence goes on where this one ends. The reply is printed on stdout.
    """
    from clipline.cli.conversation import Conversation

    text = _text(words)
    _check_sentence(text)
    conversation = Conversation(session, backend=backend, named=named, fresh=fresh, progress=progress)
    turn = until_clear(session, conversation.say, text, lambda turn: turn.errors)
    if session.as_json:
        console.document("say", {"backend": conversation.backend, "said": text, **turn.as_json()})
    else:
        tell(turn)
    return turn.exit


def _check_sentence(text: str) -> None:
    """A word that means a conversation itself is no edit, and is not paid as one.

    Raises:
        UsageError: it is such a word.
    """
    if (word := bare_word(text)) and not os.path.exists(text):  # noqa: PTH110 - a text may be long
        raise UsageError(f'"{text.strip()}" alone asks for no edit, and nothing was sent', hint=how_to(word))


def tell(turn: Turn, *, chat: bool = False) -> None:
    """Print a turn: the reply on stdout, warnings and what went wrong on stderr; in a chat, how to go on is no news."""
    for line in turn.lines:
        console.result(console.plain(line))
    for warning in turn.warnings:
        console.talk(f"{console.style('warning:', 'warning')} {console.plain(warning)}")
    for error in turn.errors:
        failures.complain_of(error)
    if turn.cancelled:
        console.talk("stopped")
    if turn.runs and (turn.waiting or (turn.cancelled and not chat)):
        console.talk(f"to go on: clipline resume {turn.runs[-1]}")


def _text(words: tuple[str, ...]) -> str:
    """What is said: in one piece or several, a file's name among them as it is, or all of stdin.

    Raises:
        UsageError: nothing is.
    """
    if words and words != ("-",):
        if len(words) == 1:
            return words[0]
        return " ".join(shlex.quote(word) if os.path.isfile(word) else word for word in words)  # noqa: PTH113 - is long
    if not words and console.is_terminal(sys.stdin):
        raise UsageError("nothing is said", hint='clipline say "blur the background"; for more: clipline chat')
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")  # the name of a file need not be UTF-8
    text = sys.stdin.read().strip()
    if not text:
        raise UsageError("nothing is said: stdin is empty")
    return text

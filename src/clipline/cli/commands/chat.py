"""`clipline chat`: type, see what changed, go on."""

from __future__ import annotations

import difflib
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from clipline.cli import console, failures
from clipline.cli.bare_words import UNDO, bare_word
from clipline.cli.choosing import meant, tell_choices, unclear
from clipline.cli.commands.say import tell
from clipline.cli.session import Session, backend_option, common, session_options, watch_options
from clipline.cli.signals import forget
from clipline.errors import Choice, CliplineError, UsageError, redact, worst

if TYPE_CHECKING:
    from clipline.cli.conversation import Conversation

_HELP = """\
Say what is to be done, in English or Chinese, and see what changed. Besides:
  a file's path, or "upload FILE"   hands a file over; on most terminals it can be dropped here
  export, or "export to FILE"       makes the file
  credits, status                   what the account has, what the timeline holds
  /history   what was done in this session      /link    where it is to be found in a browser
  /new       begin a new session                /resend  send again the edit whose end nobody knows
  /help      this                               /quit    leave, as does Ctrl-D
help, history, link, new, quit alone mean the same; there is no undo: say the opposite, or /new.
Ctrl-C stops what is being done and stays here; a second one leaves."""


@click.command(name="chat")
@backend_option
@session_options
@watch_options
@common(as_json=False)
def command(session: Session, *, backend: str | None, named: str | None, fresh: bool, progress: str) -> int:
    """Talk with a backend about an edit.

    Each line is said as `clipline say` says it, in one session: type, see what changed, go on. /help lists what else
    there is. With lines from a pipe nothing is asked, each line is said, and the exit status is the worst of them.
    """
    from clipline.cli.conversation import Conversation
    from clipline.cli.lines import Lines

    conversation = Conversation(session, backend=backend, named=named, fresh=fresh, progress=progress)
    lines = Lines("> ", session.settings.make_state_folder() / "chat_history")
    if lines.interactive:
        console.talk(f"clipline chat with {console.plain(conversation.backend)}; /help says what there is")
    return _Chat(conversation, lines.read, interactive=lines.interactive).run()


class _Chat:
    """The loop. `statuses` are the exit statuses of all that was said."""

    def __init__(self, conversation: Conversation, read: Callable[[], str | None], *, interactive: bool) -> None:
        self._conversation = conversation
        self._read = read
        self._interactive = interactive
        self._statuses = [0]
        self._choices: tuple[Choice, ...] = ()
        self._commands: Mapping[str, Callable[[], None]] = {
            "help": lambda: console.talk(_HELP),
            "history": self._history,
            "link": self._link,
            "new": self._begin_anew,
            "resend": self._resend,
            "undo": _say_that_nothing_is_undone,
        }

    def run(self) -> int:
        """Read and answer until there is no more, or the person leaves; on a terminal that is a good end."""
        stopped = False
        while True:
            forget()
            try:
                line = self._read()
            except KeyboardInterrupt as stop:
                if (number := getattr(stop, "signal_number", signal.SIGINT)) != signal.SIGINT:
                    return 128 + int(number)
                if stopped or not self._interactive:
                    console.talk()
                    return 130
                stopped = True
                console.talk("\nagain to leave; Ctrl-D and /quit leave too")
                continue
            stopped = False
            if line is None or _command(line.strip()) in {"quit", "exit"}:
                break
            if line.strip():
                self._answer(line.strip())
        if line is None and self._interactive:
            console.talk()
        return 0 if self._interactive else worst(self._statuses)

    def _answer(self, line: str) -> None:
        """Say one line, or do what a `/command` says; an error is told and ends nothing.

        After something unclear a number or a name says which was meant.
        """
        line, self._choices = meant(line, self._choices) or line, ()
        try:
            if (word := _command(line)) is None:
                turn = self._conversation.say(line)
                offered = self._offer(unclear(turn.errors))
                tell(replace(turn, errors=()) if offered else turn, chat=True)
                if self._conversation.open_run:
                    console.talk("what became of it is looked up before the next edit or export")
                self._statuses.append(turn.exit)
            else:
                self._commands.get(word, lambda: self._unknown(word))()
        except CliplineError as error:
            if not self._offer(error):
                failures.complain(error)
            self._statuses.append(error.exit)
        except Exception as error:  # noqa: BLE001  # a bug ends with a report, not with the conversation
            bug = failures.as_error(error, [redact(word) for word in sys.argv[1:]])
            failures.complain(bug)
            self._statuses.append(bug.exit)

    def _offer(self, refusal: CliplineError | None) -> bool:
        """Name what an unclear sentence may mean, where that can be told; the next line may choose."""
        if refusal is None or not refusal.choices or not self._interactive:
            return False
        tell_choices(refusal)
        self._choices = refusal.choices
        return True

    # --- commands ----------------------------------------------------------------------------------------------------

    def _unknown(self, word: str) -> None:
        near = difflib.get_close_matches(word, [*self._commands, "quit"], 1)
        hint = f"did you mean /{near[0]}?" if near else "/help lists what there is"
        raise UsageError(f"there is no /{word}", hint=hint)

    def _history(self) -> None:
        told = self._conversation.history()
        for number, line in enumerate(told, 1):
            console.result(console.plain(f"{number}. {line}"))
        if not told:
            console.talk("nothing was edited in this session yet")

    def _link(self) -> None:
        for each in self._conversation.links():
            console.result(console.plain(each.url))

    def _begin_anew(self) -> None:
        self._conversation.begin_anew()
        console.talk("what you say next begins a new session, with an empty timeline")

    def _resend(self) -> None:
        turn = self._conversation.go_on(resend=True)
        tell(turn, chat=True)
        self._statuses.append(turn.exit)


def _say_that_nothing_is_undone() -> None:
    raise UsageError(UNDO, hint="/new begins a new session, with an empty timeline")


def _command(line: str) -> str | None:
    """The word after the slash, or a bare one that means the same; None for a sentence and for a path."""
    match = re.fullmatch(r"/([A-Za-z]+)", line)
    # A line may be longer than any name, at which `Path.exists` fails.
    return (match[1].lower() if match else bare_word(line)) if not os.path.exists(line) else None  # noqa: PTH110

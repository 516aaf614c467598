"""Lines that a person types or a program pipes in: with editing and a history on a terminal, bare elsewhere."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from types import ModuleType

import click

from clipline.cli import console
from clipline.cli.signals import while_reading

__all__ = ["Lines"]

#: Lines that the history keeps.
_KEPT = 1000


class Lines:
    """Reads lines from stdin.

    Args:
        prompt: shown on a terminal before each line, never in a pipe.
        history: the file that the lines of earlier times are in; made for this user's eyes only.
    """

    def __init__(self, prompt: str, history: Path) -> None:
        self.interactive = console.is_terminal(sys.stdin) and console.is_terminal(sys.stderr)
        self._prompt = prompt
        self._history = history
        self._editor = _editor() if self.interactive and console.is_terminal(sys.stdout) else None
        if self._editor is not None:
            _private(history)
            _remember(self._editor, history)
        if not self.interactive and hasattr(sys.stdin, "reconfigure"):
            # The name of a file need not be UTF-8.
            sys.stdin.reconfigure(errors="surrogateescape")

    def read(self) -> str | None:
        """The next line without its end; None where there are no more.

        Raises:
            KeyboardInterrupt: the person said stop while they were asked.
        """
        with while_reading():
            return self._read()

    def _read(self) -> str | None:
        if self._editor is not None:
            try:
                line = input(self._prompt)
            except (EOFError, OSError):  # the second: the window was closed
                return None
            self._keep(line)
            return line
        if self.interactive:
            click.echo(self._prompt, nl=False, err=True, color=console.color_wanted())
        line = sys.stdin.readline()
        return line.rstrip("\r\n") if line else None

    def _keep(self, line: str) -> None:
        """Add the line that was just read to the file at once: whoever leaves in a hurry loses none."""
        if not line.strip() or self._editor is None:
            return
        with contextlib.suppress(OSError, AttributeError):  # not every editor can append
            self._editor.append_history_file(1, str(self._history))


def _editor() -> ModuleType | None:
    """The standard library's line editor, where this Python has one."""
    try:
        import readline
    except ImportError:
        return None
    readline.set_auto_history(True)
    return readline


def _remember(editor: ModuleType, history: Path) -> None:
    """Take up the lines of earlier times; the oldest of too many are forgotten."""
    with contextlib.suppress(OSError):  # no history is no reason not to talk
        editor.read_history_file(str(history))
        if editor.get_current_history_length() > 2 * _KEPT:
            editor.set_history_length(_KEPT)
            editor.write_history_file(str(history))


def _private(path: Path) -> None:
    """Make the file, so that nobody else can read what will be in it."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        path.chmod(0o600)

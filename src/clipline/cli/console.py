"""What is written where: a command's result on stdout, everything that is said to the person on stderr.

A reader that went away (`| head`) ends the writing, not the work. Talk that cannot be written is lost; a result that
cannot be written is an error.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import select
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any

import click

from clipline.errors import Cancelled, MachineError
from clipline.values import JsonObject

__all__ = [
    "Forgiving",
    "ask",
    "color_wanted",
    "document",
    "is_terminal",
    "only_results",
    "plain",
    "prepare",
    "reader_left",
    "result",
    "result_bytes",
    "silence",
    "style",
    "table",
    "talk",
]

#: Control characters, bytes of names that are no text, and signs that turn the direction of what follows, so that a
#: name reads as another.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\udc80-\udcff]"
)
#: Where results go while nothing else may go to stdout.
_results: list[IO[str]] = []


def prepare() -> None:
    """Make the streams safe to write to, whatever the shell and the locale are.

    A stream that the shell has closed leads to nowhere: otherwise the next file that is opened would take its number,
    and whatever a native library prints would land in it. A character that the locale cannot write is written as an
    escape.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            unicode = (stream.encoding or "").lower().replace("-", "") == "utf8"
            # A file's name that is not UTF-8 comes out as the bytes it is made of.
            stream.reconfigure(errors="surrogateescape" if unicode else "backslashreplace")


def color_wanted() -> bool | None:
    """Whether to colour: no with NO_COLOR, yes with FORCE_COLOR, None where the stream decides."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person looks at `stream`, on a terminal that can move its cursor."""
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except (OSError, ValueError):
        return False


def style(text: str, name: str) -> str:
    """Colour `text` for what it says; `name` is good, bad, warning, faint or strong."""
    colors: dict[str, dict[str, Any]] = {
        "good": {"fg": "green"},
        "bad": {"fg": "red", "bold": True},
        "warning": {"fg": "yellow"},
        "faint": {"dim": True},
        "strong": {"bold": True},
    }
    return click.style(text, **colors[name]) if text else text


def plain(text: str) -> str:
    """`text` with its control characters shown, so that a file's name cannot steer the terminal."""
    return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)


def talk(text: str = "") -> None:
    """Say something to the person."""
    with contextlib.suppress(OSError, ValueError):
        click.echo(text, err=True, color=color_wanted())


def ask(question: str) -> str:
    """Ask the person for a line; an empty one is asked for again.

    Raises:
        Cancelled: there is no more to read.
    """
    while True:
        click.echo(f"{question}: ", nl=False, err=True, color=color_wanted())
        # Not one long wait: a signal that comes just before a wait begins is answered when that wait ends.
        while not select.select([sys.stdin], [], [], 0.2)[0]:
            pass
        line = sys.stdin.readline()
        if not line:
            talk()
            raise Cancelled
        if line.strip():
            return line.strip()


@contextlib.contextmanager
def only_results() -> Iterator[None]:
    """Keep stdout for results: what a plugin or a library prints lands on stderr, and a document stays whole."""
    kept = sys.stdout
    _results.append(kept)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = kept
        _results.pop()


def result(text: str) -> None:
    """Write a line of the command's result.

    Raises:
        MachineError: stdout cannot take it (a full disk); a reader that left is no error.
    """
    _write(text)


def result_bytes(content: bytes) -> None:
    """Write a command's result that is bytes, as they are. Raises as `result`."""
    _write(content, newline=False)


def _write(content: str | bytes, *, newline: bool = True) -> None:
    stream = _results[-1] if _results else sys.stdout
    if stream is None:  # closed by the shell: nobody wants it
        return
    try:
        click.echo(content, stream, nl=newline, color=color_wanted())
    except OSError as error:
        silence(stream)
        if reader_left(error):
            return
        raise MachineError(f"cannot write the result: {error.strerror}") from error


def reader_left(error: BaseException) -> bool:
    """Whether a stream cannot be written to because nobody is there any more: a closed pipe, or a closed window."""
    return isinstance(error, BrokenPipeError) or (isinstance(error, OSError) and error.errno == errno.EIO)


class Forgiving(io.TextIOWrapper):
    """Stderr, of which what cannot be written any more, as its window was closed, goes nowhere."""

    def __init__(self) -> None:
        line = io.FileIO(sys.stderr.fileno(), "w", closefd=False)  # stderr itself outlives this
        super().__init__(io.BufferedWriter(line), sys.stderr.encoding, sys.stderr.errors, write_through=True)

    def write(self, text: str) -> int:
        """Write, or lose it."""
        with contextlib.suppress(OSError, ValueError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or lose it."""
        with contextlib.suppress(OSError, ValueError):
            super().flush()


def document(kind: str, content: JsonObject) -> None:
    """Write the one JSON document of a command, `{"clipline_KIND": 1, …}`, all in ASCII so that any locale takes it."""
    result(json.dumps({f"clipline_{kind}": 1, **content}, indent=2, default=str))


def table(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Lay rows out in columns, two spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [(indent + line).rstrip() for line in lines]


def silence(stream: IO[str] | None) -> None:
    """Send what is still to be written to nowhere; Python would complain when it flushes at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        assert stream is not None
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

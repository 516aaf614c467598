"""How a command that went wrong ends: what is said, and the exit status.

A mistake is told as `error: …` with a hint, a file's mistakes as all its problems. Anything unexpected is a bug: a
report is written to a file, and the person is told where it is, without a traceback.
"""

from __future__ import annotations

import datetime as dt
import difflib
import os
import platform
import re
import shlex
import signal
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from clipline.artifacts import disk_error, is_disk_trouble
from clipline.cli import console
from clipline.errors import (
    Bug,
    Cancelled,
    CliplineError,
    InputError,
    MachineError,
    PipelineFileError,
    Place,
    Problem,
    UsageError,
    redact,
)
from clipline.values import JsonObject

__all__ = ["as_error", "complain", "complain_of", "in_words", "render_problem"]

#: Characters in a line of a long hint, one of many examples; shorter ones stay in one line, to be copied from.
_WIDTH, _LONG = 100, 200


def complain(error: CliplineError) -> None:
    """Tell the person what is wrong and what to do about it."""
    if isinstance(error, PipelineFileError):
        for problem in error.problems:
            console.talk(render_problem(problem))
        return
    message = console.plain(error.message)
    place = f"{error.place}: " if error.place and str(error.place) not in message else ""
    _complain(message, error.hint, place)


def complain_of(error: JsonObject) -> None:
    """Tell the person of an error of a run, as its JSON has it."""
    _complain(console.plain(str(error.get("message", ""))), str(error.get("hint") or ""))


def _complain(message: str, hint: str, place: str = "") -> None:
    for line in message.splitlines() or [""]:
        console.talk(f"{console.style('error:', 'bad')} {place}{line}")
    if hint:
        console.talk(f"{console.style('hint:', 'strong')} {_laid_out(console.plain(hint))}")


def _laid_out(hint: str) -> str:
    if len(hint) <= _LONG:
        return hint
    return "\n      ".join(textwrap.wrap(hint, _WIDTH, break_long_words=False, break_on_hyphens=False))


def render_problem(problem: Problem) -> str:
    """A complaint about a file, its severity coloured."""
    name = "bad" if problem.severity == "error" else "warning"
    text = console.plain(replace(problem, place=_as_typed(problem.place)).render())
    return text.replace(f": {problem.severity}: ", f": {console.style(problem.severity + ':', name)} ", 1)


def in_words(error: PipelineFileError, hints: Mapping[str, str] | None = None) -> InputError:
    """What is wrong where the person wrote a sentence, not a file: without a place in one.

    `hints` are the command's own, by the code of the error.
    """
    first = error.problems[0]
    message = "\n".join(problem.message for problem in error.problems)
    hint = (hints or {}).get(first.code, first.hint)
    return InputError(message, code=first.code or None, hint=hint, choices=first.choices)


def _as_typed(place: Place) -> Place:
    """A place in a file below the working folder with its short path, as one would type it."""
    try:
        return replace(place, file=str(Path(place.file).relative_to(Path.cwd())))
    except (ValueError, OSError):
        return place


def as_error(error: BaseException, arguments: Sequence[str]) -> CliplineError:
    """Whatever ended a command, as one of clipline's errors; a bug's report is written on the way."""
    if isinstance(error, CliplineError) and not isinstance(error, Bug):
        return error
    if isinstance(error, click.ClickException):
        return _from_click(error, arguments)
    # click raises an error of its own in the place of an interrupt; or fails to say so in a window that is closed.
    stop = next(
        (each for each in (error, error.__cause__, error.__context__) if isinstance(each, KeyboardInterrupt)), None
    )
    if isinstance(error, (KeyboardInterrupt, click.Abort)) or (stop and console.reader_left(error)):
        return Cancelled(signal_number=getattr(stop, "signal_number", signal.SIGINT))
    if isinstance(error, OSError) and is_disk_trouble(error):
        if error.filename:
            return disk_error("use", Path(os.fsdecode(error.filename)), error)
        # What has no name was open before: mostly what the shell sends the output to.
        return MachineError(
            f"cannot write: {(error.strerror or str(error)).lower()}", code="disk", hint="see where the output goes to"
        )
    report = _write_report(error, arguments)
    what = error.message if isinstance(error, Bug) else f"{type(error).__name__}: {error}"
    where = f"please report it with {report}" if report else "run again with --debug to see where"
    hint = f"{error.hint}; {where}" if isinstance(error, Bug) and error.hint else where
    return Bug(f"this is a bug in clipline or a plugin: {what}", hint=hint)


#: What click says of a number that is none, and what a person would.
_NO_NUMBER = {
    "a valid integer range": "a whole number",
    "a valid float range": "a number",
    "a valid integer": "a whole number",
    "a valid float": "a number",
}
#: Short forms that other programs have.
_SHORT = {"-v": "--version", "-V": "--version", "-j": "--json", "-q": "--quiet", "-b": "--backend"}


def _split_pair(arguments: Sequence[str]) -> tuple[str, str, str] | None:
    """An input whose `=` was forgotten: `-i NAME VALUE`."""
    for option, name, value in zip(arguments, arguments[1:], arguments[2:], strict=False):
        if option in {"-i", "--input"} and "=" not in name and not value.startswith("-"):
            return option, name, value
    return None


def _near_choice(error: click.ClickException) -> str:
    """Of the words that an option takes the one that was probably meant."""
    kind = error.param.type if isinstance(error, click.BadParameter) and error.param else None
    said = re.match(r"'(.+)' is not one of", error.message)
    if not isinstance(kind, click.Choice) or said is None:
        return ""
    return next(iter(difflib.get_close_matches(said[1].lower(), [str(each) for each in kind.choices], 1)), "")


#: Commands that take a pipeline's file, and how one clip and one sentence are given instead.
_BY_SENTENCE = {"run": "", "check": " --plan", "plan": " --plan"}


def _sentence_for(context: click.Context, message: str) -> str:
    """The command line for a clip and a sentence, where a command that takes a pipeline was given both."""
    extra = re.match(r"Got unexpected extra arguments? \((.+)\)", message, re.DOTALL)
    clip = Path(str(context.params.get("file") or ""))
    if extra is None or context.command.name not in _BY_SENTENCE or clip.suffix in {"", ".yaml", ".yml", ".json"}:
        return ""
    told = f'clipline edit {shlex.quote(str(clip))} "{extra[1]}"{_BY_SENTENCE[context.command.name]}'
    return f"`{context.command_path}` takes the file of a pipeline; for one clip and one sentence: {told}"


def _from_click(error: click.ClickException, arguments: Sequence[str]) -> UsageError:
    """A wrong command line; the nearest right word is looked for here, since click's versions differ in it."""
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    for said, meant in _NO_NUMBER.items():
        message = message.removesuffix(said) + meant if message.endswith(f"is not {said}") else message
    hint = f"see `{context.command_path} --help`" if context else ""
    if isinstance(error, click.NoSuchOption):
        message = f"no such option: {error.option_name}"
        options = [name for parameter in context.command.params for name in parameter.opts] if context else []
        near = [_SHORT[error.option_name]] if error.option_name in _SHORT else []
        if near := [name for name in near if name in options] or difflib.get_close_matches(
            error.option_name, options, 1, cutoff=0.7
        ):
            hint = f"did you mean {near[0]}?"
    elif word := _near_choice(error):
        hint = f"did you mean {word}?"
    elif pair := _split_pair(arguments):
        hint = f"write {pair[0]} {pair[1]}={pair[2]}"
    elif context and (sentence := _sentence_for(context, error.message)):
        hint = sentence
    return UsageError(message[:1].lower() + message[1:], hint=hint)


def _write_report(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write what is known of a bug, without secrets, to a file that only this user can read."""
    from importlib.metadata import distributions

    packages = sorted(f"{each.name} {each.version}" for each in distributions())
    parts = [
        "clipline bug report",
        f"time: {dt.datetime.now(dt.UTC).isoformat(timespec='seconds')}",
        f"command: clipline {' '.join(arguments)}",
        f"python: {sys.version.split()[0]} on {platform.platform()}",
        f"packages: {', '.join(packages)}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    try:
        number, name = tempfile.mkstemp(prefix="clipline-bug-", suffix=".txt")
        with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(redact("\n".join(parts)))
    except OSError:
        return None
    return Path(name)

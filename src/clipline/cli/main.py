"""`clipline`: finds the command that was called, and ends it with the right status.

A command's module is imported when it is called and not before, so that `clipline --help` is quick; all are named in
`clipline.cli.catalog`.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from clipline.cli import console, failures, signals
from clipline.cli.catalog import COMMANDS, load_command, package_of, plugin_commands
from clipline.cli.groups import Group
from clipline.errors import Cancelled, CliplineError, redact

__all__ = ["cli", "main", "run"]

#: What click raises for a group that was called alone, where this click has it.
_NO_COMMAND: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())


class LazyGroup(Group):
    """The root command: knows the names of all commands, and imports one when it is called."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Every command's name; clipline's own first, in the order in which a newcomer meets them."""
        return [*COMMANDS, *sorted(plugin_commands())]

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name in COMMANDS:
            module = importlib.import_module(f"clipline.cli.commands.{cmd_name}")
            command = module.command
            assert isinstance(command, click.Command)
            return command
        point = plugin_commands().get(cmd_name)
        return load_command(point) if point else None

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        if others := plugin_commands():
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, f"From {package_of(point)}.") for name, point in sorted(others.items())])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="clipline", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error, and log everything.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Run video edits described in a file."""
    ctx.color = console.color_wanted()
    handler = logging.StreamHandler()
    handler.setFormatter(_Redacting("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler])


class _Redacting(logging.Formatter):
    """Takes secrets out of what libraries log: a client for HTTP logs whole addresses."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process; exit statuses are those of `clipline.errors`."""
    signals.listen()
    console.prepare()
    given = list(sys.argv[1:] if arguments is None else arguments)
    signals.begin()
    status = run(given)
    signals.over(status)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except (OSError, ValueError) as error:
                console.silence(stream)
                status = status if console.reader_left(error) else status or 7
                signals.over(status)
    if status in {129, 130, 143}:
        # A worker may still be in native code; an orderly end of the interpreter would wait for it, or crash in it.
        os._exit(status)
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run one command line; returns its exit status. Whatever goes wrong is told, nothing is raised."""
    try:
        return int(cli.main(arguments, prog_name="clipline", standalone_mode=False) or 0)
    except BaseException as error:  # noqa: BLE001  # the last line before the shell: all ends as a status
        if isinstance(error, SystemExit):
            return _status(error.code)
        if isinstance(error, _NO_COMMAND):
            console.talk(error.format_message())
            return 2
        if "--debug" in arguments:
            console.talk(redact("".join(traceback.format_exception(error))))
        if number := signals.interrupted():
            return _end(Cancelled(signal_number=number), arguments)
        return _end(failures.as_error(error, arguments), arguments)


def _end(error: CliplineError, arguments: list[str]) -> int:
    """Tell of an error in the way that was asked for."""
    if "--json" in arguments:
        content: dict[str, Any] = error.as_json()
        try:
            console.document("error", content)
        except CliplineError as lost:
            failures.complain(lost)
    if isinstance(error, Cancelled):
        console.talk("stopped")
    else:
        failures.complain(error)
    return error.exit


def _status(code: object) -> int:
    return code if isinstance(code, int) else int(code is not None)

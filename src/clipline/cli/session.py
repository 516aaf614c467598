"""What commands share: the options that all take, settings, and how a run is watched, stopped and told of."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from clipline.cli import console
from clipline.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from clipline.clock import CancelToken
    from clipline.engine.results import RunResult
    from clipline.events import Event
    from clipline.settings import Settings

__all__ = [
    "Session",
    "backend_option",
    "common",
    "file_argument",
    "input_options",
    "named_option",
    "parse_pairs",
    "read_inputs",
    "session_options",
    "wait_option",
    "watch_options",
]

_F = TypeVar("_F", bound=Callable[..., Any])


class Session:
    """One call of a command. `as_json` is whether its result is to be one JSON document."""

    def __init__(self, *, as_json: bool, sets: Sequence[str], state: str | None) -> None:
        self.as_json = as_json
        self._sets = sets
        self._state = state

    @cached_property
    def settings(self) -> Settings:
        """All settings; their warnings are said once."""
        from clipline.settings import Settings

        overrides = parse_pairs(self._sets, "--set")
        settings = Settings.load(overrides=overrides, state=Path(self._state) if self._state else None)
        for setting in map(settings.definition, overrides):
            if setting.type == "secret":
                raise UsageError(
                    f"{setting.name} is a secret: on the command line others can see it",
                    hint=f"set the variable {setting.alias or setting.variable}",
                )
        for warning in settings.warnings:
            console.talk(f"{console.style('warning:', 'warning')} {console.plain(warning)}")
        if logging.getLogger().level != logging.DEBUG:
            logging.getLogger().setLevel(settings["log.level"].upper())
        return settings

    def carry_out(self, work: Callable[[Callable[[Event], None], CancelToken], RunResult], progress: str) -> RunResult:
        """Do the work of a run: watched as `progress` says, stopped by signals."""
        from clipline.cli.progress import watching
        from clipline.cli.signals import stoppable

        with watching(progress) as on_event:
            return stoppable(lambda token: work(on_event, token))

    def tell(self, result: RunResult, progress: str) -> int:
        """Tell how a run ended; returns the exit status. With progress as JSON Lines, stderr holds nothing else."""
        from clipline.report import text

        content = result.as_json()
        if progress != "json":
            for line in text.summary(content, style=console.style):
                console.talk(line)
        if self.as_json:
            console.result(json.dumps(content, indent=2, default=str))
        else:
            for file in result.files:
                console.result(str(file))
        return result.exit


# --- options ---------------------------------------------------------------------------------------------------------


def common(*, as_json: bool = True) -> Callable[[_F], _F]:
    """Give a command what all have; its function gets a `Session` first."""

    def decorate(function: _F) -> _F:
        @functools.wraps(function)
        def call(*, sets: tuple[str, ...], state: str | None, as_json: bool = False, **others: Any) -> Any:
            with console.only_results() if as_json else contextlib.nullcontext():
                return function(Session(as_json=as_json, sets=sets, state=state), **others)

        options = [
            click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="Set a setting for this call."),
            click.option("--state", metavar="FOLDER", help="Where the journal is kept."),
            click.option(
                "--debug", is_flag=True, expose_value=False, callback=_debug, help="Show tracebacks; log all."
            ),
        ]
        if as_json:
            options.insert(0, click.option("--json", "as_json", is_flag=True, help="Print one JSON document."))
        return _apply(cast(_F, call), options)

    return decorate


def file_argument(function: _F) -> _F:
    """FILE: a pipeline's path, or the name of one that comes with clipline."""
    return _apply(function, [click.argument("file", shell_complete=_complete_pipeline)])


def _complete_pipeline(_: click.Context, __: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from clipline import app

    names = [name for name in app.shipped_pipelines() if name.startswith(start)]
    return [*map(CompletionItem, names), CompletionItem(start, type="file")]


def backend_option(function: _F) -> _F:
    """`--backend`."""
    return _apply(function, [click.option("--backend", metavar="NAME", help="Who does the work.")])


def input_options(function: _F) -> _F:
    """`-i` and `--inputs`: what the pipeline is given."""
    return _apply(
        function,
        [
            click.option(
                "-i",
                "--input",
                "pairs",
                multiple=True,
                metavar="NAME=VALUE",
                help="Give an input; again for a list, or @FILE.json for a list of files.",
            ),
            click.option("--inputs", "inputs_file", metavar="FILE", help="Read inputs from a YAML or JSON file."),
        ],
    )


def watch_options(function: _F) -> _F:
    """`--progress`."""
    return _apply(
        function,
        [
            click.option(
                "--progress",
                type=click.Choice(["auto", "plain", "json", "none"]),
                default="auto",
                show_default=True,
                help="How the work is shown on stderr.",
            )
        ],
    )


def named_option(function: _F) -> _F:
    """`--session`."""
    text = "Go on with this session, not with the one that was worked on last."
    return _apply(function, [click.option("--session", "named", metavar="ID", help=text)])


def session_options(function: _F) -> _F:
    """`--session` and `--new`."""
    text = "Begin a new session, with an empty timeline."
    return _apply(function, [named_option, click.option("--new", "fresh", is_flag=True, help=text)])


def wait_option(function: _F) -> _F:
    """`--wait/--no-wait`: whether a lost answer is waited for."""
    return _apply(
        function,
        [
            click.option(
                "--wait/--no-wait",
                default=True,
                show_default=True,
                help="Wait while a send whose answer was lost can still take effect, or leave the run waiting.",
            )
        ],
    )


def _apply(function: _F, options: Sequence[Callable[[_F], _F]]) -> _F:
    for option in reversed(options):
        function = option(function)
    return function


def _debug(_: click.Context, __: click.Parameter, value: bool) -> None:
    if value:
        logging.getLogger().setLevel(logging.DEBUG)


# --- values that are typed -------------------------------------------------------------------------------------------


def parse_pairs(pairs: Sequence[str], option: str) -> dict[str, str]:
    """Read `NAME=VALUE`s; the last one of a name wins.

    Raises:
        UsageError: there is no `=`, or no name before it.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {pair}: write {option} NAME=VALUE")
        found[name.strip()] = value
    return found


def read_inputs(pairs: Sequence[str], file: str | None) -> dict[str, Any]:
    """The inputs of `--inputs` with those of `-i` over them; a name given again makes a list.

    Nothing is read by its looks: the declared type says later what a text means.

    Raises:
        UsageError: a pair is none, or the file cannot be read or holds no mapping.
    """
    found: dict[str, Any] = {}
    if file is not None:
        from clipline.pipeline.loader import read_inputs_file

        found.update(read_inputs_file(Path(file)))
    given: dict[str, list[str]] = {}
    for pair in pairs:
        for name, text in parse_pairs([pair], "-i").items():
            given.setdefault(name, []).append(text)
    return found | {name: values[0] if len(values) == 1 else values for name, values in given.items()}

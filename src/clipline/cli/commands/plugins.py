"""`clipline plugins`: what is installed, what it adds, what could not be loaded, and who answers what in a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.catalog import command_faults, plugin_commands
from clipline.cli.groups import Group
from clipline.cli.session import (
    Session,
    backend_option,
    common,
    file_argument,
    input_options,
    read_inputs,
    watch_options,
)

if TYPE_CHECKING:
    from clipline.clock import CancelToken
    from clipline.engine.results import RunResult
    from clipline.events import Event
    from clipline.plugin_manager import HookCall, PluginInfo


@click.group(name="plugins", cls=Group, invoke_without_command=True)
@common()
@click.pass_context
def command(context: click.Context, session: Session) -> int | None:
    """List the plugins and what they add.

    They stand in the order in which they are loaded. A plugin that cannot be loaded is listed with its error;
    everything else works.
    """
    if context.invoked_subcommand is not None:
        return None
    from clipline import app

    infos = app.plugins(settings=session.settings)
    packages = session.settings.packages
    commands = {name: point.dist.name if point.dist else "" for name, point in sorted(plugin_commands().items())}
    faults = [*packages.faults.values(), *command_faults()]
    if session.as_json:
        content = {
            "plugins": [info.as_json() for info in infos],
            "commands": commands,
            "settings": packages.names,
            "faults": faults,
        }
        console.document("plugins", content)
        return 0
    for info in infos:
        _tell(info)
    if commands:
        console.result(f"commands: {', '.join(f'{name} ({package})' for name, package in commands.items())}")
    if packages.names:
        console.result(f"settings sections: {', '.join(packages.names)}")
    for fault in faults:
        console.result(f"{console.style('error:', 'bad')} {console.plain(fault)}")
    return 0


def _tell(info: PluginInfo) -> None:
    owner = f"{info.distribution} {info.version}".strip()
    console.result(f"{console.style(info.name, 'strong')}  {console.style(owner, 'faint')}")
    for sort, names in (info.offers or {}).items():
        console.result(f"    {sort.replace('_', ' ')}: {', '.join(names)}")
    wraps = [hook for hook in info.hooks if hook not in (info.offers or {})]
    if wraps:
        console.result(f"    hooks: {', '.join(wraps)}")
    for warning in info.warnings:
        console.result(f"    {console.style('warning:', 'warning')} {console.plain(warning)}")
    if info.error:
        console.result(f"    {console.style('error:', 'bad')} {console.plain(info.error)}")


@command.command(name="trace")
@file_argument
@input_options
@backend_option
@click.option("--out", metavar="FOLDER", help="Where exported files go; the working folder by default.")
@watch_options
@common()
def trace(
    session: Session,
    *,
    file: str,
    pairs: tuple[str, ...],
    inputs_file: str | None,
    backend: str | None,
    out: str | None,
    progress: str,
) -> int:
    """Run a pipeline and show which plugin answered which hook.

    Every implementation that was called is a line, in the order of their beginnings, below the one that it was called
    in. It is a run like any other: it makes files, and on a paid backend it costs.
    """
    from clipline import app
    from clipline.app.tracing import trace as traced

    calls: list[HookCall] = []

    def work(on_event: Callable[[Event], None], token: CancelToken) -> RunResult:
        result, found = traced(
            app.find_pipeline(file),
            read_inputs(pairs, inputs_file),
            backend=backend,
            on_event=on_event,
            cancel=token,
            settings=session.settings,
            out=Path(out) if out else None,
        )
        calls.extend(found)
        return result

    result = session.carry_out(work, progress)
    if session.as_json:
        content = {"clipline_trace": 1, "calls": [call.as_json() for call in calls], "result": result.as_json()}
        console.result(json.dumps(content, indent=2, default=str))
        return result.exit
    for line in console.table(_rows(calls)):
        console.result(console.plain(line))
    return session.tell(result, progress)


def _rows(calls: Sequence[HookCall]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("ms", "hook", "stage", "plugin", "came to")]
    for call in calls:
        hook = "  " * call.depth + call.hook + (" (wraps)" if call.wraps else "")
        rows.append((f"{call.seconds * 1000:.1f}", hook, call.about or "-", call.plugin, call.came_to))
    return rows

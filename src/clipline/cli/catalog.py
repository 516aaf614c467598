"""Every command there is, by its name: clipline's own, and those of installed packages.

The one-line summaries of clipline's own stand here, so that `--help` imports no command. Packages name theirs by
entry points in the group `clipline.commands`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint

import click

from clipline import installed
from clipline.errors import PluginError

__all__ = ["COMMANDS", "COMMAND_GROUP", "command_faults", "load_command", "package_of", "plugin_commands"]

COMMAND_GROUP = "clipline.commands"
#: Each command of clipline's own with the summary that `--help` shows; its module is `clipline.cli.commands.NAME`.
COMMANDS: Mapping[str, str] = {
    "run": "Run a pipeline file.",
    "edit": "Edit one clip as a sentence says.",
    "check": "Find every mistake in a pipeline file, without running it.",
    "plan": "Show what a run would do, and why.",
    "verify": "Check media files against a policy.",
    "batch": "Run a pipeline for each of many clips.",
    "watch": "Run a pipeline for each clip that comes into a folder.",
    "graph": "Draw a pipeline's stages.",
    "resume": "Go on with a run that was stopped, failed or waits.",
    "runs": "Look at the runs of this machine.",
    "say": "Say what is to be done, and see what changed.",
    "chat": "Talk with a backend about an edit.",
    "status": "Show the timeline of the session.",
    "export": "Make the file of the session that `say` and `chat` work on.",
    "credits": "Show the account and its credits.",
    "link": "Print the address at which the session is taken over.",
    "init": "Make a folder with a pipeline and a clip to start from.",
    "schema": "Print the JSON Schema of pipeline files.",
    "plugins": "List the plugins and what they add.",
    "plugin": "Write a part of your own.",
    "config": "Show every setting and where its value comes from.",
    "doctor": "Look for what is wrong with this installation.",
    "completion": "Print a script that completes commands in your shell.",
    "mock": "Imitate the Nemo cloud on this machine.",
    "probe": "Call the service once and compare the replies with what is documented.",
    "webhook": "Check signatures of webhooks.",
}


def plugin_commands() -> dict[str, EntryPoint]:
    """The commands that installed packages add, not imported; of two with one name the first package's counts."""
    found: dict[str, EntryPoint] = {}
    for point in _points():
        if point.name not in COMMANDS:
            found.setdefault(point.name, point)
    return found


def command_faults() -> list[str]:
    """Commands of packages that are left out since their name is taken, each as a sentence."""
    taken = dict.fromkeys(COMMANDS, "clipline") | {name: package_of(point) for name, point in plugin_commands().items()}
    return [
        f"the command {point.name!r} of {package_of(point)} is left out: it is {taken[point.name]}'s"
        for point in _points()
        if taken[point.name] != package_of(point)
    ]


def package_of(point: EntryPoint) -> str:
    """The package that brings a command."""
    return installed.package_of(point) or "an unknown package"


def load_command(point: EntryPoint) -> click.Command:
    """Import a command.

    Raises:
        PluginError: it is switched off, cannot be imported, or is no command.
    """
    from clipline.settings import Settings

    settings = Settings.load()
    package = package_of(point)
    allow, deny = settings["plugins.allow"], settings["plugins.deny"]
    if {package, point.name} & set(deny) or (allow and not {package, point.name} & set(allow)):
        raise PluginError(f"the command {point.name!r} of {package} is switched off by plugins.allow or plugins.deny")
    try:
        command = point.load()
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"the command {point.name!r} of {package} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(command, click.Command):
        raise PluginError(f"the command {point.name!r} of {package} is no click command")
    return command


def _points() -> list[EntryPoint]:
    return sorted(installed.points_of(COMMAND_GROUP), key=package_of)

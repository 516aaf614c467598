"""`clipline plugin`: for whoever writes a part of their own."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.groups import Group
from clipline.cli.session import Session, common
from clipline.errors import UsageError

if TYPE_CHECKING:
    from clipline.cli.scaffolding import Names
    from clipline.settings import Settings

#: As in `clipline.cli.scaffolding.SORTS`, which is imported only where a package is written.
_KINDS = ("stage", "backend", "post-export", "check", "channel", "executor", "report-format", "command")


@click.group(name="plugin", cls=Group)
def command() -> None:
    """Write a part of your own."""


@command.command(name="new")
@click.argument("name")
@click.option("--kind", type=click.Choice(_KINDS), required=True, help="What it adds.")
@click.option(
    "--dir", "folder", default=".", metavar="FOLDER", help="Where the package's folder is made.  [default: .]"
)
@common()
def new(session: Session, *, name: str, kind: str, folder: str) -> int:
    """Write a package with a part that works, to be changed.

    NAME is that of the part: `shiny` makes the folder and the package clipline-shiny. With it come tests, those that
    every part of its kind has to pass among them, and a README whose example runs.
    """
    from clipline.cli import scaffolding

    names = scaffolding.names_of(name, kind)
    _check_free(names, kind, session.settings)
    version = ".".join(importlib.metadata.version("clipline").split(".")[:2])
    files = scaffolding.package_files(names, kind, version)
    target = Path(folder) / names.package
    made = scaffolding.write_package(target, files)
    if session.as_json:
        console.document("plugin", {"package": names.package, "name": names.name, "files": list(map(str, made))})
        return 0
    for path in made:
        console.result(console.plain(str(path)))
    console.talk("\nnow:")
    for line in (
        f"cd {shlex.quote(str(target))}",
        "pip install -e . pytest",
        "python -m pytest",
        f"clipline {names.name} --help" if kind == "command" else "clipline plugins",
    ):
        console.talk(f"  {console.plain(line)}")
    return 0


def _check_free(names: Names, kind: str, settings: Settings) -> None:
    """Make sure that neither the package nor the part is there already.

    Raises:
        UsageError: somebody else's is called so.
    """
    another = f"choose another name; to replace it: pip uninstall {names.package}"
    if importlib.util.find_spec(names.module) is not None or _is_installed(names.package):
        raise UsageError(f"a package {names.package} is installed already", hint=another)
    if owner := _owner(names, kind, settings):
        from clipline.cli.scaffolding import SORTS

        raise UsageError(
            f"the {SORTS[kind].what} {names.name!r} is already that of {owner}",
            hint="choose another name; `clipline plugins` lists all that is taken",
        )
    if kind == "backend" and names.section in {setting.partition(".")[0] for setting in settings}:
        raise UsageError(
            f"the settings section {names.section!r} is taken", hint="choose another name; see `clipline config`"
        )


def _owner(names: Names, kind: str, settings: Settings) -> str:
    """The package whose part of this kind is called so; empty where there is none."""
    if kind == "command":
        from clipline.cli.catalog import COMMANDS, package_of, plugin_commands

        point = plugin_commands().get(names.name)
        return "clipline" if names.name in COMMANDS else package_of(point) if point else ""
    from clipline import app
    from clipline.cli.scaffolding import SORTS

    taken = ((info.distribution, (info.offers or {}).get(SORTS[kind].offers, ())) for info in app.plugins(settings))
    return next((package for package, offered in taken if names.name in offered), "")


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True

"""`clipline schema`: the JSON Schema of pipeline files, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.session import Session, common

if TYPE_CHECKING:
    from clipline.settings import Settings
    from clipline.values import JsonObject


@click.command(name="schema")
@click.option("-o", "--output", metavar="FILE", help="Write it to a file.")
@common(as_json=False)
def command(session: Session, *, output: str | None) -> int:
    """Print the JSON Schema of pipeline files.

    What the installed plugins add is in it. An editor reads it through a first line `# yaml-language-server:
    $schema=FILE` in the pipeline file.
    """
    text = json.dumps(file_schema(session.settings), indent=2)
    if output is None:
        console.result(text)
        return 0
    from clipline.app.reporting import write_to

    write_to(Path(output), f"{text}\n".encode())
    console.result(output)
    return 0


def file_schema(settings: Settings) -> JsonObject:
    """The schema of pipeline files, with all loaded plugins' parts in it."""
    from clipline import app
    from clipline.pipeline import published

    return published.file_schema(app.load_plugins(settings).vocabulary)

"""`clipline init`: a folder to start from."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from pathlib import Path

import click

from clipline.cli import console
from clipline.cli.session import Session, common
from clipline.errors import MachineError, UsageError

_SCHEMA = "clipline.schema.json"


@click.command(name="init")
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@click.option("--pipeline", default="quick-edit", show_default=True, metavar="NAME", help="The pipeline to start from.")
@common()
def command(session: Session, *, folder: str, pipeline: str) -> int:
    """Make a folder with a pipeline and a clip to start from.

    A JSON Schema for your editor comes with them. Nothing that is there already is overwritten.
    """
    from clipline import app
    from clipline.cli.commands.schema import file_schema
    from clipline.pipeline.document import nearest

    shipped = app.shipped_pipelines()
    if pipeline not in shipped:
        near = nearest(pipeline, shipped, listed=False)
        raise UsageError(f"no pipeline {pipeline!r} comes with clipline{near}", hint=f"there are: {', '.join(shipped)}")
    source, target = shipped[pipeline], Path(folder)
    text = source.read_text("utf-8")
    texts = {
        target / source.name: f"# yaml-language-server: $schema={_SCHEMA}\n"
        + text.replace(f"clipline run {pipeline} ", f"clipline run {source.name} "),
        target / _SCHEMA: json.dumps(file_schema(session.settings), indent=2) + "\n",
    }
    samples = {target / name: source.parent / name for name in _mentioned(text, source.parent)}
    made = [*texts, *samples]
    if taken := [path for path in made if os.path.lexists(path)]:
        raise UsageError(
            f"{', '.join(map(str, taken))}: there already", hint="nothing was written; choose another folder"
        )
    try:
        for path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path in texts:
                path.write_text(texts[path], "utf-8")
            else:
                shutil.copyfile(samples[path], path)
    except OSError as error:
        raise MachineError(f"cannot write {error.filename}: {error.strerror}") from error
    if session.as_json:
        console.document("init", {"files": list(map(str, made))})
        return 0
    for path in made:
        console.result(str(path))
    console.talk(f"\nnow: clipline run {console.plain(str(target / source.name))}")
    return 0


def _mentioned(text: str, folder: Path) -> list[str]:
    """The sample files that a pipeline names, and those that its tables name, relative to its folder."""
    found = [name for name in dict.fromkeys(re.findall(r"\bsamples/[\w.-]+", text)) if (folder / name).is_file()]
    for name in [name for name in found if name.endswith(".csv")]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        beside = [str(Path(name).parent / cell) for cell in cells]
        found += [path for path in dict.fromkeys(beside) if (folder / path).is_file() and path not in found]
    return found

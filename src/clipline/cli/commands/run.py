"""`clipline run`: run a pipeline."""

from __future__ import annotations

from pathlib import Path

import click

from clipline.cli.session import (
    Session,
    backend_option,
    common,
    file_argument,
    input_options,
    read_inputs,
    wait_option,
    watch_options,
)


@click.command(name="run")
@file_argument
@input_options
@backend_option
@click.option("--out", metavar="FOLDER", help="Where exported files go; the working folder by default.")
@click.option("--name", metavar="TEXT", help="A name for this run, to find it again.")
@wait_option
@watch_options
@common()
def command(
    session: Session,
    *,
    file: str,
    pairs: tuple[str, ...],
    inputs_file: str | None,
    backend: str | None,
    out: str | None,
    name: str | None,
    wait: bool,
    progress: str,
) -> int:
    """Run a pipeline file.

    FILE is a path, or the name of a pipeline that comes with clipline. The paths of the files that were made are
    printed on stdout, all else on stderr.
    """
    from clipline import app

    given = read_inputs(pairs, inputs_file)
    result = session.carry_out(
        lambda on_event, token: app.run(
            app.find_pipeline(file),
            given,
            backend=backend,
            on_event=on_event,
            cancel=token,
            settings=session.settings,
            out=Path(out) if out else None,
            name=name,
            wait=wait,
        ),
        progress,
    )
    return session.tell(result, progress)

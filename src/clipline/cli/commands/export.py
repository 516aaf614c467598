"""`clipline export`: the file of the session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clipline.cli import failures
from clipline.cli.choosing import NAME_TAKEN, where_taken
from clipline.cli.session import Session, backend_option, common, named_option, watch_options
from clipline.errors import PipelineFileError, UsageError

if TYPE_CHECKING:
    from clipline.engine.results import RunResult

#: Hints of this command, by the code of the error.
HINTS = {
    "exists": NAME_TAKEN,
    "over_source": "name another file with -o",
    "is_folder": "name another file with -o",
    "disk": "name a file in another folder with -o",
}
_FORMATS = ("mp4", "mov", "webm", "mkv", "gif", "png", "jpg", "webp")


@click.command(name="export")
@click.option("-o", "--output", metavar="FILE", help="The file to make; its ending says the format.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="The container; of a video png makes a folder of frames."
)
@click.option(
    "--quality", type=click.Choice(["low", "medium", "high", "best"]), help="How much of the picture is kept."
)
@click.option("--size", metavar="WxH", help="Exactly this size in pixels.")
@click.option("--max-size", metavar="WxH", help="A box to fit into, either way up.")
@click.option("--overwrite", is_flag=True, help="Replace the file named with -o, if there is one.")
@backend_option
@named_option
@watch_options
@common()
def command(
    session: Session,
    *,
    output: str | None,
    overwrite: bool,
    form: str | None,
    quality: str | None,
    size: str | None,
    max_size: str | None,
    backend: str | None,
    named: str | None,
    progress: str,
) -> int:
    """Make the file of the session that `say` and `chat` work on.

    The result is NAME-edited.mp4 in the working folder, with a number where that is taken. Where the file named with
    -o exists, you are asked whether to replace it; without a terminal only --overwrite replaces it. The path of the
    result is printed on stdout. Exporting is free of charge.
    """
    from clipline import app

    named_options = {"format": form, "quality": quality, "size": size, "max_size": max_size}
    options: dict[str, Any] = {name: value for name, value in named_options.items() if value is not None}
    out = None
    if output is not None:
        path = Path(output).absolute()
        out = path.parent
        options |= {"to": path.name.replace("{", "{{").replace("}", "}}")}
    if named is None and not app.conversations(backend, settings=session.settings):
        raise UsageError(
            "there is no session to export", code="no_session", hint='say something first: clipline say "…"'
        )

    def exported(replaces: bool) -> RunResult:
        taken = "number" if output is None else "overwrite" if replaces else "fail"
        try:
            return session.carry_out(
                lambda on_event, token: app.converse(
                    "export",
                    {**options, "collision": taken},
                    backend=backend,
                    session=named,
                    on_event=on_event,
                    cancel=token,
                    settings=session.settings,
                    out=out,
                ),
                progress,
            )
        except PipelineFileError as error:
            raise failures.in_words(error, HINTS) from None

    result = where_taken(session, exported, overwrite=overwrite)
    return session.tell(result, progress)

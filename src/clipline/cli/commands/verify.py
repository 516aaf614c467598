"""`clipline verify`: media files against a policy."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.session import Session, common
from clipline.errors import CheckFailed
from clipline.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clipline.app.verifying import Verified
    from clipline.clock import CancelToken
    from clipline.values import JsonObject

_STYLES = {"PASS": "good", "WARN": "warning", "FAIL": "bad"}


@click.command(name="verify")
@click.argument("files", type=click.Path(), nargs=-1, required=True)
@click.option(
    "--policy",
    metavar="NAME",
    default="web",
    show_default=True,
    help="What is wanted: web, broadcast, podcast, or a policy file.",
)
@click.option(
    "--source", type=click.Path(), metavar="FILE", help="What the files were made from, to compare them with it."
)
@common()
def command(session: Session, *, files: tuple[str, ...], policy: str, source: str | None) -> int:
    """Check media files against a policy.

    Each check passes, warns or fails, with the times that it is about. Ends with 3 where one fails; warnings do not
    count. `likeness` and `changed` of a policy need --source.
    """
    from clipline.app.verifying import verify_files
    from clipline.cli.signals import stoppable

    paths, origin = [Path(file) for file in files], Path(source) if source else None

    def work(token: CancelToken) -> list[Verified]:
        found: list[Verified] = []
        bar = _Bar()
        checked = verify_files(paths, policy, source=origin, cancel=token, progress=bar.show)
        for path in paths:
            with bar.of(path):
                found.append(next(checked))
            if not session.as_json:
                _tell(found[-1])
        return found

    found = stoppable(work)
    failed = sum(verified.level == "FAIL" for verified in found)
    if session.as_json:
        content = {"policy": policy, "ok": not failed, "files": [verified.as_json() for verified in found]}
        console.document("verify", content)
    elif len(found) > 1:
        console.talk(f"{len(found)} files, {failed} failed")
    return CheckFailed.exit_status if failed else 0


class _Bar:
    """On a terminal, how far the checks of a file are; the results come when it is gone."""

    def __init__(self) -> None:
        self._watch: Callable[[Event], None] | None = None
        self._name = ""

    @contextmanager
    def of(self, path: Path) -> Iterator[None]:
        """Show the checks of this file."""
        from clipline.cli.progress import watching

        self._name = console.plain(path.name)
        with watching("auto" if console.is_terminal(sys.stderr) else "none") as self._watch:
            self._tell("stage.started", {})
            yield

    def show(self, fraction: float) -> None:
        """So much of it is done."""
        self._tell("stage.progress", {"fraction": fraction, "text": "checking"})

    def _tell(self, what: str, data: JsonObject) -> None:
        if self._watch is not None:
            self._watch(Event("", 0, time.time(), what, self._name, data))


def _tell(verified: Verified) -> None:
    console.result(console.plain(f"{verified.file}: {verified.level}"))
    for result in verified.results:
        level = console.style(result.level, _STYLES[result.level])
        console.result(f"  {level}  {result.name}: {console.plain(str(result))}")

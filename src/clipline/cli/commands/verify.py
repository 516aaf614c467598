"""`clipline verify`: media files against a policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.session import Session, common
from clipline.errors import CheckFailed

if TYPE_CHECKING:
    from clipline.app.verifying import Verified
    from clipline.clock import CancelToken

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
        found = []
        for verified in verify_files(paths, policy, source=origin, cancel=token):
            found.append(verified)
            if not session.as_json:
                _tell(verified)
        return found

    found = stoppable(work)
    failed = sum(verified.level == "FAIL" for verified in found)
    if session.as_json:
        content = {"policy": policy, "ok": not failed, "files": [verified.as_json() for verified in found]}
        console.document("verify", content)
    elif len(found) > 1:
        console.talk(f"{len(found)} files, {failed} failed")
    return CheckFailed.exit_status if failed else 0


def _tell(verified: Verified) -> None:
    console.result(console.plain(f"{verified.file}: {verified.level}"))
    for result in verified.results:
        level = console.style(result.level, _STYLES[result.level])
        console.result(f"  {level}  {result.name}: {console.plain(str(result))}")

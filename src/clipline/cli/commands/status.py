"""`clipline status`: the edit as it stands."""

from __future__ import annotations

import click

from clipline.cli import console
from clipline.cli.session import Session, backend_option, common, named_option


@click.command(name="status")
@click.argument("run", required=False)
@backend_option
@named_option
@common()
def command(session: Session, *, run: str | None, backend: str | None, named: str | None) -> int:
    """Show the timeline of the session.

    It is the one that `say`, `chat` and `export` work on, or that of RUN, an id or a part of one: its tracks, and what
    lies on them. Nothing is charged.
    """
    from clipline.cli.conversation import Conversation

    conversation = Conversation(session, backend=backend, named=named, of_run=run)
    turn = conversation.status()
    if session.as_json:
        console.document("status", {"backend": conversation.backend, **(turn.facts or {})})
        return 0
    for line in turn.lines:
        console.result(console.plain(line))
    return 0

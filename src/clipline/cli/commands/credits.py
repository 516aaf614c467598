"""`clipline credits`: what the account has."""

from __future__ import annotations

import click

from clipline.cli import console
from clipline.cli.session import Session, backend_option, common


@click.command(name="credits")
@backend_option
@common()
def command(session: Session, *, backend: str | None) -> int:
    """Show the account and its credits.

    Where nothing is known of an account yet, the cloud makes an anonymous one, free of charge.
    """
    from clipline.cli.conversation import Conversation

    conversation = Conversation(session, backend=backend, named=None)
    turn = conversation.credits()
    if session.as_json:
        console.document("credits", {"backend": conversation.backend, **(turn.facts or {})})
        return 0
    for line in turn.lines:
        console.result(console.plain(line))
    return 0

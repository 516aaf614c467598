"""`clipline link`: where a person finds the session in a browser."""

from __future__ import annotations

import click

from clipline.cli import console
from clipline.cli.session import Session, backend_option, common, named_option


@click.command(name="link")
@click.argument("run", required=False)
@backend_option
@named_option
@common()
def command(session: Session, *, run: str | None, backend: str | None, named: str | None) -> int:
    """Print the address at which the session is taken over.

    The session is the one that `say` and `chat` work on, or that of RUN, an id or a part of one. Whoever opens the
    address can have the session: give it to nobody else. It holds no token of yours.
    """
    from clipline.cli.conversation import Conversation

    conversation = Conversation(session, backend=backend, named=named, of_run=run)
    links = conversation.links()
    if session.as_json:
        content = {"session": conversation.session, "links": [{"label": each.label, "url": each.url} for each in links]}
        console.document("link", {"backend": conversation.backend, **content})
        return 0
    for each in links:
        console.talk(console.plain(f"{each.label}:"))
        console.result(console.plain(each.url))
    return 0

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

    The session is the one that `say` and `chat` work on, or that of RUN, an id or a part of one; where nothing was
    said yet, that of the newest run. Whoever opens the address can have the session: give it to nobody else. It holds
    no token of yours.
    """
    from clipline import app
    from clipline.cli.conversation import Conversation

    latest = None
    if not (run or named or app.conversations(backend, settings=session.settings)):
        latest = app.latest_run(backend, settings=session.settings)
        if latest is not None:
            console.talk(console.plain(f"nothing was said yet; this is the session of the run {latest.id}"))
            run, backend = latest.id, None
    conversation = Conversation(session, backend=backend, named=named, of_run=run)
    if latest is not None:
        conversation.backend = latest.backend
    links = conversation.links()
    if session.as_json:
        content = {"session": conversation.session, "links": [{"label": each.label, "url": each.url} for each in links]}
        console.document("link", {"backend": conversation.backend, **content})
        return 0
    for each in links:
        console.talk(console.plain(f"{each.label}:"))
        console.result(console.plain(each.url))
    return 0

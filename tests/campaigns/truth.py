"""What could have been known: the service's state as the run's own account reads it, when nothing goes wrong."""

from __future__ import annotations

from pathlib import Path

from clipline.clock import Clock
from clipline.errors import CliplineError
from clipline.journal import Journal
from clipline.mockserver import MockServer
from clipline.nemo.attribution import Attribution
from clipline.nemo.client import NemoClient
from clipline.nemo.credentials import TokenStore
from clipline.nemo.draft import fingerprint
from clipline.nemo.options import NemoOptions
from clipline.values import Secret

__all__ = ["session_is_there", "timeline_changed"]


def timeline_changed(server: MockServer, clock: Clock, state: Path, run_id: str, token: str = "") -> bool:
    """Whether a timeline is another one than before an edit of which the run does not know whether it took effect."""
    with Journal.open(state) as journal:
        open_ones = [effect for effect in journal.effects(run_id) if effect.status == "open" and effect.fingerprint]
    client = _client(server, clock, state, token)
    return any(
        _draft(client, effect.operation["session"]) not in {effect.operation["before"], ""} for effect in open_ones
    )


def session_is_there(server: MockServer, clock: Clock, state: Path, run_id: str) -> bool:
    """Whether the account at work can read the run's session."""
    with Journal.open(state) as journal:
        kept = journal.scopes(run_id).get("", {}).get("nemo", {})
    return bool(_draft(_client(server, clock, state), kept.get("session", "")))


def _client(server: MockServer, clock: Clock, state: Path, token: str = "") -> NemoClient:
    given = Secret(token) if token else None
    options = NemoOptions(api_url=server.url, web_url=server.url, token=given)
    store = TokenStore(state, server.url, clock)
    return NemoClient(options, clock, store, attribution=Attribution("s", "v", "p"), say=lambda _: None)


def _draft(client: NemoClient, session: str) -> str:
    """The fingerprint of a session's draft; "" where it cannot be read."""
    try:
        return fingerprint(client.state(session).draft)
    except CliplineError:
        return ""

"""The two pages that a person opens: taking a session over, and registering."""

from __future__ import annotations

from html import escape

from clipline.mockserver import accounts, sessions
from clipline.mockserver.envelope import Reply
from clipline.mockserver.world import World

__all__ = ["claim_page", "register_page"]

_PAGE = (
    '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
    "<h1>{title}</h1>\n<p>{text}</p>\n{form}</html>\n"
)
_FORM = '<form method="post"><button>{label}</button></form>\n'


def _page(status: int, title: str, text: str, label: str = "") -> Reply:
    form = _FORM.format(label=escape(label)) if label else ""
    page = _PAGE.format(title=escape(title), text=escape(text), form=form)
    return Reply(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


def claim_page(world: World, token: str, *, take: bool) -> Reply:
    """The page of a claim link; `take` is what its button does: the account is registered and may export."""
    found = sessions.claim(world, token)
    if found is None:
        return _page(404, "Claim", "This link is not known, or is over.")
    session, account = found
    if not take:
        text = f"Session {session.session_id} holds {len(session.files)} files. Take it over into your account."
        return _page(200, "Claim your project", text, "Claim")
    accounts.register(world, account.user_id)
    return _page(200, "Claimed", f"Session {session.session_id} is yours.")


def register_page(world: World, user_id: str, *, take: bool) -> Reply:
    """The page where an anonymous user registers; `take` is what its button does."""
    if not take:
        return _page(200, "Register", f"Keep what {user_id or 'you'} made, and export it.", "Register")
    account = accounts.register(world, user_id)
    if account is None:
        return _page(404, "Register", "There is no such user.")
    return _page(200, "Registered", f"{user_id} may export now and has {account.available} credits.")

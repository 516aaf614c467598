"""Who is who: anonymous tokens and their limits, accounts, and what a request must carry."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import UTC, datetime

from clipline.mockserver.envelope import Refusal
from clipline.mockserver.model import Account, Token
from clipline.mockserver.world import World
from clipline.values import JsonObject

__all__ = ["ATTRIBUTION", "authenticate", "grant", "issue", "register"]

#: What every request must carry beside its token; a missing one shows up when something is exported.
ATTRIBUTION = ("x-skill-source", "x-skill-version", "x-skill-platform")

_DAY = 86_400.0
_LETTERS = string.ascii_letters + string.digits


def grant(world: World, headers: Mapping[str, str], address: str) -> JsonObject:
    """Give an anonymous token to a client.

    The same client keeps its user once its token is over, unless the options say that it gets a new one.

    Raises:
        Refusal: no client id (400); this client has a living token, or this address had too many (429).
    """
    client = headers.get("x-client-id", "").strip()
    if not client:
        raise Refusal(400, "X-Client-Id header is required")
    with world.lock:
        now, options = world.clock.now(), world.options
        _check_rate(world, client, address, now)
        user_id = next((token.user_id for token in world.state.tokens.values() if token.client == client), "")
        if not user_id or options.renewal == "new":
            user_id = f"anon_{world.rng('user').getrandbits(64):016x}"
            world.state.accounts[user_id] = Account(user_id, 0, options.plan)
        account = world.account(user_id)
        account.credits = max(account.credits, options.credits)
        _note_missing(account, headers)
        token = _new_token(world, user_id, now + options.token_days * _DAY)
        token.client, token.address = client, address
        world.save()
    expires = datetime.fromtimestamp(token.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"token": token.value, "user_id": user_id, "credits": options.credits, "expires_at": expires}


def _check_rate(world: World, client: str, address: str, now: float) -> None:
    """One living token a client, and so many an address, in the life of a token."""
    window = world.options.token_days * _DAY
    recent = [token for token in world.state.tokens.values() if token.client and now - token.issued < window]
    living = [token for token in recent if token.client == client and not token.dead]
    if living:
        left = max(token.expires_at for token in living) - now
        raise Refusal(429, "one anonymous token per client in 7 days", retry_after=max(1, round(left)))
    if sum(token.address == address for token in recent) >= world.options.tokens_per_address:
        left = min((token.issued for token in recent if token.address == address), default=now) + window - now
        raise Refusal(429, "too many anonymous tokens for this address", retry_after=max(1, round(left)))


def _new_token(world: World, user_id: str, expires_at: float) -> Token:
    value = "nmv_usr_" + "".join(world.rng("token").choices(_LETTERS, k=40))
    token = Token(value, user_id, world.clock.now(), expires_at)
    world.state.tokens[value] = token
    return token


def authenticate(world: World, headers: Mapping[str, str]) -> Token:
    """Whose request this is.

    Raises:
        Refusal: there is no bearer token, or it is unknown, dead or expired (1001).
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise Refusal(1001, "missing bearer token")
    with world.lock:
        token = world.state.tokens.get(value.strip())
        if token is None or token.dead:
            raise Refusal(1001, "invalid token")
        if token.expires_at <= world.clock.now():
            raise Refusal(1001, "token expired")
        if _note_missing(world.account(token.user_id), headers):
            world.save()
        return token


def _note_missing(account: Account, headers: Mapping[str, str]) -> bool:
    """Remember what a request lacked, which only an export shows; whether that is news."""
    news = [name for name in ATTRIBUTION if not headers.get(name) and name not in account.missing]
    account.missing += news
    return bool(news)


def register(world: World, user_id: str) -> Account | None:
    """A person registered: the account may export and has a new allowance; None where there is no such user."""
    with world.lock:
        account = world.state.accounts.get(user_id)
        if account is not None and not account.registered:
            account.registered, account.plan = True, "free_export"
            account.credits += world.options.credits
            world.save()
        return account


def issue(world: World, user_id: str, *, credits: int | None = None, plan: str = "", days: float = 365) -> str:  # noqa: A002 - the word of the service
    """Give a token for a user out by hand, and set what the account has; a new user is a registered one."""
    with world.lock:
        account = world.state.accounts.setdefault(
            user_id, Account(user_id, world.options.credits, world.options.plan, registered=True)
        )
        account.credits = account.credits if credits is None else credits
        account.plan = plan or account.plan
        token = _new_token(world, user_id, world.clock.now() + days * _DAY)
        world.save()
        return token.value

"""Who works: the account, its credits, and where a person sees to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clipline.backends.nemo.service import Cloud, is_of_the_service
from clipline.backends.nemo.state import CloudState
from clipline.errors import AccountWaiting, CliplineError
from clipline.nemo.protocol import NemoSession, register_link
from clipline.stage import Link

if TYPE_CHECKING:
    from clipline.nemo.client import Account

__all__ = ["account_facts", "balance", "balance_if_told", "waiting_for_account", "workspace_links"]


def account_facts(cloud: Cloud) -> dict[str, Any]:
    """The account as JSON: user, whether it is anonymous, credits, service, and the session of this scope."""
    account = cloud.client.account()
    state = CloudState.read(cloud.call.state, cloud.key)
    return {
        "user": account.user_id,
        "anonymous": account.anonymous,
        "service": cloud.base,
        "credits": {
            "available": account.credits.available,
            "frozen": account.credits.frozen,
            "total": account.credits.total,
        },
        "session": state.session or None,
        "paid": state.paid,
    }


def balance(cloud: Cloud) -> dict[str, Any]:
    """The credits as an intent keeps them, with the fingerprint of the token that they are seen by."""
    account = cloud.client.account()
    return {"available": account.credits.available, "frozen": account.credits.frozen, "token": account.token}


def balance_if_told(cloud: Cloud) -> dict[str, Any] | None:
    """The same; None where nobody tells, which fails nothing that is done."""
    try:
        return balance(cloud)
    except CliplineError as error:
        if not is_of_the_service(error):
            raise
        return None


def workspace_links(cloud: Cloud) -> tuple[Link, ...]:
    """The address by which a person takes over the session that the state names; empty where there is none."""
    state = CloudState.read(cloud.call.state, cloud.key)
    if not state.session or not state.task or not cloud.has_pages:
        return ()
    url = cloud.client.claim_link(NemoSession(state.session, state.task, state.user))
    return (Link("take the session over", url),)


def waiting_for_account(cloud: Cloud, error: CliplineError) -> AccountWaiting:
    """The error for a run that waits until the person saw to credits or plan; an anonymous one is told where."""
    account = _account(cloud)
    if account is not None and account.anonymous and cloud.has_pages:
        cloud.call.link("to register this account, open", register_link(cloud.options.web_url, account.user_id))
    waiting = AccountWaiting(error.message, code=error.code)
    if cloud.key == "mock":  # nobody registers there, and no token is asked for
        waiting.hint = "nothing is paid here: run it anew with --set mock.credits=500 and a --state folder of its own"
        return waiting
    then = f"or set NEMO_TOKEN to an account that may. Then: clipline resume {cloud.call.run_id}"
    waiting.hint = f"{error.hint.rstrip('.')}; {then}"  # set afterwards: the address to register at is no secret
    return waiting


def _account(cloud: Cloud) -> Account | None:
    try:
        return cloud.client.account()
    except CliplineError as error:
        if not is_of_the_service(error):
            raise
        return None

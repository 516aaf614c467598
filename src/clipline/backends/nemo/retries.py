"""What may be tried again, and how often: free work after a break, and a paid one after a proof of refusal.

A paid effect is sent once for each intent. A new intent follows here only where the error proves that the one before
was refused, and once for each kind of refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from clipline.backends.nemo.account import waiting_for_account
from clipline.backends.nemo.service import Cloud
from clipline.backends.nemo.sessions import is_gone, is_there, reopened
from clipline.backends.nemo.state import CloudState
from clipline.errors import CliplineError, OutcomeUnknown

__all__ = ["recovering"]

_Made = TypeVar("_Made")


def recovering(cloud: Cloud, state: CloudState, work: Callable[[CloudState], _Made]) -> _Made:
    """Do `work` in the scope's session; where it is refused, see to the reason and do it again, once for each reason.

    `work` raises a refusal only where nothing was done by it.

    Raises:
        OutcomeUnknown: the session is gone, and with it what was paid for.
        CliplineError: as `work` raised it, where nothing can be done about it here.
    """
    seen: set[str] = set()
    while True:
        try:
            return work(state)
        except OutcomeUnknown:
            raise
        except CliplineError as error:
            if error.code in seen:
                raise
            seen.add(error.code)
            state = _seen_to(cloud, state, error)


def _seen_to(cloud: Cloud, state: CloudState, error: CliplineError) -> CloudState:
    """The state to go on with after a refusal; raises where there is no going on."""
    if is_gone(error):
        return _found_or_reopened(cloud, state)
    match error.code:
        case "token_refused":
            return _renewed(cloud, state, error)
        case "rate_limited":
            wait = cloud.wait_after(error, cloud.options.rate_wait)
            cloud.call.note(f"the service asks to wait: {wait:.3g} s")
            cloud.call.clock.sleep(wait)
            return state
        case "unreachable":
            cloud.call.note("the service could not be reached; nothing was sent, one more try")
            cloud.call.clock.sleep(cloud.pause)
            return state
        case "no_credits":
            raise waiting_for_account(cloud, error) from error
        case _:
            raise error


def _found_or_reopened(cloud: Cloud, state: CloudState) -> CloudState:
    """The session where it is there after all, as after a slip of the service; else a new one while nothing is lost."""
    if not is_there(cloud, state):
        return reopened(cloud, state)
    cloud.call.note("the service said that the session is gone, but it is there; one more try")
    return state


def _renewed(cloud: Cloud, state: CloudState, error: CliplineError) -> CloudState:
    """The state with the token of a renewed anonymous account, if that account still sees the session."""
    if cloud.options.token is not None:
        raise error  # the person gave it, and only the person can give another
    account = cloud.client.account()
    if not is_there(cloud, state):
        return reopened(cloud, state)
    return state.seen_by(account.user_id, account.token)

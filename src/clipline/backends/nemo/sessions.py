"""The session that a scope works in: opened, taken over from a person, replaced while nothing is lost by that."""

from __future__ import annotations

from typing import Any

from clipline.backends.nemo.free import free
from clipline.backends.nemo.service import Cloud, is_of_the_service
from clipline.backends.nemo.state import CloudState, loop_of
from clipline.errors import CliplineError, InputError, OutcomeUnknown, StageFailed, TimedOut
from clipline.nemo.protocol import NemoSession, RemoteState
from clipline.stage import Settled
from clipline.values import JsonObject

__all__ = [
    "enter",
    "free",
    "is_gone",
    "is_there",
    "lost",
    "open_session",
    "remote_state",
    "reopened",
    "tell_claim_link",
]

#: Seconds that the link is waited for: what was edited or exported is there by then.
_LINK_SECONDS = 30.0
#: A reply by which the session, or the right to see it, is not there any more.
_GONE = frozenset({"session_gone", "not_found", "forbidden"})


def enter(cloud: Cloud, options: JsonObject) -> CloudState:
    """The scope's state, with a session to work in: that which is named, the scope's own, else a new one.

    Raises:
        StageFailed: the session that is named cannot be seen.
        InputError: the scope's session belongs to another service.
    """
    state = CloudState.read(cloud.call.state, cloud.key)
    named = str((options.get(cloud.key) or {}).get("session", ""))
    if named and named != state.session:
        return _taken_over(cloud, named)
    if not state.session:
        return open_session(cloud)
    if state.base != cloud.base:
        raise InputError(
            f"the session was opened at {state.base}, and the settings now name {cloud.base}",
            code="other_service",
            hint="set the address back to what it was, or start a new run",
        )
    while successor := cloud.call.effects.earlier(_name(state.session)):
        state = _opened(cloud, successor)
    return state


def open_session(cloud: Cloud, *, after: str = "") -> CloudState:
    """A new session, and the person is told how to take it over; `after` names one that it stands in for."""
    name, effects = _name(after), cloud.call.effects
    outcome = effects.earlier(name)
    if outcome is None:
        language = cloud.options.language or cloud.heard or "en"
        operation = {"task": str(cloud.call.run.get("name") or "project"), "language": language, "after": after}
        outcome = free(
            cloud,
            name,
            operation,
            lambda: _send(cloud, operation),
            settle=lambda _: Settled("not_done"),  # nobody can tell, and an empty session costs nothing
            again="another session is opened, since nobody can tell whether this one was",
        )
    state = _opened(cloud, outcome)
    tell_claim_link(cloud, state)
    return state


def _name(after: str) -> str:
    return f"session:{after}" if after else "session"


def _send(cloud: Cloud, operation: JsonObject) -> dict[str, Any]:
    session = cloud.client.new_session(operation["task"], operation["language"])
    account = cloud.client.account()
    user = session.user_id or account.user_id
    return {"session": session.session_id, "task": session.task_id, "user": user, "token": account.token}


def _opened(cloud: Cloud, outcome: JsonObject) -> CloudState:
    return CloudState(
        base=cloud.base,
        session=outcome["session"],
        task=outcome["task"],
        user=outcome["user"],
        token=outcome["token"],
        loop=loop_of(cloud.call.path),
    )


def _taken_over(cloud: Cloud, session: str) -> CloudState:
    try:
        remote, account = cloud.client.state(session), cloud.client.account()
    except CliplineError as error:
        if not is_gone(error):
            raise
        raise StageFailed(
            f"the session {session} is not there, or this account cannot see it",
            code="session_gone",
            hint="use the token of the account that opened it, or leave `session` out",
        ) from error
    state = CloudState(cloud.base, session, loop=loop_of(cloud.call.path), given=True)
    return state.seen_by(remote.user_id or account.user_id, account.token)


def tell_claim_link(cloud: Cloud, state: CloudState) -> None:
    """Give the person the address by which the session becomes theirs; nothing fails by it."""
    if not state.task or not cloud.has_pages:
        return
    client = cloud.within(_LINK_SECONDS)
    try:
        url = client.claim_link(NemoSession(state.session, state.task, state.user))
    except CliplineError as error:
        if not (is_of_the_service(error) or isinstance(error, TimedOut)):
            raise
        cloud.warn(f"there is no link to take the session over this time: {error.message}")
        return
    cloud.call.link("to take the session over, open", url)


# --- sessions that are gone ------------------------------------------------------------------------------------------


def is_gone(error: CliplineError) -> bool:
    """Whether an error says that the session is not there, or not to be seen by this account."""
    return error.code in _GONE


def is_there(cloud: Cloud, state: CloudState) -> bool:
    """Whether the session can be read by the account at work."""
    try:
        cloud.client.state(state.session)
    except CliplineError as error:
        if not is_gone(error):
            raise
        return False
    return True


def remote_state(cloud: Cloud, state: CloudState) -> RemoteState:
    """The session as it stands at the service.

    Raises:
        OutcomeUnknown: it is gone, and with it what was done in it.
    """
    try:
        return cloud.client.state(state.session)
    except CliplineError as error:
        if not is_gone(error):
            raise
    if is_there(cloud, state):  # a slip of the service
        return cloud.client.state(state.session)
    raise lost(cloud, state)


def reopened(cloud: Cloud, state: CloudState) -> CloudState:
    """A new session in the place of one that is gone, while nothing is lost by that.

    Raises:
        OutcomeUnknown: something was uploaded or edited in it.
    """
    if state.in_use:
        raise lost(cloud, state)
    cloud.warn("the session was gone before anything was done in it; in the new one the timeline starts empty")
    return open_session(cloud, after=state.session)


def lost(cloud: Cloud, state: CloudState, *, in_doubt: bool = False) -> OutcomeUnknown:
    """The error for a session that went away with what was paid for; `in_doubt`: one more edit may have been made."""
    edits, files = len(state.edits), len(state.files)
    done = [f"{files} file{'s'[: files != 1]} uploaded"] if files else []
    if edits:
        done.append(f"{edits} edit{'s'[: edits != 1]} made for {state.paid} credits")
    back = "" if _same_account(cloud, state) else "; or set the token of the account that opened it again"
    gone = "is gone" if not back else "cannot be seen by the account now at work"
    more = "nobody can tell any more whether one more edit took effect" if in_doubt else "nothing more was charged"
    return OutcomeUnknown(
        f"the session {gone}, and in it {' and '.join(done) or 'all that was there'}; {more}",
        code="session_gone",
        hint=f"{_instead(cloud, state, edits + in_doubt)}{back}",
    )


def _instead(cloud: Cloud, state: CloudState, edits: int) -> str:
    """How to come by a new session with what was done in the lost one, so many edits: a hint."""
    if not cloud.call.run_id:
        return "begin a new session: `clipline say --new`, or run the pipeline again; its edits are paid again"
    replay = f"`clipline resume {cloud.call.run_id} --replay` uploads again"
    if not edits:
        return f"{replay} in a new session, free of charge, and makes there what edits are left, which are paid as ever"
    each = cloud.options.edit_estimate if state.files else cloud.options.generation_estimate
    return f"{replay} and repeats the edits in a new session, for about {edits * each} credits, within the budget"


def _same_account(cloud: Cloud, state: CloudState) -> bool:
    """Whether the account at work is the one that opened the session, as far as anybody told; else by the token."""
    try:
        account = cloud.client.account()
    except CliplineError as error:
        if not is_of_the_service(error):
            raise
        return True
    if state.user and account.user_id:
        return account.user_id == state.user
    return state.token in {"", account.token}

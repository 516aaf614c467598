"""Editing at the service: one message, paid, sent once; then the state is read and what changed is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from clipline.backends.nemo.account import balance
from clipline.backends.nemo.asking import (
    Asked,
    addressed,
    ask,
    check_clip_is_not_needed,
    file_to_name,
    in_service_names,
)
from clipline.backends.nemo.purse import Payment
from clipline.backends.nemo.retries import recovering
from clipline.backends.nemo.service import Cloud
from clipline.backends.nemo.sessions import enter, remote_state
from clipline.backends.nemo.settling import settle_edit, wait_while_frozen
from clipline.backends.nemo.state import CloudState
from clipline.backends.nemo.telling import Listener, tell_actions, tell_edit
from clipline.backends.nemo.uploads import check_file, with_uploaded
from clipline.errors import CliplineError, InputError
from clipline.nemo.draft import fingerprint, ready, to_timeline
from clipline.nemo.phrases import translate
from clipline.nemo.protocol import RemoteState, proves_refusal
from clipline.nemo.sending import turn_of
from clipline.stage import StageResult
from clipline.timeline import Timeline, differences
from clipline.values import JsonObject

__all__ = ["Edited", "change", "edited"]

#: Characters of a timeline that an intent carries, so that a resumed run can say what changed.
_LARGEST_TIMELINE = 16_000


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit that was made: the scope's `state` after it, the timeline `after`, its `changes` in words.

    `text` is what the service answered, without talk of buttons; `credits` is what it cost, None where nobody knows.
    """

    state: CloudState
    after: Timeline
    changes: tuple[str, ...]
    text: str
    credits: int | None


def change(cloud: Cloud, options: JsonObject) -> StageResult:
    """Ask the service for what the options say; `changed` is false where the draft is the same afterwards.

    Raises:
        InputError: the options contradict each other, or a file to use is missing or not taken.
        AccountError: the token, the budget or the credits do not allow it; nothing was charged.
        OutcomeUnknown: nobody can tell whether it was done, or the session is gone with what was paid for.
        ServiceError: the service did not answer; nothing was sent.
    """
    asked = ask(options)
    made = edited(cloud, enter(cloud, options), asked)
    state = made.state
    if not state.changed:
        price = f", and cost {made.credits} credits" if made.credits else ""
        cloud.warn(f"the edit changed nothing{price}")
    outputs = {
        "changed": state.changed,
        "changes": list(made.changes),
        "understood": [str(operation) for operation in asked.operations],
        "text": made.text,
        "timeline": made.after.as_json(),
        "summary": made.after.summary(),
        "credits": made.credits,
        "session": state.session,
    }
    kept = state.write(cloud.call.state, cloud.key)
    return StageResult(outputs=outputs, state=kept, findings=tuple(cloud.findings))


def edited(cloud: Cloud, state: CloudState, asked: Asked, *, name: str = "edit") -> Edited:
    """Make an edit in the scope's session; its effect is called `name`."""
    state, outcome = recovering(cloud, state, lambda state: _sent(cloud, state, asked, name))
    edit = {"asked": asked.words, "text": outcome["text"], "operations": [o.as_json() for o in asked.operations]}
    paid = state.paid + (outcome.get("credits") or 0)
    before = Timeline.from_json(outcome["timeline"]) if outcome["timeline"] else None
    state = replace(state, edits=(*state.edits, edit), paid=paid, before=before)
    remote = _state_after(cloud, state, outcome)
    changed = fingerprint(remote.draft) != outcome["before"]
    after = to_timeline(remote.draft)
    words = translate(outcome["reply"])
    changes = tuple(differences(before, after)) if changed else ()
    made = Edited(replace(state, changed=changed), after, changes, words.text, outcome.get("credits"))
    tell_edit(cloud, outcome, words.text, changes, after)
    tell_actions(cloud, words.actions, after, outcome)
    return made


def _sent(cloud: Cloud, state: CloudState, asked: Asked, name: str) -> tuple[CloudState, JsonObject]:
    """The state with all files that are needed, and the outcome of the effect: done now, earlier, or adopted."""
    state = _with_files(cloud, state, asked, name)
    effects = cloud.call.effects
    done = effects.earlier(name)
    if (
        effects.open_operation(name) is None
        and done is not None
        and (done["session"], done["asked"]) == (state.session, asked.words)
    ):
        return state, done
    with cloud.purse.paying() as payment:
        return state, _performed(cloud, state, asked, name, payment)


def _performed(cloud: Cloud, state: CloudState, asked: Asked, name: str, payment: Payment) -> JsonObject:
    open_operation = cloud.call.effects.open_operation(name)
    operation = open_operation or _operation(cloud, state, asked)
    sending = _Sending(cloud, operation, payment, again=open_operation is not None)
    outcome = cloud.call.effects.perform(
        name,
        operation,
        sending,
        settle=lambda operation: settle_edit(cloud, name, operation, payment),
        refused=proves_refusal,
        span=cloud.options.stream_limit,
        estimate=cloud.options.generation_estimate if operation["generation"] else cloud.options.edit_estimate,
        fingerprint=operation["before"],
        session=cloud.session_name(state.session),
    )
    return {**outcome, "reply": outcome["reply"] or sending.heard}


def _operation(cloud: Cloud, state: CloudState, asked: Asked) -> dict[str, Any]:
    """What is asked for, with all that tells afterwards whether it happened. Reads the state and the credits.

    Raises:
        Refused: it is an edit, and there is no clip.
    """
    remote = cloud.client.state(state.session)
    is_generation = not (state.files or remote.video_names or ready(remote.draft))
    if is_generation:
        check_clip_is_not_needed(asked)
    had = balance(cloud)
    timeline = to_timeline(remote.draft).as_json()
    to_name = file_to_name(state, cloud.call.path, remote.video_names)
    return {
        "session": state.session,
        "asked": asked.words,
        "text": addressed(in_service_names(asked.words, state), to_name),
        "before": fingerprint(remote.draft),
        "timeline": timeline if len(str(timeline)) <= _LARGEST_TIMELINE else None,
        "had": had,
        "generation": is_generation,
    }


def _with_files(cloud: Cloud, state: CloudState, asked: Asked, name: str) -> CloudState:
    """The state with every file handed over that the operations bring in."""
    absent = []
    for path in asked.files:
        if state.file_at(path) or (not path.is_file() and state.file_named(path.name)):
            continue
        if not path.is_file():
            raise InputError(f"{path} is not there", hint="give its path, or hand it over with an upload stage")
        check_file(path)
        absent.append(path)
    return with_uploaded(cloud, state, absent, name=f"upload:{name}") if absent else state


class _Sending:
    """Sends the message, once; `heard` is what had been said where the stream broke.

    Where an intent was open before, a send is on the person's word: what the first one cost is not counted again.
    """

    def __init__(self, cloud: Cloud, operation: JsonObject, payment: Payment, *, again: bool) -> None:
        self._cloud = cloud
        self._operation = operation
        self._payment = payment
        self._again = again
        self.heard = ""

    def __call__(self) -> JsonObject:
        cloud, operation = self._cloud, self._operation
        had = (_credits(cloud) if self._again else None) or operation["had"]
        listener = Listener(cloud, operation["session"])
        try:
            turn = cloud.client.send(
                operation["session"],
                operation["text"],
                on_text=listener.heard,
                on_tick=listener.ticked,
                look=listener.look,
                on_raw_clip=listener.raw_clip,
                last_look=cloud.call.effects.last_look,
            )
        except CliplineError as error:
            so_far = turn_of(error)
            self.heard = so_far.text if so_far else ""
            if error.code == "stream_error":  # what it came to is found out without these words
                cloud.call.note(error.message)
            raise
        outcome = {**operation, "reply": turn.text, "silent": turn.silent, "adopted": False}
        if left := _credits(cloud):
            outcome |= {"had": had, "left": left, **self._payment.price(had, left)}
        return outcome


def _credits(cloud: Cloud) -> JsonObject | None:
    """The credits, None where nobody tells: the edit is done, and nothing may fail it any more."""
    try:
        return balance(cloud)
    except CliplineError:
        return None


def _state_after(cloud: Cloud, state: CloudState, outcome: JsonObject) -> RemoteState:
    remote = remote_state(cloud, state)
    if fingerprint(remote.draft) == outcome["before"] and not outcome["adopted"]:
        # A stream may end before the work does; credits are reserved as long as that goes on.
        wait_while_frozen(cloud, outcome["had"]["frozen"])
        remote = remote_state(cloud, state)
    return remote

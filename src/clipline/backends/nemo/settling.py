"""How an edit ended that nobody saw the end of: the state is read until it stands still. Nothing is ever sent here."""

from __future__ import annotations

from clipline.backends.nemo.account import balance_if_told
from clipline.backends.nemo.purse import Payment
from clipline.backends.nemo.service import Cloud, is_of_the_service
from clipline.backends.nemo.sessions import is_gone, lost
from clipline.backends.nemo.state import CloudState
from clipline.errors import AccountError, CliplineError
from clipline.nemo.draft import fingerprint
from clipline.stage import Settled
from clipline.values import JsonObject

__all__ = ["settle_edit", "wait_while_frozen"]

_READS = 5


def settle_edit(cloud: Cloud, name: str, operation: JsonObject, payment: Payment) -> Settled:
    """Compare the session with what it was before: changed and standing still is done, all else is unknown.

    It stands still where two readings in a row, `drop_poll` apart, are equal and no more credits are reserved than
    before. Once the edit can do nothing any more, credits that are reserved are somebody else's: then the last two
    readings decide. A reading that fails counts as one that differs. Who does not wait gets one reading, and that
    only once the edit can do nothing any more: before, one tells nothing.

    Args:
        cloud: the service.
        name: of the edit's intent.
        operation: as the edit was journalled: `session`, `before` (the draft's fingerprint), and `had` (the credits).
        payment: tells what it cost.

    Raises:
        OutcomeUnknown: the session is gone, so that nobody will ever be able to tell.
    """
    waits = cloud.call.wait
    if not waits and cloud.call.effects.is_pending(name):
        return Settled("unknown")
    cloud.call.note("nothing is sent again; the state is read until it is clear what became of the edit")
    had, last, seen, stands = operation["had"], "", "the service could not be asked", False
    has: JsonObject | None = None
    for number in range(_READS if waits else 1):
        if waits:
            _pause(cloud, cloud.options.drop_poll if number else cloud.options.drop_wait, number)
        try:
            now = fingerprint(cloud.client.state(operation["session"]).draft)
        except CliplineError as error:
            if not is_of_the_service(error) or (error.exit == _SERVICE and not waits):
                raise
            if is_gone(error) and seen == error.message:
                # A message to a session that is gone would only be refused, so none is offered.
                raise lost(cloud, CloudState.read(cloud.call.state, cloud.key), in_doubt=True) from error
            last, seen, stands = "", error.message, False
            if isinstance(error, AccountError) and not is_gone(error):
                break  # only the person can mend that
            continue
        has = balance_if_told(cloud)
        seen = f"the timeline {'has changed' if now != operation['before'] else 'is what it was before'}"
        seen += f"; credits were {had['available']}, now {has['available'] if has else 'not to be had'}"
        stands = now != operation["before"] and (now == last or not waits)
        if stands and has and has["frozen"] <= had["frozen"]:
            return _adopted(operation, has, payment)
        last = now
    if stands and not cloud.call.effects.is_pending(name):
        return _adopted(operation, has, payment)
    if not last:
        again = f"to look again, which sends nothing: clipline resume {cloud.call.run_id}"
        return Settled("unknown", advice=f"the session cannot be read: {seen}; {again}")
    return Settled("unknown", advice=f"{seen}. Look at the session: clipline link {cloud.call.run_id}")


def _pause(cloud: Cloud, seconds: float, number: int) -> None:
    for left in cloud.call.clock.countdown(seconds):
        text = f"the answer was lost; reading {number + 1} of {_READS} comes; --no-wait does not wait"
        cloud.call.emit("stage.progress", {"fraction": None, "text": text, "seconds_left": round(left, 1)})


def _adopted(operation: JsonObject, left: JsonObject | None, payment: Payment) -> Settled:
    outcome = {**operation, "reply": "", "adopted": True}
    return Settled("done", {**outcome, "left": left, **payment.price(operation["had"], left)} if left else outcome)


#: The exit status of errors that pass by themselves.
_SERVICE = 5


def wait_while_frozen(cloud: Cloud, frozen: int) -> None:
    """Wait until no more credits are reserved than `frozen`, a few readings long: the work still goes on till then."""
    for _ in range(_READS):
        if cloud.client.credits().frozen <= frozen:
            return
        cloud.call.progress(None, "the service still works on it")
        cloud.call.clock.sleep(cloud.options.drop_poll)

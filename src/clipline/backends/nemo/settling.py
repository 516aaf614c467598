"""How an edit ended that nobody saw the end of: the state is read until it stands still. Nothing is ever sent here."""

from __future__ import annotations

from clipline.backends.nemo.account import balance, cost
from clipline.backends.nemo.service import Cloud, is_of_the_service
from clipline.backends.nemo.sessions import is_gone
from clipline.errors import CliplineError
from clipline.nemo.draft import fingerprint
from clipline.stage import Settled
from clipline.values import JsonObject

__all__ = ["settle_edit", "wait_while_frozen"]

_READS = 5


def settle_edit(cloud: Cloud, operation: JsonObject) -> Settled:
    """Compare the session with what it was before: changed and standing still is done, all else is unknown.

    It stands still where two readings in a row, `drop_poll` apart, are equal and no more credits are reserved than
    before. A reading that fails counts as one that differs.

    Args:
        cloud: the service.
        operation: as the edit was journalled: `session`, `before` (the draft's fingerprint) and `had` (the credits).
    """
    cloud.call.note("nothing is sent again; the state is read until it is clear what became of the edit")
    cloud.call.clock.sleep(cloud.options.drop_wait)
    had, last, seen = operation["had"], "", "the service could not be asked"
    for number in range(_READS):
        if number:
            cloud.call.clock.sleep(cloud.options.drop_poll)
        try:
            now = fingerprint(cloud.client.state(operation["session"]).draft)
            has = balance(cloud)
        except CliplineError as error:
            if not is_of_the_service(error):
                raise
            if error.exit != _SERVICE and (seen == error.message or not is_gone(error)):
                return Settled("unknown", advice=f"the session cannot be read: {error.message}")
            last, seen = "", error.message
            continue
        calm = has["frozen"] <= had["frozen"]
        seen = f"the timeline {'has changed' if now != operation['before'] else 'is what it was before'}"
        seen += f"; credits were {had['available']}, now {has['available']}"
        if calm and now == last and now != operation["before"]:
            return Settled("done", {**operation, "reply": "", "adopted": True, "left": has, **cost(had, has)})
        last = now
    return Settled("unknown", advice=f"{seen}. Look at the session: clipline link {cloud.call.run_id}")


#: The exit status of errors that pass by themselves.
_SERVICE = 5


def wait_while_frozen(cloud: Cloud, frozen: int) -> None:
    """Wait until no more credits are reserved than `frozen`, a few readings long: the work still goes on till then."""
    for _ in range(_READS):
        if cloud.client.credits().frozen <= frozen:
            return
        cloud.call.progress(None, "the service still works on it")
        cloud.call.clock.sleep(cloud.options.drop_poll)

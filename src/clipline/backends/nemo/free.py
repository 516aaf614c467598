"""Work that costs nothing, and so may be done again after a break: as an effect that is found again, or as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from clipline.backends.nemo.service import Cloud
from clipline.errors import ServiceError
from clipline.nemo.protocol import proves_refusal
from clipline.stage import Settled
from clipline.values import JsonObject

__all__ = ["free", "patiently"]

_Made = TypeVar("_Made")

#: Ends of a request after which it is made again. A reply that nobody understands is none of them.
_BREAKS = frozenset({"unreachable", "no_reply", "deadline", "broken_off", "server_error", "rate_limited"})
_TIMES = 3


def free(
    cloud: Cloud,
    name: str,
    operation: JsonObject,
    send: Callable[[], JsonObject],
    *,
    settle: Callable[[JsonObject], Settled],
    again: str,
    refused: Callable[[Exception], bool] = proves_refusal,
    span: float = 0.0,
    session: str = "",
) -> JsonObject:
    """Do what costs nothing as an effect; after a break that `settle` finds to have done nothing, once more.

    `again` is told to the person then, behind the reason.
    """
    return patiently(
        cloud,
        lambda: cloud.call.effects.perform(
            name, operation, send, settle=settle, refused=refused, span=span, session=session
        ),
        again,
    )


def patiently(cloud: Cloud, work: Callable[[], _Made], again: str = "once more") -> _Made:
    """Do what costs nothing, again after a break of the line or of the service; three times at most."""
    for _ in range(_TIMES - 1):
        try:
            return work()
        except ServiceError as error:
            if error.code not in _BREAKS:
                raise
            wait = cloud.wait_after(error, cloud.options.rate_wait if error.code == "rate_limited" else cloud.pause)
            cloud.call.note(f"{error.message}; {again}")
            cloud.call.clock.sleep(wait)
    return work()

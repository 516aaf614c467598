"""A job from its order to its end: begun once, gone on with after a break, made anew only where that costs nothing."""

from __future__ import annotations

from functools import partial

from clipline.errors import StageFailed
from clipline.stage import Settled
from clipline.values import JsonObject
from clipline_http.looking import Look, look, wait
from clipline_http.places import place
from clipline_http.service import Service
from clipline_http.submitting import Order, known, submit

__all__ = ["done_job", "looked_at"]


def done_job(service: Service, order: Order) -> tuple[JsonObject, Look]:
    """Have a job done, and how it looked at its end.

    A job of an earlier attempt is gone on with. One that failed or was cancelled is submitted anew only where that cost
    nothing.

    Raises:
        StageFailed: it failed, or was cancelled.
        CliplineError: as `submit` and `wait` have them.
    """
    call, description = service.call, service.description
    waits = partial(call.note, f"waits until another job at {description.service} has ended")
    with place(description.url, description.limits.parallel, call.clock, waits):
        job = known(service, order)
        if job is not None:
            seen = wait(service, job, order.names, fresh=False)
            if seen.status == "done":
                return job, seen
            if not description.paid.failed_is_free:
                raise _ended(service, seen)
            _give_back(service, job)
            call.note(f"the job had {_words(seen)}, which costs nothing; it is submitted anew")
        job = submit(service, order)
        seen = wait(service, job, order.names, fresh=True)
    if seen.status != "done":
        _give_back(service, job)
        raise _ended(service, seen)
    return job, seen


def _give_back(service: Service, job: JsonObject) -> None:
    """Count a job's price no more, where a job that did not end well is free; nothing is sent."""
    told = job.get("credits")
    if not told or not service.description.paid.failed_is_free:
        return
    back = {"credits": -told}
    name, operation = f"given back:{job['key']}", {"key": job["key"]}
    service.call.effects.perform(name, operation, lambda: back, settle=lambda _: Settled("done", back), span=0.0)


def looked_at(service: Service, job: JsonObject, order_names: JsonObject) -> Look:
    """How a job that was done looks now: its address may be another one."""
    return service.again_after_breaks(lambda: look(service, job, order_names))


def _words(seen: Look) -> str:
    what = "been cancelled" if seen.status == "cancelled" else "failed"
    return f"{what}{f': {seen.reason}' if seen.reason else ''}"


def _ended(service: Service, seen: Look) -> StageFailed:
    what = "was cancelled" if seen.status == "cancelled" else "failed"
    free = service.description.paid.failed_is_free
    return StageFailed(
        f"the job {what} at {service.description.service}{f': {seen.reason}' if seen.reason else ''}",
        code=f"job_{seen.status}",
        hint="it costs nothing; `clipline resume` submits it anew"
        if free
        else "it was charged, so it is not submitted again by itself; to pay for another one, start a new run",
    )

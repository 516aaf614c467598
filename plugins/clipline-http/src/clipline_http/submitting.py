"""Having a job done, once: the paid request goes out as an effect, and a lost answer is settled as the service allows.

an idempotency key   the same request goes out again with its key; the service answers with the job that is there
a look-up            the job is looked for by our mark; not there after the time in which it could show up: not done
neither              nobody can tell; the run stops with status 6

A key that the service may have forgotten, or another account, which sees neither key nor job, prove nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clipline.errors import AccountError, CliplineError, ServiceError, StageFailed
from clipline.stage import Settled
from clipline.values import JsonObject, parse_duration
from clipline_http.faults import matches, odd, proves_not_done
from clipline_http.paths import ABSENT, find, number_of
from clipline_http.service import Answer, Service
from clipline_http.templates import Names, fill

__all__ = ["EFFECT", "Order", "estimate", "known", "submit"]

EFFECT = "job"
#: Times that a request is made anew which the service refused because it was busy.
_TIMES, _LONGEST_WAIT = 3, 120.0


@dataclass(frozen=True)
class Order:
    """What is to be made: `names` are the values of the description's names, `asked` tells this order from others."""

    names: Names
    asked: str
    clip: Path
    estimate: int

    @classmethod
    def of(cls, service: Service, names: Names, what: JsonObject, clip: Path, seconds: float | None) -> Order:
        """An order for what is said in `what`, JSON without secrets."""
        text = json.dumps([service.description.url, what], sort_keys=True)
        return cls(names, hashlib.sha256(text.encode()).hexdigest(), clip, estimate(service, seconds) or 0)


def estimate(service: Service, seconds: float | None) -> int | None:
    """The credits that a job is estimated to cost, rounded up; None where that takes the clip's length."""
    paid = service.description.paid
    if paid.per_second and seconds is None:
        return None
    return math.ceil(round(paid.fixed + paid.per_second * (seconds or 0.0), 6))


def known(service: Service, order: Order) -> JsonObject | None:
    """The job that an earlier attempt had begun for this order, if that is certain."""
    effects = service.call.effects
    job = effects.earlier(EFFECT)
    return job if job and job["asked"] == order.asked and effects.open_operation(EFFECT) is None else None


def submit(service: Service, order: Order) -> JsonObject:
    """Have the job begun, or find the one that was; its outcome has the service's values under `job`.

    Raises:
        AccountError: token, credits, plan or budget do not allow it; nothing was begun.
        OutcomeUnknown: nobody can tell whether it was begun.
        CliplineError: the service refused it, or did not answer; nothing was begun.
    """
    for number in range(1, _TIMES + 1):
        try:
            return _performed(service, order)
        except ServiceError as error:
            wait = error.retry_after or 2.0**number
            if number == _TIMES or error.waits or error.retry != "safe" or wait > _LONGEST_WAIT:
                raise
            service.call.note(f"{error.message}; once more in {wait:g} s")
            service.call.clock.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _performed(service: Service, order: Order) -> JsonObject:
    effects = service.call.effects
    opened = effects.open_operation(EFFECT)
    mine = opened if opened and opened["asked"] == order.asked else None
    operation = mine or _operation(service, order)
    sending = _Sending(service, order, operation)
    return effects.perform(
        EFFECT,
        operation,
        sending,
        settle=sending.settle,
        refused=lambda error: not sending.begun or proves_not_done(error),
        span=_span(service),
        estimate=order.estimate,
    )


def _operation(service: Service, order: Order) -> JsonObject:
    """What is written down of a submission before it goes out: what is asked for, and with whose token, and when."""
    key = str(uuid.uuid4())
    return {"asked": order.asked, "key": key, "by": service.token_mark(key), "at": service.call.clock.now()}


def _span(service: Service) -> float:
    """Seconds in which a lost request can still show up; none where looking again tells no more than looking now."""
    if not service.description.has("find"):
        return 0.0
    return parse_duration(service.description.value["find"].get("within", 120))


class _Sending:
    """One submission: `begun` once the paid request is on its way."""

    def __init__(self, service: Service, order: Order, operation: JsonObject) -> None:
        self.begun = False
        self._service = service
        self._order = order
        self._operation = operation

    def __call__(self) -> JsonObject:
        return self._send(self._operation)

    def _send(self, operation: JsonObject) -> JsonObject:
        service, description = self._service, self._service.description
        names: dict[str, Any] = {**self._order.names, "job.key": operation["key"]}
        first: dict[str, Any] = {}
        for form in description.before:
            answer = service.patiently(form, names, self._order.clip)
            first |= answer.taken
            names |= {f"job.{name}": value for name, value in answer.taken.items()}
        form = description.request("submit")
        if key := description.paid.key:
            form = replace(form, headers={**form.headers, key: "{job.key}"})
        self.begun = True
        answer = service.ask(form, names, self._order.clip)
        return self._outcome(operation, {**first, **answer.taken}, answer)

    def _outcome(self, operation: JsonObject, taken: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
        service = self._service
        for name, value in taken.items():
            if service.is_secret(value) and f"job.{name}" in service.description.used_later:
                raise StageFailed(
                    f"what {service.description.service} gave as {name!r} may not be written down, and the job cannot "
                    "be found without it",
                    code="secret_job",
                    retry="unsure",
                    hint="let the description take the job's id instead",
                )
        kept = {name: value for name, value in taken.items() if not service.is_secret(value)}
        outcome: dict[str, Any] = {"asked": operation["asked"], "key": operation["key"], "job": kept}
        path = service.description.value["submit"].get("credits")
        cost = number_of(find(answer.content, path)) if path else None
        if cost is not None and cost >= 0:
            outcome["credits"] = math.ceil(cost)
        return outcome

    # --- after a lost answer -----------------------------------------------------------------------------------------

    def settle(self, operation: JsonObject) -> Settled:
        """What became of a request whose answer nobody saw."""
        description = self._service.description
        found = self._found(operation) if description.has("find") else None
        if found and found.verdict == "done":
            return found
        if operation.get("by") != self._service.token_mark(operation["key"]):
            return self._unknown("it was sent with another token: set that one again")
        if description.paid.key and operation["asked"] == self._order.asked:
            if self._service.call.clock.now() - operation["at"] < description.paid.key_kept:
                return self._repeated(operation)
            if not found:
                return self._unknown("its key may be forgotten by now")
        return found or self._unknown()

    def _unknown(self, why: str = "") -> Settled:
        description = self._service.description
        console = description.value.get("console")
        where = f" at {console}" if console else ""
        look = f"look at your jobs at {description.service}{where} and what they cost"
        return Settled("unknown", advice=f"{why}, or {look}" if why else look)

    def _repeated(self, operation: JsonObject) -> Settled:
        """Send it again with its key. Only a job in the answer tells anything: a refusal may be of this time alone."""
        try:
            return Settled("done", self._service.again_after_breaks(lambda: self._send(operation)))
        except (AccountError, ServiceError) as error:
            if error.code in {"odd_reply", "no_credits", "plan_required"}:
                return Settled("unknown", advice=error.message)
            raise
        except StageFailed as error:
            return Settled("unknown", advice=error.message)

    def _found(self, operation: JsonObject) -> Settled:
        service, value = self._service, self._service.description.value["find"]
        names = {**self._order.names, "job.key": operation["key"]}
        form = service.description.request("find")
        take = value.get("take") or service.description.request("submit").take
        try:
            answer = service.patiently(replace(form, take={}), names)
        except CliplineError as error:
            if error.code == "not_found":
                return Settled("not_done")
            raise
        jobs = find(answer.content, value["list"]) if "list" in value else [answer.content]
        if answer.content is ABSENT or not isinstance(jobs, list):
            raise odd(service.asked(form), "no list of jobs")
        job = next((each for each in jobs if matches(each, fill(value["where"], names))), None)
        if job is None:
            return Settled("not_done")
        taken = {name: find(job, path) for name, path in take.items()}
        return Settled("done", self._outcome(operation, taken, Answer(job, taken)))

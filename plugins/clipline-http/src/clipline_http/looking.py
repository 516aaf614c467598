"""A job on its way: looked at until it ends, left or cancelled where the person says stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from clipline.clock import CancelToken
from clipline.errors import Cancelled, CliplineError, ServiceError, StageFailed, Waiting
from clipline.values import JsonObject
from clipline_http.description import Description
from clipline_http.paths import ABSENT, find, number_of
from clipline_http.service import Answer, Service
from clipline_http.templates import Names

__all__ = ["Look", "job_names", "look", "wait"]

#: Looks that a new job has in which the service need not know it yet.
_EARLY = 3
#: Seconds that telling the service to cancel may take; a stage that is told to stop has one.
_CANCEL_SECONDS = 0.8

Status = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a job showed: `word` is the service's own, `part` how much is done, `taken` what was described."""

    status: Status
    word: str
    part: float | None = None
    reason: str = ""
    cost: float | None = None
    taken: Mapping[str, Any] = field(default_factory=dict)


def job_names(job: JsonObject, seen: Look | None = None) -> dict[str, Any]:
    """The values of the names with `job.`."""
    taken = {**job["job"], **({name: each for name, each in seen.taken.items() if each is not None} if seen else {})}
    return {"job.key": job["key"], **{f"job.{name}": value for name, value in taken.items()}}


def look(service: Service, job: JsonObject, names: Names) -> Look:
    """Look at a job once.

    Raises:
        CliplineError: as the service says; a `ServiceError` may pass.
    """
    form = service.description.request("look")
    answer = service.ask(form, {**names, **job_names(job)})
    return _read(service, answer)


def _read(service: Service, answer: Answer) -> Look:
    written = service.description.value["look"]
    word = find(answer.content, written["status"])
    if not isinstance(word, (str, int, bool)):
        raise ServiceError(
            f"{service.description.service} answered 'look' without a status ({written['status']})", code="odd_reply"
        )
    text = str(word).lower() if isinstance(word, bool) else str(word)
    kinds: tuple[Status, ...] = ("done", "failed", "cancelled")
    status: Status = next((kind for kind in kinds if text in map(str, written.get(kind, ()))), "running")
    part = _number(answer, written.get("progress"))
    reason = find(answer.content, written["reason"]) if "reason" in written else ABSENT
    return Look(
        status,
        service.clean(text)[:80],
        None if part is None else min(1.0, max(0.0, part / written.get("progress_of", 100))),
        service.clean(reason)[:300] if isinstance(reason, str) else "",
        _number(answer, written.get("credits")),
        answer.taken,
    )


def _number(answer: Answer, path: str | None) -> float | None:
    return number_of(find(answer.content, path)) if path else None


def wait(service: Service, job: JsonObject, names: Names, *, fresh: bool) -> Look:
    """Look until the job has ended, however it did; `fresh` where it was submitted just now.

    Raises:
        Waiting: it takes longer than the description's `wait`; it goes on at the service.
        AccountError: the token is not taken any more; the job is kept.
        Cancelled: the person said stop; the job goes on, or was cancelled where that costs nothing.
    """
    call, limits = service.call, service.description.limits
    begun, number, odd_words = call.clock.monotonic(), 0, set[str]()
    try:
        while True:
            number += 1
            pause = limits.every
            try:
                seen = look(service, job, names)
            except ServiceError as error:
                pause = max(pause, error.retry_after or 0.0)
                call.progress(None, f"{service.description.service} does not answer just now: {error.message}")
            except StageFailed as error:
                if error.code != "not_found" or not fresh or number > _EARLY:
                    raise _lost(error) from error
            else:
                if seen.status != "running":
                    return seen
                _tell(service, seen, odd_words)
            if call.clock.monotonic() - begun + pause > limits.wait:
                raise _still(service, odd_words)
            call.clock.sleep(pause)
    except Cancelled:
        _leave(service, job, names)
        raise


def _still(service: Service, odd_words: set[str]) -> Waiting:
    description, resume = service.description, f"clipline resume {service.call.run_id}"
    odd = f" (it said {', '.join(map(repr, sorted(odd_words)))}, which is in no list)" if odd_words else ""
    return Waiting(
        f"the job is not done after {description.limits.wait:g} s{odd}; it goes on at {description.service}",
        code="job_running",
        hint=f"{_lists(description)}, then: {resume}" if odd_words else resume,
    )


def _lists(description: Description) -> str:
    return (
        f"if it means that the job has ended, add it to look.done, look.failed or look.cancelled in {description.file}"
    )


def _lost(error: CliplineError) -> StageFailed:
    return StageFailed(
        f"the job cannot be asked for any more: {error.message}",
        code="job_lost",
        hint="nothing is submitted again by itself; to have it done anew, start a new run",
    )


def _tell(service: Service, seen: Look, odd_words: set[str]) -> None:
    """How far it is; a status that the description does not know is told once, and says nothing of how far."""
    running = service.description.value["look"].get("running")
    is_odd = running is not None and seen.word not in map(str, running)
    if is_odd and seen.word not in odd_words:
        odd_words.add(seen.word)
        lists = f"{_lists(service.description)}; if it goes on, to look.running"
        service.call.note(f"the description does not know the status {seen.word!r}, and waits on: {lists}")
    service.call.progress(None if is_odd else seen.part, f"{service.description.service}: {seen.word}")


def _leave(service: Service, job: JsonObject, names: Names) -> None:
    """The person said stop: a job that costs nothing when it is cancelled is cancelled, any other one is left alone.

    What is charged all the same is not thrown away: the next `resume` collects it. Nor is anything lost where the job
    ends in the very moment: `resume` looks at it before all else.
    """
    call, description = service.call, service.description
    goes_on = f"the job goes on at {description.service}; to collect it: clipline resume {call.run_id}"
    if not description.has("cancel") or not description.paid.failed_is_free:
        call.note(goes_on)
        return
    now = call.clock.monotonic()
    clock = call.clock.with_token(CancelToken(), now + _CANCEL_SECONDS)
    try:
        service.ask(description.request("cancel"), {**names, **job_names(job)}, clock=clock)
    except CliplineError as error:
        call.note(
            f"{description.service} was told to cancel the job, and it is not known whether it did: {error.message}"
        )
        return
    call.note(f"the job was cancelled at {description.service}; clipline resume {call.run_id} starts it anew")

"""The fault matrix as data: every call of the service × what can go wrong × when, and what may be hoped for.

A cell is *survivable* where a client that never sends a paid edit twice can still end with the file, without a hand:
the fault strikes once, and either costs nothing to try again, or its effect can be read from the state, or it is a
proof that nothing happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clipline.mockserver.faults import KINDS, Fault

__all__ = ["DOUBTS", "Cell", "cells"]

#: The calls that one run makes, in their order.
CALLS = ("token", "session", "claim", "upload", "message", "state", "credits", "render", "render_status", "result")
_STREAM_KINDS = ("duplicate_event", "heartbeats_only", "no_text", "stream_error", "apology")
_BYTES = (0, 1, 60, 400)
#: Of these the longer one outlasts every patience but that for an edit.
_DELAYS = (20.0, 400.0)

#: Replies that refuse, as status, code, Retry-After: first those that may pass, then those that will not.
_BUSY = ((500, 0, None), (502, 0, None), (503, 0, None), (503, 0, 7.0), (429, 0, None), (429, 0, 3.0), (408, 0, None))
_FINAL = (
    (400, 0, None),
    (404, 0, None),
    (422, 0, None),
    (0, 2001, None),
    (402, 0, None),
    (0, 4001, None),
    (0, 4002, None),
)
_ACCOUNT = ((401, 0, None), (0, 1001, None), (0, 1002, None))


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault in one run; `reason` is why nobody can survive it, "" where one can."""

    name: str
    fault: Fault
    reason: str

    @property
    def survivable(self) -> bool:
        """As the module says."""
        return not self.reason


def cells() -> Iterator[Cell]:
    """Every cell, in a fixed order."""
    for route in CALLS:
        for kind, phases in KINDS.items():
            if kind in _STREAM_KINDS and route != "message":
                continue
            for phase in phases:
                yield from _variants(route, kind, phase)


def _variants(route: str, kind: str, phase: str) -> Iterator[Cell]:
    for changes in _changes(kind, phase):
        try:
            fault = Fault(route=route, kind=kind, phase=phase, **changes)  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001  # the mock says which of these make no sense
            continue
        yield Cell(_name(fault), fault, _reason(fault))


def _changes(kind: str, phase: str) -> Iterator[dict[str, object]]:
    when: list[dict[str, object]] = [{}]
    if phase == "after_bytes":
        when = [{"after": count} for count in _BYTES]
    elif phase == "delay_effect":
        when = [{"delay": delay} for delay in _DELAYS]
    elif kind in {"reset", "close"} and phase in {"after_effect", "at_headers"}:
        when = [{}, {"effect": "lost"}]
    for each in when:
        if kind == "status":
            answers = (*_BUSY, *_FINAL, *_ACCOUNT) if phase == "before_effect" else ((500, 0, None), (503, 0, 7.0))
            for status, code, wait in answers:
                yield {**each, "status": status, "code": code, "retry_after": wait}
        elif kind == "stream_error":
            yield from ({**each, "form": form} for form in ("json", "broken", "event"))
        elif kind == "heartbeats_only":
            yield from ({**each, "form": form} for form in ("typed", "word", "bare", "empty", "comment"))
        elif kind == "split":
            yield from ({**each, "at": at} for at in (-1, 0, 5, 100))
        else:
            yield each


def _name(fault: Fault) -> str:
    told = fault.as_json()
    more = [f"{key}={told[key]}" for key in told if key not in {"route", "kind", "phase", "nth"}]
    return " ".join([f"{fault.route}: {fault.kind} {fault.phase}", *more])


#: Why a fault may leave a run without its file.
_GONE = "the session is gone with what was done in it"
_SPENT = "the token's reply is lost, and the service gives one a week"
_LOST = "an edit's request or effect is lost, and the timeline is as before"
_REFUSED = "the service refuses for good"
#: Those after which a run may end with exit status 6.
DOUBTS = frozenset({_GONE, _LOST})
_LATE = "an upload comes minutes after it was confirmed"


def _reason(fault: Fault) -> str:
    busy = fault.kind != "status" or fault.http_status in {408, 429} or fault.http_status >= 500
    passes = busy or fault.code == 1001 or fault.http_status == 401
    if fault.kind in {"dead_session", "render_failed"}:
        # A render that failed is started once more; a session is replaced until one upload or edit is finished.
        return "" if fault.kind == "render_failed" or fault.route in {"claim", "upload"} else _GONE
    if fault.route == "upload" and fault.phase == "delay_effect" and fault.delay > 300:
        return _LATE
    if fault.route == "token":
        return _reason_of_token(fault, busy=busy)
    if fault.route == "message":
        return _reason_of_message(fault)
    return "" if passes or fault.route == "claim" else _REFUSED


def _reason_of_token(fault: Fault, *, busy: bool) -> str:
    if not busy:
        return _REFUSED
    nothing_done = fault.phase in {"before_reading", "before_effect"} or fault.kind in {"drip", "no_length", "split"}
    return "" if nothing_done else _SPENT


def _reason_of_message(fault: Fault) -> str:
    if fault.kind == "status" and fault.phase in {"before_reading", "before_effect"}:
        if fault.http_status in {429, 401} or fault.code == 1001:
            return ""
        return _LOST if fault.http_status in {408, 402} or fault.http_status >= 500 else _REFUSED
    if fault.kind in {"status", "dead_token"}:
        return "" if fault.kind == "status" or fault.phase == "before_effect" else _LOST
    lost = fault.effect == "lost" or fault.phase in {"before_reading", "before_effect"}
    return _LOST if lost else ""

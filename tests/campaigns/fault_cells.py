"""The fault matrix as data: every call of the service × what can go wrong × when, and what may be hoped for.

A cell is *survivable* where a client that never sends a paid edit twice can still end with the file, without a hand:
the fault strikes once, and either costs nothing to try again, or its effect can be read from the state, or it is a
proof that nothing happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clipline.mockserver.faults import KINDS, Fault

__all__ = ["Cell", "cells"]

#: The calls that one run makes, in their order.
CALLS = ("token", "session", "claim", "upload", "message", "state", "credits", "render", "render_status", "result")
#: Calls whose loss costs nothing and changes nothing that counts.
READING = {"state", "credits", "render_status", "result", "claim"}

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
    """One fault in one run; `survivable` as the module says."""

    name: str
    fault: Fault
    survivable: bool


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
        yield Cell(_name(fault), fault, _survivable(fault))


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


def _survivable(fault: Fault) -> bool:
    busy = fault.kind != "status" or fault.http_status in {408, 429} or fault.http_status >= 500
    if fault.kind in {"dead_session", "render_failed"}:
        # A render that failed is started once more; a session is replaced until one upload or edit is finished.
        return fault.kind == "render_failed" or fault.route in {"claim", "upload"}
    if fault.route in READING:
        return busy or fault.route == "claim" or fault.code == 1001 or fault.http_status == 401
    if fault.route == "upload" and fault.phase == "delay_effect" and fault.delay > 300:
        return False
    if fault.route == "token":
        # A token whose reply is lost is spent: the service gives one a week.
        return busy and _nothing_done(fault)
    if fault.route == "message":
        return _message_survives(fault)
    return busy or fault.code == 1001 or fault.http_status == 401


def _nothing_done(fault: Fault) -> bool:
    return fault.phase in {"before_reading", "before_effect"} or fault.kind in {"drip", "no_length", "split"}


def _message_survives(fault: Fault) -> bool:
    if fault.kind == "status":
        return fault.http_status in {429, 401} or fault.code == 1001 or fault.phase in {"after_effect", "delay_effect"}
    if fault.kind == "dead_token":
        return fault.phase == "before_effect"
    return fault.effect != "lost" and fault.phase not in {"before_reading", "before_effect"}

"""The control plane under `/__mock__/`: looking at the mock, and setting it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from clipline.errors import InputError
from clipline.mockserver import accounts
from clipline.mockserver.envelope import Reply, as_json
from clipline.mockserver.faults import faults_from_json
from clipline.mockserver.service import Service

__all__ = ["CALLS", "PREFIX", "control_reply"]

PREFIX = "/__mock__/"


def control_reply(service: Service, method: str, path: str, body: bytes) -> Reply:
    """Answer a call of the control plane; errors are 400 with a message, an unknown name is 404."""
    act = CALLS.get((method, path.removeprefix(PREFIX)))
    if act is None:
        known = ", ".join(f"{verb} {PREFIX}{name}" for verb, name in CALLS)
        return as_json({"error": f"unknown: {method} {path}", "known": known}, 404)
    try:
        return as_json(act(service, json.loads(body) if body.strip() else None))
    except InputError as error:
        return as_json({"error": error.message, "hint": error.hint}, 400)
    except (ValueError, RecursionError) as error:
        return as_json({"error": f"the body is no JSON: {error}"}, 400)


def _ledger(service: Service, _: Any) -> Any:
    """Every charge."""
    return [asdict(charge) for charge in service.ledger]


def _requests(service: Service, _: Any) -> Any:
    """Every request and what became of it, without its credentials."""
    return [row.as_json() for row in service.journal.rows]


def _snapshot(service: Service, _: Any) -> Any:
    """All that the server knows, to be given to `restore`; media stay in its folder."""
    return service.snapshot()


def _reset(service: Service, _: Any) -> Any:
    """As it was at the start."""
    service.reset()
    return {"ok": True}


def _restore(service: Service, data: Any) -> Any:
    """Back to a snapshot, which is the body."""
    service.restore(_object(data))
    return {"ok": True}


def _faults(service: Service, data: Any) -> Any:
    """A fault or a list of them is added; null or an empty list takes all away."""
    if not data:
        service.book.clear()
        return {"ok": True, "added": 0}
    faults = faults_from_json(data)
    for fault in faults:
        service.book.add(fault)
    return {"ok": True, "added": len(faults)}


def _clock(service: Service, data: Any) -> Any:
    """`advance`: seconds that pass at once; the reply says what time it is `now`."""
    seconds = _object(data).get("advance", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
        raise InputError("`advance` is a number of seconds that is not negative")
    if seconds:
        service.advance(seconds)
    return {"now": service.clock.now()}


def _account(service: Service, data: Any) -> Any:
    """Give out a token for a user: `user_id`, and perhaps `credits` and `plan`."""
    wanted = _object(data)
    user_id, plan = wanted.get("user_id"), wanted.get("plan", "")
    if not isinstance(user_id, str) or plan not in {"", "free_export", "no_export"}:
        raise InputError("an account has a `user_id`, and perhaps `credits` and a `plan` (free_export or no_export)")
    given = wanted.get("credits")
    if given is not None and (isinstance(given, bool) or not isinstance(given, int)):
        raise InputError("`credits` is a whole number")
    return {"user_id": user_id, "token": accounts.issue(service.world, user_id, credits=given, plan=plan)}


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InputError("the body is a JSON object")
    return data


#: What the control plane does, by method and name.
CALLS: Mapping[tuple[str, str], Callable[[Service, Any], Any]] = {
    ("GET", "ledger"): _ledger,
    ("GET", "requests"): _requests,
    ("GET", "snapshot"): _snapshot,
    ("POST", "reset"): _reset,
    ("POST", "restore"): _restore,
    ("POST", "faults"): _faults,
    ("POST", "clock"): _clock,
    ("POST", "accounts"): _account,
}

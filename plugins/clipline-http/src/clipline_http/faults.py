"""What a reply means that is not what was asked for: one of clipline's errors, or none. Pure.

Whether it proves that a paid request was not done is in the error's `retry`: `unsure` says that it does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clipline.errors import (
    AccountError,
    AccountWaiting,
    Cancelled,
    CliplineError,
    Refused,
    RetryVerdict,
    ServiceError,
    StageFailed,
    TimedOut,
)
from clipline.http import Reply, retry_after
from clipline_http.paths import ABSENT, find

__all__ = ["Asked", "fault", "json_of", "matches", "odd", "proves_not_done"]

#: Complete replies of these statuses refuse a request; a server that did the work does not answer so.
_REFUSING = frozenset({*range(400, 408), *range(410, 418), 422, 429, 431})
#: Characters of a service's own words that a message holds.
_LONGEST = 300


@dataclass(frozen=True)
class Asked:
    """A request that a reply is to be judged by.

    Attributes:
        service: what messages call it.
        what: the request's name in the description.
        errors: the description's.
        message: where a reply says what is wrong; empty where nothing says so.
        clean: takes secrets out of a text.
        now: seconds since 1970.
    """

    service: str
    what: str
    errors: Sequence[Mapping[str, Any]]
    message: str
    clean: Callable[[str], str]
    now: float


def json_of(reply: Reply) -> Any:
    """The reply's JSON; `ABSENT` where it is none, or was cut."""
    if not reply.whole:
        return ABSENT
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return ABSENT


def matches(content: Any, where: Mapping[str, Any]) -> bool:
    """Whether the values at all these paths are these; numbers and texts that read alike are equal."""
    return all(_same(find(content, path), wanted) for path, wanted in where.items())


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return found is not ABSENT and found is not None and str(found) == str(wanted)


def fault(reply: Reply, content: Any, asked: Asked) -> CliplineError | None:
    """The error that a reply means; None where it is a success.

    Args:
        reply: the whole reply.
        content: its JSON, or `ABSENT`.
        asked: what it answers.
    """
    known = next((each for each in asked.errors if _fits(each, reply, content)), None)
    if known is None and 200 <= reply.status < 300:
        return None
    meaning = known["is"] if known else _meaning(reply.status)
    refuses = known.get("done") if known else None
    if refuses:
        proven = refuses == "no"
    else:  # a page was written by somebody in between, who may not know what the service did
        is_page = "html" in reply.headers.get("content-type", "").lower()
        proven = reply.whole and not is_page and (reply.status in _REFUSING or reply.status < 300)
    error = _error(meaning, _words(reply, content, asked), reply, asked)
    error.retry = _verdict(error, proven=proven)
    error.hint = (known or {}).get("hint", "") or error.hint
    return error


def _fits(each: Mapping[str, Any], reply: Reply, content: Any) -> bool:
    return each.get("status", reply.status) == reply.status and matches(content, each.get("where", {}))


def _meaning(status: int) -> str:
    named = {401: "token", 402: "credits", 403: "token", 404: "gone", 408: "down", 410: "gone", 429: "busy"}
    return named.get(status, "refused" if 400 <= status < 500 else "down")


def _words(reply: Reply, content: Any, asked: Asked) -> str:
    said = find(content, asked.message) if asked.message else ABSENT
    told = said if isinstance(said, str) else ""
    told = re.sub(r"\s+", " ", asked.clean(told)).strip()[:_LONGEST]
    return f"{asked.service} answered {reply.status} to {asked.what!r}{f': {told}' if told else ''}"


def _error(meaning: str, words: str, reply: Reply, asked: Asked) -> CliplineError:
    if meaning in {"busy", "down"}:
        wait = retry_after(reply.headers, asked.now) if reply.status in {429, 503} else None
        code = "rate_limited" if meaning == "busy" else "server_error"
        return ServiceError(words, code=code, retry_after=wait, hint="try again later")
    match meaning:
        case "token":
            return AccountError(words, code="token_refused", hint="the setting http.token (CLIPLINE_HTTP_TOKEN)")
        case "credits":
            hint = "once there are credits again: clipline resume"
            return AccountWaiting(words, code="no_credits", hint=hint)
        case "plan":
            return AccountWaiting(words, code="plan_required", hint="once the plan allows it: clipline resume")
        case "gone":
            return StageFailed(words, code="not_found")
        case _:
            return Refused(words)


def _verdict(error: CliplineError, *, proven: bool) -> RetryVerdict:
    if not proven:
        return "unsure"
    return "safe" if isinstance(error, ServiceError) else "never"


def odd(asked: Asked, what: str) -> ServiceError:
    """The error for a reply that nobody described: what was asked for may have been done all the same."""
    return ServiceError(f"{asked.service} answered {asked.what!r} with {what}", code="odd_reply", retry="unsure")


def proves_not_done(error: Exception) -> bool:
    """Whether an error of a paid request proves that nothing was done."""
    if isinstance(error, (Cancelled, TimedOut)):
        cause = error.__cause__
        return isinstance(cause, ServiceError) and cause.code == "unreachable"
    return isinstance(error, CliplineError) and error.retry != "unsure"

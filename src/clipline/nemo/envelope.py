"""Tells a reply that worked from one that did not.

A reply can fail four ways, and which service code rides on which HTTP status is not documented. So, in this order:

1. not 2xx: the code and message of a JSON body if there is one, else the status. A code that HTTP knows too (401, 404)
   counts only beside a 4xx: under a 5xx it may be what a proxy heard from somebody else;
2. 2xx with a `code` that is not 0;
3. 2xx with `success` false;
4. else it worked, and `data`, or where there is none the body itself, is what was asked for.

What each failure means, and what it proves, is in `failures.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from clipline.errors import CliplineError
from clipline.http import Reply
from clipline.nemo.failures import KNOWN, Asked, Failure
from clipline.nemo.json_text import NotJson, parse
from clipline.nemo.oddities import odd_reply, one_line, shape
from clipline.values import JsonObject, JsonValue

__all__ = ["error_of", "read", "retry_after"]


def read(reply: Reply, asked: Asked | None = None) -> JsonObject:
    """The data of a complete reply, in any envelope.

    Args:
        reply: whole, and no event stream.
        asked: what was asked for, by whom.

    Raises:
        CliplineError: the reply failed in one of the four ways (`error_of`), or is `odd_reply`.
    """
    asked = asked or Asked()
    if not 200 <= reply.status < 300:
        raise error_of(reply, asked)
    if _is_stream(reply):
        raise odd_reply(asked.what, "an event stream")
    if not reply.body.strip():
        return {}
    body = _json(reply)
    if not isinstance(body, dict):
        if asked.route == "cancel" and not _is_page(reply):
            return {}  # what the service says of it is documented nowhere
        raise odd_reply(asked.what, "an HTML page" if _is_page(reply) else "no JSON" if body is None else shape(body))
    if _succeeded(body) or _tells_of_a_render(body, asked):
        data = body.get("data", body)
        if data is None:
            return {}
        if not isinstance(data, dict):
            raise odd_reply(asked.what, shape(body))
        return data
    raise error_of(reply, asked)


def error_of(reply: Reply, asked: Asked | None = None) -> CliplineError:
    """The error for a reply that failed; its code, verdict and hint are those of the service's table of errors."""
    asked = asked or Asked()
    body = _json(reply)
    fields: Mapping[str, Any] = body if isinstance(body, dict) else {}
    number = _number_of(reply.status, _code(fields))
    failure = Failure(number, reply.status, _message(fields), asked, retry_after(reply, asked.now), shape(body))
    if _is_page(reply) or _is_stream(reply) or not _is_whole(reply):
        seen = "an HTML page" if _is_page(reply) else "a reply that is not complete"
        return failure.by_somebody_else(seen)
    return failure.error()


def retry_after(reply: Reply, now: float | None = None) -> float | None:
    """The seconds that a reply asks to wait, as `Retry-After` tells in seconds or as a date; None where it does not.

    A date is compared with the reply's own `Date`, and with `now` where there is none.
    """
    text = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        return float(text)
    until = _date(text)
    said = _date(reply.headers.get("date", ""))  # by the clock that the date was made with; ours may be wrong
    since = said if said is not None else now
    return None if until is None or since is None else max(0.0, until - since)


# --- what a reply is -------------------------------------------------------------------------------------------------


def _json(reply: Reply) -> JsonValue:
    """The body's JSON; None where it is none."""
    try:
        return parse(reply.body)
    except NotJson:
        return None


def _content_type(reply: Reply) -> str:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_page(reply: Reply) -> bool:
    start = reply.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return _content_type(reply) in {"text/html", "application/xhtml+xml"} or start.startswith(b"<")


def _is_stream(reply: Reply) -> bool:
    return _content_type(reply) == "text/event-stream"


def _is_whole(reply: Reply) -> bool:
    return reply.whole


def _succeeded(body: Mapping[str, Any]) -> bool:
    code = body.get("code")
    is_zero = code is None or (not isinstance(code, bool) and code in (0, "0"))
    return is_zero and body.get("success", True) in (True, None)


def _tells_of_a_render(body: Mapping[str, Any], asked: Asked) -> bool:
    """A render that failed may come as `success: false` with its state: then the call worked, the render did not."""
    data = body.get("data")
    if asked.route != "status" or _code(body) in KNOWN:
        return False
    return isinstance(data, dict) and isinstance(data.get("status"), str)


def _code(fields: Mapping[str, Any]) -> int | None:
    """The service's code, 0 included; None where there is none. A word in its place counts as a code nobody knows."""
    error = fields.get("error")
    code = fields.get("code", error.get("code") if isinstance(error, dict) else None)
    if code is None or isinstance(code, bool):
        return None
    if isinstance(code, float) and math.isfinite(code) and code == int(code):
        code = int(code)
    if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code.strip(), re.ASCII):
        code = int(code)
    return code if isinstance(code, int) and 0 <= code < 10**9 else -1


def _number_of(status: int, code: int | None) -> int:
    """What the failure is called: a service code, or an HTTP status; -1 where nobody knows."""
    if 200 <= status < 300:
        return code or -1
    if code in KNOWN and code is not None and (code >= 1000 or 400 <= status < 500):
        return code
    return status


def _message(fields: Mapping[str, Any]) -> str:
    """What the service says of it, safe to tell; the first of the names that the known dialects use."""
    for key in ("message", "msg", "error", "detail", "error_message"):
        value = fields.get(key)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, list):  # ADK's own: [{type, loc, msg}]
            value = "; ".join(_complaint(item) for item in value[:3] if isinstance(item, dict))
        if isinstance(value, str) and value.strip():
            return one_line(value)
    return ""


def _complaint(item: Mapping[str, Any]) -> str:
    place = item.get("loc")
    words = [str(part) for part in place if isinstance(part, (str, int))] if isinstance(place, list) else []
    return f"{'.'.join(words)}: {item.get('msg', '')}" if words else str(item.get("msg", ""))


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

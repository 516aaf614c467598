"""How replies are wrapped, and the five ways in which the service may say no."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["HTML_ERROR", "STATUS_OF", "FilePiece", "Refusal", "Reply", "as_json", "done", "refusal_reply"]

#: The HTTP status that each code of the service rides on where the envelope is `status`.
STATUS_OF: Mapping[int, int] = {1001: 401, 1002: 404, 2001: 402, 4001: 415, 4002: 413}

HTML_ERROR = (
    "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class FilePiece:
    """`length` bytes of a file, from `start`."""

    path: Path
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply before it is framed.

    `body` is all of it, a piece of a file, or a function that makes the pieces of a stream as they become ready.
    """

    status: int
    body: bytes | FilePiece | Callable[[], Iterator[bytes]] = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The service says no.

    Args:
        code: a code of the service, or an HTTP status.
        message: why, for a person.
        detail: ADK's own form of it, a text or a list, where the reply of that call has this form by itself.
        retry_after: seconds to wait, where the reply says that.
    """

    def __init__(self, code: int, message: str, *, detail: Any = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS_OF.get(self.code, self.code if 400 <= self.code < 600 else 400)


def as_json(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply. Text goes out raw in UTF-8, U+2028 too; what UTF-8 cannot hold is escaped as JSON does it."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return Reply(status, body, {"Content-Type": "application/json", **(headers or {})})


def done(data: Any) -> Reply:
    """The common envelope of a success."""
    return as_json({"code": 0, "message": "ok", "data": data})


def html_page(status: int) -> Reply:
    """What a proxy sends in the service's place."""
    text = HTML_ERROR.format(status=status, reason=_REASONS.get(status, "Bad Gateway"))
    return Reply(status, text.encode(), {"Content-Type": "text/html"})


def refusal_reply(refusal: Refusal, envelope: str, status: int = 0) -> Reply:
    """The reply for a refusal; `status` overrides the HTTP status of its code."""
    status = status or refusal.status
    headers = {} if refusal.retry_after is None else {"Retry-After": f"{refusal.retry_after:g}"}
    if envelope == "html":
        page = html_page(status)
        return Reply(page.status, page.body, {**page.headers, **headers})
    if envelope == "ok":
        return as_json({"code": refusal.code, "message": refusal.message, "data": None}, 200, headers)
    if envelope == "success":
        failed = {"success": False, "error": refusal.message, "code": refusal.code}
        return as_json(failed, 200, headers)
    if envelope == "detail" or refusal.detail is not None:
        return as_json({"detail": refusal.message if refusal.detail is None else refusal.detail}, status, headers)
    return as_json({"code": refusal.code, "message": refusal.message, "data": None}, status, headers)

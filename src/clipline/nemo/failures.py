"""The error for each failure that the service can tell: its code, whether it may be sent again, what the person can do.

What a failure proves matters where something is paid: `proves_refusal` is a closed table of codes, and those codes are
given only to complete replies that the service itself made. An HTML page is somebody else's word and an event stream
has begun the work, so `by_somebody_else` never gives one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from clipline.errors import (
    AccountError,
    AccountWaiting,
    Cancelled,
    CliplineError,
    InputError,
    ServiceError,
    StageFailed,
    TimedOut,
)
from clipline.nemo.oddities import odd_reply
from clipline.nemo.options import WEB_URL

__all__ = ["KNOWN", "LARGEST_UPLOAD", "UPLOAD_FORMATS", "Asked", "Failure", "Route", "proves_refusal", "register_link"]

#: What the service takes (by a file's ending), and how much of it, in bytes.
UPLOAD_FORMATS = ("mp4", "mov", "avi", "webm", "mkv", "jpg", "png", "gif", "webp", "mp3", "wav", "m4a", "aac")
LARGEST_UPLOAD = 500 * 1024 * 1024

Route = Literal[
    "token", "session", "claim", "message", "upload", "credits", "state", "render", "status", "cancel", "download", ""
]

#: The closed table: after an error with one of these codes it is certain that nothing was done.
_PROOF = frozenset(
    {"unreachable", "token_refused", "session_gone", "no_credits", "bad_request", "not_found", "rate_limited"}
)

_WHAT: Mapping[str, str] = {
    "token": "a new token",
    "session": "a new session",
    "claim": "the claim link",
    "message": "the message",
    "upload": "the upload",
    "credits": "the credits",
    "state": "the session's state",
    "render": "the render",
    "status": "the render",
    "cancel": "the end of a render",
    "download": "the download",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a failure's words depend on.

    `route` is that of the call, `user_id` the account's ("" = not known), `supplied` whether the person gave the token,
    `now` seconds since 1970 (None = by the reply's own `Date`), for a `Retry-After` that is a date.
    """

    route: Route = ""
    web_url: str = WEB_URL
    user_id: str = ""
    supplied: bool = False
    now: float | None = None

    @property
    def what(self) -> str:
        """What was asked for, in words."""
        return _WHAT.get(self.route, "what was asked")


def proves_refusal(error: Exception) -> bool:
    """Whether it is certain that the service did nothing, so that the same may be sent again under a new intent."""
    if isinstance(error, (Cancelled, TimedOut)):  # what they came after says whether anything was sent
        return isinstance(error.__cause__, ServiceError) and error.__cause__.code == "unreachable"
    return isinstance(error, CliplineError) and error.code in _PROOF


def register_link(web_url: str, user_id: str) -> str:
    """Where an anonymous account becomes a registered one."""
    return f"{web_url}/register?bind={quote(user_id, safe='')}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A reply that failed.

    `number` is what it is called: a service code or an HTTP status, -1 where it is neither. `said` and `shape` are safe
    to tell, `wait` are the seconds that it asks for.
    """

    number: int
    status: int
    said: str
    asked: Asked
    wait: float | None
    shape: str

    def words(self, plain: str) -> str:
        """The sentence with the number and the service's own words behind it."""
        number = self.status if self.number < 0 else self.number
        return f"{plain} ({number}: {self.said})" if self.said else f"{plain} ({number})"

    def error(self) -> CliplineError:
        """The error for a complete reply of the service's own."""
        if self.number in _MAKERS:
            return _MAKERS[self.number](self)
        return self.server_error() if self.number == 408 or 500 <= self.number < 600 else self.odd()

    def by_somebody_else(self, seen: str) -> ServiceError:
        """A proxy's page, or a reply that is not complete: whether the service did anything is not known."""
        if self.status in {408, 429} or self.status >= 500:
            return self.server_error()
        error = odd_reply(self.asked.what, f"{seen} with the status {self.status}")
        error.retry_after = self.wait
        return error

    def server_error(self) -> ServiceError:
        """The service, or something on the way to it, is not well; whether it did anything is not known."""
        return ServiceError(
            self.words("the service is not well"),
            code="server_error",
            retry="unsure",
            hint="try again later",
            retry_after=self.wait,
        )

    def odd(self) -> CliplineError:
        """Nobody knows this number; of a render it is still certain that it failed."""
        number = self.status if self.number < 0 else self.number
        if self.number < 0 and self.said and self.asked.route in {"render", "status"} and self.status < 300:
            return StageFailed(self.words("the render failed"), code="render_failed", hint="export again")
        seen = f"{number}: {self.said}" if self.said else f"the status {self.status} with {self.shape}"
        return odd_reply(self.asked.what, seen)


def _token_refused(failure: Failure) -> CliplineError:
    hint = "an anonymous token is asked for anew; it may be a new account that cannot see the old session"
    if failure.asked.supplied:
        hint = "look at NEMO_TOKEN: take a new token from your account, or unset it to go on anonymously"
    return AccountError(failure.words("the service refused the token"), code="token_refused", hint=hint)


def _session_gone(failure: Failure) -> CliplineError:
    return StageFailed(
        failure.words("the session is gone"),
        code="session_gone",
        hint="a new session starts with an empty timeline; upload and edit again",
    )


def _no_credits(failure: Failure) -> CliplineError:
    asked = failure.asked
    error = AccountWaiting(failure.words("there are no credits left"), code="no_credits")
    # Set afterwards: what takes secrets out of a hint would take the account's id out of the link too.
    if asked.user_id.startswith("anon_"):
        error.hint = f"register to go on: {register_link(asked.web_url, asked.user_id)}"
    elif asked.user_id or asked.supplied:
        error.hint = "Top up credits in your account"
    else:
        error.hint = f"Top up credits in your account, or register one: {asked.web_url}/register"
    return error


def _plan(failure: Failure) -> CliplineError:
    if failure.asked.route not in {"render", "status", "download", ""}:
        words = failure.words(f"the service wants payment for {failure.asked.what}")
        return AccountWaiting(words, code="plan_required", hint="look at your plan and credits in your account")
    if re.search(r"(?i)x-skill|attribution|\bheaders?\b|skill[ _-]?(source|version|platform)", failure.said):
        return AccountError(
            failure.words("the service misses the headers that say where clipline was installed from"),
            code="attribution_missing",
            hint="set `nemo.platform` (or SKILL_SOURCE); see that no proxy takes out headers that begin with X-Skill",
        )
    return AccountWaiting(
        failure.words("the plan does not allow an export"),
        code="plan_required",
        hint="Register or upgrade your plan to unlock export.",
    )


def _forbidden(failure: Failure) -> CliplineError:
    if failure.asked.route == "render":  # an anonymous token does not carry the right to render
        return _plan(failure)
    return AccountError(
        failure.words("the account may not do this"),
        code="forbidden",
        hint="use the token of the account that the session belongs to",
    )


def _unsupported(failure: Failure) -> CliplineError:
    hint = f"supported: {', '.join(UPLOAD_FORMATS)}"
    return InputError(failure.words("the service does not take this kind of file"), code="unsupported_file", hint=hint)


def _too_large(failure: Failure) -> CliplineError:
    hint = f"at most {LARGEST_UPLOAD // 1024**2} MB: compress the file or trim it first"
    return InputError(failure.words("the file is too large for the service"), code="file_too_large", hint=hint)


def _bad_request(failure: Failure) -> CliplineError:
    hint = "the request had no client id that the service takes" if failure.asked.route == "token" else ""
    return StageFailed(
        failure.words(f"the service did not accept the request for {failure.asked.what}"),
        code="bad_request",
        hint=hint or "look at what was asked for; if that is right, report this with a transcript of `clipline probe`",
    )


def _not_found(failure: Failure) -> CliplineError:
    if failure.asked.route == "message" or re.search(r"(?i)\bsession\b.*\b(not found|gone|expired)\b", failure.said):
        return _session_gone(failure)
    return StageFailed(
        failure.words(f"the service does not have {failure.asked.what}"),
        code="not_found",
        hint="it may belong to another account: use the token that made it",
    )


def _rate_limited(failure: Failure) -> CliplineError:
    hint = "wait and try again"
    if failure.asked.route == "token":
        hint = "one anonymous token a client in 7 days, about ten an address: set NEMO_TOKEN to your account's token"
    words = failure.words("the service asks for fewer requests")
    return ServiceError(words, code="rate_limited", retry="safe", hint=hint, retry_after=failure.wait)


_MAKERS: Mapping[int, Callable[[Failure], CliplineError]] = {
    1001: _token_refused,
    401: _token_refused,
    1002: _session_gone,
    2001: _no_credits,
    402: _plan,
    403: _forbidden,
    4001: _unsupported,
    415: _unsupported,
    4002: _too_large,
    413: _too_large,
    400: _bad_request,
    422: _bad_request,
    404: _not_found,
    429: _rate_limited,
}
#: The numbers that have an error of their own.
KNOWN = frozenset(_MAKERS)

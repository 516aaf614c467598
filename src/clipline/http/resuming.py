"""What a download knows between two attempts, and what the head of a reply means for it. Pure: no socket, no file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from clipline.errors import InputError, RetryVerdict, ServiceError
from clipline.http.address import host_of

__all__ = ["Known", "Redirect", "Retry", "Verdict", "bad_redirect", "followed", "judge", "retry_after"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECT_HINT = "the server hands out a wrong address; whoever runs it can tell"
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the file.

    Attributes:
        have: bytes that are on the disk.
        total: bytes of the whole file; None where that was never told.
        validator: a strong ETag, else the date of its last change: what makes asking for the rest safe.
        etag: as the server gave it, weak or strong.
        ranges: whether to ask for the rest; False once the server gave a wrong one.
    """

    have: int = 0
    total: int | None = None
    validator: str = ""
    etag: str = ""
    content_type: str = ""
    ranges: bool = True

    @property
    def asks_for_rest(self) -> bool:
        """Whether the next request is for the rest, and not for the whole."""
        return bool(self.have and self.validator and self.ranges)

    def headers(self) -> dict[str, str]:
        """Headers of the next request."""
        rest = {"Range": f"bytes={self.have}-", "If-Range": self.validator} if self.asks_for_rest else {}
        return {"Accept-Encoding": "identity", **rest}


@dataclass(frozen=True, slots=True)
class Redirect:
    """The file is elsewhere; `location` may be relative."""

    location: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not go this time: the error to raise if there is no other time, what is known then, seconds to wait."""

    error: ServiceError
    known: Known
    wait: float = 0.0


#: `Known`: the body is the file from `have` on.
Verdict: TypeAlias = Known | Redirect | Retry


def judge(status: int, headers: Mapping[str, str], known: Known, host: str, now: float) -> Verdict:
    """What to do with a reply.

    Args:
        status: the reply's.
        headers: the reply's, by lower-case name.
        known: what was known when the request was made.
        host: what messages name.
        now: seconds since 1970.

    Raises:
        ServiceError: `download_refused`, with the status in the message; `download_odd`: an encoding that was not
            asked for, or a part that was not asked for.
    """
    if status in _REDIRECTS and headers.get("location"):
        return Redirect(headers["location"])
    if status in {200, 206} and headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise _odd(host, "sent the file in an encoding that was not asked for")
    if status == 200:
        return _whole(headers)
    if status == 206:
        if not known.asks_for_rest:
            raise _odd(host, "sent a part of the file where the whole was asked for")
        return _rest(headers, known, host)
    if status == 416 and known.asks_for_rest:
        return _restarted(known, host, ranges=False)
    return _refused(status, headers, known, host, now)


def _whole(headers: Mapping[str, str]) -> Known:
    etag = headers.get("etag", "").strip()
    strong = etag if etag.startswith('"') else ""
    length = headers.get("content-length", "").strip()
    return Known(
        total=int(length) if length.isascii() and length.isdigit() else None,
        validator=strong or headers.get("last-modified", "").strip(),
        etag=etag,
        content_type=headers.get("content-type", ""),
    )


def _rest(headers: Mapping[str, str], known: Known, host: str) -> Verdict:
    match = _RANGE.fullmatch(headers.get("content-range", "").strip())
    if not match:
        return _restarted(known, host, ranges=False)
    begin, end = int(match[1]), int(match[2])
    total = None if match[3] == "*" else int(match[3])
    if begin != known.have or end < begin or (total is not None and end >= total):
        return _restarted(known, host, ranges=False)
    etag = headers.get("etag", "").strip()
    if (etag and known.etag and etag != known.etag) or (total and known.total and total != known.total):
        return _restarted(known, host)
    return replace(known, total=known.total if total is None else total)


def _restarted(known: Known, host: str, *, ranges: bool = True) -> Retry:
    words = f"the file at {host} changed while it was downloaded"
    error = ServiceError(words, code="download_changed", hint="try again later")
    return Retry(error, Known(ranges=ranges and known.ranges))


def _refused(status: int, headers: Mapping[str, str], known: Known, host: str, now: float) -> Retry:
    passing = status in _PASSING
    asked = retry_after(headers, now) if passing else None
    verdict: RetryVerdict = "safe" if passing else "never"
    error = ServiceError(
        f"{host} answered {status} to the download", code="download_refused", retry=verdict, retry_after=asked
    )
    if not passing:
        raise error
    return Retry(error, known, asked or 0.0)


def _odd(host: str, what: str) -> ServiceError:
    return ServiceError(f"{host} {what}", code="download_odd", retry="never")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or a date; None where it says nothing that can be read.

    A date is compared with the reply's own `Date`, and with `now` where there is none: our clock may be wrong.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until, since = _date(text), _date(headers.get("date", ""))
    return None if until is None else max(0.0, until - (now if since is None else since))


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):  # what the reader of dates does not see to
        return None


def followed(url: str, location: str) -> str:
    """The address that a redirect of `url` leads to.

    Raises:
        ServiceError: `download_odd`: it is none that is followed.
    """
    try:
        other = urljoin(url, location.strip()).partition("#")[0]
        host_of(other)
    except (ValueError, InputError):
        raise bad_redirect(url, "leads to what is no http or https address") from None
    if urlsplit(url).scheme == "https" and urlsplit(other).scheme != "https":
        raise bad_redirect(url, "leads from https to http")
    return other


def bad_redirect(url: str, what: str) -> ServiceError:
    """The error for a redirect that is not followed."""
    return ServiceError(f"a redirect of {host_of(url)} {what}", code="download_odd", retry="never", hint=_REDIRECT_HINT)

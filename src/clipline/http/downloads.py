"""Fetching a file: checked while it comes, and gone on with where a line broke."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.errors import MachineError, ServiceError
from clipline.http.address import check_headers, host_of, origin_of
from clipline.http.client import framed, no_reply, opened, pieces_of
from clipline.http.job import CONNECT_SECONDS, Job, Limits
from clipline.http.line import Line
from clipline.http.networks import Network
from clipline.http.resuming import Known, Retry, Verdict, bad_redirect, followed, judge
from clipline.http.sink import Room, Sink, disk

if TYPE_CHECKING:
    import httpx

__all__ = ["LARGEST", "Downloaded", "download"]

#: Bytes that a file may have where nothing else is said: far more than any rendered clip.
LARGEST = 64 * 1024**3
#: Redirects that are followed in a row.
_REDIRECTS = 5
#: Bytes that an attempt must bring, or all that is missing, for the attempts to be counted anew.
_PROGRESS = 1024 * 1024
#: Seconds before the second attempt, doubled for each further one; and the longest wait, a server's wish included.
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0
_LONGEST_WAIT = 120.0
#: Bytes that must come within the time of a stall: a server that sends one now and then would hold us for ever.
_LIVELY = 1024
#: Seconds after which what came is written, be it ever so little.
_WRITE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What was fetched.

    Attributes:
        bytes: the file's size.
        etag: as the server gave it; empty where it gave none.
        content_type: as the server gave it.
        sized: False where no length was ever told, so that only the content can show whether it is whole.
    """

    bytes: int
    etag: str
    content_type: str
    sized: bool


def download(
    url: str,
    target: Path,
    *,
    clock: Clock,
    headers: Mapping[str, str] | None = None,
    stall: float = 60.0,
    attempts: int = 5,
    progress: Callable[[int, int | None], None] | None = None,
    named_by: Network | None = None,
    largest: int = LARGEST,
) -> Downloaded:
    """Fetch a file into `target`, which is overwritten; where it fails nothing is left there.

    After a broken line the rest is asked for, if the server says how to tell that the file is still the same; else it
    starts over. Redirects are followed, five at most, never from https to http, never into a network closer to this
    machine than the server that sends them stands itself, and `headers` go to the first address's own server only.

    Args:
        url: an `http` or `https` address, without a user name in it.
        target: a name in a folder that exists.
        clock: cancels, and bounds the time with its deadline.
        headers: sent to the first address's server beside our own.
        stall: seconds in which at least 1 KiB must come, or the end; else the line counts as broken.
        attempts: how often in a row it may fail without bringing at least 1 MiB.
        progress: called on this thread with the bytes fetched and those of the file, None where unknown.
        named_by: the network of the server that named the address (`Reply.network`); None where a person named it.
        largest: bytes that the file may have.

    Raises:
        InputError: as `request` has it.
        MachineError: the file cannot be written, or there is no room for it (`disk_full`).
        ServiceError: `unreachable`; `deadline` after `stall`; `no_reply`; `download_refused` with the status in the
            message; `download_short`: it broke off each time, or the file is empty; `download_changed`: it was another
            one each time; `download_odd`: an encoding or part that was not asked for, more bytes than it was to have,
            or a redirect that is not followed; `download_too_large`; `private_address` and `proxy_refused` as
            `request` has them.
        Cancelled: the clock's token was cancelled.
        TimedOut: the clock's own deadline passed.
    """
    host_of(url)
    check_headers(headers or {})
    clock.check()
    room = Room(target, largest)
    sent = dict(headers or {})
    fetch = _Fetch(url, room, clock=clock, headers=sent, stall=stall, progress=progress, named_by=named_by)
    try:
        with disk(target):
            target.open("wb").close()
        return fetch.run(attempts)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


class _Fetch:
    """One file on its way; `known` is renewed as it comes."""

    def __init__(
        self,
        url: str,
        room: Room,
        *,
        clock: Clock,
        headers: Mapping[str, str],
        stall: float,
        progress: Callable[[int, int | None], None] | None,
        named_by: Network | None,
    ) -> None:
        self._url = url
        self._room = room
        self._target = room.target
        self._named_by = named_by
        self._clock = clock
        self._headers = headers
        self._stall = stall
        self._progress = progress
        self._known = Known()
        self._told: tuple[int, int | None] | None = None

    def run(self, attempts: int) -> Downloaded:
        """Try until it is there, or `attempts` in a row brought nothing."""
        failed = 0
        while True:
            before = self._known.have
            problem = self._attempt()
            self._tell()
            if problem is None and (self._known.total is None or self._known.have == self._known.total):
                return self._done()
            if problem:
                self._known = problem.known
            failed = 1 if self._known.have - before >= _PROGRESS else failed + 1
            self._go_on(problem, failed, attempts)

    def _go_on(self, problem: Retry | None, failed: int, attempts: int) -> None:
        """Wait before the next attempt, or raise where there is none."""
        if failed >= attempts or (problem and problem.wait > _LONGEST_WAIT):
            raise self._final(problem)
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (failed - 1))
        self._clock.sleep(max(delay, problem.wait if problem else 0.0))

    def _final(self, problem: Retry | None) -> ServiceError:
        if problem and not (problem.error.code == "no_reply" and self._known.have):
            return problem.error
        whole = "" if self._known.total is None else f" of {self._known.total}"
        words = f"{host_of(self._url)} broke off after {self._known.have}{whole} bytes"
        return ServiceError(words, code="download_short", hint="try again later")

    def _done(self) -> Downloaded:
        known = self._known
        if not known.have:
            raise ServiceError(f"{host_of(self._url)} gave an empty file", code="download_short")
        with disk(self._target):
            if self._target.stat().st_size != known.have:
                raise MachineError(f"cannot write {self._target}: what was written is not there", code="disk")
        return Downloaded(known.have, known.etag, known.content_type, known.total is not None)

    def _attempt(self) -> Retry | None:
        """Ask, and take what comes; None where the body came to its end."""
        url, headers, named_by = self._url, self._headers, self._named_by
        for _ in range(_REDIRECTS + 1):
            line = Line(self._clock)
            try:
                verdict = self._ask(url, headers, line, named_by)
            except ServiceError as error:
                if error.code in {"unreachable", "no_reply", "deadline"}:
                    error.retry = "safe"  # asking for a file again is always safe
                    return Retry(error, self._known)
                raise
            if isinstance(verdict, Retry):
                return verdict
            if isinstance(verdict, Known):
                return None
            other = followed(url, verdict.location)
            headers = headers if origin_of(other) == origin_of(url) else {}
            url, named_by = other, line.network or Network.PUBLIC
        raise bad_redirect(url, "leads from one address to the next without end")

    def _ask(self, url: str, headers: Mapping[str, str], line: Line, named_by: Network | None) -> Verdict:
        host, asked = host_of(url), {**headers, **self._known.headers()}

        def exchange() -> Verdict:
            with opened(line, host, "GET", url, headers=asked, connect=CONNECT_SECONDS, named_by=named_by) as response:
                verdict = judge(response.status_code, response.headers, self._known, host, self._clock.now())
                if isinstance(verdict, Known):
                    self._room.check(host, verdict.have, verdict.total)
                    self._known = verdict
                    self._take(response, line, host)
                return verdict

        limits = Limits(host, self._clock, self._clock.monotonic(), stall=self._stall)
        return Job(limits, line, exchange).run(self._tell)

    def _take(self, response: httpx.Response, line: Line, host: str) -> None:
        """Write the body where it belongs; on the exchange's thread."""
        with Sink(self._target, self._known.have) as sink:
            written_at, since = self._clock.monotonic(), 0
            try:
                for piece in pieces_of(response, host):
                    since += len(piece)
                    if since >= _LIVELY:  # less is a drip, which must not hold us for ever
                        line.touch()
                        since = 0
                    now = self._clock.monotonic()
                    if sink.add(piece) or now - written_at >= _WRITE_SECONDS:
                        self._keep(sink, line, host)
                        written_at = now
            finally:
                self._keep(sink, line, host)
        if line.is_cut and not framed(response):
            raise no_reply(host)  # the close that looks like its end may be our own

    def _keep(self, sink: Sink, line: Line, host: str) -> None:
        """Write what came, and count it as there; nothing once nobody waits for it any more."""
        known = self._known
        if known.total is not None and known.have + sink.waiting > known.total:
            raise ServiceError(f"{host} sent more than the file has", code="download_odd", retry="never")
        self._room.check(host, known.have + sink.waiting, known.total)
        if not line.is_left:
            written = sink.write()
        if line.is_left:
            raise no_reply(host)
        self._known = replace(known, have=known.have + written)

    def _tell(self) -> None:
        now = (self._known.have, self._known.total)
        if self._progress and now != self._told:
            self._told = now
            self._progress(*now)

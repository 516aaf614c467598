"""Sending files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from clipline.clock import Clock
from clipline.http.address import check_headers, host_of
from clipline.http.client import opened
from clipline.http.job import CONNECT_SECONDS, Job, Limits
from clipline.http.line import Line
from clipline.http.multipart import Body, FileBody, FilePart, Form
from clipline.http.networks import Network
from clipline.http.replies import Reply, read_reply

__all__ = ["send_file", "upload"]


def upload(
    url: str,
    parts: Sequence[FilePart],
    *,
    headers: Mapping[str, str],
    clock: Clock,
    stall: float = 120.0,
    progress: Callable[[int, int], None] | None = None,
    fields: Sequence[tuple[str, str]] = (),
    method: str = "POST",
    named_by: Network | None = None,
) -> Reply:
    """Send files as a form in one request, once, at constant memory.

    A reply that comes before everything is sent (401, 413) ends the sending and is given.

    Args:
        url: an `http` or `https` address, without a user name in it.
        parts: the files, in their order.
        headers: sent as they are, beside `Content-Type`, `Content-Length` and the like.
        clock: cancels, and bounds the time with its deadline.
        stall: seconds that may pass without a byte moving either way, the wait for the reply included.
        progress: called on this thread with the bytes sent and those of the whole body.
        fields: names and values that stand in the form before the files.
        method: like `POST`.
        named_by: as `request` has it.

    Raises:
        InputError: the address or a header cannot be sent, a part is no file, or a file changed meanwhile
            (`file_changed`); in the last case the other side got no whole body.
        MachineError: a file cannot be read.
        ServiceError: as `request` has them; `deadline` after `stall`.
        Cancelled: the clock's token was cancelled.
        TimedOut: the clock's own deadline passed.
    """
    host_of(url)
    check_headers(headers)
    clock.check()
    form = Form(parts, fields)
    sent = {**headers, "Content-Type": form.content_type}
    return _send(method, url, form, headers=sent, clock=clock, stall=stall, progress=progress, named_by=named_by)


def send_file(
    method: str,
    url: str,
    path: Path,
    *,
    headers: Mapping[str, str],
    clock: Clock,
    stall: float = 120.0,
    progress: Callable[[int, int], None] | None = None,
    named_by: Network | None = None,
) -> Reply:
    """Send a file as the body of one request, once, at constant memory; else as `upload`."""
    host_of(url)
    check_headers(headers)
    clock.check()
    body = FileBody(path)
    return _send(method, url, body, headers=headers, clock=clock, stall=stall, progress=progress, named_by=named_by)


def _send(
    method: str,
    url: str,
    body: Body,
    *,
    headers: Mapping[str, str],
    clock: Clock,
    stall: float,
    progress: Callable[[int, int], None] | None,
    named_by: Network | None,
) -> Reply:
    host, line = host_of(url), Line(clock)
    sent = {**headers, "Content-Length": str(body.length)}

    def pieces() -> Iterator[bytes]:
        for piece in body:
            line.touch()
            yield piece

    def exchange() -> Reply:
        with opened(
            line, host, method, url, headers=sent, content=pieces(), connect=CONNECT_SECONDS, named_by=named_by
        ) as response:
            return read_reply(response, line, host)

    told = -1

    def look() -> None:
        nonlocal told
        if body.given < body.length and line.answered():
            line.stop_writing()
        if progress and told != body.given:
            told = body.given
            progress(told, body.length)

    reply = Job(Limits(host, clock, clock.monotonic(), stall=stall), line, exchange).run(look)
    look()
    return reply

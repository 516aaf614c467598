"""Sending files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from clipline.clock import Clock
from clipline.http.address import check_headers, host_of
from clipline.http.client import opened
from clipline.http.job import CONNECT_SECONDS, Job, Limits
from clipline.http.line import Line
from clipline.http.multipart import FilePart, Form
from clipline.http.replies import Reply, read_reply

__all__ = ["upload"]


def upload(
    url: str,
    parts: Sequence[FilePart],
    *,
    headers: Mapping[str, str],
    clock: Clock,
    stall: float = 120.0,
    progress: Callable[[int, int], None] | None = None,
) -> Reply:
    """Send files as a form in one POST request, once, at constant memory.

    A reply that comes before everything is sent (401, 413) ends the sending and is given.

    Args:
        url: an `http` or `https` address, without a user name in it.
        parts: the files, in their order.
        headers: sent as they are, beside `Content-Type`, `Content-Length` and the like.
        clock: cancels, and bounds the time with its deadline.
        stall: seconds that may pass without a byte moving either way, the wait for the reply included.
        progress: called on this thread with the bytes sent and those of the whole body.

    Raises:
        InputError: the address or a header cannot be sent, a part is no file, or a file changed meanwhile
            (`file_changed`); in the last case the other side got no whole body.
        MachineError: a file cannot be read.
        ServiceError: as `request` has them; `deadline` after `stall`.
        Cancelled: the clock's token was cancelled.
        TimedOut: the clock's own deadline passed.
    """
    host = host_of(url)
    check_headers(headers)
    clock.check()
    form = Form(parts)
    line = Line(clock)
    sent = {**headers, "Content-Type": form.content_type, "Content-Length": str(form.length)}

    def pieces() -> Iterator[bytes]:
        for piece in form:
            line.touch()
            yield piece

    def exchange() -> Reply:
        with opened(line, host, "POST", url, headers=sent, content=pieces(), connect=CONNECT_SECONDS) as response:
            return read_reply(response, line, host)

    told = -1

    def look() -> None:
        nonlocal told
        if form.given < form.length and line.answered():
            line.stop_writing()
        if progress and told != form.given:
            told = form.given
            progress(told, form.length)

    reply = Job(Limits(host, clock, clock.monotonic(), stall=stall), line, exchange).run(look)
    look()
    return reply

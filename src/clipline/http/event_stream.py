"""An event stream that is read on a thread of its own while its owner looks at clocks."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from clipline.clock import Clock
from clipline.errors import CliplineError, ServiceError
from clipline.http.address import check_headers, host_of
from clipline.http.client import framed, opened
from clipline.http.job import DRAIN_SECONDS, LOOK_SECONDS, Limits
from clipline.http.line import Line
from clipline.http.replies import read_reply
from clipline.http.sse import events_of

if TYPE_CHECKING:
    import httpx

__all__ = ["EventStream", "Opened", "StreamEnd", "open_events"]

#: Characters of events that wait for their owner; while there are more, no more is read.
_HELD = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """How a reply begins.

    Attributes:
        headers: by lower-case name.
        body: empty where the reply is an event stream, else the reply's body, cut at `BODY_CAP`.
        is_stream: whether it is an event stream: status 200 and `text/event-stream`.
        whole: False where `body` was cut.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_stream: bool
    whole: bool = True


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The other side ended the reply; `framed` where HTTP itself proves that nothing is missing."""

    framed: bool


_Item: TypeAlias = Opened | str | StreamEnd | CliplineError | None


class EventStream:
    """One request, sent once, whose reply is an event stream; made by `open_events`."""

    def __init__(self, request: _Request, limits: Limits) -> None:
        self._request = request
        self._limits = limits
        # A signal handler may wake us while this very thread waits: of all queues only this one allows it.
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._held = _Held()
        self._end: StreamEnd | CliplineError | None = None
        self._passed = False

    @property
    def bytes_seen(self) -> int:
        """Bytes of the body that have arrived, those of comments and of events still to be read too."""
        return self._request.bytes_seen

    def next(self, seconds: float) -> Opened | str | StreamEnd | None:
        """The next thing that came; waits for it `seconds` at most, by the clock.

        First comes `Opened`, then the data of each event (never empty), then `StreamEnd`, again and again. A reply that
        is no event stream is `Opened` with its body, then `StreamEnd`. None: nothing came in that time.

        Raises:
            ServiceError: `unreachable` (`safe`): not a byte of the request was written. `no_reply`: the line broke
                before any reply, `broken_off`: it broke after `Opened`; `deadline`: the limit passed; all `unsure`.
                What arrived before is given first.
            Cancelled: the clock's token was cancelled; this comes before anything that arrived.
            TimedOut: the clock's own deadline passed. Of both, an `unreachable` is the cause where not a byte of the
                request was written.
        """
        clock = self._limits.clock
        until = clock.monotonic() + seconds
        while True:
            if clock.cancelled:
                self._limits.check(self._request.line)
            if self._end is not None:
                return self._ended()
            if not self._passed and self._limits.passed(self._request.line):
                self._request.line.cut()
                self._passed = True  # from here on only what had arrived
            # Asked before looking into the queue: nothing that arrived before may be passed over.
            is_over = clock.monotonic() >= until
            item = self._take(0.0 if is_over else LOOK_SECONDS)
            if isinstance(item, (StreamEnd, CliplineError)):
                self._end = self._judged(item)
            elif item is not None:
                return item
            elif self._passed:
                self._end = self._limits.error(self._request.line)
            elif is_over:
                return None

    def _take(self, seconds: float) -> _Item:
        try:
            item = self._items.get(timeout=DRAIN_SECONDS if self._passed else seconds)
        except queue.Empty:
            return None
        if isinstance(item, str):
            self._held.take(item)
        return item

    def _judged(self, item: StreamEnd | CliplineError) -> StreamEnd | CliplineError:
        """After a limit passed, only an end that HTTP proves is one; any other may be our own doing."""
        if self._passed and not (isinstance(item, StreamEnd) and item.framed):
            return self._limits.error(self._request.line)
        return item

    def _ended(self) -> StreamEnd:
        assert self._end is not None
        if isinstance(self._end, StreamEnd):
            return self._end
        raise self._end

    def start(self) -> None:
        """Send the request."""
        threading.Thread(target=self._run, name=f"http to {self._limits.host}", daemon=True).start()

    def wake(self) -> None:
        """Let `next` look at its clock now."""
        self._items.put(None)

    def close(self) -> None:
        """Close the line; nothing more is read."""
        self._request.line.leave()
        self._held.close()

    def _run(self) -> None:
        try:
            for item in self._request.items():
                if isinstance(item, str):
                    self._held.put(item)
                self._items.put(item)
        except CliplineError as error:
            self._items.put(error)


class _Held:
    """Counts the characters of events that wait, so that a reader that is too fast waits too."""

    def __init__(self) -> None:
        self._count = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, text: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count < _HELD or self._closed)
            self._count += len(text)

    def take(self, text: str) -> None:
        with self._changed:
            self._count -= len(text)
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()


class _Request:
    """The request and what is read of its reply; used by the stream's thread."""

    def __init__(
        self,
        url: str,
        host: str,
        content: bytes,
        headers: Mapping[str, str],
        limits: Limits,
        *,
        last_look: Callable[[], None],
    ) -> None:
        self.line = Line(limits.clock, last_look)
        self.bytes_seen = 0
        self._url = url
        self._host = host
        self._content = content
        self._headers = {"Accept": "text/event-stream", "Cache-Control": "no-store", **headers}
        self._connect = limits.connect
        self._is_open = False

    def items(self) -> Iterator[Opened | str | StreamEnd]:
        try:
            with opened(
                self.line,
                self._host,
                "POST",
                self._url,
                headers=self._headers,
                content=self._content,
                connect=self._connect,
            ) as response:
                yield from self._read(response)
        except ServiceError as error:
            if self._is_open and error.code == "no_reply":
                words = f"{self._host} broke off in the middle of its answer"
                raise ServiceError(words, code="broken_off", retry="unsure") from None
            raise

    def _read(self, response: httpx.Response) -> Iterator[Opened | str | StreamEnd]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200 or kind != "text/event-stream":
            reply = read_reply(response, self.line, self._host)
            yield Opened(reply.status, reply.headers, reply.body, is_stream=False, whole=reply.whole)
        elif response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            words = f"{self._host} sent its events in an encoding that was not asked for"
            raise ServiceError(words, code="broken_off", retry="unsure")
        else:
            self._is_open = True
            yield Opened(response.status_code, dict(response.headers), b"", is_stream=True)
            yield from events_of(self._pieces(response), self._host)
        yield StreamEnd(framed(response))

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        for piece in response.iter_raw():
            self.bytes_seen += len(piece)
            yield piece


@contextmanager
def open_events(
    url: str,
    *,
    content: bytes,
    headers: Mapping[str, str],
    clock: Clock,
    limit: float,
    connect: float = 10.0,
    last_look: Callable[[], None] = lambda: None,
) -> Iterator[EventStream]:
    """Send a POST request, once, and read its reply as an event stream.

    The request runs on a thread of its own from here on; what goes wrong is raised by `EventStream.next`. Leaving the
    context closes the line.

    Args:
        url: an `http` or `https` address, without a user name in it.
        content: the body.
        headers: sent as they are, beside `Accept` and the like.
        clock: cancels, and bounds the time with its deadline.
        limit: seconds that the whole stream may take; nothing shorter cuts a stream that is silent.
        connect: seconds within which the connection must stand.
        last_look: called once the connection stands, immediately before the first byte; what it raises ends the
            stream, and nothing was sent.

    Raises:
        InputError: the address or a header cannot be sent.
        Cancelled: the clock's token was cancelled before.
        TimedOut: the clock's own deadline had passed before.
    """
    host = host_of(url)
    check_headers(headers)
    limits = Limits(host, clock, clock.monotonic(), connect, total=limit)
    request = _Request(url, host, content, headers, limits, last_look=last_look)
    limits.check(request.line)
    stream = EventStream(request, limits)
    forget = clock.token.on_cancel(stream.wake)
    try:
        stream.start()
        yield stream
    finally:
        forget()
        stream.close()

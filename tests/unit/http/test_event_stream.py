"""Event streams over real sockets: what came is given, ends are told apart, limits and cancelling hold."""

from __future__ import annotations

import gzip
import socket
import threading
import time

import pytest

from clipline import http
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, CliplineError, InputError, MachineError, ServiceError, TimedOut
from clipline.testing.clocks import VirtualClock
from hostile_server import Line, chunked, hostile, reply

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BARE = HEAD + b"Connection: close\r\n\r\n"
TWO = [b"data: one\n\n", b"data: two\n\n"]


def read(
    url: str, clock: Clock | None = None, *, limit: float = 30.0, connect: float = 10.0
) -> tuple[list[object], CliplineError | None]:
    """All items of a stream, and the error that ended it."""
    items: list[object] = []
    with http.open_events(
        url, content=b"{}", headers={"X-A": "b"}, clock=clock or Clock(), limit=limit, connect=connect
    ) as stream:
        try:
            while not items or not isinstance(items[-1], http.StreamEnd):
                item = stream.next(10)
                assert item is not None
                items.append(item)
        except CliplineError as error:
            return items, error
    return items, None


def events(items: list[object]) -> list[object]:
    return [item for item in items if isinstance(item, str)]


def script(data: bytes, then: str = "close") -> object:
    def serve(line: Line) -> None:
        line.request()
        line.send(data)
        getattr(line, then)() if then != "close" else line.socket.shutdown(socket.SHUT_RDWR)

    return serve


def test_a_stream_is_opened_then_events_then_its_end() -> None:
    seen = []

    def serve(line: Line) -> None:
        seen.append(line.request())
        line.send(CHUNKED + chunked(TWO))

    with hostile(serve) as server:
        items, error = read(server.url + "/run?x=1")
    assert error is None
    opened = items[0]
    assert isinstance(opened, http.Opened)
    assert (opened.status, opened.is_stream, opened.body) == (200, True, b"")
    assert items[1:] == ["one", "two", http.StreamEnd(framed=True)]
    head, body = seen[0]
    assert body == b"{}"
    for wanted in (b"POST /run?x=1 ", b"text/event-stream", b"Accept-Encoding: identity", b"X-A: b"):
        assert wanted in head


@pytest.mark.parametrize("cut", range(0, len(chunked(TWO)), 3))
def test_a_stream_split_at_any_byte_is_the_same_stream(cut: int) -> None:
    def serve(line: Line) -> None:
        line.request()
        body = chunked(TWO)
        line.send(CHUNKED + body[:cut])
        time.sleep(0.01)
        line.send(body[cut:])

    with hostile(serve) as server:
        items, error = read(server.url)
    assert error is None
    assert items[1:] == ["one", "two", http.StreamEnd(framed=True)]


def test_a_length_proves_the_end_too() -> None:
    with hostile(script(reply("200 OK", b"".join(TWO), "Content-Type: text/event-stream"))) as server:
        items, _ = read(server.url)
    assert items[-1] == http.StreamEnd(framed=True)


def test_a_bare_close_is_an_end_that_proves_nothing() -> None:
    with hostile(script(BARE + b"".join(TWO) + b"data: hal")) as server:
        items, error = read(server.url)
    assert error is None
    assert items[1:] == ["one", "two", http.StreamEnd(framed=False)]


@pytest.mark.parametrize(
    ("data", "then"),
    [
        (CHUNKED + chunked(TWO, last=False), "close"),
        (CHUNKED + chunked(TWO, last=False), "reset"),
        (BARE + b"".join(TWO), "reset"),
        (CHUNKED + chunked(TWO, last=False) + b"zz\r\n", "close"),
        (reply("200 OK", b"".join(TWO), "Content-Type: text/event-stream", length=999), "close"),
    ],
)
def test_a_broken_line_is_told_after_all_that_came_before(data: bytes, then: str) -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(data)
        time.sleep(0.2)  # a reset may take with it what was not yet read
        line.reset() if then == "reset" else line.socket.shutdown(socket.SHUT_RDWR)

    with hostile(serve) as server:
        items, error = read(server.url + "/s3cr3t")
    assert events(items) == ["one", "two"]
    assert isinstance(error, ServiceError)
    assert (error.code, error.retry) == ("broken_off", "unsure")
    assert "s3cr3t" not in str(error)


def test_the_end_is_given_again_and_again() -> None:
    with (
        hostile(script(CHUNKED + chunked(TWO))) as server,
        http.open_events(server.url, content=b"", headers={}, clock=Clock(), limit=9) as stream,
    ):
        while not isinstance(stream.next(5), http.StreamEnd):
            pass
        assert stream.next(5) == stream.next(0) == http.StreamEnd(framed=True)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        ("200 OK", "application/json", b'{"code":2001}'),
        ("200 OK", "text/html", b"<html>"),
        ("401 Unauthorized", "text/event-stream", b"data: x\n\n"),
        ("404 Not Found", "application/json", b'{"detail":"Session not found"}'),
        ("302 Found", "text/plain", b""),
        ("503 Busy", "text/html", b"<html>" * 50_000),
    ],
)
def test_what_is_no_event_stream_comes_with_its_body(status: str, kind: str, body: bytes) -> None:
    with hostile(script(reply(status, body, f"Content-Type: {kind}", "Location: /x"))) as server:
        items, error = read(server.url)
    assert error is None
    opened, end = items
    assert isinstance(opened, http.Opened)
    assert (opened.status, opened.is_stream) == (int(status[:3]), False)
    assert opened.body == body[: http.BODY_CAP]
    assert opened.whole == (len(body) <= http.BODY_CAP)
    assert end == http.StreamEnd(framed=True)


def test_a_body_cut_short_is_no_reply() -> None:
    with hostile(script(reply("500 Oops", b"half", length=99))) as server:
        items, error = read(server.url)
    assert items == []
    assert error
    assert error.code == "no_reply"


def test_a_line_dropped_before_any_reply_is_no_reply() -> None:
    with hostile(script(b"", "reset")) as server:
        items, error = read(server.url)
    assert items == []
    assert error
    assert (error.code, error.retry) == ("no_reply", "unsure")


def test_nobody_listening_is_unreachable_and_safe() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    _, error = read(url)
    assert error
    assert (error.code, error.retry) == ("unreachable", "safe")


def test_a_compressed_stream_is_refused() -> None:
    body = gzip.compress(b"".join(TWO))
    lines = ("Content-Type: text/event-stream", "Content-Encoding: gzip")
    with hostile(script(reply("200 OK", body, *lines))) as server:
        items, error = read(server.url)
    assert items == []
    assert error
    assert (error.code, error.retry) == ("broken_off", "unsure")


def test_bytes_without_events_show_that_the_line_lives() -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(BARE + b": keep-alive\n\nheartbeat\n\n")
        line.hold()

    with (
        hostile(serve) as server,
        http.open_events(server.url, content=b"", headers={}, clock=Clock(), limit=9) as stream,
    ):
        assert isinstance(stream.next(5), http.Opened)
        assert stream.next(0.3) is None
        assert stream.bytes_seen == 25


def test_nothing_within_the_seconds_is_none_and_takes_no_longer() -> None:
    def serve(line: Line) -> None:
        line.request()
        line.hold()

    with (
        hostile(serve) as server,
        http.open_events(server.url, content=b"", headers={}, clock=Clock(), limit=9) as stream,
    ):
        begun = time.monotonic()
        assert stream.next(0) is None
        assert stream.next(0.2) is None
        assert time.monotonic() - begun < 1.0


def test_what_came_before_the_limit_is_given_though_the_clock_is_past_it() -> None:
    clock = VirtualClock()

    def serve(line: Line) -> None:
        line.request()
        line.send(CHUNKED + chunked(TWO, last=False))
        clock.advance(901)
        line.hold()

    with hostile(serve) as server:
        begun = time.monotonic()
        items, error = read(server.url, clock, limit=900)
    assert events(items) == ["one", "two"]
    assert error
    assert (error.code, error.retry) == ("deadline", "unsure")
    assert time.monotonic() - begun < 2.0


def test_a_proven_end_before_the_limit_is_an_end_though_the_clock_is_past_it() -> None:
    clock = VirtualClock()

    def serve(line: Line) -> None:
        line.request()
        line.send(CHUNKED + chunked(TWO))
        clock.advance(901)
        line.hold()

    with hostile(serve) as server:
        items, error = read(server.url, clock, limit=900)
    assert error is None
    assert items[1:] == ["one", "two", http.StreamEnd(framed=True)]


def test_an_answer_that_begins_after_the_limit_is_too_late() -> None:
    clock = VirtualClock()

    def serve(line: Line) -> None:
        line.request()
        clock.advance(901)
        line.send(CHUNKED + chunked(TWO))
        line.hold()

    with hostile(serve) as server:
        _, error = read(server.url, clock, limit=900)
    # What arrived before the reader looked at its clock is given all the same.
    assert error is None or error.code == "deadline"


def test_our_own_cut_is_never_taken_for_a_bare_close() -> None:
    clock = VirtualClock()

    def serve(line: Line) -> None:
        line.request()
        line.send(BARE + b"".join(TWO))
        clock.advance(901)
        line.hold()

    with hostile(serve) as server:
        items, error = read(server.url, clock, limit=900)
    assert events(items) == ["one", "two"]
    assert error
    assert error.code == "deadline"


def test_a_stream_that_never_stops_ends_at_the_limit() -> None:
    def serve(line: Line) -> None:
        line.request()
        line.send(BARE)
        while line.send(b"data: more\n\n"):
            time.sleep(0.005)

    with hostile(serve) as server:
        begun = time.monotonic()
        items, error = read(server.url, limit=0.4)
    assert len(events(items)) > 5
    assert error
    assert error.code == "deadline"
    assert time.monotonic() - begun < 2.0


def test_the_clocks_own_deadline_is_its_own() -> None:
    with hostile(script(CHUNKED, "hold")) as server:
        _, error = read(server.url, Clock().within(0.3))
    assert isinstance(error, TimedOut)


def test_a_connection_that_never_stands_is_unreachable() -> None:
    clock = VirtualClock()
    # A listener with a full queue: further connections wait.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        threading.Timer(0.2, clock.advance, (11,)).start()
        begun = time.monotonic()
        _, error = read(f"http://127.0.0.1:{listener.getsockname()[1]}", clock)
        for filler in fillers:
            filler.close()
    assert error
    assert (error.code, error.retry) == ("unreachable", "safe")
    assert time.monotonic() - begun < 2.0


@pytest.mark.parametrize("data", [b"", CHUNKED, CHUNKED + chunked(TWO, last=False), BARE + b"data: hal"])
def test_cancelling_comes_before_any_end(data: bytes) -> None:
    token = CancelToken()
    threading.Timer(0.3, token.cancel).start()
    with hostile(script(data, "hold")) as server:
        begun = time.monotonic()
        _, error = read(server.url, Clock(token))
    assert isinstance(error, Cancelled)
    assert time.monotonic() - begun < 1.3


def test_a_flood_does_not_hold_up_cancelling_nor_fill_the_memory() -> None:
    token = CancelToken()
    sent = [0]

    def serve(line: Line) -> None:
        line.request()
        line.send(BARE)
        piece = b"data: " + b"x" * 100_000 + b"\n\n"
        while line.send(piece):
            sent[0] += len(piece)

    with (
        hostile(serve) as server,
        http.open_events(server.url, content=b"", headers={}, clock=Clock(token), limit=99) as stream,
    ):
        stream.next(5)
        time.sleep(0.5)
        assert stream.bytes_seen < 48 * 1024 * 1024
        begun = time.monotonic()
        token.cancel()
        with pytest.raises(Cancelled):
            stream.next(5)
        assert time.monotonic() - begun < 0.5


def test_leaving_the_context_closes_the_line() -> None:
    closed = threading.Event()

    def serve(line: Line) -> None:
        line.request()
        line.send(CHUNKED)
        line.hold()
        closed.set()

    with hostile(serve) as server:
        with http.open_events(server.url, content=b"", headers={}, clock=Clock(), limit=9) as stream:
            stream.next(5)
        assert closed.wait(1)


def test_nothing_is_sent_when_cancelled_before_or_to_what_is_no_address() -> None:
    token = CancelToken()
    token.cancel()
    with hostile(script(b"")) as server:
        with (
            pytest.raises(Cancelled),
            http.open_events(server.url, content=b"", headers={}, clock=Clock(token), limit=9),
        ):
            pass
        assert server.taken == 0
    with (
        pytest.raises(InputError),
        http.open_events("ftp://x", content=b"", headers={}, clock=Clock(), limit=9),
    ):
        pass


def test_what_the_last_look_raises_ends_the_stream_and_not_a_byte_is_sent() -> None:
    got: list[bytes] = []

    def serve(line: Line) -> None:
        got.append(line.socket.recv(1))

    def fenced() -> None:
        raise MachineError("taken over")

    with hostile(serve) as server:
        asked = {"content": b"{}", "headers": {}, "clock": Clock(), "limit": 30.0, "last_look": fenced}
        with http.open_events(server.url, **asked) as stream, pytest.raises(MachineError, match="taken over"):
            stream.next(10)
        until = time.monotonic() + 10
        while not got and time.monotonic() < until:
            time.sleep(0.01)
    assert got == [b""]

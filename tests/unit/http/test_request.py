"""The door to httpx, against real servers on real sockets."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import hostile_server
from clipline import http
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, InputError, ServiceError, TimedOut
from clipline.testing.clocks import VirtualClock

Handler = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def serving(handle: Handler) -> Iterator[str]:
    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            handle(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A raw socket, for servers that misbehave."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        end = threading.Event()

        def accept() -> None:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                serve(line)
                end.wait(5)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            end.set()


def answer(status: int, body: bytes = b"ok", **headers: str) -> Handler:
    def handle(request: BaseHTTPRequestHandler, _: bytes) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handle


def send(url: str, *, clock: Clock | None = None, timeout: float = 5, **headers: str) -> http.Reply:
    return http.post(url, content=b"{}", headers=headers, clock=clock or Clock(), timeout=timeout)


def test_a_reply_has_status_headers_and_body() -> None:
    seen = {}

    def handle(request: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.update(body=body, mine=request.headers["X-Mine"], path=request.path)
        answer(201, b"made", Retry_After="3")(request, body)

    with serving(handle) as url:
        reply = http.post(url + "/a?b=c", content=b"hello", headers={"X-Mine": "1"}, clock=Clock())
    assert (reply.status, reply.headers["retry-after"], reply.body) == (201, "3", b"made")
    assert seen == {"body": b"hello", "mine": "1", "path": "/a?b=c"}


def test_an_error_status_is_a_reply_and_no_exception() -> None:
    with serving(answer(503)) as url:
        assert send(url).status == 503


@pytest.mark.parametrize(
    "text", ["soon", "-5", "Jan 31 - 1.2.3 99999999999999999999999", "Fri, 31 Dec 99999 23:59:59 GMT", "\u00b2", "1e9"]
)
def test_a_wait_that_is_none_is_no_wait(text: str) -> None:
    assert http.retry_after({"retry-after": text}, 0.0) is None


def test_a_date_to_wait_for_is_counted_from_the_replys_own_date() -> None:
    headers = {"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}
    assert http.retry_after(headers, 1767225610.0) == 20.0  # 00:00:10 by our clock
    assert http.retry_after(headers | {"date": "Thu, 01 Jan 2026 00:00:07 GMT"}, 0.0) == 23.0
    assert http.retry_after(headers | {"date": "Thu, 01 Jan 2026 00:01:00 GMT"}, 0.0) == 0.0


def test_a_redirect_is_not_followed() -> None:
    with serving(answer(302, Location="http://127.0.0.1:9/elsewhere")) as url:
        assert send(url).status == 302


@pytest.mark.parametrize(
    "location", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[::1", ""]
)
def test_where_a_redirect_leads_is_not_even_read(location: str) -> None:
    data = hostile_server.reply("307 Found", b"{}", f"Location: {location}")
    with hostile_server.hostile(hostile_server.says(data)) as server:
        assert send(server.url).status == 307
        assert server.taken == 1


def test_a_long_body_is_read_up_to_the_cap() -> None:
    with serving(answer(200, b"x" * (http.BODY_CAP * 3))) as url:
        assert len(send(url).body) == http.BODY_CAP


def test_nobody_listening_proves_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceError, match=f"cannot reach 127.0.0.1:{port}: connection refused") as caught:
        send(f"http://127.0.0.1:{port}/hooks/s3cr3t")
    assert caught.value.code == "unreachable"
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_dropped_line_is_no_reply() -> None:
    def drop(line: socket.socket) -> None:
        line.recv(65536)
        line.shutdown(socket.SHUT_RDWR)

    with listening(drop) as url, pytest.raises(ServiceError) as caught:
        send(url)
    assert caught.value.code == "no_reply"


def test_a_body_cut_short_is_no_reply() -> None:
    def cut(line: socket.socket) -> None:
        line.recv(65536)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        line.shutdown(socket.SHUT_RDWR)

    with listening(cut) as url, pytest.raises(ServiceError) as caught:
        send(url)
    assert caught.value.code == "no_reply"


def drip(line: socket.socket) -> None:
    line.recv(65536)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(60):
        try:
            line.sendall(b".")
        except OSError:
            return
        time.sleep(0.05)


def test_a_server_that_drips_cannot_hold_the_whole_exchange_past_its_time() -> None:
    begun = time.monotonic()
    with listening(drip) as url, pytest.raises(ServiceError) as caught:
        send(url, timeout=0.4)
    assert caught.value.code == "deadline"
    assert time.monotonic() - begun < 2.0


def test_the_clocks_own_deadline_is_said_to_be_its_own() -> None:
    with listening(drip) as url, pytest.raises(TimedOut):
        send(url, clock=Clock().within(0.3))


def test_cancelling_ends_a_blocked_read_at_once() -> None:
    token = CancelToken()
    threading.Timer(0.2, token.cancel).start()
    begun = time.monotonic()
    with listening(lambda line: line.recv(65536)) as url, pytest.raises(Cancelled):
        send(url, clock=Clock(token), timeout=30)
    assert time.monotonic() - begun < 2.0


def test_cancelling_closes_the_line() -> None:
    token, closed = CancelToken(), threading.Event()

    def wait_for_the_end(line: socket.socket) -> None:
        got = b""
        while not got.endswith(b"\r\n\r\n{}"):
            got += line.recv(65536)
        token.cancel()
        line.settimeout(5)
        assert line.recv(1) == b""
        closed.set()

    with listening(wait_for_the_end) as url:
        with pytest.raises(Cancelled):
            send(url, clock=Clock(token), timeout=30)
        assert closed.wait(5)


def test_nothing_is_sent_when_cancelled_before() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        send("http://127.0.0.1:9/", clock=Clock(token))


@pytest.mark.parametrize(
    "url",
    ["", "example.com/x", "ftp://a/b", "http://", "http://a b/", "http://[::1/", "http://a:99999/", "http://u:p@a/"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError) as caught:
        send(url)
    assert caught.value.code == "bad_url"


@pytest.mark.parametrize("value", ["Bearer s3cr3t\n", "Bearer s3cr3t ", " s3cr3t", "s3cr3t\t", "s3cr3t ü"])
def test_a_header_that_cannot_be_sent_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(InputError) as caught:
        http.post("http://127.0.0.1:9/", content=b"", headers={"authorization": value}, clock=Clock())
    assert "s3cr3t" not in repr(caught.value)
    assert "line break" in str(caught.value)


def test_the_log_shows_no_address_even_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(answer(200)) as url:
        http.post(url + "/hooks/s3cr3t", content=b"", headers={"x-token": "s3cr3t"}, clock=Clock())
    assert "s3cr3t" not in caplog.text


def served(data: bytes) -> hostile_server.Script:
    def serve(line: hostile_server.Line) -> None:
        line.request()
        line.send(data)

    return serve


def get(url: str, **options: Any) -> http.Reply:
    return http.request("GET", url, headers={}, clock=Clock(), **options)


@pytest.mark.parametrize(("size", "whole"), [(99, True), (100, True), (101, False), (5000, False)])
def test_a_reply_says_whether_its_body_is_whole(size: int, whole: bool) -> None:
    with hostile_server.hostile(served(hostile_server.reply(body=b"x" * size))) as server:
        reply = get(server.url, cap=100)
    assert (len(reply.body), reply.whole) == (min(size, 100), whole)


def test_a_body_that_was_compressed_unasked_is_read_all_the_same() -> None:
    for encoding, body in (("gzip", gzip.compress(b"text" * 99, mtime=0)), ("deflate", zlib.compress(b"text" * 99))):
        data = hostile_server.reply("200 OK", body, f"Content-Encoding: {encoding}")
        with hostile_server.hostile(served(data)) as server:
            assert get(server.url).body == b"text" * 99
            assert get(server.url, cap=9) == http.Reply(
                200, {"content-length": str(len(body)), "content-encoding": encoding}, b"texttextt", whole=False
            )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(b"text" * 99, mtime=0)[:-9]), ("gzip", b"text"), ("br", b"text"), ("gzip", b"")],
)
def test_a_damaged_or_unknown_encoding_is_no_reply(encoding: str, body: bytes) -> None:
    data = hostile_server.reply("200 OK", body, f"Content-Encoding: {encoding}")
    with hostile_server.hostile(served(data)) as server, pytest.raises(ServiceError) as caught:
        get(server.url)
    assert caught.value.code == "no_reply"


def test_a_whole_reply_counts_though_the_clock_is_past_the_deadline() -> None:
    clock = VirtualClock()

    def serve(line: hostile_server.Line) -> None:
        line.request()
        line.send(hostile_server.reply(body=b"ok"))
        clock.advance(31)
        line.hold()

    with hostile_server.hostile(serve) as server:
        assert http.request("GET", server.url, headers={}, clock=clock).body == b"ok"


def test_a_virtual_wait_of_the_server_ends_a_request_at_once() -> None:
    clock = VirtualClock()

    def serve(line: hostile_server.Line) -> None:
        line.request()
        clock.sleep(1200)
        line.hold()

    with hostile_server.hostile(serve) as server:
        begun = time.monotonic()
        with pytest.raises(ServiceError) as caught:
            http.request("GET", server.url, headers={}, clock=clock)
    assert caught.value.code == "deadline"
    assert time.monotonic() - begun < 1.0


def test_no_transfer_writes_an_address_into_a_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "a").write_bytes(b"a")
    secret = {"authorization": "Bearer s3cr3t"}
    with hostile_server.hostile(served(hostile_server.reply(body=b"ok"))) as server:
        url = server.url + "/s3cr3t?s3cr3t"
        http.upload(url, [http.FilePart("f", tmp_path / "a", "a", "text/plain")], headers=secret, clock=Clock())
        http.download(url, tmp_path / "b", headers=secret, clock=Clock())
        with http.open_events(url, content=b"s3cr3t", headers=secret, clock=Clock(), limit=9) as stream:
            stream.next(5)
    assert "s3cr3t" not in caplog.text
    assert not any("s3cr3t" in thread.name for thread in threading.enumerate())


def test_a_request_does_not_wait_for_the_command_line_of_httpx() -> None:
    code = (
        "import sys\nfrom clipline import http\nfrom clipline.clock import Clock\n"
        "try:\n    http.request('GET', 'http://127.0.0.1:1/', headers={}, clock=Clock(), timeout=5)\n"
        "except Exception as error:\n    print(error.code)\n"
        "import httpx\nprint([name for name in ('rich', 'pygments', 'click') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split("\n")[:2] == ["unreachable", "[]"]

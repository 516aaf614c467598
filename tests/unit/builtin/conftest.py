"""A real HTTP server that keeps what it was sent and answers as a test says."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

import pytest


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with `statuses` one after the other, then with 204; a status may come with a Retry-After."""

    statuses: Sequence[int | tuple[int, str]] = ()
    url: str = ""
    received: list[Received] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        number = len(self.received)
        self.received.append(Received({name.lower(): value for name, value in request.headers.items()}, body))
        given = self.statuses[number] if number < len(self.statuses) else 204
        status, retry_after = given if isinstance(given, tuple) else (given, "")
        if status == 0:  # breaks off without a word
            request.connection.close()
            return
        request.send_response_only(status)  # without its Date, which is real time
        if retry_after:
            request.send_header("Retry-After", retry_after)
        request.send_header("Content-Length", "0")
        request.end_headers()


@contextmanager
def _receiving(*statuses: int | tuple[int, str]) -> Iterator[Receiver]:
    receiver = Receiver(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.answer(self)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks/s3cr3t-path"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Receiving(Protocol):
    def __call__(self, *statuses: int | tuple[int, str]) -> AbstractContextManager[Receiver]: ...


@pytest.fixture
def receiving() -> Receiving:
    """`with receiving(503, (429, "7")) as receiver:`."""
    return _receiving

"""A service for tests of the client: what each call answers is written by the test; on respx, or on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from clipline.clock import Clock
from clipline.nemo.attribution import Attribution
from clipline.nemo.client import NemoClient
from clipline.nemo.credentials import TokenStore
from clipline.nemo.options import NemoOptions
from clipline.values import Secret

BASE = "https://api.example.com"
SESSION = "1234567890123456789"
WHO = Attribution("video-object-ops", "9.9.9", "pytest")


@dataclass
class World:
    """One client and what it told."""

    client: NemoClient
    store: TokenStore
    clock: Clock
    said: list[str] = field(default_factory=list)


def world(folder: Path, clock: Clock, *, base: str = BASE, token: str = "", use: str = "", **options: Any) -> World:
    """A client with its own state folder; `token` is a supplied one, `use` the fingerprint of the only one to use."""
    said: list[str] = []
    store = TokenStore(folder / "state", base, clock)
    given = NemoOptions(api_url=base, token=Secret(token) if token else None, **options)
    return World(NemoClient(given, clock, store, attribution=WHO, say=said.append, token=use), store, clock, said)


def ok(**data: Any) -> dict[str, Any]:
    return {"code": 0, "data": data}


def grant(number: int = 1, user: str = "", expires_at: str = "2099-01-01T00:00:00Z") -> dict[str, Any]:
    """The reply to the token call."""
    return ok(token=f"nmv_usr_token{number}", user_id=user or f"anon_{number}", credits=100, expires_at=expires_at)


BALANCE = ok(available=90, frozen=10, total=100)

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[Seen]]]:
    """A real server; gives its address and the requests it saw."""
    seen: list[Seen] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.append(Seen(self.command, self.path, headers, body))
            answer(self, body)

        do_GET = do_POST = handle_one  # noqa: N815 - the names that the standard library calls

        def log_message(self, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            pass  # a client that goes away is what some tests are about

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply_json(handler: BaseHTTPRequestHandler, data: Any, status: int = 200) -> None:
    body = json.dumps(data).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def begin_stream(handler: BaseHTTPRequestHandler, *, chunked: bool = True) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
    handler.send_header("Transfer-Encoding", "chunked") if chunked else handler.send_header("Connection", "close")
    handler.end_headers()


def chunk(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
    handler.wfile.flush()


def event(data: Any) -> bytes:
    return b"data: " + (data if isinstance(data, str) else json.dumps(data)).encode() + b"\n\n"


def says(text: str, *, partial: bool = False) -> dict[str, Any]:
    return {"content": {"parts": [{"text": text}], "role": "model"}, "partial": partial, "author": "nemo_agent"}


def stream(handler: BaseHTTPRequestHandler, events: Sequence[Any]) -> None:
    """A whole stream, properly ended."""
    begin_stream(handler)
    for each in events:
        chunk(handler, event(each))
    handler.wfile.write(b"0\r\n\r\n")

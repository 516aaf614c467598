"""A hostile server in front of a mock: it passes everything on but the requests that it strikes.

It speaks raw bytes on a real socket, so that it can answer in ways that no well-kept server has. A request is struck
before the mock sees it, or after: then its effect is there, and its answer is for the striker to spoil.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from clipline.clock import Clock
from hostile_server import Line, hostile

__all__ = ["ROUTES", "Answer", "Front", "Strike", "front"]

#: The calls of a run, by the first line of their requests, the first that fits.
ROUTES = {
    "token": r"POST /api/auth/anonymous-token",
    "session": r"POST /api/tasks/",
    "claim": r"POST /api/auth/claim-token",
    "upload": r"POST /api/upload",
    "message": r"POST /run_sse",
    "state": r"GET /api/state/",
    "credits": r"GET /api/credits",
    "render": r"POST /api/render/proxy/lambda\b",
    "status": r"GET /api/render/proxy/lambda/",
    "fallback": r"GET /api/render/proxy/[^/]+/download",
    "result": r"GET /",
}


@dataclass(frozen=True)
class Answer:
    """What a striker works with: the connection, the true answer ("" where the mock never saw the request), the clock.

    `elsewhere` is the address of another server of this machine, which counts who comes.
    """

    line: Line
    true: bytes
    clock: Clock
    elsewhere: str
    own: str

    @property
    def body(self) -> bytes:
        """The true answer's body."""
        return self.true.partition(b"\r\n\r\n")[2]

    def send(self, data: bytes) -> bool:
        """Send; False where the client has gone."""
        return self.line.send(data)

    def json(self, body: bytes, status: str = "200 OK", *lines: str) -> None:
        """A well-formed answer with this body."""
        head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *lines, "", ""]
        self.send("\r\n".join(head).encode() + body)


@dataclass(frozen=True)
class Strike:
    """Which requests are answered by `way`: those of a route, the first or every one, before or after the effect."""

    route: str
    way: Callable[[Answer], None]
    phase: Literal["before", "after"] = "before"
    always: bool = False


@dataclass
class Front:
    """The server: its address, and how often each route was asked for."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    struck: int = 0
    #: Heads of requests that came to the other server.
    strays: list[bytes] = field(default_factory=list)


@contextmanager
def front(mock: str, strike: Strike, clock: Clock) -> Iterator[Front]:
    """A front of the mock at that address."""
    server = Front()

    def stray(line: Line) -> None:
        server.strays.append(line.request()[0])
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with hostile(stray) as other:

        def serve(line: Line) -> None:
            head, body = line.request()
            if not head:
                return
            route = next(name for name, form in ROUTES.items() if re.match(form, head.decode("latin-1")))
            server.asked.append(route)
            if route != strike.route or (server.struck and not strike.always):
                line.send(_passed_on(mock, server.url, head, body))
                return
            server.struck += 1
            true = _passed_on(mock, server.url, head, body) if strike.phase == "after" else b""
            strike.way(Answer(line, true, clock, other.url, server.url))

        with hostile(serve) as own:
            server.url = own.url
            yield server


def _passed_on(mock: str, own: str, head: bytes, body: bytes) -> bytes:
    """The mock's whole answer, with this server's address in the place of its own."""
    host, port = mock.removeprefix("http://").split(":")
    head = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    got = bytearray()
    with socket.create_connection((host, int(port))) as there:
        there.sendall(head + body)
        while data := there.recv(1 << 20):
            got += data
    answer = bytes(got)
    begin, _, content = answer.partition(b"\r\n\r\n")
    if b"application/json" not in begin or mock.encode() not in content:
        return answer
    content = content.replace(mock.encode(), own.encode())
    begin = re.sub(rb"(?i)(\r\ncontent-length:) *\d+", rb"\1 %d" % len(content), begin)
    return begin + b"\r\n\r\n" + content

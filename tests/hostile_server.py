"""A server of raw bytes, for what well-behaved servers never do."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Hostile", "Line", "chunked", "hostile", "reply", "says"]


class Line:
    """One connection, as a script of the server sees it."""

    def __init__(self, connection: socket.socket, end: threading.Event, asked: list[bytes]) -> None:
        self.socket = connection
        self._end = end
        self._asked = asked
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def head(self) -> bytes:
        """Read a request up to its blank line; what comes after it stays unread."""
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                break
            got += byte
        self._asked.append(got)
        return got

    def request(self) -> tuple[bytes, bytes]:
        """Read a request with its body."""
        head = self.head()
        lower = head.lower()
        left = int(lower.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in lower else 0
        body = b""
        while len(body) < left and (piece := self.socket.recv(left - len(body))):
            body += piece
        return head, body

    def send(self, data: bytes) -> bool:
        """Send; False where the client has gone, or the test is over."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return not self._end.is_set()

    def gone(self) -> bool:
        """Whether the client closed, or the test is over; for who waits without sending anything."""
        readable, _, _ = select.select([self.socket], [], [], 0)
        try:
            closed = bool(readable) and not self.socket.recv(1, socket.MSG_PEEK)
        except OSError:
            closed = True
        return closed or self._end.is_set()

    def reset(self) -> None:
        """Close so that the client gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def hold(self) -> None:
        """Say nothing until the client closes, or the test is over."""
        self.socket.settimeout(0.05)
        while not self._end.is_set():
            try:
                if not self.socket.recv(65536):
                    return
            except TimeoutError:
                continue
            except OSError:
                return


Script = Callable[[Line], None]


@dataclass
class Hostile:
    """The server: its address, and how many connections it took."""

    url: str
    taken: int = 0
    port: int = 0
    #: Heads of requests, in their order.
    asked: list[bytes] = field(default_factory=list)


@contextmanager
def hostile(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    """A server whose nth connection follows the nth script, the last one again and again; with `tls` it speaks that."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = Hostile(f"{'https' if tls else 'http'}://127.0.0.1:{port}", port=port)
        end = threading.Event()

        def serve(connection: socket.socket, script: Script) -> None:
            with connection:
                try:
                    line = tls.wrap_socket(connection, server_side=True) if tls else connection
                    with line:
                        script(Line(line, end, server.asked))
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                script = scripts[min(server.taken, len(scripts) - 1)]
                server.taken += 1
                threading.Thread(target=serve, args=(connection, script), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server
        finally:
            end.set()
            listener.shutdown(socket.SHUT_RDWR)


def says(data: bytes) -> Script:
    """A script that reads a request and sends this."""

    def serve(line: Line) -> None:
        line.request()
        line.send(data)

    return serve


def reply(status: str = "200 OK", body: bytes = b"", *lines: str, length: int | None = None) -> bytes:
    """A reply with a length, a true one where none is given."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


def chunked(pieces: Sequence[bytes], *, last: bool = True) -> bytes:
    """A body in chunks, with the last one that proves the end, or without."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + (b"0\r\n\r\n" if last else b"")

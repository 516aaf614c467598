"""A small HTTP proxy on a real socket: forwards plain requests, opens tunnels, asks for a login if told to."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hostile_server import Line, hostile, reply

__all__ = ["ProxyServer", "proxy_server"]


@dataclass
class ProxyServer:
    """What a proxy saw: the first lines and the whole heads of the requests that came to it."""

    port: int = 0
    lines: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)


@contextmanager
def proxy_server(places: Mapping[str, int], login: str = "", refuses: bytes = b"") -> Iterator[ProxyServer]:
    """A proxy that finds these hosts at these ports of this machine, and no others.

    Args:
        places: ports by host name, which no other resolver needs to know.
        login: `USER:PASSWORD` that it asks for.
        refuses: what it answers to everything, byte for byte.
    """
    proxy = ProxyServer()

    def serve(line: Line) -> None:
        head, body = line.request()
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ", 2)
        proxy.lines.append(f"{method} {target}")
        proxy.heads.append(head)
        wanted = f"proxy-authorization: basic {base64.b64encode(login.encode()).decode()}".lower().encode()
        if refuses:
            line.send(refuses)
        elif login and wanted not in head.lower():
            line.send(reply("407 Who are you", b"<html>", "Proxy-Authenticate: Basic"))
        elif method == "CONNECT":
            _tunnel(line, places.get(target.rpartition(":")[0], 0))
        else:
            _forward(line, places.get(urlsplit(target).hostname or "", 0), head, body)

    with hostile(serve) as server:
        proxy.port = server.port
        yield proxy


def _forward(line: Line, port: int, head: bytes, body: bytes) -> None:
    first, rest = head.split(b"\r\n", 1)
    method, target, version = first.split(b" ", 2)
    path = b"/" + target.split(b"/", 3)[3]
    rest = b"Connection: close\r\n" + re.sub(rb"(?im)^connection:.*\r\n", b"", rest)
    with socket.create_connection(("127.0.0.1", port)) as there:
        there.sendall(b" ".join((method, path, version)) + b"\r\nX-Forwarded: yes\r\n" + rest + body)
        _pump(there, line.socket)


def _tunnel(line: Line, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as there:
        line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_pump, args=(line.socket, there), daemon=True).start()
        _pump(there, line.socket)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)

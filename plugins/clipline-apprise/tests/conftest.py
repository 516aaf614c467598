"""The other sides: a real HTTP server that keeps what it gets and quotes it back, and a real mail server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP


@dataclass
class Services:
    """What has got messages: path, headers and body of each. `status` is what it answers; 0 breaks the line off."""

    port: int = 0
    status: int = 200
    silent: bool = False
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def address(self, service: str, rest: str = "") -> str:
        return f"{service}127.0.0.1:{self.port}/{rest}"

    def json(self, number: int = 0) -> Any:
        return json.loads(self.got[number][2])


@pytest.fixture
def services() -> Iterator[Services]:
    """A server that Apprise takes for ntfy, Gotify or anything that gets JSON."""
    known = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            known.got.append((self.path, dict(self.headers), body))
            if known.silent:
                known.over.wait(60)
            if known.silent or not known.status:
                self.connection.close()
                return
            answer = f"you sent {self.path} {self.headers}".encode() + body
            self.send_response(known.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """Clients are killed here."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    known.port = server.server_port
    yield known
    known.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Mails:
    """The messages that a mail server has got."""

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.got.append(cast("EmailMessage", message_from_bytes(envelope.content, policy=policy.default)))
        return "250 ok"


@pytest.fixture
def mails() -> Iterator[Mails]:
    """A mail server."""
    known, loop = Mails(), asyncio.new_event_loop()
    listening = loop.run_until_complete(
        loop.create_server(lambda: SMTP(known, hostname="localhost", loop=loop), "127.0.0.1", 0)
    )
    known.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield known
    asyncio.run_coroutine_threadsafe(_end(listening), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _end(listening: asyncio.Server) -> None:
    listening.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

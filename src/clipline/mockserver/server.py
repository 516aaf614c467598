"""`MockServer`: the mock of the service on a real socket."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from clipline.clock import CancelToken, Clock
from clipline.errors import MachineError
from clipline.mockserver import accounts
from clipline.mockserver.clock import MovableClock
from clipline.mockserver.envelope import as_json
from clipline.mockserver.exchange import exchange
from clipline.mockserver.faults import Fault
from clipline.mockserver.inbound import Malformed, read_head
from clipline.mockserver.ledger import Charge
from clipline.mockserver.options import MockOptions
from clipline.mockserver.outlet import Gone, Outlet
from clipline.mockserver.requests import Recorded
from clipline.mockserver.service import Service
from clipline.values import JsonObject

__all__ = ["MockServer"]

#: Seconds that replies which have begun may take to end when the server is closed.
_GRACE = 1.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class MockServer:
    """The Nemo service, mocked, on a port of this machine.

    Args:
        host: the address to listen on.
        port: 0 for one that is free.
        clock: its time, shared with a client in tests; without one it has its own, which `advance` moves.
        options: how it behaves.
        faults: what it does wrong from the first call on.
        folder: where its world and media are kept, durable before each reply; without one they go with the server.
            What is older than 30 days is removed when a server starts there. One server at a time.
        replay: a transcript to answer from.

    Raises:
        InputError: a transcript that is none.
        MachineError: the port is taken, or the folder cannot be used.

    Example:
        >>> with MockServer() as server:
        ...     server.url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        options: MockOptions | None = None,
        faults: Sequence[Fault] = (),
        folder: Path | None = None,
        replay: Path | None = None,
    ) -> None:
        self._token = CancelToken()
        own = (clock or MovableClock()).with_token(self._token)
        self._service = Service(options or MockOptions(), own, faults, folder, replay, local=host in _LOOPBACK)
        try:
            self._listener = _Listener((host, port), self._service)
        except OSError as error:
            self._service.world.store.close()
            raise MachineError(f"the mock cannot listen on {host}:{port}: {error.strerror}") from error
        shown = f"[{host}]" if ":" in host else host
        self.url = self._service.world.url = f"http://{shown}:{self._listener.server_address[1]}"
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Serve from now on, on a thread of its own."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._listener.serve_forever, args=(0.05,), name="clipline-mock", daemon=True
            )
            self._thread.start()
        return self

    def close(self) -> None:
        """Stop; replies that have begun may end within a second. Closing twice does nothing."""
        if self._thread is not None:
            self._listener.shutdown()
            self._thread.join()
            self._thread = None
        self._listener.server_close()
        self._listener.wait_idle(_GRACE)
        self._token.cancel()
        self._listener.cut()
        self._service.jobs.wait(_GRACE)
        self._service.world.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ledger(self) -> tuple[Charge, ...]:
        """Every charge so far."""
        return self._service.ledger

    @property
    def requests(self) -> tuple[Recorded, ...]:
        """Every request so far, in the order of arrival, without those to the control plane."""
        return self._service.journal.rows

    @property
    def request_count(self) -> int:
        """How many requests there were; fewer than before after a `reset`."""
        return len(self._service.journal)

    def requests_after(self, count: int) -> tuple[Recorded, ...]:
        """The requests but the first `count`, for who looks again and again."""
        return self._service.journal.after(count)

    def add_fault(self, fault: Fault) -> None:
        """One more fault; it counts the calls from now on."""
        self._service.book.add(fault)

    def clear_faults(self) -> None:
        """No faults any more."""
        self._service.book.clear()

    def advance(self, seconds: float) -> None:
        """Let time pass; whoever waits on the server's clock wakes.

        Raises:
            InputError: the clock that was given cannot be moved.
        """
        self._service.advance(seconds)

    def reset(self) -> None:
        """As it was at the start."""
        self._service.reset()

    def snapshot(self) -> dict[str, Any]:
        """The world as JSON, with the ledger; media stay in the server's folder."""
        return self._service.snapshot()

    def restore(self, snapshot: JsonObject) -> None:
        """Go back to a snapshot.

        Raises:
            InputError: this is none.
        """
        self._service.restore(snapshot)

    def issue_token(self, user_id: str, *, credits: int | None = None, plan: str = "") -> str:  # noqa: A002 - the word of the service
        """A token of a user, as a person would have one; sets credits and plan of the account where given."""
        return accounts.issue(self._service.world, user_id, credits=credits, plan=plan)


class _Listener(socketserver.ThreadingTCPServer):
    """Accepts connections, a daemon thread each."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], service: Service) -> None:
        self.service = service
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._lines: set[socket.socket] = set()
        self._busy = 0
        self._changed = threading.Condition()
        super().__init__(address, _Connection)

    def opened(self, line: socket.socket) -> None:
        """A connection has come."""
        with self._changed:
            self._lines.add(line)

    def closed(self, line: socket.socket) -> None:
        """A connection is over."""
        with self._changed:
            self._lines.discard(line)

    def count(self, change: int) -> None:
        """A reply begins (1) or is over (-1)."""
        with self._changed:
            self._busy += change
            self._changed.notify_all()

    def wait_idle(self, seconds: float) -> None:
        """Wait until no reply is under way, so many real seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, seconds)

    def cut(self) -> None:
        """End all connections."""
        with self._changed:
            lines = list(self._lines)
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the library's signature
        """A connection that broke is no error of the server; a bug of it is raised to the thread's hook."""
        raise  # noqa: PLE0704 - called by socketserver within its own `except`


class _Connection(socketserver.BaseRequestHandler):
    """One connection: request after request until somebody ends it."""

    server: _Listener
    request: socket.socket

    def handle(self) -> None:
        line = self.request
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.opened(line)
        source = cast("BinaryIO", line.makefile("rb", 65536))
        outlet = Outlet(line, source)
        try:
            while self._serve(source, outlet):
                pass
            outlet.part()
        except (Gone, OSError, ValueError):
            pass  # the client left, or a fault broke the line
        finally:
            self.server.closed(line)
            with suppress(OSError):
                source.close()

    def _serve(self, source: BinaryIO, outlet: Outlet) -> bool:
        try:
            head = read_head(source)
            if head is None:
                return False
            self.server.count(1)
            try:
                return exchange(self.server.service, head, source, outlet, self.client_address[0])
            finally:
                self.server.count(-1)
        except Malformed as error:
            body = as_json({"detail": str(error)}).body
            outlet.push(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            outlet.push(body if isinstance(body, bytes) else b"")
            outlet.flush()
            return False

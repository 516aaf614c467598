"""The socket of one exchange, as another thread sees it: whether bytes moved, and how to wake who blocks on it."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from typing import Any

from clipline.clock import Clock
from clipline.http.networks import Network

__all__ = ["Line"]


class _CutError(Exception):
    """The line was cut before anything was sent over it."""


class Line:
    """The connection of one exchange, once there is one.

    Attributes:
        sent: set before the first byte of the request is written; while it is False, none was.
        moved_at: when bytes moved last, by the clock's `monotonic`.
        is_cut: whether this side ended the exchange; what the system had received before can still be read.
        network: where the other side stands, as the address tells that was connected to; None before.
        is_left: whether nobody waits for the exchange any more: its thread should do nothing with what it still reads.
    """

    def __init__(self, clock: Clock, last_look: Callable[[], None] = lambda: None) -> None:
        self.sent = False
        self.is_cut = False
        self.is_left = False
        self.network: Network | None = None
        self.moved_at = clock.monotonic()
        self._clock = clock
        self._last_look = last_look
        self._socket: socket.socket | None = None
        self._unsent = 0
        self._lock = threading.Lock()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Take what httpx tells while it works (its `trace` extension)."""
        self.touch()
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self.hold(info["return_value"].get_extra_info("socket"))
        # What asks a proxy for a tunnel is not yet the request.
        elif event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self.begin()

    def hold(self, connection: socket.socket) -> None:
        """Take the socket of the exchange, or the one that took its place for TLS."""
        with self._lock:
            self._socket = connection
            if self.is_cut:
                self._shut(socket.SHUT_RDWR)

    def begin(self) -> None:
        """From here on what is sent counts; stops the exchange where the line was cut before.

        Raises:
            CliplineError: what the last look says, which comes after the connection and before the first byte.
        """
        self._last_look()
        with self._lock:
            if self.is_cut:
                raise _CutError
            self.sent = True

    def touch(self) -> None:
        """Bytes moved just now."""
        self.moved_at = self._clock.monotonic()

    def cut(self) -> bool:
        """Wake whoever blocks on the socket, for good; whether a byte of the request may have been written.

        After False nothing of it ever will be.
        """
        with self._lock:
            self.is_cut = True
            self._shut(socket.SHUT_RDWR)
            return self.sent

    def leave(self) -> None:
        """Cut it, and wait for nothing more."""
        self.is_left = True
        self.cut()

    def stop_writing(self) -> None:
        """Wake whoever blocks in a write; what comes can still be read."""
        with self._lock:
            self._shut(socket.SHUT_WR)

    def _shut(self, how: int) -> None:
        if self._socket is not None:
            # The plain socket's method: that of a TLS socket drops the state that the other thread is using.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, how)

    def answered(self) -> bool:
        """Whether the other side began its answer, or closed; False where TLS hides that."""
        import ssl

        with self._lock:
            line = self._socket
        if line is None or isinstance(line, ssl.SSLSocket):
            return False
        try:
            poll = select.poll()
            poll.register(line, select.POLLIN)
            if not poll.poll(0):
                return False
            begin = line.recv(10, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except (OSError, ValueError):
            return False
        return begin[9:] != b"1"  # `HTTP/1.1 1…` is not yet the answer

    def look(self) -> None:
        """Count bytes that the system sent since the last look as moving ones: they left this process before."""
        unsent = self._count_unsent()
        if unsent != self._unsent:
            self._unsent = unsent
            self.touch()

    def _count_unsent(self) -> int:
        with self._lock:
            line = self._socket
        if line is None:
            return 0
        try:
            import fcntl
            import termios

            return int(struct.unpack("i", fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
        except (ImportError, OSError, ValueError):  # the system cannot tell, or the socket is closed
            return 0

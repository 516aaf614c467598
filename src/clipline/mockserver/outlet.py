"""The sending half of a connection: buffered, counted, and able to break off in every way a network can."""

from __future__ import annotations

import select
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["Gone", "Outlet"]

_BUFFER = 64 * 1024
_DRAIN_SECONDS = 0.3
_DRAIN_BYTES = 4 * 1024 * 1024


class Gone(Exception):
    """The connection is over; `by_fault` where the server itself broke it."""

    def __init__(self, *, by_fault: bool) -> None:
        super().__init__("the connection is over")
        self.by_fault = by_fault


class Outlet:
    """Writes to one socket; `source` is its reading half, which a reset must close too."""

    def __init__(self, line: socket.socket, source: BinaryIO) -> None:
        self._line, self._source = line, source
        self._buffer = bytearray()

    def push(self, data: bytes) -> None:
        """Send, as soon as enough has come together."""
        if len(data) >= _BUFFER:
            self.flush()
            self._send(data)
            return
        self._buffer += data
        if len(self._buffer) >= _BUFFER:
            self.flush()

    def flush(self) -> None:
        """Send what has come together.

        Raises:
            Gone: the client has left.
        """
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            self._send(data)

    def _send(self, data: bytes) -> None:
        try:
            self._line.sendall(data)
        except OSError as error:
            raise Gone(by_fault=False) from error

    def send_file(self, path: Path, start: int, length: int) -> None:
        """Send a piece of a file, from the kernel where it can.

        Raises:
            Gone: the client has left.
        """
        self.flush()
        if not length:
            return
        try:
            with path.open("rb") as file:
                self._line.sendfile(file, start, length)
        except OSError as error:
            raise Gone(by_fault=False) from error

    @property
    def client_left(self) -> bool:
        """Whether the client has closed its side, as far as that has come here."""
        try:
            readable, _, _ = select.select([self._line], [], [], 0)
            return bool(readable) and not self._line.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def reset(self) -> None:
        """Break the connection with a real RST.

        Raises:
            Gone: always.
        """
        with suppress(OSError, Gone):
            self.flush()
        with suppress(OSError):
            self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._source.close()
            self._line.close()
        raise Gone(by_fault=True)

    def close(self) -> None:
        """End the connection in order, wherever the reply stands.

        Raises:
            Gone: always.
        """
        with suppress(Gone):
            self.flush()
        self.part()
        raise Gone(by_fault=True)

    def part(self) -> None:
        """Say goodbye and read on for a moment: closed on unread bytes, a socket would send a reset instead."""
        with suppress(OSError, ValueError):
            self._line.shutdown(socket.SHUT_WR)
            self._line.settimeout(_DRAIN_SECONDS)
            left = _DRAIN_BYTES
            while left > 0 and (piece := self._line.recv(65536)):
                left -= len(piece)

"""Reading HTTP/1.1 requests off a socket: the head with its exact bytes, the body piece by piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["PIECE", "Body", "Head", "Malformed", "read_head"]

#: Bytes read at a time.
PIECE = 256 * 1024
_LINE = 64 * 1024
_LINES = 200


class Malformed(Exception):
    """This is no HTTP, or it broke off."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request line and headers; header names in lower case, `raw` as they came."""

    method: str
    target: str
    version: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def keeps_alive(self) -> bool:
        """Whether another request may follow on this connection."""
        wish = self.headers.get("connection", "").lower()
        return wish == "keep-alive" if self.version == "HTTP/1.0" else wish != "close"


def read_head(source: BinaryIO) -> Head | None:
    """The next request's head; None where the connection ended between two requests.

    Raises:
        Malformed: something else came.
        OSError: the connection broke.
    """
    lines = [_line(source)]
    while lines[0] in {b"\r\n", b"\n"}:
        lines = [_line(source)]
    if not lines[0]:
        return None
    while lines[-1] not in {b"\r\n", b"\n"}:
        lines.append(_line(source))
        if not lines[-1] or len(lines) > _LINES:
            raise Malformed("the head does not end")
    words = lines[0].decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Malformed("this is no HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines[1:-1]:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise Malformed("a header has no colon")
        name = name.strip().lower()
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    return Head(words[0], words[1], words[2], headers, b"".join(lines))


def _line(source: BinaryIO) -> bytes:
    line = source.readline(_LINE)
    if len(line) >= _LINE:
        raise Malformed("a line is too long")
    return line


class Body:
    """The body of one request, read by pieces; told by Content-Length, by chunks, or absent.

    Args:
        source: where it comes from, standing right after the head.
        head: says how long it is.
        invite: called before the first read where the client waits for leave to send (`Expect: 100-continue`).
        took: is given each piece.

    Raises:
        Malformed: the head tells no length that makes sense.
    """

    def __init__(
        self, source: BinaryIO, head: Head, invite: Callable[[], None], took: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self._source, self._took = source, took
        self._invite = invite if head.headers.get("expect", "").lower() == "100-continue" else None
        self._chunked = head.headers.get("transfer-encoding", "").lower() == "chunked"
        length = head.headers.get("content-length", "0")
        if not re.fullmatch(r"[0-9]{1,18}", length):
            raise Malformed("Content-Length is no number")
        self._left = 0 if self._chunked else int(length)
        self.ended = not self._chunked and not self._left

    @property
    def untouched(self) -> bool:
        """Whether the client still waits for leave to send it."""
        return self._invite is not None

    def read(self) -> bytes:
        """The next piece, of `PIECE` bytes at most; b"" at the end.

        Raises:
            Malformed: it broke off, or is no body.
        """
        if self.ended:
            return b""
        if self._invite is not None:
            self._invite()
            self._invite = None
        if self._chunked and not self._left and not self._next_chunk():
            self.ended = True
            return b""
        piece = self._source.read1(min(PIECE, self._left))  # type: ignore[attr-defined]
        if not piece:
            raise Malformed("the body broke off")
        self._left -= len(piece)
        if self._chunked and not self._left:
            _line(self._source)
        self.ended = not self._chunked and not self._left
        self._took(piece)
        return bytes(piece)

    def _next_chunk(self) -> bool:
        """Go to the next chunk; False after the last, whose trailers are read too."""
        size = _line(self._source).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", size):
            raise Malformed("a chunk has no size")
        self._left = int(size, 16)
        if not self._left:
            while _line(self._source) not in {b"\r\n", b"\n", b""}:
                pass
        return self._left > 0

    def whole(self, limit: int) -> bytes:
        """All of it.

        Raises:
            Malformed: it broke off, or is longer than `limit` bytes.
        """
        pieces, size = [], 0
        while piece := self.read():
            size += len(piece)
            if size > limit:
                raise Malformed("the body is too long")
            pieces.append(piece)
        return b"".join(pieces)

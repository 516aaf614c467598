"""Framing a reply and sending it, with the faults that misshape its bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from http import HTTPStatus

from clipline.clock import Clock
from clipline.mockserver.envelope import FilePiece, Reply
from clipline.mockserver.faults import Fault
from clipline.mockserver.outlet import Outlet
from clipline.mockserver.requests import Recorded
from clipline.mockserver.striking import Strikes

__all__ = ["Delivery"]

_PIECE = 1024 * 1024
_DRIPS = 50
_SPLIT_PAUSE = 0.01


class Delivery:
    """One reply on its way.

    Args:
        outlet: where the bytes go.
        strikes: the faults of the call.
        clock: what drips and splits wait on.
        row: the call's record, where the bytes are counted.
        settle: called before a fault strikes in the middle: the effect is done by then.
    """

    def __init__(
        self, outlet: Outlet, strikes: Strikes, clock: Clock, row: Recorded, settle: Callable[[], None]
    ) -> None:
        self._outlet, self._strikes, self._clock, self._row, self._settle = outlet, strikes, clock, row, settle
        self._cuts = sorted(strikes.within("after_bytes"), key=lambda fault: fault.after)
        self._chunked = False
        self._unsized = strikes.of("no_length") is not None
        self._drip: tuple[int, float] | None = None
        self._split: Fault | None = None

    def send(self, reply: Reply, *, keep: bool, chunks: bool, bodiless: bool) -> bool:
        """Send all of it; whether the connection may be used again.

        Args:
            reply: what to send.
            keep: whether the client would use the connection again.
            chunks: whether the client knows chunks (HTTP/1.1).
            bodiless: whether only the head is wanted.

        Raises:
            Gone: the client left, or a fault broke the connection.
        """
        self._row.status = reply.status
        headers = dict(reply.headers)
        pieces, length, told = self._shape(reply, headers)
        streamed = length is None
        self._chunked = told is None and chunks and streamed and not self._unsized
        if self._chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif told is not None:
            headers["Content-Length"] = str(told)
        keep = keep and (self._chunked or (told is not None and told == length))
        headers["Connection"] = "keep-alive" if keep else "close"
        self._plan_pace(length)
        self._outlet.push(_head(reply.status, headers, self._clock.now()))
        if streamed or self._strikes.within("at_headers"):
            self._outlet.flush()
        self._strike_all(self._strikes.within("at_headers"))
        if not bodiless and isinstance(reply.body, FilePiece) and not self._strikes.faults:
            self._outlet.send_file(reply.body.path, reply.body.start, reply.body.length)
            self._row.sent += reply.body.length
        elif not bodiless:
            self._send_body(pieces, streamed=streamed)
        self._outlet.flush()
        self._row.complete = True
        return keep

    def _shape(self, reply: Reply, headers: dict[str, str]) -> tuple[Iterable[bytes], int | None, int | None]:
        """The pieces of the body, its length (None: not known yet), and the one that the head says (None: nothing)."""
        pieces, length = _open(reply)
        if self._strikes.of("truncated_gzip"):
            packed = gzip.compress(b"".join(pieces), mtime=0)
            packed = packed[: max(1, len(packed) // 2)]
            headers["Content-Encoding"] = "gzip"
            return [packed], len(packed), len(packed)
        wrong, long = self._strikes.of("wrong_length"), self._strikes.of("long_length")
        if (wrong or long) and length is None:
            pieces = [b"".join(pieces)]
            length = len(pieces[0])
        if self._unsized:
            return pieces, length, None
        if length is not None and wrong:
            return pieces, length, length // 2
        if length is not None and long:
            return pieces, length, length + max(1, length // 10)
        return pieces, length, length

    def _plan_pace(self, length: int | None) -> None:
        self._split = self._strikes.of("split")
        if drip := self._strikes.of("drip"):
            size = max(1, length // _DRIPS) if length else 64
            self._drip = (size, 1.0 if drip.seconds < 0 else drip.seconds)

    def _send_body(self, pieces: Iterable[bytes], *, streamed: bool) -> None:
        for piece in pieces:
            self._write(piece)
            if streamed:
                self._outlet.flush()
        while self._cuts and self._cuts[0].after <= self._row.sent:
            self._strike_cut(self._cuts.pop(0))
        self._strike_all(self._strikes.within("at_end"))
        if self._chunked:
            self._outlet.push(b"0\r\n\r\n")

    def _write(self, data: bytes) -> None:
        """Send a piece of the body, struck where a fault waits for one of its bytes."""
        view = memoryview(data)
        while view:
            if self._cuts and self._cuts[0].after <= self._row.sent:
                self._strike_cut(self._cuts.pop(0))
                continue
            room = self._cuts[0].after - self._row.sent if self._cuts else len(view)
            step = min(len(view), room, self._stride())
            self._put(bytes(view[:step]))
            view = view[step:]

    def _stride(self) -> int:
        """Bytes that may go in one piece from here."""
        sent = self._row.sent
        if self._drip and not any(cut.kind == "drip" for cut in self._cuts):
            return self._drip[0]
        if self._split and self._split.at < 0:
            return 1
        if self._split and sent < self._split.at:
            return self._split.at - sent
        return _PIECE

    def _put(self, data: bytes) -> None:
        self._outlet.push(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
        self._row.sent += len(data)
        if self._drip and not any(cut.kind == "drip" for cut in self._cuts):
            self._outlet.flush()
            self._clock.sleep(self._drip[1])
        elif self._split and (self._split.at < 0 or self._row.sent == self._split.at):
            self._outlet.flush()
            if self._split.at >= 0:
                self._clock.sleep(_SPLIT_PAUSE)

    def _strike_cut(self, fault: Fault) -> None:
        if fault.kind != "drip":
            self._strike_all((fault,))

    def _strike_all(self, faults: tuple[Fault, ...]) -> None:
        for fault in faults:
            self._outlet.flush()
            self._settle()
            self._strikes.strike(fault)


def _open(reply: Reply) -> tuple[Iterable[bytes], int | None]:
    """The pieces of a body and its length, None for a stream."""
    if isinstance(reply.body, bytes):
        return ([reply.body] if reply.body else []), len(reply.body)
    if isinstance(reply.body, FilePiece):
        return _read(reply.body), reply.body.length
    return reply.body(), None


def _read(piece: FilePiece) -> Iterator[bytes]:
    left = piece.length
    with piece.path.open("rb", buffering=0) as file:
        file.seek(piece.start)
        while left and (data := file.read(min(_PIECE, left))):
            left -= len(data)
            yield data


def _head(status: int, headers: dict[str, str], now: float) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    told = {"Date": formatdate(now, usegmt=True), "Server": "uvicorn", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n".encode("latin-1")

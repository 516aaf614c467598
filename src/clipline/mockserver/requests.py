"""The journal of requests: what came in, byte for byte, and what became of it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clipline.errors import redact

__all__ = ["BODY_CAP", "Recorded", "RequestJournal"]

#: How many bytes of a body are kept, and of all bodies together; the oldest go first.
BODY_CAP = 4 * 1024 * 1024
_ALL_CAP = 256 * 1024 * 1024


@dataclass(slots=True)
class Recorded:
    """One request. Its `repr` shows nothing that may be a secret.

    Attributes:
        method: as sent.
        path: with its query, as sent.
        headers: by their names in lower case.
        head: the request line and the headers, byte for byte.
        body: its first bytes, as many as the journal keeps; without the framing of chunks. Empty where so many came
            since that the journal let it go.
        size: bytes of the body that were read.
        status: of the reply; 0 where none was begun.
        sent: bytes of the reply's body that were handed to the socket, before framing.
        route: the route's name, "" for an unknown one.
        faults: kinds of the faults that struck, in their order.
        time: seconds since 1970, by the server's clock.
        complete: whether the reply was sent to its end.
    """

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    head: bytes = field(default=b"", repr=False)
    body: bytes = field(default=b"", repr=False)
    size: int = 0
    status: int = 0
    sent: int = 0
    route: str = ""
    faults: tuple[str, ...] = ()
    time: float = 0.0
    complete: bool = False
    _cap: int = field(default=BODY_CAP, repr=False)
    #: Told how many bytes more are kept.
    _keeps: Callable[[int], None] | None = field(default=None, repr=False, compare=False)

    def took(self, piece: bytes) -> None:
        """More of the body was read."""
        self.size += len(piece)
        if (room := self._cap - len(self.body)) > 0:
            self.body += piece[:room]
            if self._keeps is not None:
                self._keeps(len(piece[:room]))

    def as_json(self) -> dict[str, Any]:
        """The record for a program, without credentials; `body` as text, or `body_base64`."""
        headers = {name: _unseen(name, value) for name, value in self.headers.items()}
        shown = {
            "method": self.method,
            "path": redact(self.path),
            "route": self.route,
            "headers": headers,
            "size": self.size,
            "status": self.status,
            "sent": self.sent,
            "complete": self.complete,
            "faults": list(self.faults),
            "time": self.time,
        }
        try:
            return {**shown, "body": self.body.decode("utf-8")}
        except UnicodeDecodeError:
            return {**shown, "body_base64": base64.b64encode(self.body).decode("ascii")}


def _unseen(name: str, value: str) -> str:
    if name == "x-client-id":
        return "…"
    return f"{value.partition(' ')[0]} …" if name == "authorization" else value


class RequestJournal:
    """All requests in the order of their arrival, each from its first byte on.

    Args:
        cap: bytes of each body that are kept.
    """

    def __init__(self, cap: int = BODY_CAP) -> None:
        self._cap = cap
        self._lock = threading.Lock()
        self._rows: list[Recorded] = []
        #: Bytes of all bodies, and the oldest row that may still have one.
        self._kept = self._oldest = 0

    def begin(self, method: str, path: str, headers: Mapping[str, str], head: bytes, time: float) -> Recorded:
        """A request has come; whoever answers it fills in the rest."""
        row = Recorded(method, path, headers, head, time=time, _cap=self._cap, _keeps=self._keeps)
        with self._lock:
            self._rows.append(row)
        return row

    def _keeps(self, more: int) -> None:
        """Forget the oldest bodies where all together are too long."""
        with self._lock:
            self._kept += more
            while self._kept > _ALL_CAP and self._oldest < len(self._rows) - 1:
                row = self._rows[self._oldest]
                self._kept -= len(row.body)
                row.body = b""
                self._oldest += 1

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> tuple[Recorded, ...]:
        """Copies of all records."""
        return self.after(0)

    def after(self, count: int) -> tuple[Recorded, ...]:
        """Copies of all records but the first `count`."""
        with self._lock:
            return tuple(replace(row) for row in self._rows[count:])

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._rows.clear()
            self._kept = self._oldest = 0

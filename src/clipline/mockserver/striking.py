"""Which faults hit a call, and what those do that need only its connection."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from clipline.clock import Clock
from clipline.mockserver.envelope import Refusal, Reply, html_page, refusal_reply
from clipline.mockserver.faults import Fault
from clipline.mockserver.outlet import Outlet
from clipline.mockserver.requests import Recorded

__all__ = ["FaultBook", "Instead", "Strikes"]

_STALL_SECONDS = 1200.0


class Instead(Exception):
    """This reply goes out in the place of the true one."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("another reply")
        self.reply = reply


@dataclass(slots=True)
class _Counted:
    """A fault with the number of calls that its route has seen."""

    fault: Fault
    calls: int = 0


class FaultBook:
    """The faults of a server, each with the number of calls that its route has seen."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._lock = threading.Lock()
        self._first = tuple(faults)
        self._rows = [_Counted(fault) for fault in self._first]

    def add(self, fault: Fault) -> None:
        """One more; it counts calls from now on."""
        with self._lock:
            self._rows.append(_Counted(fault))

    def clear(self) -> None:
        """No faults any more."""
        with self._lock:
            self._rows.clear()

    def reset(self) -> None:
        """Those that the server began with, counting from the first call."""
        with self._lock:
            self._rows = [_Counted(fault) for fault in self._first]

    def hits(self, route: str, method: str, path: str) -> tuple[Fault, ...]:
        """Count a call, and the faults that hit it."""
        found = []
        with self._lock:
            for row in self._rows:
                if row.fault.matches(route, method, path):
                    row.calls += 1
                    if row.fault.strikes(row.calls):
                        found.append(row.fault)
        return tuple(found)


class Strikes:
    """The faults of one call, which strike as it goes on."""

    def __init__(self, faults: tuple[Fault, ...], outlet: Outlet, clock: Clock, row: Recorded, envelope: str) -> None:
        self.faults = faults
        self._outlet, self._clock, self._row, self._envelope = outlet, clock, row, envelope

    def of(self, kind: str) -> Fault | None:
        """The first fault of this kind, noted as having struck."""
        found = next((fault for fault in self.faults if fault.kind == kind), None)
        if found:
            self.note(found)
        return found

    def note(self, fault: Fault) -> None:
        """Write into the journal that a fault struck."""
        self._row.faults += (fault.kind,)

    def within(self, *phases: str) -> tuple[Fault, ...]:
        """The faults of these phases."""
        return tuple(fault for fault in self.faults if fault.phase in phases)

    def at(self, phase: str) -> None:
        """Let the faults of a phase strike that need only the connection.

        Raises:
            Gone: the connection was broken.
            Instead: another reply is to be sent.
        """
        for fault in self.within(phase):
            self.strike(fault)

    def strike(self, fault: Fault) -> None:
        """Let one strike, as `at` does; nothing happens where its kind shapes the reply or the world."""
        match fault.kind:
            case "reset":
                self.note(fault)
                self._outlet.reset()
            case "close":
                self.note(fault)
                self._outlet.close()
            case "stall":
                self.note(fault)
                self._outlet.flush()
                self._clock.sleep(_STALL_SECONDS if fault.seconds < 0 else fault.seconds)
            case "none":
                self.note(fault)
            case "status":
                self.note(fault)
                message = fault.message or "injected fault"
                refusal = Refusal(fault.code or fault.http_status, message, retry_after=fault.retry_after)
                raise Instead(refusal_reply(refusal, fault.envelope or self._envelope, fault.http_status))
            case "html":
                self.note(fault)
                page = html_page(fault.http_status)
                wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
                raise Instead(Reply(page.status, page.body, {**page.headers, **wait}))
            case _:
                pass

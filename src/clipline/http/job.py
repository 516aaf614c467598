"""Network work on a thread of its own, and the one who waits for it: as long as a clock allows, and not longer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from clipline.clock import Clock
from clipline.errors import CliplineError, ServiceError
from clipline.http.client import unreachable
from clipline.http.line import Line

__all__ = ["CONNECT_SECONDS", "DRAIN_SECONDS", "LOOK_SECONDS", "Job", "Limits"]

Result = TypeVar("Result")

#: Seconds within which a connection, TLS included, must stand.
CONNECT_SECONDS = 10.0
#: How often who waits looks at a clock, which a test may have moved.
LOOK_SECONDS = 0.05
#: After a limit passed and the line is cut: real seconds to read what had arrived before.
DRAIN_SECONDS = 0.5


@dataclass(frozen=True)
class Limits:
    """How long one exchange may take, in seconds by `clock`.

    Attributes:
        clock: its own deadline and token come before all else.
        connect: until the request begins to be written.
        total: for all of it; None for no such limit.
        stall: without a byte moving either way; None for no such limit.
    """

    host: str
    clock: Clock
    begun: float
    connect: float = CONNECT_SECONDS
    total: float | None = None
    stall: float | None = None

    def passed(self, line: Line) -> bool:
        """Whether it must end now."""
        now = self.clock.monotonic()
        return (
            self.clock.remaining == 0.0
            or (self.total is not None and now - self.begun >= self.total)
            or (not line.sent and now - self.begun >= self.connect)
            or (self.stall is not None and line.sent and now - line.moved_at >= self.stall)
        )

    def check(self, line: Line) -> None:
        """Go on only if the clock allows; where it does not, the line is cut.

        Raises:
            Cancelled: the person said stop.
            TimedOut: it was the clock's own deadline. Of both, an `unreachable` is the cause where not a byte of the
                request was written, and none ever will be.
        """
        try:
            self.clock.check()
        except CliplineError as error:
            if line.cut():
                raise
            raise error from unreachable(self.host, "told to stop before anything was sent")

    def error(self, line: Line) -> ServiceError:
        """What to say of a limit that passed; to be asked once the line is cut. Raises as `check` does."""
        self.check(line)
        if not line.sent:
            return unreachable(self.host, "no connection within the time")
        if self.total is not None and self.clock.monotonic() - self.begun >= self.total:
            words = f"{self.host} did not answer within {self.total:g}s"
        else:
            words = f"nothing moved to or from {self.host} for {self.stall or 0:g}s"
        return ServiceError(words, code="deadline", retry="unsure", hint="try again later")


class Job(Generic[Result]):
    """One exchange: `work` runs on a daemon thread, `run` waits for it.

    Attributes:
        is_over: whether `work` has returned or raised; where not, its thread is left to itself.
    """

    def __init__(self, limits: Limits, line: Line, work: Callable[[], Result]) -> None:
        self.is_over = False
        self._limits = limits
        self._line = line
        self._work = work
        self._results: list[Result] = []
        self._error: CliplineError | None = None
        # A signal handler may wake us while this very thread waits: of all queues and events only this one allows it.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()

    def run(self, look: Callable[[], None] = lambda: None) -> Result:
        """Give what `work` gave; call `look` about twenty times a second meanwhile, on this thread.

        Raises:
            CliplineError: what `work` raised, or what the limits say.
        """
        clock = self._limits.clock
        threading.Thread(target=self._run, name=f"http to {self._limits.host}", daemon=True).start()
        forget = clock.token.on_cancel(lambda: self._wake.put(None))
        try:
            passed = self._wait(look)
        finally:
            forget()
            self._line.leave()
        if self._results:
            return self._results[0]
        if passed or clock.cancelled or self._error is None:
            raise self._limits.error(self._line)
        raise self._error

    def _wait(self, look: Callable[[], None]) -> bool:
        """Wait for the end; whether a limit passed first."""
        while not self.is_over and not self._limits.clock.cancelled:
            self._pause(LOOK_SECONDS)
            self._line.look()
            look()
            if not self.is_over and self._limits.passed(self._line):
                self._line.cut()
                self._pause(DRAIN_SECONDS)
                return True
        return False

    def _pause(self, seconds: float) -> None:
        try:
            self._wake.get(timeout=seconds)
        except queue.Empty:
            return

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except CliplineError as error:
            self._error = error
        finally:
            self.is_over = True
            self._wake.put(None)

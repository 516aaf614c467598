"""Time, waiting and being told to stop: one object for all three, so that tests can replace it.

A stage never calls `time.sleep` or reads a clock of its own. `Clock.sleep` ends at once when the run is cancelled or
the deadline passes; `check` is what a loop calls between two pieces of work; `CancelToken.on_cancel` lets a blocked
read be woken (its callback shuts the socket down).
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Self

from clipline.errors import Cancelled, TimedOut

__all__ = ["CancelToken", "Clock", "leaving", "on_leaving"]

_LAST: dict[object, Callable[[], None]] = {}


def on_leaving(callback: Callable[[], None]) -> Callable[[], None]:
    """Call `callback` where the process ends at once, waiting for nothing; returns a function that takes it back.

    For what would outlive the process or be left wrong by it: a program that it started, a terminal.
    """
    key = object()
    _LAST[key] = callback

    def forget() -> None:
        _LAST.pop(key, None)

    return forget


def leaving() -> None:
    """The process ends at once: call who asked for that, the last one first, whatever they raise."""
    while _LAST:
        with contextlib.suppress(Exception):
            _LAST.popitem()[1]()


class CancelToken:
    """Tells everybody who holds it that the run should stop. Safe in any thread and in a signal handler."""

    def __init__(self) -> None:
        self._event = threading.Event()
        # Re-entrant: a signal handler may cancel while the same thread is registering a callback.
        self._lock = threading.RLock()
        self._callbacks: dict[object, Callable[[], None]] = {}
        self.signal_number: int = signal.SIGINT

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def cancel(self, signal_number: int = signal.SIGINT) -> None:
        """Say stop, once; `signal_number` decides the exit status (128 + number)."""
        with self._lock:
            if self._event.is_set():
                return
            self.signal_number = signal_number
            self._event.set()
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` when somebody cancels, at once if that was before; returns a function that takes it back."""
        key = object()
        with self._lock:
            self._callbacks[key] = callback
            late = self._event.is_set()
        if late:
            callback()
        return lambda: self._forget(key)

    def _forget(self, key: object) -> None:
        with self._lock:
            self._callbacks.pop(key, None)

    def wait(self, seconds: float) -> bool:
        """Wait until cancelled, `seconds` at most; whether it was."""
        return self._event.wait(seconds)


class Clock:
    """The time, a deadline and a token, seen together.

    `monotonic` measures waits; `now` is seconds since 1970 (UTC) and may jump. A test's clock overrides `now`,
    `monotonic` and `wait`; everything else follows from these.
    """

    def __init__(self, token: CancelToken | None = None, deadline: float | None = None) -> None:
        self.token = token or CancelToken()
        #: By `monotonic`; None where nothing limits the time.
        self.deadline = deadline

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never jumps."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass, less if cancelled. Only `sleep` calls this."""
        self.token.wait(seconds)

    def within(self, seconds: float | None) -> Self:
        """The same clock with a deadline at most `seconds` from now."""
        if seconds is None:
            return self
        deadline = self.monotonic() + seconds
        return self._with(self.token, deadline if self.deadline is None else min(self.deadline, deadline))

    def with_token(self, token: CancelToken, deadline: float | None = None) -> Self:
        """The same clock for work that a token of its own cancels."""
        return self._with(token, deadline)

    def _with(self, token: CancelToken, deadline: float | None) -> Self:
        """A copy; a test's clock overrides this to keep sharing its time."""
        return type(self)(token, deadline)

    @property
    def remaining(self) -> float | None:
        """Seconds until the deadline, not below 0; None where there is none."""
        return None if self.deadline is None else max(0.0, self.deadline - self.monotonic())

    @property
    def cancelled(self) -> bool:
        """Whether the run was told to stop."""
        return self.token.cancelled

    def check(self) -> None:
        """Go on only if that makes sense.

        Raises:
            Cancelled: the run was told to stop.
            TimedOut: the deadline has passed.
        """
        if self.token.cancelled:
            raise Cancelled(signal_number=self.token.signal_number)
        if self.remaining == 0.0:
            raise TimedOut("the time allowed for this is over", hint="raise `timeout`, or give the stage less to do")

    def countdown(self, seconds: float) -> Iterator[float]:
        """Wait `seconds`, one at a time; gives before each how many are left, so that they can be told."""
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:
            yield left
            self.sleep(min(1.0, left))

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`, or raise as `check` does as soon as it would."""
        end = self.monotonic() + seconds
        self.check()
        while (left := end - self.monotonic()) > 0:
            self.wait(left if self.remaining is None else min(left, self.remaining))
            self.check()

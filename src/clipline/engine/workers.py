"""Threads that stages run on: daemons, reused, and left behind when a native call does not return."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from clipline.clock import Clock

__all__ = ["Abandoned", "Task", "Workers"]

T = TypeVar("T")

#: Seconds within which most stages that have nothing to do are done.
SHORT = 0.02
#: Seconds between two looks at a deadline, which may be moved while somebody waits for it.
_LOOK = 5.0


class Abandoned(Exception):
    """The work did not end in the time it had after it was told to stop; its thread goes on alone."""


class Task(Generic[T]):
    """Work that was handed to a thread."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._value: T
        self._error: BaseException | None = None
        # A SimpleQueue and no Event: a signal handler may put into it while this very thread waits on it.
        self._wake: SimpleQueue[bool] = SimpleQueue()

    def run(self) -> None:
        """Do the work; called on the thread."""
        try:
            self._value = self._work()
        except (KeyboardInterrupt, SystemExit) as error:  # what ends a program is raised in the main thread, never here
            self._error = RuntimeError(f"it raised {type(error).__name__}")
            self._error.__cause__ = error
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is the waiting thread's to see
            self._error = error

    def ended(self) -> None:
        """Tell who waits."""
        self._wake.put(True)

    def result(self) -> T:
        """Wait for the end, and give or raise what it came to."""
        while not self._wake.get():
            pass
        return self._outcome()

    def supervise(self, clock: Clock, grace: float, *, on_slow: Callable[[], None], on_stop: Callable[[], None]) -> T:
        """Wait for the end, at most until `grace` seconds after the clock's token or deadline says stop.

        `on_slow` is called once if it is not a matter of milliseconds, `on_stop` once when it was told to stop. What
        `on_slow` raises is raised, `grace` seconds later at most, so that the work is not cut off while it writes.

        Raises:
            Abandoned: the work did not end in time.
        """
        if self._wait(SHORT):
            return self._outcome()
        try:
            on_slow()
        except BaseException:
            self._ends_within(grace)
            raise
        forget = clock.token.on_cancel(lambda: self._wake.put(False))
        try:
            while not clock.cancelled and clock.remaining != 0.0:
                left = clock.remaining
                if self._wait(None if left is None else min(left, _LOOK)):
                    return self._outcome()
            on_stop()
            if self._ends_within(grace):
                return self._outcome()
        finally:
            forget()
        raise Abandoned

    def _wait(self, seconds: float | None) -> bool:
        """Whether the work ended; False when something else woke us, or the time is over."""
        try:
            return self._wake.get(timeout=seconds)
        except Empty:
            return False

    def _ends_within(self, seconds: float) -> bool:
        """Wait by the real time, whatever the clock: a native call knows of no other."""
        end = time.monotonic() + seconds
        while True:
            if self._wait(max(0.0, end - time.monotonic())):
                return True
            if time.monotonic() >= end:
                return False

    def _outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value


class Workers:
    """As many threads as work needs at once, each used again and again."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle: list[_Worker] = []
        self._closed = False

    def start(self, work: Callable[[], T]) -> Task[T]:
        """Hand work to an idle thread, or to a new one."""
        task = Task(work)
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self)
        worker.inbox.put(task)
        return task

    def take_back(self, worker: _Worker) -> bool:
        """Whether a thread that ended its work should wait for more."""
        self._idle.append(worker)
        return not self._closed

    def close(self) -> None:
        """Let idle threads end; those that are busy end with their work."""
        self._closed = True
        while self._idle:
            self._idle.pop().inbox.put(None)


class _Worker:
    def __init__(self, owner: Workers) -> None:
        self._owner = owner
        self.inbox: SimpleQueue[Task[Any] | None] = SimpleQueue()
        threading.Thread(target=self._loop, name=owner._name, daemon=True).start()  # noqa: SLF001  # one module

    def _loop(self) -> None:
        while (task := self.inbox.get()) is not None:
            task.run()
            waits = self._owner.take_back(self)
            task.ended()  # after: whoever waits for it may hand out the next work at once
            if not waits:
                return

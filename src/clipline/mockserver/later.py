"""Effects: done now, done later, or lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from clipline.clock import Clock
from clipline.mockserver.envelope import Reply

__all__ = ["Effect", "LaterList", "Prepared"]


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reply with what it says was done: `commit` does it, `abandon` takes back what was reserved for it."""

    reply: Reply
    commit: Callable[[], None] = _nothing
    abandon: Callable[[], None] = _nothing


class LaterList:
    """What is to be done when its time has come; somebody has to look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rows: list[tuple[float, Callable[[], None]]] = []

    def put(self, seconds: float, act: Callable[[], None]) -> None:
        """Do this in so many seconds."""
        with self._lock:
            self._rows.append((self._clock.monotonic() + seconds, act))

    def look(self) -> None:
        """Do all whose time has come."""
        now = self._clock.monotonic()
        with self._lock:
            due = sorted((row for row in self._rows if row[0] <= now), key=lambda row: row[0])
            self._rows = [row for row in self._rows if row[0] > now]
        for _, act in due:
            act()

    def clear(self) -> None:
        """Do none of it."""
        with self._lock:
            self._rows.clear()


class Effect:
    """The effect of one call, which comes once or never.

    Args:
        prepared: what `settle` does, and `abort` takes back.
        lost: whether `settle` takes it back too.
        delay: puts `settle` off by so many seconds.
        later: where to.
    """

    def __init__(self, prepared: Prepared, later: LaterList, *, lost: bool = False, delay: float = 0.0) -> None:
        self._prepared = prepared
        self._lost = lost
        self._open = True
        self._lock = threading.Lock()
        if delay:
            self._open = False
            later.put(delay, prepared.commit)

    def settle(self) -> None:
        """Let it come, unless it came or was aborted."""
        self._end(self._prepared.abandon if self._lost else self._prepared.commit)

    def abort(self) -> None:
        """Let it never come, unless it came."""
        self._end(self._prepared.abandon)

    def _end(self, act: Callable[[], None]) -> None:
        with self._lock:
            was_open, self._open = self._open, False
        if was_open:
            act()

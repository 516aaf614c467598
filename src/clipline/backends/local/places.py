"""How many renders share this machine: one budget of threads, and half of the memory that is free.

The machine is one for all runs of a process, so this is too. A render that does not fit waits for another to end; one
alone always goes on, whatever it needs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clipline.clock import Clock
from clipline.studio.pictures.memory import free_memory
from clipline.values import JsonObject, Size

__all__ = ["PLACES", "Places", "memory_for", "threads"]

#: Seconds between two looks of a render that waits.
_LOOK_SECONDS = 0.2


def memory_for(size: Size) -> int:
    """Bytes that a render of pictures of this size may take: measured are 243 MB at 720p and 396 MB at 1080p."""
    return 120_000_000 + 133 * size.width * size.height


def threads(settings: JsonObject) -> int:
    """How many threads a codec may use: the setting `studio.threads`, or all cores."""
    return int(settings.get("studio", {}).get("threads") or 0) or os.cpu_count() or 2


class Places:
    """The renders that are going on; `free` tells the bytes of memory that are free, None where nobody knows."""

    def __init__(self, free: Callable[[], int | None]) -> None:
        self._free = free
        self._lock = threading.Lock()
        self._taken: list[int] = []

    @contextmanager
    def one(self, memory: int, threads: int, clock: Clock, waits: Callable[[], None]) -> Iterator[int]:
        """A place for a render that takes `memory` bytes; gives its share of `threads`, 1 at least.

        `waits` is called once if there is no room yet.

        Raises:
            Cancelled, TimedOut: by the clock, while waiting.
        """
        if not self._take(memory):
            waits()
            while not self._take(memory):
                clock.sleep(_LOOK_SECONDS)
        try:
            yield max(1, threads // len(self._taken))
        finally:
            with self._lock:
                self._taken.remove(memory)

    def _take(self, memory: int) -> bool:
        with self._lock:
            if self._taken and not self._fits(memory):
                return False
            self._taken.append(memory)
            return True

    def _fits(self, memory: int) -> bool:
        free = self._free()
        reserved = sum(self._taken)
        # What the others take, or are about to, counts as theirs and not as gone.
        return free is None or reserved + memory <= (free + reserved) / 2


PLACES = Places(free_memory)

"""How many jobs of one service go on at once: the machine is one for all runs of a process, so this is too."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clipline.clock import Clock

__all__ = ["place"]

#: Seconds between two looks of one that waits.
_LOOK_SECONDS = 0.2
_LOCK = threading.Lock()
_TAKEN: Counter[str] = Counter()


@contextmanager
def place(service: str, most: int, clock: Clock, waits: Callable[[], None]) -> Iterator[None]:
    """One of `most` places at a service; `waits` is called once where none is free yet.

    Raises:
        Cancelled, TimedOut: by the clock, while waiting.
    """
    if not _take(service, most):
        waits()
        while not _take(service, most):
            clock.sleep(_LOOK_SECONDS)
    try:
        yield
    finally:
        with _LOCK:
            _TAKEN[service] -= 1


def _take(service: str, most: int) -> bool:
    with _LOCK:
        if _TAKEN[service] >= most:
            return False
        _TAKEN[service] += 1
        return True

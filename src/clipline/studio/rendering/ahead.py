"""Runs an iterator ahead of who reads it, on a thread of its own.

Chained, this makes the studio's three threads: `ahead(process(ahead(decode())))` read by the encoder. Errors come out
where the items would have; closing the reader stops every thread behind it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from typing import TypeVar

from clipline.clock import Clock

__all__ = ["ahead"]

T = TypeVar("T")
_TICK = 0.1  # seconds between two looks at the clock while nothing arrives


class _End:
    """The last thing that a thread says: how its iterator ended."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Generator[T, None, None], clock: Clock, *, depth: int, name: str) -> Generator[T, None, None]:
    """Yield what `items` yields, while a thread called `name` works at most `depth` items ahead.

    The thread starts with the first item asked for, and has ended when this generator is exhausted, raised, or closed.

    Raises:
        Cancelled, TimedOut: by the clock.
        BaseException: whatever `items` raised.
    """
    ready: queue.Queue[T | _End] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: T | _End) -> bool:
        while not stop.is_set():
            try:
                ready.put(item, timeout=_TICK)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not put(item):
                    break
        except BaseException as caught:  # noqa: BLE001 - handed to the reader, who raises it
            error = caught
        finally:
            items.close()
        put(_End(error))

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        while True:
            clock.check()
            try:
                item = ready.get(timeout=_TICK)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        thread.join()

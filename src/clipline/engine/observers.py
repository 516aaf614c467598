"""Those who watch a run: on a thread of their own, and never able to fail or hold it up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, Full, Queue

from clipline.events import Event

__all__ = ["Observers"]

#: Events that wait for slow observers; what comes beyond is dropped and counted.
QUEUE_SIZE = 1000
#: Seconds after which an observer that does not return is switched off for the run.
PATIENCE = 2.0

Observer = tuple[str, Callable[[Event], None]]


class Observers:
    """Hands each event to each observer, in order.

    `dropped` counts events that nobody was quick enough for; `switched_off` names the observers that were too slow,
    each with the reason.
    """

    def __init__(self, observers: Sequence[Observer], patience: float = PATIENCE) -> None:
        self._active = list(observers)
        self._patience = patience
        self._queue: Queue[Event] = Queue(QUEUE_SIZE)
        #: Who is being called, and since when; None between two calls.
        self._calling: tuple[Observer, float] | None = None
        self._turn = 0
        self.dropped = 0
        self.switched_off: dict[str, str] = {}
        if self._active:
            self._start()

    def tell(self, event: Event) -> None:
        """Pass an event on, without waiting."""
        if not self._active:
            return
        self._look_after()
        try:
            self._queue.put_nowait(event)
        except Full:
            self.dropped += 1

    def close(self) -> None:
        """Let the observers see what is left, each for as long as its patience allows."""
        while self._active and self._queue.unfinished_tasks:
            self._look_after()
            time.sleep(0.001)
        self._turn += 1

    def _start(self) -> None:
        self._turn += 1
        threading.Thread(target=self._loop, args=(self._turn,), name="clipline-observers", daemon=True).start()

    def _look_after(self) -> None:
        """Switch off whoever hangs, and go on with the others on a new thread."""
        calling = self._calling
        if calling and time.monotonic() - calling[1] > self._patience:
            self._switch_off(calling[0], f"a call took over {self._patience:g} s")
            self._calling = None
            self._queue.task_done()  # the rest of the hanging thread's event is given up
            self._start()

    def _switch_off(self, observer: Observer, why: str) -> None:
        self.switched_off[observer[0]] = why
        self._active = [other for other in self._active if other is not observer]

    def _loop(self, turn: int) -> None:
        while turn == self._turn:
            try:
                event = self._queue.get(timeout=0.2)
            except Empty:
                continue
            for observer in list(self._active):
                self._call(observer, event, turn)
                if turn != self._turn:
                    return  # another thread took over while this one hung
            self._queue.task_done()

    def _call(self, observer: Observer, event: Event, turn: int) -> None:
        started = time.monotonic()
        self._calling = (observer, started)
        try:
            observer[1](event)
        except BaseException as error:  # noqa: BLE001  # nobody who watches may fail a run, nor end the thread of all
            self.switched_off.setdefault(observer[0], f"it failed: {type(error).__name__}: {error}")
        if turn == self._turn:
            self._calling = None
            if time.monotonic() - started > self._patience:
                self._switch_off(observer, f"a call took over {self._patience:g} s")

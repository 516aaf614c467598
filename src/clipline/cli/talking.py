"""How the work on one sentence is shown: little, since the reply follows.

A backend tells as notes what it then returns as its result, too. So a note waits a moment before it is shown; what
turns out to be part of the reply is said once, as the reply.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from clipline.cli import console
from clipline.cli.progress import Board, in_lines, line_of, watching
from clipline.events import Event

__all__ = ["Held", "talking"]

#: Seconds that a note waits.
PATIENCE = 1.0

Watch = Callable[[Event], None]


class Held:
    """Notes that wait to be shown by `show`, where any may wait; everything else is shown at once.

    `now` tells the seconds by which a wait is measured.
    """

    def __init__(self, show: Watch, *, waits: bool = True, now: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._waits = waits
        self._now = now
        self._waiting: list[tuple[float, Event]] = []
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Take an event; this is a run's `on_event`."""
        with self._lock:
            if event.type == "stage.note" and self._waits:
                self._waiting.append((self._now(), event))
                return
        self._show(event)

    def show_old(self) -> None:
        """Show what has waited for long enough."""
        with self._lock:
            now = self._now()
            due = [event for since, event in self._waiting if now - since >= PATIENCE]
            self._waiting = [(since, event) for since, event in self._waiting if now - since < PATIENCE]
        for event in due:
            self._show(event)

    def show_rest(self, reply: str) -> None:
        """The reply is there: show what waits and is no part of it."""
        with self._lock:
            rest, self._waiting = self._waiting, []
        said = set(reply.splitlines())
        for _, event in rest:
            lines = str(event.data.get("text", "")).splitlines()
            if not set(lines) <= said:
                self._show(event)


@contextmanager
def talking(mode: str) -> Iterator[Held]:
    """What shows the events of a conversation's runs; `mode` is auto, plain, json or none.

    `auto` is a bar on a terminal, and elsewhere the notes alone. Only then do notes wait: other forms are logs.
    """
    with _watch(mode) as show:
        held, over = Held(show, waits=mode == "auto"), threading.Event()

        def flush() -> None:
            while not over.wait(PATIENCE / 4):
                held.show_old()

        thread = threading.Thread(target=flush, name="clipline-talk", daemon=True)
        thread.start()
        try:
            yield held
        finally:
            over.set()
            thread.join()
            held.show_rest("")


def _watch(mode: str) -> AbstractContextManager[Watch]:
    return in_lines(_bare_line) if mode == "auto" and not console.is_terminal(sys.stderr) else watching(mode)


def _bare_line(_: Board, event: Event) -> str | None:
    """A note without the name of its stage: in a conversation there is only one."""
    return line_of(replace(event, stage=""), ends=False)

"""The work that an executor is given for each run, and how the runs that it does elsewhere are watched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from clipline.app.running import OnEvent, execute_run
from clipline.clock import Clock
from clipline.engine.results import RunResult
from clipline.errors import CliplineError, UsageError
from clipline.journal import Journal
from clipline.settings import Settings
from clipline.stage import RunOrder
from clipline.values import JsonObject, Secret

__all__ = ["CarryOut", "Follower", "refused"]

#: Seconds between two looks at the journal for what runs elsewhere tell.
_LOOK = 0.5


class CarryOut:
    """`Work` of executors: carries out an order, and raises nothing that is not a bug.

    Pickled, it takes along what was set for this call; all else the other process reads from its own environment and
    files. `here` holds the runs that were carried out in this process, whose events came to `on_event`.
    """

    def __init__(self, settings: Settings | Mapping[str, Any] | None, on_event: OnEvent | None = None) -> None:
        self._settings = settings
        self._on_event = on_event
        self.here: set[str] = set()

    def __call__(self, order: RunOrder, clock: Clock | None) -> JsonObject:
        """Carry out an order; see `clipline.stage.Work`."""
        self.here.add(order.run_id)
        try:
            return execute_run(
                order.run_id, order.journal, clock=clock, settings=self._settings, on_event=self._on_event
            )
        except CliplineError as error:
            return refused(order.run_id, error)

    def __reduce__(self) -> tuple[type[Self], tuple[Mapping[str, Any]]]:
        """Make it ready for another process.

        Raises:
            UsageError: a secret was given as a value, which is handed to no other process.
        """
        given = self._settings
        if isinstance(given, Settings):
            given = {name: given[name] for name in given if given.origin(name) == "flag"}
        for name, value in (given or {}).items():
            if isinstance(value, Secret):
                raise UsageError(
                    f"{name} was given as a value, which is handed to no other process",
                    hint="set its environment variable, which `clipline config` names",
                )
        return type(self), (dict(given or {}),)


def refused(run_id: str, error: CliplineError) -> JsonObject:
    """The result of a run that could not be begun or gone on with."""
    return RunResult(run_id, "", "failed", error.exit, errors=({"stage": "", **error.as_json()},)).as_json()


class Follower:
    """Tells of runs that are carried out elsewhere, as the journal learns of them; `follow` names those to look at."""

    def __init__(self, journal: Journal, on_event: OnEvent, is_here: Callable[[str], bool]) -> None:
        self._journal = journal
        self._on_event = on_event
        self._is_here = is_here
        self._last: dict[str, int] = {}
        self._guard = threading.Lock()
        self._over = threading.Event()

    def follow(self, run_id: str) -> None:
        """Tell what becomes of this run from now on."""
        events = self._journal.events(run_id)
        with self._guard:
            self._last[run_id] = events[-1].sequence if events else 0

    def leave(self, run_id: str) -> None:
        """The run ended: tell the rest, and look no more."""
        self._look(run_id)
        with self._guard:
            self._last.pop(run_id, None)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Look now and then while the `with` lasts."""
        watch = threading.Thread(target=self._watch, name="clipline-follower", daemon=True)
        watch.start()
        try:
            yield
        finally:
            self._over.set()
            watch.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK):
            for run_id in list(self._last):
                try:
                    self._look(run_id)
                except CliplineError:  # a busy journal: the next look tells it
                    continue

    def _look(self, run_id: str) -> None:
        with self._guard:
            if run_id not in self._last or self._is_here(run_id):
                return
            for event in self._journal.events(run_id, self._last[run_id]):
                self._last[run_id] = event.sequence
                self._on_event(event)

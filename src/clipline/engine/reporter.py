"""Numbers the events of a run and passes them on: to the journal, to the caller, to observers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from clipline.clock import Clock
from clipline.engine.observers import Observers
from clipline.engine.secrets import Secrets
from clipline.errors import PluginError
from clipline.events import Event, for_the_record
from clipline.journal import RunWriter
from clipline.journal.rows import dump

__all__ = ["Reporter"]

#: Seconds after which events are written although no stage started or ended.
FLUSH_SECONDS = 0.5


class Reporter:
    """One door for all events, so that everybody sees the same ones in the same order.

    The caller's own function gets an address for the person whole; the journal and observers get what may be kept.
    `callback_error` says how the caller's own function failed the first time; nobody is bothered with it twice.
    """

    def __init__(
        self,
        writer: RunWriter,
        clock: Clock,
        secrets: Secrets,
        on_event: Callable[[Event], None] | None,
        observers: Observers,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._secrets = secrets
        self._on_event = on_event
        self.observers = observers
        self._sequence = writer.last_sequence
        self._flushed = clock.monotonic()
        # Re-entrant: the caller's function may do what makes the next event.
        self._lock = threading.RLock()
        self.callback_error = ""

    def emit(self, type_: str, stage: str = "", data: Mapping[str, Any] | None = None) -> None:
        """Tell everybody.

        Raises:
            PluginError: `data` is not JSON.
            MachineError: the journal cannot be written, or the run is no longer ours.
        """
        data = data or {}
        try:
            text = dump(data)
        except (TypeError, ValueError) as error:
            raise PluginError(f"the event {type_!r} of {stage!r} is not JSON: {error}") from error
        clean = self._secrets.scrub(text)
        if clean != text:
            data, text = json.loads(clean), clean
        kept = for_the_record(type_, data)
        if kept is not data:
            text = dump(kept)
        with self._lock:
            self._sequence += 1
            event = Event(self._writer.run_id, self._sequence, self._clock.now(), type_, stage, data)
            record = replace(event, data=kept)
            self._writer.add_event(record, text)
            self._call_back(event)
            self.observers.tell(record)
            if self._clock.monotonic() - self._flushed > FLUSH_SECONDS:
                self._flushed = self._clock.monotonic()
                self._writer.flush()

    def _call_back(self, event: Event) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception as error:  # noqa: BLE001  # whoever watches cannot fail a run
            if not self.callback_error:
                self.callback_error = f"{type(error).__name__}: {error}"
                self.emit("stage.note", "", {"text": f"the function given as on_event failed: {self.callback_error}"})

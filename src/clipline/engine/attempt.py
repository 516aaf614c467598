"""One attempt at a stage, as its effects, files and events see it; once abandoned it can do nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clipline.clock import Clock
from clipline.engine.reporter import Reporter
from clipline.errors import Cancelled
from clipline.events import Finding
from clipline.journal import RunWriter

__all__ = ["Attempt"]

#: Seconds between two events of progress; what comes in between tells nobody anything.
PROGRESS_SECONDS = 0.1
#: A guess of the seconds left says something after this time and this part of the work.
GUESS_SECONDS, GUESS_FRACTION = 1.0, 0.02


@dataclass
class Attempt:
    """`path` and `number` name it in the run; `findings` are what the engine itself found during it."""

    path: str
    number: int
    clock: Clock
    writer: RunWriter
    reporter: Reporter
    findings: list[Finding] = field(default_factory=list)
    _abandoned: bool = False
    _started: float = 0.0
    _last_progress: float = float("-inf")

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()

    def abandon(self) -> None:
        """Nobody waits for this attempt any more: whatever it still does stays without consequence."""
        self._abandoned = True

    def check(self) -> None:
        """Go on only if somebody waits for it.

        Raises:
            Cancelled: the attempt was given up.
        """
        if self._abandoned:
            raise Cancelled("this attempt was given up", signal_number=self.clock.token.signal_number)

    def emit(self, type_: str, data: Mapping[str, Any]) -> None:
        """Tell an event of this stage; what `StageCall.emit` is."""
        if self._abandoned:
            return
        if type_ == "stage.progress":
            now = self.clock.monotonic()
            if now - self._last_progress < PROGRESS_SECONDS and data.get("fraction") != 1:
                return
            self._last_progress = now
            data = {**data, "seconds_left": self._seconds_left(data.get("fraction"), now)}
        self.reporter.emit(type_, self.path, data)

    def _seconds_left(self, fraction: object, now: float) -> float | None:
        spent = now - self._started
        if not isinstance(fraction, (int, float)) or fraction < GUESS_FRACTION or spent < GUESS_SECONDS:
            return None
        return round(max(0.0, spent * (1 - fraction) / fraction), 1)

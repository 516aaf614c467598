"""One attempt at a stage, as its effects, files and events see it; once it is over it can do nothing more."""

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
#: A guess of the seconds left says something after this time and this part of the work, both since the first that was
#: told: what a service tells first may have been long in the making.
GUESS_SECONDS, GUESS_FRACTION = 1.0, 0.02


@dataclass
class Attempt:
    """`path` and `number` name it in the run, `row` in the journal; `findings` are those that came up during it."""

    path: str
    number: int
    clock: Clock
    writer: RunWriter
    reporter: Reporter
    row: int = 0
    findings: list[Finding] = field(default_factory=list)
    _over: bool = False
    _last_progress: float = float("-inf")
    #: When the first part of the work at hand was told, and how much it was.
    _first: tuple[float, float] = (0.0, 0.0)
    _fraction: float = float("inf")

    def close(self) -> None:
        """The attempt is over: whatever a thread that was left behind still does stays without consequence."""
        self._over = True

    def check(self) -> None:
        """Go on only if somebody waits for it.

        Raises:
            Cancelled: the attempt is over.
        """
        if self._over:
            raise Cancelled("this attempt is over", signal_number=self.clock.token.signal_number)

    def emit(self, type_: str, data: Mapping[str, Any]) -> None:
        """Tell an event of this stage; what `StageCall.emit` is."""
        if self._over:
            return
        if type_ == "finding":  # told at the end of the attempt, with those of its result, and kept with them
            self.findings.append(Finding.from_json(data))
            return
        if type_ == "stage.progress":
            now = self.clock.monotonic()
            if now - self._last_progress < PROGRESS_SECONDS and data.get("fraction") != 1:
                return
            self._last_progress = now
            data = {"seconds_left": self._seconds_left(data.get("fraction"), now), **data}
        self.reporter.emit(type_, self.path, data)

    def _seconds_left(self, fraction: object, now: float) -> float | None:
        if not isinstance(fraction, (int, float)):
            return None
        if fraction < self._fraction:  # less than before is other work
            self._first = (now, fraction)
        self._fraction = fraction
        spent, done = now - self._first[0], fraction - self._first[1]
        if done < GUESS_FRACTION or spent < GUESS_SECONDS:
            return None
        return round(max(0.0, spent * (1 - fraction) / done), 1)

"""The mock's own time: it passes like everybody's, and jumps when somebody moves it."""

from __future__ import annotations

import threading
from typing import Self

from clipline.clock import CancelToken, Clock

__all__ = ["MovableClock"]


class _Offset:
    """How far a clock and its copies were moved, and who waits for that."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.moved = threading.Condition()


class MovableClock(Clock):
    """Real time plus what `advance` added; everybody who sleeps on it wakes when it moves and looks again."""

    def __init__(self, token: CancelToken | None = None, deadline: float | None = None) -> None:
        super().__init__(token, deadline)
        self._offset = _Offset()

    def now(self) -> float:
        """Seconds since 1970, moved."""
        return super().now() + self._offset.seconds

    def monotonic(self) -> float:
        """Seconds since some fixed moment, moved."""
        return super().monotonic() + self._offset.seconds

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass, less if the clock is moved or the token cancels."""
        forget = self.token.on_cancel(self._wake)
        try:
            with self._offset.moved:
                if not self.token.cancelled:
                    self._offset.moved.wait(seconds)
        finally:
            forget()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once, for all copies of this clock."""
        with self._offset.moved:
            self._offset.seconds += seconds
            self._offset.moved.notify_all()

    def _wake(self) -> None:
        with self._offset.moved:
            self._offset.moved.notify_all()

    def _with(self, token: CancelToken, deadline: float | None) -> Self:
        copy = super()._with(token, deadline)
        copy._offset = self._offset  # noqa: SLF001 - an instance of this very class
        return copy

"""A clock whose time a test moves, so that waits of minutes take no time."""

from __future__ import annotations

from typing import Self

from clipline.clock import CancelToken, Clock

__all__ = ["VirtualClock"]

#: 2026-01-01 00:00 UTC.
START = 1_767_225_600.0


class _Time:
    """The time that a clock and all its copies share."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.waits: list[float] = []


class VirtualClock(Clock):
    """A clock that stands still until somebody waits on it: `sleep(60)` returns at once and 60 s have passed.

    `waits` lists how long each wait was, in their order, over this clock and all its copies (`within`, `with_token`).

    Example:
        >>> clock = VirtualClock()
        >>> clock.sleep(60)
        >>> clock.monotonic(), clock.waits
        (60.0, [60.0])
    """

    def __init__(self, token: CancelToken | None = None, deadline: float | None = None) -> None:
        super().__init__(token, deadline)
        self._time = _Time()

    def now(self) -> float:
        """Seconds since 1970: the first moment of 2026, plus what has passed."""
        return START + self._time.passed

    def monotonic(self) -> float:
        """Seconds that have passed."""
        return self._time.passed

    def wait(self, seconds: float) -> None:
        """Let the time pass without waiting."""
        self._time.waits.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass as if somebody else had waited."""
        self._time.passed += seconds

    @property
    def waits(self) -> tuple[float, ...]:
        """Every wait so far, in seconds."""
        return tuple(self._time.waits)

    def _with(self, token: CancelToken, deadline: float | None) -> Self:
        copy = super()._with(token, deadline)
        copy._time = self._time  # the copies tell the same time  # noqa: SLF001 - an instance of this very class
        return copy

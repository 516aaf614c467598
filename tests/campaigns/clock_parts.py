"""Two clocks on one time: the service's, which is right, and a person's, whose wall clock is set to another time.

A program learns of a jump only by its next reading of the wall clock. So the jumps of a cell happen right before a
reading, named by who reads and the how-manyth time; to jump before each of them is to jump at every moment there is.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Self

import clipline
from clipline.clock import CancelToken, Clock

__all__ = ["JUMPS", "START", "Jump", "PersonsClock", "RightClock", "Time"]

#: 2026-01-01 00:00 UTC.
START = 1_767_225_600.0
_HOUR, _DAY = 3600.0, 86_400.0
_ROOT = Path(clipline.__file__).parent
#: Whose readings only date what is told: no decision hangs on them.
_TELLERS = frozenset({"engine/reporter.py"})


@dataclass(frozen=True, slots=True)
class Jump:
    """The wall clock goes by `seconds`, or to the moment `to`; or the machine sleeps so long, and the world goes on."""

    name: str
    seconds: float = 0.0
    to: float | None = None
    asleep: bool = False


JUMPS = (
    Jump("+8 days", 8 * _DAY),
    Jump("-8 days", -8 * _DAY),
    Jump("+1 hour", _HOUR),
    Jump("-1 hour", -_HOUR),
    Jump("to 1970", to=0.0),
    Jump("to 2100", to=4_102_444_800.0),
    Jump("asleep for an hour", _HOUR, asleep=True),
)


@dataclass
class Time:
    """What both clocks tell: the true time that has passed, and how the person's clocks differ from it.

    `offset` is that of the wall clock; `slept` what `monotonic` does not count; `seen` are the readings of the wall
    clock in their order. `jump` comes before the reading `at`.
    """

    jump: Jump | None = None
    at: str = ""
    passed: float = 0.0
    offset: float = 0.0
    slept: float = 0.0
    seen: list[str] = field(default_factory=list)
    has_jumped: bool = False
    _counts: Counter[str] = field(default_factory=Counter)

    def read(self, site: str) -> float:
        """The person's wall clock, read by `site`."""
        if site:
            self._counts[site] += 1
            name = f"{site} #{self._counts[site]}"
            self.seen.append(name)
            if name == self.at:
                self.leap()
        return START + self.passed + self.offset

    def leap(self) -> None:
        """The jump comes, once."""
        if self.jump is None or self.has_jumped:
            return
        self.has_jumped = True
        if self.jump.asleep:
            self.passed += self.jump.seconds
            self.slept += self.jump.seconds
        elif self.jump.to is not None:
            self.offset = self.jump.to - START - self.passed
        else:
            self.offset = self.jump.seconds


class RightClock(Clock):
    """The true time; a wait takes none of ours."""

    def __init__(self, time: Time, token: CancelToken | None = None, deadline: float | None = None) -> None:
        super().__init__(token, deadline)
        self._time = time

    def now(self) -> float:
        """Seconds since 1970."""
        return START + self._time.passed

    def monotonic(self) -> float:
        """Seconds that have passed."""
        return self._time.passed

    def wait(self, seconds: float) -> None:
        """Let the time pass without waiting."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._time.passed += seconds

    def _with(self, token: CancelToken, deadline: float | None) -> Self:
        return type(self)(self._time, token, deadline)


class PersonsClock(RightClock):
    """The clocks of a machine whose wall clock jumps; `monotonic` does not, and stands still while it sleeps."""

    def now(self) -> float:
        """Seconds since 1970, by the wall clock."""
        return self._time.read(_site(sys._getframe(1)))  # who reads is what names the moment

    def monotonic(self) -> float:
        """Seconds that were not slept."""
        return self._time.passed - self._time.slept


def _site(frame: FrameType) -> str:
    """The function that reads, "" where it only dates what is told."""
    path = Path(frame.f_code.co_filename)
    name = path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name
    return "" if name in _TELLERS else f"{name.removesuffix('.py')}.{frame.f_code.co_name}"

"""How likely it is that what was seen here and there is one that moves: a Kalman filter of nearly constant velocity.

Whoever goes on at the same pace is likely, whoever turns or stops less so, and whoever would have to leap hardly so.
Distances count in the length of the longer side: who is far goes fewer pixels in a second. Outliers do not count
without bound (as in Student's t distribution), since boxes are wrong at times. The model is the usual one of white
noise acceleration (Bar-Shalom, Li, Kirubarajan: Estimation with Applications to Tracking and Navigation, 6.2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, pi
from typing import TypeAlias

__all__ = ["Sighting", "Walk"]

_NOISE = 0.05  # of its longer side is how far a box is off
_SPEED = (1.0, 0.25)  # sides in a second, across and down, that are usual
_CHANGE = (0.4, 0.2)  # by which it changes within a second
_TAIL = 4.0  # degrees of freedom

#: Place and speed along an axis, and the variances of the place, of both together and of the speed.
_Axis: TypeAlias = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where somebody's middle is, and their longer side, in pixels at a time in seconds.

    `off` is how much further off than usual the place may be.
    """

    time: float
    place: tuple[float, float]
    side: float
    off: float = 1.0


@dataclass(frozen=True, slots=True)
class Walk:
    """What is known of somebody's way after some sightings.

    `log_likelihood` is the logarithm of how likely these places are, given the first: a density in square pixels.
    """

    time: float
    axes: tuple[_Axis, _Axis]
    log_likelihood: float = 0.0

    @classmethod
    def through(cls, seen: Sequence[Sighting]) -> Walk:
        """The way through sightings at rising times."""
        first = seen[0]
        noise = (_NOISE * first.off * first.side) ** 2
        across, down = (
            (place, 0.0, noise, 0.0, (speed * first.side) ** 2)
            for place, speed in zip(first.place, _SPEED, strict=True)
        )
        return cls(first.time, (across, down)).on(seen[1:])

    def next_likelihood(self, one: Sighting) -> float:
        """The logarithm of how likely a place is that comes next."""
        passed, total = one.time - self.time, 0.0
        for at, usual, (place, speed, place_var, both_var, speed_var) in zip(
            one.place, _CHANGE, self.axes, strict=True
        ):
            grown = speed_var + (usual * one.side) ** 2 * passed / 3
            var = place_var + passed * (2 * both_var + passed * grown) + (_NOISE * one.off * one.side) ** 2
            error = at - place - speed * passed
            total -= (_TAIL + 1) / 2 * log(1 + error * error / var / _TAIL) + log(2 * pi * var) / 2
        return total

    def on(self, seen: Sequence[Sighting]) -> Walk:
        """The same way through further sightings."""
        (across, one), (down, other) = (
            _filtered(axis, self.time, [(each.time, each.place[number], each.side, each.off) for each in seen], change)
            for number, (axis, change) in enumerate(zip(self.axes, _CHANGE, strict=True))
        )
        return Walk(seen[-1].time if seen else self.time, (across, down), self.log_likelihood + one + other)


def _filtered(
    axis: _Axis, before: float, seen: Sequence[tuple[float, float, float, float]], usual: float
) -> tuple[_Axis, float]:
    place, speed, place_var, both_var, speed_var = axis
    total = 0.0
    for time, at, side, off in seen:
        passed, before = time - before, time
        change = (usual * side) ** 2 * passed
        place += speed * passed
        place_var += passed * (2 * both_var + passed * (speed_var + change / 3))
        both_var += passed * (speed_var + change / 2)
        speed_var += change
        var, error = place_var + (_NOISE * off * side) ** 2, at - place
        total -= (_TAIL + 1) / 2 * log(1 + error * error / var / _TAIL) + log(2 * pi * var) / 2
        gain, turn = place_var / var, both_var / var
        place, speed = place + gain * error, speed + turn * error
        place_var, both_var, speed_var = place_var * (1 - gain), both_var * (1 - gain), speed_var - turn * both_var
    return (place, speed, place_var, both_var, speed_var), total

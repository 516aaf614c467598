"""Finds when somebody speaks in a clip, by how loud its own sound is, so that music can be quieter then.

What is told apart is loud from quiet, not voices from other sounds: whatever stands out is taken for speech. A sound
that is equally loud all along, like wind or a motor, is not.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.audio.sampling import Samples

    Times: TypeAlias = NDArray[np.float64]

__all__ = ["ATTACK", "NO_SPEECH", "RELEASE", "Speech", "find_speech"]

#: Seconds in which music falls, the last of them before the first word; and in which it comes back.
ATTACK, RELEASE = 0.2, 0.8

_WINDOW = 2_400  # samples that one level is taken of: 50 ms at 48 kHz
_NOBODY = -50.0  # dBFS; what is quieter is no speech
_BELOW_LOUDEST = 25.0  # decibels between loud and soft syllables
_STEADY = 6.0  # decibels; speech varies by more from one syllable to the next
_SHORTEST = 0.1  # seconds; less is a click


@dataclass(frozen=True, slots=True)
class Speech:
    """When somebody speaks: spans in seconds, in order and at least `ATTACK` + `RELEASE` apart."""

    spans: tuple[tuple[float, float], ...] = ()
    _bends: tuple[list[float], list[float]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        times = [time for start, end in self.spans for time in (start - ATTACK, start, end, end + RELEASE)]
        object.__setattr__(self, "_bends", (times, [0.0, 1.0, 1.0, 0.0] * len(self.spans)))

    @property
    def seconds(self) -> float:
        """How long somebody speaks altogether, short pauses included."""
        return sum(end - start for start, end in self.spans)

    def depth(self, times: Times) -> Times:
        """How far music is down at these times, 0 to 1; it falls before each span and rises after it."""
        import numpy as np

        return np.interp(times, *self._bends) if self.spans else np.zeros_like(times)


NO_SPEECH = Speech()


def find_speech(blocks: Iterable[Samples], rate: int) -> Speech:
    """When somebody speaks in a sound, given in blocks of shape (channels, n)."""
    import numpy as np

    levels = np.frombuffer(_levels(blocks), np.float32)
    if not levels.size:
        return NO_SPEECH
    quiet, loud = np.percentile(levels, (10, 95))
    if loud < _NOBODY or loud - quiet < _STEADY:
        return NO_SPEECH
    threshold = max(_NOBODY, loud - _BELOW_LOUDEST, (quiet + loud) / 2)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], levels > threshold, [0])))).reshape(-1, 2)
    window = _WINDOW / rate
    return Speech(_joined([(start * window, end * window) for start, end in edges.tolist()]))


def _levels(blocks: Iterable[Samples]) -> array[float]:
    """The level of each window in dBFS; four bytes for each, so that a day of sound takes seven megabytes."""
    import numpy as np

    levels = array("f")
    left = np.zeros(0, np.float32)
    for block in blocks:
        sound = np.concatenate((left, block.mean(axis=0)))
        whole = sound.size // _WINDOW * _WINDOW
        power = np.square(sound[:whole].reshape(-1, _WINDOW)).mean(axis=1)
        levels.extend((10 * np.log10(power + 1e-12)).tolist())
        left = sound[whole:]
    return levels


def _joined(spans: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Spans with pauses that are too short for music to rise and fall in; clicks left out."""
    joined: list[tuple[float, float]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < ATTACK + RELEASE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple((start, end) for start, end in joined if end - start >= _SHORTEST)

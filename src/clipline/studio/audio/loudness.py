"""Brings sound to a loudness: measured as EBU R 128 says, made louder or softer as a whole, its peaks held down.

Only what would pass the ceiling is limited; all else keeps its dynamics.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.studio.audio.sound_filters import filtered

if TYPE_CHECKING:
    from clipline.studio.audio.sampling import Samples

__all__ = ["Heard", "Levels", "find_levels", "hear", "levelled"]

#: Decibels by which a lossy codec may raise a peak; what is limited is limited to so much less.
CODEC_ROOM = 1.0
_OVERSAMPLED = 4  # times as many samples show peaks between them (ITU-R BS.1770)
_ROUNDS = 4  # times that a limited sound is measured, to make up for what limiting took
_CLOSE = 0.1  # LU
_NOTHING = -69.0  # LUFS; -70 is how the meter says: not enough to measure


@dataclass(frozen=True, slots=True)
class Heard:
    """What a meter says of a sound: `loudness` in LUFS, None where there is too little; `peak` in dBTP."""

    loudness: float | None
    peak: float


@dataclass(frozen=True, slots=True)
class Levels:
    """What brings a sound to a target: `gain` in decibels, and `ceiling` in dBTP where peaks must be limited to it.

    `reached` is the loudness in LUFS that this leads to, None where it was not measured.
    """

    gain: float
    ceiling: float | None = None
    reached: float | None = None


def hear(blocks: Iterable[Samples], rate: int) -> Heard:
    """Measure a stereo sound, given in blocks of shape (2, n)."""
    notes: dict[str, str] = {}
    for frame in filtered(blocks, rate, ("ebur128", "metadata=1:framelog=quiet:peak=true")):
        notes.update(frame.metadata)
    loudness, peak = float(notes.get("lavfi.r128.I", "-70")), float(notes.get("lavfi.r128.true_peak", "0"))
    return Heard(loudness if loudness > _NOTHING else None, 20 * log10(max(peak, 1e-6)))


def find_levels(
    play: Callable[[], Iterable[Samples]], target: float, peak: float, rate: int, clock: Clock
) -> tuple[Levels, Heard]:
    """What brings a sound to `target` LUFS with true peaks of at most `peak` dBTP, and what it is like before.

    `play` gives the sound from its beginning each time. Where there is too little of it to measure, it is left alone.
    """
    before = hear(play(), rate)
    if before.loudness is None:
        return Levels(0.0), before
    gain, highest = target - before.loudness, peak - CODEC_ROOM
    if before.peak + gain <= highest:
        return Levels(gain, None, target), before
    ceiling = highest
    for left in reversed(range(_ROUNDS)):
        clock.check()
        now = hear(levelled(play(), Levels(gain, ceiling), rate), rate)
        off = target - (target if now.loudness is None else now.loudness)
        over = max(0.0, now.peak - highest)  # the last filter brings some of a peak back
        if not left or (abs(off) < _CLOSE and over < _CLOSE):
            break
        gain, ceiling = gain + off, ceiling - over
    return Levels(gain, ceiling, now.loudness), before


def levelled(blocks: Iterable[Samples], levels: Levels, rate: int) -> Generator[Samples, None, None]:
    """The sound made louder or softer and limited, sample for sample in step with what went in."""
    import numpy as np

    gain = np.float32(10 ** (levels.gain / 20))
    louder = (block * gain for block in blocks)
    if levels.ceiling is None:
        yield from louder
        return
    frames = filtered(
        louder,
        rate,
        ("aresample", f"{rate * _OVERSAMPLED}"),
        ("alimiter", f"limit={10 ** (levels.ceiling / 20):.6f}:attack=5:release=100:level=0:latency=1"),
        ("aresample", f"{rate}"),
        ("aformat", "sample_fmts=fltp"),
    )
    for frame in frames:
        yield frame.to_ndarray()

"""The whole sound of a result: its parts mixed, music ducked under speech, and all of it brought to a loudness.

What must be known beforehand is found by playing the sound through once more for each: when somebody speaks, and how
loud the mix is. Nothing but a level for each twentieth of a second is kept.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.events import Finding
from clipline.studio.audio.loudness import Heard, Levels, find_levels, levelled
from clipline.studio.audio.sampling import RATE
from clipline.studio.audio.sound import Part, mix, summed
from clipline.studio.audio.speech import NO_SPEECH, Speech, find_speech
from clipline.timeline import Loudness

if TYPE_CHECKING:
    from clipline.studio.audio.sampling import Samples

__all__ = ["Mixdown", "make_mixdown"]

_MISSED = 0.5  # LU


@dataclass(frozen=True, slots=True)
class Mixdown:
    """A sound ready to be played, and what is to be said of it; what is too loud is turned down while it is."""

    parts: tuple[Part, ...]
    seconds: float
    clock: Clock
    speech: Speech = NO_SPEECH
    levels: Levels | None = None
    findings: tuple[Finding, ...] = ()

    def play(self) -> Generator[Samples, None, None] | None:
        """Blocks of shape (2, n) between -1 and 1, from the beginning each time; None where nothing is heard."""
        if not self.parts:
            return None
        if self.levels is None:
            return mix(self.parts, self.seconds, self.clock, self.speech)
        return levelled(summed(self.parts, self.seconds, self.clock, self.speech), self.levels, RATE)


def make_mixdown(parts: Sequence[Part], seconds: float, loudness: Loudness | None, clock: Clock) -> Mixdown:
    """Find out what must be known of a sound before it is played.

    Raises:
        InputError: a file cannot be read or has no sound.
        Cancelled, TimedOut: by the clock.
    """
    speech, said = _speech(parts, seconds, clock)
    if not parts or loudness is None:
        if loudness is not None:
            said = (*said, Finding("WARN", f"there is no sound that could be brought to {loudness.target:g} LUFS"))
        return Mixdown(tuple(parts), seconds, clock, speech, None, said)

    def play() -> Iterable[Samples]:
        return summed(parts, seconds, clock, speech)

    levels, before = find_levels(play, loudness.target, loudness.peak, RATE, clock)
    return Mixdown(tuple(parts), seconds, clock, speech, levels, (*said, _told(levels, before, loudness.target)))


def _told(levels: Levels, before: Heard, target: float) -> Finding:
    """What was done to bring a sound to a loudness."""
    if before.loudness is None or levels.reached is None:
        return Finding("WARN", "the sound is too short or too silent to bring it to a loudness; it stays as it is")
    words = f"the loudness goes from {before.loudness:.1f} to {levels.reached:.1f} LUFS ({levels.gain:+.1f} dB)"
    if levels.ceiling is not None:
        words += "; its peaks are limited"
    if abs(levels.reached - target) > _MISSED:
        return Finding("WARN", f"{words}, and so much that it does not reach {target:g} LUFS")
    return Finding("INFO", words)


def _speech(parts: Sequence[Part], seconds: float, clock: Clock) -> tuple[Speech, tuple[Finding, ...]]:
    """When somebody speaks, where that matters."""
    deepest = max((part.duck for part in parts), default=0.0)
    if not deepest:
        return NO_SPEECH, ()
    own = [part for part in parts if part.own]
    speech = find_speech(summed(own, seconds, clock), RATE) if own else NO_SPEECH
    if not speech.spans:
        return speech, (Finding("WARN", "nobody is heard to speak in the clip: the music is as loud all along"),)
    words = f"somebody speaks for {speech.seconds:.1f}s of {seconds:.1f}s: the music is {deepest:g} dB quieter then"
    return speech, (Finding("INFO", words),)

"""What phrases about sound do: the clip's own sound, music that fades and is ducked, loudness."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from clipline.studio.instructions import numbers
from clipline.studio.instructions.grammar import Heard, Slot
from clipline.studio.instructions.understanding import Step
from clipline.studio.instructions.words import VOLUMES, alternatives
from clipline.timeline import Loudness, LowerThird, Music, Sound, Title
from clipline.timeline.sounds import DUCKED, LOUDEST, LOUDNESS_TARGETS

__all__ = ["SOUND_SLOTS"]

Steps: TypeAlias = Sequence[Step] | None

#: Seconds in which sound and writing come or go where nothing else is said.
_SOUND_FADE, _TEXT_FADE = 2.0, 0.5
_SOFTER, _LOUDER = 0.5, 1.5

# --- values ----------------------------------------------------------------------------------------------------------

#: How many times as loud.
_LEVELS = {"half": 0.5, "a half": 0.5, "twice": 2.0, "double": 2.0, "full": 1.0, "一半": 0.5, "两倍": 2.0, "原来": 1.0}
_TARGETS = {**LOUDNESS_TARGETS, "流媒体": -14.0, "抖音": -14.0, "播客": -16.0, "广播": -23.0, "电视": -23.0}
_SIGNED = r"[-−–+]?\d{1,3}(?:\.\d{1,9})?"
_LEVEL = (
    rf"(?:{numbers.NUMBER} ?(?:%|percent|per cent)|百分之{numbers.NUMBER}|{numbers.NUMBER}成|{alternatives(_LEVELS)})"
)
_DECIBELS = r"(?:\d{1,3}(?:\.\d{1,9})? ?(?:db|decibels?)|\d{1,3}(?:\.\d{1,9})?分贝)"
_LOUDNESS = rf"(?:{_SIGNED} ?(?:lufs|lkfs|lu|db)|[-−–]\d{{1,2}}(?:\.\d{{1,9}})?|{alternatives(_TARGETS)})"


def _number(words: str) -> float:
    match = re.search(_SIGNED, words)
    return float(match[0].replace("−", "-").replace("–", "-")) if match else 0.0


def _read_level(words: str, heard: Heard) -> float:
    lower = words.lower()
    if lower in _LEVELS:
        return _LEVELS[lower]
    tenths = lower.endswith("成")
    value = numbers.number(re.sub("%|per ?cent|百分之|成", "", lower).strip()) / (10 if tenths else 100)
    if not 0 <= value <= LOUDEST:
        raise heard.refused("sound_volume")
    return round(value, 9)


def _read_loudness(words: str, heard: Heard) -> float:
    target = _TARGETS.get(words.lower())
    target = _number(words) if target is None else target
    if not -40 <= target <= -5:
        raise heard.refused("loudness", names=", ".join(LOUDNESS_TARGETS))
    return target


#: Name → how it is read, what it may be in English, in Chinese.
SOUND_SLOTS: dict[str, Slot] = {
    "level": Slot(_read_level, _LEVEL, _LEVEL),
    "decibels": Slot(lambda words, _: _number(words), _DECIBELS, _DECIBELS),
    "loudness": Slot(_read_loudness, _LOUDNESS, _LOUDNESS),
    "signed": Slot(lambda words, _: _number(words), _SIGNED, _SIGNED),
}

# --- heads -----------------------------------------------------------------------------------------------------------


def mute(_heard: Heard) -> Sound:
    """No sound of the clip's own."""
    return Sound(0.0)


def then_only_music(heard: Heard, step: Step) -> Steps:
    """As in "… and keep only the music": what was added stays, the clip's own sound does not."""
    if not isinstance(step.action, Music):
        return None
    heard.note("only_added")
    return [step, heard.step(Sound(0.0))]


def other_sound(heard: Heard) -> list[object]:
    """As in "replace the sound with song.mp3"."""
    return [Sound(0.0), Music(cast("str", heard["sound"]), 1.0)]


def sound_at(heard: Heard) -> Sound:
    """As in "set the clip's own sound to 50%"."""
    return Sound(cast("float", heard["level"]))


def doubled(_heard: Heard) -> Sound:
    """As in "double the volume"."""
    return Sound(2.0)


def halved(_heard: Heard) -> Sound:
    """As in "halve the volume"."""
    return Sound(0.5)


def softer(heard: Heard) -> Sound | None:
    """As in "make it quieter" or "lower the sound by 6 dB"."""
    if heard.get("decibels") is None and heard.get("level") is None:
        heard.note("usual_volume", volume=_SOFTER)
        return Sound(_SOFTER)
    by = 1 - 10 ** (-cast("float", heard.get("decibels") or 0.0) / 20)
    left = 1 - (by if heard.get("level") is None else cast("float", heard["level"]))
    return Sound(round(left, 4)) if left >= 0 else None


def louder(heard: Heard) -> Sound:
    """As in "make it louder" or "raise the sound by 6 dB"."""
    if heard.get("decibels") is None and heard.get("level") is None:
        heard.note("usual_volume", volume=_LOUDER)
        return Sound(_LOUDER)
    more = 10 ** (cast("float", heard.get("decibels") or 0.0) / 20)
    volume = more if heard.get("level") is None else 1 + cast("float", heard["level"])
    if volume > LOUDEST:
        raise heard.refused("sound_volume")
    return Sound(round(volume, 4))


def sound_fades(heard: Heard) -> Sound:
    """As in "fade the sound out over 3 seconds"."""
    return Sound(**_fades(heard, _SOUND_FADE))


def loudness(heard: Heard) -> Loudness:
    """As in "normalise the loudness to -14 LUFS"; that of streaming where none is named."""
    target = heard.get("loudness")
    if target is None:
        target = LOUDNESS_TARGETS["streaming"]
        heard.note("usual_loudness", target=target)
    return Loudness(cast("float", target))


# --- modifiers -------------------------------------------------------------------------------------------------------


def _with(step: Step, heard: Heard, **changes: Any) -> list[Step]:
    action = replace(cast("Any", step.action), **changes)
    return [Step(action, (*step.notes, *heard.notes), step.words)]


def _said_length(heard: Heard) -> float | None:
    return cast("float | None", heard.get("length") or heard.get("over"))


def _fades(heard: Heard, usual: float) -> dict[str, float]:
    """The fades that are said: the words name the way in, the way out, or both."""
    length = _said_length(heard) or usual
    words = heard.words.lower()
    ways = _ways(_IN_TIME.sub("", words)) or _ways(words) or ["fade_in", "fade_out"]  # not the "in" of "in 3 seconds"
    return dict.fromkeys(ways, length)


_IN_TIME = re.compile(rf" in (?:the )?(?:last |first )?{numbers.DURATION}")


def _ways(words: str) -> list[str]:
    ways = {"fade_in": r"\bin\b|-in\b|淡入|渐入|渐强", "fade_out": r"out\b|淡出|渐出|渐弱"}
    return [name for name, said in ways.items() if re.search(said, words)]


def then_fade(heard: Heard, step: Step) -> Steps:
    """As in "… with a 2s fade-out", of music, of the clip's own sound, of a title."""
    usual = _usual_fade(step)
    if isinstance(step.action, LowerThird) and step.action.entrance == "fade" and not _said_length(heard):
        return _with(step, heard)
    return _faded(heard, step, _fades(heard, usual)) if usual else None


def then_two_fades(heard: Heard, step: Step) -> Steps:
    """As in "… fade in 2s and out 3s"."""
    fades = {"fade_in": cast("float", heard["length"]), "fade_out": cast("float", heard["over"])}
    return _faded(heard, step, fades) if _usual_fade(step) else None


def then_fade_and_last(heard: Heard, step: Step) -> Steps:
    """As in "… with a 2s fade-in for 5 seconds": the second is how long it is there."""
    if not isinstance(step.action, Music | Title) or step.action.duration is not None:
        return None
    lasts = cast("float", heard["over"])
    fades = _fades(heard, _SOUND_FADE)
    return _faded(heard, step, {**fades, "duration": lasts}) if lasts > 0 else None


def _usual_fade(step: Step) -> float | None:
    """How long a fade of it is where that is not said; None where it has none that can be said."""
    match step.action:
        case Sound(volume=0.0):
            return None
        case Music() | Sound():
            return _SOUND_FADE
        case Title():
            return _TEXT_FADE
        case _:
            return None


def _faded(heard: Heard, step: Step, fades: dict[str, float]) -> Steps:
    """The step with these changes, None where one of them was said before."""
    if any(getattr(step.action, name) for name in fades):
        return None
    return _with(step, heard, **fades)


def then_softer(heard: Heard, step: Step) -> Steps:
    """As in "… and make it quieter"."""
    return _other_volume(heard, step, VOLUMES["quietly"])


def then_louder(heard: Heard, step: Step) -> Steps:
    """As in "… and make it louder"."""
    return _other_volume(heard, step, 2 * Music("").volume)


def _other_volume(heard: Heard, step: Step, volume: float) -> Steps:
    if not isinstance(step.action, Music) or step.action.volume != Music("").volume:
        return None
    heard.note("usual_volume", volume=volume)
    return _with(step, heard, volume=volume)


def then_duck(heard: Heard, step: Step) -> Steps:
    """As in "… quieter when someone speaks"."""
    if isinstance(step.action, Music) and not step.action.duck:
        duck = cast("float", heard.get("decibels") or DUCKED)
        return _with(step, heard, duck=duck) if 0 < duck <= 60 else None
    return None


def then_offset(heard: Heard, step: Step) -> Steps:
    """As in "… from 0:30 of the song"."""
    if isinstance(step.action, Music) and not step.action.offset:
        return _with(step, heard, offset=heard.get("point") or heard.get("length") or 0.0)
    return None


def then_once(heard: Heard, step: Step) -> Steps:
    """As in "… without looping"."""
    return _with(step, heard, loop=False) if isinstance(step.action, Music) and step.action.loop else None


def then_looped(heard: Heard, step: Step) -> Steps:
    """As in "… on repeat": what music does anyway."""
    return _with(step, heard) if isinstance(step.action, Music) and step.action.loop else None


def then_peak(heard: Heard, step: Step) -> Steps:
    """As in "… with peaks under -2 dBTP"."""
    peak = cast("float", heard["signed"])
    if isinstance(step.action, Loudness) and -9 <= peak <= 0:
        return _with(step, heard, peak=peak)
    return None

"""Looks whether a media file is what was wanted: length, size, codecs, damage, black, frozen, silent, loudness.

What may be wanted is in `check_schema.MEDIA_CHECKS_SCHEMA`. Files are played through once, where a check needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clipline.clock import Clock
from clipline.errors import InputError
from clipline.studio.measurements import Measured, Span, measure
from clipline.studio.media import MediaInfo, probe
from clipline.values import Count, parse_duration, parse_size

__all__ = ["CheckResult", "check_media"]

Level = Literal["PASS", "WARN", "FAIL"]

_PLAYED = {"decodes", "black", "frozen", "silence", "loudness"}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check, with the times (start and end in seconds) that it is about."""

    name: str
    level: Level
    text: str
    spans: tuple[Span, ...] = ()


def check_media(
    path: Path, wanted: Mapping[str, object], *, clock: Clock, progress: Callable[[float], None]
) -> list[CheckResult]:
    """Check a file, one result for each thing wanted, in its order.

    Raises:
        InputError: the file is no media or cut off, or what is wanted makes no sense.
        Cancelled, TimedOut: by the clock.
    """
    unknown = sorted(set(wanted) - set(_CHECKS))
    if unknown:
        raise InputError(f"no such check: {unknown[0]}", hint=f"known: {', '.join(_CHECKS)}")
    info = probe(path)
    measured = Measured()
    if _PLAYED & set(wanted):
        measured = measure(path, info, clock=clock, progress=progress)
    results = []
    for name, value in wanted.items():
        try:
            result = _CHECKS[name](value, info, measured)
        except ValueError as error:
            raise InputError(f"the check {name}: {error}") from error
        if result is not None:
            level, text, *spans = result
            results.append(CheckResult(name, level, text, tuple(spans)))
    progress(1.0)
    return results


#: A level, words, and spans; None where nothing is wanted.
_Outcome = tuple[Level, str, *tuple[Span, ...]] | None


# --- what the header says --------------------------------------------------------------------------------------------


def _duration(wanted: object, info: MediaInfo, _: Measured) -> _Outcome:
    holds, said = _number(wanted, info.duration, parse_duration, 0.1)
    return ("PASS" if holds else "FAIL"), f"lasts {info.duration:.2f}s{_not(holds, said)}"


def _fps(wanted: object, info: MediaInfo, _: Measured) -> _Outcome:
    holds, said = _number(wanted, info.fps, _plain_number, 0.01)
    return ("PASS" if holds else "FAIL"), f"{info.fps:.5g} frames a second{_not(holds, said)}"


def _size(wanted: object, info: MediaInfo, _: Measured) -> _Outcome:
    size = parse_size(wanted)
    holds = (size.width, size.height) == (info.width, info.height)
    return ("PASS" if holds else "FAIL"), f"{info.width}x{info.height}{_not(holds, str(size))}"


def _one_of(what: str) -> Callable[[object, MediaInfo, Measured], _Outcome]:
    def check(wanted: object, info: MediaInfo, _: Measured) -> _Outcome:
        names = [str(name) for name in wanted] if isinstance(wanted, (list, tuple)) else [str(wanted)]
        actual = getattr(info, what) or "none"
        holds = actual in names
        return ("PASS" if holds else "FAIL"), f"{what.replace('_', ' ')} {actual}{_not(holds, ' or '.join(names))}"

    return check


def _not(holds: bool, said: str) -> str:
    return "" if holds else f", not {said}"


def _plain_number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise ValueError(f"not a number: {value!r}; write a number, or a quoted comparison like '>=24'") from error


def _number(wanted: object, actual: float, parse: Callable[[object], float], tolerance: float) -> tuple[bool, str]:
    """Whether a number is what was wanted in any of the forms that the schema allows, and that form in words."""
    if isinstance(wanted, Mapping):
        if "near" in wanted:
            near, off = parse(wanted["near"]), parse(wanted.get("tolerance", tolerance))
            return abs(actual - near) <= off + 1e-9, f"{near:g} ± {off:g}"
        low = parse(wanted["min"]) if "min" in wanted else 0.0
        high = parse(wanted["max"]) if "max" in wanted else float("inf")
        words = [f"at least {low:g}"] if "min" in wanted else []
        words += [f"at most {high:g}"] if "max" in wanted else []
        return low - 1e-9 <= actual <= high + 1e-9, " and ".join(words)
    match = re.fullmatch(r"(>=|<=|!=|==|>|<)\s*(.+)", wanted.strip()) if isinstance(wanted, str) else None
    if match:
        count = Count(match[1], parse(match[2]))
        return count.holds(round(actual, 3)), str(count)
    value = parse(wanted)
    return abs(actual - value) <= tolerance + 1e-9, f"{value:g}"


# --- what only playing shows -----------------------------------------------------------------------------------------


def _decodes(wanted: object, info: MediaInfo, measured: Measured) -> _Outcome:
    if not wanted:
        return None
    if measured.damaged:
        return "FAIL", f"{measured.damaged} damaged places cannot be decoded"
    if info.kind != "audio" and not measured.frames:
        return "FAIL", "no frame can be decoded"
    end = measured.picture_end
    if info.kind == "video" and end is not None and end < info.duration - max(0.5, 3 / info.fps):
        return "FAIL", f"the last frame is at {end:.2f}s of {info.duration:.2f}s"
    return "PASS", "decodes to the end"


def _longest(
    kind: Literal["black", "frozen", "silent"], needs: Literal["picture", "sound"]
) -> Callable[[object, MediaInfo, Measured], _Outcome]:
    def check(wanted: object, info: MediaInfo, measured: Measured) -> _Outcome:
        limit = parse_duration(wanted)
        if needs == "sound" and not info.audio_codec:
            return "FAIL", "there is no sound at all", (0.0, info.duration)
        if needs == "picture" and info.kind == "audio":
            return "FAIL", "there is no picture at all"
        spans: Sequence[Span] = getattr(measured, kind)
        long = [span for span in spans if span[1] - span[0] > limit + 1e-6]
        if long:
            worst = max(end - start for start, end in long)
            return "FAIL", f"{kind} for up to {worst:.2f}s, more than {limit:g}s", *long
        return "PASS", f"nowhere {kind} for more than {limit:g}s"

    return check


def _loudness(wanted: object, info: MediaInfo, measured: Measured) -> _Outcome:
    given = wanted if isinstance(wanted, Mapping) else {"target": wanted}
    target, tolerance = _plain_number(given.get("target")), _plain_number(given.get("tolerance", 1.0))
    if not info.audio_codec:
        return "FAIL", "there is no sound at all"
    if measured.loudness is None:
        return "WARN", "the sound is too short or too silent to measure its loudness"
    holds = abs(measured.loudness - target) <= tolerance
    words = f"loudness {measured.loudness:.1f} LUFS"
    return ("PASS" if holds else "FAIL"), words + _not(holds, f"{target:g} ± {tolerance:g}")


_CHECKS: Mapping[str, Callable[[object, MediaInfo, Measured], _Outcome]] = {
    "decodes": _decodes,
    "duration": _duration,
    "size": _size,
    "fps": _fps,
    "video_codec": _one_of("video_codec"),
    "audio_codec": _one_of("audio_codec"),
    "container": _one_of("container"),
    "black": _longest("black", "picture"),
    "frozen": _longest("frozen", "picture"),
    "silence": _longest("silent", "sound"),
    "loudness": _loudness,
}

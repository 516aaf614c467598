"""Checks of what the header of a media file says: length, size, frame rate, codecs, container."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from clipline.studio.checks.judging import Check, Outcome, Seen, plain_number, unless
from clipline.values import Count, parse_duration, parse_size

__all__ = ["HEADER_CHECKS"]


def _duration(wanted: object, seen: Seen) -> Outcome:
    holds, said = _number(wanted, seen.info.duration, parse_duration, 0.1)
    return ("PASS" if holds else "FAIL"), f"lasts {seen.info.duration:.2f}s{unless(holds, said)}"


def _fps(wanted: object, seen: Seen) -> Outcome:
    holds, said = _number(wanted, seen.info.fps, plain_number, 0.01)
    return ("PASS" if holds else "FAIL"), f"{seen.info.fps:.5g} frames a second{unless(holds, said)}"


def _size(wanted: object, seen: Seen) -> Outcome:
    size = parse_size(wanted)
    holds = (size.width, size.height) == (seen.info.width, seen.info.height)
    return ("PASS" if holds else "FAIL"), f"{seen.info.width}x{seen.info.height}{unless(holds, str(size))}"


def _one_of(what: str) -> Check:
    def check(wanted: object, seen: Seen) -> Outcome:
        names = [str(name) for name in wanted] if isinstance(wanted, (list, tuple)) else [str(wanted)]
        actual = getattr(seen.info, what) or "none"
        holds = actual in names
        return ("PASS" if holds else "FAIL"), f"{what.replace('_', ' ')} {actual}{unless(holds, ' or '.join(names))}"

    return check


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


#: Each check by its name.
HEADER_CHECKS: Mapping[str, Check] = {
    "duration": _duration,
    "size": _size,
    "fps": _fps,
    "video_codec": _one_of("video_codec"),
    "audio_codec": _one_of("audio_codec"),
    "container": _one_of("container"),
}

"""Looks whether a media file is what was wanted: its header, its picture, its sound, and its likeness to the source.

What may be wanted is in `check_schema.MEDIA_CHECKS_SCHEMA`. A file is played through once for all checks, and not at
all where its header tells enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clipline.clock import Clock
from clipline.errors import InputError
from clipline.studio.checks.header_checks import HEADER_CHECKS
from clipline.studio.checks.judging import Check, Level, Outcome, Seen
from clipline.studio.checks.likeness import Part, compare
from clipline.studio.checks.measurements import Span, measure
from clipline.studio.checks.played_checks import COMPARING_CHECKS, PLAYED_CHECKS
from clipline.studio.reading.media import probe

__all__ = ["CheckResult", "check_media"]

_TIMES = 20  # as many as a person reads

_CHECKS: Mapping[str, Check] = {**HEADER_CHECKS, **PLAYED_CHECKS, **COMPARING_CHECKS}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check, with the times (start and end in seconds) that it is about."""

    name: str
    level: Level
    text: str
    spans: tuple[Span, ...] = ()

    def __str__(self) -> str:
        if not self.spans:
            return self.text
        times = [f"{_moment(start)}-{_moment(end)}" for start, end in self.spans]
        more = f" and {len(times) - _TIMES} times more" if len(times) > _TIMES else ""
        return f"{self.text} at {', '.join(times[:_TIMES])}{more}"


def _moment(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 2), 60)
    return f"{int(minutes)}:{rest:05.2f}"


def check_media(
    path: Path,
    wanted: Mapping[str, object],
    *,
    clock: Clock,
    progress: Callable[[float], None],
    source: Sequence[Part] = (),
) -> list[CheckResult]:
    """Check a file.

    Args:
        path: the file.
        wanted: what is wanted of it; what is False is not looked at.
        clock: looked at while the file plays.
        progress: told the part done, 0 to 1.
        source: the parts of clips that the file was made from, where `wanted` names none.

    Returns:
        A result for each thing wanted, in its order; two where one part of the file fails and another one warns.

    Raises:
        InputError: the file is no media or cut off, or what is wanted makes no sense.
        Cancelled, TimedOut: by the clock.
    """
    asked = {name: value for name, value in wanted.items() if value is not False}
    if given := asked.pop("source", None):
        source = (Part(Path(str(given))),)
    if unknown := sorted(asked.keys() - _CHECKS.keys()):
        raise InputError(f"no such check: {unknown[0]}", hint=f"known: {', '.join(_CHECKS)}")
    seen = _look(path, asked, source, clock, progress)
    results = []
    for name, value in asked.items():
        try:
            results += _judged(name, value, seen)
        except ValueError as error:
            raise InputError(f"the check {name}: {error}") from error
    progress(1.0)
    return results


def _look(
    path: Path, asked: Mapping[str, object], source: Sequence[Part], clock: Clock, progress: Callable[[float], None]
) -> Seen:
    """See of a file what the checks need."""
    seen = Seen(probe(path))
    plays, compares = bool(PLAYED_CHECKS.keys() & asked.keys()), bool(COMPARING_CHECKS.keys() & asked.keys())
    share = 1 / max(1, plays + compares)
    if plays:
        seen.measured = measure(path, seen.info, asked, clock=clock, progress=lambda part: progress(part * share))
    if compares:
        first = share * plays
        seen.likeness = compare(path, source, clock=clock, progress=lambda part: progress(first + part * share))
    return seen


def _judged(name: str, wanted: object, seen: Seen) -> list[CheckResult]:
    """What comes of a check with one value, or with one for each level."""
    check, levels = _CHECKS[name], _levels(wanted)
    if not levels:
        return [_result(name, check(wanted, seen))]
    found = {level: _result(name, check(value, seen)) for level, value in levels.items()}
    failed, warned = found.get("fail"), found.get("warn")
    if warned is not None and warned.level == "FAIL":
        warned = replace(warned, level="WARN")
    if failed is None or warned is None or failed.level == "PASS":
        return [each for each in (warned or failed,) if each]
    rest = tuple(span for span in warned.spans if not any(_overlap(span, each) for each in failed.spans))
    return [failed, replace(warned, spans=rest)] if rest else [failed]


def _levels(wanted: object) -> Mapping[str, object]:
    """The value for each level, empty where there is one value only; `{target, warn, fail}` means tolerances."""
    if not isinstance(wanted, Mapping) or not {"warn", "fail"} & wanted.keys():
        return {}
    levels = {level: wanted[level] for level in ("warn", "fail") if level in wanted}
    if "target" in wanted:
        return {level: {"target": wanted["target"], "tolerance": value} for level, value in levels.items()}
    return levels


def _result(name: str, outcome: Outcome) -> CheckResult:
    level, text, *spans = outcome
    return CheckResult(name, level, text, tuple(spans))


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]

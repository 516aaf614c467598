"""What checks of media files have in common: what they judge by, what they say, and how what is wanted is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from clipline.studio.checks.likeness import Likeness
from clipline.studio.checks.measurements import Measured, Span
from clipline.studio.reading.media import MediaInfo

__all__ = ["Check", "Level", "Outcome", "Seen", "parse_share", "plain_number", "unless"]

Level = Literal["PASS", "WARN", "FAIL"]


@dataclass(slots=True)
class Seen:
    """All that is known of a file when it is judged; what no check asked for is empty."""

    info: MediaInfo
    measured: Measured = field(default_factory=Measured)
    likeness: Likeness = field(default_factory=Likeness)


#: A level, words, and the times that they are about.
Outcome: TypeAlias = tuple[Level, str, *tuple[Span, ...]]
#: Judges what was seen by what is wanted; raises ValueError where that makes no sense.
Check: TypeAlias = Callable[[Any, Seen], Outcome]


def plain_number(value: object) -> float:
    """Read a number, in quotes or not."""
    try:
        return float(str(value))
    except ValueError as error:
        raise ValueError(f"not a number: {value!r}; write a number, or a quoted comparison like '>=24'") from error


def parse_share(value: object) -> float:
    """Read a share like `5%` as a part of 1."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*%", str(value))
    if not match:
        raise ValueError(f"not a share: {value!r}; write it like 5%")
    return float(match[1]) / 100


def unless(holds: bool, said: str) -> str:
    """The end of a sentence that says what was wanted, where that does not hold."""
    return "" if holds else f", not {said}"

"""Operations on time: keep a part, cut parts out, join further clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Self, TypeAlias

from clipline.values import parse_duration

__all__ = ["STILL_SECONDS", "Cut", "Join", "Span", "Trim", "seconds_text"]

#: From one moment to another, in seconds of the timeline as it is when it is the operation's turn; None is its end.
Span: TypeAlias = tuple[float, float | None]

#: How long a picture that stands is shown where nothing is said, in seconds.
STILL_SECONDS = 5.0

_KEYFRAMES = "keyframes"


def seconds_text(value: float) -> str:
    """A number as short as it can be said without another meaning."""
    return f"{value:.9g}"


def _at(*, keyframes: bool) -> dict[str, str]:
    return {"at": _KEYFRAMES} if keyframes else {}


@dataclass(frozen=True, slots=True)
class Trim:
    """Only the time from `start` to `end` of the source stays; `end` None is its end.

    `keyframes` lets both be moved to the nearest key frames, so that the stream can be copied.
    """

    key: ClassVar[str] = "trim"
    start: float = 0.0
    end: float | None = None
    keyframes: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{trim: {start: T, end: T}}` or `{trim: {start: T, duration: T}}`, either with `at: keyframes`."""
        given = data["trim"]
        start = parse_duration(given.get("start", 0))
        end = parse_duration(given["end"]) if "end" in given else None
        if "duration" in given:
            if end is not None:
                raise ValueError("a trim has an end or a duration, not both")
            end = start + parse_duration(given["duration"])
        if end is not None and end <= start:
            raise ValueError("a trim ends after it starts")
        return cls(start, end, given.get("at") == _KEYFRAMES)

    def as_json(self) -> dict[str, Any]:
        """Write `{trim: {start, end, at}}`."""
        end = {} if self.end is None else {"end": self.end}
        return {"trim": {"start": self.start} | end | _at(keyframes=self.keyframes)}

    def __str__(self) -> str:
        return f"keep {_span_text((self.start, self.end))}{' at key frames' if self.keyframes else ''}"


@dataclass(frozen=True, slots=True)
class Cut:
    """These parts of the time are taken out, and what is left is moved together; they rise and do not touch.

    `keyframes` lets their ends be moved to the nearest key frames, so that the stream can be copied. What is before a
    part that is taken out dissolves into what is after it within `crossfade` seconds, which are those beside the part:
    so much of both is seen at once.
    """

    key: ClassVar[str] = "cut"
    parts: tuple[Span, ...]
    keyframes: bool = False
    crossfade: float = 0.0

    @classmethod
    def of(cls, parts: Sequence[Span], *, keyframes: bool = False, crossfade: float = 0.0) -> Self:
        """Parts in any order; those that touch or overlap are made one.

        Raises:
            ValueError: there is none, or one ends before it starts.
        """
        joined: list[Span] = []
        for start, end in sorted(parts, key=lambda part: part[0]):
            if end is not None and end <= start:
                raise ValueError("a part that is cut out ends after it starts")
            last = joined[-1] if joined else None
            if last is None or (last[1] is not None and start > last[1]):
                joined.append((start, end))
            elif last[1] is not None and (end is None or end > last[1]):
                joined[-1] = last[0], end
        if not joined:
            raise ValueError("a cut takes at least one part out")
        return cls(tuple(joined), keyframes, crossfade)

    @classmethod
    def all_but(cls, kept: Sequence[Span]) -> Self:
        """What leaves just these parts, given in any order.

        Raises:
            ValueError: there is none, or one ends before it starts.
        """
        rising = cls.of(kept).parts
        between: list[Span] = [(one[1] or 0.0, other[0]) for one, other in pairwise(rising)]
        before: list[Span] = [(0.0, rising[0][0])] if rising[0][0] > 0 else []
        after: list[Span] = [] if rising[-1][1] is None else [(rising[-1][1], None)]
        return cls.of([*before, *between, *after])

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{cut: {from: T, to: T}}` or `{cut: [{from: T, to: T}, …]}`, with `at: keyframes` or `crossfade: T`."""
        given = data["cut"]
        parts = [given] if isinstance(given, Mapping) else list(given)
        keyframes, crossfade = data.get("at") == _KEYFRAMES, parse_duration(data.get("crossfade", 0))
        if keyframes and crossfade:
            raise ValueError("what dissolves is encoded anew: a cut lies at key frames or has a crossfade, not both")
        return cls.of([_span_from_json(part) for part in parts], keyframes=keyframes, crossfade=crossfade)

    def as_json(self) -> dict[str, Any]:
        """Write `{cut: [{from, to}, …]}`."""
        parts = [{"from": start} | ({} if end is None else {"to": end}) for start, end in self.parts]
        fade = {"crossfade": self.crossfade} if self.crossfade else {}
        return {"cut": parts[0] if len(parts) == 1 else parts} | _at(keyframes=self.keyframes) | fade

    def __str__(self) -> str:
        spans = [_span_text(part) for part in self.parts]
        fade = f" with a crossfade of {seconds_text(self.crossfade)}s" if self.crossfade else ""
        return f"cut out {', '.join(spans)}{' at key frames' if self.keyframes else ''}{fade}"


def _span_from_json(part: Mapping[str, Any]) -> Span:
    return parse_duration(part.get("from", 0)), parse_duration(part["to"]) if "to" in part else None


def _span_text(span: Span) -> str:
    return f"{seconds_text(span[0])}s to {'the end' if span[1] is None else f'{seconds_text(span[1])}s'}"


@dataclass(frozen=True, slots=True)
class Join:
    """Further clips follow, by absolute path, each over `crossfade` seconds of what is before it.

    With `front` they come before the clip, in their order. A still image among them is shown for `hold` seconds.
    """

    key: ClassVar[str] = "join"
    paths: tuple[str, ...]
    crossfade: float = 0.0
    front: bool = False
    hold: float = STILL_SECONDS

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{join: FILE}` or `{join: [FILE, …]}`, with `crossfade: T`, `place: before or after`, `hold: T`."""
        given = data["join"]
        paths = (given,) if isinstance(given, str) else tuple(map(str, given))
        if not paths:
            raise ValueError("a join names at least one clip")
        hold = parse_duration(data.get("hold", STILL_SECONDS))
        if not hold:
            raise ValueError("a still image is shown for more than no time")
        return cls(paths, parse_duration(data.get("crossfade", 0)), data.get("place") == "before", hold)

    def as_json(self) -> dict[str, Any]:
        """Write the join with all that is not usual."""
        return {
            "join": list(self.paths),
            **({"crossfade": self.crossfade} if self.crossfade else {}),
            **({"place": "before"} if self.front else {}),
            **({"hold": self.hold} if self.hold != STILL_SECONDS else {}),
        }

    def __str__(self) -> str:
        names = [path.rpartition("/")[2] for path in self.paths]
        hold = f" for {seconds_text(self.hold)}s" if self.hold != STILL_SECONDS else ""
        fade = f" with a crossfade of {seconds_text(self.crossfade)}s" if self.crossfade else ""
        if not self.front:
            return f"join with {', '.join(names)}{hold}{fade}"
        more = "".join(f", {name}" for name in names[1:])
        return f"put {names[0]} before the clip{more}{hold}{fade}"

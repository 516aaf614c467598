"""Finds black bars around the picture: letterbox, pillarbox, and when they come and go.

A bar is black to its last pixel and ends at a straight edge, so a dark scene is none: where what follows the black
lines is not lit along at least half of its length, the frame says nothing, and a bar that was seen before goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["BarWatch", "Bars"]

_MEAN, _MOST = 4, 20  # levels above black that a black line may have on average, and in any pixel: coding leaves a few
_LIT = 28  # levels above black from which on a pixel is picture
_ALONG = 0.5  # the part of an edge along which there must be picture
_NEAR = 2  # pixels within which a thickness is the same
_CHUNK = 16  # lines looked at together
_SHORTEST = 0.5  # seconds: what is there for less is a cut or a flash of the picture


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from `start` to `end` in seconds, in pixels of the stored picture of `width` x `height`."""

    start: float
    end: float
    top: int
    bottom: int
    left: int
    right: int
    width: int
    height: int

    @property
    def share(self) -> float:
        """The part of the height or of the width that bars take, whichever is more."""
        return max((self.top + self.bottom) / self.height, (self.left + self.right) / self.width)

    def __str__(self) -> str:
        sides = (("above", self.top), ("below", self.bottom), ("left", self.left), ("right", self.right))
        return ", ".join(f"{lines} {side}" for side, lines in sides if lines)


class BarWatch:
    """Looks at one frame after the other; `bars(end)` tells what was there."""

    def __init__(self) -> None:
        self._sides = [_Side() for _ in range(4)]
        self._size = (1, 1)
        self._done: list[Bars] = []

    def look(self, luma: Plane, black: int, time: float) -> None:
        """Take the next frame: its brightness of shape (height, width), and what level of it is black."""
        size = luma.shape[::-1]
        if size != self._size:
            self._done += self._until(time)
            self._sides, self._size = [_Side(time) for _ in range(4)], size
        top, bottom = _black_lines(luma, black), _black_lines(luma[::-1], black)
        inner = luma[top : len(luma) - bottom].T if top < len(luma) else luma.T
        left, right = _black_lines(inner, black), _black_lines(inner[::-1], black)
        edges = ((luma, top), (luma[::-1], bottom), (luma.T, left), (luma.T[::-1], right))
        for side, (lines, thickness) in zip(self._sides, edges, strict=True):
            side.look(time, thickness, lit=not thickness or _is_lit(lines[thickness : thickness + 4], black))

    def bars(self, end: float) -> list[Bars]:
        """All bars of a clip that ends at `end` seconds, in their order."""
        return [*self._done, *self._until(end)]

    def _until(self, end: float) -> list[Bars]:
        sides = [side.until(end) for side in self._sides]
        times = sorted({time for spans in sides for start, stop, _ in spans for time in (start, stop)})
        pieces = []
        for start, stop in pairwise(times):
            top, bottom, left, right = (_at(spans, start) for spans in sides)
            pieces.append(Bars(start, stop, top, bottom, left, right, *self._size))
        return [bars for bars in pieces if bars.share and bars.end - bars.start >= _SHORTEST]


def _at(spans: Iterable[tuple[float, float, int]], time: float) -> int:
    return next((thickness for start, stop, thickness in spans if start <= time < stop), 0)


def _black_lines(lines: Plane, black: int) -> int:
    """How many lines from the first on are black; all of them where no other is found."""
    if lines[0].max() > black + _MOST:
        return 0  # as nearly all pictures begin
    for at in range(0, len(lines), _CHUNK):
        chunk = lines[at : at + _CHUNK]
        most: Any = chunk.max(axis=1)
        dark = most <= black + _MOST
        if most.max() > black + _MEAN:
            dark &= chunk.mean(axis=1) <= black + _MEAN
        if not dark.all():
            return at + int(dark.argmin())
    return len(lines)


def _is_lit(lines: Plane, black: int) -> bool:
    """Whether the lines behind a bar are picture along enough of their length."""
    return bool(len(lines)) and float((lines.max(axis=0) > black + _LIT).mean()) >= _ALONG


@dataclass(slots=True)
class _Side:
    """One side of the picture: how thick its bar is since when, and since when dark lines hide where it ends.

    `dark` is how many dark lines there were at least since `dark_since`; None where the newest frame was clear.
    """

    since: float = 0.0
    thickness: int = 0
    dark_since: float | None = None
    dark: int = 0
    spans: list[tuple[float, float, int]] = field(default_factory=list)

    def look(self, time: float, thickness: int, *, lit: bool) -> None:
        if lit and abs(thickness - self.thickness) <= _NEAR:
            self.dark_since = None
        elif not lit and thickness >= max(1, self.thickness - _NEAR):
            if self.dark_since is None:
                self.dark_since, self.dark = time, thickness
            self.dark = min(self.dark, thickness)
        else:
            self._change(time, thickness if lit else 0)

    def _change(self, time: float, thickness: int) -> None:
        """Another thickness; it began with the dark frames before, where it fits into what was dark."""
        if thickness and self.dark_since is not None and thickness <= self.dark + _NEAR:
            time = self.dark_since
        if self.thickness:
            self.spans.append((self.since, time, self.thickness))
        self.since, self.thickness, self.dark_since = time, thickness, None

    def until(self, end: float) -> Sequence[tuple[float, float, int]]:
        return [*self.spans, (self.since, end, self.thickness)] if self.thickness else self.spans

"""Treats each shot of a clip for itself: finds the frame of a cut, and gives pictures to the operation of its shot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from clipline.clock import Clock
from clipline.studio.finding.survey import Spans
from clipline.studio.pictures.picture import Finding, Picture, PictureOperation
from clipline.studio.reading.samples import read_samples
from clipline.studio.scenes.motion import Stretch

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["Break", "ByShot", "breaks", "divided"]

_SMALL = 64, 36  # pixels of the pictures that are compared
_EVERY = 1e-3  # seconds: shorter than any frame
_JUMP = 6.0  # levels by which pictures differ across a cut, at least
_USUAL = 4.0  # times as much as from one frame to the next elsewhere


class Break(NamedTuple):
    """Where one stretch of a clip ends and the next begins: the clip is `cut`, or the camera was whirled around."""

    time: float
    cut: bool


def breaks(source: Path, spans: Spans, stretches: Sequence[Stretch], clock: Clock) -> list[Break]:
    """Where the camera's way is broken in parts of a clip, one break between any two stretches.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    found = []
    for before, after in pairwise(stretches):
        left_out = [start for start, _ in spans if before.end < start <= after.start + _EVERY]
        found.append(Break(left_out[0], cut=True) if left_out else _break(source, before.end, after.start, clock))
    return found


def divided(spans: Spans, times: Sequence[float]) -> list[Spans]:
    """Parts of a clip divided at these times."""
    edges = [spans[0][0], *times, spans[-1][1]]
    shots = (
        [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start] for start, end in pairwise(edges)
    )
    return [shot for shot in shots if shot]


def _break(source: Path, start: float, end: float, clock: Clock) -> Break:
    """The time of the first frame after a cut that lies between two times; the middle where there is no cut."""
    import cv2

    seen: list[tuple[float, Plane]] = [
        (picture.time, cv2.resize(picture.y, _SMALL, interpolation=cv2.INTER_AREA))
        for picture in read_samples(source, start, end + _EVERY, step=_EVERY, clock=clock)
    ]
    jumps = [(float(cv2.mean(cv2.absdiff(now, before))[0]), time) for (_, before), (time, now) in pairwise(seen)]
    if not jumps:
        return Break(end, cut=False)
    largest, time = max(jumps)
    usual = median(jump for jump, _ in jumps) if len(jumps) > 2 else 0.0
    cut = largest > max(_JUMP, _USUAL * usual)
    return Break(time if cut else (start + end) / 2, cut)


class ByShot:
    """An operation for each shot, made when its first picture comes; shots for which there is none stay as they are."""

    def __init__(
        self,
        shots: Sequence[Spans],
        make: Callable[[Spans], PictureOperation | None],
        findings: Sequence[Finding] = (),
    ) -> None:
        self._shots, self._make = shots, make
        self._starts = [shot[0][0] for shot in shots]
        self._current = -1
        self._operation: PictureOperation | None = None
        self._findings = list(findings)

    def process(self, picture: Picture) -> Picture:
        """The picture changed by the operation of its shot."""
        number = max(0, bisect_right(self._starts, picture.time + _EVERY / 2) - 1)
        if number != self._current:
            self._close()
            self._current, self._operation = number, self._make(self._shots[number])
        return self._operation.process(picture) if self._operation else picture

    def _close(self) -> None:
        if self._operation:
            said = f"the shot that begins at {self._starts[self._current]:.2f}s: "
            self._findings += [Finding(found.level, said + found.text) for found in self._operation.findings()]
            self._operation = None

    def findings(self) -> Sequence[Finding]:
        """What is known of each shot."""
        self._close()
        return tuple(self._findings)

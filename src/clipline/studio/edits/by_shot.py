"""Treats each part of a clip for itself: gives pictures to the operation of their shot, or of their part of a shot."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from clipline.studio.finding.in_words import enumerated
from clipline.studio.finding.survey import Spans
from clipline.studio.pictures.picture import Finding, Picture, PictureOperation
from clipline.studio.scenes.motion import Stretch

__all__ = ["Break", "ByShot", "breaks"]

_EVERY = 1e-3  # seconds: shorter than any frame
_MEASURED = re.compile(r"\d+(?:\.\d+)?(?=%| pixels| of 255 levels)")  # figures in which findings of one kind differ


class Break(NamedTuple):
    """Where one stretch of a clip ends and the next begins: the clip is `cut`, or the camera was whirled around."""

    time: float
    cut: bool


def breaks(spans: Spans, stretches: Sequence[Stretch], cuts: Sequence[float]) -> list[Break]:
    """Where the camera's way is broken in parts of a clip that is cut at some times: one break between two stretches.

    The camera was whirled around where there is no cut; then it is the middle.
    """
    known = sorted([*cuts, *(start for start, _ in spans)])
    found = []
    for before, after in pairwise(stretches):
        cut = next((time for time in known if before.end < time <= after.start + _EVERY), None)
        found.append(Break((before.end + after.start) / 2, cut=False) if cut is None else Break(cut, cut=True))
    return found


class ByShot:
    """An operation for each shot, made when its first picture comes; shots for which there is none stay as they are.

    What is found in several shots is said once, as in the worst of them. The parts between `whirls` of the camera are
    no shots: where they begin is not said.
    """

    def __init__(
        self,
        shots: Sequence[Spans],
        make: Callable[[Spans], PictureOperation | None],
        findings: Sequence[Finding] = (),
        *,
        whirls: bool = False,
    ) -> None:
        self._shots, self._make, self._whirls = shots, make, whirls
        self._starts = [shot[0][0] for shot in shots]
        self._current = -1
        self._operation: PictureOperation | None = None
        self._findings = list(findings)
        self._found: list[tuple[float, Finding]] = []

    def process(self, picture: Picture) -> Picture:
        """The picture changed by the operation of its shot."""
        number = max(0, bisect_right(self._starts, picture.time + _EVERY / 2) - 1)
        if number != self._current:
            self._close()
            self._current, self._operation = number, self._make(self._shots[number])
        return self._operation.process(picture) if self._operation else picture

    def _close(self) -> None:
        if self._operation:
            self._found += [(self._starts[self._current], found) for found in self._operation.findings()]
            self._operation = None

    def findings(self) -> Sequence[Finding]:
        """What is known of each shot."""
        self._close()
        alike: dict[tuple[str, str], list[tuple[float, Finding]]] = {}
        for start, found in self._found:
            alike.setdefault((found.level, _MEASURED.sub("", found.text)), []).append((start, found))
        return (*self._findings, *map(self._said, alike.values()))

    def _said(self, alike: Sequence[tuple[float, Finding]]) -> Finding:
        """One finding for those that differ in what was measured only."""
        worst = max((found for _, found in alike), key=lambda found: list(map(float, _MEASURED.findall(found.text))))
        if self._whirls:
            return worst
        starts = enumerated([f"{start:.2f}s" for start, _ in alike])
        which = f"the shots that begin at {starts}, at worst" if len(alike) > 1 else f"the shot that begins at {starts}"
        return Finding(worst.level, f"{which}: {worst.text}")

"""Looks at a picture in four overlapping parts, in which far ones are larger; what two of them show is one box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from clipline.studio.finding.detect import Detector
from clipline.studio.pictures.box import Box

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Picture

__all__ = ["find_in_parts", "quarters"]

#: Left, top, right, bottom in pixels.
_Window: TypeAlias = tuple[int, int, int, int]

_SAME = 0.5  # of what two windows both see: boxes that overlap there by more show the same one


def quarters(width: int, height: int) -> tuple[_Window, ...]:
    """Four windows of 60 % of a picture's sides, one in each corner."""
    across, down = width * 6 // 10, height * 6 // 10
    return tuple(
        (left, top, left + across, top + down)
        for top in (0, (height - down) // 2 * 2)
        for left in (0, (width - across) // 2 * 2)
    )


def find_in_parts(detector: Detector, picture: Picture, *, kinds: Sequence[str] | None, least: float) -> list[Box]:
    """As `Detector.find`, closer; who is cut by the border of a part is put together from what the others show."""
    found: list[list[tuple[Box, _Window]]] = []
    height, width = picture.y.shape
    for window in quarters(width, height):
        for box in detector.find(picture, window, kinds=kinds, least=least):
            same = [one for one in found if any(_same((box, window), other, mixed=kinds is None) for other in one)]
            found = [one for one in found if one not in same]
            found.append([(box, window), *(view for one in same for view in one)])
    return [_whole([box for box, _ in views]) for views in found]


def _same(view: tuple[Box, _Window], other: tuple[Box, _Window], *, mixed: bool) -> bool:
    """Whether two boxes are alike in what both of their windows see."""
    (box, window), (near, its) = view, other
    if window == its or not (mixed or box.kind == near.kind):
        return False
    common = Box(max(window[0], its[0]), max(window[1], its[1]), min(window[2], its[2]), min(window[3], its[3]))
    return _clipped(box, common).overlap(_clipped(near, common)) >= _SAME


def _clipped(box: Box, to: Box) -> Box:
    return replace(
        box,
        left=min(max(box.left, to.left), to.right),
        top=min(max(box.top, to.top), to.bottom),
        right=min(max(box.right, to.left), to.right),
        bottom=min(max(box.bottom, to.top), to.bottom),
    )


def _whole(boxes: Sequence[Box]) -> Box:
    """The box of all views of one, of the kind of which the surest view is."""
    surest = max(boxes, key=lambda box: box.score)
    for box in boxes:
        surest = surest.joined(box)
    return surest

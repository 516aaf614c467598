"""How two pictures are laid together as far as a mask says: in YUV planes, and only where it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

    Planes: TypeAlias = tuple[Plane, Plane, Plane]
    Window: TypeAlias = tuple[int, int, int, int]

__all__ = ["bounds", "lay", "lay_over", "paint", "part_of"]


def bounds(mask: Plane) -> Window | None:
    """The smallest window, with even left and top, outside which a mask is 0; None where it is so everywhere."""
    import cv2

    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    return left // 2 * 2, top // 2 * 2, left + width, top + height


def part_of(planes: Planes, window: Window) -> Planes:
    """The planes in a window with even left and top."""
    left, top, right, bottom = window
    half = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
    return planes[0][top:bottom, left:right], planes[1][half], planes[2][half]


def lay_over(below: Planes, above: Planes, mask: Plane, window: Window) -> None:
    """Write `above` into `below` inside a window (even left and top) as far as the mask, 0 to 255, says."""
    left, top, right, bottom = window
    _mix(below, above, mask[top:bottom, left:right], window)


def paint(below: Planes, above: Planes, mask: Plane, window: Window) -> None:
    """Write `above` into a window (even left and top) of `below` where a mask of the window is not 0."""
    import cv2

    half = mask[::2, ::2].copy()
    for target, source, where in zip(part_of(below, window), above, (mask, half, half), strict=True):
        cv2.copyTo(source, where, target)


def lay(below: Planes, parts: Iterable[tuple[Window, Planes]]) -> None:
    """Write the planes of windows (even left and top) into those of the whole picture, one after another."""
    for window, part in parts:
        for target, source in zip(part_of(below, window), part, strict=True):
            target[:] = source


def _mix(below: Planes, above: Planes, part: Plane, window: Window) -> None:
    """Write `above` into `below` inside a window as far as its part of a mask says."""
    import cv2

    left, top, right, bottom = window
    half = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
    small = cv2.resize(part, (half[1].stop - half[1].start, half[0].stop - half[0].start), interpolation=cv2.INTER_AREA)
    places = (slice(top, bottom), slice(left, right)), half, half
    for target, source, place, weight in zip(below, above, places, (part, small, small), strict=True):
        kept = cv2.multiply(target[place], cv2.bitwise_not(weight), scale=1 / 255)
        target[place] = cv2.add(kept, cv2.multiply(source[place], weight, scale=1 / 255))

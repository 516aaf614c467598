"""What somebody looks like: the colours of what is in a box, part by part from top to bottom, to tell people apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clipline.studio.pictures.scaling import scaled

if TYPE_CHECKING:
    from clipline.studio.pictures.box import Box
    from clipline.studio.pictures.picture import Picture

__all__ = ["colors_of", "similar"]

_PARTS = 8  # of a box, from top to bottom
_MIDDLE = 0.5  # of its width is what belongs to them rather than to what is behind
_BORDER = 0.012  # of the picture's width
_APART = 18.0  # levels by which what is seen of two people differs on average where they are as like as unlike
_COLOR = 2.0  # how much more a level of colour says than one of brightness


def colors_of(picture: Picture, box: Box) -> tuple[float, ...]:
    """The mean brightness and colours of each part of what is in a box of a picture.

    None where it is too small, or at the border: of somebody half in the picture other parts are at these places.
    """
    height, width = picture.y.shape
    if box.left < _BORDER * width or box.right > (1 - _BORDER) * width:
        return ()
    left, top, right, bottom = box.grown(-box.width * (1 - _MIDDLE) / 2, 0).window(width, height)
    half = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
    if right - left < 4 or bottom - top < 2 * _PARTS:
        return ()
    planes = picture.y[top:bottom, left:right], picture.u[half], picture.v[half]
    rows = [scaled(plane, (1, _PARTS)).ravel().tolist() for plane in planes]
    return tuple(float(value) for row in rows for value in row)


def similar(some: Sequence[float], others: Sequence[float]) -> float:
    """How like each other two are, from 1 of the same colours to -1; 0 where one is not known."""
    if not some or not others:
        return 0.0
    weights = [1.0] * _PARTS + [_COLOR] * 2 * _PARTS
    apart = sum(weight * abs(a - b) for weight, a, b in zip(weights, some, others, strict=True)) / len(weights)
    return max(-1.0, 1.0 - apart / _APART)

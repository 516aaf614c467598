"""Tells whose a place is where people and things stand together: each belongs to one of them.

The networks for masks show everybody in what they are given. Who is where is known from the boxes in which they were
followed: a place belongs to the one in the middle of whose box it lies most, unless another one's colours, known from
when they stood apart, fit better or their feet are lower in the picture, where who is nearer stands. That tells apart
who is beside another one well, and who is behind another one less so: the caller says whom to favour where it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from clipline.studio.pictures.scaling import scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.box import Box
    from clipline.studio.pictures.picture import Picture

    Values = NDArray[np.float32]

__all__ = ["share"]

_SAMPLES = 128  # across and down a place
_ACROSS = 0.28  # of a box's width from its middle somebody is about as likely as not
_BEYOND = 0.06  # of its height above and below it, the same
_REACH = 0.62  # of its width from its middle is further than anybody reaches
_LEVELS = 25.0  # by which colours differ that count as much as a step of that likelihood
_COLOR = 2.0  # how much more a level of colour counts than one of brightness
_LITTLE, _MOST = 0.25, 1.25  # which does not count, and which counts at most: a face is like no coat
_FEET = 0.12  # of their height by which feet are lower count as much as such a step,
_NEARER = 0.3  # and no more than this
_SMALLER = 1.5  # times the logarithm of how much smaller one of two kinds is: it would not be seen behind the other
_ALIKE, _CLOSE = 0.25, 1.8  # of the smaller box in both is little; how much more a favour counts than that, at most
_BLUR = 3, 3  # samples over which colours are taken together
_SURE = 3.0  # how steep it is where one ends and another begins


def share(
    picture: Picture, own: Box, others: Sequence[Box], place: Box, side: int, *, favor: float = 0.0
) -> NDArray[np.float32]:
    """How far each part of a place of a picture belongs to who is in the box `own`, and not to `others`, 0 to 1.

    An array of `side` samples across and down. The boxes hold the colours of whom they show as far as these are known.
    `favor` counts for the others, or if it is less than 0 for this one: the more the closer their boxes are.
    """
    import cv2
    import numpy as np

    x, y = (
        np.linspace(start, end, _SAMPLES * 2 + 1, dtype=np.float32)[1::2]
        for start, end in ((place.left, place.right), (place.top, place.bottom))
    )
    likely = _within(own, x, y)
    reach = _REACH if own.kind == "person" else _REACH - 0.5
    leads = likely + np.float32(0.5 * (reach / _ACROSS) ** 2)
    planes = _planes(picture, place) if own.colors and any(other.colors for other in others) else []
    like = _like(own, y, planes) if planes else None
    for other in others:
        lead = likely - _within(other, x, y)
        lead += np.float32(_nearer(own, other) - favor * _doubt(own, other))
        if like is not None and other.colors:
            more = like - _like(other, y, planes)
            lead += np.clip(more, -_MOST, _MOST) - np.clip(more, -_LITTLE, _LITTLE)
        leads = np.minimum(leads, lead)
    result: Values = cv2.resize(np.clip(leads * np.float32(_SURE) + np.float32(0.5), 0, 1), (side, side))
    return result


def _nearer(one: Box, other: Box) -> float:
    """How much it counts that the feet of one are lower than another one's; of two kinds, that one is smaller."""
    if one.kind != other.kind:
        return min(max(_SMALLER * log(other.area / one.area), -1), 1)
    lower = (one.bottom - other.bottom) / min(one.height, other.height) / _FEET
    return min(max(lower, -_NEARER), _NEARER)


def _doubt(one: Box, other: Box) -> float:
    """How much a favour counts for one of two: several times as much where their boxes are nearly the same."""
    both = one.shared(other) / max(1.0, min(one.area, other.area))
    return 1 + (_CLOSE - 1) * max(0.0, both - _ALIKE) / (1 - _ALIKE)


def _within(box: Box, x: Values, y: Values) -> Values:
    """How likely, as a logarithm, who is in a box is at these places: in its middle; a thing fills it."""
    import numpy as np

    middle, beyond = (0.0, _BEYOND) if box.kind == "person" else (0.5, 2 * _BEYOND)
    across = np.maximum(np.abs(x - np.float32(box.center[0])) / box.width - middle, 0) / np.float32(_ACROSS)
    outside = np.maximum(np.maximum(box.top - y, y - box.bottom), 0) / np.float32(beyond * box.height)
    result: Values = (-0.5 * outside * outside)[:, None] - 0.5 * across * across
    return result


def _like(box: Box, y: Values, planes: Sequence[Values]) -> Values:
    """How likely, as a logarithm, these colours are those of who is in a box."""
    import cv2
    import numpy as np

    parts = np.array(box.colors, np.float32).reshape(len(planes), -1)
    middles = (np.arange(parts.shape[1]) + 0.5) / parts.shape[1]
    apart = np.zeros(planes[0].shape, np.float32)
    for plane, colors, weight in zip(planes, parts, (1.0, _COLOR, _COLOR), strict=True):
        wanted = np.interp((y - box.top) / box.height, middles, colors).astype(np.float32)
        apart += np.float32(weight) * np.abs(plane - wanted[:, None])
    result: Values = cv2.blur(apart, _BLUR) / np.float32(-_LEVELS)
    return result


def _planes(picture: Picture, place: Box) -> list[Values]:
    """The planes of a place in samples; beyond the picture's border it goes on as it is there."""
    import cv2
    import numpy as np

    height, width = picture.y.shape
    left, top, right, bottom = window = place.window(width, height)
    half = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
    across, down = _SAMPLES / place.width, _SAMPLES / place.height
    size = max(1, round((right - left) * across)), max(1, round((bottom - top) * down))
    way = np.array([[1, 0, (window[0] - place.left) * across], [0, 1, (window[1] - place.top) * down]], np.float32)
    return [
        cv2.warpAffine(scaled(plane, size), way, (_SAMPLES, _SAMPLES), borderMode=cv2.BORDER_REPLICATE).astype(
            np.float32
        )
        for plane in (picture.y[top:bottom, left:right], picture.u[half], picture.v[half])
    ]

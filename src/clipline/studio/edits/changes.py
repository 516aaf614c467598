"""What is made of the part of a picture in which somebody is hidden: a blur, squares, a colour, what might be there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import ceil, log2
from typing import TYPE_CHECKING, TypeAlias

from clipline.studio.pictures.layers import part_of
from clipline.studio.pictures.picture import ColorSpace, yuv
from clipline.studio.pictures.scaling import halved, scaled
from clipline.values import Color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.layers import Planes, Window
    from clipline.studio.pictures.picture import Plane

__all__ = ["Change", "blurred", "colored", "made_up", "pixelated"]

#: Makes other planes of a part of a picture; told all of the picture, the part (with even left and top), and about how
#: many pixels the shorter side of what is hidden there has.
Change: TypeAlias = Callable[["Planes", "Window", float], "Planes"]

_SHARES = 1, 2, 2  # of the brightness is how wide the pixels of the planes are
_SMALL = 24  # samples across and down of what is made up
_FINE = 2.0  # pixels of deviation are enough in a plane made smaller
_FINEST = 12  # squares, or blurs, across the shorter side at most: more would let it be recognised
_WHOLE = 8  # pixels of which larger squares have a whole number: a codec's blocks do too


def blurred(radius: float) -> Change:
    """A blur of this radius in pixels of the picture, stronger where much is hidden."""

    def change(planes: Planes, window: Window, side: float) -> Planes:
        deviation = max(1.0, radius / 2, side / _FINEST / 2)
        y, u, v = (
            _soft(plane, deviation / share) for plane, share in zip(part_of(planes, window), _SHARES, strict=True)
        )
        return y, u, v

    return change


def _soft(plane: Plane, deviation: float) -> Plane:
    """A plane under a Gaussian blur, made in a smaller one where that shows as much."""
    import cv2

    height, width = plane.shape
    factor = 1 << max(0, int(log2(deviation / _FINE)))
    small = scaled(plane, (max(1, width // factor), max(1, height // factor))) if factor > 1 else plane
    soft: Plane = cv2.GaussianBlur(small, (0, 0), deviation / factor)
    return soft if factor == 1 else cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)


def pixelated(size: float) -> Change:
    """Squares of this size in pixels of the picture, larger where much is hidden.

    They are those of one grid over the whole picture, and stay where they are while who is hidden moves: calmer to look
    at, and less than half the bits.
    """

    def change(planes: Planes, window: Window, side: float) -> Planes:
        square = max(2, 2 * round(size / 2))
        if square < side / _FINEST:
            square = _WHOLE * ceil(side / _FINEST / _WHOLE)
        height, width = planes[0].shape
        left, top, right, bottom = window
        x, y = left // square * square, top // square * square
        whole = x, y, min(width, -(-right // square) * square), min(height, -(-bottom // square) * square)
        luma, *colors = part_of(planes, whole)
        squares = _squares(luma, square), _squares(colors[0], square // 2), _squares(colors[1], square // 2)
        return part_of(squares, (left - x, top - y, right - x, bottom - y))

    return change


def _squares(plane: Plane, size: int) -> Plane:
    """A plane in squares so wide from its left and top on, the last ones perhaps beyond its end."""
    import cv2

    height, width = plane.shape
    few = -(-width // size), -(-height // size)
    right, below = few[0] * size - width, few[1] * size - height
    fine = cv2.copyMakeBorder(plane, 0, below, 0, right, cv2.BORDER_REPLICATE)
    while fine.shape[1] % (2 * few[0]) == 0:  # scaling by area at once costs ten times as much
        fine = halved(fine)
    small: Plane = cv2.resize(fine, few, interpolation=cv2.INTER_AREA)
    return small.repeat(size, 0).repeat(size, 1)


def colored(color: Color, space: ColorSpace) -> Change:
    """One colour."""

    def change(planes: Planes, window: Window, _side: float) -> Planes:
        import numpy as np

        y, u, v = (
            np.full_like(plane, value) for plane, value in zip(part_of(planes, window), yuv(color, space), strict=True)
        )
        return y, u, v

    return change


def made_up(planes: Planes, window: Window, _side: float) -> Planes:
    """What might be there: as smooth as can be between what is at the edges."""
    luma, blue, red = part_of(planes, window)
    return _smooth(luma), _smooth(blue), _smooth(red)


def _smooth(plane: Plane) -> Plane:
    import cv2
    import numpy as np

    small = cv2.resize(plane, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    edge, weights = _harmonic()
    small[~edge] = np.clip(np.rint(weights @ small[edge]), 0, 255)
    result: Plane = cv2.resize(small, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return result


@cache
def _harmonic() -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which samples of a small square are its edge, and what each counts in the others (Laplace)."""
    import numpy as np

    edge = np.ones((_SMALL, _SMALL), np.bool_)
    edge[1:-1, 1:-1] = False
    step = np.eye(_SMALL, k=1) + np.eye(_SMALL, k=-1)
    around = np.kron(step, np.eye(_SMALL)) + np.kron(np.eye(_SMALL), step)
    inner = ~edge.ravel()
    weights = np.linalg.solve(4 * np.eye(inner.sum()) - around[np.ix_(inner, inner)], around[np.ix_(inner, ~inner)])
    return edge, weights.astype(np.float32)

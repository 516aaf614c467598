"""How like two pictures are: what was changed in the one, and SSIM and PSNR of the rest.

Both pictures are made small first, until the shorter side has about 256 pixels, as is usual for SSIM (Wang 2004).
"""

from __future__ import annotations

from math import inf, log10, nan
from typing import TYPE_CHECKING, Any

from clipline.studio.reading.media import MediaInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import ColorSpace, Picture

    #: Brightness and both colours, float32 of shape (height, width, 3).
    Small = NDArray[np.float32]

__all__ = ["Shrinker", "likeness_of"]

_SIDE = 256
_CELL = 8
_UNLIKE, _OFF = 0.6, 10.0  # SSIM below which a cell was changed, and levels by which its mean may be off
_TOGETHER = 0.003  # the part of the picture that changed cells must make up together to be an edit
_REST = 0.02  # of the picture must be left unchanged for the rest to be worth a number
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


class Shrinker:
    """Makes pictures of both clips small, of one size and in the colours of the result."""

    def __init__(self, after: MediaInfo, old: ColorSpace, new: ColorSpace) -> None:
        factor = max(1, round(min(after.width, after.height) / _SIDE))
        width, height = (max(_CELL, side // factor // _CELL * _CELL) for side in (after.width, after.height))
        self._size = width, height
        self._change = None if old == new else _between(old, new)

    def source(self, picture: Picture) -> Small:
        """A picture of the source, small, in the colours of the result."""
        import cv2

        small: Any = self.result(picture)
        return small if self._change is None else cv2.transform(small, self._change)  # type: ignore[no-any-return]

    def result(self, picture: Picture) -> Small:
        """A picture of the result, small."""
        import cv2
        import numpy as np

        planes = (
            cv2.resize(each, self._size, interpolation=cv2.INTER_AREA) for each in (picture.y, picture.u, picture.v)
        )
        return cv2.merge(tuple(planes)).astype(np.float32)  # type: ignore[no-any-return]


def _between(old: ColorSpace, new: ColorSpace) -> NDArray[np.float32]:
    """The 3 x 4 matrix that leads from the colours of one clip to those of another."""
    import numpy as np

    there = np.linalg.inv(_to_rgb(new)) @ _to_rgb(old)
    return there[:3].astype(np.float32)


def _to_rgb(space: ColorSpace) -> NDArray[np.float64]:
    """From levels (Y, U, V, 1) to (R, G, B, 1), each 0 to 1."""
    import numpy as np

    red, blue = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}[space.matrix]
    green = 1 - red - blue
    light, color, black = (255.0, 255.0, 0.0) if space.full_range else (219.0, 224.0, 16.0)
    scaled = np.array(
        [
            [1 / light, 0, 0, -black / light],
            [0, 1 / color, 0, -128 / color],
            [0, 0, 1 / color, -128 / color],
            [0, 0, 0, 1],
        ]
    )
    to_red, to_blue = 2 * (1 - red), 2 * (1 - blue)
    matrix = np.array([[1, 0, to_red], [1, -blue * to_blue / green, -red * to_red / green], [1, to_blue, 0]])
    whole = np.eye(4)
    whole[:3, :3] = matrix
    return whole @ scaled  # type: ignore[no-any-return]


def likeness_of(old: Small, new: Small) -> tuple[float, float, float]:
    """The part that was changed, and SSIM and PSNR of the rest."""
    import numpy as np

    ssim, squares, off = _in_cells(_ssim(old[..., 0], new[..., 0])), _in_cells((new - old) ** 2), _in_cells(new - old)
    changed, rest = _edited((ssim < _UNLIKE) | (np.abs(off).max(axis=-1) > _OFF))
    if rest.mean() < _REST:
        return float(changed.mean()), nan, nan
    y, u, v = squares[rest].mean(axis=0)
    error = float(6 * y + u + v) / 8  # as encoders weigh brightness and colours
    return float(changed.mean()), float(ssim[rest].mean()), 10 * log10(255**2 / error) if error else inf


def _ssim(old: Any, new: Any) -> Any:
    """The structural similarity around each pixel, in windows of 8 x 8 (Wang 2004)."""
    import cv2

    def mean(plane: Any) -> Any:
        return cv2.blur(plane, (8, 8))

    a, b = mean(old), mean(new)
    spread = mean(old * old) + mean(new * new) - a * a - b * b
    together = mean(old * new) - a * b
    return (2 * a * b + _C1) * (2 * together + _C2) / ((a * a + b * b + _C1) * (spread + _C2))


def _in_cells(plane: Any) -> Any:
    import cv2

    return cv2.resize(plane, (plane.shape[1] // _CELL, plane.shape[0] // _CELL), interpolation=cv2.INTER_AREA)


def _edited(unlike: Any) -> tuple[Any, Any]:
    """Of the cells that are unlike those that hang together, and the cells that no edge of theirs touches."""
    import cv2
    import numpy as np

    _, labels, facts, _ = cv2.connectedComponentsWithStats(unlike.astype(np.uint8), connectivity=8)
    large = facts[:, cv2.CC_STAT_AREA] >= max(4, _TOGETHER * unlike.size)
    large[0] = False  # what is not unlike
    changed = large[labels]
    return changed, cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0

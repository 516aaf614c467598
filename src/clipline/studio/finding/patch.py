"""A rectangle of a picture as it looks, and where it is in another picture: shifted, scaled and turned.

Corner points in it are followed by pyramidal Lucas-Kanade there and back, and RANSAC fits a similarity to them; how
well that fits is told by normalised correlation, cell by cell, so that one that is partly hidden is known too. Where
points are lost it is searched for by the correlation alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipline.studio.pictures.box import Box
from clipline.studio.scenes.register import frame, moved

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane
    from clipline.studio.scenes.register import Matrix, Points

__all__ = ["SIDE", "Fit", "Patch"]

#: Pixels of the longer side of a patch.
SIDE = 72
_AROUND = 0.35  # of its sides is what is known around it, for points near its border
_POINTS = 60
_ENOUGH = 6  # with fewer points nothing is said
_RETURNS = 0.8  # pixels by which a point may miss its beginning, followed there and back
_FITS = 1.5  # pixels within which a point fits
_AGREE = 0.4  # of the points must
_TIMES = 3  # that it is followed from where it was found, at most
_LITTLE = 1.0  # pixels that are not worth once more
_STEPS = 1.3  # times as large or small is the most that it may become at once
_CELLS = 4  # across and down
_ALIKE = 0.55  # correlation of a cell that shows the same
_PLAIN = 3.0  # levels of deviation below which there is nothing to follow
_SIZES = (1.0, 0.88, 1.14)  # in which it is searched for


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a patch is: `matrix` (3, 3) takes its pixels to those of the picture.

    `likeness` is how much of it looks the same, `seen` how much of it lies in the picture, both 0 to 1.
    """

    matrix: Matrix
    likeness: float
    seen: float


class Patch:
    """What is in a rectangle of a picture, which `matrix` takes a box of `size` (width, height) pixels to."""

    def __init__(self, luma: Plane, matrix: Matrix, size: tuple[int, int]) -> None:
        """Keep what a picture shows there.

        Raises:
            ValueError: it is plain, so that it cannot be found again.
        """
        import cv2
        import numpy as np

        self.matrix, self.size = matrix, size
        self._margin = max(6, round(_AROUND * max(size)))
        self._wide = self._look(luma, matrix)
        self._plain = self._inner(self._wide).astype(np.float32)
        self._weights = _weights(self._plain)
        if self._plain.std() < _PLAIN or not self._weights.any():
            raise ValueError("nothing to follow")
        inside = np.zeros_like(self._wide)
        self._inner(inside)[:] = 255
        found = cv2.goodFeaturesToTrack(self._wide, _POINTS, 0.01, 3, mask=inside, blockSize=5)
        self._points: Points = np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2)

    @classmethod
    def of(cls, luma: Plane, box: Box) -> Patch:
        """What is in a box of a picture.

        Raises:
            ValueError: it is plain, so that it cannot be found again.
        """
        import numpy as np

        scale = SIDE / max(box.width, box.height)
        size = max(12, round(box.width * scale)), max(12, round(box.height * scale))
        across, down = box.width / size[0], box.height / size[1]
        matrix = np.array([[across, 0, box.left + across / 2 - 0.5], [0, down, box.top + down / 2 - 0.5], [0, 0, 1]])
        return cls(luma, matrix, size)

    def box(self, matrix: Matrix) -> Box:
        """The upright rectangle around it in a picture."""
        import numpy as np

        width, height = self.size
        edges = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
        x, y = (moved(matrix, edges) + 0.5).T
        return Box(float(x.min()), float(y.min()), float(x.max()), float(y.max()), kind="object")

    def followed(self, luma: Plane, guess: Matrix) -> Fit | None:
        """Where it is, near to a guess; None where too few points agree."""
        import numpy as np

        matrix = guess
        for _ in range(_TIMES):
            if (way := self._way(luma, matrix)) is None:
                return None
            matrix = matrix @ way
            if np.hypot(*(moved(way, frame(self.size)) - frame(self.size)).T).max() < _LITTLE:
                break
        return self.fit(luma, matrix)

    def _way(self, luma: Plane, guess: Matrix) -> Matrix | None:
        """From its pixels to those that show the same when a place of the picture is taken for it."""
        import cv2
        import numpy as np

        if len(self._points) < _ENOUGH:
            return None
        now = self._look(luma, guess)
        options: dict[str, Any] = {"winSize": (11, 11), "maxLevel": 3}
        found, there, _ = cv2.calcOpticalFlowPyrLK(self._wide, now, self._points, None, **options)
        back, again, _ = cv2.calcOpticalFlowPyrLK(now, self._wide, found, None, **options)
        good = (there.ravel() > 0) & (again.ravel() > 0) & (np.hypot(*(back - self._points).T) < _RETURNS)
        if good.sum() < max(_ENOUGH, _AGREE * 0.5 * len(self._points)):
            return None
        way, fits = cv2.estimateAffinePartial2D(
            self._points[good], found[good], method=cv2.RANSAC, ransacReprojThreshold=_FITS, maxIters=300
        )
        if way is None or fits.sum() < max(_ENOUGH, _AGREE * good.sum()):
            return None
        size = float(np.hypot(way[0, 0], way[1, 0]))
        if not 1 / _STEPS < size < _STEPS:
            return None
        result: Matrix = np.vstack([way, [0, 0, 1]])
        return result

    def searched(self, luma: Plane, guess: Matrix, reach: float) -> Fit:
        """Where it looks most like itself, `reach` times its longer side around a guess at most."""
        import cv2
        import numpy as np

        best: tuple[float, Matrix] | None = None
        margin = round(reach * max(self.size))
        for size in _SIZES:
            way = guess @ _scaling(size, self.size)
            wide = _seen(luma, way, self.size, margin)
            _, value, _, (x, y) = cv2.minMaxLoc(
                cv2.matchTemplate(wide, self._plain.astype(np.uint8), cv2.TM_CCOEFF_NORMED)
            )
            if best is None or value > best[0]:
                best = value, way @ np.array([[1, 0, x - margin], [0, 1, y - margin], [0, 0, 1]], np.float64)
        assert best is not None
        return self.followed(luma, best[1]) or self.fit(luma, best[1])

    def fit(self, luma: Plane, matrix: Matrix) -> Fit:
        """How much of it a place of a picture shows."""
        import numpy as np

        now = self._inner(self._look(luma, matrix)).astype(np.float32)
        weights = self._weights * _inside(luma, matrix, self.size)
        there = float(weights.sum())
        alike = float((weights * (_correlation(self._plain, now) > _ALIKE)).sum()) / there if there else 0.0
        box = self.box(matrix)
        height, width = luma.shape
        return Fit(
            matrix, alike if np.isfinite(matrix).all() else 0.0, box.inside(width, height).area / max(box.area, 1)
        )

    def _look(self, luma: Plane, matrix: Matrix) -> Plane:
        return _seen(luma, matrix, self.size, self._margin)

    def _inner(self, wide: Plane) -> Plane:
        return wide[self._margin : -self._margin, self._margin : -self._margin]


def _seen(luma: Plane, matrix: Matrix, size: tuple[int, int], margin: int) -> Plane:
    """A place of a picture in the pixels of a patch, with so many around it."""
    import cv2
    import numpy as np

    way = (matrix @ np.array([[1, 0, -margin], [0, 1, -margin], [0, 0, 1]], np.float64))[:2]
    whole = size[0] + 2 * margin, size[1] + 2 * margin
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen: Plane = cv2.warpAffine(luma, way, whole, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return seen


def _scaling(factor: float, size: tuple[int, int]) -> Matrix:
    """Makes a patch larger about its middle."""
    import numpy as np

    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    return np.array([[factor, 0, x - factor * x], [0, factor, y - factor * y], [0, 0, 1]])


def _cells(values: Any) -> Any:
    """Means over the cells of an array."""
    import cv2

    return cv2.resize(values, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)


def _weights(plain: Any) -> Any:
    """How much each cell says: as much as differs in it, the middle ones most."""
    import numpy as np

    deviation = np.sqrt(np.maximum(_cells(plain * plain) - _cells(plain) ** 2, 0))
    middle = 1 - 0.15 * np.abs(np.arange(_CELLS) - (_CELLS - 1) / 2)
    return np.minimum(np.where(deviation < _PLAIN / 2, 0, deviation), 4 * _PLAIN) * middle[:, None] * middle


def _correlation(one: Any, other: Any) -> Any:
    """The normalised correlation of each cell of two arrays, -1 to 1."""
    import numpy as np

    mean, its = _cells(one), _cells(other)
    deviations = np.maximum(_cells(one * one) - mean**2, 0.25) * np.maximum(_cells(other * other) - its**2, 0.25)
    return (_cells(one * other) - mean * its) / np.sqrt(deviations)


def _inside(luma: Plane, matrix: Matrix, size: tuple[int, int]) -> Any:
    """1 for each cell whose middle lies in the picture."""
    import numpy as np

    steps = (np.arange(_CELLS) + 0.5) / _CELLS
    x, y = np.meshgrid(steps * size[0], steps * size[1])
    places = moved(matrix, np.stack([x.ravel(), y.ravel()], axis=1))
    inside = ((places >= 0) & (places < luma.shape[::-1])).all(axis=1)
    return inside.reshape(_CELLS, _CELLS).astype(np.float32)

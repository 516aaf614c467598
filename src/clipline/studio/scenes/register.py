"""Registers one picture with another: which pixel of the one shows what a pixel of the other shows.

Corner points outside the people are followed by pyramidal Lucas-Kanade, or found again by ORB where they have gone too
far; RANSAC fits a similarity, or a homography where that is clearly better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any, TypeAlias

from clipline.studio.pictures.box import Box
from clipline.studio.pictures.scaling import halved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Picture, Plane

    Matrix: TypeAlias = NDArray[np.floating[Any]]
    Points: TypeAlias = NDArray[np.float32]

__all__ = [
    "Match",
    "Sight",
    "corners",
    "detail",
    "fit",
    "frame",
    "match",
    "moved",
    "rescaled",
    "shrunk",
    "small_by",
]

_WIDTH = 560  # pictures are registered about this wide
_POINTS = 300
_ENOUGH = 14  # with fewer points that agree nothing can be said
_AGREE = 0.3  # of the points must fit the same motion
_STRICT = 0.8  # pixels at that width within which a point fits
_LOOSE = 1.6  # pixels by which a point that moves with the rest may miss at most
_RETURNS = 0.7  # pixels by which a point may miss its beginning, followed there and back
_WIDELY = 0.4  # of the picture must lie between the points that fit a homography
_BETTER = 1.15  # times as many points must fit a homography as fit a similarity
_SHAPES = 33  # pixels across of what is taken for light rather than detail


@dataclass(frozen=True, slots=True)
class Match:
    """How a later picture lies on a reference.

    `matrix` (3, 3) takes pixels of the picture to pixels of the reference; `points` is how many points fit, `error` by
    how many pixels these miss, in the middle; `share` is which part of all points fits, `near` which part of those
    around people (None where there are too few to say).
    """

    matrix: Matrix
    points: int
    error: float
    share: float
    near: float | None


class Sight:
    """What of a picture is needed for registering it: its luma, made smaller, and where nobody is.

    `scale` is how many pixels of the picture a small pixel is wide, a power of 2.
    """

    def __init__(self, picture: Picture, people: Iterable[Box]) -> None:
        import numpy as np

        times = small_by(picture.y.shape[1])
        luma = shrunk(picture.y, times)
        self.scale, self.size = 1 << times, luma.shape[::-1]
        self.luma, self.detail = luma, detail(luma)
        self.boxes = list(people)
        self.free = np.full(luma.shape, 255, np.uint8)
        for box in self.boxes:
            self.free[self.cells(box.scaled(1.15))] = 0
        self._corners: Points | None = None

    def cells(self, box: Box) -> tuple[slice, slice]:
        """The small pixels that a box of the picture touches: rows before columns."""
        left, top, right, bottom = (v / self.scale for v in (box.left, box.top, box.right, box.bottom))
        return slice(max(0, int(top)), max(0, int(bottom) + 1)), slice(max(0, int(left)), max(0, int(right) + 1))

    def inside(self, points: Points, box: Box) -> NDArray[np.bool_]:
        """Which small pixels lie in a box of the picture."""
        import numpy as np

        rows, columns = self.cells(box)
        low, high = (columns.start, rows.start), (columns.stop, rows.stop)
        result: NDArray[np.bool_] = np.all((points >= low) & (points < high), axis=1)
        return result

    @property
    def corners(self) -> Points:
        """Points to follow, outside people: an array (n, 2) of small pixels."""
        if self._corners is None:
            self._corners = corners(self.luma, self.free, _POINTS)
        return self._corners

    def is_free(self, points: Points) -> NDArray[np.bool_]:
        """Which points lie inside the picture and on nobody."""
        import numpy as np

        places = np.rint(points).astype(int)
        inside = ((places >= 0) & (places < self.size)).all(axis=1)
        places = places.clip(0, (self.size[0] - 1, self.size[1] - 1))
        result: NDArray[np.bool_] = inside & (self.free[places[:, 1], places[:, 0]] > 0)
        return result


def match(reference: Sight, now: Sight, guess: Matrix | None = None) -> Match | None:
    """Register a picture with a reference, from a guess of the matrix if there is one; None where that fails."""
    ways = [guess, None] if guess is not None else [None]
    for way in ways:
        if found := _followed(reference, now, way):
            return found
    if (way := _recognized(reference, now)) is not None:
        return _followed(reference, now, way)
    return None


def _followed(reference: Sight, now: Sight, guess: Matrix | None) -> Match | None:
    """By points that are followed from the reference, beginning where the guess says."""
    import cv2
    import numpy as np

    points = reference.corners
    if len(points) < _ENOUGH:
        return None
    start = points if guess is None else moved(np.linalg.inv(rescaled(guess, 1 / now.scale)), points)
    kept = ((start > -8) & (start < np.array(now.size) + 8)).all(axis=1)
    points, start = points[kept], start[kept]
    if len(points) < _ENOUGH:
        return None
    options: dict[str, Any] = {"winSize": (15, 15), "maxLevel": 4 if guess is None else 2}
    options["flags"] = cv2.OPTFLOW_USE_INITIAL_FLOW
    found, there, _ = cv2.calcOpticalFlowPyrLK(reference.detail, now.detail, points, start.copy(), **options)
    back, again, _ = cv2.calcOpticalFlowPyrLK(now.detail, reference.detail, found, points.copy(), **options)
    good = (there.ravel() > 0) & (again.ravel() > 0) & now.is_free(found)
    good &= np.hypot(*(back - points).T) < _RETURNS
    return fit(points[good], found[good], now)


def fit(points: Points, found: Points, now: Sight) -> Match | None:
    """The match of points of a reference with the same points found in a picture, both in small pixels."""
    import cv2
    import numpy as np

    if len(points) < _ENOUGH:
        return None
    affine, inside = cv2.estimateAffinePartial2D(
        found, points, method=cv2.RANSAC, ransacReprojThreshold=_STRICT, maxIters=500, refineIters=20
    )
    best = None if affine is None else (np.vstack([affine, [0, 0, 1]]), inside.ravel() > 0)
    errors = None if best is None else np.hypot(*(moved(best[0], found) - points).T)
    bent, fits = cv2.findHomography(found, points, cv2.RANSAC, _STRICT, maxIters=500)
    if bent is not None and _spread(found[fits.ravel() > 0], now.size) and _upright(bent, now.size):
        misses = np.hypot(*(moved(bent, found) - points).T)
        # A homography bends to points that are a little wrong, so it must explain clearly more of them.
        if errors is None or (misses < _STRICT).sum() > _BETTER * (errors < _STRICT).sum():
            best, errors = (bent, fits.ravel() > 0), misses
    if best is None or errors is None or not _upright(best[0], now.size):
        return None
    matrix, fitting = best
    if fitting.sum() < _ENOUGH or fitting.mean() < _AGREE:
        return None
    near = _around(now, found)
    return Match(
        rescaled(matrix, now.scale),
        int(fitting.sum()),
        float(np.median(errors[fitting]) * now.scale),
        float(fitting.mean()),
        float((errors[near] < _LOOSE).mean()) if near.sum() >= _ENOUGH else None,
    )


def _spread(points: Points, size: tuple[int, int]) -> bool:
    """Whether points tell enough of a whole picture for a homography, which goes astray where there are none."""
    import cv2

    if len(points) < 4 * _ENOUGH:
        return False
    return bool(cv2.contourArea(cv2.convexHull(points)) > _WIDELY * size[0] * size[1])


def _around(now: Sight, points: Points) -> NDArray[np.bool_]:
    """Which points lie around people, by as much as a person is wide, and surely not on one."""
    import numpy as np

    near, on = np.zeros(len(points), np.bool_), np.zeros(len(points), np.bool_)
    for box in now.boxes:
        near |= now.inside(points, box.grown(max(box.width, 0.3 * box.height), 0.3 * box.height))
        on |= now.inside(points, box.grown(4 + 0.25 * box.width, 4 + 0.12 * box.height))
    return near & ~on


def _recognized(reference: Sight, now: Sight) -> Matrix | None:
    """A first guess where the camera has gone far between the pictures: ORB points that look alike in both."""
    import cv2
    import numpy as np

    orb = cv2.ORB_create(700, fastThreshold=10)
    one, first = orb.detectAndCompute(reference.luma, reference.free)
    two, second = orb.detectAndCompute(now.luma, now.free)
    if first is None or second is None:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(first, second)
    if len(pairs) < _ENOUGH:
        return None
    points = np.array([one[pair.queryIdx].pt for pair in pairs], np.float32)
    found = np.array([two[pair.trainIdx].pt for pair in pairs], np.float32)
    affine, inside = cv2.estimateAffinePartial2D(found, points, method=cv2.RANSAC, ransacReprojThreshold=3.0)
    if affine is None or inside.sum() < max(_ENOUGH, 0.15 * len(pairs)):
        return None
    return rescaled(np.vstack([affine, [0, 0, 1]]), now.scale)


def _upright(matrix: Matrix, size: tuple[int, int]) -> bool:
    """Whether a camera can see this: the picture keeps its shape by and large."""
    import numpy as np

    there = moved(matrix, frame(size))
    sides = np.hypot(*(np.roll(there, -1, axis=0) - there).T) / (size * 2)
    return bool(np.isfinite(sides).all() and sides.min() > 0.5 and sides.max() < 2 and sides.max() < 1.5 * sides.min())


def small_by(width: int) -> int:
    """How often pictures of a width are halved before they are registered."""
    return max(0, round(log2(width / _WIDTH)))


def shrunk(plane: Plane, times: int) -> Plane:
    """A plane halved so many times."""
    for _ in range(times):
        plane = halved(plane)
    return plane


def corners(luma: Plane, where: Plane, most: int) -> Points:
    """Points that can be followed where a mask is 255: an array (n, 2), the best ones first."""
    import cv2
    import numpy as np

    found = cv2.goodFeaturesToTrack(luma, most, 0.004, max(5, luma.shape[1] // 50), mask=where)
    return np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2)


def detail(luma: Plane) -> Plane:
    """A plane without its large shapes, about grey: light that changes leaves it nearly as it was."""
    import cv2

    result: Plane = cv2.addWeighted(luma, 1.0, cv2.blur(luma, (_SHAPES, _SHAPES)), -1.0, 128.0)
    return result


def frame(size: tuple[int, int]) -> Points:
    """The corners of a picture of a width and height, in turn: an array (4, 2)."""
    import numpy as np

    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def moved(matrix: Matrix, points: Points) -> Points:
    """Points (n, 2) taken through a matrix."""
    import cv2
    import numpy as np

    result: Points = cv2.perspectiveTransform(np.asarray(points, np.float32).reshape(-1, 1, 2), matrix).reshape(-1, 2)
    return result


def rescaled(matrix: Matrix, scale: float) -> Matrix:
    """The same matrix for pictures whose sides are `scale` times as long; middles of pixels count."""
    import numpy as np

    larger = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])
    result: Matrix = larger @ matrix @ np.linalg.inv(larger)
    return result

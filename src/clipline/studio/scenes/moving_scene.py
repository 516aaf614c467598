"""The empty scene as a moving camera sees it: each picture is registered with the plate and not with the one before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clipline.errors import Refused
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.light import lit
from clipline.studio.pictures.picture import Finding, Picture
from clipline.studio.scenes.difference import EmptyScene, coarse
from clipline.studio.scenes.mosaic import Mosaic
from clipline.studio.scenes.motion import Stretch, View
from clipline.studio.scenes.register import Match, Sight, corners, detail, fit, frame, moved, rescaled, shrunk, small_by

if TYPE_CHECKING:
    from clipline.studio.pictures.layers import Planes, Window
    from clipline.studio.pictures.picture import Plane
    from clipline.studio.scenes.register import Matrix

__all__ = ["DEPTH", "HINT", "STEADY", "MovingScene"]

_POINTS = 220  # followed in one picture
#: Of the points around people so many must move as the rest of the picture does.
STEADY = 0.8
DEPTH = (
    "low quality: of what is around them {part:.0%} moves otherwise than the rest of the picture, so the "
    "background may be out of place"
)
HINT = "fill them with a colour, take a part of the clip, or do not ask for strict quality"
_SURE = 20  # pictures after which it is known how steady the surroundings are
_BLURRED = 0.8  # pixels by which the plate may be out of place without a word
_BLIND = 3  # pictures in a row may be placed by how the camera moved before
_CORRECTED = 1.5  # pixels by which a guess may be wrong before the plate is compared once more


class MovingScene(EmptyScene):
    """The plate along the way of a camera; `mosaic` makes the part around the anchor of a number.

    `people` says where anybody may be at a time: what is there says nothing of the camera. `strict` refuses a scene in
    which much around people moves otherwise than the plate, as soon as that is known.
    """

    def __init__(
        self,
        stretch: Stretch,
        size: tuple[int, int],
        mosaic: Callable[[int], Mosaic],
        people: Callable[[float], Sequence[Box]],
        *,
        strict: bool = False,
    ) -> None:
        import numpy as np

        self._fit_grid(*size)
        self.hidden: Plane = np.zeros(self.size[::-1], np.uint8)
        self._starts = [anchor.time for anchor in stretch.anchors]
        self._mosaic, self._people, self._strict = mosaic, people, strict
        self.deep = stretch.steady < STEADY
        self._number = -1
        self._blind = 0  # pictures in a row that could not be registered
        self._way: list[Matrix] = []  # matrices of the last pictures on the canvas, two at most
        self._errors: list[float] = []
        self._near: list[float] = []

    def differs(self, picture: Picture, people: Plane | None = None) -> Plane:
        """As of the empty scene, once the picture is registered with the plate."""
        self._go_to(picture.time)
        self.lost = not self._follow(picture) and self._blind > _BLIND
        if self._strict and len(self._near) > _SURE and self._steady < STEADY:
            raise Refused(DEPTH.format(part=1 - self._steady), hint=HINT)
        self._see()
        return super().differs(picture, people)

    def show(self, window: Window) -> Planes:
        """As of the empty scene: the plate as the last picture sees it."""
        import cv2
        import numpy as np

        left, top, right, bottom = window
        plate = self._canvas.plate
        parts = []
        for plane, share in ((plate.y, 1), (plate.u, 2), (plate.v, 2)):
            x, y = left // share, top // share
            place = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
            way = rescaled(self._matrix, 1 / share) @ place
            to = (right + share - 1) // share - x, (bottom + share - 1) // share - y
            flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            parts.append(cv2.warpPerspective(plane, way, to, flags=flags, borderMode=cv2.BORDER_REPLICATE))
        return self._held(lit((parts[0], parts[1], parts[2]), self._light), window)

    def findings(self) -> Sequence[Finding]:
        """How well the camera could be followed."""
        import numpy as np

        error = float(np.median(self._errors)) if self._errors else 0.0
        found = [Finding("INFO", f"the camera moves: it is followed within {max(error, 0.05):.2g} pixels")]
        if error > _BLURRED:
            found = [Finding("WARN", f"low quality: the moving camera is followed within {error:.1f} pixels only")]
        if self._steady < STEADY:
            found.append(Finding("WARN", DEPTH.format(part=1 - self._steady)))
        return found

    @property
    def _steady(self) -> float:
        """Which part of the points around people moves as the plate does."""
        return sum(self._near) / len(self._near) if self._near else 1.0

    def _go_to(self, time: float) -> None:
        """Have the canvas for a time."""
        import cv2

        number = max(0, bisect_right(self._starts, time - 1e-6) - 1)
        if number == self._number:
            return
        self._number, self._way = number, []
        self._canvas = self._mosaic(number)
        plate = self._canvas.plate
        self._large = coarse((plate.y, plate.u, plate.v), self._halvings)
        hidden = cv2.resize(plate.hidden, self._large[0].shape[::-1], interpolation=cv2.INTER_AREA)
        self._covered = cv2.compare(hidden, 0, cv2.CMP_GT)
        times = small_by(self._whole[0])
        luma, known = shrunk(plate.y, times), cv2.compare(shrunk(plate.hidden, times), 0, cv2.CMP_EQ)
        self._detail, self._points = detail(luma), corners(luma, known, 3 * _POINTS)

    def _follow(self, picture: Picture) -> bool:
        """Find the matrix from pixels of the picture to pixels of the canvas; whether that was possible."""
        import numpy as np

        sight = Sight(picture, self._people(picture.time))
        self._matrix = _between(self._canvas.views, picture.time)
        guesses = [self._matrix]
        if len(self._way) == 2:
            guesses.insert(0, self._way[1] @ np.linalg.inv(self._way[0]) @ self._way[1])
        for guess in guesses:
            found, way = self._compared(sight, guess), guess
            if found and _distance(found.matrix, self._whole) > _CORRECTED:
                way = guess @ found.matrix
                found = self._compared(sight, way)
            if found:
                self._matrix = way @ found.matrix
                self._way, self._blind = [*self._way[-1:], self._matrix], 0
                self._errors.append(found.error)
                self._near += [] if found.near is None else [found.near]
                return True
        self._blind += 1
        self._matrix, self._way = guesses[0], [*self._way[-1:], guesses[0]]
        return False

    def _compared(self, sight: Sight, guess: Matrix) -> Match | None:
        """How a picture lies on what the canvas would show by a guess."""
        import cv2
        import numpy as np

        way = rescaled(guess, 1 / sight.scale)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpPerspective(self._detail, way, sight.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        points = moved(np.linalg.inv(way), self._points)
        points = points[sight.is_free(points)]
        points = np.ascontiguousarray(points[:: max(1, len(points) // _POINTS)])
        if len(points) == 0:
            return None
        found, status, _ = cv2.calcOpticalFlowPyrLK(seen, sight.detail, points, None, winSize=(15, 15), maxLevel=2)
        good = (status.ravel() > 0) & sight.is_free(found)
        return fit(points[good], found[good], sight)

    def _see(self) -> None:
        """Bring the coarse plate to where the picture sees it."""
        import cv2

        way = rescaled(self._matrix, 1 / (1 << self._halvings))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        y, u, v = (
            cv2.warpPerspective(plane, way, self.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
            for plane in self._large
        )
        self._plain = y, u, v
        covered = cv2.warpPerspective(
            self._covered, way, self.size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=255
        )
        self.hidden = cv2.compare(covered, 0, cv2.CMP_GT)


def _between(views: Sequence[View], time: float) -> Matrix:
    """Where a picture of this time should lie on the canvas, by the sampled ones before and after it."""
    after = bisect_right([view.time for view in views], time)
    if after in {0, len(views)}:
        return views[min(after, len(views) - 1)].matrix
    before, behind = views[after - 1], views[after]
    part = (time - before.time) / (behind.time - before.time)
    result: Matrix = before.matrix / before.matrix[2, 2] * (1 - part) + behind.matrix / behind.matrix[2, 2] * part
    return result


def _distance(matrix: Matrix, size: tuple[int, int]) -> float:
    """By how many pixels a matrix moves the corners of a picture, at most."""
    import numpy as np

    return float(np.hypot(*(moved(matrix, frame(size)) - frame(size)).T).max())

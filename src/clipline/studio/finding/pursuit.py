"""Follows a place of the picture through pictures in order, by what it looks like: whatever it may show.

It is compared with how it looked before, not with the picture before alone, so that errors do not add up. Who hides it
for a moment is waited out; where it is lost for longer, the pursuit ends rather than go on with something else. Only
what never moved is waited for longer, at its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipline.studio.finding.patch import Fit, Patch
from clipline.studio.pictures.box import Box

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane
    from clipline.studio.scenes.register import Matrix

__all__ = ["Pursuit"]

_SURE = 0.6  # of a patch must look the same for it to be there
_FOUND = 0.72  # and so much where it was searched for
_FRESH = 0.8  # from which on it may be kept as it looks now
_OLD = 0.92  # below which that is worth while
_TURNED = 0.15  # by how much it may grow, shrink or turn until it is
_WAITS = 1.5  # seconds that it may be hidden
_WAITS_STILL = 6.0  # and if it never moved
_STANDS = 0.06  # of its sides is how far it may have gone to be taken for something that never moves
_NEAR, _FAR = 1.0, 2.0  # times its longer side: how far it is searched for, at first, and each second later
_GOES_ON = 0.5  # seconds that it is taken to go on as before
_GONE = 0.45  # of it in the picture are too little to go on with
_KEPT = 3  # looks of it that are known at once: the first one and the last ones


class Pursuit:
    """Follows what is in a box of the first picture. Times may rise or fall."""

    def __init__(self, luma: Plane, box: Box, time: float) -> None:
        """Begin in a picture, given as its brightness.

        Raises:
            ValueError: it is plain there, so that it cannot be found again.
        """
        self._patches = [Patch.of(luma, box)]
        self._place = box
        self._seen = [(time, self._patches[0].matrix)]
        self._stands = True
        #: Why it ended: "lost" or "left" the picture; None as long as it goes on.
        self.ended: str | None = None

    def look(self, luma: Plane, time: float) -> Box | None:
        """Where it is in the next picture; None where it is hidden, and once it is lost."""
        if self.ended:
            return None
        waited = abs(time - self._seen[-1][0])
        expected = self._expected(time)
        found = self._followed(luma, expected)
        if found is None and waited <= _WAITS:
            found = self._searched(luma, expected, waited)
        if found is not None and found.seen >= _GONE:
            self._seen = [self._seen[-1], (time, found.matrix)]
            self._renew(luma, found)
            box = self._patches[0].box(found.matrix)
            self._stands &= self._place.overlap(box) > 1 - 2 * _STANDS
            return box
        if found is not None or self._is_out(luma, expected):
            self.ended = "left"
        elif waited > (_WAITS_STILL if self._stands else _WAITS):
            self.ended = "lost"
        return None

    def finish(self, time: float) -> None:
        """There are no more pictures after this time: what is hidden then is not seen again."""
        if not self.ended and time != self._seen[-1][0]:
            self.ended = "lost"

    def _followed(self, luma: Plane, expected: Matrix) -> Fit | None:
        """Where it went from where it was, or that it stands; by how it looked last, or before."""
        best: Fit | None = None
        for patch in self._patches[::-1]:
            last = self._seen[-1][1]
            fits = [patch.followed(luma, expected), patch.followed(luma, last), patch.fit(luma, last), best]
            best = max(filter(None, fits), key=lambda fit: fit.likeness)
            if best.likeness >= _FRESH:
                break
        return best if best is not None and best.likeness >= _SURE else None

    def _searched(self, luma: Plane, expected: Matrix, waited: float) -> Fit | None:
        """Where it is anywhere around, which must be surer."""
        reach = _NEAR + _FAR * min(waited, 1.0)
        found = [patch.searched(luma, expected, reach) for patch in self._patches[:: max(1, len(self._patches) - 1)]]
        best = max(found, key=lambda fit: fit.likeness)
        return best if best.likeness >= _FOUND else None

    def _expected(self, time: float) -> Matrix:
        """Where it should be if it goes on and grows as before, for a while."""
        import numpy as np

        if len(self._seen) < 2:
            return self._seen[-1][1]
        (before, there), (then, last) = self._seen
        part = min(abs(time - then), _GOES_ON) / max(abs(then - before), 1e-3)
        grown = (np.linalg.det(last[:2, :2]) / np.linalg.det(there[:2, :2])) ** (part / 2)
        (x, y), (its_x, its_y) = self._patches[0].box(last).center, self._patches[0].box(there).center
        onto = x + (x - its_x) * part, y + (y - its_y) * part
        result: Matrix = _similar(grown, (x, y), onto) @ last
        return result

    def _is_out(self, luma: Plane, expected: Matrix) -> bool:
        box = self._patches[0].box(expected)
        height, width = luma.shape
        return box.inside(width, height).area < _GONE * box.area

    def _renew(self, luma: Plane, found: Fit) -> None:
        """Keep how it looks now, where that is sure and has changed."""
        import numpy as np

        newest = self._patches[-1]
        way = np.linalg.inv(newest.matrix) @ found.matrix
        changed = float(np.abs(way[:2, :2] - np.eye(2)).max()) > _TURNED or found.likeness < _OLD
        if found.likeness < _FRESH or found.seen < 1 or not changed:
            return
        try:
            fresh = Patch(luma, found.matrix, newest.size)
        except ValueError:
            return
        self._patches = [self._patches[0], *self._patches[1:][-(_KEPT - 2) :], fresh]


def _similar(factor: float, middle: tuple[float, float], onto: tuple[float, float]) -> Matrix:
    """Makes pictures larger about a middle, which goes to another place."""
    import numpy as np

    return np.array([[factor, 0, onto[0] - factor * middle[0]], [0, factor, onto[1] - factor * middle[1]], [0, 0, 1]])

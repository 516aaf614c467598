"""Keeps people and replaces all else, or fills people with a colour: where a soft mask of them decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from clipline.clock import Clock
from clipline.errors import Bug
from clipline.studio.fill import Backdrop, bounds, lay_over
from clipline.studio.picture import Finding, Picture
from clipline.studio.segment import Segmenter, Silhouette, combined
from clipline.studio.survey import Survey
from clipline.studio.track import Track

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.picture import Plane

__all__ = ["MaskedFill"]

_EVERY = 2  # pictures for one look at each person; in between the mask moves with its box


class MaskedFill:
    """The operation: `process` for each picture of the clip, in order.

    `where` says what is filled: all `behind` these people, or the people themselves (`over`), a little more than they
    are so that no rim remains. `fill` None makes it transparent.
    """

    def __init__(
        self,
        survey: Survey,
        people: Sequence[Track],
        fill: Backdrop | None,
        where: Literal["behind", "over"],
        clock: Clock,
    ) -> None:
        self._survey, self._people, self._fill, self._where, self._clock = survey, people, fill, where, clock
        self._segmenter = Segmenter()
        self._silhouettes = [Silhouette() for _ in people]
        self._nobody = 0

    def process(self, picture: Picture) -> Picture:
        """The picture with its background, or its people, filled."""
        self._clock.check()
        if picture.y.shape[::-1] != self._survey.size:
            raise Bug(f"a picture of {picture.y.shape[::-1]} was given to an operation for {self._survey.size}")
        mask = self._mask(picture)
        if self._fill is None:
            picture.alpha = mask if picture.alpha is None else _least(picture.alpha, mask)
            return picture
        planes = picture.y, picture.u, picture.v
        window = bounds(mask)
        if self._where == "over":
            if window:
                lay_over(planes, self._fill.planes(picture, mask), mask, window)
            return picture
        behind = tuple(plane.copy() for plane in self._fill.planes(picture, mask))
        if window:
            lay_over((behind[0], behind[1], behind[2]), planes, mask, window)
        picture.y, picture.u, picture.v = behind
        return picture

    def findings(self) -> Sequence[Finding]:
        """What a person should know of the result."""
        return ()

    def _mask(self, picture: Picture) -> Plane:
        """255 where the people are."""
        import cv2

        shown = []
        for number, box in self._survey.people_at(picture.time, self._people):
            silhouette = self._silhouettes[number]
            if picture.index % _EVERY == 0 or not silhouette.seen:
                silhouette.look(picture, box, self._segmenter)
            shown.append((silhouette, box))
        mask = combined(shown, picture.y.shape)
        if self._where == "over":
            mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
        return mask


def _least(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np

    return np.minimum(one, other)

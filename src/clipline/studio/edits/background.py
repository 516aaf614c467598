"""Keeps some and replaces all else, or fills them with something: where a soft mask of them decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from clipline.clock import Clock
from clipline.errors import Bug
from clipline.studio.edits.cut_out import FAVOR, CutOut
from clipline.studio.edits.fill import Backdrop
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import Track
from clipline.studio.masks.segment import Silhouette
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.layers import bounds, lay, lay_over
from clipline.studio.pictures.picture import Finding, Picture
from clipline.studio.scenes.difference import disc

__all__ = ["MaskedFill", "check_size"]

_RIM = 0.008  # of the picture's height: how much more than people is filled, so that no rim of them remains


class MaskedFill:
    """The operation: `process` for each picture of the clip, in order.

    `where` says what is filled: all `behind` these people, or the people themselves (`over`). `fill` None makes it
    transparent. `silhouettes` are those that the people begin with, if anything is known of them.
    """

    def __init__(
        self,
        survey: Survey,
        people: Sequence[Track],
        fill: Backdrop | None,
        where: Literal["behind", "over"],
        *,
        clock: Clock,
        silhouettes: Sequence[Silhouette] = (),
        findings: Sequence[Finding] = (),
    ) -> None:
        self._survey, self._fill, self._where, self._clock = survey, fill, where, clock
        from clipline.studio.masks.rims import Rims

        favor = FAVOR if where == "behind" else -FAVOR
        self._cut, self._rims = CutOut(survey, people, silhouettes, favor=favor), Rims()
        self._findings = findings

    @property
    def plays(self) -> bool:
        """Whether a clip stands in the background."""
        return self._fill is not None and self._fill.plays

    def process(self, picture: Picture) -> Picture:
        """The picture with its background, or its people, filled."""
        self._clock.check()
        check_size(picture, self._survey.size)
        return self._change_behind(picture) if self._where == "behind" else self._change_over(picture)

    def _change_over(self, picture: Picture) -> Picture:
        import cv2

        mask = self._cut.mask(picture)
        assert self._fill is not None, "people can only be filled with something"
        if window := bounds(mask):
            rim = 2 * round(_RIM * mask.shape[0] / 2)
            left, top, right, bottom = window = Box(*window).grown(rim, rim).window(*mask.shape[::-1])
            people = mask[top:bottom, left:right]
            people[:] = cv2.dilate(people, disc(2 * rim + 1))
            lay_over((picture.y, picture.u, picture.v), self._fill.planes(picture, mask), mask, window)
        return picture

    def _change_behind(self, picture: Picture) -> Picture:
        import cv2

        mask, rims = self._rims.of(picture, self._cut.shown(picture))
        if self._fill is None:
            for rim in rims:
                rim.clean()
            picture.alpha = mask if picture.alpha is None else cv2.min(picture.alpha, mask)
        else:
            behind = self._fill.planes(picture, mask)
            front = [(rim.window, rim.over(behind, clean=not self._fill.of_picture)) for rim in rims]
            lay((picture.y, picture.u, picture.v), [((0, 0, *mask.shape[::-1]), behind), *front])
        return picture

    def findings(self) -> Sequence[Finding]:
        """What a person should know of the result."""
        return self._findings


def check_size(picture: Picture, size: tuple[int, int]) -> None:
    """Make sure that a picture is the one that was surveyed.

    Raises:
        Bug: it has another size.
    """
    if picture.y.shape[::-1] != size:
        raise Bug(f"a picture of {picture.y.shape[::-1]} was given to an operation on people surveyed in {size}")

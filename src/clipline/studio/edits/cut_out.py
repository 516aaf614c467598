"""Some of the people or things in a clip, cut out of its pictures and told from the others around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import SLACK, Track
from clipline.studio.masks.apart import share
from clipline.studio.masks.segment import Silhouette, combined, view
from clipline.studio.masks.segment_object import Segmenters
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Picture
from clipline.studio.scenes.difference import disc

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["FAVOR", "CutOut", "StayingPeople"]

FAVOR = 0.3  # counts for those who are not to be seen, where it is not clear whose a place is

_NEAR_BY = 0.03  # of somebody else's box in view is enough to be mistaken for this person
_AROUND = 0.12  # of its sides is how much more than a box somebody who stays takes
_AROUND_GONE = 0.08  # and somebody who is to go
_THIN = 0.12  # of a box's width: what is thinner is more likely a seam between two
_SAMPLES = 128


class CutOut:
    """Soft masks of some of the people or things, renewed now and then.

    `favor` counts for all others where it is not clear whose a place is, or if it is less than 0 for these.
    """

    def __init__(
        self, survey: Survey, people: Sequence[Track], silhouettes: Sequence[Silhouette] = (), *, favor: float
    ) -> None:
        self.survey, self._people, self._favor = survey, people, favor
        self._segmenters = Segmenters()
        self._silhouettes = list(silhouettes) or [Silhouette() for _ in people]
        #: Those who are not to be cut out.
        self.rest = [track for track in (*survey.tracks, *survey.bystanders) if track not in people]

    def there(self, time: float, touching: Plane | None = None) -> Iterator[tuple[int, Box, list[Box]]]:
        """The number and the box of each who is there, and the boxes of the others near; with colours if there are any.

        Where a mask is given, only of those whose boxes touch it.
        """
        others = self.survey.people_at(time, self.rest)
        for number, box in self.survey.people_at(time, self._people):
            left, top, right, bottom = box.window(*self.survey.size)
            if right <= left or bottom <= top or (touching is not None and not touching[top:bottom, left:right].any()):
                continue
            seen = view(box)
            near = [(self.rest[which], other) for which, other in others if seen.shared(other) > _NEAR_BY * other.area]
            own = replace(box, colors=self._people[number].colors_at(time)) if near else box
            yield number, own, [replace(other, colors=track.colors_at(time)) for track, other in near]

    def shown(self, picture: Picture, touching: Plane | None = None) -> list[Silhouette]:
        """Those in a picture, their masks moved to where they are in it or made anew; `touching` is as for `there`."""
        shown: list[Silhouette] = []
        for number, box, near in self.there(picture.time, touching):
            silhouette = self._silhouettes[number]
            silhouette.follow(picture, box)
            if silhouette.outdated(box, picture.time, crowded=bool(near)):
                segmenter = self._segmenters.of(self._people[number].kind)
                silhouette.look(picture, box, segmenter, others=near, favor=self._favor)
            shown.append(silhouette)
        return shown

    def mask(self, picture: Picture, touching: Plane | None = None) -> Plane:
        """255 where these people are."""
        return combined(self.shown(picture, touching), picture.y.shape)


class StayingPeople:
    """Those who stay while others are taken out."""

    def __init__(self, survey: Survey, people: Sequence[Track]) -> None:
        self._cut = CutOut(survey, people, favor=FAVOR)

    def take_out(self, picture: Picture, mask: Plane, differs: Plane) -> None:
        """Clear a mask of what is to be replaced where somebody stays, if it comes near to one.

        That is in their outline. The network does not know all of who is half hidden; so it is also where the picture
        surely differs from what is behind (255 in `differs`, of any size), they are nearest, and nobody is who goes.
        """
        import cv2
        import numpy as np

        cut, size = self._cut, self._cut.survey.size
        stays, whole = cut.mask(picture, touching=mask), cv2.resize(differs, size)
        for _, box, near in cut.there(picture.time, touching=mask):
            left, top, right, bottom = window = box.grown(_AROUND * box.width, _AROUND * box.height).window(*size)
            own = share(picture, box, near, Box(*window), _SAMPLES, favor=FAVOR)
            target = stays[top:bottom, left:right]
            wide = cv2.resize(own, target.shape[::-1])
            wide[whole[top:bottom, left:right] == 0] = 0
            for track in cut.rest:
                gone = track.around(picture.time, cut.survey.margin, SLACK)
                if gone is not None:
                    there = gone.grown(_AROUND_GONE * gone.width, _AROUND_GONE * gone.height).moved(-left, -top)
                    x, y, end, foot = (
                        max(0, round(edge)) for edge in (there.left, there.top, there.right, there.bottom)
                    )
                    wide[y:foot, x:end] = 0
            whose = cv2.convertScaleAbs(wide, alpha=255)
            thin = disc(2 * round(_THIN * box.width / 2) + 1)
            np.maximum(target, cv2.morphologyEx(whose, cv2.MORPH_OPEN, thin), out=target)
        cv2.subtract(mask, stays, dst=mask)

"""Takes people out of a still camera's picture: where they are, the clean plate appears.

A place is changed where the picture differs from the plate and a person is tracked; so shadows and what a detector
misses go too, and all that does not differ, or is no person, stays as it was filmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import Bug
from clipline.studio.detect import Box
from clipline.studio.fill import lay_over
from clipline.studio.picture import Finding, Picture
from clipline.studio.plate import Plate
from clipline.studio.segment import Segmenter, Silhouette, combined
from clipline.studio.survey import Survey
from clipline.studio.track import Track

if TYPE_CHECKING:
    from clipline.studio.picture import Plane

__all__ = ["PlateRemoval"]

_COARSE = 400  # differences are looked for in a picture about this wide
_DIFFERS = 9  # levels by which a place near a person differs from the plate
_SURELY = 18  # and anywhere else
_COLOR = 1.5  # how much more a difference of colour counts than one of brightness


class PlateRemoval:
    """The operation: `process` for each picture of the clip, in order."""

    def __init__(
        self, survey: Survey, gone: Sequence[Track], stay: Sequence[Track], plate: Plate, clock: Clock
    ) -> None:
        import cv2

        self._survey, self._gone, self._stay, self._plate, self._clock = survey, gone, stay, plate, clock
        width, height = survey.size
        factor = max(1, round(width / _COARSE))
        self._coarse = max(1, width // factor), max(1, height // factor)
        self._scale = self._coarse[0] / width, self._coarse[1] / height
        self._empty = [
            cv2.resize(plane, self._coarse, interpolation=cv2.INTER_AREA) for plane in (plate.y, plate.u, plate.v)
        ]
        self._last: Plane | None = None
        self._segmenter: Segmenter | None = None
        self._kept: dict[int, Silhouette] = {}

    def process(self, picture: Picture) -> Picture:
        """The picture without these people."""
        import cv2

        self._clock.check()
        if picture.y.shape[::-1] != self._survey.size:
            raise Bug(f"a picture of {picture.y.shape[::-1]} was given to an operation for {self._survey.size}")
        changed = self._changed(picture)
        if not changed.any():
            return picture
        mask = cv2.resize(changed, self._survey.size, interpolation=cv2.INTER_LINEAR)
        self._protect(picture, mask)
        below, above = (picture.y, picture.u, picture.v), (self._plate.y, self._plate.u, self._plate.v)
        for window in self._windows(changed):
            lay_over(below, above, mask, window)
            mask[window[1] : window[3], window[0] : window[2]] = 0  # windows may overlap: each place is laid over once
        return picture

    def findings(self) -> Sequence[Finding]:
        """Nothing yet known to be wrong with a plate that is whole."""
        return ()

    def _changed(self, picture: Picture) -> Plane:
        """The coarse mask, 0 to 255, of what is to be replaced."""
        import cv2
        import numpy as np

        y, u, v = (
            cv2.resize(plane, self._coarse, interpolation=cv2.INTER_AREA) for plane in (picture.y, picture.u, picture.v)
        )
        color = cv2.max(cv2.absdiff(u, self._empty[1]), cv2.absdiff(v, self._empty[2]))
        differs = cv2.max(cv2.absdiff(y, self._empty[0]), cv2.convertScaleAbs(color, alpha=_COLOR))
        region = self._region(picture.time)
        near = cv2.bitwise_and(cv2.compare(differs, _DIFFERS, cv2.CMP_GT), region)
        wanted = cv2.bitwise_or(near, self._attached(differs, region))
        wanted = cv2.morphologyEx(wanted, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        wanted = cv2.morphologyEx(wanted, cv2.MORPH_CLOSE, _disc(7))
        self._last = wanted
        soft: Plane = cv2.blur(cv2.dilate(wanted, _disc(5)), (3, 3))
        return soft

    def _region(self, time: float) -> Plane:
        """255 in and around the boxes of the people to be taken out."""
        import numpy as np

        region = np.zeros(self._coarse[::-1], np.uint8)
        for _, box in self._survey.people_at(time, self._gone):
            left, top, right, bottom = self._small(box.grown(4 + box.width * 0.25, 4 + box.height * 0.12))
            region[top:bottom, left:right] = 255
        return region

    def _attached(self, differs: Plane, region: Plane) -> Plane:
        """What surely differs and hangs together with people: parts outside their boxes, or people lost for a while."""
        import cv2
        import numpy as np

        surely = cv2.morphologyEx(cv2.compare(differs, _SURELY, cv2.CMP_GT), cv2.MORPH_CLOSE, _disc(3))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(surely, connectivity=8)
        if count < 2:
            return np.zeros_like(region)
        known = region if self._last is None else cv2.bitwise_or(region, self._last)
        inside = np.bincount(labels.ravel(), weights=known.ravel() > 0, minlength=count)
        take = inside >= 0.5 * stats[:, cv2.CC_STAT_AREA]
        take &= stats[:, cv2.CC_STAT_AREA] >= 6
        take[0] = False
        taken: Plane = np.multiply(take[labels], 255, dtype=np.uint8)
        return taken

    def _small(self, box: Box) -> tuple[int, int, int, int]:
        """A box as whole pixels of the coarse picture."""
        across, down = self._scale
        left, top, right, bottom = box.left * across, box.top * down, box.right * across, box.bottom * down
        return max(0, int(left)), max(0, int(top)), max(0, int(right) + 1), max(0, int(bottom) + 1)

    def _windows(self, changed: Plane) -> list[tuple[int, int, int, int]]:
        """Windows of the whole picture, even left and top, that hold everything changed."""
        import cv2

        count, _, stats, _ = cv2.connectedComponentsWithStats(changed, connectivity=8)
        width, height = self._survey.size
        across, down = self._scale
        windows = []
        for x, y, w, h, _area in stats[1:count].tolist():
            left, top = max(0, int((x - 1) / across)) // 2 * 2, max(0, int((y - 1) / down)) // 2 * 2
            windows.append(
                (left, top, min(width, int((x + w + 1) / across) + 1), min(height, int((y + h + 1) / down) + 1))
            )
        return windows

    def _protect(self, picture: Picture, mask: Plane) -> None:
        """Take those who stay out of the mask, where it touches their boxes."""
        import cv2

        staying = self._survey.people_at(picture.time, self._stay)
        shown: list[tuple[Silhouette, Box]] = []
        for number, box in staying:
            left, top, right, bottom = box.window(*self._survey.size)
            if not mask[top:bottom, left:right].any():
                continue
            self._segmenter = self._segmenter or Segmenter()
            silhouette = self._kept.setdefault(number, Silhouette())
            if picture.index % 2 == 0 or not silhouette.seen:
                silhouette.look(picture, box, self._segmenter)
            shown.append((silhouette, box))
        if shown:
            cv2.subtract(mask, combined(shown, mask.shape), dst=mask)


def _disc(size: int) -> Any:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))

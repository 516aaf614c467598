"""Takes people or things out of the picture: where they are, the clean plate appears.

A place is changed where the picture differs from the plate and a person is tracked; so shadows and what a detector
misses go too, and all that does not differ, or is no person, stays as it was filmed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.studio.edits.background import check_size
from clipline.studio.edits.cut_out import FAVOR, CutOut, StayingPeople
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import Track
from clipline.studio.pictures.layers import lay_over
from clipline.studio.pictures.picture import Finding, Picture, PictureOperation
from clipline.studio.scenes.difference import EmptyScene, disc

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["PlateRemoval"]

_DIFFERS = 9  # levels by which a place near a person differs from the plate
_SURELY = 18  # and anywhere else
_BODY = 40  # and more than any shadow does
_RIM = 7  # coarse pixels across of what is taken around an outline
_WORTH_SAYING = 0.005  # the part of what is replaced that may be made up without a word
_RESTLESS = 0.05  # and the part that may move by itself
_OFF = 1.22  # times the range of the middle half is how far two moments are apart: of normal values, in 255 levels


class PlateRemoval:
    """The operation: `process` for each picture of the clip, in order.

    `otherwise` gives the operation for a picture, by its time, that cannot be laid on the plate.
    """

    def __init__(
        self,
        survey: Survey,
        gone: Sequence[Track],
        stay: Sequence[Track],
        scene: EmptyScene,
        clock: Clock,
        *,
        otherwise: Callable[[float], PictureOperation] | None = None,
    ) -> None:
        self._survey, self._gone, self._scene, self._clock = survey, gone, scene, clock
        self._otherwise = otherwise
        self._instead: PictureOperation | None = None
        self._stay = StayingPeople(survey, stay) if stay else None
        self._outlines = CutOut(survey, gone, favor=-FAVOR)
        self._last: Plane | None = None
        self._replaced = 0
        self._made_up = 0
        self._restless = self._levels = 0  # places that move by themselves, and by how many levels in sum

    def process(self, picture: Picture) -> Picture:
        """The picture without these people."""
        import cv2

        self._clock.check()
        check_size(picture, self._survey.size)
        region = self._region(picture.time, self._gone)
        differs = self._scene.differs(picture, region)
        if self._scene.lost and self._otherwise:
            self._instead = self._instead or self._otherwise(picture.time)
            return self._instead.process(picture)
        if self._scene.deep:
            differs = self._near(picture, differs, region)
        elif self._scene.restless.any():
            differs = self._outlined(picture, differs, region)
        changed = self._changed(differs, region)
        if not changed.any():
            return picture
        mask, windows = self._enlarged(changed)
        if self._stay:
            self._stay.take_out(picture, mask, cv2.compare(differs, _BODY, cv2.CMP_GT))
        below = picture.y, picture.u, picture.v
        for window in windows:
            lay_over(below, self._scene.show(window), mask, window)
            mask[window[1] : window[3], window[0] : window[2]] = 0  # windows may overlap: each place is laid over once
        return picture

    def findings(self) -> Sequence[Finding]:
        """How much of what was uncovered had to be made up."""
        part = self._made_up / self._replaced if self._replaced else 0.0
        found = [*self._scene.findings(), *(self._instead.findings() if self._instead else ())]
        if part >= _WORTH_SAYING:
            found.append(
                Finding(
                    "WARN", f"{part:.0%} of the background that was uncovered is never seen in the clip and was made up"
                )
            )
        return [*found, *self._unrest()]

    def _unrest(self) -> list[Finding]:
        """How much of what was uncovered moves by itself, and how far off it is shown."""
        part = self._restless / self._replaced if self._replaced else 0.0
        if part < _RESTLESS:
            return []
        off = _OFF * self._levels / self._restless
        return [
            Finding(
                "WARN",
                f"low quality: {part:.0%} of the background that was uncovered moves by itself, like water or leaves; "
                f"it stands still there, off by some {off:.0f} of 255 levels",
            )
        ]

    def _changed(self, differs: Plane, region: Plane) -> Plane:
        """The coarse mask, 0 to 255, of what is to be replaced."""
        import cv2
        import numpy as np

        near = cv2.bitwise_and(cv2.compare(differs, _DIFFERS, cv2.CMP_GT), region)
        wanted = cv2.bitwise_or(near, self._attached(differs, region))
        wanted = cv2.morphologyEx(wanted, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        made_up = cv2.bitwise_and(self._scene.hidden, region)
        wanted = cv2.morphologyEx(cv2.bitwise_or(wanted, made_up), cv2.MORPH_CLOSE, disc(7))
        self._last = wanted
        self._replaced += cv2.countNonZero(wanted)
        self._made_up += cv2.countNonZero(made_up)
        unrest = self._scene.restless[wanted > 0]
        self._restless += int(np.count_nonzero(unrest))
        self._levels += int(unrest.sum())
        soft: Plane = cv2.blur(cv2.dilate(wanted, disc(5)), (3, 3))
        return soft

    def _outlined(self, picture: Picture, differs: Plane, region: Plane) -> Plane:
        """The differences, but where the scene moves by itself: what goes beyond that, and the outlines of people."""
        import cv2

        moves = cv2.compare(self._scene.restless, 0, cv2.CMP_GT)
        calm: Plane = cv2.subtract(differs, moves)
        near = cv2.bitwise_and(moves, region)
        if not cv2.countNonZero(near):
            return calm
        around = self._outline(picture)
        told: Plane = cv2.bitwise_or(calm, cv2.bitwise_and(cv2.max(self._scene.unusual(differs), around), near))
        return told

    def _near(self, picture: Picture, differs: Plane, region: Plane) -> Plane:
        """The differences near people only, since so much else differs in a scene with depth, and outlines of things.

        Things are in the places of their boxes for long, where all that stands nearer by would be taken for them; the
        outlines of people who walk past are not found well enough.
        """
        import cv2

        people = [track for track in self._gone if track.kind == "person"]
        near: Plane = cv2.bitwise_and(differs, self._region(picture.time, people))
        if len(people) < len(self._gone):
            near = cv2.max(near, cv2.bitwise_and(self._outline(picture), region))
        return near

    def _outline(self, picture: Picture) -> Plane:
        """255 in and around the outlines of those to be taken out."""
        import cv2

        shown = cv2.resize(self._outlines.mask(picture), self._scene.size, interpolation=cv2.INTER_AREA)
        outline: Plane = cv2.dilate(cv2.compare(shown, 0, cv2.CMP_GT), disc(_RIM))
        return outline

    def _region(self, time: float, gone: Sequence[Track]) -> Plane:
        """255 in and around the boxes of those to be taken out."""
        import numpy as np

        region = np.zeros(self._scene.size[::-1], np.uint8)
        for box in filter(None, (track.around(time, self._survey.margin) for track in gone)):
            region[self._scene.cells(box.grown(4 + box.width * 0.25, 4 + box.height * 0.12))] = 255
        return region

    def _attached(self, differs: Plane, region: Plane) -> Plane:
        """What surely differs and hangs together with people: parts outside their boxes, or people lost for a while."""
        import cv2
        import numpy as np

        surely: Plane = cv2.morphologyEx(cv2.compare(differs, _SURELY, cv2.CMP_GT), cv2.MORPH_CLOSE, disc(3))
        if not cv2.countNonZero(cv2.subtract(surely, region)):
            return surely  # as nearly always: it is not necessary to tell things apart
        count, labels, stats, _ = cv2.connectedComponentsWithStats(surely, connectivity=8)
        known = region if self._last is None else cv2.bitwise_or(region, self._last)
        inside = np.bincount(labels[known > 0], minlength=count)
        take = (inside >= 0.5 * stats[:, cv2.CC_STAT_AREA]) & (stats[:, cv2.CC_STAT_AREA] >= 6)
        take[0] = False
        taken: Plane = np.multiply(take, 255, dtype=np.uint8)[labels]
        return taken

    def _enlarged(self, changed: Plane) -> tuple[Plane, list[tuple[int, int, int, int]]]:
        """A coarse mask as one of the whole picture, and windows that hold everything in it."""
        import cv2
        import numpy as np

        width, height = self._survey.size
        mask = np.zeros((height, width), np.uint8)
        windows = []
        outlines, _ = cv2.findContours(changed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for x, y, across, down in map(cv2.boundingRect, outlines):
            left, top, right, bottom = self._scene.window(x, y, across, down)
            part = cv2.resize(changed[y : y + down, x : x + across], (right - left, bottom - top))
            target = mask[top:bottom, left:right]
            np.maximum(target, part, out=target)
            windows.append((left, top, right, bottom))
        return mask, windows

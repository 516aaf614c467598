"""The way of the camera through a clip: where each sampled picture lies on an anchor, a picture shortly before it.

Every picture is registered with its anchor and not with the one before, so that errors do not add up while the camera
shakes around a place. Where it has gone too far, the picture before becomes the next anchor. Where pictures cannot be
registered at all the way is broken: the clip is cut there, or the camera was whirled around.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipline.studio.pictures.box import Box
from clipline.studio.pictures.light import Light, fit_light
from clipline.studio.scenes.register import Match, Sight, frame, match, moved

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Picture, Plane
    from clipline.studio.scenes.register import Matrix

__all__ = ["Anchor", "CameraPath", "Stretch", "View", "chain", "chained_light"]

_MOVED = 0.0007  # of its width by which a picture must have moved for a camera that moves
_FEW = 80  # points that fit: with fewer an anchor nearer by is looked for,
_APART = 0.1  # where the picture lies so much of its width away from its anchor
_SHARED = 0.62  # of an anchor must be in a picture that is registered with it
_TURNED = 0.06  # by how much a side may turn or grow until there is a new anchor
_LIGHT_AT = 160  # pixels across of the pictures in which light is compared


@dataclass(frozen=True, slots=True)
class View:
    """A sampled picture on its anchor: its time, the matrix from its pixels to the anchor's, and its light there."""

    time: float
    matrix: Matrix
    light: Light


@dataclass(slots=True)
class Anchor:
    """A picture on which others lie; `matrix` takes its pixels to those of the anchor before it."""

    time: float
    matrix: Matrix
    light: Light
    views: list[View] = field(default_factory=list)


@dataclass(slots=True)
class Stretch:
    """A part of the clip in which all pictures are registered: its anchors in the order of time, and how well it went.

    `error` is by how many pixels points miss, `steady` which part of the points around people moves as the rest does.
    """

    anchors: list[Anchor]
    errors: list[float] = field(default_factory=list)
    near: list[float] = field(default_factory=list)
    moves: bool = False

    @property
    def start(self) -> float:
        """The time of its first picture, in seconds of the source."""
        return self.anchors[0].views[0].time

    @property
    def end(self) -> float:
        """The time of its last picture."""
        return self.anchors[-1].views[-1].time

    @property
    def error(self) -> float:
        """By how many pixels points miss, typically."""
        return sorted(self.errors)[len(self.errors) // 2] if self.errors else 0.0

    @property
    def steady(self) -> float:
        """Which part of the points around people moves as the rest of the picture does."""
        return sum(self.near) / len(self.near) if self.near else 1.0


class CameraPath:
    """Takes pictures of a clip in order and follows the camera through them."""

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self._anchor: _Seen | None = None
        self._last: _Seen | None = None

    def add(self, picture: Picture, people: Iterable[Box]) -> Light:
        """Follow the camera to one more picture; `people` are where points say nothing of it.

        Returns the light that makes it look as its anchor does.
        """
        import numpy as np

        now = _Seen(picture, Sight(picture, people))
        if self._anchor is None or self._last is None:
            self._begin(now)
            return now.light
        found = match(self._anchor.sight, now.sight, self._last.matrix)
        if self._last is not self._anchor and not (found and self._close(found, now)):
            back = match(self._last.sight, now.sight)
            if back is not None and (found is None or back.points > found.points):
                self._anchor = self._last
                itself = View(self._last.time, np.eye(3), Light())
                self.stretches[-1].anchors.append(
                    Anchor(self._last.time, self._last.matrix, self._last.light, [itself])
                )
                found = back
        if found is None:
            self._begin(now)
            return now.light
        now.matrix = found.matrix
        now.light = self._anchor.light_of(now)
        self._note(found, now)
        self._last = now
        self.stretches[-1].anchors[-1].views.append(View(now.time, now.matrix, now.light))
        return now.light

    @property
    def moves(self) -> bool:
        """Whether the camera moves, or the clip is cut."""
        return len(self.stretches) > 1 or any(stretch.moves for stretch in self.stretches)

    def _begin(self, now: _Seen) -> None:
        anchor = Anchor(now.time, now.matrix, now.light, [View(now.time, now.matrix, now.light)])
        self.stretches.append(Stretch([anchor]))
        self._anchor = self._last = now

    def _note(self, found: Match, now: _Seen) -> None:
        stretch = self.stretches[-1]
        stretch.errors.append(found.error)
        if found.near is not None:
            stretch.near.append(found.near)
        stretch.moves |= len(stretch.anchors) > 1 or _displaced(found.matrix, now.sight) > _MOVED * now.width

    @staticmethod
    def _close(found: Match, now: _Seen) -> bool:
        """Whether a picture shows enough of its anchor, and much in the same way."""
        import cv2
        import numpy as np

        width, height = now.sight.size[0] * now.sight.scale, now.sight.size[1] * now.sight.scale
        here = frame((width, height))
        there = moved(found.matrix, here)
        if found.points < _FEW and _displaced(found.matrix, now.sight) > _APART * width:
            return False
        shared, _ = cv2.intersectConvexConvex(here, there)
        sides = np.roll(there, -1, axis=0) - there - (np.roll(here, -1, axis=0) - here)
        return bool(shared > _SHARED * width * height and np.abs(sides).max() < 2 * _TURNED * width)


class _Seen:
    """The picture before, and where it lies on its anchor."""

    def __init__(self, picture: Picture, sight: Sight) -> None:
        import cv2
        import numpy as np

        self.time, self.sight, self.width = picture.time, sight, picture.y.shape[1]
        self.matrix: Matrix = np.eye(3)
        self.light = Light()
        self._small = _LIGHT_AT, max(8, round(_LIGHT_AT * picture.y.shape[0] / picture.y.shape[1]))
        y, u, v = (cv2.resize(p, self._small, interpolation=cv2.INTER_AREA) for p in (picture.y, picture.u, picture.v))
        self.planes: tuple[Plane, Plane, Plane] = y, u, v

    def light_of(self, other: _Seen) -> Light:
        """The light of a later picture that lies on this one."""
        import cv2
        import numpy as np

        scale = self.width / _LIGHT_AT
        larger = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])
        way = np.linalg.inv(larger) @ other.matrix @ larger
        y, u, v = (cv2.warpPerspective(plane, way, self._small) for plane in other.planes)
        free = cv2.resize(self.sight.free, self._small, interpolation=cv2.INTER_NEAREST)
        there = cv2.resize(other.sight.free, self._small, interpolation=cv2.INTER_NEAREST)
        both = cv2.bitwise_and(free, cv2.warpPerspective(there, way, self._small, flags=cv2.INTER_NEAREST))
        return fit_light((y, u, v), self.planes, both) or Light()


def _displaced(matrix: Matrix, sight: Sight) -> float:
    """By how many pixels the corners of a picture have moved, on average."""
    import numpy as np

    here = frame((sight.size[0] * sight.scale, sight.size[1] * sight.scale))
    return float(np.hypot(*(moved(matrix, here) - here).T).mean())


def chain(anchors: Sequence[Anchor], first: int, to: int) -> Matrix:
    """The matrix from pixels of the anchor `first` to those of the anchor `to`."""
    import numpy as np

    if first < to:
        result: Matrix = np.linalg.inv(chain(anchors, to, first))
        return result
    matrix = np.eye(3)
    for anchor in anchors[to + 1 : first + 1]:
        matrix = matrix @ anchor.matrix
    return matrix


def chained_light(anchors: Sequence[Anchor], first: int, to: int) -> Light:
    """The light in which levels of the anchor `first` become those of the anchor `to`."""
    if first < to:
        return chained_light(anchors, to, first).back
    light = Light()
    for anchor in anchors[to + 1 : first + 1]:
        light = light.after(anchor.light)
    return light

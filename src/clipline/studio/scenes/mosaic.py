"""The clean plate of a moving camera: pictures from along its way, laid on the canvas of one anchor.

A canvas is as large as what is seen around its anchor, and no larger: a long pan has many, made one after the other.
The pictures for it are read from the clip again, so that the memory does not grow with the clip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clipline.clock import Clock
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.light import lit
from clipline.studio.pictures.picture import Picture
from clipline.studio.reading.samples import read_moments
from clipline.studio.scenes.motion import Stretch, View, chain, chained_light
from clipline.studio.scenes.plate import Plate, PlateSamples
from clipline.studio.scenes.register import frame, moved, rescaled

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

    #: Boxes at a time in seconds of the source.
    BoxesAt: TypeAlias = Callable[[float], Sequence[Box]]

__all__ = ["Mosaic", "make_mosaic"]

_EDGE = 0.04  # of a picture's sides is added around what the sampled pictures see
_LARGEST = 2.6  # times the area of a picture is what a canvas may have
_BUDGET = 40_000_000  # bytes of pictures laid on one canvas at a time
_LEAST = 0.12  # of a picture must lie on the canvas
_SEEN = 4.0  # pixels across and down of what can be cut out
_FAR = 8  # anchors between a canvas and a picture, at most: errors add up from one to the next


@dataclass(frozen=True, slots=True)
class Mosaic:
    """The plate on its canvas; the matrices of `views`, those of its anchor, take pixels of a picture to the canvas."""

    plate: Plate
    views: Sequence[View]


def make_mosaic(
    source: Path,
    stretch: Stretch,
    number: int,
    size: tuple[int, int],
    *,
    doubtful: BoxesAt,
    people: BoxesAt,
    cut_out: Callable[[Picture, Sequence[Box]], Plane],
    clock: Clock,
) -> Mosaic:
    """Make the plate around the anchor of this number, for pictures of this width and height.

    `doubtful` says what was seen in a picture that may be a person, `people` where people surely are, and `cut_out`
    gives the silhouettes (255) of those in a picture who are in boxes.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    own = stretch.anchors[number].views
    corner, canvas = _canvas(own, size)
    placed = {view.time: view for view in _placed(stretch, number, corner)}
    chosen = _thinned([view for view in placed.values() if _share(view, size, canvas) > _LEAST], canvas)
    samples = PlateSamples(_BUDGET)
    for picture in read_moments(source, [view.time for view in chosen], clock):
        view = placed[picture.time]
        samples.add(_laid(picture, view, canvas), _boxes(view, doubtful(view.time)))
    plate = samples.plate(
        lambda time: _boxes(placed[time], people(time)),
        lambda picture: cut_out(picture, _inside(_boxes(placed[picture.time], people(picture.time)), canvas)),
        registered=True,
    )
    return Mosaic(plate, [placed[view.time] for view in own])


def _canvas(views: Sequence[View], size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Left and top, and width and height, of what pictures of a size see of their anchor; all even."""
    import numpy as np

    corners = np.concatenate([moved(view.matrix, frame(size)) for view in views])
    edge = np.array(size) * _EDGE
    low, high = corners.min(axis=0) - edge, corners.max(axis=0) + edge
    across, down = (high - low).tolist()
    shrink = min(1.0, (_LARGEST * size[0] * size[1] / (across * down)) ** 0.5)
    middle = (low + high) / 2
    across, down = (
        max(side, round(length * shrink) // 2 * 2) for side, length in zip(size, (across, down), strict=True)
    )
    left, top = (round(value) // 2 * 2 for value in (middle - np.array([across, down]) / 2).tolist())
    return (left, top), (across // 2 * 2, down // 2 * 2)


def _placed(stretch: Stretch, number: int, corner: tuple[int, int]) -> Iterator[View]:
    """All views not too far from the canvas of an anchor, placed on it."""
    import numpy as np

    shift = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]], [0, 0, 1]])
    for other, anchor in enumerate(stretch.anchors):
        if abs(other - number) <= _FAR:
            way = shift @ chain(stretch.anchors, other, number)
            light = chained_light(stretch.anchors, other, number)
            yield from (View(view.time, way @ view.matrix, light.after(view.light)) for view in anchor.views)


def _thinned(views: Sequence[View], canvas: tuple[int, int]) -> Sequence[View]:
    """As many as may be kept, spread over the time."""
    import numpy as np

    most = max(3, int(_BUDGET / (2.5 * canvas[0] * canvas[1])))
    ordered = sorted(views, key=lambda view: view.time)
    if len(ordered) <= most:
        return ordered
    return [ordered[place] for place in np.linspace(0, len(ordered) - 1, most).round().astype(int)]


def _share(view: View, size: tuple[int, int], canvas: tuple[int, int]) -> float:
    """Which part of a picture lies on the canvas."""
    import cv2

    shared, _ = cv2.intersectConvexConvex(moved(view.matrix, frame(size)), frame(canvas))
    return float(shared / (size[0] * size[1]))


def _laid(picture: Picture, view: View, canvas: tuple[int, int]) -> Picture:
    """A picture on the canvas, in the light of the anchor; its alpha says where it has anything."""
    import cv2
    import numpy as np

    half = canvas[0] // 2, canvas[1] // 2
    small = rescaled(view.matrix, 0.5)
    planes = lit((picture.y, picture.u, picture.v), view.light)
    y, u, v = (
        cv2.warpPerspective(plane, way, to, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        for plane, way, to in zip(planes, (view.matrix, small, small), (canvas, half, half), strict=True)
    )
    opaque = np.full(picture.y.shape, 255, np.uint8)
    alpha = cv2.warpPerspective(opaque, view.matrix, canvas, flags=cv2.INTER_LINEAR)
    return Picture(y, u, v, picture.time, picture.index, alpha)


def _inside(boxes: Sequence[Box], canvas: tuple[int, int]) -> list[Box]:
    """Those of which something is to be seen."""
    return [box for box in boxes if min((cut := box.inside(*canvas)).width, cut.height) >= _SEEN]


def _boxes(view: View, boxes: Sequence[Box]) -> list[Box]:
    """Boxes of a picture as boxes on the canvas."""
    import numpy as np

    result = []
    for box in boxes:
        edges = box.left, box.top, box.right, box.bottom
        corners = moved(view.matrix, np.array([(edges[x], edges[y]) for x in (0, 2) for y in (1, 3)], np.float32))
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        result.append(replace(box, left=left, top=top, right=right, bottom=bottom))
    return result

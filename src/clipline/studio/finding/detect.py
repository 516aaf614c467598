"""Where people and things are in a picture: boxes, by a detector made for pictures 416 pixels wide (NanoDet).

The network gives, at three strides, scores for the 80 classes of COCO (`OBJECTS`) and for each edge of a box a
distribution over 11 distances in units of the stride; the expected distance is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from clipline.studio.masks.networks import load_network, pass_on, rgb
from clipline.studio.pictures.box import Box
from clipline.timeline import OBJECTS

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Picture

__all__ = ["Detector"]

_SIDE = 416
_NEAR_SIDE = 256
_STRIDES = (8, 16, 32)
_MEAN = (103.53, 116.28, 123.675)  # blue, green, red
_DEVIATION = (57.375, 57.12, 58.395)
_SAME = 0.5  # boxes that overlap by more show the same one
_WITHIN = 0.85  # of a box that lies within another one of its kind, which is the same thing
_UNLIKELY = 0.08
_PERSON = OBJECTS.index("person")


#: A box in pixels of the picture, and the number of its kind.
_Found: TypeAlias = tuple[Box, int]


class Detector:
    """Finds people and things; holds the loaded network. One thread at a time."""

    def __init__(self) -> None:
        self._session: Any = load_network("person_boxes")
        self._input = self._session.get_inputs()[0].name

    def pass_on(self) -> None:
        """Leave the network to the next detector of this process; this one finds nothing any more."""
        session, self._session = self._session, None
        pass_on("person_boxes", session)

    def find(
        self,
        picture: Picture,
        window: tuple[int, int, int, int] | None = None,
        *,
        kinds: Sequence[str] | None = ("person",),
        least: float = 0.3,
        near: bool = False,
    ) -> list[Box]:
        """Those of some kinds in a picture, or in a window of it (left, top, right, bottom), surest first.

        Boxes are in pixels of the whole picture; those with a score below `least` are left out. `kinds` None is all of
        them. What of a window lies outside the picture is black. `near` is for people who take a good part of the
        picture: a third of the work finds them.
        """
        import numpy as np

        columns = np.array([OBJECTS.index(kind) for kind in kinds or OBJECTS])
        found = [
            (box, int(columns[scores.argmax()]))
            for box, scores in self._look(picture, window, _NEAR_SIDE if near else _SIDE, columns, least)
        ]
        height, width = picture.y.shape
        return [
            replace(box, kind=OBJECTS[number]).inside(width, height)
            for box, number in _distinct(found, mixed=kinds is None)
        ]

    def likeness(self, picture: Picture, box: Box, window: tuple[int, int, int, int]) -> dict[str, float]:
        """How like each kind what is in a box looks when a window is looked at: 0 to 1; no kind that is unlikely."""
        import numpy as np

        seen = self._look(picture, window, _SIDE, np.arange(len(OBJECTS)), _UNLIKELY)
        same = [scores for other, scores in seen if other.overlap(box) >= _SAME]
        best = np.max(same, axis=0) if same else np.zeros(len(OBJECTS))
        return {kind: float(score) for kind, score in zip(OBJECTS, best, strict=True) if score >= _UNLIKELY}

    def _look(
        self, picture: Picture, window: tuple[int, int, int, int] | None, side: int, columns: Any, least: float
    ) -> Iterator[tuple[Box, Any]]:
        """Run the network; boxes in pixels of the picture, each with its scores for the kinds in `columns`."""
        import numpy as np

        height, width = picture.y.shape
        left, top, right, bottom = window or (0, 0, width, height)
        scale = side / max(right - left, bottom - top)
        # The network takes sides that its largest stride divides; what is more than the picture is black.
        across, down = (
            -(-max(1, round(length * scale)) // _STRIDES[-1]) * _STRIDES[-1] for length in (right - left, bottom - top)
        )
        inner = max(0, left), max(0, top), min(width, right), min(height, bottom)
        x, y = round((inner[0] - left) * scale), round((inner[1] - top) * scale)
        size = (
            min(across - x, max(1, round((inner[2] - inner[0]) * scale))),
            min(down - y, max(1, round((inner[3] - inner[1]) * scale))),
        )
        image = np.empty((1, 3, down, across), np.float32)
        image[0] = -(np.array(_MEAN, np.float32) / _DEVIATION)[:, None, None]
        small = rgb(picture, inner, size)
        for channel, (mean, deviation) in enumerate(zip(_MEAN, _DEVIATION, strict=True)):
            shown = image[0, channel, y : y + size[1], x : x + size[0]]
            np.multiply(small[..., 2 - channel], 1 / deviation, out=shown)
            shown -= mean / deviation
        outputs = self._session.run(None, {self._input: image})
        for level, stride in enumerate(_STRIDES):
            scores = outputs[level][0][:, columns]
            for box, cell in _boxes(scores, outputs[level + 3][0], stride, across, least):
                yield (
                    Box(
                        box.left / scale + left,
                        box.top / scale + top,
                        box.right / scale + left,
                        box.bottom / scale + top,
                        box.score,
                    ),
                    scores[cell],
                )


def _boxes(scores: Any, edges: Any, stride: int, across: int, least: float) -> Iterator[tuple[Box, int]]:
    """The boxes of one stride, in pixels of the network's input, which is so many `across`, and rows of `scores`."""
    import numpy as np

    best = scores.max(axis=1)
    for cell in np.flatnonzero(best >= least):
        spread = edges[cell].reshape(4, 11)
        weights = np.exp(spread - spread.max(axis=1, keepdims=True))
        left, top, right, bottom = ((weights * np.arange(11)).sum(axis=1) / weights.sum(axis=1) * stride).tolist()
        row, column = divmod(int(cell), across // stride)
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        yield Box(x - left, y - top, x + right, y + bottom, float(best[cell])), int(cell)


def _distinct(found: Iterable[_Found], *, mixed: bool) -> list[_Found]:
    """One box for each: the surest of those that overlap, of whichever kind if `mixed`."""
    kept: list[_Found] = []
    for box, kind in sorted(found, key=lambda each: -each[0].score):
        if not any(_same(box, other, kind) for other, of_kind in kept if mixed or of_kind == kind):
            kept.append((box, kind))
    return kept


def _same(box: Box, other: Box, kind: int) -> bool:
    """Whether two boxes show the same one; of a thing, unlike of people, one box within another is a part of it."""
    if kind != _PERSON and box.shared(other) > _WITHIN * min(box.area, other.area):
        return True
    return box.overlap(other) >= _SAME

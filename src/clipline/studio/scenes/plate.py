"""The clean plate: what a still camera sees when nobody is there.

Kept pictures of the clip are laid together block by block, each block only from the pictures in which nobody was
there. A plain median over all of the time would keep whoever stands still for most of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Picture
from clipline.studio.scenes.restless import BLOCK, pixels, settle, spread, unrest_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Plane

__all__ = ["Plate", "PlateSamples"]

_BUDGET = 56_000_000  # bytes of pictures kept
_DEPTH = 9  # pictures that a block is made from, at most
_SILHOUETTES = 15  # pictures in which people are cut out, at most
_FREE_IN = 0.2  # of these show a place if it is free: in one alone, somebody may be missed who is half behind another
_INVENTED_AT = 320  # pixels across in which what was never seen is made up
_ENOUGH = 4  # pictures tell whether a block is at rest
_NOWHERE = 2.0  # the doubt of a block that a picture does not show
_ALIKE = 0.1  # pictures may be this much more doubtful than the least doubtful one


@dataclass(frozen=True, slots=True)
class Plate:
    """The empty scene as planes, and where it was never seen: `hidden` is 255 there, of the shape of `y`.

    `restless`, of the same shape, is by how many levels the middle half of what was seen differs where the scene moves
    by itself, like water or leaves; 0 where it is at rest.
    """

    y: Plane
    u: Plane
    v: Plane
    hidden: Plane
    restless: Plane


class PlateSamples:
    """Collects pictures of the clip, within a bounded memory, and makes the plate from them."""

    def __init__(self, budget: int = _BUDGET) -> None:
        self._budget = budget  # bytes of planes
        self._kept: list[tuple[Picture, Sequence[Box]]] = []
        self._every = 1
        self._count = 0

    def add(self, picture: Picture, boxes: Sequence[Box]) -> None:
        """Offer a picture and everything in it that may be a person, however doubtful; it must not change any more.

        Where it has an alpha of 0, it does not show the scene.
        """
        if self._count % self._every == 0:
            self._kept.append((picture, boxes))
            if len(self._kept) * (picture.y.nbytes + picture.u.nbytes + picture.v.nbytes) > self._budget:
                self._kept = self._kept[::2]
                self._every *= 2
        self._count += 1

    @property
    def pictures(self) -> list[Picture]:
        """The pictures kept."""
        return [picture for picture, _ in self._kept]

    def plate(
        self,
        people: Callable[[float], Sequence[Box]],
        cut_out: Callable[[Picture], Plane],
        *,
        registered: bool = False,
    ) -> Plate:
        """Lay the pictures together.

        A place that moves by itself is that of one picture, since the middle of many is a blur; not of pictures that
        are `registered`, which differ by how well that went.

        `people` says where people surely are at a time. Where that leaves nothing, `cut_out` gives their silhouettes
        in a picture (255 where people are); what these cover all of the time is invented from what is around.
        """
        import numpy as np

        first = self._kept[0][0]
        height, width = first.y.shape
        rows, columns = -(-height // BLOCK), -(-width // BLOCK)
        doubt = np.zeros((len(self._kept), rows, columns), np.float32)
        for layer, (picture, boxes) in zip(doubt, self._kept, strict=True):
            for box in boxes:
                _cover(layer, box, min(box.score, 0.9))
            for box in people(picture.time):
                _cover(layer, box, 1.0)
            if picture.alpha is not None:
                layer[_blocks(picture.alpha) < 255] = _NOWHERE
        planes = np.empty_like(first.y), np.empty_like(first.u), np.empty_like(first.v)
        order = np.argsort(-(doubt <= _ALIKE).sum(axis=(1, 2)), kind="stable").tolist()  # the emptiest first
        restless, known = np.zeros((rows, columns), np.uint8), np.ones((rows, columns), np.bool_)
        alone = np.full((rows, columns), -1)  # the picture that a block is made from, where it is of one alone
        for row in range(rows):
            for start, end, layers in _runs(doubt[:, row]):
                self._lay(planes, row, start, end, layers)
                if registered:
                    continue
                known[row, start:end] = len(layers) >= _ENOUGH
                usual = sorted(layers, key=order.index)
                for column in range(start, end) if len(layers) >= _ENOUGH else ():
                    place = _place(0, row, column, column + 1)
                    stack = np.stack([self._kept[layer][0].y[place] for layer in usual])
                    if (unrest := unrest_of(stack, planes[0][place])) is not None:
                        restless[row, column], alone[row, column] = unrest.levels, usual[unrest.best]
        settle(planes, alone, self.pictures)
        restless = spread(restless, known)
        hidden = pixels(doubt.min(axis=0) >= 1.0, (height, width))
        if hidden.any():
            holes = self._uncover(planes, hidden, cut_out)
            for target, hole in zip(planes, holes, strict=True):
                _invent(target, hole)
            hidden = holes[0]
        return Plate(*planes, np.multiply(hidden, 255, dtype=np.uint8), pixels(restless, (height, width)))

    def _uncover(
        self, planes: Sequence[Plane], hidden: NDArray[np.bool_], cut_out: Callable[[Picture], Plane]
    ) -> list[NDArray[np.bool_]]:
        """Fill hidden pixels from pictures in which no silhouette covers them; what is hidden still, for each plane."""
        import numpy as np

        pictures = self.pictures[:: -(-len(self._kept) // _SILHOUETTES)]
        free = np.stack([_shown(picture) & (cut_out(picture) == 0) for picture in pictures])
        shown = sum((_shown(picture) for picture in pictures), np.zeros(hidden.shape, np.uint8))
        enough = np.maximum(1, np.rint(_FREE_IN * shown))
        left = []
        for number, target in enumerate(planes):
            holes = hidden if number == 0 else _halved(hidden)
            seen = (free if number == 0 else np.stack([~_halved(~layer) for layer in free]))[:, holes]
            values = np.stack([(picture.y, picture.u, picture.v)[number][holes] for picture in pictures])
            # Covered values go to the end, so that the middle of the free ones is found by their number alone.
            values[~seen] = 255
            values.sort(axis=0)
            middle = np.maximum(seen.sum(axis=0) - 1, 0) // 2
            target[holes] = np.take_along_axis(values, middle[None], axis=0)[0]
            still = np.zeros_like(holes)
            still[holes] = seen.sum(axis=0) < (enough if number == 0 else enough[::2, ::2])[holes]
            left.append(still)
        return left

    def _lay(self, planes: Sequence[Plane], row: int, start: int, end: int, layers: Sequence[int]) -> None:
        """Make the blocks `start` to `end` of a row from these of the pictures."""
        import numpy as np

        for number, target in enumerate(planes):
            place = _place(number, row, start, end)
            pictures = (self._kept[layer][0] for layer in layers)
            stack = np.stack([(picture.y, picture.u, picture.v)[number][place] for picture in pictures])
            target[place] = _middle(stack)


def _place(number: int, row: int, start: int, end: int) -> tuple[slice, slice]:
    """The blocks `start` to `end` of a row in the plane of a number."""
    side = BLOCK if number == 0 else BLOCK // 2
    return slice(row * side, (row + 1) * side), slice(start * side, end * side)


def _blocks(alpha: Plane) -> Plane:
    """The least of an alpha in each block."""
    import cv2
    import numpy as np

    height, width = alpha.shape
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    whole = cv2.copyMakeBorder(alpha, 0, rows * BLOCK - height, 0, columns * BLOCK - width, cv2.BORDER_REPLICATE)
    least: Plane = np.min(whole.reshape(rows, BLOCK, columns, BLOCK), axis=(1, 3))
    return least


def _shown(picture: Picture) -> NDArray[np.bool_]:
    """Where a picture shows the scene, or who is before it."""
    import numpy as np

    return np.ones(picture.y.shape, np.bool_) if picture.alpha is None else picture.alpha > 0


def _halved(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask for the colour planes: set where any of the four pixels is."""
    import numpy as np

    height, width = mask.shape
    even = np.pad(mask, ((0, height % 2), (0, width % 2)), mode="edge")
    result: NDArray[np.bool_] = even[::2, ::2] | even[1::2, ::2] | even[::2, 1::2] | even[1::2, 1::2]
    return result


def _invent(plane: Plane, holes: NDArray[np.bool_]) -> None:
    """Fill holes smoothly from their surroundings; made in a small picture, since there is no detail to be had."""
    import cv2
    import numpy as np

    if not holes.any():
        return
    height, width = plane.shape
    factor = max(1, round(width / _INVENTED_AT))
    small = max(1, width // factor), max(1, height // factor)
    near = cv2.resize(np.multiply(holes, 255, dtype=np.uint8), small, interpolation=cv2.INTER_AREA)
    made = cv2.inpaint(
        cv2.resize(plane, small, interpolation=cv2.INTER_AREA), cv2.compare(near, 0, cv2.CMP_GT), 5, cv2.INPAINT_TELEA
    )
    plane[holes] = cv2.resize(made, (width, height), interpolation=cv2.INTER_CUBIC)[holes]


def _cover(layer: NDArray[np.float32], box: Box, doubt: float) -> None:
    """Note in the blocks that a box and its surroundings touch how likely somebody is there."""
    import numpy as np

    grown = box.grown(6 + box.width * 0.15, 6 + box.height * 0.08)
    rows = slice(max(0, int(grown.top) // BLOCK), max(0, int(grown.bottom) // BLOCK + 1))
    columns = slice(max(0, int(grown.left) // BLOCK), max(0, int(grown.right) // BLOCK + 1))
    np.maximum(layer[rows, columns], doubt, out=layer[rows, columns])


def _runs(doubt: NDArray[np.float32]) -> list[tuple[int, int, list[int]]]:
    """Neighbouring blocks of a row that are made from the same pictures: first block, end, the pictures."""
    runs: list[tuple[int, int, list[int]]] = []
    for column in range(doubt.shape[1]):
        layers = _clearest(doubt[:, column])
        if runs and runs[-1][2] == layers:
            runs[-1] = runs[-1][0], column + 1, layers
        else:
            runs.append((column, column + 1, layers))
    return runs


def _clearest(doubt: NDArray[np.float32]) -> list[int]:
    """The pictures in which a block is least likely covered, spread over the time."""
    import numpy as np

    clear = np.flatnonzero(doubt <= doubt.min() + _ALIKE)
    if len(clear) > _DEPTH:
        clear = clear[np.linspace(0, len(clear) - 1, _DEPTH).round().astype(int)]
    return [int(layer) for layer in clear]


def _middle(stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean of the middle values of a stack of images, which is less noisy than the median alone."""
    import numpy as np

    count = len(stack)
    if count == 1:
        return cast("Plane", stack[0])
    stack.sort(axis=0)
    middle = stack[(count - 1) // 2 - (count > 4) : count // 2 + 1 + (count > 4)]
    return cast("Plane", ((middle.sum(axis=0, dtype=np.uint16) + len(middle) // 2) // len(middle)).astype(np.uint8))

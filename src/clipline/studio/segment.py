"""Cuts people out: a soft mask of each person, made by a network from a crop around the person's box.

The network was made for people who fill the picture; given a crop it works at any distance. Its mask is kept on a grid
that moves with the box, so that it can be averaged over time and used for the frames in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clipline.studio.detect import Box
from clipline.studio.networks import load_network, rgb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.picture import Picture, Plane

__all__ = ["Segmenter", "Silhouette", "combined"]

_GRID = 256  # samples of a mask, across and down
_REACH = 1.3  # the grid covers the box and this much more
_VIEWS = (1.2, 1.08)  # how much the network sees around the box, in turn: one alone errs at its borders
_NEWEST = 0.6  # how much the newest mask counts against those before it


class Segmenter:
    """Runs the networks that make masks. One thread at a time."""

    def __init__(self) -> None:
        self._session = load_network("person_mask")
        self._input = self._session.get_inputs()[0].name

    def mask(self, picture: Picture, window: tuple[int, int, int, int]) -> NDArray[np.float32]:
        """How likely each place in a window shows a person: an array (256, 256) of 0 to 1."""
        import numpy as np

        image = np.multiply(rgb(picture, window, (_GRID, _GRID)), np.float32(1 / 255), dtype=np.float32)
        result: NDArray[np.float32] = self._session.run(None, {self._input: image[None]})[0][0, :, :, 0]
        return result


class Silhouette:
    """The mask of one person, carried through the clip."""

    def __init__(self) -> None:
        self._grid: NDArray[np.float32] | None = None
        self._looks = 0

    @property
    def seen(self) -> bool:
        """Whether there is a mask yet."""
        return self._grid is not None

    def look(self, picture: Picture, box: Box, segmenter: Segmenter) -> None:
        """Renew the mask from a picture in which the person is in `box`."""
        import cv2
        import numpy as np

        height, width = picture.y.shape
        window = box.scaled(_VIEWS[self._looks % len(_VIEWS)]).window(width, height)
        mask = segmenter.mask(picture, window)
        whole = box.scaled(_REACH)
        across, down = _GRID / (window[2] - window[0]), _GRID / (window[3] - window[1])
        place = np.array(
            [
                [whole.width / _GRID * across, 0, (whole.left - window[0]) * across],
                [0, whole.height / _GRID * down, (whole.top - window[1]) * down],
            ],
            np.float32,
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        # Where the picture ends the person may go on: the border's values do. Beyond the network's view nothing is.
        grid = cv2.warpAffine(mask, place, (_GRID, _GRID), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        self._grid = grid if self._grid is None else cv2.addWeighted(grid, _NEWEST, self._grid, 1 - _NEWEST, 0)
        self._looks += 1

    def paste(self, mask: Plane, box: Box) -> None:
        """Put the person, now in `box`, into a mask of the whole picture (0 to 255); the larger value wins."""
        import cv2
        import numpy as np

        if self._grid is None:
            return
        whole = box.scaled(_REACH)
        left, top = round(whole.left), round(whole.top)
        across, down = max(1, round(whole.width)), max(1, round(whole.height))
        height, width = mask.shape
        inner = max(0, -left), max(0, -top), min(across, width - left), min(down, height - top)
        if inner[0] >= inner[2] or inner[1] >= inner[3]:
            return
        grid = cv2.convertScaleAbs(self._grid, alpha=255)
        part = cv2.resize(grid, (across, down), interpolation=cv2.INTER_LINEAR)[
            inner[1] : inner[3], inner[0] : inner[2]
        ]
        target = mask[top + inner[1] : top + inner[3], left + inner[0] : left + inner[2]]
        np.maximum(target, part, out=target)


def combined(silhouettes: Iterable[tuple[Silhouette, Box]], shape: tuple[int, ...], sharpness: float = 3.0) -> Plane:
    """The mask of several people in a picture of this shape: 255 where a person is, with a soft edge."""
    import cv2
    import numpy as np

    mask = np.zeros(shape, np.uint8)
    for silhouette, box in silhouettes:
        silhouette.paste(mask, box)
    steps = (np.arange(256) - 127.5) * sharpness + 127.5
    result: Plane = cv2.LUT(mask, np.clip(steps, 0, 255).astype(np.uint8))
    return result

"""Places of the scene that move by themselves, like water or leaves: where they are, and what the plate shows there.

The middle of many moments is a blur there. So each block is that of one moment, and the seams between are soft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipline.studio.pictures.picture import Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Plane

__all__ = ["BLOCK", "Unrest", "pixels", "settle", "spread", "unrest_of"]

#: Pixels of the side of a block, from which a plate is laid together.
BLOCK = 32
_RESTLESS = 8  # levels between the quarters of what is seen in a block: noise, codecs and shadows make 7 at most
_WIDEST = 8  # blocks on from which it is taken how restless others are
_SEAM = 9  # pixels in which one picture goes over into another one
_USUAL = 2.0  # times as far from the middle of all as the nearest picture is another one that may be taken


@dataclass(frozen=True, slots=True)
class Unrest:
    """By how many `levels` the middle half of what was seen of a block differs, and which moment is the `best` one."""

    levels: int
    best: int


def unrest_of(moments: NDArray[np.uint8], middle: Plane) -> Unrest | None:
    """How a block moves by itself, by its brightness at several moments, those first that rather are to be shown.

    `moments` has the shape (moments, height, width); None where the block is at rest.
    """
    import numpy as np

    rising, quarter = np.sort(moments, axis=0), len(moments) // 4
    levels = float(rising[-1 - quarter].mean() - rising[quarter].mean())
    if levels <= _RESTLESS:
        return None
    # One in which somebody passes who was not seen is further off than others.
    off = np.abs(moments.astype(np.int16) - middle).mean(axis=(1, 2))
    return Unrest(min(255, round(levels)), int(np.argmax(off <= _USUAL * off.min())))


def settle(planes: Sequence[Plane], alone: NDArray[np.int_], pictures: Sequence[Picture]) -> None:
    """Put blocks of single pictures into planes: `alone` is the number of each block's, -1 where it stays as it is."""
    import cv2
    import numpy as np

    numbers = [int(number) for number in np.unique(alone) if number >= 0]
    for share, name, target in zip((1, 2, 2), ("y", "u", "v"), planes if numbers else (), strict=False):
        seam = _SEAM // share | 1
        mixed = np.zeros(target.shape, np.float32)
        for number in (-1, *numbers):
            plane = target if number < 0 else getattr(pictures[number], name)
            mixed += cv2.blur(pixels((alone == number).astype(np.float32), target.shape, share), (seam, seam)) * plane
        target[:] = np.rint(mixed)


def spread(restless: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Blocks of which too little was seen are as restless as those beside them."""
    import cv2
    import numpy as np

    if not restless.any():
        return restless
    for _ in range(_WIDEST):
        restless = np.where(known, restless, cv2.dilate(restless, np.ones((3, 3), np.uint8))).astype(np.uint8)
    return restless


def pixels(blocks: NDArray[Any], shape: tuple[int, ...], share: int = 1) -> NDArray[Any]:
    """What is known of each block, for each pixel of a plane of a shape, `share` pixels of the picture wide."""
    import numpy as np

    side = BLOCK // share
    return np.repeat(np.repeat(blocks, side, axis=0), side, axis=1)[: shape[0], : shape[1]]

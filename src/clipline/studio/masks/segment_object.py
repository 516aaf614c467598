"""Cuts out things of any kind: a soft mask of what stands out in a crop around a box (U²-Net, the small one).

The network knows no kinds: it marks what a picture is about. Given a crop around a box that a detector found, that is
the thing in the box; so it does for animals, vehicles and all else that people were not trained for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipline.studio.masks.networks import load_network, rgb
from clipline.studio.masks.segment import Segmenter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Picture

__all__ = ["ObjectSegmenter", "Segmenters"]

_SIDE = 224  # it was made for 320, which costs twice as much for outlines that are hardly better
_MEAN = (0.485, 0.456, 0.406)  # of ImageNet, as it was trained with
_DEVIATION = (0.229, 0.224, 0.225)


class ObjectSegmenter:
    """Runs the network; takes and gives what `Segmenter` does for people. One thread at a time."""

    def __init__(self) -> None:
        self._session = load_network("object_mask")
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def mask(self, picture: Picture, window: tuple[int, int, int, int]) -> NDArray[np.float32]:
        """How likely each place in a window shows the thing: an array (224, 224) of 0 to 1."""
        import numpy as np

        image = np.empty((1, 3, _SIDE, _SIDE), np.float32)
        small = rgb(picture, window, (_SIDE, _SIDE))
        for channel, (mean, deviation) in enumerate(zip(_MEAN, _DEVIATION, strict=True)):
            np.multiply(small[..., channel], np.float32(1 / 255 / deviation), out=image[0, channel])
            image[0, channel] -= mean / deviation
        mask: NDArray[np.float32] = self._session.run([self._output], {self._input: image})[0][0, 0]
        low, high = float(mask.min()), float(mask.max())
        # As its authors do: the surest place of each picture counts as 1.
        return (mask - low) / (high - low) if high - low > 0.05 else mask


class Segmenters:
    """The network for a person and the one for a thing, each loaded when it is needed first."""

    def __init__(self) -> None:
        self._loaded: dict[bool, Segmenter | ObjectSegmenter] = {}

    def of(self, kind: str) -> Segmenter | ObjectSegmenter:
        """The one that cuts out what is of this kind."""
        person = kind == "person"
        if person not in self._loaded:
            self._loaded[person] = Segmenter() if person else ObjectSegmenter()
        return self._loaded[person]

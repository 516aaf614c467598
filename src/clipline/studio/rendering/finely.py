"""Gives a picture back what it loses in 4:2:0: where nothing changed it, its pixels are those of the photo itself.

Everything in the studio works on planes whose colours are half as fine as their brightness, as those of videos are. A
PNG of a screen or a sign has finer ones, and nobody expects an edit of a corner to touch the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clipline.studio.pictures.frames import rgb_of, view_of
from clipline.studio.pictures.picture import ColorTags, Picture, PictureOperation
from clipline.studio.reading.stills import still_colors, still_frame

if TYPE_CHECKING:
    from pathlib import Path

    from av.video.frame import VideoFrame

    from clipline.studio.pictures.picture import Plane

__all__ = ["finely"]

_REACH = 2  # pixels beside what changed in which its colours were blended with those around it
_PICTURE = 255  # marks the photo; what is added around it is of a brightness of limited range


def finely(
    frame: VideoFrame, path: Path, steps: Sequence[PictureOperation], tags: ColorTags, *, alpha: bool
) -> VideoFrame:
    """The frame in RGB, its colours those of the photo at `path` wherever that, after the same steps, is the same.

    `alpha` says that it goes on to be partly transparent.
    """
    import numpy as np
    from av import VideoFrame

    changed = rgb_of(frame, tags.matrix, full_range=tags.full_range, alpha=alpha)
    plain = still_frame(path)[0]
    touched = _differences(view_of(frame, 0.0, 0), _shaped(view_of(plain, 0.0, 0), steps))
    flat = np.zeros_like(view_of(plain, 0.0, 0).u)

    def shaped(plane: Plane) -> Plane:
        return _shaped(Picture(np.ascontiguousarray(plane), flat, flat, 0.0, 0), steps).y

    colors = still_colors(path)
    kept = (touched == 0) & (shaped(np.full(colors.shape[:2], _PICTURE, np.uint8)) == _PICTURE)
    for number in range(3):
        np.copyto(changed[..., number], shaped(colors[..., number]), where=kept)
    return VideoFrame.from_ndarray(changed, "rgba" if alpha else "rgb24")


def _shaped(picture: Picture, steps: Sequence[PictureOperation]) -> Picture:
    for step in steps:
        picture = step.process(picture)
    return picture


def _differences(one: Picture, other: Picture) -> Plane:
    """Where two pictures are not the same, and a little around that: 1 in an array of the shape of their `y`."""
    import cv2
    import numpy as np

    height, width = one.y.shape
    found = (one.y != other.y).astype(np.uint8)
    colors = ((one.u != other.u) | (one.v != other.v)).astype(np.uint8)
    found |= cv2.resize(colors, (width, height), interpolation=cv2.INTER_NEAREST)
    result: Plane = cv2.dilate(found, np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8))
    return result

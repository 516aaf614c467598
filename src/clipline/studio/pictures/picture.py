"""One frame as the studio works on it: 8-bit 4:2:0 planes, never RGB.

An RGB round trip costs 40 % of the time; so pictures stay in the planes that the decoder gave and the encoder takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from clipline.events import Finding
from clipline.values import Color

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    Plane: TypeAlias = NDArray[np.uint8]

__all__ = ["ColorSpace", "ColorTags", "Finding", "Picture", "PictureOperation", "plays", "yuv"]


@dataclass(frozen=True, slots=True)
class ColorSpace:
    """How a clip's planes stand for colours."""

    matrix: Literal["bt601", "bt709"] = "bt709"
    full_range: bool = False


@dataclass(frozen=True, slots=True)
class ColorTags:
    """What a file says of its colours, by FFmpeg's numbers (those of ITU-T H.273); 2 is unknown."""

    matrix: int
    primaries: int
    transfer: int
    full_range: bool


@dataclass(slots=True)
class Picture:
    """A frame: `y` of shape (height, width), `u` and `v` of half of each, rounded up; all writable uint8 arrays.

    `alpha` has the shape of `y`, 255 where the picture is opaque; None where it is so everywhere. `time` is in seconds
    of the source, `index` counts the source's frames from 0. `own` is the frame that the planes are views of, and those
    views: it goes to the encoder as it is where they still are the planes.
    """

    y: Plane
    u: Plane
    v: Plane
    time: float
    index: int
    alpha: Plane | None = None
    own: tuple[VideoFrame, Sequence[Plane]] | None = field(default=None, repr=False, compare=False)


class PictureOperation(Protocol):
    """What changes pictures one by one, in the order of the clip, on one thread."""

    def process(self, picture: Picture) -> Picture:
        """The changed picture; may write into the planes it was given."""
        ...

    def findings(self) -> Sequence[Finding]:
        """What is known of the quality; complete after the last picture."""
        ...


def plays(step: PictureOperation) -> bool:
    """Whether an operation makes something else of the same picture at another time, as with a clip behind people."""
    return bool(getattr(step, "plays", False))


def yuv(color: Color, space: ColorSpace) -> tuple[int, int, int]:
    """A colour as the values of the three planes, 0 to 255 (ITU-R BT.601 and BT.709)."""
    red, green, blue = color.red / 255, color.green / 255, color.blue / 255
    kr, kb = (0.2126, 0.0722) if space.matrix == "bt709" else (0.299, 0.114)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    if space.full_range:
        return round(255 * luma), min(255, round(128 + 255 * cb)), min(255, round(128 + 255 * cr))
    return round(16 + 219 * luma), round(128 + 224 * cb), round(128 + 224 * cr)

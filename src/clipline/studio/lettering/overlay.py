"""Lays a drawing over pictures: prepared once as planes, then blended only where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipline.studio.pictures.picture import ColorSpace, Picture
from clipline.values import even

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from clipline.studio.pictures.picture import Plane

    Weights = NDArray[np.uint8]
    Values = NDArray[np.floating[Any]]

__all__ = ["Overlay"]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A drawing to be laid on a picture at `x`, `y` (even).

    `weight` says how much of each pixel it covers, 0 to 255, of shape (height, width), both even; `colors` are the
    values there of brightness, and of the two colours at half the size.
    """

    x: int
    y: int
    weight: Weights
    half_weight: Weights
    colors: tuple[Plane, Plane, Plane]

    @classmethod
    def of(cls, drawing: Image, x: int, y: int, space: ColorSpace) -> Overlay:
        """An RGBA drawing as an overlay; a row or column that makes its sides even is clear."""
        import numpy as np

        size = even(drawing.width + 1), even(drawing.height + 1)
        pixels = np.asarray(drawing.convert("RGBA").crop((0, 0, *size)), np.float32)
        weight = pixels[..., 3]
        luma, blue, red = _planes(pixels[..., :3], space)
        half = _halved(weight)
        # Colours count as much as they cover, so that clear pixels beside an edge bring none in.
        chroma = [_halved(plane * weight) / np.maximum(half, 1e-3) for plane in (blue, red)]
        planes = [np.clip(np.rint(plane), 0, 255).astype(np.uint8) for plane in (luma, *chroma)]
        return cls(
            x // 2 * 2, y // 2 * 2, weight.astype(np.uint8), half.astype(np.uint8), (planes[0], planes[1], planes[2])
        )

    @property
    def width(self) -> int:
        """Pixels from side to side."""
        return int(self.weight.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.weight.shape[0])

    def blend(self, picture: Picture, *, opacity: float = 1.0, shift: int = 0) -> None:
        """Lay it over a picture, in place: `opacity` 0 to 1, moved by `shift` pixels; what is outside is left out."""
        import numpy as np

        height, width = picture.y.shape
        x = self.x + shift // 2 * 2
        left, right = max(0, -x), min(self.width, even(width + 1) - x)
        top, bottom = max(0, -self.y), min(self.height, even(height + 1) - self.y)
        if left >= right or top >= bottom or opacity <= 0:
            return
        weight, half = (
            self.weight[top:bottom, left:right],
            self.half_weight[top // 2 : bottom // 2, left // 2 : right // 2],
        )
        if opacity < 1:
            weight, half = (np.rint(part * opacity).astype(np.uint8) for part in (weight, half))
        x, y = x + left, self.y + top
        if picture.alpha is not None:
            weight = _over(picture.alpha[y : y + bottom - top, x : x + right - left], weight)
            half = weight[::2, ::2]
        luma, blue, red = self.colors
        _mix(picture.y[y : y + bottom - top, x : x + right - left], luma[top:bottom, left:right], weight)
        for plane, color in ((picture.u, blue), (picture.v, red)):
            part = plane[y // 2 : (y + bottom - top) // 2, x // 2 : (x + right - left) // 2]
            _mix(part, color[top // 2 : bottom // 2, left // 2 : right // 2], half)


def _planes(rgb: Values, space: ColorSpace) -> tuple[Values, Values, Values]:
    """Brightness and the two colours of pixels of 0 to 255, as `picture.yuv` makes them of one colour."""
    red, green, blue = rgb[..., 0] / 255, rgb[..., 1] / 255, rgb[..., 2] / 255
    kr, kb = (0.2126, 0.0722) if space.matrix == "bt709" else (0.299, 0.114)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    if space.full_range:
        return 255 * luma, 128 + 255 * cb, 128 + 255 * cr
    return 16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr


def _halved(plane: Values) -> Values:
    height, width = plane.shape
    halved: Values = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return halved


def _mix(plane: Plane, color: Plane, weight: Weights) -> None:
    """`plane` becomes `weight` parts of 255 of `color`, in place."""
    import numpy as np

    weight = weight[: plane.shape[0], : plane.shape[1]]
    color = color[: plane.shape[0], : plane.shape[1]]
    mixed = plane * (255 - weight.astype(np.uint16))
    mixed += color * weight.astype(np.uint16)
    mixed += 127
    mixed //= 255
    plane[...] = mixed


def _over(alpha: Plane, weight: Weights) -> Weights:
    """Lay `weight` over `alpha`, in place; how much of the colour that is then seen comes from above."""
    import numpy as np

    cover = weight[: alpha.shape[0], : alpha.shape[1]].astype(np.uint16)
    both = cover + alpha * (255 - cover) // 255
    alpha[...] = both
    return (cover * 255 // np.maximum(both, 1)).astype(np.uint8)

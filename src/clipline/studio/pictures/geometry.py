"""Changes of size: scale, crop and pad, on the planes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from clipline.errors import Refused
from clipline.studio.pictures.picture import ColorSpace, Finding, Picture, yuv
from clipline.timeline import Crop, Fit, Pad, Resize, Who
from clipline.values import Size, even

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

__all__ = ["Cut", "Flatten", "Follow", "Frame", "Geometry", "Scale", "Shaping", "plan_geometry"]

Geometry: TypeAlias = Resize | Fit | Crop | Pad
_STANDS = 0.1  # pixels: less is seen by nobody


@dataclass(frozen=True, slots=True)
class Scale:
    """Every picture becomes `size`; averaged when it shrinks, cubic when it grows."""

    size: Size

    def process(self, picture: Picture) -> Picture:
        """The picture scaled."""
        width, height = self.size.width, self.size.height
        half = (_half(width), _half(height))
        picture.u, picture.v = _scaled(picture.u, *half), _scaled(picture.v, *half)
        picture.y = _scaled(picture.y, width, height)
        if picture.alpha is not None:
            picture.alpha = _scaled(picture.alpha, width, height)
        return picture

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()


@dataclass(frozen=True, slots=True)
class Cut:
    """Only the part of `size` at `x`, `y` stays; both are even, so that colour stays in place."""

    size: Size
    x: int
    y: int

    def process(self, picture: Picture) -> Picture:
        """The part."""
        x, y, width, height = self.x, self.y, self.size.width, self.size.height
        whole = slice(y, y + height), slice(x, x + width)
        half = slice(y // 2, y // 2 + _half(height)), slice(x // 2, x // 2 + _half(width))
        picture.y, picture.u, picture.v = picture.y[whole], picture.u[half], picture.v[half]
        if picture.alpha is not None:
            picture.alpha = picture.alpha[whole]
        return picture

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()


@dataclass(slots=True)
class Follow:
    """Only a window of `size` stays that keeps somebody or something in it; `room` is the size of the whole picture.

    `path` gives its left upper corner at a time of the source, in pixels; without one it is in the middle.
    """

    room: Size
    size: Size
    keep: Who
    path: Callable[[float], tuple[float, float]] | None = None

    def corner(self, time: float) -> tuple[float, float]:
        """Where its left upper corner is at a time of the source."""
        if self.path is None:
            return (self.room.width - self.size.width) // 4 * 2, (self.room.height - self.size.height) // 4 * 2
        x, y = self.path(time)
        return min(max(x, 0.0), self.room.width - self.size.width), min(
            max(y, 0.0), self.room.height - self.size.height
        )

    def process(self, picture: Picture) -> Picture:
        """The part; between two pixels where the window moves, so that it does not stagger."""
        x, y = self.corner(picture.time)
        near = round(x / 2) * 2, round(y / 2) * 2
        if max(abs(x - near[0]), abs(y - near[1])) < _STANDS:
            return Cut(self.size, *near).process(picture)
        half = _half(self.size.width), _half(self.size.height)
        picture.u, picture.v = _shifted(picture.u, x / 2, y / 2, *half), _shifted(picture.v, x / 2, y / 2, *half)
        picture.y = _shifted(picture.y, x, y, self.size.width, self.size.height)
        if picture.alpha is not None:
            picture.alpha = _shifted(picture.alpha, x, y, self.size.width, self.size.height)
        return picture

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture stands at `x`, `y` (both even) in one of `size`, the rest in one colour."""

    size: Size
    x: int
    y: int
    color: tuple[int, int, int]

    def process(self, picture: Picture) -> Picture:
        """The picture in its frame."""
        half = Size(_half(self.size.width), _half(self.size.height))
        y = _on(picture.y, self.size, self.x, self.y, self.color[0])
        u = _on(picture.u, half, self.x // 2, self.y // 2, self.color[1])
        v = _on(picture.v, half, self.x // 2, self.y // 2, self.color[2])
        alpha = None if picture.alpha is None else _on(picture.alpha, self.size, self.x, self.y, 255)
        return Picture(y, u, v, picture.time, picture.index, alpha)

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()


@dataclass(frozen=True, slots=True)
class Flatten:
    """Transparent parts become black, for containers without transparency; `black` is the darkest brightness."""

    black: int

    def process(self, picture: Picture) -> Picture:
        """The picture on black, with no alpha left."""
        import cv2

        if picture.alpha is not None:
            height, width = picture.u.shape
            half = _scaled(picture.alpha, width, height)
            for plane, alpha, empty in (
                (picture.y, picture.alpha, self.black),
                (picture.u, half, 128),
                (picture.v, half, 128),
            ):
                mixed = cv2.multiply(plane, alpha, scale=1 / 255) + cv2.multiply(255 - alpha, empty, scale=1 / 255)
                plane[...] = mixed
        picture.alpha = None
        return picture

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()


#: A step that changes the size; it writes on no plane that it is given.
Shaping: TypeAlias = Scale | Cut | Follow | Frame


def plan_geometry(operation: Geometry, size: Size, space: ColorSpace) -> tuple[list[Shaping], Size]:
    """What is to be done to pictures of `size`, and the size they then have; nothing where nothing changes.

    Raises:
        Refused: a crop is larger than the picture or lies outside it.
    """
    match operation:
        case Resize(size=wanted):
            return _scale(size, wanted)
        case Fit(box=box):
            smaller = size.width > box.width or size.height > box.height
            return _scale(size, size.fit_within(box)) if smaller else ([], size)
        case Crop():
            return _crop(operation, size)
        case Pad(size=wanted, color=color):
            scale = min(wanted.width / size.width, wanted.height / size.height)
            inner = Size(
                min(wanted.width, round(size.width * scale / 2) * 2 or 2),
                min(wanted.height, round(size.height * scale / 2) * 2 or 2),
            )
            steps, inner = _scale(size, inner)
            if inner == wanted:
                return steps, wanted
            x, y = (wanted.width - inner.width) // 4 * 2, (wanted.height - inner.height) // 4 * 2
            return [*steps, Frame(wanted, x, y, yuv(color, space))], wanted


def _scale(size: Size, wanted: Size) -> tuple[list[Shaping], Size]:
    return ([], size) if wanted == size else ([Scale(wanted)], wanted)


def _crop(crop: Crop, size: Size) -> tuple[list[Shaping], Size]:
    if crop.aspect:
        across, down = map(int, crop.aspect.split(":"))
        scale = min(size.width / across, size.height / down)
        wanted = Size(min(size.width, even(across * scale)), min(size.height, even(down * scale)))
    else:
        assert crop.size is not None
        wanted = crop.size
    x = (size.width - wanted.width) // 4 * 2 if crop.x is None else crop.x // 2 * 2
    y = (size.height - wanted.height) // 4 * 2 if crop.y is None else crop.y // 2 * 2
    if x < 0 or y < 0 or x + wanted.width > size.width or y + wanted.height > size.height:
        raise Refused(
            f"the crop of {wanted} at {max(crop.x or 0, x)},{max(crop.y or 0, y)} is not inside the picture of {size}",
            code="crop_outside",
            hint="crop to a smaller size, or give an aspect ratio like '9:16'",
        )
    if wanted == size:
        return [], size
    return [Cut(wanted, x, y) if crop.keep is None else Follow(size, wanted, crop.keep)], wanted


def _half(side: int) -> int:
    return (side + 1) // 2


def _scaled(plane: Plane, width: int, height: int) -> Plane:
    import cv2

    smaller = width < plane.shape[1] or height < plane.shape[0]
    scaled: Any = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    return cast("Plane", scaled)


def _shifted(plane: Plane, x: float, y: float, width: int, height: int) -> Plane:
    """The part at a place between pixels."""
    import cv2
    import numpy as np

    way = np.array([[1, 0, x], [0, 1, y]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    shifted: Any = cv2.warpAffine(plane, way, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cast("Plane", shifted)


def _on(plane: Plane, size: Size, x: int, y: int, value: int) -> Plane:
    import numpy as np

    framed = np.full((size.height, size.width), value, np.uint8)
    framed[y : y + plane.shape[0], x : x + plane.shape[1]] = plane
    return framed

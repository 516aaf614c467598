"""Operations on the size and the shape of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from clipline.timeline.backgrounds import BLACK
from clipline.timeline.subjects import Who, who_as_json, who_from_json, who_in_words
from clipline.values import Color, Size, parse_color, parse_size

__all__ = ["Crop", "Fit", "Pad", "Resize"]


@dataclass(frozen=True, slots=True)
class Resize:
    """The picture is scaled to exactly this size."""

    key: ClassVar[str] = "resize"
    size: Size

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{resize: WxH}`."""
        return cls(parse_size(data["resize"]))

    def as_json(self) -> dict[str, Any]:
        """Write `{resize: WxH}`."""
        return {"resize": str(self.size)}

    def __str__(self) -> str:
        return f"resize to {self.size}"


@dataclass(frozen=True, slots=True)
class Fit:
    """The picture is scaled down to fit inside this box, either way up; never enlarged."""

    key: ClassVar[str] = "max_size"
    box: Size

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{max_size: WxH}`."""
        return cls(parse_size(data["max_size"]))

    def as_json(self) -> dict[str, Any]:
        """Write `{max_size: WxH}`."""
        return {"max_size": str(self.box)}

    def __str__(self) -> str:
        return f"fit into {self.box}"


@dataclass(frozen=True, slots=True)
class Crop:
    """Only a part of the picture stays: an aspect ratio from its middle, or a size at a corner.

    With `aspect` ("9:16") the largest such part in the middle; else `size` with its left upper corner at `x`, `y`,
    each None for the middle. With `keep` the part moves so that they stay in it.
    """

    key: ClassVar[str] = "crop"
    aspect: str | None = None
    size: Size | None = None
    x: int | None = None
    y: int | None = None
    keep: Who | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{crop: "9:16"}`, `{crop: WxH}` or `{crop: {size: WxH, x: N, y: N}}`; with `keep: WHO`."""
        given, keep = data["crop"], who_from_json(data["keep"]) if data.get("keep") else None
        if isinstance(given, Mapping):
            x, y = given.get("x"), given.get("y")
            if keep and (x, y) != (None, None):
                raise ValueError("a crop has a corner, or keeps somebody in it, not both")
            return cls(size=parse_size(given["size"]), x=x, y=y, keep=keep)
        width, colon, height = str(given).partition(":")
        if not colon:
            return cls(size=parse_size(given), keep=keep)
        if not (width.strip().isdigit() and height.strip().isdigit() and int(width) and int(height)):
            raise ValueError(f"not an aspect ratio: {given!r}; write like '9:16'")
        return cls(aspect=f"{int(width)}:{int(height)}", keep=keep)

    def as_json(self) -> dict[str, Any]:
        """Write the crop in the shortest of its forms."""
        keep = {} if self.keep is None else {"keep": who_as_json(self.keep)}
        if self.aspect:
            return {"crop": self.aspect} | keep
        corner = {name: value for name, value in (("x", self.x), ("y", self.y)) if value is not None}
        return {"crop": {"size": str(self.size), **corner}} | keep

    def __str__(self) -> str:
        corner = "" if self.x is None or self.y is None else f" at {self.x}, {self.y}"
        keep = "" if self.keep is None else f" following {who_in_words(self.keep)}"
        return f"crop to {self.aspect or self.size}{corner}{keep}"


@dataclass(frozen=True, slots=True)
class Pad:
    """The picture stands in the middle of a larger one of this size, scaled to fit, on a colour."""

    key: ClassVar[str] = "pad"
    size: Size
    color: Color = BLACK

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{pad: WxH, color: COLOR}`."""
        return cls(parse_size(data["pad"]), parse_color(data.get("color", "black")))

    def as_json(self) -> dict[str, Any]:
        """Write `{pad: WxH, color: COLOR}`."""
        return {"pad": str(self.size), "color": str(self.color)}

    def __str__(self) -> str:
        return f"pad to {self.size} on {self.color}"

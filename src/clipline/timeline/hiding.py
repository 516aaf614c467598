"""Operations that hide people or things, or put a picture in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from clipline.timeline.cutting import seconds_text
from clipline.timeline.subjects import Who, who_as_json, who_from_json, who_in_words

__all__ = ["BlurOut", "Pixelate", "Replace"]


@dataclass(frozen=True, slots=True)
class BlurOut:
    """People or things are blurred, in a rounded box around each; `radius` in pixels of a 720-line picture."""

    key: ClassVar[str] = "blur"
    who: Who
    radius: float = 20.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{blur: WHO, radius: N}`."""
        return cls(who_from_json(data["blur"]), float(data.get("radius", 20.0)))

    def as_json(self) -> dict[str, Any]:
        """Write `{blur: WHO, radius: N}`."""
        return {"blur": who_as_json(self.who)} | ({} if self.radius == 20.0 else {"radius": self.radius})

    def __str__(self) -> str:
        return f"blur {who_in_words(self.who)}" + ("" if self.radius == 20.0 else f" by {seconds_text(self.radius)}")


@dataclass(frozen=True, slots=True)
class Pixelate:
    """People or things become squares, in a rounded box around each; `size` is that of a square, as a radius is."""

    key: ClassVar[str] = "pixelate"
    who: Who
    size: float = 24.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{pixelate: WHO, size: N}`."""
        return cls(who_from_json(data["pixelate"]), float(data.get("size", 24.0)))

    def as_json(self) -> dict[str, Any]:
        """Write `{pixelate: WHO, size: N}`."""
        return {"pixelate": who_as_json(self.who)} | ({} if self.size == 24.0 else {"size": self.size})

    def __str__(self) -> str:
        return f"pixelate {who_in_words(self.who)}" + ("" if self.size == 24.0 else f" by {seconds_text(self.size)}")


@dataclass(frozen=True, slots=True)
class Replace:
    """People or things are taken out, and an image stands in the place of each, as large as it and moving with it."""

    key: ClassVar[str] = "replace"
    who: Who
    path: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{replace: WHO, with: FILE}`."""
        return cls(who_from_json(data["replace"]), str(data["with"]))

    def as_json(self) -> dict[str, Any]:
        """Write `{replace: WHO, with: FILE}`."""
        return {"replace": who_as_json(self.who), "with": self.path}

    def __str__(self) -> str:
        return f"replace {who_in_words(self.who)} with {self.path.rpartition('/')[2]}"

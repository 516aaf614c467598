"""Operations that write: titles and lower thirds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, TypeAlias

from clipline.timeline.backgrounds import BLACK, WHITE
from clipline.timeline.cutting import seconds_text
from clipline.timeline.sounds import fades_json, fades_text
from clipline.values import Color, parse_color, parse_duration

__all__ = ["SIZES", "LowerThird", "Position", "Title"]

Position: TypeAlias = Literal["top", "middle", "bottom", "top left", "top right", "bottom left", "bottom right"]
#: What makes letters legible on any ground: a line around them, a shadow under them, or nothing but themselves.
Edge: TypeAlias = Literal["outline", "shadow", "none"]
#: How a lower third comes and goes.
Entrance: TypeAlias = Literal["fade", "slide", "none"]

#: Heights of a line by name, in percent of the shorter side of the picture.
SIZES: Mapping[str, float] = {"small": 5.0, "medium": 7.0, "large": 10.0, "huge": 15.0}


def quoted(text: str) -> str:
    """A text in quotation marks that are not in it."""
    return f"“{text}”" if '"' in text else f'"{text}"'


def _when(start: float, duration: float | None) -> str:
    begins = f" from {seconds_text(start)}s" if start else ""
    return begins + ("" if duration is None else f" for {seconds_text(duration)}s")


def _size(value: object) -> float:
    size = SIZES.get(str(value))
    size = float(str(value)) if size is None else size
    if not 2 <= size <= 40:
        raise ValueError(f"a title is {', '.join(SIZES)}, or from 2 to 40 percent of the picture's shorter side")
    return size


@dataclass(frozen=True, slots=True)
class Title:
    """A text over the picture, of any script, in lines that fit into it.

    `duration` None lasts to the end; `size` is the height of a line in percent of the shorter side of the picture;
    `plate` is the colour of a half clear plate behind it, None for none. It comes and goes within `fade_in` and
    `fade_out`. All times are in seconds.
    """

    key: ClassVar[str] = "title"
    text: str
    start: float = 0.0
    duration: float | None = None
    position: Position = "bottom"
    color: Color = WHITE
    size: float = 7.0
    edge: Edge = "outline"
    plate: Color | None = None
    fade_in: float = 0.0
    fade_out: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{title: TEXT, start: T, duration: T, position: …, color: COLOR, size: …, edge: …, plate: COLOR, …}`."""
        if not str(data["title"]).strip():
            raise ValueError("a title has a text")
        return cls(
            str(data["title"]),
            parse_duration(data.get("start", 0)),
            parse_duration(data["duration"]) if data.get("duration") is not None else None,
            data.get("position", "bottom"),
            parse_color(data.get("color", "white")),
            _size(data.get("size", 7.0)),
            data.get("edge", "outline"),
            parse_color(data["plate"]) if data.get("plate") else None,
            parse_duration(data.get("fade_in", 0)),
            parse_duration(data.get("fade_out", 0)),
        )

    def as_json(self) -> dict[str, Any]:
        """Write the title with all that differs from what is usual."""
        return {
            "title": self.text,
            "start": self.start,
            **({} if self.duration is None else {"duration": self.duration}),
            "position": self.position,
            "color": str(self.color),
            **({} if self.size == SIZES["medium"] else {"size": self.size}),
            **({} if self.edge == "outline" else {"edge": self.edge}),
            **({"plate": str(self.plate)} if self.plate else {}),
            **fades_json(self.fade_in, self.fade_out),
        }

    def __str__(self) -> str:
        where = "" if self.position == "bottom" else f" at the {self.position}"
        color = "" if self.color == WHITE else f" in {self.color}"
        size = "" if self.size == SIZES["medium"] else f" of size {seconds_text(self.size)}%"
        edge = {"outline": "", "shadow": " with a shadow", "none": " without an outline"}[self.edge]
        plate = f" on a {self.plate} plate" if self.plate else ""
        look = f"{where}{color}{size}{edge}{plate}"
        fades = fades_text(self.fade_in, self.fade_out)
        return f"add the title {quoted(self.text)}{look}{_when(self.start, self.duration)}{fades}"


@dataclass(frozen=True, slots=True)
class LowerThird:
    """A name and a line under it on a quiet plate, low in the picture, on one side of it.

    `duration` is in seconds, None to the end. It comes and goes within half a second each, or at once.
    """

    key: ClassVar[str] = "lower_third"
    name: str
    line: str = ""
    start: float = 0.0
    duration: float | None = 5.0
    side: Literal["left", "middle", "right"] = "left"
    color: Color = WHITE
    plate: Color = BLACK
    entrance: Entrance = "fade"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{lower_third: NAME, line: TEXT, start: T, duration: T or end, side: …, color: …, plate: …, …}`."""
        if not str(data["lower_third"]).strip():
            raise ValueError("a lower third has a name")
        lasts = data.get("duration", 5.0)
        return cls(
            str(data["lower_third"]),
            str(data.get("line", "")),
            parse_duration(data.get("start", 0)),
            None if lasts == "end" else parse_duration(lasts),
            data.get("side", "left"),
            parse_color(data.get("color", "white")),
            parse_color(data.get("plate", "black")),
            data.get("entrance", "fade"),
        )

    def as_json(self) -> dict[str, Any]:
        """Write the lower third with all that differs from what is usual."""
        return {
            "lower_third": self.name,
            **({"line": self.line} if self.line else {}),
            "start": self.start,
            "duration": "end" if self.duration is None else self.duration,
            **({} if self.side == "left" else {"side": self.side}),
            **({} if self.color == WHITE else {"color": str(self.color)}),
            **({} if self.plate == BLACK else {"plate": str(self.plate)}),
            **({} if self.entrance == "fade" else {"entrance": self.entrance}),
        }

    def __str__(self) -> str:
        line = f" {quoted(self.line)}" if self.line else ""
        side = {"left": "", "middle": " in the middle", "right": " on the right"}[self.side]
        color = "" if self.color == WHITE else f" in {self.color}"
        plate = "" if self.plate == BLACK else f" on a {self.plate} plate"
        when = _when(self.start, self.duration) + (" until the end" if self.duration is None else "")
        entrance = {"fade": "", "slide": " sliding in", "none": " without animation"}[self.entrance]
        return f"add a lower third {quoted(self.name)}{line}{side}{color}{plate}{when}{entrance}"

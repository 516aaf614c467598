"""Operations that part people or things from what is behind them, and what may stand there instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias

from clipline.timeline.cutting import seconds_text
from clipline.timeline.subjects import Subject, Who, who_as_json, who_from_json, who_in_words
from clipline.values import Color, parse_color

__all__ = ["BLACK", "WHITE", "Background", "Blur", "Fill", "Isolate", "Media", "Remove", "Transparent"]

BLACK = Color(0, 0, 0)
WHITE = Color(255, 255, 255)


@dataclass(frozen=True, slots=True)
class Blur:
    """The picture itself, blurred; `radius` in pixels of a 720-line picture."""

    radius: float = 20.0


@dataclass(frozen=True, slots=True)
class Transparent:
    """Nothing: an alpha channel, in containers that carry one."""


@dataclass(frozen=True, slots=True)
class Media:
    """An image or a clip, by absolute path; scaled to cover the frame, a clip repeated to fill the time."""

    path: str


Fill: TypeAlias = Color | Blur | Transparent | Media


def _fill_from_json(value: object) -> Fill:
    if isinstance(value, Mapping):
        if "blur" in value:
            return Blur(float(value["blur"]))
        if "media" in value:
            return Media(str(value["media"]))
        raise ValueError("a background is a colour, 'blur', 'transparent', {blur: RADIUS} or {media: FILE}")
    if value == "blur":
        return Blur()
    if value == "transparent":
        return Transparent()
    return parse_color(value)


def _fill_as_json(fill: Fill) -> Any:
    match fill:
        case Blur():
            return {"blur": fill.radius}
        case Media():
            return {"media": fill.path}
        case Transparent():
            return "transparent"
        case _:
            return str(fill)


@dataclass(frozen=True, slots=True)
class Background:
    """Everything behind the people becomes `fill`."""

    key: ClassVar[str] = "background"
    fill: Fill

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{background: FILL}`."""
        return cls(_fill_from_json(data["background"]))

    def as_json(self) -> dict[str, Any]:
        """Write `{background: FILL}`."""
        return {"background": _fill_as_json(self.fill)}

    def __str__(self) -> str:
        match self.fill:
            case Blur() as blur:
                return "blur the background" + ("" if blur == Blur() else f" by {seconds_text(blur.radius)}")
            case Transparent():
                return "make the background transparent"
            case Media(path=path):
                return f"replace the background with {path.rpartition('/')[2]}"
            case color:
                return f"replace the background with {color}"


@dataclass(frozen=True, slots=True)
class Remove:
    """People or things are taken out: what is behind them appears, or a solid colour where `fill` is one."""

    key: ClassVar[str] = "remove"
    who: Who
    fill: Color | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{remove: WHO, fill: COLOR}`."""
        return cls(who_from_json(data["remove"]), parse_color(data["fill"]) if data.get("fill") else None)

    def as_json(self) -> dict[str, Any]:
        """Write `{remove: WHO, fill: COLOR}`."""
        return {"remove": who_as_json(self.who)} | ({"fill": str(self.fill)} if self.fill else {})

    def __str__(self) -> str:
        who = who_in_words(self.who)
        return f"fill {who} with {self.fill}" if self.fill else f"remove {who}"


@dataclass(frozen=True, slots=True)
class Isolate:
    """Only these people or things stay, `who` and those in `also`.

    All else is `fill`: transparent where the container carries it, else black.
    """

    key: ClassVar[str] = "isolate"
    who: Who
    fill: Fill = Transparent()
    also: tuple[Who, ...] = ()

    def __post_init__(self) -> None:
        if self.also and any(isinstance(who, Subject) and (who.box or who.point) for who in self.everyone):
            raise ValueError("several that are kept alone are said by their names, not by a box or a point")

    @property
    def everyone(self) -> tuple[Who, ...]:
        """All who stay."""
        return (self.who, *self.also)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{isolate: WHO, fill: FILL}` or `{isolate: [WHO, …], fill: FILL}`."""
        given = data["isolate"]
        who, *also = map(who_from_json, given if isinstance(given, list) else [given])
        return cls(who, _fill_from_json(data.get("fill") or "transparent"), tuple(also))

    def as_json(self) -> dict[str, Any]:
        """Write `{isolate: WHO, fill: FILL}`, with a list where several stay."""
        fill = {} if isinstance(self.fill, Transparent) else {"fill": _fill_as_json(self.fill)}
        them = [who_as_json(who) for who in self.everyone]
        return {"isolate": them if self.also else them[0]} | fill

    def __str__(self) -> str:
        *first, last = map(who_in_words, self.everyone)
        who = f"{', '.join(first)} and {last}" if first else last
        match self.fill:
            case Transparent():
                return f"isolate {who}"
            case Blur() as blur:
                return f"isolate {who} on a blurred background" + (
                    "" if blur == Blur() else f" by {seconds_text(blur.radius)}"
                )
            case Media(path=path):
                return f"isolate {who} on {path.rpartition('/')[2]}"
            case color:
                return f"isolate {who} on {color}"

"""What phrases about writing do: lower thirds, and how titles look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from clipline.studio.instructions import numbers
from clipline.studio.instructions.grammar import Heard, Slot
from clipline.studio.instructions.understanding import Step
from clipline.studio.instructions.words import alternatives
from clipline.timeline import BLACK, WHITE, LowerThird, Title
from clipline.timeline.titles import SIZES

__all__ = ["LETTERING_SLOTS"]

Steps: TypeAlias = Sequence[Step] | None

# --- values ----------------------------------------------------------------------------------------------------------

_SIZES: Mapping[str, float] = {
    **dict.fromkeys(["small", "tiny", "小号", "小字", "小"], SIZES["small"]),
    **dict.fromkeys(["medium", "normal", "中号"], SIZES["medium"]),
    **dict.fromkeys(["large", "big", "大号", "大字", "大"], SIZES["large"]),
    **dict.fromkeys(["huge", "very large", "very big", "giant", "特大号", "特大", "超大"], SIZES["huge"]),
}
_SIDES: Mapping[str, str] = {
    **dict.fromkeys(["left", "lower left", "左边", "左侧", "左下角", "左下方", "左"], "left"),
    **dict.fromkeys(["right", "lower right", "右边", "右侧", "右下角", "右下方", "右"], "right"),
    **dict.fromkeys(["middle", "center", "centre", "中间", "居中"], "middle"),
}
_SIZE_FORM = rf"(?:{alternatives(_SIZES)})"
_SIDE_FORM = rf"(?:{alternatives(_SIDES)})"

#: Name → how it is read, what it may be in English, in Chinese.
LETTERING_SLOTS: dict[str, Slot] = {
    "letters": Slot(lambda words, _: _SIZES[words.lower()], _SIZE_FORM, _SIZE_FORM),
    "height": Slot(
        lambda words, _: numbers.number(words.rstrip("% ")), r"\d{1,2}(?:\.\d{1,9})? ?%", r"\d{1,2}(?:\.\d{1,9})?%"
    ),
    "side": Slot(lambda words, _: _SIDES[words.lower()], _SIDE_FORM, _SIDE_FORM),
}

# --- heads -----------------------------------------------------------------------------------------------------------


def lower_third(heard: Heard) -> LowerThird:
    """A name with a line under it."""
    return LowerThird(cast("str", heard["quoted"]), cast("str", heard.get("line") or ""))


# --- modifiers -------------------------------------------------------------------------------------------------------


def _with(step: Step, heard: Heard, **changes: Any) -> list[Step]:
    action = replace(cast("Any", step.action), **changes)
    return [Step(action, (*step.notes, *heard.notes), step.words)]


def then_size(heard: Heard, step: Step) -> Steps:
    """As in "… in large letters" or "… of size 10%"."""
    size = cast("float", heard.get("letters") or heard.get("height"))
    color = {"color": heard["color"]} if heard.get("color") else {}
    if isinstance(step.action, Title) and step.action.size == SIZES["medium"] and 2 <= size <= 40:
        return _with(step, heard, size=size, **color)
    return None


def then_shadow(heard: Heard, step: Step) -> Steps:
    """As in "… with a shadow"."""
    return _with(step, heard, edge="shadow") if _has_usual_edge(step) else None


def then_no_edge(heard: Heard, step: Step) -> Steps:
    """As in "… without an outline"."""
    return _with(step, heard, edge="none") if _has_usual_edge(step) else None


def then_outline(heard: Heard, step: Step) -> Steps:
    """As in "… with an outline": what a title has anyway."""
    return _with(step, heard) if _has_usual_edge(step) else None


def _has_usual_edge(step: Step) -> bool:
    return isinstance(step.action, Title) and step.action.edge == "outline"


def then_plate(heard: Heard, step: Step) -> Steps:
    """As in "… on a blue plate"; a plate without a colour is black."""
    color = heard.get("color") or BLACK
    match step.action:
        case Title(plate=None):
            return _with(step, heard, plate=color)
        case LowerThird() as shown if BLACK in (shown.plate, color):
            return _with(step, heard, plate=color)
        case _:
            return None


def then_side(heard: Heard, step: Step) -> Steps:
    """As in "… on the right"."""
    if isinstance(step.action, LowerThird) and step.action.side == "left":
        return _with(step, heard, side=heard["side"])
    return None


def then_color(heard: Heard, step: Step) -> Steps:
    """As in "… in red", of a lower third."""
    if isinstance(step.action, LowerThird) and step.action.color == WHITE:
        return _with(step, heard, color=heard["color"])
    return None


def then_slide(heard: Heard, step: Step) -> Steps:
    """As in "… sliding in"."""
    if isinstance(step.action, LowerThird) and step.action.entrance == "fade":
        return _with(step, heard, entrance="slide")
    return None


def then_at_once(heard: Heard, step: Step) -> Steps:
    """As in "… without animation"."""
    match step.action:
        case LowerThird(entrance="fade"):
            return _with(step, heard, entrance="none")
        case Title(fade_in=0.0, fade_out=0.0):
            return _with(step, heard)
        case _:
            return None

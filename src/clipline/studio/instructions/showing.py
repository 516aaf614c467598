"""What words about when titles and music are there do: from when, for how long, at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from clipline.studio.instructions.cutting import from_end
from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.understanding import Part, Step
from clipline.timeline import (
    Background,
    BlurOut,
    Isolate,
    LowerThird,
    Music,
    Pixelate,
    Remove,
    Replace,
    Sound,
    Title,
)
from clipline.values import format_duration

Steps: TypeAlias = Sequence[Step] | None

#: Seconds that a title "at the end" is shown.
_AT_END = 3.0

_TAKES_AWAY = re.compile("(?:把|将)?(?:去|剪|删|切|裁|截|移|砍|减)(?:掉|去|除)")


def _with(step: Step, heard: Heard, **changes: Any) -> Step:
    action = replace(cast("Any", step.action), **changes)
    return replace(step, action=action, notes=(*step.notes, *heard.notes))


def then_last(heard: Heard, step: Step) -> Steps:
    """As in "… for 3 seconds"."""
    length = cast("float", heard["length"])
    if _lasts_as_usual(step) and length > 0:
        return [_with(step, heard, duration=length)]
    return None


def then_bare_length(heard: Heard, step: Step) -> Steps:
    """As in "…, 3 seconds"; after words about a fade that may be its length, so there it has to be said with "for"."""
    fades = getattr(step.action, "fade_in", 0.0) or getattr(step.action, "fade_out", 0.0)
    return None if fades else then_last(heard, step)


def _begins_as_usual(step: Step) -> bool:
    """Whether it has a time of its own, and nothing was said of when it begins."""
    return isinstance(step.action, Title | LowerThird | Music) and step.action.start == 0.0


def _lasts_as_usual(step: Step) -> bool:
    """Whether it has a time of its own, and nothing was said of when it ends."""
    match step.action:
        case Title(duration=None) | Music(duration=None) | LowerThird(duration=5.0):
            return True
        case _:
            return False


def then_all_along(heard: Heard, step: Step) -> Steps:
    """As in "… for the whole video"."""
    match step.action:
        case LowerThird():
            return [_with(step, heard, duration=None)]
        case Title() | Music() | Sound() | Remove() | BlurOut() | Pixelate() | Replace() | Background() | Isolate():
            return [_with(step, heard)]
        case _:
            return None


def then_start(heard: Heard, step: Step) -> Steps:
    """As in "… starting at 2 seconds"."""
    point = cast("float", heard.get("point") or 0.0)
    if _begins_as_usual(step):
        return [_with(step, heard, start=point)]
    return None


def then_during(heard: Heard, step: Step) -> Steps:
    """As in "… from 2 to 5 seconds"."""
    start, end = cast("tuple[float, float | None]", heard["span"])
    if _begins_as_usual(step) and _lasts_as_usual(step):
        return [_with(step, heard, start=start, duration=None if end is None else round(end - start, 3))]
    return None


def then_until(heard: Heard, step: Step) -> Steps:
    """As in "… until 0:05"."""
    end = cast("float", heard["point"])
    start = getattr(step.action, "start", 0.0)
    if _lasts_as_usual(step) and end > start:
        return [_with(step, heard, duration=round(end - start, 3))]
    return None


def then_at_very_end(heard: Heard, step: Step) -> Steps:
    """As in "… at the end" of a title: its last seconds, with a note how many."""
    if not (isinstance(step.action, Title) and _begins_as_usual(step) and _lasts_as_usual(step)):
        return None
    length = heard.context.default_duration
    lasts = _AT_END if length is None or length > _AT_END else length
    heard.note("title_end", length=format_duration(lasts))
    return [_with(step, heard, start=from_end(heard, lasts) if length != lasts else 0.0, duration=lasts)]


def then_at_end(heard: Heard, step: Step) -> Steps:
    """As in "… in the last 3 seconds"; after "去掉前2秒" they are taken away too."""
    length = cast("float", heard["length"])
    match step.action:
        case Part(start=float() as start, end=None, more=()) if _TAKES_AWAY.match(step.words):
            end = from_end(heard, length)
            return [_with(step, heard, end=end)] if end > start else None
    if not (_begins_as_usual(step) and _lasts_as_usual(step)):
        return None
    if heard.context.default_duration and length < heard.context.default_duration:
        return [_with(step, heard, start=from_end(heard, length), duration=length)]
    return None

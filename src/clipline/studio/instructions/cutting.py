"""What phrases about time do: a part that is kept, parts that are cut out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.understanding import Part, Step
from clipline.timeline import Cut
from clipline.values import format_duration

Steps: TypeAlias = Sequence[Step] | None

# --- heads -----------------------------------------------------------------------------------------------------------


def keep_span(heard: Heard) -> Part:
    """From one point to another."""
    start, end = cast("tuple[float, float | None]", heard["span"])
    return Part(start, end)


def keep_first(heard: Heard) -> Part:
    """The first seconds."""
    return Part(0.0, _positive(heard, "length"), counted="kept")


def keep_length(heard: Heard) -> Part | None:
    """As in "trim to 5 seconds": the first ones."""
    if "9:16" in heard.words:  # a shape, though it could be nine minutes
        return None
    part = keep_first(heard)
    heard.note("from_start", length=format_duration(_positive(heard, "length")))
    return part


def keep_last(heard: Heard) -> Part:
    """The last seconds, or all where there are no more; needs the length of the clip."""
    length = _clip_length(heard)
    return Part(max(0.0, round(length - _positive(heard, "length"), 3)), length, counted="kept")


def keep_middle(heard: Heard) -> Part:
    """So many seconds from the middle, or all where there are no more; needs the length of the clip."""
    whole = _clip_length(heard)
    length = min(_positive(heard, "length"), whole)
    start = round((whole - length) / 2, 3)
    return Part(start, round(start + length, 3), counted="kept")


def keep_between(heard: Heard) -> Part:
    """As in "从0:05剪到0:09"."""
    start, end = cast("float", heard["start"]), cast("float", heard["end"])
    if end <= start:
        raise heard.refused("no_time")
    return Part(start, end)


def start_at(heard: Heard) -> Part:
    """From a point, or after the first seconds."""
    length = cast("float | None", heard.get("length"))
    return Part(start=cast("float", heard.get("point"))) if length is None else Part(start=length, counted="away")


def cut_first(heard: Heard) -> Part:
    """After the first seconds, by a word that some use for keeping them."""
    heard.note("cut_away", words=heard.clause)
    return start_at(heard)


def end_at(heard: Heard) -> Part:
    """Up to a point."""
    at = cast("float", heard["point"])
    if at <= 0:
        raise heard.refused("no_time")
    return Part(end=at)


def cut_at(heard: Heard) -> Part:
    """Up to a point, by words that some use for what is after it."""
    heard.note("cut_at", words=heard.clause)
    return end_at(heard)


def cut_last(heard: Heard) -> Part:
    """Without the last seconds; needs the length of the clip."""
    return Part(end=from_end(heard, _positive(heard, "length")), counted="away")


def cut_both(heard: Heard) -> Part:
    """Without the first and the last seconds; needs the length of the clip."""
    start = cast("float", heard["first"])
    end = from_end(heard, cast("float", heard["first"] if heard.get("last") is None else heard["last"]))
    if end <= start:
        raise heard.refused("no_time")
    return Part(start, end, counted="away")


def _positive(heard: Heard, name: str) -> float:
    length = cast("float", heard[name])
    if length <= 0:
        raise heard.refused("no_time")
    return length


def _clip_length(heard: Heard) -> float:
    length = heard.context.default_duration
    if length is None:
        raise heard.refused("length_unknown")
    return length


def from_end(heard: Heard, seconds: float) -> float:
    """The point so many seconds before the end of the clip."""
    length = _clip_length(heard)
    if seconds >= length:
        raise heard.refused("beyond_end", length=format_duration(length))
    return round(length - seconds, 3)


def keep_portion(heard: Heard) -> Part:
    """As in "keep the first half"; needs the length of the clip."""
    start, end = _portion(heard)
    return Part(start, end, counted="kept")


def cut_portion(heard: Heard) -> Part | Cut:
    """As in "cut out the last third"; needs the length of the clip."""
    start, end = _portion(heard)
    if start == 0:
        return Part(start=end, counted="away")
    return Part(end=start, counted="away") if end == _clip_length(heard) else Cut.of([(start, end)])


def _portion(heard: Heard) -> tuple[float, float]:
    length = _clip_length(heard)
    start, end = (round(length * share, 3) for share in cast("tuple[float, float]", heard["portion"]))
    return start, end


def cut_span(heard: Heard) -> Cut:
    """Without the time from one point to another."""
    return Cut.of([cast("tuple[float, float | None]", heard["span"])])


# --- modifiers -------------------------------------------------------------------------------------------------------


def _with(step: Step, heard: Heard, **changes: Any) -> Step:
    action = replace(cast("Any", step.action), **changes)
    return replace(step, action=action, notes=(*step.notes, *heard.notes))


def then_also(heard: Heard, step: Step) -> Steps:
    """As in "… and 8s to 10s": one more part that is kept, or cut out."""
    span = cast("tuple[float, float | None]", heard["span"])
    match step.action:
        case Part(start=float(), end=float(), more=more):
            return [_with(step, heard, more=(*more, span))]
        case Cut(parts=parts, keyframes=keyframes):
            return [replace(step, action=Cut.of([*parts, span], keyframes=keyframes))]
        case _:
            return None


def then_at_keyframes(heard: Heard, step: Step) -> Steps:
    """As in "… at key frames": the stream may be copied."""
    is_cut = isinstance(step.action, Part | Cut) and not step.action.crossfade  # what dissolves is encoded anew
    return [_with(step, heard, keyframes=True)] if is_cut else None

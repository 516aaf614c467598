"""What the phrases make: an operation of the values heard, or a change to the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.understanding import ExportWish, Part, Step
from clipline.timeline import (
    BLACK,
    Background,
    Blur,
    Crop,
    Fill,
    Fit,
    Isolate,
    Media,
    Music,
    Pad,
    People,
    Remove,
    Resize,
    Title,
    Transparent,
)
from clipline.values import Color, Size, format_duration

Steps = Sequence[Step] | None


def refuse(key: str) -> Callable[[Heard], None]:
    """A head that is understood and cannot be done."""

    def build(heard: Heard) -> None:
        raise heard.refused(key)

    return build


# --- people and background -------------------------------------------------------------------------------------------


def remove(heard: Heard) -> Remove:
    """People taken out."""
    return Remove(cast("People", heard["who"]))


def fill_person(heard: Heard) -> Remove:
    """People filled with a colour, black where none is named."""
    fill = heard.get("solid") or heard.get("color") or BLACK
    return Remove(cast("People", heard["who"]), cast("Color", fill))


def _solid(fill: object, heard: Heard) -> Color:
    if isinstance(fill, Color):
        return fill
    what = fill.path.rpartition("/")[2] if isinstance(fill, Media) else heard.clause
    raise heard.refused("person_into", what=what)


def isolate(heard: Heard) -> Isolate | Background:
    """People alone; on nothing where nothing is named."""
    who = cast("People", heard["who"]) if heard.get("who") else "person"
    return _isolated(who, heard.get("fill") or heard.get("color") or Transparent(), heard)


def cut_out(heard: Heard) -> Isolate | Background:
    """An isolation by words that some use for the contrary."""
    heard.note("cut_out", words=heard.clause)
    return isolate(heard)


def _isolated(who: People, fill: object, heard: Heard) -> Isolate | Background:
    if isinstance(fill, Color | Transparent):
        return Isolate(who, fill)
    # On a picture, or on itself blurred, isolating people is replacing what is behind them.
    if who == "background_person":
        what = fill.path.rpartition("/")[2] if isinstance(fill, Media) else "blur"
        raise heard.refused("who_else", what=what)
    return Background(cast("Fill", fill))


def background(heard: Heard) -> Background:
    """Another background."""
    return Background(cast("Fill", heard.get("fill") or heard.get("paint") or heard.get("screen")))


def background_removed(_heard: Heard) -> Background:
    """No background."""
    return Background(Transparent())


def background_blurred(heard: Heard) -> Background:
    """The background blurred."""
    strength = heard.get("strength") or heard.get("number")
    return Background(Blur(cast("float", strength)) if strength else Blur())


def then_fill(heard: Heard, step: Step) -> Steps:
    """As in "… and replace it with red": what was removed becomes this."""
    fill = cast("Fill", heard.get("fill") or heard.get("color") or BLACK)
    match step.action:
        case Remove(fill=None):
            return [_with(step, heard, fill=_solid(fill, heard))]
        case Background(fill=Transparent()):
            return [_with(step, heard, fill=fill)]
        case _:
            return None


def then_reveal(heard: Heard, step: Step) -> Steps:
    """As in "… and fill it with the background": what a removal does anyway."""
    return [_with(step, heard)] if isinstance(step.action, Remove) and step.action.fill is None else None


def then_behind(heard: Heard, step: Step) -> Steps:
    """As in "… on a white background" or "… and make the rest red"."""
    fill = cast("Fill", heard.get("fill") or heard.get("color"))
    match step.action:
        case Isolate(who=who, fill=Transparent()):
            notes = (*step.notes, *heard.notes)
            return [replace(step, action=_isolated(who, fill, heard), notes=notes)]
        case _:
            return None


def then_bars(heard: Heard, step: Step) -> Steps:
    """As in "… with white bars": what stands around a padded picture."""
    if isinstance(step.action, Pad) and step.action.color == BLACK:
        return [_with(step, heard, color=heard["color"])]
    return None


def then_blur(heard: Heard, step: Step) -> Steps:
    """As in "… strongly" or "… with radius 30"."""
    if isinstance(step.action, Background) and step.action.fill == Blur():
        radius = cast("float", heard.get("strength") or heard.get("number"))
        return [_with(step, heard, fill=Blur(radius))] if 0 < radius <= 200 else None
    return None


def _with(step: Step, heard: Heard, **changes: Any) -> Step:
    action = replace(cast("Any", step.action), **changes)
    return Step(action, (*step.notes, *heard.notes), step.words)


# --- time ------------------------------------------------------------------------------------------------------------


def keep_span(heard: Heard) -> Part:
    """From one point to another."""
    start, end = cast("tuple[float, float | None]", heard["span"])
    return Part(start, end)


def keep_first(heard: Heard) -> Part:
    """The first seconds."""
    length = _positive(heard, "length")
    if heard.context.default_duration is not None and length >= heard.context.default_duration:
        heard.note("all_stays", length=format_duration(heard.context.default_duration))
    return Part(0.0, length)


def keep_length(heard: Heard) -> Part | None:
    """As in "trim to 5 seconds": the first ones."""
    if "9:16" in heard.words:  # a shape, though it could be nine minutes
        return None
    part = keep_first(heard)
    heard.note("from_start", length=format_duration(_positive(heard, "length")))
    return part


def keep_last(heard: Heard) -> Part:
    """The last seconds; needs the length of the clip."""
    return Part(_from_end(heard, _positive(heard, "length")), _clip_length(heard))


def start_at(heard: Heard) -> Part:
    """From a point, or after the first seconds."""
    at = cast("float", heard.get("point") if heard.get("length") is None else heard["length"])
    length = heard.context.default_duration
    if length is not None and at >= length:
        raise heard.refused("beyond_end", length=format_duration(length))
    return Part(start=at)


def end_at(heard: Heard) -> Part:
    """Up to a point."""
    at = cast("float", heard["point"])
    if at <= 0:
        raise heard.refused("no_time")
    return Part(end=at)


def cut_last(heard: Heard) -> Part:
    """Without the last seconds; needs the length of the clip."""
    return Part(end=_from_end(heard, _positive(heard, "length")))


def cut_both(heard: Heard) -> Part:
    """Without the first and the last seconds; needs the length of the clip."""
    start = cast("float", heard["first"])
    end = _from_end(heard, cast("float", heard["last"]))
    if end <= start:
        raise heard.refused("no_time")
    return Part(start, end)


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


def _from_end(heard: Heard, seconds: float) -> float:
    """The point so many seconds before the end of the clip."""
    length = _clip_length(heard)
    if seconds >= length:
        raise heard.refused("beyond_end", length=format_duration(length))
    return round(length - seconds, 3)


# --- size and shape --------------------------------------------------------------------------------------------------


def resize(heard: Heard) -> Resize:
    """Exactly this size."""
    return Resize(cast("Size", heard["size"]))


def lines(heard: Heard) -> ExportWish:
    """So many lines, either way up."""
    return ExportWish(lines=cast("int", heard["lines"]))


def fit(heard: Heard) -> Fit:
    """At most this size."""
    return Fit(cast("Size", heard["box"]))


def crop(heard: Heard) -> Crop:
    """The middle of the picture in this shape."""
    return Crop(aspect=cast("str", heard["shape"]))


def reshape(heard: Heard) -> Crop:
    """A crop by words that could mean a larger frame as well."""
    heard.note("shape")
    return crop(heard)


def crop_size(heard: Heard) -> Crop:
    """A part of this size."""
    x, y = (None if heard.get(name) is None else int(cast("float", heard[name])) for name in ("x", "y"))
    return Crop(size=cast("Size", heard["size"]), x=x, y=y)


def pad(heard: Heard) -> Pad:
    """In the middle of a larger picture."""
    return Pad(cast("Size", heard["box"]), cast("Color", heard.get("color") or BLACK))


# --- titles and music ------------------------------------------------------------------------------------------------


def title(heard: Heard) -> Title:
    """A title."""
    text = heard.get("quoted") or heard.get("said") or heard.get("bare")
    color = heard.get("color")
    return Title(cast("str", text), color=cast("Color", color)) if color else Title(cast("str", text))


def then_last(heard: Heard, step: Step) -> Steps:
    """As in "… for 3 seconds"."""
    length = cast("float", heard["length"])
    if isinstance(step.action, Title) and step.action.duration is None and length > 0:
        return [_with(step, heard, duration=length)]
    return None


def then_all_along(heard: Heard, step: Step) -> Steps:
    """As in "… for the whole video"."""
    return [_with(step, heard)] if isinstance(step.action, Title | Music) else None


def then_start(heard: Heard, step: Step) -> Steps:
    """As in "… starting at 2 seconds"."""
    point = cast("float", heard.get("point") or 0.0)
    if isinstance(step.action, Title) and step.action.start == 0.0:
        if heard.context.default_duration is not None and point >= heard.context.default_duration:
            return None
        return [_with(step, heard, start=point)]
    return None


def then_during(heard: Heard, step: Step) -> Steps:
    """As in "… from 2 to 5 seconds"."""
    start, end = cast("tuple[float, float | None]", heard["span"])
    if isinstance(step.action, Title) and step.action.start == 0.0 and step.action.duration is None:
        return [_with(step, heard, start=start, duration=None if end is None else round(end - start, 3))]
    return None


def then_until(heard: Heard, step: Step) -> Steps:
    """As in "… until 0:05"."""
    end = cast("float", heard["point"])
    if isinstance(step.action, Title) and step.action.duration is None and end > step.action.start:
        return [_with(step, heard, duration=round(end - step.action.start, 3))]
    return None


def then_at_end(heard: Heard, step: Step) -> Steps:
    """As in "… in the last 3 seconds"."""
    length = cast("float", heard["length"])
    if isinstance(step.action, Title) and heard.context.default_duration and length < heard.context.default_duration:
        return [_with(step, heard, start=_from_end(heard, length), duration=length)]
    return None


def then_position(heard: Heard, step: Step) -> Steps:
    """As in "… at the top"."""
    if isinstance(step.action, Title) and step.action.position == "bottom":
        return [_with(step, heard, position=heard["position"])]
    return None


def then_title_color(heard: Heard, step: Step) -> Steps:
    """As in "… in red"."""
    return [_with(step, heard, color=heard["color"])] if isinstance(step.action, Title) else None


def music(heard: Heard) -> Music:
    """Music under the sound."""
    path = heard.get("sound") or heard.get("sound_file")
    return Music(cast("str", path))


def then_volume(heard: Heard, step: Step) -> Steps:
    """As in "… at 30% volume"."""
    return [_with(step, heard, volume=heard["percent"])] if isinstance(step.action, Music) else None


def then_there(heard: Heard, step: Step) -> Steps:
    """As in "… to the video": where titles and music go anyway."""
    return [_with(step, heard)] if isinstance(step.action, Title | Music) else None


def then_under(heard: Heard, step: Step) -> Steps:
    """As in "… under the sound": where music is anyway."""
    return [_with(step, heard)] if isinstance(step.action, Music) else None


def with_title(heard: Heard, step: Step) -> Steps:
    """As in "… with the title “Hello”": one more step."""
    return [step, heard.step(title(heard))]


# --- the exported file -----------------------------------------------------------------------------------------------


def export(heard: Heard) -> ExportWish | Part | list[object] | None:
    """Another size, format or length of the file."""
    wish, length = cast("tuple[ExportWish, float | None]", heard["output"])
    if length is None:
        return wish
    heard.values["length"] = length
    part = keep_length(heard)
    return [part, wish] if wish else part


def then_export(heard: Heard, step: Step) -> Steps:
    """As in "… as a 1080p MP4"."""
    wish, length = cast("tuple[ExportWish, float | None]", heard["output"])
    if length is not None:
        return None
    if isinstance(step.action, ExportWish):
        merged = merged_wish(step.action, wish)
        return None if merged is None else [replace(step, action=merged, notes=(*step.notes, *heard.notes))]
    return [step, heard.step(wish)]


def merged_wish(one: ExportWish, other: ExportWish) -> ExportWish | None:
    """Two wishes as one, None where they contradict each other."""
    size_of = [(w.size, w.max_size, w.lines) for w in (one, other)]
    if one.format and other.format and one.format != other.format:
        return None
    if any(size_of[0]) and any(size_of[1]) and size_of[0] != size_of[1]:
        return None
    return ExportWish(
        one.size or other.size, one.max_size or other.max_size, one.format or other.format, one.lines or other.lines
    )

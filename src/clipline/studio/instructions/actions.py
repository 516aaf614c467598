"""What the heads of clauses make: an operation, a part of the time, or a wish for the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any, cast

from clipline.studio.instructions.cutting import from_end, keep_length
from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.understanding import ExportWish, Part
from clipline.timeline import (
    BLACK,
    AudioTrack,
    Background,
    Blur,
    BlurOut,
    Crop,
    Fill,
    Fit,
    Isolate,
    Media,
    Music,
    Pad,
    Pixelate,
    Remove,
    Replace,
    Resize,
    Subject,
    Title,
    Transparent,
    Who,
)
from clipline.values import Color, Size


def refuse(key: str) -> Callable[[Heard], None]:
    """A head that is understood and cannot be done."""

    def build(heard: Heard) -> None:
        raise heard.refused(key)

    return build


# --- people and background -------------------------------------------------------------------------------------------


def remove(heard: Heard) -> Remove:
    """People or things taken out."""
    return Remove(cast("Who", heard["who"]))


def several(heard: Heard) -> list[object] | None:
    """Several of them taken out or filled, one after another; "all but the woman and the dog" may spare the dog."""
    fill = heard.get("solid")
    return _each(heard, lambda who: Remove(who, solid_of(fill, heard) if fill else None))


def fill_person(heard: Heard) -> Remove:
    """People filled with a colour, black where none is named."""
    fill = heard.get("solid") or heard.get("color") or BLACK
    return Remove(cast("Who", heard["who"]), cast("Color", fill))


def blur_out(heard: Heard) -> list[object] | None:
    """People or things blurred."""
    radius = cast("float", heard.get("strength") or heard.get("number") or 20.0)
    return _each(heard, lambda who: BlurOut(who, radius))


def _each(heard: Heard, change: Callable[[Who], object]) -> list[object] | None:
    """The same with each who is named; not where it is unclear who is spared."""
    them = _named(heard)
    if len(them) > 1 and any(isinstance(who, Subject) and who.other_than for who in them):
        return None
    return [change(who) for who in them]


def _named(heard: Heard) -> list[Who]:
    return [cast("Who", who) for name in ("who", "second", "third") if (who := heard.get(name))]


def pixelate(heard: Heard) -> list[object] | None:
    """People or things made into squares."""
    return _each(heard, Pixelate)


def hide(heard: Heard) -> list[object] | None:
    """The same by a word that does not say how."""
    heard.note("hidden_as", words=heard.clause)
    return pixelate(heard)


def replaced(heard: Heard) -> Replace:
    """An image in the place of people or things."""
    return Replace(cast("Who", heard["who"]), cast("str", heard["image"]))


def solid_of(fill: object, heard: Heard) -> Color:
    """The colour that a person is filled with; anything else is refused."""
    if isinstance(fill, Color):
        return fill
    what = fill.path.rpartition("/")[2] if isinstance(fill, Media) else heard.clause
    raise heard.refused("person_into", what=what)


def isolate(heard: Heard) -> Isolate | None:
    """People or things alone; on nothing where nothing is named."""
    them = _named(heard)
    kept = Isolate(
        them[0] if them else "person", cast("Fill", heard.get("fill") or heard.get("color") or Transparent())
    )
    return reduce(lambda alone, who: alone and kept_too(alone, who), them[1:], cast("Isolate | None", kept))


def kept_too(alone: Isolate, who: Who) -> Isolate | None:
    """One more kept alone; None where it is not certain that they are others: "all but the left one and the dog"."""
    them = [*alone.everyone, who]
    if any(isinstance(each, Subject) and (each.other_than or each.box or each.point) for each in them):
        return None
    if who in alone.everyone or {"person", "people"}.issuperset({who, *alone.everyone}):  # "the bride and the groom"
        return alone
    return replace(alone, also=(*alone.also, who))


def cut_out(heard: Heard) -> Isolate | None:
    """An isolation by words that some use for the contrary."""
    heard.note("cut_out", words=heard.clause)
    return isolate(heard)


def background(heard: Heard) -> Background | Isolate:
    """Another background: behind the people, or behind those who are named."""
    fill = cast("Fill", heard.get("fill") or heard.get("paint") or heard.get("screen"))
    who = cast("Who", heard.get("who") or "people")
    return Background(fill) if who in {"person", "people"} else Isolate(who, fill)


def blurred_around(heard: Heard) -> Isolate | None:
    """All but those who are named blurred."""
    alone, strength = isolate(heard), heard.get("strength")
    return alone and replace(alone, fill=Blur(cast("float", strength)) if strength else Blur())


def rest_removed(heard: Heard) -> Isolate | None:
    """As in "除了狗都去掉"; "除了左边的人和狗都去掉" may mean other people only."""
    alone = isolate(heard)
    return None if alone and alone.also and any(isinstance(who, Subject) for who in alone.everyone) else alone


def background_removed(_heard: Heard) -> Background:
    """No background."""
    return Background(Transparent())


def background_blurred(heard: Heard) -> Background:
    """The background blurred."""
    strength = heard.get("strength") or heard.get("number")
    return Background(Blur(cast("float", strength)) if strength else Blur())


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
    text = heard.get("quoted") or heard.get("said") or heard.get("bare") or heard.get("proper")
    shown = Title(cast("str", text), duration=cast("float | None", heard.get("length")))
    names = {"color": "color", "position": "position", "letters": "size"}
    said = {name: value for word, name in names.items() if (value := heard.get(word)) is not None}
    return replace(shown, **cast("Any", said))


def title_at_end(heard: Heard) -> Title:
    """A title in the last seconds; needs the length of the clip."""
    length = cast("float", heard["length"])
    return replace(title(heard), start=from_end(heard, length), duration=length)


def audio_track(heard: Heard) -> AudioTrack:
    """One of several audio tracks of the clip."""
    return AudioTrack(cast("int", heard["track"]))


def music(heard: Heard) -> Music:
    """Music under the sound."""
    path = heard.get("sound") or heard.get("sound_file")
    return Music(cast("str", path))


# --- the exported file -----------------------------------------------------------------------------------------------


def export(heard: Heard) -> ExportWish | Part | list[object] | None:
    """Another size, format or length of the file."""
    wish, length = cast("tuple[ExportWish, float | None]", heard["output"])
    if length is None:
        return wish
    heard.values["length"] = length
    part = keep_length(heard)
    return [part, wish] if wish else part


def export_plain(heard: Heard) -> ExportWish | Part | list[object] | None:
    """The same without a verb; a mere length could as well be that of a title before it."""
    wish, _ = cast("tuple[ExportWish, float | None]", heard["output"])
    return export(heard) if wish else None


def export_length(heard: Heard) -> ExportWish | Part | list[object] | None:
    """A mere length, where it is all that is said."""
    wish, _ = cast("tuple[ExportWish, float | None]", heard["output"])
    return None if wish else export(heard)


def export_over(heard: Heard) -> list[object] | None:
    """A file over another background, as in "export a gif with a transparent background"."""
    wish, length = cast("tuple[ExportWish, float | None]", heard["output"])
    fill = cast("Fill", heard.get("paint") or Transparent())
    return None if length is not None or not goes_over(wish, fill) else [Background(fill), wish]


def goes_over(wish: ExportWish, fill: Fill) -> bool:
    """Whether a background said with a file is that behind people; with a size, a colour may be around the picture."""
    return isinstance(fill, Transparent) or not (wish.size or wish.max_size or wish.lines)

"""What the modifiers of clauses do: they change the step before, or add one; None where they do not go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from clipline.studio.instructions.actions import goes_over, kept_too, solid_of, title
from clipline.studio.instructions.files import suffix_of
from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.understanding import ExportWish, Step
from clipline.studio.instructions.words import IMAGES
from clipline.timeline import (
    BLACK,
    WHITE,
    Background,
    Blur,
    BlurOut,
    Crop,
    Fill,
    Fit,
    Isolate,
    LowerThird,
    Media,
    Music,
    Pad,
    Pixelate,
    Remove,
    Replace,
    Resize,
    Sound,
    Subject,
    Title,
    Transparent,
    Who,
    subject_of,
)

Steps: TypeAlias = Sequence[Step] | None


def then_fill(heard: Heard, step: Step) -> Steps:
    """As in "… and replace it with red": what was removed becomes this."""
    fill = cast("Fill", heard.get("fill") or heard.get("color") or BLACK)
    match step.action:
        case Remove(who=who, fill=None) if isinstance(fill, Media) and suffix_of(fill.path) in IMAGES:
            return [replace(step, action=Replace(who, fill.path), notes=(*step.notes, *heard.notes))]
        case Remove(fill=None):
            return [_with(step, heard, fill=solid_of(fill, heard))]
        case Background(fill=Transparent()):
            return [_with(step, heard, fill=fill)]
        case _:
            return None


def then_as_well(heard: Heard, step: Step) -> Steps:
    """As in "… and the dog": one more to take out, fill, blur or pixelate alike."""
    if isinstance(heard["who"], Subject) and heard["who"].other_than:
        return None
    match step.action:
        # "everyone but the woman and the dog" may spare the dog.
        case Remove(who=who, fill=fill) if not (isinstance(who, Subject) and who.other_than):
            return [step, replace(heard.step(Remove(cast("Who", heard["who"]), fill)), goes_on=True)]
        case BlurOut(who=who) | Pixelate(who=who) if not (isinstance(who, Subject) and who.other_than):
            return [step, replace(heard.step(replace(step.action, who=cast("Who", heard["who"]))), goes_on=True)]
        case Isolate() if more := kept_too(step.action, cast("Who", heard["who"])):
            return [replace(step, action=more, notes=(*step.notes, *heard.notes))]
        case _:
            return None


def then_alone_as_well(heard: Heard, step: Step) -> Steps:
    """As in "… and the cat from the background", of which they are set apart."""
    return then_as_well(heard, step) if isinstance(step.action, Isolate) else None


def then_sharp(heard: Heard, step: Step) -> Steps:
    """As in "… and keep the person sharp": what a blur of the background does anyway."""
    blurred = isinstance(step.action, Background | Isolate) and isinstance(step.action.fill, Blur)
    kept = {"person", "people"} if isinstance(step.action, Background) else getattr(step.action, "everyone", ())
    return [_with(step, heard)] if blurred and heard["who"] in kept else None


def then_kept(heard: Heard, step: Step) -> Steps:
    """As in "… but keep the people": what another background, and a change of other things, does anyway."""
    kept = heard["who"]
    match step.action:
        case Background():
            is_so = kept in {"person", "people"}
        case Remove(who=who) | BlurOut(who=who) | Pixelate(who=who) | Replace(who=who):
            is_so = _is_other(cast("Who", kept), who)
        case _:
            is_so = False
    # What is said next is said of those who stay: "… but keep the cat and the bird".
    return [_with(step, heard), heard.step(None)] if is_so else None


_OPPOSITE = {"left": "right", "top": "bottom", "largest": "smallest"}
_OPPOSITE |= {other: one for one, other in _OPPOSITE.items()}


def _is_other(kept: Who, changed: Who) -> bool:
    """Whether it is certain that what is kept is not among what is changed: of another kind, or at the other end."""
    one, other = subject_of(kept), subject_of(changed)
    if one.object != other.object:
        return "object" not in (one.object, other.object)
    ends = (replace(each, which=None) == Subject(each.object) and each.which for each in (one, other))
    return _OPPOSITE.get(next(ends) or "") == (next(ends) or "-")


def then_reveal(heard: Heard, step: Step) -> Steps:
    """As in "… and fill it with the background": what a removal does anyway."""
    return [_with(step, heard)] if isinstance(step.action, Remove) and step.action.fill is None else None


def then_behind(heard: Heard, step: Step) -> Steps:
    """As in "… on a white background" or "… and make the rest red"."""
    fill = cast("Fill", heard.get("fill") or heard.get("color"))
    match step.action:
        case Isolate(fill=Transparent()):
            return [_with(step, heard, fill=fill)]
        case _:
            return None


def then_bars(heard: Heard, step: Step) -> Steps:
    """As in "… with white bars": what stands around a padded picture."""
    if isinstance(step.action, Pad) and step.action.color == BLACK:
        return [_with(step, heard, color=heard["color"])]
    return None


def then_blur(heard: Heard, step: Step) -> Steps:
    """As in "… strongly", "… by 50%" or "… with radius 30"."""
    if isinstance(step.action, Background) and step.action.fill == Blur():
        radius = cast("float", heard.get("strength") or heard.get("share") or heard.get("number"))
        return [_with(step, heard, fill=Blur(radius))] if 0 < radius <= 200 else None
    if isinstance(step.action, Isolate) and step.action.fill == Blur():
        radius = cast("float", heard.get("strength") or heard.get("share") or heard.get("number"))
        return [_with(step, heard, fill=Blur(radius))] if 0 < radius <= 200 else None
    return _then_hidden(heard, step)


def _then_hidden(heard: Heard, step: Step) -> Steps:
    much = cast("float", heard.get("strength") or heard.get("share") or heard.get("number"))
    match step.action:
        case BlurOut(radius=20.0) if 0 < much <= 200:
            return [_with(step, heard, radius=much)]
        case Pixelate(size=24.0) if heard.get("number") and 0 < much <= 200:
            return [_with(step, heard, size=much)]
        case _:
            return None


def _with(step: Step, heard: Heard, **changes: Any) -> Step:
    action = replace(cast("Any", step.action), **changes)
    return replace(step, action=action, notes=(*step.notes, *heard.notes))


def then_position(heard: Heard, step: Step) -> Steps:
    """As in "… at the top"."""
    position = cast("str", heard["position"])
    if isinstance(step.action, Title) and step.action.position == "bottom":
        return [_with(step, heard, position=position)]
    if isinstance(step.action, LowerThird) and position.startswith("bottom"):  # where it stands anyway
        return [_with(step, heard, side=position.removeprefix("bottom").strip() or step.action.side)]
    return None


def then_title_color(heard: Heard, step: Step) -> Steps:
    """As in "… in red"."""
    if isinstance(step.action, Title) and step.action.color == WHITE:
        return [_with(step, heard, color=heard["color"])]
    return None


def then_color_alone(heard: Heard, step: Step) -> Steps:
    """As in "…, yellow": by itself, since a title without quotation marks may end in a colour."""
    return then_title_color(heard, step) if heard.words == heard.whole else None


def then_volume(heard: Heard, step: Step) -> Steps:
    """As in "… at 30% volume"."""
    if isinstance(step.action, Music) and step.action.volume == Music("").volume:  # nothing was said of it yet
        return [_with(step, heard, volume=heard["percent"])]
    return None


def then_there(heard: Heard, step: Step) -> Steps:
    """As in "… to the video": where titles and music go anyway."""
    return [_with(step, heard)] if isinstance(step.action, Title | LowerThird | Music) else None


def then_anywhere(_heard: Heard, step: Step) -> Steps:
    """As in "… for instagram" after a crop or a size: where it is shown changes nothing."""
    return [step] if isinstance(step.action, Crop | Resize | Fit | Pad) else None


def then_muted(heard: Heard, step: Step) -> Steps:
    """As in "… no sound": one more step."""
    return None if isinstance(step.action, Music | Sound | Title | LowerThird) else [step, heard.step(Sound(0.0))]


def then_uncropped(heard: Heard, step: Step) -> Steps:
    """As in "… without cropping", which fitting and padding do not."""
    return [_with(step, heard)] if isinstance(step.action, Fit | Pad) else None


def then_under(heard: Heard, step: Step) -> Steps:
    """As in "… under the sound": where music is anyway."""
    return [_with(step, heard)] if isinstance(step.action, Music) else None


def with_title(heard: Heard, step: Step) -> Steps:
    """As in "… with the title “Hello”": one more step."""
    return [step, heard.step(title(heard))]


def then_shape(heard: Heard, step: Step) -> Steps:
    """As in "… for tiktok" after a crop to its very shape."""
    if not isinstance(step.action, Crop) or step.action.aspect is None:
        return None
    if step.action.aspect != heard["shape"]:
        raise heard.refused("shape_for", words=heard.words, wanted=heard["shape"], aspect=step.action.aspect)
    return [_with(step, heard)]


def then_follow(heard: Heard, step: Step) -> Steps:
    """As in "… and keep the person in frame" after a crop."""
    if isinstance(step.action, Crop) and step.action.keep is None and step.action.x is None:
        return [_with(step, heard, keep=heard.get("who") or "person")]
    return None


def then_centred(heard: Heard, step: Step) -> Steps:
    """As in "… and keep the dog in the middle": who is followed, and not which of several dogs."""
    followed = then_follow(heard, step)
    if followed:
        heard.note("centred", words=heard.words)
        return [replace(followed[0], notes=(*step.notes, *heard.notes))]
    return None


def with_background(heard: Heard, step: Step) -> Steps:
    """As in "export as a gif with a transparent background": one more step."""
    fill = cast("Fill", heard.get("paint") or Transparent())
    if isinstance(step.action, ExportWish) and goes_over(step.action, fill):
        return [heard.step(Background(fill)), step]
    return None


def then_export(heard: Heard, step: Step) -> Steps:
    """As in "… as a 1080p MP4"."""
    wish, length = cast("tuple[ExportWish, float | None]", heard["output"])
    if length is not None:
        return None
    if isinstance(step.action, ExportWish):
        merged = step.action.merged(wish)
        return None if merged is None else [replace(step, action=merged, notes=(*step.notes, *heard.notes))]
    return [step, heard.step(wish)]

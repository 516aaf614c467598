"""What is made of words about further clips: behind the clip or in front of it, and how one dissolves into the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias, cast

from clipline.studio.instructions.files import suffix_of
from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.understanding import Part, Step
from clipline.studio.instructions.words import IMAGES
from clipline.timeline import STILL_SECONDS, Cut, Join

Steps: TypeAlias = Sequence[Step] | None


def join(heard: Heard) -> Join | None:
    """Other clips after this one."""
    return _shown(heard, front=False)


def in_front(heard: Heard) -> Join | None:
    """Other clips before this one."""
    return _shown(heard, front=True)


def _shown(heard: Heard, *, front: bool) -> Join | None:
    """Clips at one end; only of an image it may be said how long it is shown."""
    paths, length = _clips(heard), cast("float | None", heard.get("length"))
    if length is None:
        return Join(paths, front=front)
    return Join(paths, front=front, hold=length) if length > 0 and suffix_of(paths[0]) in IMAGES else None


def crossfade(heard: Heard) -> Join:
    """Another clip that this one dissolves into."""
    return Join(_clips(heard), _crossfade(heard))


def both_ends(heard: Heard) -> list[Join]:
    """One clip in front and one behind."""
    return [Join((cast("str", heard["clip"]),), front=True), Join((cast("str", heard["second"]),))]


def _clips(heard: Heard) -> tuple[str, ...]:
    return tuple(cast("str", path) for name in ("clip", "second", "third") if (path := heard.get(name)))


def _crossfade(heard: Heard) -> float:
    """How long a crossfade lasts; a second, with a note, where nothing is said."""
    length = cast("float | None", heard.get("length"))
    if length is None:
        heard.note("one_second")
        return 1.0
    if length <= 0:
        raise heard.refused("no_time")
    return length


def then_clip(heard: Heard, step: Step) -> Steps:
    """As in "… and c.mp4": one more clip that follows."""
    if isinstance(step.action, Join):
        return [_with(step, heard, replace(step.action, paths=(*step.action.paths, cast("str", heard["clip_file"]))))]
    return None


def then_front(heard: Heard, step: Step) -> Steps:
    """As in "… and a.mp4 at the beginning": one more clip, at the other end."""
    return _at_other_end(heard, step, front=True)


def then_back(heard: Heard, step: Step) -> Steps:
    """As in "… and z.mp4 at the end"."""
    return _at_other_end(heard, step, front=False)


def _at_other_end(heard: Heard, step: Step, *, front: bool) -> Steps:
    if isinstance(step.action, Join) and step.action.front != front:
        return [step, heard.step(Join((cast("str", heard["clip_file"]),), front=front))]
    return None


def then_crossfade(heard: Heard, step: Step) -> Steps:
    """As in "… with a crossfade of 1 second": between clips, or where a part was cut out."""
    match step.action:
        case Join(crossfade=0.0) | Cut(crossfade=0.0, keyframes=False) | Part(crossfade=0.0, keyframes=False):
            if isinstance(step.action, Part) and not step.action.more:
                return None
            return [_with(step, heard, replace(step.action, crossfade=_crossfade(heard)))]
        case _:
            return None


def then_hold(heard: Heard, step: Step) -> Steps:
    """As in "… for 3 seconds": how long an image stands; of a clip that is not said."""
    length = cast("float", heard["length"])
    match step.action:
        case Join(paths=paths, hold=hold) if hold == STILL_SECONDS and length > 0:
            if any(suffix_of(path) in IMAGES for path in paths):
                return [_with(step, heard, replace(step.action, hold=length))]
    return None


def _with(step: Step, heard: Heard, action: Join | Cut | Part) -> Step:
    return replace(step, action=action, notes=(*step.notes, *heard.notes))

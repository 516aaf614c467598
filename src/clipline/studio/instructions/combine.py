"""From the steps of all clauses to one understanding: times joined, contradictions refused, the order put right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from clipline.errors import Refused
from clipline.studio.instructions.describe import describe, describe_wish
from clipline.studio.instructions.grammar import Context
from clipline.studio.instructions.messages import note, refused
from clipline.studio.instructions.turns import in_operation, length_in_turn, parts_joined
from clipline.studio.instructions.understanding import ExportWish, Part, SoundStays, Step, Understanding
from clipline.timeline import (
    Background,
    Blur,
    BlurOut,
    Crop,
    Cut,
    Fit,
    Isolate,
    Join,
    LowerThird,
    Media,
    Music,
    Pad,
    Pixelate,
    Remove,
    Replace,
    Resize,
    Sound,
    Title,
    Transparent,
    Trim,
    gone_and_changed,
)
from clipline.values import Color, format_duration

__all__ = ["understanding"]

#: May be asked for more than once in a sentence.
_REPEATABLE = (Title, LowerThird, Music, Join)


def understanding(steps: Sequence[Step], context: Context) -> Understanding:
    """All steps as one understanding.

    Raises:
        Refused: there is nothing to do, or two steps contradict each other.
    """
    _refuse_silence(steps, context)
    asked = [step for step in steps if not isinstance(step.action, SoundStays | None)]
    kept = _as_trims(parts_joined(asked), context)
    kept = _transparent_once(_cuts_joined(kept, context))
    _refuse_twice([step for step in kept if isinstance(step.action, Background)], context)
    kept = [_with_people_before(step) for step in _set_on_background(kept, context)]
    _refuse_twice(kept, context)
    _refuse_padding(kept, context)
    _refuse_gone(kept, context)
    wish, wish_notes = _wish([step for step in kept if isinstance(step.action, ExportWish)], kept, context)
    doing = [step for step in kept if not isinstance(step.action, ExportWish)]
    doing, order_notes = _people_in_order(doing, context)
    operations = tuple(step.action for step in doing)
    if not operations and not wish:
        raise refused("empty", context.language)
    notes = [line for step in doing for line in (describe(step.action, context.language), *step.notes)]  # type: ignore[arg-type]
    if not operations:
        notes.append(note("plain", context.language))
    notes += [*describe_wish(wish, context.language), *wish_notes, *order_notes]
    return Understanding(operations, wish, tuple(dict.fromkeys(notes)), context.language)  # type: ignore[arg-type]


# --- times -----------------------------------------------------------------------------------------------------------


def _as_trims(steps: Sequence[Step], context: Context) -> list[Step]:
    """Each part of the time as what keeps it; two that are meant in the same clip contradict each other."""
    done: list[Step] = []
    for at, step in enumerate(steps):
        if isinstance(step.action, Part):
            earlier = next((each for each in steps[:at] if isinstance(each.action, Part)), None)
            if earlier and not step.of_what_is_left:
                raise _against("twice", earlier, step, context)
            done.append(replace(step, action=_kept(step.action, step, steps[:at], context)))
        else:
            done.append(step)
    return done


def _kept(part: Part, step: Step, before: Sequence[Step], context: Context) -> Trim | Cut:
    length = length_in_turn(context, before, step)
    if length is not None and (part.start or 0.0) >= length:
        raise refused("beyond_end", context.language, words=step.words, length=format_duration(length))
    try:
        return in_operation(part)
    except ValueError:
        raise refused("no_time", context.language, words=step.words) from None


def _cuts_joined(steps: list[Step], context: Context) -> list[Step]:
    """Who says two parts to cut out means both in the clip as it is before."""
    cuts = [step for step in steps if isinstance(step.action, Cut)]
    if len(cuts) < 2:
        return steps
    actions = [step.action for step in cuts if isinstance(step.action, Cut)]
    keyframes = any(action.keyframes for action in actions)
    crossfade = max(action.crossfade for action in actions)
    if keyframes and crossfade:
        raise _against("twice", cuts[0], cuts[-1], context)
    parts = [part for action in actions for part in action.parts]
    whole = Cut.of(parts, keyframes=keyframes, crossfade=crossfade)
    notes = [line for step in cuts for line in step.notes]
    joined = Step(whole, (*notes, note("cut_together", context.language)), ", ".join(step.words for step in cuts))
    return [joined if step is cuts[0] else step for step in steps if step not in cuts[1:]]


# --- contradictions --------------------------------------------------------------------------------------------------


def _against(key: str, one: Step, other: Step, context: Context) -> Refused:
    return refused(key, context.language, first=one.words, second=other.words)


def _set_on_background(steps: list[Step], context: Context) -> list[Step]:
    """One thing said in two clauses: "isolate the person and replace the background with blue"."""
    isolated = next((step for step in steps if isinstance(step.action, Isolate)), None)
    behind = next((step for step in steps if isinstance(step.action, Background)), None)
    if isolated is None or behind is None:
        return steps
    assert isinstance(isolated.action, Isolate)
    assert isinstance(behind.action, Background)
    if not isinstance(isolated.action.fill, Transparent):
        raise _against("twice", isolated, behind, context)
    if isolated.action.who == "background_person":
        raise _against("nobody_left", isolated, behind, context)
    action = replace(isolated.action, fill=behind.action.fill)
    merged = Step(action, (*isolated.notes, *behind.notes), f"{isolated.words}, {behind.words}")
    return [merged if step is isolated else step for step in steps if step is not behind]


def _with_people_before(step: Step) -> Step:
    """On a picture, or on itself blurred, isolating people is replacing what is behind them."""
    match step.action:
        case Isolate(who="person" | "people", fill=Media() | Blur() as fill, also=()):
            return replace(step, action=Background(fill))
        case _:
            return step


def _transparent_once(steps: list[Step]) -> list[Step]:
    """The steps without a second "transparent", as in "remove the background and export a transparent webm"."""
    clear = [step for step in steps if step.action == Background(Transparent())]
    return [step for step in steps if step not in clear[1:]]


def _refuse_twice(steps: Iterable[Step], context: Context) -> None:
    seen: dict[object, Step] = {}
    for step in steps:
        kind = _asked(step.action)
        if kind in seen and not step.of_what_is_left and not isinstance(step.action, (*_REPEATABLE, ExportWish)):
            raise _against("twice", seen[kind], step, context)
        seen[kind] = step


def _asked(action: object) -> object:
    """What may be asked for once: an operation on things may be said again about others, one on people may not."""
    if isinstance(action, BlurOut | Pixelate | Replace):
        return type(action), action.who
    if isinstance(action, Remove) and action.who not in {"person", "people", "background_person"}:
        return type(action), action.who
    return type(action)


def _refuse_padding(steps: Sequence[Step], context: Context) -> None:
    """After "pad to …", a white background may be that around the picture or that behind the people."""
    for one, other in pairwise(steps):
        plain = isinstance(other.action, Background) and isinstance(other.action.fill, Color)
        if isinstance(one.action, Pad) and plain:
            raise _against("which_background", one, other, context)


def _refuse_silence(steps: Sequence[Step], context: Context) -> None:
    """Sound that is to stay is not muted."""
    stays = next((step for step in steps if isinstance(step.action, SoundStays)), None)
    muted = next((step for step in steps if step.action == Sound(0.0)), None)
    if stays and muted:
        first, second = sorted((stays, muted), key=list(steps).index)
        raise _against("sound_stays", first, second, context)


def _refuse_gone(steps: Sequence[Step], context: Context) -> None:
    """Nobody is both removed and changed otherwise, whichever is said first."""
    if against := gone_and_changed([step.action for step in steps]):
        before = isinstance(steps[against[1]].action, Background | Isolate)
        first, second = (steps[at] for at in sorted(against))
        raise _against("nobody_left" if before else "gone", first, second, context)


def _wish(wishes: Sequence[Step], steps: Sequence[Step], context: Context) -> tuple[ExportWish, list[str]]:
    """All wishes for the file as one, with the notes about it."""
    wish = ExportWish()
    notes: list[str] = []
    for number, step in enumerate(wishes):
        assert isinstance(step.action, ExportWish)
        merged = wish.merged(step.action)
        if merged is None:
            raise _against("twice", wishes[number - 1], step, context)
        wish = merged
        notes += step.notes
        if step.action.lines or step.action.size or step.action.max_size:
            notes += _size_is_last(step, steps, context)
    return wish, notes


def _size_is_last(wish: Step, steps: Sequence[Step], context: Context) -> list[str]:
    """The wished size is that of the finished picture: nothing said later may change it but a crop to a shape."""
    later = steps[next(at for at, step in enumerate(steps) if step is wish) + 1 :]
    for step in later:
        if isinstance(step.action, Resize | Fit | Pad) or (isinstance(step.action, Crop) and step.action.size):
            raise _against("size_last", wish, step, context)
    assert isinstance(wish.action, ExportWish)
    if wish.action.lines and any(isinstance(step.action, Crop) for step in later):
        return [note("size_of_all", context.language, lines=wish.action.lines)]
    return []


# --- order -----------------------------------------------------------------------------------------------------------


def _rank(operation: object) -> int | None:
    """Where among the operations on people this one stands: each needs to find people that the next would hide."""
    match operation:
        case Remove(who="person" | "people"):
            return 2
        case Remove():
            return 0
        case Replace():
            return 0
        case Background() | Isolate():
            return 1
        case BlurOut() | Pixelate():
            return 2
        case _:
            return None


def _people_in_order(steps: list[Step], context: Context) -> tuple[list[Step], list[str]]:
    places = [at for at, step in enumerate(steps) if _rank(step.action) is not None]
    said = [steps[at] for at in places]
    needed = sorted(said, key=lambda step: _rank(step.action) or 0)
    ordered = list(steps)
    for at, step in zip(places, needed, strict=True):
        ordered[at] = step
    if needed == said or needed[0].words == needed[-1].words:
        return ordered, []
    return ordered, [note("reordered", context.language, first=needed[0].words, second=needed[-1].words)]

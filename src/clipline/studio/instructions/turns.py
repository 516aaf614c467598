"""Turns: which parts of the time are meant in the same clip, and how long the clip is when it is a clause's turn."""

from __future__ import annotations

from collections.abc import Sequence

from clipline.studio.instructions.grammar import Context
from clipline.studio.instructions.understanding import Part, Step
from clipline.timeline import Cut, Join, Segment, Timeline, Track, Trim, apply

__all__ = ["in_operation", "is_of_what_is_left", "length_in_turn", "parts_joined"]


def parts_joined(steps: Sequence[Step]) -> list[Step]:
    """The steps with one part for "start at 2 seconds" and "end at 5 seconds", both meant in the same clip."""
    joined: list[Step] = []
    for step in steps:
        at = next((at for at in reversed(range(len(joined))) if isinstance(joined[at].action, Part)), None)
        part = None if at is None or step.of_what_is_left else _one_part(joined[at].action, step.action)
        if at is None or part is None:
            joined.append(step)
        else:
            one = joined[at]
            joined[at] = Step(part, (*one.notes, *step.notes), f"{one.words}, {step.words}", one.of_what_is_left)
    return joined


def _one_part(one: object, other: object) -> Part | None:
    if not (isinstance(one, Part) and isinstance(other, Part)):
        return None
    for first, last in ((one, other), (other, one)):
        if first.end is None and last.start is None and first.start is not None and last.end is not None:
            return Part(first.start, last.end, keyframes=first.keyframes or last.keyframes)
    return None


def is_of_what_is_left(part: Part, before: Sequence[Step], *, then: bool) -> bool:
    """Whether a part is one of what the part before it leaves, as in "keep the first 5 seconds, drop the last one".

    `then` says that this very word stands between them.
    """
    earlier = next((step.action for step in reversed(parts_joined(before)) if isinstance(step.action, Part)), None)
    if earlier is None or _one_part(earlier, part):
        return False
    is_open = earlier.start is None or earlier.end is None
    return then or part.counted == "away" or (part.counted == "kept" and is_open)


def length_in_turn(context: Context, before: Sequence[Step], step: Step | None) -> float | None:
    """The length in seconds that a step counts from the end of, after those before it; None where it is not known.

    Parts to keep, and parts to cut out, are all meant in the clip as it is before any of their kind, but for a part of
    what is left.
    """
    done = parts_joined(before)
    if step is not None and isinstance(step.action, Part) and not step.of_what_is_left:
        last = next((each for each in reversed(done) if isinstance(each.action, Part)), None)
        done = [each for each in done if each is not last]
    elif step is not None and isinstance(step.action, Cut):
        done = [each for each in done if not isinstance(each.action, Cut)]
    if context.default_duration is None or (
        context.length_of is None and any(isinstance(e.action, Join) for e in done)
    ):
        return None
    timeline = Timeline((Track("video", (Segment("", context.default_duration, still=context.stands),)),))
    for each in done:
        try:
            operation = in_operation(each.action) if isinstance(each.action, Part) else each.action
            if isinstance(operation, Trim | Cut | Join):
                timeline = apply(timeline, operation, context.length_of)
        except ValueError:  # told where it is checked
            continue
    return round(timeline.duration, 3)


def in_operation(part: Part) -> Trim | Cut:
    """What keeps a part of the time.

    Raises:
        ValueError: it ends before it starts.
    """
    start, end = part.start or 0.0, part.end
    if end is not None and end <= start:
        raise ValueError("a part ends after it starts")
    if part.more:
        cut = Cut.all_but([(start, end), *part.more])
        return Cut(cut.parts, part.keyframes, part.crossfade)
    return Trim(start, end, part.keyframes)

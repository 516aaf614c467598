"""How an edit fits the clip: what cannot be done with it, and what is to be said where it does other than it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isinf
from pathlib import Path

from clipline.errors import Refused
from clipline.studio.reading.media import probe
from clipline.timeline import (
    Crop,
    Join,
    Operation,
    Segment,
    Sound,
    SubjectOperation,
    Timeline,
    Trim,
    Who,
    apply,
    subject_of,
    subjects_in,
)

__all__ = ["all_stays", "check_moments", "is_still", "length_of", "no_sound", "on_clip", "outside", "with_operation"]

#: Seconds that a trim may end after the clip without a word.
_CLOSE = 0.1


def on_clip(operations: Sequence[Operation], timeline: Timeline | None) -> Iterator[str]:
    """Notes on how long images are shown, on a trim that gives less than it names, and on sound that is not there."""
    for operation in operations:
        if timeline is None:
            return
        try:
            after = with_operation(timeline, operation)
        except ValueError:  # told as an error
            return
        match operation:
            case Trim() if after == timeline and not is_still(timeline):
                yield all_stays(timeline)
            case Sound() if after == timeline:
                yield no_sound(timeline)
            case Trim(start=start, end=float(end)) if end - start > after.duration + _CLOSE:
                yield f"the clip is {timeline.duration:.3g}s long: {after.duration:.3g}s are kept"
            case Join(paths=paths, hold=hold):
                for path in paths:
                    if isinf(length_of(path)):
                        yield f"{Path(path).name} is a still image, shown for {hold:g}s"
        timeline = after


def all_stays(timeline: Timeline) -> str:
    """That a trim leaves all of a clip."""
    return f"the clip is {timeline.duration:.3g}s long: all of it stays"


def with_operation(timeline: Timeline, operation: Operation) -> Timeline:
    """The timeline with one more operation; as it is where sound is to be changed and there is none.

    Raises:
        ValueError: the operation lies outside the clip.
    """
    if isinstance(operation, Sound) and no_sound(timeline):
        return timeline
    return apply(timeline, operation, length_of)


def no_sound(timeline: Timeline) -> str:
    """That nothing that is seen has sound of its own; empty where something has."""
    paths = dict.fromkeys(Path(segment.source) for segment in _shown(timeline))
    if any(probe(path).audio_codec for path in paths):
        return ""
    return f"{' and '.join(path.name for path in paths)} {'has' if len(paths) == 1 else 'have'} no sound"


def check_moments(operation: Operation, timeline: Timeline) -> None:
    """Make sure that the time that says who is meant is shown.

    Raises:
        Refused: at that time of the source nothing is.
    """
    whole = [subject_of(who) for who in _looked_for(operation)]
    times = [each.at for one in whole for each in (one, one.other_than) if each and each.at is not None]
    shown = _shown(timeline)
    parts = [(segment.source_start, segment.source_start + segment.duration) for segment in shown]
    for at in times:
        if isinf(at) or any(segment.still for segment in shown) or any(start <= at < end for start, end in parts):
            continue
        only_end = parts[0] if len(parts) == 1 and not parts[0][0] else None
        left = " and ".join(f"{start:.4g}s to {end:.4g}s" for start, end in parts)
        why = f"the clip ends at {only_end[1]:.4g}s" if only_end else f"of its source {left} is shown"
        raise Refused(
            f"cannot {operation}: there is no picture at {at:.4g}s, {why}",
            code="outside_clip",
            hint="say a time at which they are to be seen, in seconds of the source, or the start or the end",
        )


def _looked_for(operation: Operation) -> Sequence[Who]:
    if isinstance(operation, SubjectOperation):
        return subjects_in(operation)
    return [operation.keep] if isinstance(operation, Crop) and operation.keep else []


def is_still(timeline: Timeline) -> bool:
    """Whether nothing but pictures that stand is shown."""
    shown = _shown(timeline)
    return bool(shown) and all(segment.still for segment in shown)


def _shown(timeline: Timeline) -> list[Segment]:
    return [segment for track in timeline.tracks if track.kind == "video" for segment in track.segments]


def length_of(path: str) -> float:
    """How long a file is, in seconds; infinity for a picture.

    Raises:
        InputError: it cannot be read.
    """
    info = probe(Path(path))
    return inf if info.kind == "image" else info.duration


def outside(operation: Operation, error: ValueError) -> Refused:
    """The refusal of an operation that lies outside the clip."""
    return Refused(f"cannot {operation}: {error}", code="outside_clip")

"""The door to all that is done with people: `examine` looks before the work, `prepare` makes the operation for it.

A clip is surveyed first: a detector finds people in sampled pictures and a tracker links them; then a still camera's
people are taken out with a clean plate, and everything else is done with soft masks of each person.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.background import MaskedFill
from clipline.studio.fill import Backdrop, backdrop
from clipline.studio.picture import ColorSpace, PictureOperation
from clipline.studio.remove import PlateRemoval
from clipline.studio.survey import Clip, Survey, survey
from clipline.studio.track import chosen
from clipline.timeline import Background, Blur, Isolate, Media, Remove, Transparent
from clipline.values import Color

__all__ = ["prepare"]

_BLACK = Color(0, 0, 0)
_STILL = "use a clip from a camera that stands still, fill them with a colour, or do not ask for strict quality"


def prepare(
    operation: Background | Remove | Isolate,
    *,
    source: Path,
    start: float,
    end: float,
    info: Clip,
    space: ColorSpace,
    threads: int,
    clock: Clock,
    progress: Callable[[float], None],
    strict: bool,
    alpha: bool,
) -> PictureOperation:
    """Survey a clip from `start` to `end` and make the operation that changes its pictures, given in order.

    `progress` is told the part of the survey that is done; `strict` refuses what would be of low quality; `alpha`
    says that the result can be transparent.

    Raises:
        Refused: nobody is in the clip, or what is asked for cannot be done well enough.
        InputError: the source, or what shall stand in the background, cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    import cv2

    cv2.setNumThreads(min(threads, 1))
    plate = isinstance(operation, Remove) and operation.fill is None
    step = _step(info.fps, often=plate)
    seen = survey(source, start, end, clip=info, step=step, keep=plate, clock=clock, progress=progress)
    if plate and strict and seen.camera_moves:
        raise Refused("the camera moves, so what is behind the people cannot be shown well", hint=_STILL)
    if not seen.tracks:
        raise Refused(f"no person was found in {source.name}", hint="give a clip in which people can be seen")
    match operation:
        case Remove(fill=None):
            return _removal(operation, seen, clock)
        case Remove(who=who, fill=fill):
            assert fill is not None
            return MaskedFill(
                seen, chosen(seen.tracks, who, seen.size), backdrop(fill, seen.size, space), "over", clock
            )
        case Isolate(who=who, fill=fill):
            kept = chosen(seen.tracks, who, seen.size)
            return MaskedFill(seen, kept, _behind(fill, seen, space, alpha), "behind", clock)
        case Background(fill=fill):
            return MaskedFill(seen, seen.tracks, _behind(fill, seen, space, alpha), "behind", clock)


def _step(fps: float, *, often: bool) -> float:
    """Seconds between two looks of the survey: at least some pictures lie between, since each look costs like five."""
    return max(0.3 if often else 0.5, (4 if often else 8) / max(fps, 1.0))


def _behind(fill: Color | Blur | Transparent | Media, seen: Survey, space: ColorSpace, alpha: bool) -> Backdrop | None:
    if isinstance(fill, Transparent):
        return None if alpha else backdrop(_BLACK, seen.size, space)
    return backdrop(fill, seen.size, space)


def _removal(operation: Remove, seen: Survey, clock: Clock) -> PictureOperation:
    gone = chosen(seen.tracks, operation.who, seen.size)
    stay = [track for track in seen.tracks if track not in gone]
    plate = seen.samples.plate(lambda time: [box for _, box in seen.people_at(time, seen.tracks)])
    return PlateRemoval(seen, gone, stay, plate, clock)

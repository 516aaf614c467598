"""The door to all that is done with people and things: `examine` looks before the work, `prepare` makes it ready.

A clip is surveyed first: a detector finds them in sampled pictures, and their boxes are linked to tracks. Then they are
taken out of a still camera's picture with a clean plate; everything else is done with soft masks of each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.background import MaskedFill
from clipline.studio.detect import Detector
from clipline.studio.difference import EmptyScene, disc
from clipline.studio.examine import MADE_UP, STILL, Examination, examine, nobody
from clipline.studio.fill import Backdrop, Invented, backdrop
from clipline.studio.picture import ColorSpace, Finding, Picture, PictureOperation
from clipline.studio.plate import Plate
from clipline.studio.remove import PlateRemoval
from clipline.studio.second_look import look_again
from clipline.studio.segment import Silhouette, combined
from clipline.studio.segment_object import Segmenters
from clipline.studio.survey import Clip, Survey, survey
from clipline.studio.which import chosen, kind_of
from clipline.timeline import Background, Blur, Isolate, Media, Remove, Transparent
from clipline.values import Color

if TYPE_CHECKING:
    from clipline.studio.picture import Plane

__all__ = ["Examination", "examine", "prepare"]

_BLACK = Color(0, 0, 0)
_OFTEN, _SELDOM = 0.45, 0.6  # seconds between two looks at a clip
_LOOKS = 12  # at a short clip, at least


def prepare(
    operation: Background | Remove | Isolate,
    *,
    source: Path,
    spans: Sequence[tuple[float, float]],
    info: Clip,
    space: ColorSpace,
    threads: int,  # noqa: ARG001 - the networks run fastest, for the CPU they cost, on the caller's thread alone
    clock: Clock,
    progress: Callable[[float], None],
    strict: bool,
    alpha: bool,
) -> PictureOperation:
    """Survey these parts of a clip, and make the operation that changes their pictures, given in order.

    `progress` is told the part of the survey that is done; `strict` refuses what would be of low quality; `alpha`
    says that the result can be transparent.

    Raises:
        Refused: nobody is in the clip, or what is asked for cannot be done well enough.
        InputError: the source, or what shall stand in the background, cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    import cv2

    cv2.setNumThreads(1)
    detector = Detector()
    plate = isinstance(operation, Remove) and operation.fill is None
    kind = kind_of("person" if isinstance(operation, Background) else operation.who)
    seen = survey(
        source,
        spans,
        clip=info,
        step=_step(sum(end - start for start, end in spans), info.fps, often=plate),
        keep=plate,
        kind=kind,
        detector=detector,
        clock=clock,
        progress=progress,
    )
    if not seen.tracks:
        raise nobody(source, kind)
    who = "people" if isinstance(operation, Background) else operation.who
    people = chosen(seen.tracks, who, seen.size, spans[0][0])
    match operation:
        case Remove(fill=None) if not seen.camera_moves:
            return _plate_removal(operation, seen, detector, clock, spans[0][0])
        case Remove(fill=None):
            if strict:
                raise Refused("the camera moves, so what is behind people cannot be shown well", hint=STILL)
            return MaskedFill(seen, people, Invented(), "over", clock=clock, findings=[Finding("WARN", MADE_UP)])
        case Remove(fill=Color() as fill):
            return MaskedFill(seen, people, backdrop(fill, seen.size, space), "over", clock=clock)
        case _:
            return MaskedFill(seen, people, _behind(operation.fill, seen, space, alpha=alpha), "behind", clock=clock)


def _step(length: float, fps: float, *, often: bool) -> float:
    """Seconds between two looks of the survey; some frames lie between, since a look costs as much as several."""
    return max(min(_OFTEN if often else _SELDOM, length / _LOOKS), 4 / max(fps, 1.0))


def _behind(
    fill: Color | Blur | Transparent | Media | None, seen: Survey, space: ColorSpace, *, alpha: bool
) -> Backdrop | None:
    if fill is None or isinstance(fill, Transparent):
        return None if alpha else backdrop(_BLACK, seen.size, space)
    return backdrop(fill, seen.size, space)


def _plate_removal(operation: Remove, seen: Survey, detector: Detector, clock: Clock, start: float) -> PictureOperation:
    plate = _plate(seen, clock)
    kind = kind_of(operation.who)
    if kind is not None and (
        missed := look_again(seen.samples.pictures, EmptyScene(plate), seen.boxes_seen, detector, clock, kind=kind)
    ):
        seen = seen.with_looks(missed)
        plate = _plate(seen, clock)
    gone = chosen(seen.tracks, operation.who, seen.size, start)
    # Whatever else stands about, where all kinds were looked for, is a part of the scene.
    others = [track for track in seen.tracks if kind or track.kind == "person"]
    stay = [track for track in (*others, *seen.bystanders) if track not in gone]
    return PlateRemoval(replace(seen, samples=type(seen.samples)()), gone, stay, plate, clock)


def _plate(seen: Survey, clock: Clock) -> Plate:
    """The clean plate; people are cut out only where somebody stands all of the time."""
    import cv2

    segmenters = Segmenters()

    def cut_out(picture: Picture) -> Plane:
        clock.check()
        boxes = seen.boxes_at(picture.time)
        shown = [Silhouette() for _ in boxes]
        for silhouette, box in zip(shown, boxes, strict=True):
            silhouette.look(picture, box, segmenters.of(box.kind))
        reach = max((box.height for box in boxes), default=0.0)
        mask: Plane = cv2.dilate(combined(shown, picture.y.shape), disc(5 + 2 * round(reach * 0.02)))
        return mask

    return seen.samples.plate(seen.boxes_at, cut_out)

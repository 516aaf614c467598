"""The door to all that is done with people and things: `examine` looks before the work, `prepare` makes it ready.

A clip is surveyed first: a detector finds them in sampled pictures, and their boxes are linked to tracks. Then they are
taken out with a clean plate (`removing`); everything else is done with soft masks of each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.edits import removing
from clipline.studio.edits.background import MaskedFill
from clipline.studio.edits.changes import blurred, colored, made_up, pixelated
from clipline.studio.edits.fill import Backdrop, backdrop
from clipline.studio.edits.hide import HiddenBoxes, InPlace
from clipline.studio.finding.border import begun
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.examine import (
    BOXED,
    OUTLINE,
    Examination,
    examine,
    nobody,
    outlined,
    region_doubts,
    takes_out,
)
from clipline.studio.finding.gaps import without_anybody
from clipline.studio.finding.place import follow_place, unknown_place
from clipline.studio.finding.remarks import Told, remarks
from clipline.studio.finding.survey import Clip, Spans, Survey, last_moment, survey
from clipline.studio.finding.together import close_together
from clipline.studio.finding.track import Track
from clipline.studio.finding.which import all_chosen, kind_of, kinds_of, of_kind
from clipline.studio.pictures.picture import ColorSpace, Finding, PictureOperation
from clipline.timeline import (
    Background,
    Blur,
    BlurOut,
    Isolate,
    Media,
    Pixelate,
    Remove,
    Replace,
    SubjectOperation,
    Transparent,
    Who,
    subjects_in,
    with_moments,
)
from clipline.values import Color

__all__ = ["Examination", "examine", "prepare"]

_BLACK = Color(0, 0, 0)
_OFTEN, _SELDOM = 0.45, 0.6  # seconds between two looks at a clip
_LOOKS = 12  # at a short clip, at least


def prepare(
    operation: SubjectOperation,
    *,
    source: Path,
    spans: Spans,
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
    plate = takes_out(operation)
    often = plate or isinstance(operation, BlurOut | Pixelate)
    operation = with_moments(operation, spans[0][0], last_moment(spans, info))
    them = subjects_in(operation)

    def look(spans: Spans, progress: Callable[[float], None] = lambda _part: None) -> Survey:
        return survey(
            source,
            spans,
            clip=info,
            step=_step(sum(end - start for start, end in spans), info.fps, often=often),
            keep=plate,
            kinds=kinds_of(them),
            detector=detector,
            clock=clock,
            progress=progress,
        )

    if not isinstance(operation, Background) and (
        box := unknown_place(source, them[0], info, spans[0][0], detector=detector, clock=clock)
    ):
        region_doubts(operation, strict=strict)
        followed = follow_place(
            source,
            spans,
            them[0],
            box,
            info,
            detector=detector,
            strict=strict,
            clock=clock,
            progress=progress,
        )
        return Told(_of_region(operation, followed.survey, space, clock, alpha=alpha), followed.findings)
    seen = look(spans, progress)
    for who in them:
        if not of_kind(seen.tracks, who):
            raise nobody(source, kind_of(who))
    people = all_chosen(seen.tracks, them, seen.size, spans[0][0])
    if strict and outlined(operation) and any(track.kind != "person" for track in people):
        raise Refused(OUTLINE, code="quality", hint=BOXED)
    lines = min(seen.size) / 720
    masked, known = partial(MaskedFill, seen, people, clock=clock), partial(begun, source, people, seen.size, clock)
    removal = partial(removing.removal, detector=detector, clock=clock, strict=strict)
    match operation:
        case Remove(fill=None):
            made: PictureOperation = removal(operation, source, spans, seen, look)
        case Replace(path=path):
            gone = removal(Remove(operation.who), source, spans, seen, look)
            made = InPlace(gone, seen, people, Path(path), space)
        case BlurOut(radius=radius):
            made = HiddenBoxes(seen, people, blurred(radius * lines), clock)
        case Pixelate(size=size):
            made = HiddenBoxes(seen, people, pixelated(size * lines), clock, soft=False)
        case Remove(fill=Color() as fill):
            made = masked(backdrop(fill, seen.size, space), "over", silhouettes=known())
        case Background(fill=fill) | Isolate(fill=fill):
            made = MaskedFill(
                seen, people, _behind(fill, seen, space, alpha=alpha), "behind", clock=clock, silhouettes=known()
            )
    kept = isinstance(operation, Background | Isolate)
    said = [*_said(operation, seen, people, them), *without_anybody(people, seen, spans, kept=kept)]
    return Told(made, said) if said else made


def _said(operation: SubjectOperation, seen: Survey, people: Sequence[Track], them: Sequence[Who]) -> list[Finding]:
    """Who was taken, and what is doubtful of it."""
    said = [
        finding for who in them for finding in remarks(of_kind(people, who), of_kind(seen.tracks, who), who, seen.size)
    ]
    if isinstance(operation, Background | BlurOut | Pixelate):  # these hide all of a box
        return said
    rest = [track for track in (*seen.tracks, *seen.bystanders) if track not in people]
    return said + close_together(people, rest, "hidden" if isinstance(operation, Isolate) else "taken out")


def _of_region(
    operation: Remove | Isolate | BlurOut | Pixelate | Replace,
    seen: Survey,
    space: ColorSpace,
    clock: Clock,
    *,
    alpha: bool,
) -> PictureOperation:
    """The operation on the box of a region that is followed; only what is kept is cut out by an outline."""
    lines, regions = min(seen.size) / 720, seen.tracks
    match operation:
        case Isolate(fill=fill):
            return MaskedFill(seen, regions, _behind(fill, seen, space, alpha=alpha), "behind", clock=clock)
        case BlurOut(radius=radius):
            change = blurred(radius * lines)
        case Pixelate(size=size):
            change = pixelated(size * lines)
        case Remove(fill=Color() as fill):
            change = colored(fill, space)
        case Remove() | Replace():
            change = made_up
    hidden = HiddenBoxes(seen, regions, change, clock, soft=not isinstance(operation, Pixelate))
    return InPlace(hidden, seen, regions, Path(operation.path), space) if isinstance(operation, Replace) else hidden


def _step(length: float, fps: float, *, often: bool) -> float:
    """Seconds between two looks of the survey; some frames lie between, since a look costs as much as several."""
    return max(min(_OFTEN if often else _SELDOM, length / _LOOKS), 4 / max(fps, 1.0))


def _behind(
    fill: Color | Blur | Transparent | Media | None, seen: Survey, space: ColorSpace, *, alpha: bool
) -> Backdrop | None:
    if fill is None or isinstance(fill, Transparent):
        return None if alpha else backdrop(_BLACK, seen.size, space)
    return backdrop(fill, seen.size, space)

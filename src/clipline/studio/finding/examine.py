"""A quick look at a clip before any work: is what is asked for in it, how many of it, and does the camera move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_high
from typing import TypeAlias

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.finding.confirm import SURE, agrees, closer_look
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.in_words import listed
from clipline.studio.finding.parts import find_in_parts
from clipline.studio.finding.place import MADE_UP, UNKNOWN, unknown_place
from clipline.studio.finding.survey import Clip, last_moment
from clipline.studio.finding.which import kind_of
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Finding, Picture
from clipline.studio.reading.samples import read_glimpses, read_samples
from clipline.studio.reading.stills import is_picture
from clipline.studio.scenes.motion import CameraPath
from clipline.timeline import Background, Isolate, Remove, Replace, SubjectOperation, subjects_in, with_moments

__all__ = ["BOXED", "MOVES", "OUTLINE", "Examination", "examine", "nobody", "outlined", "region_doubts", "takes_out"]

MOVES = "the camera moves or the clip is cut: what is behind them is looked for along the way, which takes longer"

#: A picture, and the boxes seen in it.
Glimpse: TypeAlias = tuple[Picture, list[Box]]

OUTLINE = "the outlines of things other than people are found less well"
_HIDDEN = "blur or pixelate it, fill it with a colour, or do not ask for strict quality"
BOXED = "blur or pixelate them, take them out, or do not ask for strict quality"

_GLIMPSES = 10
_SURE = 0.45  # boxes this sure count here
_PROVEN = 0.5  # and of a thing one must be, as it must to be followed
_CLOSER = 3  # of a kind that are looked at closer
_STEP, _MOST = 0.5, 1200  # seconds between two looks through all of a clip, and how many these are at most
_SHARP = 5  # glimpses taken in quarters when nothing was found


@dataclass(frozen=True, slots=True)
class Examination:
    """What a quick look saw.

    `people` is how many of those that were looked for are in the picture when any is, typically; `foreground` is the
    box of the largest, most central one in pixels; `camera_moves` is looked for where what is behind people must be
    shown; `findings` is what a person should know before the work, `counts` how many of each kind are in the picture
    when any is.
    """

    people: int
    found: bool
    foreground: Box | None
    camera_moves: bool
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def seen(self) -> str:
        """The counts in words."""
        return listed(self.counts)


def examine(
    source: Path,
    operation: SubjectOperation,
    *,
    info: Clip,
    clock: Clock,
    threads: int = 1,  # noqa: ARG001 - one look is too little work to share out
    strict: bool = False,
) -> Examination:
    """Look at a few pictures of a clip, and through all of it where they do not show what is asked for.

    Raises:
        Refused: nothing of what is asked for is to be seen, or `strict` forbids what it would give.
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    operation = with_moments(operation, 0.0, last_moment([(0.0, info.duration)], info))
    detector, camera = Detector(), CameraPath()
    if not isinstance(operation, Background) and (
        box := unknown_place(source, operation.who, info, 0.0, detector=detector, clock=clock)
    ):
        return _region(operation, box, strict=strict)
    kinds = list(map(kind_of, subjects_in(operation)))
    glimpses: list[Glimpse] = []
    scenery = takes_out(operation)
    count = 1 if is_picture(source) else _GLIMPSES
    for picture in read_glimpses(source, info.duration, count, clock, rough=not scenery):
        glimpses.append((picture, detector.find(picture, kinds=None, least=_SURE)))
        if scenery:
            camera.add(picture, glimpses[-1][1])
    seen = _sure(glimpses, detector, clock)
    if _missing(kinds, seen):
        closer = []
        for picture, _ in glimpses[:: -(-len(glimpses) // _SHARP) or 1]:
            clock.check()
            closer.append((picture, find_in_parts(detector, picture, kinds=None, least=_SURE)))
        seen += _sure(closer, detector, clock)
    if _missing(kinds, seen) and not is_picture(source):
        step = max(_STEP, info.duration / _MOST)
        for picture in read_samples(source, 0.0, info.duration, step=step, clock=clock, rough=True):
            seen += _sure([(picture, detector.find(picture, kinds=None, least=_SURE))], detector, clock)
            if not _missing(kinds, seen):
                break
    if missing := _missing(kinds, seen):
        raise nobody(source, missing[0], _typical(seen))
    crowds = [boxes for boxes in _of_kinds(seen, kinds) if boxes]
    counts = _typical(seen)
    detector.pass_on()  # most who look go on to the render
    findings = [Finding("INFO", MOVES)] if camera.moves else []
    if outlined(operation) and kinds != ["person"]:
        if strict:
            raise Refused(OUTLINE, code="quality", hint=BOXED)
        findings.append(Finding("WARN", OUTLINE))
    return Examination(
        people=median_high(len(boxes) for boxes in crowds),
        found=True,
        foreground=max((box for boxes in crowds for box in boxes), key=lambda box: _importance(box, info.width)),
        camera_moves=camera.moves,
        findings=tuple(findings),
        counts=counts,
    )


def _region(operation: SubjectOperation, box: Box, *, strict: bool) -> Examination:
    """What is said of a place at which nothing known is found."""
    findings = (Finding("INFO", UNKNOWN), *region_doubts(operation, strict=strict))
    return Examination(1, found=True, foreground=box, camera_moves=False, findings=findings, counts={"object": 1})


def region_doubts(operation: SubjectOperation, *, strict: bool) -> list[Finding]:
    """What may look bad of an operation on a place at which nothing known is found.

    Raises:
        Refused: `strict` forbids it.
    """
    said = MADE_UP if takes_out(operation) else OUTLINE if isinstance(operation, Isolate) else None
    if said is None:
        return []
    if strict:
        raise Refused(said, code="quality", hint=_HIDDEN)
    return [Finding("WARN", said)]


def _sure(glimpses: Sequence[Glimpse], detector: Detector, clock: Clock) -> list[list[Box]]:
    """The boxes of those kinds of which one is sure, or is confirmed by closer looks."""
    sightings: dict[str, list[tuple[Picture, Box]]] = {}
    for picture, boxes in glimpses:
        for box in boxes:
            sightings.setdefault(box.kind, []).append((picture, box))
    there = {kind for kind, seen in sightings.items() if _is_there(kind, seen, detector, clock)}
    return [[box for box in boxes if box.kind in there] for _, boxes in glimpses]


def _is_there(kind: str, sightings: Sequence[tuple[Picture, Box]], detector: Detector, clock: Clock) -> bool:
    surest = sorted(sightings, key=lambda sighting: -sighting[1].score)[:_CLOSER]
    if surest[0][1].score < _PROVEN and kind != "person":
        return False
    for picture, box in surest:
        clock.check()
        if box.score >= SURE or agrees(kind, [closer_look(detector, picture, box)]):
            return True
    return False


def takes_out(operation: SubjectOperation) -> bool:
    """Whether what is behind them must be shown."""
    return isinstance(operation, Replace) or (isinstance(operation, Remove) and operation.fill is None)


def outlined(operation: SubjectOperation) -> bool:
    """Whether the result is as good as the outline that is found."""
    return isinstance(operation, Isolate) or (isinstance(operation, Remove) and operation.fill is not None)


def _missing(kinds: Sequence[str | None], seen: Sequence[Sequence[Box]]) -> list[str | None]:
    """The kinds of which none was seen."""
    return [kind for kind in kinds if not any(_of_kinds(seen, [kind]))]


def _of_kinds(seen: Sequence[Sequence[Box]], kinds: Sequence[str | None]) -> list[list[Box]]:
    return [[box for box in boxes if None in kinds or box.kind in kinds] for boxes in seen]


def _typical(seen: Sequence[Sequence[Box]]) -> dict[str, int]:
    """How many of each kind are in the picture when any is; the most frequent kinds first."""
    counts: dict[str, list[int]] = {}
    for boxes in seen:
        for kind, count in Counter(box.kind for box in boxes).items():
            counts.setdefault(kind, []).append(count)
    often = sorted(counts.items(), key=lambda item: -len(item[1]))
    return {kind: median_high(each) for kind, each in often}


def nobody(source: Path, kind: str | None = "person", instead: dict[str, int] | None = None) -> Refused:
    """The error for a clip without any of a kind; `instead` is how many of which other kinds were found."""
    found = f"; found: {listed(instead)}" if instead else ""
    what, place = ("photo", "a place") if is_picture(source) else ("clip", "a place and a time")
    at = "" if is_picture(source) else " at 1s"
    return Refused(
        f"no {kind or 'object'} was found in {source.name}{found}",
        code="nobody",
        hint=f"give a {what} in which {'people' if kind == 'person' else 'it'} can be seen well, "
        f"or say {place}, as in “the {kind or 'object'} in the box 30% 20% 25% 50%{at}”",
    )


def _importance(box: Box, width: int) -> float:
    """How much somebody is what the picture is about."""
    return box.area * (1 - abs(box.center[0] / width - 0.5))

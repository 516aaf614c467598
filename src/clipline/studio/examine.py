"""A quick look at a clip before any work: is anybody in it, how many, and does the camera move."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median_high

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.detect import Box, Detector
from clipline.studio.motion import CameraWatch
from clipline.studio.picture import Finding
from clipline.studio.samples import read_glimpses
from clipline.studio.survey import Clip, quarters
from clipline.timeline import Background, Isolate, Remove

__all__ = ["MADE_UP", "STILL", "Examination", "examine", "nobody"]

STILL = "use a clip from a camera that stands still, fill the people with a colour, or do not ask for strict quality"
MADE_UP = "low quality: the camera moves, so what is behind the people is made up from what is around them"

_GLIMPSES = 10
_SURE = 0.45  # boxes this sure count as people here
_SHARP = 5  # glimpses taken in quarters when nobody was found


@dataclass(frozen=True, slots=True)
class Examination:
    """What a quick look saw.

    `people` is how many are in the picture when anybody is, typically; `foreground` is the box of the largest, most
    central one in pixels; `findings` is what a person should know before the work.
    """

    people: int
    found: bool
    foreground: Box | None
    camera_moves: bool
    findings: tuple[Finding, ...] = ()


def examine(
    source: Path,
    operation: Background | Remove | Isolate,
    *,
    info: Clip,
    clock: Clock,
    threads: int = 1,  # noqa: ARG001 - one look is too little work to share out
    strict: bool = False,
) -> Examination:
    """Look at a few pictures of a clip.

    Raises:
        Refused: nobody is to be seen, or `strict` forbids what the clip would give.
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    detector, camera = Detector(), CameraWatch()
    seen: list[list[Box]] = []
    pictures = []
    for picture in read_glimpses(source, info.duration, _GLIMPSES, clock):
        seen.append(detector.find(picture, least=_SURE))
        camera.add(picture, seen[-1])
        pictures.append(picture)
    if not any(seen):
        parts = quarters(info.width, info.height)
        for picture in pictures[:: -(-len(pictures) // _SHARP) or 1]:
            clock.check()
            seen.append([box for part in parts for box in detector.find(picture, part, least=_SURE)])
    crowds = [boxes for boxes in seen if boxes]
    if not crowds:
        raise nobody(source)
    findings = []
    if isinstance(operation, Remove) and operation.fill is None and camera.moves:
        if strict:
            raise Refused("the camera moves, so what is behind people cannot be shown well", hint=STILL)
        findings.append(Finding("WARN", MADE_UP))
    return Examination(
        people=median_high(len(boxes) for boxes in crowds),
        found=True,
        foreground=max((box for boxes in crowds for box in boxes), key=lambda box: _importance(box, info.width)),
        camera_moves=camera.moves,
        findings=tuple(findings),
    )


def nobody(source: Path) -> Refused:
    """The error for a clip without people."""
    return Refused(
        f"no person was found in {source.name}", code="nobody", hint="give a clip in which people can be seen well"
    )


def _importance(box: Box, width: int) -> float:
    """How much a person is what the picture is about."""
    return box.area * (1 - abs(box.center[0] / width - 0.5))

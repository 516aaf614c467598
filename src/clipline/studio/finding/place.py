"""What is at a place that was given: something that the detector knows, or a region that is followed by motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.finding.carried import carried_on, carrier
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.region import STEP, Region, check_detail, follow_region
from clipline.studio.finding.survey import Clip, Spans, Survey, survey
from clipline.studio.finding.which import found_at, kind_of, pixels_of, place_of
from clipline.studio.masks.segment_object import ObjectSegmenter
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Finding
from clipline.studio.reading.samples import read_samples
from clipline.studio.scenes.plate import PlateSamples
from clipline.timeline import Who, subject_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.finding.track import Track
    from clipline.studio.pictures.picture import Picture

__all__ = ["MADE_UP", "UNKNOWN", "Followed", "follow_place", "unknown_place"]

UNKNOWN = "nothing at this place is known by name, so what is seen there is followed by motion"
MADE_UP = "what is behind it is never seen, so it is made up from what is around it"
_VIEWS = (0.16, 0.25, 0.4)  # of the picture's shorter side is what is looked at around a point
_AGREE = 0.6  # intersection over union of two views of the same
_SQUARE = 0.12  # of the shorter side is what is taken for the thing where nothing stands out
_SURE = 0.45  # a box this sure is something known
_LOOK = 0.3  # seconds between two looks for people
_BEYOND = 1.6  # steps between two looks: what is not there for longer is worth saying
_LEFT, _LOST = "leaves the picture", "is lost: hidden, or changed too much"
_AGAIN = "give a box and a time for each part of the clip, or do not ask for strict quality"


def unknown_place(source: Path, who: Who, clip: Clip, start: float, *, detector: Detector, clock: Clock) -> Box | None:
    """The box of a region to follow where nothing known, or not what is named, is seen at the place that is given.

    None where it is seen, and where no place is given.

    Raises:
        Refused: the place is outside the picture or plain, or there is no picture at that time.
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    subject, size, kind = subject_of(who), (clip.width, clip.height), kind_of(who)
    if not (subject.box or subject.point):
        return None
    at = start if subject.at is None else subject.at
    picture = next(_pictures(source, at, clip, clock), None)
    if picture is None:
        raise Refused(
            f"there is no picture at {at:.3g}s", code="not_there", hint=f"the clip lasts {clip.duration:.3g}s"
        )
    place = place_of(subject, size) if subject.box else _around(picture, *pixels_of(subject.point or (), size))
    inside = place.inside(*size)
    if inside.area < 0.5 * place.area or min(inside.width, inside.height) < 4:
        raise Refused(
            f"{subject} is outside the picture, or too small", code="not_there", hint=f"it is {size[0]}x{size[1]}"
        )
    known = detector.find(picture, kinds=None if kind is None else (kind,), least=_SURE)
    if found_at(known, subject, size):
        return None
    check_detail(picture.y, inside)
    return inside


def _pictures(source: Path, at: float, clip: Clip, clock: Clock) -> Iterator[Picture]:
    return read_samples(source, at, at + 1 / max(clip.fps, 1.0), step=1.0, clock=clock)


def _around(picture: Picture, x: float, y: float) -> Box:
    """The box of what stands out at a point, where that is clear; else a square around it."""
    height, width = picture.y.shape
    segmenter, found = ObjectSegmenter(), []
    for part in _VIEWS:
        half = part * min(width, height) / 2
        window = Box(x - half, y - half, x + half, y + half).window(width, height)
        if thing := _outlined(segmenter.mask(picture, window), window, x, y):
            found.append(thing)
            if len(found) > 1 and found[-1].overlap(found[-2]) > _AGREE:
                return found[-1].joined(found[-2])
    half = _SQUARE * min(width, height) / 2
    return Box(x - half, y - half, x + half, y + half, kind="object").inside(width, height)


def _outlined(mask: NDArray[np.float32], window: tuple[int, int, int, int], x: float, y: float) -> Box | None:
    """The box of what a mask of a window shows at a point, if all of it is in there."""
    import cv2
    import numpy as np

    side, (left, top, right, bottom) = len(mask), window
    across, down = (right - left) / side, (bottom - top) / side
    _, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
    there = labels[min(side - 1, max(0, int((y - top) / down))), min(side - 1, max(0, int((x - left) / across)))]
    column, row, columns, rows, _ = stats[there].tolist()
    if not there or column == 0 or row == 0 or column + columns == side or row + rows == side:
        return None
    box = Box(0, 0, columns * across, rows * down, kind="object")
    return box.moved(left + column * across, top + row * down)


@dataclass(frozen=True, slots=True)
class Followed:
    """A region as if it had been found, and what is to be said of it."""

    survey: Survey
    findings: tuple[Finding, ...]


def follow_place(
    source: Path,
    spans: Spans,
    who: Who,
    box: Box,
    clip: Clip,
    *,
    detector: Detector,
    strict: bool,
    clock: Clock,
    progress: Callable[[float], None],
) -> Followed:
    """Follow a box, in pixels, from the time that is given through parts of a clip.

    Where it is lost, people are looked for: on one of them it is followed as a part of them.

    Raises:
        Refused: it is plain there, so that it cannot be followed; or `strict` forbids that it is lost.
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    at = spans[0][0] if subject_of(who).at is None else subject_of(who).at
    region = follow_region(source, spans, box, at or 0.0, fps=clip.fps, clock=clock, progress=progress)
    size, alone, step = (clip.width, clip.height), region, max(STEP, 2 / max(clip.fps, 1.0))
    if _lost(region, spans, step) and (person := carrier(region, _people(source, spans, clip, detector, clock))):
        region, step = carried_on(region, person, size), _LOOK
    if strict and (lost := _lost(region, spans, step)):
        raise Refused(f"{subject_of(who)} {lost[0]}", code="quality", hint=_AGAIN)
    seen = Survey(size, step, (), [region.track], (), False, (), PlateSamples())
    said = [*_carried(alone, region), *_lost(region, spans, step), *_ended(region, spans, step, "left", _LEFT)]
    return Followed(seen, (_told(who, region), *(Finding("WARN", f"{subject_of(who)} {words}") for words in said)))


def _people(source: Path, spans: Spans, clip: Clip, detector: Detector, clock: Clock) -> Sequence[Track]:
    step = max(_LOOK, 4 / max(clip.fps, 1.0))
    seen = survey(
        source, spans, clip=clip, step=step, keep=False, detector=detector, clock=clock, progress=lambda _: None
    )
    return seen.tracks


def _told(who: Who, region: Region) -> Finding:
    times, box = region.track.times, region.track.boxes[0]
    place = " ".join(f"{value:.0f}" for value in (box.left, box.top, box.width, box.height))
    words = f"{subject_of(who)}: {UNKNOWN}, from {times[0]:.3g}s to {times[-1]:.3g}s, first at {place}"
    return Finding("INFO", words)


def _lost(region: Region, spans: Spans, step: float) -> list[str]:
    """That it is lost before an end of the clip."""
    return _ended(region, spans, step, "lost", _LOST)


def _ended(region: Region, spans: Spans, step: float, why: str, said: str) -> list[str]:
    """Where it ends for a reason; looks are `step` seconds apart, so that it is there a little beyond the last one."""
    first, last = region.track.times[0], region.track.times[-1]
    ends = (
        (region.begins, first, first - spans[0][0], "before"),
        (region.ends, last, spans[-1][1] - last, "after"),
    )
    return [
        f"{said} at {time:.3g}s, and is not followed {words} that; if it is there {words} that, say it once more, with "
        "a time"
        for reason, time, left_out, words in ends
        if reason == why and left_out > _BEYOND * step
    ]


def _carried(alone: Region, region: Region) -> list[str]:
    """From when on it is followed as a part of somebody."""
    said = "is not seen as it was {when} {time:.3g}s: {then} the same part of the person is taken, and more around it"
    ends = (
        (alone.track.times[-1], region.track.times[-1], "after", "from then on"),
        (alone.track.times[0], region.track.times[0], "before", "until then"),
    )
    return [said.format(when=when, time=one, then=then) for one, other, when, then in ends if one != other]

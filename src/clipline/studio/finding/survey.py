"""One look through a clip before it is rendered: what is where, whether the camera moves, pictures for the plate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from clipline.clock import Clock
from clipline.studio.finding.border import through_border
from clipline.studio.finding.colors import colors_of
from clipline.studio.finding.confirm import refuted
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.linking import link
from clipline.studio.finding.parts import find_in_parts
from clipline.studio.finding.track import Look, Track
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.light import lit
from clipline.studio.pictures.picture import Picture
from clipline.studio.reading.samples import read_samples
from clipline.studio.reading.stills import is_picture
from clipline.studio.scenes.motion import CameraPath, Stretch
from clipline.studio.scenes.plate import PlateSamples

__all__ = ["Clip", "Spans", "Survey", "survey"]

#: Parts of a clip, each from one second to another.
Spans: TypeAlias = Sequence[tuple[float, float]]

_DOUBTFUL = 0.2  # boxes this unsure keep a place out of the plate and carry a track on, though they begin none
_NEAR = 0.4  # of the picture's height is what somebody near takes at least
_WIDE, _WIDE_KEEPING = 4, 2  # looks of which one is for far people too, while all are near; and where a plate is made
_WRONG = 0.6  # intersection over union of a box with what was taken for such a thing and is none
_CROWDED = 0.15  # of a box may be that of another one before the colours in it are not their own
_SEEN_WELL = 0.5  # boxes this sure are of somebody who need not be looked at closer
_LIKELY = 0.3  # boxes this unsure may move without the camera


class Clip(Protocol):
    """What must be known of a clip; `MediaInfo` has it. Sizes are as displayed, `duration` is in seconds."""

    @property
    def width(self) -> int:
        """Pixels across."""
        ...

    @property
    def height(self) -> int:
        """Pixels down."""
        ...

    @property
    def fps(self) -> float:
        """Frames a second."""
        ...

    @property
    def duration(self) -> float:
        """Seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen: boxes at each look, tracks, whether the camera moves, the pictures kept.

    `tracks` are those of the kind that was looked for, `bystanders` people where that is another kind. `step` is how
    many seconds lie between two looks, `size` width and height in pixels.
    """

    size: tuple[int, int]
    step: float
    looks: Sequence[Look]
    tracks: Sequence[Track]
    bystanders: Sequence[Track]
    camera_moves: bool
    stretches: Sequence[Stretch]
    samples: PlateSamples

    @property
    def margin(self) -> float:
        """Seconds by which people may have been there before they were first seen, and after they were last seen."""
        return 1.5 * self.step  # the pictures looked at are not exactly a step apart

    def people_at(self, time: float, tracks: Sequence[Track] | None = None) -> list[tuple[int, Box]]:
        """Where people are at a time: the number in `tracks` (all by default) and the box of each who is there."""
        placed = (
            (number, track.at(time, self.margin))
            for number, track in enumerate(self.tracks if tracks is None else tracks)
        )
        return [(number, box) for number, box in placed if box is not None]

    def boxes_at(self, time: float) -> list[Box]:
        """Where anyone may be at a time, just before they are first seen and just after they are last seen too."""
        return [box for _, box in self.people_at(time)]

    def boxes_seen(self, time: float) -> list[Box]:
        """Where anyone or any such thing is at a time, none before they are first seen or after they are last seen."""
        return [box for track in (*self.tracks, *self.bystanders) if (box := track.at(time)) is not None]

    def with_looks(self, more: Sequence[Look]) -> Survey:
        """The same survey with more boxes seen, linked anew."""
        merged: dict[float, list[Box]] = {time: list(boxes) for time, boxes in self.looks}
        for time, boxes in more:
            merged.setdefault(time, []).extend(boxes)
        looks = sorted(merged.items())
        return replace(self, looks=looks, tracks=_to_borders(link(looks, self.size), self.size))


def survey(
    source: Path,
    spans: Spans,
    *,
    clip: Clip,
    step: float,
    keep: bool,
    kind: str | None = "person",
    detector: Detector,
    clock: Clock,
    progress: Callable[[float], None],
) -> Survey:
    """Look at parts of a clip, from one second to another each, all `step` seconds, for a `kind` (None is every one).

    With `keep` pictures are kept for a plate, and the camera is watched. Where none is seen well, it is looked at once
    more in four overlapping parts, in which far ones are larger.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    size = clip.width, clip.height
    kinds = None if kind is None else tuple(dict.fromkeys((kind, "person")))
    for closer in (False, True):
        looks: list[Look] = []
        others: list[Look] = []
        camera, samples = CameraPath(), PlateSamples()
        stands = is_picture(source)
        for picture in _samples(source, spans, step, clock, rough=not keep):
            if stands and looks:  # there is nothing else to see in it
                looks.append((picture.time, looks[0][1]))
                others.append((picture.time, others[0][1]))
                continue
            wide = kind != "person" or picture.index % (_WIDE_KEEPING if keep else _WIDE) == 0
            near = not wide and _all_near(looks[-1][1], size[1])
            if closer:
                boxes = find_in_parts(detector, picture, kinds=kinds, least=_DOUBTFUL)
            else:
                boxes = detector.find(picture, kinds=kinds, least=_DOUBTFUL, near=near)
            if len(boxes) > 1:
                boxes = [box if _hides(box, boxes) else replace(box, colors=colors_of(picture, box)) for box in boxes]
            looks.append((picture.time, [box for box in boxes if kind in (None, box.kind)]))
            others.append((picture.time, [box for box in boxes if kind not in (None, box.kind)]))
            if keep:
                light = camera.add(picture, [box for box in boxes if box.score >= _LIKELY])
                y, u, v = lit((picture.y, picture.u, picture.v), light)
                samples.add(replace(picture, y=y, u=u, v=v), boxes)
            progress(_done(spans, picture.time))
            clock.check()
        tracks = link(looks, size)
        if kind is not None and (wrong := refuted(tracks, source, detector, clock)):
            looks = _without(looks, wrong)
            tracks = link(looks, size)
        if any(track.score >= _SEEN_WELL for track in tracks):
            break
    tracks, bystanders = _to_borders(tracks, size), _to_borders(link(others, size), size)
    return Survey(size, step, looks, tracks, bystanders, camera.moves, camera.stretches, samples)


def _hides(box: Box, boxes: Sequence[Box]) -> bool:
    """Whether a part of another one is in a box, or a part of it behind another one."""
    return any(other is not box and box.shared(other) > _CROWDED * box.area for other in boxes)


def _to_borders(tracks: Sequence[Track], size: tuple[int, int]) -> list[Track]:
    return [through_border(track, size[0]) for track in tracks]


def _without(looks: Sequence[Look], wrong: Sequence[Track]) -> list[Look]:
    """The looks without the boxes of tracks that are none."""

    def is_wrong(time: float, box: Box) -> bool:
        return any((there := track.at(time)) is not None and there.overlap(box) >= _WRONG for track in wrong)

    return [(time, [box for box in boxes if not is_wrong(time, box)]) for time, boxes in looks]


def _samples(source: Path, spans: Spans, step: float, clock: Clock, *, rough: bool) -> Iterator[Picture]:
    pictures = (
        picture
        for start, end in spans
        for picture in read_samples(source, start, end, step=step, clock=clock, rough=rough)
    )
    for number, picture in enumerate(pictures):
        picture.index = number
        yield picture


def _done(spans: Spans, time: float) -> float:
    """Which part of the spans lies before a time."""
    before = sum(max(0.0, min(time, end) - start) for start, end in spans)
    return min(1.0, before / max(sum(end - start for start, end in spans), 1e-3))


def _all_near(boxes: Sequence[Box], height: int) -> bool:
    """Whether somebody was seen, and nobody who is far away."""
    sure = [box for box in boxes if box.score >= _LIKELY]
    return bool(sure) and min(box.height for box in sure) > _NEAR * height

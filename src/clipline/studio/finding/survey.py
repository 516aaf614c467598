"""One look through a clip before it is rendered: what is where, whether the camera moves, pictures for the plate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from operator import itemgetter
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
from clipline.studio.reading.cuts import CutFinder
from clipline.studio.reading.samples import read_samples
from clipline.studio.reading.stills import is_picture
from clipline.studio.scenes.motion import CameraPath, Stretch
from clipline.studio.scenes.plate import PlateSamples

__all__ = ["Clip", "Spans", "Survey", "divided", "last_moment", "survey"]

#: Parts of a clip, each from one second to another.
Spans: TypeAlias = Sequence[tuple[float, float]]

_LOOKS = 6  # at each shot of a clip that is cut, at least
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


def last_moment(spans: Spans, clip: Clip) -> float:
    """A moment at the end of parts of a clip at which there is still a picture."""
    start, end = spans[-1]
    return max(start, end - 2 / max(clip.fps, 1.0))


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen: boxes at each look, tracks, whether the camera moves, the pictures kept.

    `tracks` are those of the kinds that were looked for, `bystanders` people where they are none of them. `step` is how
    many seconds lie between two looks, `size` width and height in pixels. At `cuts`, in seconds of the source, another
    shot begins; nobody is followed from one to the next.
    """

    size: tuple[int, int]
    step: float
    looks: Sequence[Look]
    tracks: Sequence[Track]
    bystanders: Sequence[Track]
    camera_moves: bool
    stretches: Sequence[Stretch]
    samples: PlateSamples
    cuts: Sequence[float] = ()

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
        return replace(self, looks=looks, tracks=_to_borders(_linked(looks, self.size, self.cuts), self.size))


def survey(
    source: Path,
    spans: Spans,
    *,
    clip: Clip,
    step: float,
    keep: bool,
    kinds: Sequence[str] | None = ("person",),
    detector: Detector,
    clock: Clock,
    progress: Callable[[float], None],
) -> Survey:
    """Look at parts of a clip, from one second to another each, all `step` seconds, for some kinds (None is every one).

    With `keep` pictures are kept for a plate, and the camera is watched. Where none is seen well, it is looked at once
    more in four overlapping parts, in which far ones are larger.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    size, stands = (clip.width, clip.height), is_picture(source)
    for closer in (False, True):
        eye = _Eye(detector, kinds, size, _WIDE_KEEPING if keep else _WIDE, closer=closer)
        camera, samples, finder = CameraPath(), PlateSamples(), CutFinder()
        for picture in _samples(source, spans, step, clock, rough=not keep, cuts=finder):
            if stands and eye.looks:
                eye.see_the_same(picture.time)
                continue
            boxes = eye.look(picture)
            if keep:
                light = camera.add(picture, [box for box in boxes if box.score >= _LIKELY])
                y, u, v = lit((picture.y, picture.u, picture.v), light)
                samples.add(replace(picture, y=y, u=u, v=v), boxes)
            progress(_done(spans, picture.time))
            clock.check()
        cuts = finder.times(source, clock)
        for start, end in _short_shots(eye.looks, cuts, spans):
            known, closer_step = [time for time, _ in eye.looks], (end - start) / _LOOKS
            for picture in read_samples(source, start, end, step=closer_step, clock=clock):
                if all(abs(picture.time - time) > closer_step / 2 for time in known):
                    eye.look(picture)
        looks, others = (sorted(seen, key=itemgetter(0)) for seen in (eye.looks, eye.others))
        tracks = _linked_by_kind(looks, kinds, size, cuts)
        if kinds is not None and (wrong := refuted(tracks, source, detector, clock)):
            looks = _without(looks, wrong)
            tracks = _linked_by_kind(looks, kinds, size, cuts)
        well = {track.kind for track in tracks if track.score >= _SEEN_WELL}
        if well and well.issuperset(kinds or ()):
            break
    tracks, bystanders = _to_borders(tracks, size), _to_borders(_linked(others, size, cuts), size)
    return Survey(size, step, looks, tracks, bystanders, camera.moves, camera.stretches, samples, cuts)


class _Eye:
    """Finds those of some kinds, and people, in pictures; every `wide`th is for far ones too while all are near.

    `looks` are the boxes of those kinds, `others` those of people where they are not among them.
    """

    def __init__(
        self, detector: Detector, kinds: Sequence[str] | None, size: tuple[int, int], wide: int, *, closer: bool
    ) -> None:
        self._detector, self._kinds, self._height, self._wide, self._closer = detector, kinds, size[1], wide, closer
        self._sought = None if kinds is None else tuple(dict.fromkeys((*kinds, "person")))
        self.looks: list[Look] = []
        self.others: list[Look] = []

    def look(self, picture: Picture) -> list[Box]:
        """The boxes in one more picture, which is noted."""
        wide = self._kinds != ("person",) or picture.index % self._wide == 0
        near = not wide and _all_near(self.looks[-1][1], self._height)
        if self._closer:
            boxes = find_in_parts(self._detector, picture, kinds=self._sought, least=_DOUBTFUL)
        else:
            boxes = self._detector.find(picture, kinds=self._sought, least=_DOUBTFUL, near=near)
        if len(boxes) > 1:
            boxes = [box if _hides(box, boxes) else replace(box, colors=colors_of(picture, box)) for box in boxes]
        self.looks.append((picture.time, [box for box in boxes if self._is_meant(box)]))
        self.others.append((picture.time, [box for box in boxes if not self._is_meant(box)]))
        return boxes

    def _is_meant(self, box: Box) -> bool:
        return self._kinds is None or box.kind in self._kinds

    def see_the_same(self, time: float) -> None:
        """Note that what was seen first is still so, in an image."""
        for seen in (self.looks, self.others):
            seen.append((time, seen[0][1]))


def _hides(box: Box, boxes: Sequence[Box]) -> bool:
    """Whether a part of another one is in a box, or a part of it behind another one."""
    return any(other is not box and box.shared(other) > _CROWDED * box.area for other in boxes)


def _short_shots(looks: Sequence[Look], cuts: Sequence[float], spans: Spans) -> list[tuple[float, float]]:
    """The parts of the spans between two cuts into which few looks fell."""
    parts = [part for shot in divided(spans, cuts) for part in shot] if cuts else []
    return [part for part in parts if sum(part[0] <= time < part[1] for time, _ in looks) < _LOOKS]


def _linked_by_kind(
    looks: Sequence[Look], kinds: Sequence[str] | None, size: tuple[int, int], cuts: Sequence[float]
) -> list[Track]:
    """The tracks of those of each kind by themselves, where it is said which kinds."""
    if kinds is None:
        return _linked(looks, size, cuts)
    apart = ([(time, [box for box in boxes if box.kind == kind]) for time, boxes in looks] for kind in kinds)
    return [track for those in apart for track in _linked(those, size, cuts)]


def divided(spans: Spans, times: Sequence[float]) -> list[Spans]:
    """The shots of parts of a clip that is cut at these times: the parts of each."""
    edges = [spans[0][0], *times, spans[-1][1]]
    shots = (
        [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start] for start, end in pairwise(edges)
    )
    return [shot for shot in shots if shot]


def _linked(looks: Sequence[Look], size: tuple[int, int], cuts: Sequence[float]) -> list[Track]:
    """The tracks of each shot of a clip that is cut at these times."""
    tracks = []
    for since, until in pairwise((-inf, *cuts, inf)):
        shot = Track(since=since, until=until)
        tracks += [
            replace(track, since=since, until=until)
            for track in link([look for look in looks if shot.is_in_shot(look[0])], size)
        ]
    return tracks


def _to_borders(tracks: Sequence[Track], size: tuple[int, int]) -> list[Track]:
    return [through_border(track, size[0]) for track in tracks]


def _without(looks: Sequence[Look], wrong: Sequence[Track]) -> list[Look]:
    """The looks without the boxes of tracks that are none."""

    def is_wrong(time: float, box: Box) -> bool:
        return any((there := track.at(time)) is not None and there.overlap(box) >= _WRONG for track in wrong)

    return [(time, [box for box in boxes if not is_wrong(time, box)]) for time, boxes in looks]


def _samples(
    source: Path, spans: Spans, step: float, clock: Clock, *, rough: bool, cuts: CutFinder
) -> Iterator[Picture]:
    pictures = (
        picture
        for start, end in spans
        for picture in read_samples(source, start, end, step=step, clock=clock, rough=rough, cuts=cuts)
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

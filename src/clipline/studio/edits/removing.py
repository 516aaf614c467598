"""Decides how people are removed.

With the plate of a still camera, with mosaics along the way of one that moves, shot by shot where the clip is cut, and
by making up what cannot be known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.edits.background import MaskedFill
from clipline.studio.edits.by_shot import ByShot, breaks
from clipline.studio.edits.fill import Invented
from clipline.studio.edits.remove import PlateRemoval
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.in_words import enumerated
from clipline.studio.finding.second_look import look_again
from clipline.studio.finding.survey import Spans, Survey, divided
from clipline.studio.finding.track import Track
from clipline.studio.finding.which import chosen, kind_of
from clipline.studio.masks.segment import Silhouette, combined
from clipline.studio.masks.segment_object import Segmenters
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.memory import hand_back
from clipline.studio.pictures.picture import Finding, Picture, PictureOperation
from clipline.studio.scenes.difference import EmptyScene, disc
from clipline.studio.scenes.mosaic import Mosaic, make_mosaic
from clipline.studio.scenes.moving_scene import DEPTH, HINT, STEADY, MovingScene
from clipline.studio.scenes.plate import Plate, PlateSamples
from clipline.timeline import Remove

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Plane

    #: Takes those who are to be removed from what was seen.
    Choose: TypeAlias = Callable[[Survey], Sequence[Track]]

__all__ = ["removal"]

_WHIRLED = "the camera cannot be followed at {at}"
_MADE_UP = "so the background is made up from what is around it"
_MOVES = "what is behind them moves by itself, like water or leaves, so that it cannot be shown as it is"
_NEVER = "what is behind them is never seen, so that it would be made up from what is around them"
_TOO_MUCH = 0.25  # of the places where they are seen may not be so under strict quality
_HOPELESS = 0.6  # of the points around people must move as the rest does, or mosaics are worse than making things up
_TOO_MANY = 2.0  # breaks in a second that are no cuts


def removal(
    operation: Remove,
    source: Path,
    spans: Spans,
    seen: Survey,
    look: Callable[[Spans], Survey],
    *,
    detector: Detector,
    clock: Clock,
    strict: bool,
) -> PictureOperation:
    """The operation for the parts of a clip that were surveyed; `look` surveys others of them.

    Raises:
        Refused: `strict` forbids what the clip would give.
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    if seen.camera_moves:  # then pictures are read again when it is known which ones are needed
        seen = replace(seen, samples=PlateSamples())
    start = spans[0][0]

    def of_all(seen: Survey) -> Sequence[Track]:
        return chosen(seen.tracks, operation.who, seen.size, start)

    def of_shot(shot: Spans, seen: Survey, choose: Choose) -> PictureOperation:
        return _Removed(choose, kind_of(operation.who), seen, clock, strict).from_shot(shot, source, detector)

    cuts = [one.time for one in breaks(spans, seen.stretches, seen.cuts) if one.cut]
    if not cuts:
        return of_shot(spans, seen, of_all)
    gone = of_all(seen)
    everyone = len(gone) == len(seen.tracks)

    def of_those(part: Survey) -> Sequence[Track]:
        return part.tracks if everyone else _among(part.tracks, gone, seen.tracks)

    def of_part(shot: Spans) -> PictureOperation | None:
        part = look(shot)
        return of_shot(shot, part, of_those) if of_those(part) else None

    return ByShot(divided(spans, cuts), of_part)


def _among(tracks: Sequence[Track], gone: Sequence[Track], known: Sequence[Track]) -> list[Track]:
    """Those of the tracks of a shot that are among the chosen ones of the whole clip."""

    def same(track: Track) -> Track:
        middle = len(track.times) // 2
        time, box = track.times[middle], track.boxes[middle]
        return max(known, key=lambda other: box.overlap(there) if (there := other.at(time)) else 0.0)

    return [track for track in tracks if same(track) in gone]


def _at(whirled: Sequence[float]) -> str:
    """In words, where the camera cannot be followed."""
    times = [f"{time:.1f}s" for time in whirled[:3]] + (["other moments"] if len(whirled) > 3 else [])
    return _WHIRLED.format(at=enumerated(times))


@dataclass(frozen=True, slots=True)
class _Removed:
    """The ways to remove those whom `choose` takes from what was seen in one shot; `kind` is what was looked for."""

    choose: Choose
    kind: str | None
    seen: Survey
    clock: Clock
    strict: bool

    def from_shot(self, shot: Spans, source: Path, detector: Detector) -> PictureOperation:
        """In the way that suits the camera of this shot; between two of its whirls it is followed for itself."""
        if not self.seen.camera_moves:
            return self.from_plate(detector)
        if len(self.seen.stretches) == 1:
            return self.from_mosaics(source)
        found = breaks(shot, self.seen.stretches, self.seen.cuts)
        whirled = [one.time for one in found if not one.cut]
        if whirled and (self.strict or len(whirled) > _TOO_MANY * sum(end - start for start, end in shot)):
            return self.made_up(whirled)
        parts = divided(shot, [one.time for one in found])

        def of_part(part: Spans) -> PictureOperation | None:
            followed = replace(self.seen, stretches=[self.seen.stretches[parts.index(part)]])
            margin, (start, end) = followed.margin, (part[0][0], part[-1][1])
            there = (
                track.times[0] - margin < end and track.times[-1] + margin > start for track in self.choose(followed)
            )
            return replace(self, seen=followed).from_mosaics(source) if any(there) else None

        said = [Finding("WARN", f"low quality: {_at(whirled)}, {_MADE_UP}")] if whirled else []
        return ByShot(parts, of_part, said, whirls=True)

    def made_up(self, whirled: Sequence[float] = ()) -> PictureOperation:
        """What is behind people is painted over from what is around them, since nothing better can be had."""
        why = _at(whirled) if whirled else "the camera cannot be followed"
        if self.strict:
            raise Refused(f"{why}, so what is behind them cannot be shown well", hint=HINT)
        said = [Finding("WARN", f"low quality: {why}, {_MADE_UP}")]
        return MaskedFill(self.seen, self.choose(self.seen), Invented(), "over", clock=self.clock, findings=said)

    def from_plate(self, detector: Detector) -> PictureOperation:
        """With the plate of a still camera."""
        seen, plate = self.seen, _plate(self.seen, self.clock)
        if self.kind is not None and (
            missed := look_again(
                seen.samples.pictures, EmptyScene(plate), seen.boxes_seen, detector, self.clock, kind=self.kind
            )
        ):
            seen = seen.with_looks(missed)
            plate = _plate(seen, self.clock)
        scene = EmptyScene(plate)
        if self.strict:
            for known, why in ((scene.restless, _MOVES), (scene.hidden, _NEVER)):
                if _share(known, scene, self.choose(seen)) > _TOO_MUCH:
                    raise Refused(why, code="quality", hint=HINT)
        return self._removal(seen, scene)

    def from_mosaics(self, source: Path) -> PictureOperation:
        """With a plate along the way of the camera, made part by part while the clip is rendered."""
        seen, stretch = self.seen, self.seen.stretches[0]
        if stretch.steady < STEADY and self.strict:
            raise Refused(DEPTH.format(part=1 - stretch.steady), hint=HINT)
        if stretch.steady < _HOPELESS:
            return self.made_up()
        looks = dict(seen.looks)
        segmenters = Segmenters()

        def doubtful(time: float) -> list[Box]:
            others = (track.at(time) for track in seen.bystanders)
            return [*looks.get(time, ()), *(box for box in others if box)]

        def mosaic(number: int) -> Mosaic:
            made = make_mosaic(
                source,
                stretch,
                number,
                seen.size,
                doubtful=doubtful,
                people=seen.boxes_at,
                cut_out=lambda picture, boxes: _cut_out(picture, boxes, segmenters, self.clock),
                clock=self.clock,
            )
            hand_back()  # what a mosaic is made from is ten times as much as it is itself
            return made

        return self._removal(seen, MovingScene(stretch, seen.size, mosaic, seen.boxes_at, strict=self.strict))

    def _removal(self, seen: Survey, scene: EmptyScene) -> PictureOperation:
        gone = self.choose(seen)
        # Whatever else stands about, where all kinds were looked for, is a part of the scene.
        others = [track for track in seen.tracks if self.kind or track.kind == "person"]
        stay = [track for track in (*others, *seen.bystanders) if track not in gone]

        # The pictures of the plate are let go: they are as large as all else that a render holds.
        without = replace(self, seen=replace(seen, samples=PlateSamples()))
        return PlateRemoval(
            without.seen,
            gone,
            stay,
            scene,
            self.clock,
            otherwise=lambda time: without.made_up([time]),
        )


def _share(known: Plane, scene: EmptyScene, gone: Sequence[Track]) -> float:
    """Which part of the places where they are seen is not 0 in what is known of a scene."""
    places = [known[scene.cells(box)] > 0 for track in gone for box in track.boxes]
    return sum(int(place.sum()) for place in places) / max(1, sum(place.size for place in places))


def _plate(seen: Survey, clock: Clock) -> Plate:
    """The clean plate; people are cut out only where somebody stands all of the time."""
    segmenters = Segmenters()
    return seen.samples.plate(
        seen.boxes_at, lambda picture: _cut_out(picture, seen.boxes_at(picture.time), segmenters, clock)
    )


def _cut_out(picture: Picture, boxes: Sequence[Box], segmenters: Segmenters, clock: Clock) -> Plane:
    """Silhouettes, with a rim, of what is in boxes of a picture."""
    import cv2

    clock.check()
    height, width = picture.y.shape
    boxes = [box for box in boxes if box.inside(width, height).area]  # others have left the picture
    shown = [Silhouette() for _ in boxes]
    for silhouette, box in zip(shown, boxes, strict=True):
        silhouette.look(picture, box, segmenters.of(box.kind))
    reach = max((box.height for box in boxes), default=0.0)
    things = any(box.kind != "person" for box in boxes)
    mask: Plane = combined(shown, picture.y.shape)
    if things:  # whose outlines are found less well: what is enclosed belongs to them, and more of a rim
        outlines, _ = cv2.findContours(cv2.compare(mask, 0, cv2.CMP_GT), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(mask, outlines, -1, 255, cv2.FILLED)
    rim: Plane = cv2.dilate(mask, disc(5 + 2 * round(reach * (0.06 if things else 0.02))))
    return rim

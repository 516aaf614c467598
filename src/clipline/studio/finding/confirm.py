"""Makes sure of what was found: what the detector is not sure of is looked at again, closer, beside all other kinds.

A first look takes a lump on a lawn for a dog, and half of a cat for a person, in every picture of a clip alike. It
does so at one size only: what is there is found again when it fills more or less of what is looked at, and nothing else
is found in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from clipline.clock import Clock
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Picture
from clipline.studio.reading.samples import read_moments

__all__ = ["SURE", "agrees", "closer_look", "refuted"]

SURE = 0.7  # a box this sure needs no closer look
_MOMENTS = 3  # at which a track is looked at closer
_MOST = 10  # tracks are looked at closer, those that take most of the picture first
_VIEWS = (1.8, 2.5)  # of a box's longer side is what is looked at
_LIKE = {"person": 0.35}
_LIKE_THING = 0.42
_GOES_ON = 0.7  # of that is enough of what was seen so often and goes so many heights: lumps stay where they are
_OFTEN, _FAR = 5, 2.0
_RIVAL = 0.05  # by so much another kind may be likelier
_ALIKE = frozenset({"car", "truck", "bus"})  # a van is each of them
_APART = 8.0  # seconds between two moments over which nothing is decoded


#: How like its kind something looks, and how like another kind at most, 0 to 1 each.
Likeness: TypeAlias = tuple[float, float]


def closer_look(detector: Detector, picture: Picture, box: Box) -> Likeness:
    """What closer looks at a box in a picture say."""
    seen = [_seen(detector, picture, box, scale) for scale in _VIEWS]
    return _mean(seen)


def agrees(kind: str, seen: Sequence[Likeness], *, goes_on: bool = False) -> bool:
    """Whether closer looks at one thing agree, together, that it is of a kind; less is enough of what `goes_on`."""
    own, rival = _mean(seen)
    least = _LIKE.get(kind, _LIKE_THING) * (_GOES_ON if goes_on else 1.0)
    return own >= max(least, rival - _RIVAL)


def _mean(seen: Sequence[Likeness]) -> Likeness:
    own, rival = (sum(scores) / len(seen) for scores in zip(*seen, strict=True))
    return own, rival


def _seen(detector: Detector, picture: Picture, box: Box, scale: float) -> Likeness:
    side = scale * max(box.width, box.height)
    left, top = (int(middle - side / 2) // 2 * 2 for middle in box.center)
    like = detector.likeness(picture, box, (left, top, left + round(side), top + round(side)))
    kinds = _ALIKE if box.kind in _ALIKE else {box.kind}
    others = (score for kind, score in like.items() if kind not in kinds)
    return max(like.get(kind, 0.0) for kind in kinds), max(others, default=0.0)


def refuted(tracks: Sequence[Track], source: Path, detector: Detector, clock: Clock) -> list[Track]:
    """Those of the tracks that closer looks do not confirm.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    doubtful = sorted((track for track in tracks if track.score < SURE), key=lambda track: -track.weight)[:_MOST]
    asked = [(time, box, number) for number, track in enumerate(doubtful) for time, box in _surest(track)]
    seen: list[list[Likeness]] = [[] for _ in doubtful]
    for picture in _read(source, sorted({time for time, _, _ in asked}), clock):
        for time, box, number in asked:
            if time == picture.time:
                clock.check()
                seen[number].append(closer_look(detector, picture, replace(box, kind=doubtful[number].kind)))
    return [
        track
        for track, looks in zip(doubtful, seen, strict=True)
        if looks and not agrees(track.kind, looks, goes_on=len(track.times) >= _OFTEN and track.gone >= _FAR)
    ]


def _surest(track: Track) -> list[tuple[float, Box]]:
    looks = zip(track.times, track.boxes, strict=True)
    return sorted(looks, key=lambda look: -look[1].score)[:_MOMENTS]


def _read(source: Path, times: Sequence[float], clock: Clock) -> Iterable[Picture]:
    """Pictures of rising times; between those that are far apart nothing is decoded."""
    first = 0
    for number, time in enumerate(times, 1):
        if number == len(times) or times[number] - time > _APART:
            yield from read_moments(source, times[first:number], clock)
            first = number

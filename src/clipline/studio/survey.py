"""One look through a clip before it is rendered: who is where, whether the camera moves, and pictures for the plate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clipline.clock import Clock
from clipline.studio.detect import Box, Detector
from clipline.studio.motion import CameraWatch
from clipline.studio.plate import PlateSamples
from clipline.studio.samples import read_samples
from clipline.studio.track import Track, Tracker

__all__ = ["Clip", "Survey", "survey"]

_DOUBTFUL = 0.2  # boxes this unsure keep a place out of the plate, though they begin no track
_CARRIES_ON = 0.3  # boxes this unsure may carry a track on


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
    """What was seen: the people; whether the camera moves; the pictures kept; seconds between two looks."""

    size: tuple[int, int]
    tracks: Sequence[Track]
    camera_moves: bool
    samples: PlateSamples
    step: float

    def people_at(self, time: float, tracks: Sequence[Track]) -> list[tuple[int, Box]]:
        """Where people are at a time: the number in `tracks` and the box of each who is there."""
        placed = ((number, track.at(time, self.step)) for number, track in enumerate(tracks))
        return [(number, box) for number, box in placed if box is not None]


def survey(
    source: Path,
    start: float,
    end: float,
    *,
    clip: Clip,
    step: float,
    keep: bool,
    clock: Clock,
    progress: Callable[[float], None] = lambda _: None,
) -> Survey:
    """Look at a clip from `start` to `end`, all `step` seconds; `keep` pictures for a plate or not.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    size = clip.width, clip.height
    detector, tracker, camera, samples = Detector(), Tracker(), CameraWatch(), PlateSamples()
    for picture in read_samples(source, start, end, step=step, size=size, clock=clock):
        boxes = detector.find(picture, least=_DOUBTFUL)
        people = [box for box in boxes if box.score >= _CARRIES_ON]
        tracker.add(picture.time, people)
        camera.add(picture, people)
        if keep:
            samples.add(picture, boxes)
        progress(min(1.0, (picture.time - start) / max(end - start, 1e-3)))
        clock.check()
    return Survey(size, tracker.tracks(), camera.moves, samples, step)

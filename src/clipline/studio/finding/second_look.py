"""Looks again, closer, where the scene is not empty and nobody was found: what is far is small to a first look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from clipline.clock import Clock
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.track import Look
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Picture
from clipline.studio.scenes.difference import EmptyScene, disc

__all__ = ["look_again"]

_DIFFERS = 18  # levels that are surely no noise
_LEAST = 12  # coarse pixels of the smallest thing looked at
_CHANGED = 0.25  # with more of the picture different it is the light that changed
_LOOKS = 8  # closer looks for a clip
_LIKELY = 0.35
_CARRIES_ON = 0.3


def look_again(
    pictures: Sequence[Picture],
    scene: EmptyScene,
    people: Callable[[float], Sequence[Box]],
    detector: Detector,
    clock: Clock,
    *,
    kind: str = "person",
) -> list[Look]:
    """Boxes for what is neither empty nor one of a kind known of, at each time: sure ones where a closer look says so.

    The others are so unsure that they can only carry on a track: somebody comes into the picture or goes out of it.
    """
    puzzles = [
        (picture, replace(box, kind=kind))
        for picture in pictures
        for box in _unexplained(picture, scene, people(picture.time))
    ]
    found: list[Look] = [(picture.time, [box]) for picture, box in puzzles]
    looked_at: list[Box] = []
    for picture, box in puzzles:
        lying = kind == "person" and box.width > 1.5 * box.height
        if len(looked_at) == _LOOKS or lying or any(box.overlap(o) > 0.2 for o in looked_at):
            continue
        clock.check()
        looked_at.append(box)
        height, width = picture.y.shape
        side = max(1.5 * box.height, 1.5 * box.width, 48.0)
        x, y = box.center
        near = Box(x - side, y - side, x + side, y + side).window(width, height)
        seen = detector.find(picture, near, kinds=(kind,), least=_LIKELY)
        likely = [other for other in seen if _explains(other, box)]
        if likely:
            found.append((picture.time, likely))
    return found


def _unexplained(picture: Picture, scene: EmptyScene, people: Sequence[Box]) -> list[Box]:
    """What is there and no known person, the largest three."""
    import cv2

    there = cv2.compare(scene.unusual(scene.differs(picture)), _DIFFERS, cv2.CMP_GT)
    for box in people:
        there[scene.cells(box.scaled(1.5))] = 0
    if cv2.countNonZero(there) > _CHANGED * there.size:
        return []
    there = cv2.morphologyEx(there, cv2.MORPH_CLOSE, disc(5))
    count, _, stats, _ = cv2.connectedComponentsWithStats(there, connectivity=8)
    things = sorted((row for row in stats[1:count].tolist() if row[4] >= _LEAST), key=lambda row: -row[4])
    return [replace(scene.box(*row[:4]), score=_CARRIES_ON) for row in things[:3]]


def _explains(person: Box, thing: Box) -> bool:
    """Whether a person found is what was looked at."""
    shared = person.shared(thing)
    return shared > 0.4 * min(person.area, thing.area) and person.area < 12 * thing.area

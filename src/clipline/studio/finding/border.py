"""Those who come into the picture or go out of it: whole where a part of them is seen, and followed until they are out.

The detector sees nobody of whom a hand or a shoulder is in the picture, and gives a narrow box to half a person; the
networks for masks do no better. So what is known from moments in which all of them is seen is carried to the border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from clipline.clock import Clock
from clipline.studio.finding.track import Track
from clipline.studio.masks.segment import Silhouette
from clipline.studio.masks.segment_object import Segmenters
from clipline.studio.pictures.box import Box
from clipline.studio.reading.samples import read_moments

__all__ = ["begun", "through_border"]

_AT = 0.012  # of the picture's width from its border is at it
_NEAREST = 3  # whole boxes tell how wide somebody is
_SOON = 1.0  # seconds within which who is not seen at the border any more is out of the picture
_LONG = 1.6  # and who is
_FAST = 0.05  # of their width in a second is the least that counts as going
_SEEN_WHOLE = 2.5  # seconds after the beginning of a track within which somebody has come in


def through_border(track: Track, width: int) -> Track:
    """The track in a picture so wide, with whole boxes at its left and right border, and one outside where it leads."""
    whole = replace(track, boxes=_whole(track, width))
    return _carried_out(_carried_out(whole.backwards(), width).backwards(), width)


def _whole(track: Track, width: int) -> list[Box]:
    inner = [(time, box) for time, box in zip(track.times, track.boxes, strict=True) if not _is_cut(box, width)]
    if not inner:
        return list(track.boxes)
    return [
        _widened(box, [one for _, one in sorted(inner, key=lambda look: abs(look[0] - time))[:_NEAREST]], width)
        for time, box in zip(track.times, track.boxes, strict=True)
    ]


def _is_cut(box: Box, width: int) -> bool:
    return box.left < _AT * width or box.right > (1 - _AT) * width


def _widened(box: Box, near: Sequence[Box], width: int) -> Box:
    """A box at one border made as wide as those near it are."""
    full = median(one.width for one in near)
    if not _is_cut(box, width) or box.width >= full:
        return box
    top, bottom = min(box.top, near[0].top), max(box.bottom, near[0].bottom)
    if box.left < _AT * width:
        return replace(box, left=box.right - full, top=top, bottom=bottom)
    return replace(box, right=box.left + full, top=top, bottom=bottom)


def _carried_out(track: Track, width: int) -> Track:
    """The track with a last box outside the picture, where it goes there soon."""
    last, ends = track.boxes[-1], track.times[-1]
    number = max(0, len(track.times) - _NEAREST)
    passed = abs(ends - track.times[number])
    if not passed:
        return track
    across, down = ((now - then) / passed for now, then in zip(last.center, track.boxes[number].center, strict=True))
    left = last.right / -across if across < 0 else (width - last.left) / across if across > 0 else _LONG + 1
    if abs(across) < _FAST * last.width or not 0 < left <= (_LONG if _is_cut(last, width) else _SOON):
        return track
    time = ends + (left if ends > track.times[0] else -left)
    boxes = [*track.boxes, last.moved(across * left, down * left)]
    return replace(track, times=[*track.times, time], boxes=boxes)


def begun(source: Path, people: Sequence[Track], size: tuple[int, int], clock: Clock) -> list[Silhouette]:
    """A silhouette of each, with the mask of when they were whole first if they come in at the border.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    silhouettes, segmenters = [Silhouette() for _ in people], Segmenters()
    asked = {number: look for number, track in enumerate(people) if (look := _first_whole(track, size[0]))}
    for picture in read_moments(source, sorted({time for time, _ in asked.values()}), clock):
        for number, (time, box) in asked.items():
            if time == picture.time:
                silhouettes[number].look(picture, box, segmenters.of(people[number].kind))
                silhouettes[number].go_to(people[number].boxes[0])
    return silhouettes


def _first_whole(track: Track, width: int) -> tuple[float, Box] | None:
    """When and where all of somebody is seen first, if they came in at the border shortly before."""
    if not _is_cut(track.boxes[0], width):
        return None
    looks = zip(track.times, track.boxes, strict=True)
    time, box = next((look for look in looks if not _is_cut(look[1], width)), (0.0, None))
    return (time, box) if box and time - track.times[0] <= _SEEN_WHOLE else None

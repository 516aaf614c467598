"""Where a crop looks that keeps its subject in the frame: a path like that of a calm camera operator's hands.

All of the path is known before the first picture. Round the subject's middle lies a dead zone, in which nothing moves;
the window is pushed by its edge, as far as it must be and no further. That path is averaged over a second or so. The
average never leaves the dead zone, since before it is taken, at each moment only those places are allowed that are so
during all of the time that is averaged; the faster the subject turns, the shorter that time is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

from clipline.clock import Clock
from clipline.studio.finding.detect import Detector
from clipline.studio.finding.in_words import counted
from clipline.studio.finding.place import follow_place, unknown_place
from clipline.studio.finding.remarks import remarks
from clipline.studio.finding.row import foreground
from clipline.studio.finding.survey import Survey, last_moment, survey
from clipline.studio.finding.track import Track
from clipline.studio.finding.which import chosen, kind_of, kinds_of
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.geometry import Cut, Follow, Frame, Scale
from clipline.studio.pictures.picture import Finding, PictureOperation
from clipline.studio.rendering.shots import Shot
from clipline.timeline import Who, at_moments
from clipline.values import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["aim", "window_path"]

#: The left upper corner of a window at a time.
_Path: TypeAlias = Callable[[float], tuple[float, float]]

_LOOK = 0.3  # seconds between two looks for the subject
_GRID = 0.04  # seconds between two points of the path
_SAME = 1e-3  # seconds between two readings of the time of one frame
_MARGIN = 0.05  # of the window's side is left free around the subject where there is room
_DEAD = 0.1  # of the window's side is how far the subject may be off the middle
_LEAST = 0.02  # and at least may, so that the window does not shake with what is seen of the subject
_AVERAGED = (
    0.9,
    0.6,
    0.4,
    0.25,
    0.15,
)  # seconds to either side over which the path is averaged: the first that will do
_MOSTLY = 0.95  # of the time a group must fit into the window to be kept as a group


def aim(shots: Sequence[Shot], steps: Sequence[Sequence[PictureOperation]], clock: Clock) -> list[Finding]:
    """Aim the crops among the steps of shots of one file that follow somebody, after a look through these shots.

    Raises:
        InputError: the file cannot be read.
        Refused: there are several, and not the one that is meant.
        Cancelled, TimedOut: by the clock.
    """
    findings = []
    for number, follow in enumerate(steps[0]):
        if isinstance(follow, Follow):
            findings += _aimed(shots, steps, number, follow.keep, clock)
    return findings


def _aimed(
    shots: Sequence[Shot], steps: Sequence[Sequence[PictureOperation]], number: int, who: Who, clock: Clock
) -> list[Finding]:
    """Aim the crop that is the step of this number in each of the shots."""
    source, kind = shots[0].source, kind_of(who)
    last = last_moment([(shot.start, shot.end) for shot in shots], source.info)
    who = at_moments(who, shots[0].start, last)
    seen, said = _seen(shots, who, clock)
    if not seen.tracks:
        what = f"no {kind or 'object'} was found in {source.path.name} to follow"
        return [Finding("WARN", f"{what}; the middle of it is kept")]
    wanted = seen.tracks if said else chosen(seen.tracks, who, seen.size, shots[0].start)
    alone: Track | None = None
    for shot, changes in zip(shots, steps, strict=True):
        follow, starts = changes[number], [shot.start, *(cut for cut in seen.cuts if shot.start < cut < shot.end)]
        assert isinstance(follow, Follow)
        carried, paths = _Carried(changes[:number], source.size), []
        for start, end in pairwise((*starts, shot.end)):
            times, there = _times(start, end), [track for track in wanted if track.is_in_shot(start)]
            kept = _together(there, times, seen.margin, carried)
            if not _fits(kept, follow) and (first := foreground(there, seen.size)):
                alone, kept = alone or first, _together([first], times, seen.margin, carried)
            paths.append(window_path(times, kept, follow.room, follow.size))
        follow.path = _one_after_another(starts, paths)
    return [*said] if said else _told(wanted, alone, who, seen)


def _told(wanted: Sequence[Track], first: Track | None, who: Who, seen: Survey) -> list[Finding]:
    """Whom the crop follows: those who are wanted, or the first of them where there is no room for all."""
    if first is None or len(wanted) < 2:
        return remarks(wanted, seen.tracks, who, seen.size)
    time, box = first.sights(seen.size)[0]
    one = f"the one in the foreground, first at {' '.join(f'{value:.0f}' for value in box.center)} at {time:.3g}s"
    return [Finding("INFO", f"there is no room in the crop for {counted(wanted)}: it follows {one}")]


def _seen(shots: Sequence[Shot], who: Who, clock: Clock) -> tuple[Survey, Sequence[Finding]]:
    """A look through the shots; what is said of it where it is for a place at which nothing known is found."""
    source, spans, detector = shots[0].source, [(shot.start, shot.end) for shot in shots], Detector()
    if box := unknown_place(source.path, who, source.info, spans[0][0], detector=detector, clock=clock):
        followed = follow_place(
            source.path,
            spans,
            who,
            box,
            source.info,
            detector=detector,
            strict=False,
            clock=clock,
            progress=lambda _: None,
        )
        return followed.survey, followed.findings
    seen = survey(
        source.path,
        spans,
        clip=source.info,
        step=_LOOK,
        keep=False,
        kinds=kinds_of([who]),
        detector=detector,
        clock=clock,
        progress=lambda _: None,
    )
    return seen, ()


def _times(start: float, end: float) -> list[float]:
    count = max(2, round((end - start) / _GRID) + 1)
    return [start + (end - start) * number / (count - 1) for number in range(count)]


def _one_after_another(starts: Sequence[float], paths: Sequence[_Path]) -> _Path:
    """The path that is each of these from its start on: at a cut the window jumps."""

    def corner(time: float) -> tuple[float, float]:
        return paths[max(0, bisect_right(starts, time + _SAME) - 1)](time)

    return corner


@dataclass(frozen=True, slots=True)
class _Carried:
    """Brings boxes of the source to where they are after some steps."""

    steps: Sequence[PictureOperation]
    size: Size

    def __call__(self, box: Box, time: float) -> Box:
        size = self.size
        for step in self.steps:
            match step:
                case Scale(size=after):
                    across, down = after.width / size.width, after.height / size.height
                    box = Box(box.left * across, box.top * down, box.right * across, box.bottom * down, box.score)
                    size = after
                case Cut(size=after, x=x, y=y):
                    box, size = box.moved(-x, -y), after
                case Frame(size=after, x=x, y=y):
                    box, size = box.moved(x, y), after
                case Follow(size=after):
                    left, top = step.corner(time)
                    box, size = box.moved(-left, -top), after
                case _:
                    pass
        return box


def _together(
    tracks: Sequence[Track], times: Sequence[float], margin: float, carried: Callable[[Box, float], Box]
) -> list[Box | None]:
    """The smallest box that holds all who are there, at each time."""
    found: list[Box | None] = []
    for time in times:
        boxes = [box for track in tracks if (box := track.at(time, margin)) is not None]
        found.append(carried(reduce(Box.joined, boxes), time) if boxes else None)
    return found


def _fits(boxes: Sequence[Box | None], follow: Follow) -> bool:
    """Whether a group has room in the window, nearly always, on the ways that it moves."""
    there = [box for box in boxes if box is not None]
    across = follow.size.width * (1 - 2 * _MARGIN) if follow.size.width < follow.room.width else inf
    down = follow.size.height * (1 - 2 * _MARGIN) if follow.size.height < follow.room.height else inf
    return sum(box.width <= across and box.height <= down for box in there) >= _MOSTLY * len(there)


# --- the path --------------------------------------------------------------------------------------------------------


def window_path(times: Sequence[float], wanted: Sequence[Box | None], room: Size, window: Size) -> _Path:
    """Where the left upper corner of a window is at a time, in pixels of a picture as large as `room`.

    `wanted` is what is to be in it at each of the `times`, which are evenly apart; None where nothing is.
    """
    import numpy as np

    # Of whom there is more than room for, the middle is kept from side to side, and the head where they stand.
    wide, high = (side * (1 - 2 * _MARGIN) for side in (window.width, window.height))

    def from_side_to_side(box: Box) -> tuple[float, float]:
        more = max(0.0, box.width - wide) / 2
        return box.left + more, box.right - more

    across = _along(wanted, from_side_to_side, room.width, window.width, times)
    down = _along(wanted, lambda box: (box.top, min(box.bottom, box.top + high)), room.height, window.height, times)

    def corner(time: float) -> tuple[float, float]:
        return float(np.interp(time, times, across)), float(np.interp(time, times, down))

    return corner


def _along(
    wanted: Sequence[Box | None],
    sides: Callable[[Box], tuple[float, float]],
    room: int,
    window: int,
    times: Sequence[float],
) -> Floats:
    """The path along one axis: the smoothest that has what is wanted in the window."""
    import numpy as np

    if room <= window:
        return np.zeros(len(times))
    lowest, highest = _allowed([None if box is None else sides(box) for box in wanted], room, window)
    edges = [(at, *sides(box)) for at, box in enumerate(wanted) if box is not None]
    path: Floats = np.zeros(len(times))
    for seconds in _AVERAGED:
        reach = max(3, round(seconds * (len(times) - 1) / max(times[-1] - times[0], _GRID)))
        path = _smooth(_pushed(*_held(lowest, highest, reach)), reach)
        if all(
            path[at] <= max(first, 0) + 1 and path[at] + window >= min(last, room) - 1
            for at, first, last in edges
            if last - first <= window
        ):
            break
    return path


def _allowed(edges: Sequence[tuple[float, float] | None], room: int, window: int) -> tuple[Floats, Floats]:
    """The least and the largest place of the window at each time, for which what is wanted is in its dead zone."""
    import numpy as np

    lowest, highest = np.zeros(len(edges)), np.full(len(edges), float(room - window))
    for at, edge in enumerate(edges):
        if edge is not None:
            spare = (window * (1 - 2 * _MARGIN) - (edge[1] - edge[0])) / 2
            play = max(min(_DEAD * window, spare), _LEAST * window)
            middle = (edge[0] + edge[1] - window) / 2
            lowest[at], highest[at] = middle - play, middle + play
    # Even numbers where nothing moves: then the pixels stay as they are.
    return np.clip(np.ceil(lowest / 2) * 2, 0, room - window), np.clip(np.floor(highest / 2) * 2, 0, room - window)


def _held(lowest: Floats, highest: Floats, reach: int) -> tuple[Floats, Floats]:
    """What is allowed during all of `reach` points to either side; the middle between the ends where nothing is."""
    import cv2
    import numpy as np

    # Filters of OpenCV are fast at any reach; outside the ends there is what is at the ends.
    kernel = np.ones((1, 2 * reach + 1), np.uint8)
    low: Any = cv2.dilate(lowest[None], kernel, borderType=cv2.BORDER_REPLICATE)[0]
    high: Any = cv2.erode(highest[None], kernel, borderType=cv2.BORDER_REPLICATE)[0]
    middle = (low + high) / 2
    crossed = low > high
    return np.where(crossed, middle, low), np.where(crossed, middle, high)


def _pushed(lowest: Floats, highest: Floats) -> Floats:
    """A path that moves only as far as it is pushed, from the middle of what is allowed first on."""
    import numpy as np

    path = np.empty_like(lowest)
    narrow = int(np.argmin(highest - lowest))
    begin = float((lowest[narrow] + highest[narrow]) / 2)
    here = round(begin / 2) * 2.0
    for at, (low, high) in enumerate(zip(lowest.tolist(), highest.tolist(), strict=True)):
        here = min(max(here, low), high)
        path[at] = here
    return path


def _smooth(path: Floats, reach: int) -> Floats:
    """The path averaged three times, so that its speed and its acceleration have no steps."""
    import cv2

    side = 2 * (reach // 3) + 1
    smoothed: Any = path[None]
    for _ in range(3):
        smoothed = cv2.blur(smoothed, (side, 1), borderType=cv2.BORDER_REPLICATE)
    result: Floats = smoothed[0]
    return result

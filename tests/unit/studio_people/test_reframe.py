"""A crop that follows its subject: it stays in the frame, and the window moves calmly or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.clock import Clock
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.geometry import Cut, Follow
from clipline.studio.pictures.picture import Picture
from clipline.studio.rendering.reframe import window_path
from clipline.studio.rendering.render import RenderSpec, render
from clipline.timeline import Crop, Operation, Resize, Segment, Timeline, Track, apply
from clipline.values import Size
from metrics import frames
from people_clips import Placed, scene, silhouettes

ROOM, WINDOW = Size(1280, 720), Size(404, 720)
TIMES = [number / 25 for number in range(500)]


def path_of(middle: Callable[[float], float | None], width: float = 150.0) -> NDArray[np.float64]:
    """Where the window is at each time, of a subject so wide whose middle is there."""
    places = [middle(time) for time in TIMES]
    boxes = [None if x is None else Box(x - width / 2, 200, x + width / 2, 700) for x in places]
    corner = window_path(TIMES, boxes, ROOM, WINDOW)
    return np.array([corner(time)[0] for time in TIMES])


@pytest.mark.parametrize(
    ("middle", "most"),  # the most acceleration, in widths of the window a second squared
    [
        (lambda time: 100 + 50 * time, 0.18),
        (lambda time: 640 + 450 * math.sin(time / 2), 0.7),
        (lambda time: 640 + 300 * math.sin(time * 1.5) + 5 * math.sin(time * 40), 2.5),
        (lambda time: 200 if time < 8 else min(1100, 200 + 450 * (time - 8)), 2.0),
    ],
    ids=["walks", "to and fro", "quickly, seen shakily", "runs off"],
)
def test_the_subject_stays_in_the_window_and_the_window_moves_smoothly(
    middle: Callable[[float], float], most: float
) -> None:
    path = path_of(middle)
    for time, left in zip(TIMES, path, strict=True):
        assert left <= middle(time) - 75 + 1
        assert middle(time) + 75 - 1 <= left + WINDOW.width
    assert path.min() >= 0
    assert path.max() <= ROOM.width - WINDOW.width
    speed = np.diff(path) * 25
    assert np.abs(speed).max() < 1.2 * WINDOW.width  # a second
    assert np.abs(np.diff(speed) * 25).max() < most * WINDOW.width
    # Nothing shakes: the direction changes no more often than the subject turns.
    turns = np.count_nonzero(np.diff(np.sign(speed[np.abs(speed) > 2])))
    assert turns <= 12


def test_while_the_subject_stays_about_where_it_is_nothing_moves_and_no_pixel_is_between_two() -> None:
    path = path_of(lambda time: 500 + 25 * math.sin(time * 3))
    assert set(path) == {path[0]}
    assert path[0] % 2 == 0


def test_of_somebody_wider_than_the_window_the_middle_is_seen_and_of_somebody_higher_the_head() -> None:
    wide = [Box(300.0, 0.0, 300.0 + 2 * WINDOW.width, 500.0)] * len(TIMES)
    left, _ = window_path(TIMES, wide, ROOM, WINDOW)(5.0)
    assert abs(left + WINDOW.width / 2 - wide[0].center[0]) < 0.05 * WINDOW.width
    size = Size(400, 200)
    high = [Box(300.0, 100.0, 400.0, 700.0)] * len(TIMES)
    _, top = window_path(TIMES, high, ROOM, size)(5.0)
    assert top <= 100 < top + 0.2 * size.height


def test_a_window_waits_where_it_is_while_nobody_is_there() -> None:
    path = path_of(lambda time: 900 if time < 5 else None)
    assert set(path) == {path[0]}


def test_a_moving_window_gives_the_picture_between_two_pixels() -> None:
    ramp = np.tile(np.arange(0, 128, dtype=np.uint8) * 2, (32, 1))
    half = np.ascontiguousarray(ramp[::2, ::2])

    def window(x: float) -> Picture:
        follow = Follow(Size(128, 32), Size(64, 32), "person", lambda _time: (x, 0.0))
        return follow.process(Picture(ramp.copy(), half.copy(), half.copy(), 0.0, 0))

    assert window(20.5).y.mean() - window(20.0).y.mean() == pytest.approx(1.0, abs=0.1)
    assert window(21.0).u.mean() - window(20.0).u.mean() == pytest.approx(2.0, abs=0.2)
    cut = Cut(Size(64, 32), 20, 0).process(Picture(ramp.copy(), half.copy(), half.copy(), 0.0, 0))
    assert (window(20.0).y == cut.y).all()


def test_the_person_is_in_every_frame_of_a_clip_cropped_upright(tmp_path: Path) -> None:
    """Composited, so that it is known where: by the silhouette, and by looking for the same pixels in the result."""
    size = 320, 180
    walker = Placed(lambda number: 20 + 5 * number, 70, 90)
    clip = scene(tmp_path / "clip.mp4", [walker], size=size, count=40)
    timeline = Timeline((Track("video", (Segment("clip", 2.0, str(clip)),)),))
    operations: tuple[Operation, ...] = (Resize(Size(640, 360)), Crop("9:16", keep="person"))
    for operation in operations:
        timeline = apply(timeline, operation)
    done = render(timeline, tmp_path / "out", RenderSpec(), clock=Clock(), progress=lambda _: None)
    assert done.findings == ()
    places = []
    for number, (whole, part) in enumerate(zip(frames(clip), frames(tmp_path / "out"), strict=True)):
        big = cv2.resize(whole, (640, 360), interpolation=cv2.INTER_CUBIC)
        score = cv2.matchTemplate(big, np.ascontiguousarray(part[:, :200]), cv2.TM_SQDIFF_NORMED)
        left = int(np.argmin(score[0]))
        columns = np.flatnonzero(silhouettes([walker], number, size).any(axis=0)) * 2
        assert left <= columns[0]
        assert columns[-1] + 1 <= left + part.shape[1]
        places.append(left)
    assert places[-1] - places[0] > 150


def test_where_nobody_is_the_middle_stays_and_that_is_said(tmp_path: Path) -> None:
    clip = scene(tmp_path / "nobody.mp4", [], size=(640, 360), count=6)
    timeline = apply(Timeline((Track("video", (Segment("clip", 0.3, str(clip)),)),)), Crop("9:16", keep="person"))
    done = render(timeline, tmp_path / "out", RenderSpec(), clock=Clock(), progress=lambda _: None)
    assert [finding.text for finding in done.findings] == [
        "no person was found in nobody.mp4 to follow; the middle of it is kept"
    ]
    middle = apply(Timeline((Track("video", (Segment("clip", 0.3, str(clip)),)),)), Crop("9:16"))
    render(middle, tmp_path / "middle", RenderSpec(), clock=Clock(), progress=lambda _: None)
    # x264 does not always repeat itself to the bit; another part of the picture would differ by far more.
    assert cv2.absdiff(next(frames(tmp_path / "out")), next(frames(tmp_path / "middle"))).mean() < 0.5

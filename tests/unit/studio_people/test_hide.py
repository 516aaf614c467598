"""Boxes that hide people: round where they end in the picture, whole at its border."""

from __future__ import annotations

import numpy as np
import pytest

from clipline.clock import Clock
from clipline.studio.edits.changes import colored, pixelated
from clipline.studio.edits.hide import HiddenBoxes
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import ColorSpace, Picture
from clipline.studio.scenes.plate import PlateSamples
from clipline.values import Color


@pytest.mark.parametrize("soft", [True, False])
def test_a_box_is_round_in_the_picture_and_whole_where_it_goes_out_of_it(*, soft: bool) -> None:
    track = Track([0.0], [Box(60, 40, 140, 119)])
    seen = Survey((200, 120), 0.5, [], [track], [], camera_moves=False, stretches=[], samples=PlateSamples())
    planes = (np.full(shape, 200, np.uint8) for shape in ((120, 200), (60, 100), (60, 100)))
    hidden = HiddenBoxes(seen, [track], colored(Color(0, 0, 0), ColorSpace()), Clock(), soft=soft)
    luma = hidden.process(Picture(*planes, 0.0, 0)).y
    rows, columns = np.nonzero(luma < 60)
    left, right, top = columns.min(), columns.max(), rows.min()
    assert top > 20
    assert (luma[119, left + 1 : right] < 60).all()  # to the corners, at the border of the picture
    assert luma[top, left] > 150  # round, in it
    assert luma[top, right] > 150
    assert ((luma > 60) & (luma < 150)).any() == soft


@pytest.mark.parametrize(
    ("size", "before", "after", "square"),
    [
        pytest.param(10, Box(51, 30, 151, 130), Box(64, 41, 172, 149), 10, id="as asked"),
        pytest.param(10, Box(20, 10, 270, 260), Box(43, 21, 303, 281), 32, id="larger where much is hidden"),
    ],
)
def test_squares_stay_where_they_are_while_who_is_hidden_moves(size: int, before: Box, after: Box, square: int) -> None:
    moving = Track([0.0, 1.0], [before, after])
    seen = Survey((360, 300), 0.5, [], [moving], [], camera_moves=False, stretches=[], samples=PlateSamples())
    hidden = HiddenBoxes(seen, [moving], pixelated(size), Clock())
    noise = np.random.default_rng(0)
    for number, time in enumerate((0.0, 0.3, 0.55, 1.0)):
        planes = (noise.integers(0, 256, shape, np.uint8) for shape in ((300, 360), (150, 180), (150, 180)))
        luma = hidden.process(Picture(*planes, time, number)).y[70:121, 80:141].astype(int)
        for axis, start, end in ((1, 80, 141), (0, 70, 121)):
            edges = start + 1 + np.flatnonzero(np.diff(luma, axis=axis).any(axis=1 - axis))
            assert [*edges] == [at for at in range(start + 1, end) if at % square == 0], time

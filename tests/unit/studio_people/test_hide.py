"""Boxes that hide people: round where they end in the picture, whole at its border."""

from __future__ import annotations

import numpy as np

from clipline.clock import Clock
from clipline.studio.edits.hide import HiddenBoxes, colored
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import ColorSpace, Picture
from clipline.studio.scenes.plate import PlateSamples
from clipline.values import Color


def test_a_box_is_round_in_the_picture_and_whole_where_it_goes_out_of_it() -> None:
    track = Track([0.0], [Box(60, 40, 140, 119)])
    seen = Survey((200, 120), 0.5, [], [track], [], camera_moves=False, stretches=[], samples=PlateSamples())
    planes = (np.full(shape, 200, np.uint8) for shape in ((120, 200), (60, 100), (60, 100)))
    hidden = HiddenBoxes(seen, [track], colored(Color(0, 0, 0), ColorSpace()), Clock())
    luma = hidden.process(Picture(*planes, 0.0, 0)).y
    rows, columns = np.nonzero(luma < 60)
    left, right, top = columns.min(), columns.max(), rows.min()
    assert top > 20
    assert (luma[119, left + 1 : right] < 60).all()  # to the corners, at the border of the picture
    assert luma[top, left] > 150  # round, in it
    assert luma[top, right] > 150

"""Somebody is taken out before what moves by itself: it goes on to move beside them, and what is shown is said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from clipline.errors import Refused
from clipline.timeline import Remove
from filmed_clips import Film
from metrics import frames
from restless_clips import film_water
from studio_clips import rendered

WATER = 130  # lines of the picture above which there is none


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film_water(tmp_path_factory.mktemp("water") / "water.mp4")


def test_water_beside_somebody_who_is_taken_out_goes_on_to_move(water: Film, tmp_path: Path) -> None:
    result = rendered(water.path, tmp_path / "gone.mp4", Remove("person"))
    stood, contrasts = [], []
    for number, (image, source) in enumerate(zip(frames(tmp_path / "gone.mp4"), frames(water.path), strict=True)):
        person = water.people(number)
        beside = ~cv2.dilate(person.astype(np.uint8), np.ones((49, 49), np.uint8)).astype(np.bool_)
        beside[:WATER] = False
        stood.append((np.abs(image.astype(np.int16) - source)[beside].max(axis=1) > 20).mean())
        inside = person.copy()
        inside[:WATER] = False
        if np.count_nonzero(inside) > 5000:
            assert image[inside][:, 2].mean() < 110, f"orange at {number}"
            contrasts.append(image[inside].std() / water.clean[number][inside].std())
    assert max(stood) < 0.1
    assert min(contrasts) > 0.82  # it is as sharp as the rest, and no mean of many moments
    (said,) = [finding.text for finding in result.findings if finding.level == "WARN"]
    assert "moves by itself, like water or leaves; it stands still there, off by some 2" in said


def test_strict_quality_refuses_what_moves_by_itself(water: Film, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="moves by itself") as caught:
        rendered(water.path, tmp_path / "gone.mp4", Remove("person"), strict=True)
    assert caught.value.code == "quality"

"""Who stays and who goes, where they stand and walk before one another."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from clipline.studio.masks.apart import share
from clipline.studio.masks.specks import without_strays
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Picture
from clipline.timeline import Isolate, Operation, Remove, Subject, Trim
from clipline.values import Color
from crowd_clips import Passer, crowd, film_crowd, scenery
from metrics import Image, Mask, frames, iou, kept_mask
from people_clips import SAMPLES
from studio_clips import rendered

COATS = (1.0, 1.0, 1.0), (0.6, 0.8, 1.5)
LEFT = Subject("person", "left", at=0.1)
TELLS = 30  # levels by which the source differs from the empty scene where it can be told which of them is shown


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[Mask]]]:
    """Two come together and stand side by side, the right one partly behind the left one."""

    def way(time: float, side: int) -> tuple[float, float]:
        return 300 + side * (20 + 60 * max(0.0, 0.9 - time)), 310 - 4 * side

    people = [
        Passer(lambda time, side=side: way(time, side), 200, coat, flipped=side > 0)  # type: ignore[misc]
        for side, coat in zip((1, -1), COATS, strict=True)
    ]
    path = tmp_path_factory.mktemp("pair") / "pair.mp4"
    return path, film_crowd(path, people, 1, seconds=2.0)


def shown(image: Image, source: Image, where: Mask, seed: int = 1) -> float:
    """How much of somebody is to be seen, of what differs from the empty scene."""
    empty = scenery(seed)
    tells = where & (np.abs(source.astype(np.int16) - empty).max(axis=2) > TELLS)
    nearer = apart(image, source) < apart(image, empty)
    return float(nearer[tells].mean())


def apart(one: Image, other: Image) -> np.ndarray:
    return np.abs(one.astype(np.int16) - other).sum(axis=2)


@pytest.mark.parametrize("who", [LEFT, Subject("person", other_than=LEFT)], ids=["one", "everyone else"])
def test_who_is_removed_is_gone_and_who_stands_close_to_them_stays(
    pair: tuple[Path, list[list[Mask]]], who: Subject, tmp_path: Path
) -> None:
    clip, truth = pair
    findings = rendered(clip, tmp_path / "gone.mp4", Remove(who)).findings
    assert not [finding for finding in findings if "before or behind" in finding.text]
    gone, stays = [], []
    for number, (image, source) in enumerate(zip(frames(tmp_path / "gone.mp4"), frames(clip), strict=True)):
        right, left = truth[number]
        removed, kept = (left, right) if who is LEFT else (right, left)
        gone.append(1 - shown(image, source, removed))
        stays.append(shown(image, source, kept))
    assert np.mean(gone) > 0.95
    assert min(gone) > 0.88
    assert np.mean(stays) > 0.88


def test_who_is_cut_out_does_not_take_anybody_along(pair: tuple[Path, list[list[Mask]]], tmp_path: Path) -> None:
    clip, truth = pair
    rendered(clip, tmp_path / "alone.mp4", Isolate(LEFT, Color(0, 255, 0)))
    cut = [kept_mask(image, (0, 255, 0)) for image in frames(tmp_path / "alone.mp4")]
    assert np.mean([iou(mask, left) for mask, (_, left) in zip(cut, truth, strict=True)]) > 0.8
    assert max(np.mean(mask[right]) for mask, (right, _) in zip(cut, truth, strict=True)) < 0.2


def test_who_is_half_hidden_by_a_sign_stays_whole(tmp_path: Path) -> None:
    clip = SAMPLES / "walkers.mp4"
    first = Subject("person", "left", at=1.0)
    operations: list[Operation] = [Trim(0.0, 6.6), Remove(Subject("person", other_than=first))]
    rendered(clip, tmp_path / "alone.mp4", *operations)
    image, source = list(frames(tmp_path / "alone.mp4"))[60], list(frames(clip))[60]
    legs, neighbor = (slice(238, 258), slice(404, 420)), (slice(190, 255), slice(376, 392))
    assert apart(image, source)[legs].mean() < 60
    assert apart(image, source)[neighbor].mean() > 100


def test_a_warning_says_when_it_cannot_be_told_who_is_where(tmp_path: Path) -> None:
    stands = Passer(lambda _time: (320.0, 300.0), 200, COATS[0])
    passes = Passer(lambda time: (320 + 130 * (time - 1.5), 310.0), 200, COATS[1])
    film_crowd(tmp_path / "pass.mp4", [stands, passes], 1, seconds=3.0)
    findings = rendered(tmp_path / "pass.mp4", tmp_path / "one.mp4", Remove(LEFT)).findings
    (said,) = (finding for finding in findings if "before or behind" in finding.text)
    start, end = (float(time) for time in re.findall(r"([\d.]+)s", said.text))
    assert said.level == "WARN"
    assert 0.9 < start < 1.5 < end < 2.1


def test_who_stands_all_the_time_is_gone_whole_though_somebody_hid_half_of_them_once(tmp_path: Path) -> None:
    people = crowd("past", 3)
    truth = film_crowd(tmp_path / "past.mp4", people, 3)
    rendered(tmp_path / "past.mp4", tmp_path / "gone.mp4", Remove(Subject("person", "left", at=1.0)))
    image, source = (next(frames(tmp_path / name)) for name in ("gone.mp4", "past.mp4"))
    stands = max(range(3), key=lambda number: int(truth[0][number].sum()))
    assert shown(image, source, truth[0][stands], 3) < 0.2


BLANK = Picture(
    np.full((100, 200), 128, np.uint8), np.full((50, 100), 128, np.uint8), np.full((50, 100), 128, np.uint8), 0, 0
)
WHOLE = Box(0, 0, 200, 100)


def area(own: Box, others: list[Box], favor: float = 0.0) -> float:
    return float(share(BLANK, own, others, WHOLE, 100, favor=favor).mean())


def test_each_place_belongs_to_one() -> None:
    one, other = Box(40, 10, 80, 90), Box(65, 10, 105, 90)
    both = share(BLANK, one, [other], WHOLE, 100) + share(BLANK, other, [one], WHOLE, 100)
    assert both.max() <= 1.01
    assert both[50, 20:52].min() > 0.98
    assert not both[50, 70:].any()


def test_the_one_whose_feet_are_lower_is_in_front() -> None:
    one, behind = Box(40, 10, 80, 95), Box(65, 5, 105, 80)
    assert area(one, [behind]) > 1.02 * area(one, [behind.moved(0, 15)])


def test_where_it_is_not_clear_the_favored_one_is_whole() -> None:
    one, other = Box(40, 10, 80, 90), Box(65, 10, 105, 90)
    assert area(one, [other], 0.3) < area(one, [other]) < area(one, [other], -0.3)
    near = Box(44, 10, 84, 90)
    assert area(one, [near], 0.3) < 0.4 * area(one, [near], -0.3)


def test_colors_tell_apart_who_overlap() -> None:
    luma = np.full((100, 200), 60, np.uint8)
    luma[:, 60:] = 200
    picture = Picture(luma, BLANK.u, BLANK.v, 0, 0)
    dark, bright = ((level,) * 8 + (128.0,) * 16 for level in (60.0, 200.0))
    one, other = Box(40, 10, 80, 90, colors=dark), Box(50, 10, 90, 90, colors=bright)
    own = share(picture, one, [other], WHOLE, 100)
    assert own[50, 25:29].min() > 0.9
    assert own[50, 31:].max() < 0.1


def test_small_pieces_and_threads_of_a_mask_go_where_others_are_and_nowhere_else() -> None:
    mask, others = np.zeros((2, 256, 256), np.uint8)
    mask[40:220, 100:160] = 255
    mask[60:80, 20:40] = mask[60:80, 220:240] = mask[120:122, 160:200] = 255
    others[:, 170:] = 255
    whole = without_strays(mask.copy(), others)
    assert (whole[40:220, 100:160] == 255).all()
    assert (whole[60:80, 20:40] == 255).all()
    assert not whole[:, 180:].any()

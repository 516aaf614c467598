"""A clip that is cut: nobody is followed over a cut, who is meant is told for each shot, and a crop jumps with it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from clipline.errors import Refused
from clipline.studio.edits.by_shot import ByShot
from clipline.studio.finding.gaps import without_anybody
from clipline.studio.finding.remarks import remarks
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import Track
from clipline.studio.finding.which import chosen
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Finding, Picture
from clipline.studio.scenes.plate import PlateSamples
from clipline.timeline import Crop, Pixelate, Subject
from filmed_clips import Film, film, joined
from metrics import frames
from studio_clips import rendered

SIZE = 640, 360
CUT = 30


@pytest.fixture(scope="module")
def cut_clip(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Somebody stands at the left for 30 frames; then somebody else elsewhere, before something else."""
    folder = tmp_path_factory.mktemp("cut")
    left, right = (
        film(folder / f"{seed}.mp4", "still", seed, count=CUT, who="portrait", pace=0.0, background=name)
        for seed, name in ((0, "brick"), (1, "yard"))
    )
    flipped = folder / "flipped.mp4"
    return joined(flipped, [_moved(left, folder / "left.mp4", -180), _moved(right, folder / "right.mp4", 180)])


def _moved(made: Film, path: Path, pixels: int) -> Film:
    """The film with all of its picture so much further right."""
    from media_maker import make_clip

    shown = [np.roll(image, pixels, axis=1) for image in frames(made.path)]
    make_clip(
        path,
        size=SIZE,
        seconds=len(shown) / 25,
        pattern=lambda number, _: np.ascontiguousarray(shown[number][..., ::-1]),
    )
    alpha, clean, color = ([np.roll(each, pixels, axis=1) for each in x] for x in (made.alpha, made.clean, made.color))
    return Film(path, clean, alpha, color, made.feet)


def test_who_is_hidden_is_so_to_the_cut_and_nowhere_beyond_it(cut_clip: Film, tmp_path: Path) -> None:
    rendered(cut_clip.path, tmp_path / "out.mp4", Pixelate("person"))
    for number, (before, after) in enumerate(zip(frames(cut_clip.path), frames(tmp_path / "out.mp4"), strict=True)):
        person = cut_clip.people(number)
        changed = cv2.absdiff(before, after).max(axis=2)
        columns = np.flatnonzero(person.any(axis=0))
        elsewhere = np.ones(SIZE[0], bool)
        elsewhere[max(0, columns[0] - 90) : columns[-1] + 90] = False
        assert changed[person].mean() > 12, number
        assert changed[:, elsewhere].mean() < 6, number


def test_a_crop_jumps_with_the_cut(cut_clip: Film, tmp_path: Path) -> None:
    rendered(cut_clip.path, tmp_path / "out.mp4", Crop("9:16", keep="person"))
    lefts = []
    for number, (whole, part) in enumerate(zip(frames(cut_clip.path), frames(tmp_path / "out.mp4"), strict=True)):
        lefts.append(int(cv2.minMaxLoc(cv2.matchTemplate(whole, part, cv2.TM_SQDIFF_NORMED))[2][0]))
        columns = np.flatnonzero(cut_clip.people(number).any(axis=0))
        middle = (columns[0] + columns[-1]) / 2
        assert abs(lefts[-1] + part.shape[1] / 2 - middle) < 0.25 * part.shape[1], number
    steps = np.abs(np.diff(lefts))
    assert int(steps.argmax()) == CUT - 1
    assert np.delete(steps, CUT - 1).max() <= 2


def track(left: float, first: float, last: float, since: float, until: float) -> Track:
    times = np.arange(first, last, 0.4)
    return Track(list(map(float, times)), [Box(left, 50, left + 60, 250, 0.9)] * len(times), since, until)


ONE, TWO = (track(left, 0.0, 3.0, -np.inf, 3.0) for left in (50, 400))
THREE, FOUR = (track(left, 3.0, 6.0, 3.0, 6.0) for left in (150, 300))
ALONE = track(500, 6.0, 9.0, 6.0, np.inf)
ALL = [ONE, TWO, THREE, FOUR, ALONE]
LEFT = Subject("person", "left")


def test_a_place_in_a_row_is_looked_at_in_each_shot_that_has_one() -> None:
    assert chosen(ALL, LEFT, SIZE) == [ONE, THREE]
    assert chosen(ALL, Subject("person", "right"), SIZE) == [TWO, FOUR]
    assert chosen(ALL, Subject("person", "largest"), SIZE)[-1] == ALONE
    assert chosen(ALL, Subject("person", other_than=LEFT), SIZE) == [TWO, FOUR, ALONE]
    assert chosen([ALONE], LEFT, SIZE) == [ALONE]
    (told, said) = remarks([ONE, THREE], ALL, LEFT, SIZE)
    assert "person from 0s to 2.8s, first at 50 50 60 200; person from 3s to 5.8s" in told.text
    assert said.level == "WARN"
    assert said.text == (
        "nobody is taken in the shot that begins at 6s: who is meant there is not known; "
        "say it, as in “the person on the left at 7.6s”"
    )


def test_who_is_told_by_a_time_is_known_in_that_shot_only() -> None:
    at = Subject("person", "left", at=4.0)
    assert chosen(ALL, at, SIZE) == [THREE]
    (_, said) = remarks([THREE], ALL, at, SIZE)
    assert "nobody is taken in the shots that begin at 0s and 6s" in said.text
    others = Subject("person", other_than=at)
    assert set(map(id, chosen(ALL, others, SIZE))) == set(map(id, [FOUR, ONE, TWO, ALONE]))
    (_, said) = remarks(chosen(ALL, others, SIZE), ALL, others, SIZE)
    assert "all are taken in the shots that begin at 0s and 6s" in said.text
    point = Subject("person", point=(170.0, 100.0), at=4.0)
    assert chosen(ALL, point, SIZE) == [THREE]
    with pytest.raises(Refused, match="nothing was found at this place"):
        chosen(ALL, Subject("person", point=(170.0, 100.0)), SIZE)


def test_who_comes_in_is_told_from_where_they_are_seen() -> None:
    comes = Track([0.0, 1.0, 2.0, 3.0], [Box(x, 50, x + 60, 250, 0.9) for x in (-100, -20, 40, 700)])
    (told, *_) = remarks([comes], [comes, TWO], LEFT, SIZE)
    assert "1 of 2 people (person from 1s to 2s, first at 0 50 40 200)" in told.text


@pytest.mark.parametrize(
    ("kept", "times"),
    [(True, "from 0.6s to 3s and from 6s to 9s: all of the picture is background"), (False, "from 6s to 9s: nothing")],
)
def test_when_nobody_is_found_is_said(kept: bool, times: str) -> None:
    brief = Track([0.0, 0.4], [Box(50, 50, 110, 250, 0.9)] * 2, -np.inf, 3.0)
    seen = Survey(SIZE, 0.133, (), [brief, THREE, ALONE], (), False, (), PlateSamples(), cuts=(3.0, 6.0))
    (said,) = without_anybody([brief, THREE], seen, [(0.0, 9.0)], kept=kept)
    assert said.level == "WARN"
    assert f"none of them is found {times}" in said.text
    assert without_anybody([brief, THREE, ALONE], seen, [(3.0, 9.0)], kept=kept) == []


def test_nobody_is_there_before_a_cut_or_after_it() -> None:
    assert THREE.at(2.9, 1.0) is None
    assert THREE.at(3.0, 1.0) is not None
    assert THREE.at(6.0, 1.0) is None
    assert THREE.at(5.9, 1.0) is not None


class Saying:
    """An operation that changes nothing and has something to say."""

    def __init__(self, *said: str) -> None:
        self._said = [Finding("WARN", text) for text in said]

    def process(self, picture: Picture) -> Picture:
        return picture

    def findings(self) -> list[Finding]:
        return self._said


def test_what_is_found_in_several_shots_is_said_once_as_in_the_worst_one() -> None:
    shots = [[(0.0, 1.0)], [(1.0, 2.0)], [(2.0, 3.0)]]
    plane = np.zeros((2, 2), np.uint8)
    for whirls, expected in (
        (
            False,
            {
                "the shots that begin at 0.00s, 1.00s and 2.00s, at worst: 12% is made up",
                "the shot that begins at 1.00s: who is meant?",
            },
        ),
        (True, {"12% is made up", "who is meant?"}),
    ):
        operations = iter([Saying("9% is made up"), Saying("12% is made up", "who is meant?"), Saying("3% is made up")])
        by_shot = ByShot(shots, lambda _, operations=operations: next(operations), whirls=whirls)
        for time in (0.0, 0.5, 1.0, 2.5):
            by_shot.process(Picture(plane, plane, plane, time, 0))
        assert {found.text for found in by_shot.findings()} == expected

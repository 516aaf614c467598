"""Boxes at sampled times become people who are followed through the clip."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from clipline.studio.finding.assignment import best_pairs
from clipline.studio.finding.border import through_border
from clipline.studio.finding.linking import link
from clipline.studio.finding.remarks import doubts, lost
from clipline.studio.finding.row import foreground
from clipline.studio.finding.track import Look, Track
from clipline.studio.finding.which import chosen
from clipline.studio.pictures.box import Box
from clipline.timeline import Subject

SIZE = 640, 480


def person(x: float, score: float = 0.8, *, height: float = 100, y: float = 100) -> Box:
    return Box(x, y, x + 0.4 * height, y + height, score)


def walk(places: list[float | None], step: float = 0.4) -> list[Look]:
    return [(number * step, [] if x is None else [person(x)]) for number, x in enumerate(places)]


def test_a_walk_is_one_track_with_places_in_between() -> None:
    (track,) = link(walk([0, 30, 60, 90]), SIZE)
    between = track.at(0.6)
    assert between is not None
    assert between.left == pytest.approx(45)


def test_somebody_missed_for_a_look_is_still_the_same_person() -> None:
    (track,) = link(walk([0, 30, None, 90]), SIZE)
    assert track.at(0.8) is not None


def test_somebody_out_of_sight_for_two_seconds_is_still_the_same_person() -> None:
    looks = [(0.0, [person(50)]), (0.4, [person(50)]), (2.8, [person(52)]), (3.2, [person(52)])]
    assert len(link(looks, SIZE)) == 1


def test_unsure_boxes_carry_a_track_on_in_both_directions_but_begin_none() -> None:
    looks = [
        (0.0, [person(0, 0.25), person(500, 0.42)]),
        (0.4, [person(20), person(500, 0.42)]),
        (0.8, [person(40, 0.25), person(500, 0.42)]),
    ]
    (track,) = link(looks, SIZE)
    assert track.times == [0.0, 0.4, 0.8]


def test_two_who_walk_apart_are_two_people() -> None:
    looks = [(t * 0.4, [person(300 + 30 * t), person(240 - 30 * t)]) for t in range(5)]
    assert sorted(len(track.times) for track in link(looks, SIZE)) == [5, 5]


def test_before_the_first_look_somebody_is_where_the_way_leads_back_to() -> None:
    (track,) = link(walk([None, 30, 60]), SIZE)
    early = track.at(0.2, margin=0.4)
    assert early is not None
    assert early.left == pytest.approx(15)
    assert track.at(0.2) is None


def test_the_foreground_person_is_large_and_central_and_all_others_are_background() -> None:
    near = Track([0, 1], [person(280, height=300), person(300, height=300)])
    far = Track([0, 1], [person(50), person(60)])
    assert foreground([far, near], (640, 480)) is near
    assert chosen([far, near], "background_person", (640, 480)) == [far]
    assert chosen([far, near], "people", (640, 480)) == [far, near]


def test_alone_somebody_is_the_background_person_even_when_seen_in_two_parts() -> None:
    first, later = Track([0, 1], [person(0), person(40)]), Track([9, 10], [person(300), person(340)])
    assert chosen([first, later], "background_person", (640, 480)) == [first, later]


def test_the_left_one_is_who_is_so_for_long_and_others_are_told_with_their_times() -> None:
    first = Track([0, 1, 2, 3, 4, 5], [person(100 + 20 * t) for t in range(6)])
    second = Track([0, 1, 2, 3, 4, 5], [person(400) for t in range(6)])
    third = Track([4, 5], [person(20), person(30)])
    far = Track([2, 3, 4, 5], [person(5, height=12) for t in range(4)])
    left = Subject("person", "left")
    assert chosen([second, third, first], left, (640, 480)) == [first]
    assert chosen([second, third, first, far], left, (640, 480)) == [first]
    (said,) = doubts([second, third, first], left, (640, 480))
    assert "another one from 4s to 5s" in said.text
    at_that_time = replace(left, at=float(re.findall(r" at ([0-9.]+)s”", said.text)[0]))
    assert chosen([second, third, first], at_that_time, (640, 480)) == [third]
    assert not doubts([first, second], left, (640, 480))


def test_of_one_alone_nobody_says_that_they_are_on_the_left() -> None:
    alone = Track([0, 1, 2, 3, 4, 5], [person(100 + 100 * t) for t in range(6)])
    beside = Track([5, 6], [person(200), person(200)])
    assert chosen([alone, beside], Subject("person", "left"), (640, 480)) == [beside]


def test_who_is_cut_by_the_border_is_whole_and_followed_until_they_are_out() -> None:
    looks = [Box(0, 100, 25, 200), Box(25, 100, 65, 200), Box(65, 100, 105, 200), Box(565, 100, 605, 200)]
    track = through_border(Track([0.4, 0.8, 1.2, 6.2], looks), 640)
    assert track.boxes[1] == Box(-15, 100, 25, 200)
    assert (track.times[0], track.boxes[0].right) == pytest.approx((0.15, 0))
    assert track.boxes[-1].left >= 640
    standing = Track([0.0, 0.4], [Box(300, 100, 340, 200), Box(301, 100, 341, 200)])
    assert through_border(standing, 640) == standing


@pytest.mark.parametrize("colored", [True, False])
def test_two_who_meet_and_turn_back_are_told_apart_by_their_colors(colored: bool) -> None:
    coats = [(60.0,) * 8 + (110.0,) * 16, (160.0,) * 8 + (140.0,) * 16] if colored else [(), ()]
    way = [0, 60, 120, 153, 123, 93, 63]
    looks = [
        (0.4 * number, [replace(person(x), colors=coats[0]), replace(person(300 - x), colors=coats[1])])
        for number, x in enumerate(way)
    ]
    first = next(track for track in link(looks, SIZE) if track.boxes[0].left == 0)
    assert (first.boxes[-1].left == 63) is colored


def test_who_is_lost_in_the_middle_of_the_picture_is_warned_of() -> None:
    stays, gone = (Track([0.0, 3.0, 6.0], [person(x)] * 3) for x in (100, 300))
    gone.times[-1] = 3.5
    subject = Subject("person", which="right")
    (warning,) = lost([gone], [stays, gone], subject, 640)
    assert (warning.level, "at 3.5s" in warning.text) == ("WARN", True)
    assert lost([gone], [stays, gone], Subject(point=(310.0, 100.0)), 640)
    assert lost([stays], [stays, gone], subject, 640) == []
    gone.boxes[-1] = person(600)  # went out of the picture
    assert lost([gone], [stays, gone], subject, 640) == []


def test_who_come_in_at_the_border_one_after_the_other_stay_who_they_are() -> None:
    ways = [[768 - 33 * (number - first) for number in range(9)] for first in (1, 2, 5)]
    looks = [
        (
            0.45 * number,
            [Box(way[number] - 20, 100, min(way[number] + 20, 768), 200, 0.8) for way in ways if way[number] < 780],
        )
        for number in range(9)
    ]
    tracks = link(looks, (768, 576))
    assert [track.times[0] for track in tracks] == pytest.approx([0.45, 0.9, 2.25])
    assert [track.boxes[-1].left for track in tracks] == [way[-1] - 20 for way in ways]


def test_whoever_goes_out_is_not_the_one_who_comes_in_at_the_same_place_soon_after() -> None:
    away, here = [person(x) for x in (480, 520, 560, 600)], [person(x) for x in (600, 560, 520)]
    times = [0.4 * number for number in range(4)] + [0.4 * number for number in range(5, 8)]
    assert len(link([(time, [box]) for time, box in zip(times, away + here, strict=True)], (640, 480))) == 2


def test_one_who_is_never_sure_but_goes_on_and_on_is_somebody_and_what_stands_is_not() -> None:
    looks = [(0.4 * number, [person(30 * number, 0.4), person(500, 0.4)]) for number in range(7)]
    (track,) = link(looks, SIZE)
    assert track.boxes[-1].left == 180


def test_pairs_gain_most_in_all() -> None:
    gains = {(0, 0): 5.0, (0, 1): 4.0, (1, 0): 4.0, (2, 1): -1.0, (2, 2): 1.0, (3, 2): 2.0}
    assert sorted(best_pairs(gains)) == [(0, 1), (1, 0), (3, 2)]


def test_at_a_time_those_count_who_are_in_the_picture_then() -> None:
    stays = Track([0.0, 3.0], [person(300), person(300)])
    comes = Track([1.0, 1.5, 3.0], [person(640), person(590), person(440)])
    right = Subject("person", "right", at=1.0)
    assert chosen([stays, comes], right, (640, 480)) == [stays]
    assert chosen([stays, comes], replace(right, at=1.5), (640, 480)) == [comes]
    (said,) = doubts([stays, comes], right, (640, 480))
    assert "another one at 1.3s" in said.text
    others = Subject("person", other_than=Subject("person", "right"), at=1.5)
    assert chosen([stays, comes], others, (640, 480)) == [stays]
    nobody_beside = Subject("person", "left", nth=2, at=1.0)  # the other one was there soon after
    assert chosen([stays, comes], nobody_beside, (640, 480)) == [comes]

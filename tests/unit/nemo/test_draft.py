"""A draft is read in the page's words, and never raises."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipline.nemo.draft import fingerprint, holds, ready, to_timeline
from clipline.timeline import Music, Remove, Timeline, Title
from clipline.values import Color

PAGE = {
    "t": [
        {"tt": 0, "sg": [{"d": 10000, "m": {"title": "city timelapse"}}]},
        {"tt": 1, "sg": [{"d": 10000, "m": {"title": "Lo-fi", "volume": 0.35}}]},
        {"tt": 7, "sg": [{"d": 3000, "m": {"title": "Urban Dreams"}}]},
    ]
}


def text(draft: Any) -> str:
    return json.dumps(draft)


def one(segment: Any, kind: int = 0) -> str:
    return text({"t": [{"tt": kind, "sg": [segment]}]})


def test_the_summary_is_the_pages_line() -> None:
    assert to_timeline(text(PAGE)).summary() == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) 2. BGM: Lo-fi (0-10s, 35%) "
        '3. Title: "Urban Dreams" (0-3s)'
    )


def test_times_are_running_sums_and_nothing_is_invented() -> None:
    draft = text(
        {"t": [{"tt": 0, "sg": [{"d": 1500}, {"d": 2500.0, "m": {"title": "b"}}, {}]}, {"tt": 3, "sg": [{"d": 1}]}]}
    )
    assert to_timeline(draft).summary() == (
        "Timeline (2 tracks): 1. Video: clip (0-1.5s), b (1.5-4s), clip (4-4s) 2. Track: segment (0-0.001s)"
    )
    (segment,) = to_timeline(one({"d": 5})).tracks[0].segments
    assert (segment.start, segment.volume, segment.operations) == (None, None, ())


def test_a_start_and_a_volume_are_told_where_they_are_given() -> None:
    (segment,) = to_timeline(one({"d": 3000, "m": {"start": 2000, "volume": 0}}, 1)).tracks[0].segments
    assert (segment.start, segment.volume) == (2.0, 0.0)


@pytest.mark.parametrize(("number", "kind"), [(0, "video"), (1, "audio"), (7, "text"), (2, "other"), (99, "other")])
def test_types_of_tracks_that_nobody_knows_are_kept(number: int, kind: str) -> None:
    assert to_timeline(one({}, number)).tracks[0].kind == kind


@pytest.mark.parametrize("number", [None, True, "0", 1.5, [], {}, 10**400])
def test_a_type_that_is_no_number_is_some_other_track(number: Any) -> None:
    assert to_timeline(one({}, number)).tracks[0].kind == "other"


def test_our_own_operations_are_read_and_tell_what_they_hold() -> None:
    remove = {"remove": "person", "fill": "#000000"}
    (video,) = to_timeline(one({"d": 1, "x_clipline": [remove]})).tracks[0].segments
    assert video.operations == (Remove("person", Color(0, 0, 0)),)
    (title,) = (
        to_timeline(one({"d": 1, "x_clipline": {"operations": [{"title": "Hi", "start": 2}]}}, 7)).tracks[0].segments
    )
    assert (title.name, title.start, type(title.operations[0])) == ("Hi", 2.0, Title)
    (bare,) = to_timeline(one({"d": 1, "x_clipline": [{"title": "Hi"}]}, 7)).tracks[0].segments
    assert bare.start is None
    (music,) = to_timeline(one({"d": 1, "x_clipline": [{"music": "/m/song.mp3", "volume": 0.2}]}, 1)).tracks[0].segments
    assert (music.name, music.volume, type(music.operations[0])) == ("song", 0.2, Music)


@pytest.mark.parametrize(
    "own",
    [
        None,
        5,
        "x",
        {},
        [],
        [5],
        [{}],
        [{"unknown": 1}],
        [{"remove": "cat"}],
        [{"remove": []}],
        [{"title": ""}],
        [{"title": "x", "start": "never"}],
        [{"title": "x", "start": 10**400}],
        [{"music": "a", "volume": "loud"}],
        [{"music": "a", "volume": 10**400}],
        [{"music": "a", "volume": 7}],
        [{"trim": None}],
        [{"background": {"media": None, "blur": []}}],
        [{"crop": {"x": []}}],
        {"operations": {"a": 1}},
    ],
)
def test_operations_that_are_not_well_formed_are_passed_over(own: Any) -> None:
    timeline = to_timeline(one({"d": 1000, "m": {"title": "a"}, "x_clipline": own}))
    assert timeline.summary() == "Timeline (1 track): 1. Video: a (0-1s)"


def test_size_and_title_are_those_of_the_draft_or_else_of_a_segment() -> None:
    timeline = to_timeline(text({"m": {"title": "My  video", "width": 1920, "height": 1080}, **PAGE}))
    assert (timeline.title, timeline.width, timeline.height) == ("My video", 1920, 1080)
    timeline = to_timeline(one({"m": {"width": 720.0, "height": 1280}}))
    assert (timeline.title, timeline.width, timeline.height) == ("", 720, 1280)


@pytest.mark.parametrize(
    "draft",
    [
        "",
        " ",
        "null",
        "5",
        '"t"',
        "[]",
        "{}",
        "{",
        '{"t": 5}',
        '{"t": [5]}',
        '{"t": [{"sg": 5}]}',
        "[" * 99999,
        "\ud800",
    ],
)
def test_an_odd_draft_is_empty_and_not_ready(draft: str) -> None:
    assert not any(track.segments for track in to_timeline(draft).tracks)
    assert not ready(draft)
    assert not holds(draft, "a.mp4")
    assert len(fingerprint(draft)) == 64


@pytest.mark.parametrize("value", [None, True, "5", -1, 10**400, 1e308, [], {}])
def test_odd_numbers_and_names_are_left_out(value: Any) -> None:
    draft = text(
        {"m": {"width": value}, "t": [{"tt": 0, "sg": [{"d": value, "m": {"title": value, "start": value}}, value]}]}
    )
    timeline = to_timeline(draft.replace("1e+308", "1e999"))
    assert timeline.duration == 0.0
    assert isinstance(timeline.summary(), str)
    assert Timeline.from_json(timeline.as_json()) == timeline


def test_a_title_cannot_drive_the_terminal() -> None:
    (segment,) = to_timeline(one({"m": {"title": "a\x1b[2Jb\n\tc\u202e" + "d" * 999}})).tracks[0].segments
    assert segment.name.startswith("a[2Jb cd")
    assert len(segment.name) <= 200


def test_ready_means_a_track_that_is_not_empty() -> None:
    assert ready(text(PAGE))
    assert not ready(text({"t": [{"tt": 0, "sg": []}]}))
    assert ready(text({"t": [{}, 5, {"tt": 9, "sg": [{}]}]}))


@pytest.mark.parametrize(
    ("title", "filename", "there"),
    [
        ("city", "city.mp4", True),
        ("City.MP4", "city.mp4", True),
        ("cité.mp4", "cite\u0301.mp4", True),
        ("城市.mp4", "城市.mp4", True),
        ("city-2", "city.mp4", False),
        ("city.mov", "city.mp4", False),
        (None, "clip.mp4", False),
        ("", "a.mp4", False),
    ],
)
def test_a_draft_holds_a_file_by_the_name_of_a_video_segment(title: Any, filename: str, there: bool) -> None:
    assert holds(one({"m": {"title": title}}), filename) is there
    assert not holds(one({"m": {"title": title}}, 1), filename)


SAME = [
    ('{"a": 1.10, "b": [1e2]}', '{"b":[100.0],\n"a":11e-1}'),
    ('{"a": -0}', '{"a": 0.00}'),
    ('{"a": "\\u00e9"}', '{"a": "é"}'),
    ('{"a": 1e400}', '{"a": 10e399}'),
    ('{"a": 1, "a": 2}', '{"a": 2}'),
]
DIFFERENT = [
    ('{"a": 1}', '{"a": "1"}'),
    ('{"a": 9007199254740993}', '{"a": 9007199254740992}'),
    ('{"a": 1e400}', '{"a": 1e401}'),
    ('{"a": 0.1}', '{"a": 0.10000000000000000000000001}'),
    ('{"a": [1, 2]}', '{"a": [2, 1]}'),
    ('{"a": true}', '{"a": 1}'),
    ('{"a": 1}', '{"a": -1}'),
    ('{"a": null}', "{}"),
    ("", "{}"),
    ("{", "{{"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_how_it_is_written_does_not_change_a_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_it_says_does(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_a_number_of_thousands_of_digits_has_a_fingerprint() -> None:
    assert fingerprint('{"a": ' + "1" * 9999 + "}") != fingerprint('{"a": ' + "1" * 9998 + "}")
    assert fingerprint('{"a": 1e' + "9" * 99 + "}") != fingerprint('{"a": 1e' + "9" * 98 + "}")

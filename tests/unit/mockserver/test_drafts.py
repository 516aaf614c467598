"""The mock's drafts: read into the neutral timeline and changed by operations, with all that is opaque kept."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipline.mockserver.drafts import (
    ASSUMED_SECONDS,
    apply_all,
    current,
    is_generated,
    new_draft,
    to_timeline,
    wish_of,
    with_clip,
    with_generated,
    with_wish,
)
from clipline.mockserver.session import MediaFile
from clipline.timeline import (
    Background,
    Blur,
    Crop,
    Fit,
    Isolate,
    Loudness,
    LowerThird,
    Media,
    Music,
    Operation,
    Pad,
    Remove,
    Resize,
    Sound,
    Title,
    Transparent,
    Trim,
)
from clipline.values import Color, Size

CLIP = MediaFile("clip.mp4", Path("/clip"), "video", 4.0, 640, 360, 23.976)
BEACH = MediaFile("beach.mp4", Path("/beach"), "video", 6.5, 320, 240, 30.0)

OPERATIONS: list[Operation] = [
    Background(Color(0, 255, 0)),
    Background(Blur(7.5)),
    Background(Transparent()),
    Background(Media("beach.jpg")),
    Remove("people"),
    Remove("background_person", Color(1, 2, 3)),
    Isolate("person"),
    Isolate("person", Color(9, 9, 9)),
    Trim(0.5, 3.0),
    Trim(1.25),
    Resize(Size(320, 200)),
    Fit(Size(100, 100)),
    Crop("9:16"),
    Crop(size=Size(100, 80), x=3, y=5),
    Pad(Size(800, 800), Color(255, 0, 0)),
    Title("Ünï “x”"),
    Title("top", 0.25, 1.5, "top", Color(1, 1, 1)),
    Music("song.mp3", 0.4),
    Music("song.mp3", 0.4, 0.5, 1.0, 30.0, 1.0, 2.0, False, 12.0),
    LowerThird("Ada", "Mathematician", 0.5, 1.5, "right"),
    Sound(0.5, fade_out=1.0),
    Loudness(-14.0),
]


def dump(draft: Any) -> str:
    return json.dumps(draft, ensure_ascii=False)


def test_a_new_draft_has_no_tracks_and_is_the_same_each_time() -> None:
    draft = new_draft("1" * 19)

    assert draft["t"] == []
    assert not to_timeline(draft).ready
    assert current(draft) == ""
    assert dump(draft) == dump(new_draft("1" * 19)) != dump(new_draft("2" * 19))


def test_a_clip_stands_on_the_video_track_in_the_documented_keys() -> None:
    draft = with_clip(new_draft("1"), CLIP)

    (track,) = draft["t"]
    (segment,) = track["sg"]
    assert track["tt"] == 0
    assert segment["d"] == draft["d"] == 4000
    assert segment["m"] == {"title": "clip.mp4", "width": 640, "height": 360}
    assert (draft["m"]["width"], draft["m"]["height"]) == (640, 360)
    assert to_timeline(draft).summary() == "Timeline (1 track): 1. Video: clip.mp4 (0-4s)"


def test_titles_and_music_get_tracks_of_their_types() -> None:
    draft = apply_all(with_clip(new_draft("1"), CLIP), [Music("Lo-fi.mp3"), Title("Urban Dreams", duration=3.0)])

    assert [track["tt"] for track in draft["t"]] == [0, 1, 7]
    assert to_timeline(draft).summary() == (
        'Timeline (3 tracks): 1. Video: clip.mp4 (0-4s) 2. BGM: Lo-fi (0-4s, 35%) 3. Title: "Urban Dreams" (0-3s)'
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_rides_in_the_draft_and_is_read_back(operation: Operation) -> None:
    draft = json.loads(dump(apply_all(with_clip(new_draft("1"), CLIP), [operation])))

    timeline = to_timeline(draft)
    ridden = [item for track in timeline.tracks for segment in track.segments for item in segment.operations]
    if isinstance(operation, Trim):
        (segment,) = timeline.tracks[0].segments
        assert (segment.source_start, segment.duration) == (operation.start, (operation.end or 4.0) - operation.start)
    else:
        assert ridden == [operation]


def opaque(draft: Any) -> list[str]:
    """All that an edit must leave alone, with its order of keys."""
    ours = {"t", "d", "sg", "x_clipline", "o"}
    found = [key for key in draft if key not in ours] + [dump(draft[key]) for key in draft if key not in ours]
    for track in draft.get("t", ()):
        found += [dump({key: value for key, value in track.items() if key not in ours})]
        found += [dump({key: value for key, value in each.items() if key not in ours}) for each in track["sg"]]
    return found


@given(st.lists(st.sampled_from([each for each in OPERATIONS if not isinstance(each, Trim)]), max_size=6))
def test_big_integers_floats_and_the_order_of_keys_survive_every_edit(operations: list[Operation]) -> None:
    draft = with_clip(new_draft("7" * 19), CLIP)
    draft["unknown"] = {"z": 2**63 + 1, "a": [1e-300, 1.0, -0.0, 123456789012345678901234567890], "ü": None}
    draft["t"][0]["sg"][0]["fx"] = {"z": 0.1 + 0.2, "a": 9007199254740993}
    draft["t"].append({"tt": 42, "sg": [{"d": 17, "zz": [True]}], "why": 1.50})
    before = copy.deepcopy(draft)

    after = apply_all(draft, operations)

    kept = opaque(before)
    assert opaque(after)[: len(kept)] == kept
    assert dump(draft) == dump(before)
    assert list(after) == list(before)


def test_nothing_to_do_leaves_every_byte() -> None:
    draft = apply_all(with_clip(new_draft("1"), CLIP), OPERATIONS[:5])

    assert dump(apply_all(draft, [])) == dump(draft)


def test_a_trim_shortens_what_was_added_before_and_drops_what_lies_behind() -> None:
    draft = apply_all(with_clip(new_draft("1"), CLIP), [Title("first"), Title("late", start=3.0), Trim(0, 2.0)])

    assert [[each["d"] for each in track["sg"]] for track in draft["t"]] == [[2000], [2000], []]
    assert draft["d"] == 2000


def test_an_operation_outside_the_clip_says_so() -> None:
    with pytest.raises(ValueError, match=r"cannot keep 9s to the end: the trim starts at 9s, but the clip ends at 4s"):
        apply_all(with_clip(new_draft("1"), CLIP), [Trim(9.0)])


def test_another_clip_takes_the_place_and_each_keeps_its_own_edits() -> None:
    first = apply_all(with_clip(new_draft("1"), CLIP), [Title("one")])

    second = apply_all(with_clip(first, BEACH), [Background(Blur())])
    again = with_clip(second, CLIP)

    assert current(second) == "beach.mp4"
    assert second["m"]["width"] == 320
    assert current(again) == "clip.mp4"
    assert again["t"] == first["t"]
    assert (again["d"], again["fr"], again["m"]) == (4000, 23.976, first["m"])
    assert with_clip(again, BEACH)["t"] == second["t"]
    assert with_clip(again, CLIP) == again


def test_a_clip_of_unknown_length_is_taken_to_last_a_while() -> None:
    draft = with_clip(new_draft("1"), MediaFile("x.mp4", Path("/x"), "video"))

    assert to_timeline(draft).duration == ASSUMED_SECONDS
    assert draft["t"][0]["sg"][0]["m"] == {"title": "x.mp4"}


def test_a_generated_clip_is_known_as_such() -> None:
    draft = with_generated(new_draft("1"), "a beach", 5.0, 640, 360)

    assert is_generated(draft)
    assert is_generated(apply_all(draft, [Title("x")]))
    assert not is_generated(with_clip(draft, CLIP))
    assert is_generated(with_generated(with_clip(new_draft("1"), CLIP), "a cat", 2.0, 640, 360))


def test_a_wish_for_the_file_is_kept_and_added_to() -> None:
    draft = with_wish(with_wish(with_clip(new_draft("1"), CLIP), {"lines": 1080}), {"format": "mov"})

    assert wish_of(draft) == {"lines": 1080, "format": "mov"}
    assert with_wish(draft, {}) == draft
    assert wish_of({}) == {}

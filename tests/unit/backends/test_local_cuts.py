"""Cuts and joins on this machine: what is told of them before the work, and what they are with a real clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.backends.local.edit import applied, ask
from clipline.backends.local.state import LocalState, Source
from clipline.errors import Refused
from clipline.studio.reading.media import probe
from clipline.timeline import Cut, Join, Trim
from media_maker import make_clip


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> LocalState:
    """A clip of four seconds with a key frame in each, and one of a second beside it."""
    folder = tmp_path_factory.mktemp("cuts")
    clip = make_clip(folder / "clip.mp4", size=(128, 96), seconds=4.0, gop=25)
    other = make_clip(folder / "b.mp4", size=(128, 96), seconds=1.0)
    return LocalState().with_clip(Source(clip, "video"), probe(clip)).with_source(Source(other, "video"))


@pytest.mark.parametrize(
    ("asked", "done", "note"),
    [
        ({"trim": {"start": 1.2, "end": 2.7, "at": "keyframes"}}, Trim(1.0, 3.0, keyframes=True), "1.200s → 1.000s"),
        ({"trim": {"start": 1.2, "end": 2.7}}, Trim(1.2, 2.7), None),
        ({"cut": {"from": 0.9, "to": 2.2}, "at": "keyframes"}, Cut(((1.0, 2.0),), keyframes=True), "0.900s → 1.000s"),
        ({"trim": {"start": 2.0, "at": "keyframes"}}, Trim(2.0, keyframes=True), "at key frames as it is"),
    ],
)
def test_a_cut_is_moved_only_where_that_is_said_and_by_how_much_is_told(
    state: LocalState, asked: dict[str, Any], done: Trim | Cut, note: str | None
) -> None:
    understood = ask({"operations": [asked]}, state)
    assert understood.operations[0].as_json() == done.as_json()
    assert [note in line for line in understood.notes] == ([] if note is None else [True])


def test_key_frames_are_those_of_what_is_left_by_then(state: LocalState) -> None:
    understood = ask({"instruction": "cut out 0.5s to 1.5s, then keep 0.7s to 1.9s at key frames"}, state)
    assert understood.operations[1].as_json() == Trim(1.0, 2.0, keyframes=True).as_json()  # 2 and 3 of the clip


def test_a_part_without_a_key_frame_of_its_own_is_refused(state: LocalState) -> None:
    with pytest.raises(Refused, match="nearest to the same key frame"):
        ask({"operations": [{"trim": {"start": 1.9, "end": 2.1, "at": "keyframes"}}]}, state)


def test_what_counts_from_the_end_of_joined_clips_knows_how_long_they_are(state: LocalState) -> None:
    asked = ask({"instruction": "put b.mp4 before it, then keep the last 4.5 seconds"}, state)
    assert asked.operations[1] == Trim(0.5, 5.0)


def test_a_joined_clip_is_found_by_its_name_and_makes_the_edit_longer(state: LocalState) -> None:
    asked = ask({"instruction": "join it with b.mp4 with a 0.4 second crossfade"}, state)
    (join,) = asked.operations
    assert isinstance(join, Join)
    assert Path(join.paths[0]).is_absolute()
    after = applied(state, asked, strict=False)
    assert after.timeline is not None
    assert after.timeline.duration == pytest.approx(4.6)
    assert [path.name for path in after.used()] == ["clip.mp4", "b.mp4"]


def test_a_clip_is_joined_with_itself_where_its_name_is_said(state: LocalState) -> None:
    assert state.clip is not None
    (join,) = ask({"instruction": f"join it with {state.clip.name}"}, state).operations
    assert join == Join((str(state.clip.path),))


def test_what_lies_outside_or_leaves_nothing_is_refused(state: LocalState) -> None:
    for operation, why in (
        ({"cut": {"from": 5, "to": 6}}, "the clip ends at 4s"),
        ({"cut": {"from": 0}}, "nothing of the clip would be left"),
        ({"join": "b.mp4", "crossfade": 2}, "longer than the 1s there are of b"),
    ):
        with pytest.raises(Refused, match=why):
            applied(state, ask({"operations": [operation]}, state), strict=False)

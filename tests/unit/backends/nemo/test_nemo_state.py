"""What a scope keeps, and the small things that are read from paths and files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipline.backends.nemo.container import mp4_facts
from clipline.backends.nemo.state import LARGEST, CloudFile, CloudState, loop_of
from clipline.errors import StageFailed
from clipline.timeline import Segment, Timeline, Track
from fake_nemo import SAMPLE


def a_state(segments: int = 1, edits: int = 1) -> CloudState:
    timeline = Timeline((Track("video", tuple(Segment("clip", 4.0) for _ in range(segments))),))
    return CloudState(
        base="https://api.example.test",
        session="1234567890123456789",
        task="task",
        user="anon_1",
        token="0123456789ab",
        loop="batch[1]",
        item="clip.mp4",
        files=(CloudFile("clip.mp4", "/media/clip.mp4", "ab", 3, "video", 4.0, 1280, 720, 25.0),),
        before=timeline,
        changed=True,
        edits=tuple({"asked": "x" * 1000, "text": "x", "operations": []} for _ in range(edits)),
        paid=10,
    )


def test_it_is_read_back_as_it_was_written_and_leaves_the_state_of_others() -> None:
    written = a_state().write({"other": 1}, "mock")
    assert json.loads(json.dumps(written))["other"] == 1
    assert CloudState.read(json.loads(json.dumps(written)), "mock") == a_state()
    assert CloudState.read(written, "nemo") == CloudState()


def test_a_large_timeline_of_before_is_left_out() -> None:
    written = a_state(segments=1000).write({}, "nemo")
    assert len(json.dumps(written)) <= LARGEST
    assert written["nemo"]["before"] is None


def test_what_is_too_large_all_the_same_is_an_error() -> None:
    with pytest.raises(StageFailed, match="too long"):
        a_state(edits=100).write({}, "nemo")


@pytest.mark.parametrize(
    ("path", "loop"),
    [("edit", ""), ("batch[2].edit", "batch[2]"), ("a[0].b[1].edit", "a[0].b[1]"), ("batch[0].group.edit", "batch[0]")],
)
def test_the_item_of_a_loop_is_read_from_the_path(path: str, loop: str) -> None:
    assert loop_of(path) == loop


def test_a_session_is_shared_where_it_was_opened_outside_of_the_item() -> None:
    assert CloudState(loop="").is_shared_with("batch[0].edit")
    assert not CloudState(loop="batch[0]").is_shared_with("batch[0].edit")
    assert CloudState(loop="a[0]").is_shared_with("a[0].b[1].edit")
    assert not CloudState(loop="").is_shared_with("edit")


def test_an_mp4_tells_its_length_and_size_without_any_codec() -> None:
    facts = mp4_facts(SAMPLE)
    assert facts["duration"] == pytest.approx(4.0, abs=0.1)
    assert (facts["width"], facts["height"]) == (1280, 720)


@pytest.mark.parametrize("content", [b"", b"\0" * 40, b"\0\0\0\x01moov", b"<html></html>", b"\0\0\0\x08moov" * 3])
def test_what_is_no_mp4_tells_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert mp4_facts(path) == {}

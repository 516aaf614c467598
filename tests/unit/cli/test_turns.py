"""One turn of a conversation, for a person and for programs."""

from __future__ import annotations

from typing import Any

import pytest

from clipline.cli import turns
from clipline.engine.results import RunResult, StageOutcome
from clipline.errors import StageFailed
from clipline.events import Finding
from clipline.stage import TimelineView
from clipline.timeline import Segment, Timeline, Track

CLIP = Timeline((Track("video", (Segment("clip", 2.0),)),))


def result(kind: str, outputs: dict[str, Any], **more: Any) -> RunResult:
    stage = StageOutcome(kind, kind, "done", 1, 0.1, outputs)
    return RunResult("run-1", kind, **{"status": "done", "exit": 0, "stages": {kind: stage}, **more})


def edit(**outputs: Any) -> turns.Turn:
    known = {"text": "", "changed": True, "changes": [], "summary": CLIP.summary(), "timeline": CLIP.as_json()}
    return turns.from_run("edit", result("edit", {**known, **outputs}, credits=10.0))


def test_an_edit_is_its_words_what_changed_and_the_timeline() -> None:
    turn = edit(text="Done.\nMore?", changes=["track 1: crop to 1:1"])
    assert turn.lines == ("Done.", "More?", "track 1: crop to 1:1", "Timeline (1 track): 1. Video: clip (0-2s)")
    assert turn.as_json()["spent"] == 10.0
    assert turn.as_json()["did"] == ["edit"]


def test_an_edit_that_changed_nothing_says_so() -> None:
    turn = edit(changed=False, summary="Timeline (0 tracks):", timeline=Timeline().as_json())
    assert turn.lines == ("nothing changed", "the timeline is empty")


def test_a_run_that_failed_is_told_by_its_errors() -> None:
    error = {**StageFailed("no clip", code="no_clip").as_json(), "stage": "edit"}
    failed = RunResult("run-1", "edit", "failed", 1, errors=(error,), findings=(("edit", Finding("WARN", "careful")),))
    turn = turns.from_run("edit", failed)
    assert (turn.exit, turn.lines, turn.warnings, turn.codes) == (1, (), ("careful",), {"no_clip"})


def test_two_requests_are_one_turn_with_the_worse_end() -> None:
    upload = turns.from_run("upload", result("upload", {"media": [{"name": "a.mp4"}]}))
    both = turns.together(upload, turns.from_error("edit", StageFailed("x")))
    assert (both.did, both.exit, both.lines) == (("upload", "edit"), 1, ("uploaded a.mp4",))
    assert both.as_json()["media"] == [{"name": "a.mp4"}]
    assert turns.together(None, upload) is upload


@pytest.mark.parametrize(
    ("view", "line", "ready"),
    [
        (None, "nothing is being edited yet", False),
        (TimelineView(Timeline()), "the timeline is empty", False),
        (TimelineView(CLIP), "Timeline (1 track): 1. Video: clip (0-2s)", True),
    ],
)
def test_the_state_of_an_edit(view: TimelineView | None, line: str, ready: bool) -> None:
    turn = turns.from_timeline(view)
    assert turn.lines == (line,)
    assert turn.as_json()["ready"] is ready


@pytest.mark.parametrize(
    ("account", "line"),
    [
        ({"note": "no account is needed"}, "no account is needed"),
        ({"user": "me", "credits": None}, "account: me"),
        ({"credits": {"available": 90, "frozen": 10, "total": 100}}, None),
        ({"credits": {"available": 5, "frozen": 0, "total": 0}}, "5 credits available"),
    ],
)
def test_an_account_in_words(account: dict[str, Any], line: str | None) -> None:
    told = line or "90 credits available, 10 reserved for work in progress, 100 in all"
    assert turns.from_account(account).lines == (told,)

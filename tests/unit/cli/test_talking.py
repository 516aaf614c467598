"""What is shown of the work on a sentence: notes wait a moment, and what the reply says is not said twice."""

from __future__ import annotations

from typing import Any

import pytest

from clipline.cli.talking import Held, talking
from clipline.events import Event


def event(type_: str, **data: Any) -> Event:
    return Event("run-1", 1, 0.0, type_, "edit", data)


def note(text: str) -> Event:
    return event("stage.note", text=text)


def test_what_is_part_of_the_reply_is_held_back_and_all_else_shown() -> None:
    shown: list[Event] = []
    held = Held(shown.append)
    for each in (note("a"), event("stage.progress", fraction=0.5), note("one\ntwo"), note("b")):
        held(each)
    assert [each.type for each in shown] == ["stage.progress"]
    held.show_rest("one\ntwo\na")
    assert [each.data.get("text") for each in shown[1:]] == ["b"]
    held.show_rest("")
    assert len(shown) == 2


def test_a_note_waits_only_a_moment() -> None:
    shown: list[Event] = []
    times = iter([0.0, 0.5, 1.5])
    held = Held(shown.append, now=lambda: next(times))
    held(note("still working"))
    held.show_old()
    assert shown == []
    held.show_old()
    assert [each.data["text"] for each in shown] == ["still working"]


def test_a_log_holds_nothing_back() -> None:
    shown: list[Event] = []
    held = Held(shown.append, waits=False)
    held(note("a"))
    assert len(shown) == 1


def test_notes_and_links_are_told_without_the_name_of_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with talking("auto") as watch:
        watch(event("run.started", name="edit", backend="local"))
        watch(note("looking"))
        watch(event("link", label="open", url="https://example.com/?ct=1"))
        watch(event("stage.finished", status="done", seconds=1.0))
    assert capsys.readouterr().err.splitlines() == ["open: https://example.com/?ct=1", "looking"]

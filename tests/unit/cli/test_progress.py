"""What is shown while a run works."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from clipline.cli import progress
from clipline.cli.progress import Board, line_of, watching
from clipline.events import Event


def event(type_: str, stage: str = "export", at: float = 100.0, **data: Any) -> Event:
    return Event("run1", 1, at, type_, stage, data)


def test_the_board_holds_what_works_right_now() -> None:
    board = Board()
    board.apply(event("run.started", "", name="quick-edit"))
    board.apply(event("stage.started", "upload"))
    board.apply(event("stage.started", "export"))
    board.apply(event("stage.finished", "upload", status="done"))
    board.apply(event("stage.progress", "gone", fraction=0.5))
    assert board.name == "quick-edit"
    assert list(board.doing) == ["export"]


def test_progress_is_told_with_the_time_left() -> None:
    board = Board()
    board.apply(event("stage.started", at=100.0))
    assert board.doing["export"].describe(142.0) == "export: working for 42s"
    board.apply(event("stage.progress", at=120.0, fraction=0.25, text="encoding", seconds_left=61.4))
    assert board.doing["export"].describe(142.0) == "export: 25%, about 1m1s left (encoding)"
    board.apply(event("stage.progress", at=130.0, fraction=0.5, text="", seconds_left=None))
    assert board.doing["export"].describe(142.0) == "export: 50% (encoding)"


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (event("stage.note", text="one person was found"), "export: one person was found"),
        (event("stage.note", "", text="hello"), "hello"),
        (
            event("stage.retry", attempt=2, delay=2.0, error={"message": "reset"}),
            "export: trying again in 2s (try 2): reset",
        ),
        (event("finding", level="WARN", text="low quality"), "export: warning: low quality"),
        (event("finding", level="INFO", text="two people"), None),
        (event("stage.finished", status="done", seconds=3.21), "export: done in 3.2s"),
        (event("stage.finished", status="failed", seconds=75, error={"message": "x"}), "export: failed in 1m15s"),
        (event("stage.finished", status="skipped", reason="if: is false"), "export: skipped (if: is false)"),
        (event("stage.finished", status="cancelled", seconds=1), "export: cancelled"),
        (event("stage.reused", reason="finished before"), "export: kept from before"),
        (event("artifact", path="x"), None),
        (event("plugin.something", text="x"), None),
        (event("stage.note", text="\x1b[2J"), "export: \\x1b[2J"),
        (event("link", label="Take it over", url="https://a.b/c?ct=1"), "Take it over: https://a.b/c?ct=1"),
    ],
)
def test_an_event_is_worth_a_line_or_none(seen: Event, line: str | None) -> None:
    assert line_of(seen, ends=True) == line


def test_plain_progress_is_a_line_for_what_began_and_each_end(capsys: pytest.CaptureFixture[str]) -> None:
    with watching("plain") as show:
        show(event("run.started", "", name="quick-edit", backend="local"))
        show(event("stage.started"))
        show(event("stage.progress", fraction=0.5))
        show(event("stage.finished", status="done", seconds=3.0))
    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["quick-edit on local, run run1", "export: done in 3.0s"]
    assert captured.out == ""


def test_plain_progress_is_never_silent_for_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert progress.HEARTBEAT < 10
    monkeypatch.setattr(progress, "HEARTBEAT", 0.0)
    with watching("plain") as show:
        show(event("stage.started"))
        show(event("stage.progress", fraction=0.5, text="encoding"))
        for _ in range(500):
            time.sleep(0.01)
            if said := capsys.readouterr().err:
                break
    assert said.startswith("export: 50% (encoding)")


def test_json_progress_is_an_event_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with watching("json") as show:
        show(event("stage.started", kind="export"))
        show(event("stage.note", text="人"))
    documents = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [document["type"] for document in documents] == ["stage.started", "stage.note"]
    assert documents[1] == event("stage.note", text="人").as_json()


def test_json_progress_gives_no_key_of_an_address_away(capsys: pytest.CaptureFixture[str]) -> None:
    with watching("json") as show:
        show(event("link", label="claim", url="https://a.b/c?ct=sesame"))
    said = capsys.readouterr().err
    assert json.loads(said)["data"] == {"label": "claim", "url": "https://a.b/c"}


def test_no_progress_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with watching("none") as show:
        show(event("stage.note", text="x"))
    assert capsys.readouterr().err == ""

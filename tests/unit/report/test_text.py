"""The summary at the end of a run says what happened, why it failed, and how to go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.engine.results import RunResult, RunStatus, StageOutcome, StageStatus
from clipline.errors import Cancelled, CheckFailed, CliplineError, InputError, Place, Refused, StageFailed
from clipline.events import Finding
from clipline.report import text
from clipline.report.collect import Loop, collect


def outcome(path: str, status: StageStatus = "done", seconds: float = 1.0, **others: Any) -> StageOutcome:
    return StageOutcome(path, path.rpartition(".")[2].partition("[")[0], status, 1, seconds, **others)


def result(
    status: RunStatus, *stages: StageOutcome, errors: tuple[tuple[str, CliplineError], ...] = (), **others: Any
) -> RunResult:
    return RunResult(
        run_id="20260101-abc",
        name="quick-edit",
        status=status,
        exit=max((error.exit for _, error in errors), default=0),
        stages={stage.path: stage for stage in stages},
        errors=tuple({"stage": stage, **error.as_json()} for stage, error in errors),
        seconds=12.34,
        **others,
    )


def lines(run: RunResult) -> list[str]:
    return text.summary(run.as_json())


def test_a_run_that_ended_well_is_its_stages_with_their_times() -> None:
    run = result("done", outcome("auth", seconds=0.0), outcome("export", seconds=61.0), outcome("notify", "skipped"))
    assert lines(run) == [
        "quick-edit: done in 12.3s",
        "  auth    done       0.0s",
        "  export  done       1m1s",
        "  notify  skipped",
    ]


def test_tries_and_what_was_kept_are_said() -> None:
    again = StageOutcome("export", "export", "done", attempts=3, seconds=2.0)
    kept = StageOutcome("upload", "upload", "done", attempts=1, seconds=2.0, reused=True)
    assert lines(result("done", kept, again))[1:] == [
        "  upload  done             kept from before",
        "  export  done       2.0s  3 tries",
    ]


def test_a_failed_run_says_what_failed_why_what_to_do_and_how_to_go_on() -> None:
    error = StageFailed("the encoder stopped", hint="free some memory", place=Place("/home/me/edit.yaml", 9, 5))
    run = result("failed", outcome("export", "failed", error=error.as_json()), errors=(("export", error),))
    assert lines(run)[2:] == [
        "error: export: the encoder stopped (edit.yaml:9:5)",
        "hint: free some memory",
        "to go on: clipline resume 20260101-abc",
    ]


@pytest.mark.parametrize(
    "error", [Refused("cannot do that"), InputError("no such clip"), Refused("?", code="ambiguous")]
)
def test_what_would_end_the_same_again_is_not_offered_to_be_resumed(error: CliplineError) -> None:
    assert not any("resume" in line for line in lines(result("failed", errors=(("edit", error),))))


def test_a_stopped_run_says_what_is_kept() -> None:
    stages = (outcome("auth"), outcome("upload"), outcome("export", "cancelled"))
    run = result("cancelled", *stages, errors=(("export", Cancelled()),))
    assert lines(run)[-2:] == ["kept: auth, upload", "to go on: clipline resume 20260101-abc"]
    assert not any("error:" in line for line in lines(run))
    assert lines(run)[0] == "quick-edit: stopped in 12.3s"
    assert lines(result("cancelled"))[-2] == "kept: nothing was finished yet"


def test_warnings_are_said_and_information_is_not() -> None:
    run = result("done", findings=(("edit", Finding("WARN", "low quality")), ("edit", Finding("INFO", "two people"))))
    assert lines(run)[1:] == ["warning: edit: low quality"]


def test_what_the_run_cost_is_said_where_it_is_known() -> None:
    assert lines(result("done", outcome("edit"), credits=50.0))[2] == "  50 credits spent"
    assert not any("credits" in line for line in lines(result("done", outcome("edit"))))


def test_a_warning_of_the_run_itself_stands_for_itself() -> None:
    run = result("done", outcome("edit"), findings=(("", Finding("WARN", "done again")),))
    assert "warning: done again" in lines(run)


def test_a_loop_is_a_table_with_a_line_an_item() -> None:
    error = CheckFailed("no person found")
    run = result(
        "failed",
        outcome("auth"),
        outcome("clips[0].edit"),
        outcome("clips[1].edit", "failed", error=error.as_json()),
        outcome("clips[0].export", seconds=2.0, files=(Path("/out/a.mp4"), Path("/out/a.png"))),
        outcome("clips[1].export", "skipped", seconds=0.0),
        outcome("clips", "failed"),
        errors=(("clips[1].edit", error),),
    )
    assert lines(run)[1:5] == [
        "  auth  done       1.0s",
        "  clips: 2 items, 1 done, 1 failed",
        "    0  done       3.0s  a.mp4, a.png",
        "    1  failed     1.0s  edit: no person found",
    ]


def test_a_step_after_an_export_is_no_loop() -> None:
    report = collect(result("done", outcome("export"), outcome("export.post_export[0]")).as_json())
    assert not [part for part in report.parts if isinstance(part, Loop)]


def test_a_loop_in_a_loop_is_part_of_the_outer_one() -> None:
    run = result("done", outcome("days[0].clips[0].edit"), outcome("days[0].clips[1].edit"))
    (loop,) = collect(run.as_json()).parts
    assert isinstance(loop, Loop)
    assert (loop.path, len(loop.items)) == ("days", 1)


def test_what_a_service_says_cannot_steer_the_terminal() -> None:
    said = "\n".join(lines(result("failed", errors=(("edit", StageFailed("bad \x1b[2J\x07")),))))
    assert "\x1b" not in said
    assert "bad \\x1b[2J\\x07" in said


def test_colours_are_the_callers_to_give() -> None:
    seen: list[str] = []

    def style(words: str, name: str) -> str:
        seen.append(name)
        return words

    run = result("failed", outcome("auth"), errors=(("edit", StageFailed("x", hint="y")),))
    assert text.summary(run.as_json(), style) == lines(run)
    assert seen == ["bad", "strong", "good", "bad", "strong"]

from __future__ import annotations

from clipline.journal import StageRow, finished, latest, tries
from clipline.journal.rows import StageStatus


def row(number: int, path: str, status: StageStatus = "done", attempt: int = 1) -> StageRow:
    return StageRow(number, path, "edit", attempt, status, 1.0, 2.0)


def test_only_what_is_done_is_not_done_again() -> None:
    rows = [
        row(1, "a"),
        row(2, "b", "failed"),
        row(3, "c", "skipped", 0),
        row(4, "d", "cancelled"),
        row(5, "e", "waiting"),
        row(6, "f", "running"),
    ]
    assert set(finished(rows)) == {"a"}


def test_the_last_attempt_counts() -> None:
    rows = [row(1, "a", "failed"), row(2, "b"), row(3, "a", "done", 2)]
    assert [(each.path, each.attempt) for each in latest(rows)] == [("a", 2), ("b", 1)]
    assert set(finished(rows)) == {"a", "b"}
    assert tries(rows) == {"a": 2, "b": 1}


def test_a_skip_after_attempts_does_not_count_them_again() -> None:
    assert tries([row(1, "a", "failed", 1), row(2, "a", "skipped", 0)]) == {"a": 1}


def test_what_finally_did_counts_until_a_stage_was_started_after_it() -> None:
    first = [row(1, "a", "failed"), row(2, "on_failure.x"), row(3, "finally.y")]
    assert set(finished(first)) == {"on_failure.x", "finally.y"}
    assert set(finished([*first, row(4, "a", "running", 2)])) == set()


def test_a_nested_finally_is_about_its_own_pipeline_only() -> None:
    rows = [row(1, "inner.a"), row(2, "inner.finally.y"), row(3, "b", "failed"), row(4, "finally.z")]
    assert set(finished(rows)) == {"inner.a", "inner.finally.y", "finally.z"}
    assert set(finished([*rows, row(5, "b", "running", 2)])) == {"inner.a", "inner.finally.y"}
    assert set(finished([*rows, row(5, "inner.a", "running", 2)])) == set()


def test_a_pipeline_nested_in_finally_is_a_part_of_it() -> None:
    rows = [row(1, "a"), row(2, "finally.inner.b"), row(3, "finally.inner.finally.c")]
    assert set(finished(rows)) == {"a", "finally.inner.b", "finally.inner.finally.c"}
    assert set(finished([*rows, row(4, "a", "running", 2)])) == set()

"""Which run a bare `resume` means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.app.resuming import choose
from clipline.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "state")


def ended(journal: Journal, run_id: str, started: float, status: str, *errors: dict[str, Any]) -> str:
    """A run of a file that ended like this."""
    writer = journal.begin(
        run_id, name="n", pipeline="p.yaml", backend="local", started=started, snapshot={"conversation": None}
    )
    writer.finish(status, int(errors[0]["exit"]) if errors else 0, started + 1, {}, list(errors))
    writer.close()
    return run_id


FELL = {"code": "service", "exit": 5, "message": "it fell over"}
CHECK = {"code": "check_failed", "exit": 3, "message": "too short"}
BUDGET = {"code": "budget", "exit": 4, "message": "over the 55", "hint": "clipline resume b --budget 60"}


def test_a_row_of_a_batch_is_left_to_the_batch(journal: Journal) -> None:
    journal.submit(
        "a", name="n", pipeline="p.yaml", backend="local", started=1.0, snapshot={"conversation": None}, row_key="k"
    )
    choice = choose(journal)
    assert choice.run
    assert choice.run.id == "a"
    assert "of a batch" in choice.why
    assert "with --resume" in choice.hint
    assert "clipline resume a" in choice.hint


def test_the_newest_that_is_not_finished_is_meant(journal: Journal) -> None:
    assert choose(journal).run is None
    ended(journal, "a", 1.0, "failed", FELL)
    newest = ended(journal, "b", 2.0, "waiting", FELL)
    ended(journal, "c", 3.0, "done")
    choice = choose(journal)
    assert (choice.run and choice.run.id, choice.why) == (newest, "")


def test_where_that_would_fail_again_no_other_is_taken(journal: Journal) -> None:
    ended(journal, "a", 1.0, "failed", FELL)
    ended(journal, "b", 2.0, "failed", CHECK)
    choice = choose(journal, with_budget=True)
    assert "b, the newest run that is not finished, would fail again" in choice.why
    assert "too short" in choice.why
    for command in ("clipline resume b`", "clipline runs list", "clipline resume RUN"):
        assert command in choice.hint


def test_one_that_stopped_for_its_budget_goes_on_with_another(journal: Journal) -> None:
    ended(journal, "a", 1.0, "failed", FELL)
    ended(journal, "b", 2.0, "failed", BUDGET)
    choice = choose(journal)
    assert "stopped for its budget: over the 55" in choice.why
    assert choice.hint.startswith("clipline resume b --budget 60; ")
    assert choose(journal, with_budget=True).why == ""


def test_one_of_which_a_part_may_end_otherwise_goes_on(journal: Journal) -> None:
    ended(journal, "a", 1.0, "failed", CHECK, FELL)
    assert choose(journal).why == ""

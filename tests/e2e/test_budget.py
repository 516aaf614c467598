"""A budget that turned out too small: said before the run where it can be, and enlarged for a run that stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cloud_runs import UPLOAD, cloud, edit, export, pipeline

from clipline import app
from clipline.app.preparing import read_settings
from clipline.errors import UsageError

TWO = pipeline("auth", UPLOAD, edit(id="one"), edit("keep 0s to 0.2s", id="two"), export(), budget={"credits": 55})


def test_a_run_that_stopped_for_its_budget_goes_on_with_a_larger_one(tmp_path: Path) -> None:
    with cloud(tmp_path) as here:
        stopped = here.run(TWO)
        assert (stopped.exit, [error["code"] for error in stopped.errors]) == (4, ["budget"])
        assert f"clipline resume {stopped.run_id} --budget 60" in str(stopped.errors[0]["hint"])
        assert here.resume(stopped).exit == 4
        with pytest.raises(UsageError, match="stopped for its budget"):
            app.resume(settings=here.settings, state=here.state)
        assert here.resume(stopped, budget=59).exit == 4, "it is kept, and still too small"
        done = app.resume(budget=60, settings=here.settings, state=here.state, clock=here.clock)
        assert (done.run_id, done.status, done.credits) == (stopped.run_id, "done", 20)


def test_a_larger_budget_is_used_by_later_resumes_too(tmp_path: Path) -> None:
    with cloud(tmp_path) as here:
        stopped = here.run(TWO)
        here.resume(stopped, budget=59)
        with app.open_journal(read_settings(here.settings, here.state)) as journal:
            assert journal.snapshot(stopped.run_id)["budget"] == 59
        hint = str(here.resume(stopped).errors[0]["message"])
        assert "of the 59" in hint

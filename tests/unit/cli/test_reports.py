"""`--report`: in which order a command tells and writes."""

from __future__ import annotations

from typing import NoReturn

import pytest

from clipline.cli.reports import Reports
from clipline.cli.session import Session
from clipline.values import JsonObject


class Hanging(Reports):
    """One whose plugin hangs until the person says stop."""

    def write(self, result: JsonObject) -> NoReturn:
        raise KeyboardInterrupt


def test_what_became_of_the_run_is_told_though_its_report_hangs() -> None:
    told: list[str] = []
    reports = Hanging(Session(as_json=True, sets=(), state=None), ())
    with pytest.raises(KeyboardInterrupt):
        reports.beside({}, lambda: told.append("done") or 0)
    assert told == ["done"]

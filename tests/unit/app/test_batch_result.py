"""The table of a batch as a file for spreadsheets and for programs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from clipline.app.batch_result import BatchResult, BatchRow, write_summary

CLIP = 'a "quoted", long\nname.mp4'


def result(clip: str) -> BatchResult:
    row = BatchRow(1, "jobs.csv:2", clip, "failed", 1, error={"message": "no, not this one"}, files=(Path("/o/a.mp4"),))
    return BatchResult("batch", "mock", (row,))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_whatever_a_clip_is_called_stays_in_its_cell(tmp_path: Path) -> None:
    write_summary(result(CLIP), tmp_path / "all.csv")
    (row,) = table(tmp_path / "all.csv")
    assert (row["clip"], row["error"], row["files"]) == (CLIP, "no, not this one", "/o/a.mp4")


@pytest.mark.parametrize("clip", ["=1+1.mp4", "+1.mp4", "-1.mp4", "@now.mp4", "\t=1.mp4", "\r=1.mp4"])
def test_no_spreadsheet_takes_the_name_of_a_clip_for_a_formula(tmp_path: Path, clip: str) -> None:
    for name in ("all.csv", "all.json"):
        write_summary(result(clip), tmp_path / name)
    assert table(tmp_path / "all.csv")[0]["clip"] == f"'{clip}"
    assert json.loads((tmp_path / "all.json").read_text("utf-8"))["rows"][0]["clip"] == clip

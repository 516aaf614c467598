"""What a batch came to: a frozen row for each clip, the whole, and the table that others read."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from clipline.artifacts import disk, make_folder, write_whole
from clipline.errors import InputError, worst
from clipline.values import JsonObject

__all__ = ["BATCH_VERSION", "BatchResult", "BatchRow", "RowStatus", "check_summary", "write_summary"]

BATCH_VERSION = 1

RowStatus = Literal["running", "done", "failed", "waiting", "cancelled", "not_begun"]

_COLUMNS = ("row", "place", "clip", "status", "kept", "exit", "run", "seconds", "credits", "files", "error")


@dataclass(frozen=True, slots=True)
class BatchRow:
    """How a row ended; `running` only while it is told of as it goes.

    `number` counts from 1; `kept` says that it was done before and not again. `run_id` is empty for a row that has no
    run, since it was refused or not begun. `error` is what `CliplineError.as_json` gives; `result` the whole result of
    its run (`clipline_result`), where there is one. `note` is what else a person should know.
    """

    number: int
    place: str
    clip: str
    status: RowStatus
    exit: int = 0
    kept: bool = False
    run_id: str = ""
    seconds: float = 0.0
    credits: float | None = None
    files: tuple[Path, ...] = ()
    error: JsonObject | None = None
    note: str = ""
    result: JsonObject | None = field(default=None, repr=False)

    def ended(self, result: JsonObject, *, kept: bool = False, note: str = "") -> BatchRow:
        """This row with what its run came to."""
        errors = result["errors"]
        return replace(
            self,
            status=result["status"],
            exit=result["exit"],
            kept=kept,
            run_id=result["run"],
            seconds=result["seconds"],
            credits=result["credits"],
            files=tuple(Path(file) for file in result["files"]),
            error=errors[0] if errors else None,
            note=note,
            result=result,
        )

    def as_json(self) -> dict[str, Any]:
        """The row for programs."""
        return {
            "row": self.number,
            "place": self.place,
            "clip": self.clip,
            "status": self.status,
            "kept": self.kept,
            "exit": self.exit,
            "run": self.run_id or None,
            "seconds": round(self.seconds, 3),
            "credits": self.credits,
            "files": [str(file) for file in self.files],
            "error": dict(self.error) if self.error else None,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch ended. `exit` is the highest among its rows, in the documented order; `seconds` are those it took.

    `credits` are those that the runs of all rows are known to have cost over their whole lives, None where none told.
    Of runs that go on side by side each sees what the account lost meanwhile, or cannot tell; `credits_exact` is
    whether the sum is exact, all runs having gone one after the other.
    """

    name: str
    backend: str
    rows: tuple[BatchRow, ...]
    seconds: float = 0.0
    at_once: int = 1

    @property
    def exit(self) -> int:
        """The status that the command ends with."""
        return worst(row.exit for row in self.rows)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows have each status; those that were kept from before count as `kept`."""
        return Counter("kept" if row.kept else row.status for row in self.rows)

    @property
    def credits(self) -> float | None:
        """What all runs are known to have cost."""
        known = [row.credits for row in self.rows if row.credits is not None]
        return sum(known) if known else None

    @property
    def credits_exact(self) -> bool:
        """Whether `credits` is what they cost, and not only about that."""
        return self.at_once == 1 and not any(row.kept for row in self.rows)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of all rows, in their order."""
        return tuple(file for row in self.rows for file in row.files)

    def as_json(self) -> dict[str, Any]:
        """The batch for programs, with the version of its shape."""
        return {
            "clipline_batch": BATCH_VERSION,
            "name": self.name,
            "backend": self.backend,
            "exit": self.exit,
            "seconds": round(self.seconds, 3),
            "credits": self.credits,
            "credits_exact": self.credits_exact,
            "counts": dict(self.counts),
            "rows": [row.as_json() for row in self.rows],
        }


def check_summary(path: Path) -> None:
    """Make sure that a summary can be written in the form that the name asks for.

    Raises:
        InputError: the name ends in neither `.csv` nor `.json`, or a folder stands there.
    """
    if path.suffix.lower() not in {".csv", ".json"}:
        raise InputError(f"{path.name}: a summary ends in .csv or .json")
    if os.path.isdir(path):  # noqa: PTH112 - `Path.is_dir` fails at a name that is too long
        raise InputError(f"{path} is a folder", code="is_folder", hint="give the name of a file")


def write_summary(result: BatchResult, path: Path) -> None:
    """Write the table as CSV or JSON, as the name says; there whole or not at all, in the place of an older one.

    Raises:
        MachineError: the disk or its permissions stand in the way.
    """
    is_csv = path.suffix.lower() == ".csv"
    text = _as_csv(result) if is_csv else json.dumps(result.as_json(), indent=2, default=str) + "\n"
    make_folder(path.absolute().parent)
    with disk("write", path):
        write_whole(path, text.encode("utf-8", "backslashreplace"))


def _as_csv(result: BatchResult) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for row in result.rows:
        told = row.as_json()
        error = (row.error or {}).get("message") or row.note
        cells = {**told, "files": "; ".join(told["files"]), "error": error}
        writer.writerow({name: _as_text(cell) for name, cell in cells.items()})
    return text.getvalue()


def _as_text(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, whatever a clip is called; the JSON form has it as it is."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

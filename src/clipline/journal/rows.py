"""What the journal gives back: frozen rows, their JSON already read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Row
from typing import Literal

from clipline.errors import may_end_otherwise
from clipline.events import Event, Finding
from clipline.values import JsonObject

__all__ = ["EffectRow", "FileRow", "RunRow", "StageRow", "dump", "event_from_row", "stage_from_row"]

RunStatus = Literal["running", "interrupted", "done", "failed", "cancelled", "waiting"]
StageStatus = Literal["running", "done", "failed", "skipped", "cancelled", "waiting"]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def dump(value: object) -> str:
    """JSON as the journal keeps it.

    Raises:
        TypeError, ValueError: `value` is not JSON.
    """
    return _encode(value)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run. `interrupted` is one that nobody finished and nobody works on; times are seconds since 1970, UTC."""

    id: str
    name: str
    pipeline: str
    backend: str
    status: RunStatus
    exit: int | None
    started: float
    finished: float | None
    folder: Path
    outputs: JsonObject = field(default_factory=dict)
    errors: tuple[JsonObject, ...] = ()

    @property
    def hopeless(self) -> bool:
        """Whether it failed for what trying again does not mend, like words that cannot be followed."""
        return self.status == "failed" and bool(self.errors) and not any(map(may_end_otherwise, self.errors))


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that a stage made."""

    path: Path
    sha256: str
    bytes: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class StageRow:
    """An attempt at a stage; `number` grows with time in its run, `attempt` counts from 1 (0: skipped)."""

    number: int
    path: str
    kind: str
    attempt: int
    status: StageStatus
    started: float
    finished: float | None
    outputs: JsonObject = field(default_factory=dict)
    artifacts: tuple[FileRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class EffectRow:
    """An effect: its `operation` as it was intended, and its `outcome` once `status` is done."""

    id: int
    stage: str
    attempt: int
    name: str
    digest: str
    operation: JsonObject
    fingerprint: str
    deadline: float
    status: Literal["open", "done", "void"]
    outcome: JsonObject | None


def stage_from_row(row: Row) -> StageRow:
    """Read a row of `attempts`."""
    return StageRow(
        number=row["number"],
        path=row["path"],
        kind=row["kind"],
        attempt=row["attempt"],
        status=row["status"],
        started=row["started"],
        finished=row["finished"],
        outputs=json.loads(row["outputs"] or "{}"),
        artifacts=tuple(
            FileRow(Path(made["path"]), made["sha256"], made["bytes"], made["name"])
            for made in json.loads(row["artifacts"] or "[]")
        ),
        findings=tuple(Finding(level, text) for level, text in json.loads(row["findings"] or "[]")),
        error=json.loads(row["error"]) if row["error"] else None,
    )


def event_from_row(row: Row) -> Event:
    """Read a row of `events`."""
    return Event(row["run_id"], row["sequence"], row["time"], row["type"], row["stage"], json.loads(row["data"]))

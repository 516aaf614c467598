"""What the journal gives back: frozen rows, their JSON already read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Row
from typing import Any, Literal

from clipline.errors import may_end_otherwise
from clipline.events import Event, Finding
from clipline.values import JsonObject

__all__ = [
    "ConversationRow",
    "EffectRow",
    "EffectStatus",
    "FileRow",
    "Forgotten",
    "RunRow",
    "StageRow",
    "conversation_from_row",
    "dump",
    "effect_from_row",
    "event_from_row",
    "scope_from_row",
    "stage_from_row",
]

RunStatus = Literal["queued", "running", "interrupted", "done", "failed", "cancelled", "waiting"]
StageStatus = Literal["running", "done", "failed", "skipped", "cancelled", "waiting", "forgotten"]
EffectStatus = Literal["open", "done", "void", "forgotten"]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def dump(value: object) -> str:
    """JSON as the journal keeps it.

    Raises:
        TypeError, ValueError: `value` is not JSON.
    """
    return _encode(value)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run. `queued` is one that nobody began yet, `interrupted` one that nobody finished and nobody works on.

    Times are seconds since 1970, UTC. `row_key` is what the row of a batch asks for, empty for a run of no batch.
    `epoch` grows each time that a process takes the run up. `lost` says what of its history may be lost, where the
    journal was damaged and mended; empty for a whole one.
    """

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
    row_key: str = ""
    epoch: int = 0
    lost: str = ""

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
    """An attempt at a stage; `number` grows with time in its run, `attempt` counts from 1 (0: skipped).

    `changed` names the parts of its scope's state that it changed, None where nobody wrote that down.
    """

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
    changed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class EffectRow:
    """An effect: its `operation` as it was intended, and its `outcome` once `status` is done.

    `cost` is what it took of the budget: the credits of its outcome, its estimate where these are not known.
    """

    id: int
    stage: str
    attempt: int
    name: str
    digest: str
    operation: JsonObject
    fingerprint: str
    deadline: float
    status: EffectStatus
    outcome: JsonObject | None
    estimate: int = 0
    session: str = ""
    word: str = ""

    @property
    def cost(self) -> float:
        """Credits."""
        told = (self.outcome or {}).get("credits")
        return float(self.estimate if told is None else told)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is to be done anew: numbers of attempts and of effects, and the states that the scopes begin with.

    A scope with None begins with what the scope around it then has.
    """

    attempts: tuple[int, ...]
    effects: tuple[int, ...]
    scopes: Mapping[str, JsonObject | None]


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation with a backend: its `state` is what a stage of it gets; `updated` is seconds since 1970, UTC."""

    backend: str
    base: str
    session: str
    state: JsonObject
    run_id: str
    updated: float


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
        findings=tuple(map(_finding, json.loads(row["findings"] or "[]"))),
        error=json.loads(row["error"]) if row["error"] else None,
        changed=frozenset(json.loads(row["changed"])) if row["changed"] else None,
    )


def effect_from_row(row: Row) -> EffectRow:
    """Read a row of `effects`."""
    return EffectRow(
        id=row["id"],
        stage=row["stage"],
        attempt=row["attempt"],
        name=row["name"],
        digest=row["digest"],
        operation=json.loads(row["operation"]),
        fingerprint=row["fingerprint"],
        deadline=row["deadline"],
        status=row["status"],
        outcome=json.loads(row["outcome"]) if row["outcome"] else None,
        estimate=row["estimate"],
        session=row["session"] or "",
        word=row["word"] or "",
    )


def conversation_from_row(row: Row) -> ConversationRow:
    """Read a row of `conversations`."""
    return ConversationRow(
        row["backend"], row["base"], row["session"], json.loads(row["state"]), row["run_id"], row["updated"]
    )


def scope_from_row(row: Row) -> tuple[str, JsonObject]:
    """Read a row of `scopes`: its scope, and the state of it."""
    return row["scope"], json.loads(row["state"])


def event_from_row(row: Row) -> Event:
    """Read a row of `events`."""
    return Event(row["run_id"], row["sequence"], row["time"], row["type"], row["stage"], json.loads(row["data"]))


def finding_row(finding: Finding) -> list[Any]:
    """A finding as it is kept: its level and its text, and whatever more it says."""
    more = {name: value for name, value in finding.as_json().items() if value and name in {"about", "times"}}
    return [finding.level, finding.text, *([more] if more else [])]


def _finding(kept: Sequence[Any]) -> Finding:
    level, text, *more = kept
    return Finding.from_json({"level": level, "text": text, **(more[0] if more else {})})

"""What a run came to: frozen, and the same for a person, a program and the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from clipline.events import Finding
from clipline.values import JsonObject

__all__ = ["RESULT_VERSION", "RunResult", "RunStatus", "StageOutcome", "StageStatus", "format_moment"]

RESULT_VERSION = 1

#: `queued`, `running` and `interrupted` are those of a run that is looked at before its end.
RunStatus = Literal["done", "failed", "cancelled", "waiting", "queued", "running", "interrupted"]
StageStatus = Literal["done", "failed", "skipped", "cancelled", "waiting", "running"]


def format_moment(seconds: float) -> str:
    """A moment, seconds since 1970, as `2026-03-01T14:30:05Z`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """How a stage ended. `attempts` counts over the whole life of the run, `seconds` is the last attempt's.

    `reused` says that an earlier process finished it and this one did not do it again.
    """

    path: str
    kind: str
    status: StageStatus
    attempts: int = 0
    seconds: float = 0.0
    outputs: JsonObject = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    error: JsonObject | None = None
    reused: bool = False

    def as_json(self) -> dict[str, Any]:
        """The outcome for programs."""
        return {
            "path": self.path,
            "kind": self.kind,
            "status": self.status,
            "attempts": self.attempts,
            "seconds": round(self.seconds, 3),
            "outputs": dict(self.outputs),
            "files": [str(file) for file in self.files],
            "error": dict(self.error) if self.error else None,
            "reused": self.reused,
        }


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. `stages` are by path, in the order in which they ended; `seconds` is this process's part.

    `findings` are pairs of a stage's path and what it found; `errors` are what `CliplineError.as_json` gives, each
    with the `stage` it belongs to; `exit` is the status that a command ends with. `credits` are those that the run is
    known to have cost over its whole life, None where nobody told; `state` is what its stages left of the session, for
    a next run of the same conversation. `pipeline` is the path or the name of what was run, `started` seconds since
    1970, UTC, None for a run that was refused before it began.
    """

    run_id: str
    name: str
    status: RunStatus
    exit: int
    stages: Mapping[str, StageOutcome] = field(default_factory=dict)
    outputs: JsonObject = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    findings: tuple[tuple[str, Finding], ...] = ()
    errors: tuple[JsonObject, ...] = ()
    seconds: float = 0.0
    credits: float | None = None
    state: JsonObject = field(default_factory=dict, repr=False)
    pipeline: str = ""
    backend: str = ""
    started: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The result for programs, with the version of its shape."""
        return {
            "clipline_result": RESULT_VERSION,
            "run": self.run_id,
            "name": self.name,
            "pipeline": self.pipeline,
            "backend": self.backend,
            "status": self.status,
            "exit": self.exit,
            "started": None if self.started is None else format_moment(self.started),
            "seconds": round(self.seconds, 3),
            "credits": self.credits,
            "stages": [stage.as_json() for stage in self.stages.values()],
            "outputs": dict(self.outputs),
            "files": [str(file) for file in self.files],
            "findings": [{"stage": path, **finding.as_json()} for path, finding in self.findings],
            "errors": [dict(error) for error in self.errors],
        }

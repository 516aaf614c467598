"""All that the parts of the engine share while a run goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clipline.clock import CancelToken, Clock
from clipline.engine.reporter import Reporter
from clipline.engine.results import StageOutcome
from clipline.engine.secrets import Secrets
from clipline.engine.settling import Policy
from clipline.engine.workers import Workers
from clipline.events import Finding
from clipline.journal import RunWriter, StageRow, belongs_to_end
from clipline.pipeline.filters import find_files
from clipline.pipeline.model import Plan
from clipline.plugin_manager import RunPlugins
from clipline.values import JsonObject

__all__ = ["CANCEL_GRACE", "CANCEL_TOTAL", "Collected", "Globs", "Run", "Stop"]

#: Seconds that a stage has after it was told to stop, and that all has together, `finally` included; the rest of two
#: seconds is for the journal and the way out.
CANCEL_GRACE, CANCEL_TOTAL = 1.0, 1.7


@dataclass
class Collected:
    """What a run's result is made of, as it comes in."""

    outcomes: dict[str, StageOutcome] = field(default_factory=dict)
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, outcome: StageOutcome, findings: Sequence[Finding] = ()) -> None:
        """A stage ended."""
        with self._lock:
            self.outcomes[outcome.path] = outcome
            self.findings += [(outcome.path, finding) for finding in findings]

    def worked_below(self, prefix: str) -> bool:
        """Whether this process did a stage below `prefix` (empty: any), `on_failure` and `finally` not counted."""
        with self._lock:
            return any(
                outcome.attempts and not outcome.reused and not belongs_to_end(path.removeprefix(prefix))
                for path, outcome in self.outcomes.items()
                if path.startswith(prefix)
            )

    def find(self, path: str, finding: Finding) -> None:
        """Something was found beside any stage's own work."""
        with self._lock:
            self.findings.append((path, finding))


@dataclass
class Stop:
    """When the run was told to stop, by the clock's `monotonic`; None while it was not."""

    at: float | None = None


class Globs:
    """Patterns are looked up once; a run that is taken up again sees the same files."""

    def __init__(self, writer: RunWriter, planned: Mapping[str, Sequence[str]]) -> None:
        self._writer = writer
        self._found: dict[str, Sequence[str]] = {**writer.globs(), **planned}
        self._lock = threading.Lock()

    def __call__(self, pattern: str) -> Sequence[str]:
        """The files that an absolute pattern found."""
        with self._lock:
            if pattern not in self._found:
                found = find_files(pattern)
                self._writer.add_glob(pattern, found)
                self._found[pattern] = found
            return self._found[pattern]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run in this process.

    `facts` is what `run.…` gives that never changes: id, name, started, dir, backend. `finished`, `tries` and
    `scopes` are what earlier processes left: stages by path that are not done again, how often each was tried, and
    the state of each scope. `notes` are told as a stage starts. `policy` is what the person said of unanswered sends.
    """

    plan: Plan
    writer: RunWriter
    plugins: RunPlugins
    reporter: Reporter
    clock: Clock
    secrets: Secrets
    workers: Workers
    settings: JsonObject
    facts: JsonObject
    scratch: Path
    finished: dict[str, StageRow]
    tries: Mapping[str, int]
    scopes: Mapping[str, JsonObject]
    globs: Globs
    stop: Stop
    notes: Mapping[str, Sequence[str]]
    policy: Policy
    collected: Collected = field(default_factory=Collected)

    def forget_end(self, prefix: str) -> None:
        """What an earlier process did in `on_failure` and `finally` speaks of an end that is now another one."""
        if self.finished and self.collected.worked_below(prefix):
            for path in list(self.finished):
                if path.startswith(prefix) and belongs_to_end(path.removeprefix(prefix)):
                    self.finished.pop(path, None)

    def leaving_clock(self) -> Clock:
        """For what is done although the run was cancelled: until its time to leave is over."""
        at = self.clock.monotonic() if self.stop.at is None else self.stop.at
        return self.clock.with_token(CancelToken(), at + CANCEL_TOTAL)

"""How many runs of a batch go side by side, how far apart they start, and what they may cost together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from clipline.clock import Clock
from clipline.errors import UsageError
from clipline.journal import Journal, RunRow
from clipline.stage import Executor
from clipline.studio.pictures.memory import free_memory

__all__ = ["Pace", "Purse", "jobs_allowed"]

#: Bytes that a process of a run takes: clipline, its networks and a render at 720p were measured at 243 MB.
_PROCESS_MEMORY = 300_000_000
#: Seconds between two looks at whether another run has ended.
_LOOK = 0.2


def jobs_allowed(jobs: int | None, backend: str, section: Mapping[str, Any], executor: Executor) -> tuple[int, str]:
    """How many runs go side by side, and what the person is told where that is fewer than they asked for.

    A backend says in its setting `parallel` how many its service takes. Processes on this machine share half of the
    memory that is free; runs in threads wait for room by themselves, each render where it starts.
    """
    asked = jobs or 1
    limits = []
    if parallel := int(section.get("parallel") or 0):
        limits.append((parallel, f"the setting {backend}.parallel allows {parallel}"))
    if executor.name == "processes" and (free := free_memory()) is not None:
        room = max(1, free // 2 // _PROCESS_MEMORY)
        limits.append((room, f"half of the memory that is free is enough for {room}"))
    most, why = min(limits, default=(asked, ""))
    return (most, f"{most} at once and not {asked}: {why}") if most < asked else (asked, "")


@dataclass
class Pace:
    """Lets runs start at least `interval` seconds apart, as a service may want it (the setting `interval`)."""

    interval: float
    clock: Clock
    _next: float = 0.0

    def wait(self) -> None:
        """Wait until the next run may start.

        Raises:
            Cancelled: the batch was told to stop.
        """
        left = self._next - self.clock.monotonic()
        if left > 0:
            self.clock.sleep(left)
        self._next = self.clock.monotonic() + self.interval


@dataclass
class Purse:
    """The credits of a whole batch: what its runs cost, and what is reserved for those that go on.

    `spent` are the runs that count from before; `going` those that were handed out, or go on `elsewhere`, with what
    they may come to cost.
    """

    budget: float
    journal: Journal
    clock: Clock
    spent: set[str] = field(default_factory=set)
    going: dict[str, float] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    _epochs: dict[str, int] = field(default_factory=dict)

    def taken(self) -> float:
        """The credits that are spent or reserved by now."""
        going = dict(self.going)  # the batch's own thread may add to it
        before = sum(self.journal.taken(run_id) for run_id in self.spent - going.keys())
        return before + sum(max(self.journal.taken(run_id), left) for run_id, left in going.items())

    def allows(self, estimate: float, ended: Collection[str]) -> bool:
        """Whether a run of this estimate fits; waits for those that go on where they may leave something over.

        `ended` grows as runs end; the journal is asked as well, since an executor may be slow to tell.

        Raises:
            Cancelled: the batch was told to stop.
        """
        while True:
            for run_id in [each for each in list(self.going) if each in ended or self._is_over(each)]:
                self.release(run_id)
            if self.taken() + estimate <= self.budget:
                return True
            if not any(map(self._will_end, list(self.going))):
                return False
            self.clock.sleep(_LOOK)

    def _is_over(self, run_id: str) -> bool:
        """Whether a run ended; one that was handed out shows how it ended the last time until it is begun."""
        run = self._run(run_id)
        if run is None:
            return True
        is_begun = run_id in self.elsewhere or run.epoch > self._epochs[run_id]
        return is_begun and run.status not in {"queued", "running"}

    def _will_end(self, run_id: str) -> bool:
        """Whether a run can be waited for; one that waits elsewhere may have been left by a process that is no more."""
        run = self._run(run_id)
        return run_id not in self.elsewhere or (run is not None and run.status == "running")

    def _run(self, run_id: str) -> RunRow | None:
        """What the journal knows of a run; None where somebody deleted it."""
        try:
            return self.journal.run(run_id)
        except UsageError:
            return None

    def reserve(self, run_id: str, estimate: float, *, elsewhere: bool = False) -> None:
        """A run goes on, perhaps in another process, and may come to cost this beyond what it has cost by now.

        One that goes on here is reserved before it is begun.
        """
        run = self._run(run_id)
        self._epochs[run_id] = 0 if run is None else run.epoch
        self.going[run_id] = self.journal.taken(run_id) + estimate
        (self.elsewhere.add if elsewhere else self.elsewhere.discard)(run_id)

    def release(self, run_id: str) -> None:
        """A run goes on no more: what it has cost counts, and nothing beyond that."""
        self.spent.add(run_id)
        self.going.pop(run_id, None)

"""Many processes at once: lanes, each a row of processes one after the other, with some of them killed on the way.

A lane is a generator: it yields the next `Job`, and is sent what became of it (`Done`), so that it can act on what it
read, as a person would. One thread carries all lanes, since its process forks.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from campaigns import forked

__all__ = ["Done", "Job", "Lane", "carry_out"]

#: Seconds that one process may take; five times what the slowest takes while twenty share two cores.
HANG = 150.0
#: And one that is no `clipline`.
LONGEST = 3600.0
#: Seconds between two looks at what is to be killed.
_LOOK = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A process: `clipline ARGUMENTS`, forked or really started; `program` in its place is another argv.

    `kill_after` seconds it gets SIGKILL, if it is still there; they count from its start, or from when `kill_from`
    says so. `label` says what it is for.
    """

    arguments: Sequence[str] = ()
    label: str = ""
    kill_after: float | None = None
    kill_from: Callable[[], bool] | None = None
    really: bool = False
    program: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """A process that ended: `status` as `forked.Child.wait` gives it, `seconds` since it was started."""

    job: Job
    status: int
    seconds: float
    said: str
    complained: str
    killed: bool


Lane: TypeAlias = Generator[Job, Done, None]


@dataclass
class _Going:
    job: Job
    lane: Lane
    process: forked.Child | subprocess.Popen[bytes]
    outputs: tuple[Path, Path]
    begun: float
    watched: int
    doomed: float | None = None
    killed: bool = False


@dataclass
class _Road:
    """All lanes under way."""

    folder: Path
    environment: Mapping[str, str]
    going: dict[int, _Going] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    count: int = 0

    def start(self, lane: Lane, before: Done | None) -> None:
        """Begin a lane's next process, if it has one more."""
        try:
            job = next(lane) if before is None else lane.send(before)
        except StopIteration:
            return
        self.count += 1
        name = f"p{self.count:04}"
        outputs = self.folder / f"{name}.out", self.folder / f"{name}.err"
        process = self._process(job, name, outputs)
        watched = os.pidfd_open(process.pid)
        begun = time.monotonic()
        self.going[watched] = _Going(job, lane, process, outputs, begun, watched)

    def _process(self, job: Job, name: str, outputs: tuple[Path, Path]) -> forked.Child | subprocess.Popen[bytes]:
        if not job.program and not job.really:
            return forked.start(job.arguments, self.folder, self.environment, name=name)
        argv = job.program or [sys.executable, "-m", "clipline", *job.arguments]
        with outputs[0].open("wb") as said, outputs[1].open("wb") as complained:
            return subprocess.Popen(
                argv,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                start_new_session=True,
            )

    def kill_who_is_due(self) -> None:
        """Kill those whose time has come, and those that hang."""
        now = time.monotonic()
        for going in self.going.values():
            job = going.job
            if going.killed:
                continue
            if going.doomed is None and job.kill_after is not None and (job.kill_from is None or job.kill_from()):
                going.doomed = (now if job.kill_from else going.begun) + job.kill_after
            if now - going.begun > (LONGEST if job.program else HANG):
                with going.outputs[1].open("a") as complained:
                    complained.write("\nHANG\n")
                self._kill(going)
            elif going.doomed is not None and now >= going.doomed:
                self._kill(going)

    def _kill(self, going: _Going) -> None:
        going.killed = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(going.process.pid, signal.SIGKILL)

    def reap(self, watched: int) -> None:
        """A process ended; its lane goes on."""
        going = self.going.pop(watched)
        os.close(watched)
        status = going.process.wait(1)
        said, complained = (path.read_text(errors="replace") for path in going.outputs)
        seconds = time.monotonic() - going.begun
        done = Done(going.job, status, seconds, said, complained, going.killed and status == -signal.SIGKILL)
        self.done.append(done)
        self.start(going.lane, done)


def carry_out(lanes: Sequence[Lane], folder: Path, environment: Mapping[str, str]) -> list[Done]:
    """Let all lanes go on at once until the last one ends; what each process said stays in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    road = _Road(folder, environment)
    try:
        for lane in lanes:
            road.start(lane, None)
        while road.going:
            poll = select.poll()
            for watched in road.going:
                poll.register(watched, select.POLLIN)
            for watched, _ in poll.poll(_LOOK * 1000):
                road.reap(watched)
            road.kill_who_is_due()
    finally:
        for going in road.going.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(going.process.pid, signal.SIGKILL)
    return road.done

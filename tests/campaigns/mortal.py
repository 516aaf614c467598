"""Processes that die at a boundary: after the nth commit of the journal, or at the nth step of a request.

A process is forked and killed, so what it held is gone as in a crash: no `finally`, no last word. Its time is that of
the mock in the parent: both look at one piece of shared memory. Boundaries are counted over all processes of a cell,
from the moment when a stage of a given name starts; four for each request (begun, sent, answered, read), one for each
commit, but for those that only tell that a second of a countdown passed.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from clipline.clock import CancelToken, Clock
from clipline.events import Event

__all__ = ["Mortal", "SharedClock"]

#: 2026-01-01 00:00 UTC.
_START = 1_767_225_600.0
#: Seconds between two commits of a countdown.
_TICK = 1.0
_STEPS = (
    ".send_request_headers.started",
    ".send_request_body.complete",
    ".receive_response_headers.complete",
    ".receive_response_body.complete",
)


class SharedClock(Clock):
    """A virtual clock that processes share: a wait of any of them moves the time of all."""

    def __init__(
        self, memory: memoryview[float], token: CancelToken | None = None, deadline: float | None = None
    ) -> None:
        super().__init__(token, deadline)
        self._memory = memory

    def now(self) -> float:
        """Seconds since 1970."""
        return _START + self._memory[0]

    def monotonic(self) -> float:
        """Seconds that have passed."""
        return self._memory[0]

    def wait(self, seconds: float) -> None:
        """Let the time pass without waiting."""
        self._memory[3] = float(seconds <= _TICK)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._memory[0] += seconds

    def _with(self, token: CancelToken, deadline: float | None) -> Self:
        return type(self)(self._memory, token, deadline)


class Mortal:
    """The processes of one cell, of which one dies.

    Args:
        since: the stage from whose start on boundaries count; "" from the first.
        die_at: the number of the boundary to die at, from 1; 0 for none.
    """

    def __init__(self, since: str, die_at: int) -> None:
        self._since, self._die_at = since, die_at
        self._memory = memoryview(mmap.mmap(-1, 32)).cast("d")
        self.clock = SharedClock(self._memory)

    @property
    def counted(self) -> int:
        """The boundaries that were passed."""
        return int(self._memory[1])

    def process(
        self,
        work: Callable[[SharedClock, Callable[[Event], None]], Mapping[str, Any]],
        folder: Path,
        environment: Mapping[str, str],
        seconds: float,
    ) -> dict[str, Any] | None:
        """Do `work` in a process of its own; what it gave, or None where the process died at its boundary.

        Raises:
            TimeoutError: it did not end in so many real seconds; it was killed.
            RuntimeError: it died of something else.
        """
        answer = folder / "answer.json"
        answer.unlink(missing_ok=True)
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            self._be(work, answer, folder, environment)
        ended = _wait(pid, seconds)
        if ended is None:
            raise TimeoutError(f"a process still ran after {seconds:g} s")
        if ended == -signal.SIGKILL:
            return None
        if ended or not answer.exists():
            raise RuntimeError(f"a process ended with {ended}: {(folder / 'complained').read_text()[-2000:]}")
        found: dict[str, Any] = json.loads(answer.read_text())
        return found

    def _be(
        self,
        work: Callable[[SharedClock, Callable[[Event], None]], Mapping[str, Any]],
        answer: Path,
        folder: Path,
        environment: Mapping[str, str],
    ) -> None:
        """Be the child, and never return."""
        status = 1
        try:
            os.environ.update(environment)
            self._lie_in_wait()
            with (folder / "told.jsonl").open("a") as told:

                def tell(event: Event) -> None:
                    told.write(json.dumps(event.as_json()) + "\n")
                    told.flush()
                    if (event.type, event.stage) == ("stage.started", self._since):
                        self._memory[2] = 1.0

                answer.write_text(json.dumps(work(self.clock, tell), default=str))
            status = 0
        except BaseException:  # noqa: BLE001  # whatever happens, the child must not go on as its parent
            (folder / "complained").write_text(traceback.format_exc())
        finally:
            os._exit(status)

    def _lie_in_wait(self) -> None:
        """Have this process die at its boundary. What is replaced here is only told of, and works as ever."""
        from clipline.http.line import Line
        from clipline.journal.database import Database

        watch, transaction = Line.watch, Database.transaction

        def watched(line: Line, event: str, info: Mapping[str, Any]) -> None:
            if event.endswith(_STEPS):
                self._memory[3] = 0.0
                self._boundary()
            watch(line, event, info)

        @contextlib.contextmanager
        def committed(database: Database, *, durable: bool = False) -> Iterator[Any]:
            with transaction(database, durable=durable) as connection:
                yield connection
            ticked, self._memory[3] = self._memory[3], 0.0
            if not ticked:
                self._boundary()

        Line.watch = watched  # type: ignore[method-assign, assignment]
        Database.transaction = committed  # type: ignore[method-assign, assignment]

    def _boundary(self) -> None:
        if self._since and not self._memory[2]:
            return
        self._memory[1] += 1
        if int(self._memory[1]) == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _wait(pid: int, seconds: float) -> int | None:
    """The exit status of a child, minus the signal that ended it; None where it had to be killed."""
    watched = os.pidfd_open(pid)
    try:
        ended = select.select([watched], [], [], seconds)[0]
    finally:
        os.close(watched)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if ended else None

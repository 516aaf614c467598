"""A run in a process of its own, which may die or be told to stop at a moment of it.

    python -m clipline.testing.program JOB.json

What the job says is written by `clipline.testing.scene`; what happened goes line by line into its `record`, so that it
can be read whenever the process ends.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clipline import app
from clipline.clock import CancelToken
from clipline.engine.results import RunResult
from clipline.errors import CliplineError
from clipline.events import Event
from clipline.testing.moments import Moments, WatchedClock, WatchedVirtualClock

__all__ = ["main"]

#: Seconds that threads of a run have to end after it: five times the second that a stage is given.
_THREADS_SECONDS = 5.0


def main(job_file: str) -> int:
    """Carry the job out; the status that a command would end with."""
    job: Mapping[str, Any] = json.loads(Path(job_file).read_text("utf-8"))
    with Path(job["record"]).open("a", encoding="utf-8", buffering=1) as record:
        guard = threading.Lock()

        def write(**facts: Any) -> None:
            with guard:
                record.write(json.dumps(facts) + "\n")

        try:
            result = _run(job, write)
        except CliplineError as error:
            write(raised=error.as_json())
            return error.exit
        write(result=result.as_json(), left_behind=_left_behind())
        return result.exit


def _run(job: Mapping[str, Any], write: Callable[..., None]) -> RunResult:
    def heard(moment: str, path: str, more: str) -> None:
        write(moment=moment, path=path, more=more)

    token = CancelToken()
    moments = Moments(heard, job["at"], job["path"], token if job["act"] == "cancel" else None)
    moments.watch_doors()
    clock = (WatchedVirtualClock if job["virtual"] else WatchedClock)(token)
    type(clock).moments = moments

    def on_event(event: Event) -> None:
        write(event=event.as_json())
        moments.event(event)

    common: dict[str, Any] = {"on_event": on_event, "cancel": token, "clock": clock}
    common |= {"settings": job["settings"], "state": Path(job["state"])}
    if job["resume"]:
        return app.resume(job["resume"], **common)
    out = Path(job["out"])
    return app.run(job["pipeline"], job["inputs"], backend=job["backend"] or None, out=out, **common)


def _left_behind() -> list[str]:
    """The threads of the run's stages that are still at work although it is over."""
    end = time.monotonic() + _THREADS_SECONDS
    while left := [each.name for each in threading.enumerate() if each.name.startswith("clipline-")]:
        if time.monotonic() > end:
            return left
        time.sleep(0.02)
    return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

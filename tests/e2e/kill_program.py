"""A process for the kill tests: begins or resumes a run of three stages, and breaks off where it is told to.

    kill_program.py FOLDER run|resume|many [BREAK]

Each stage writes a line into FOLDER/done.txt, so that a test can count what was done. With a BREAK `READY` is printed
where the process waits to be killed; it then hangs in a native call that hears of nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from tests.engine_world import World, kind_plugin, stages_of

from clipline.clock import CancelToken, Clock
from clipline.engine import delivery
from clipline.stage import StageCall, StageResult

FOLDER, COMMAND, BREAK = Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
CONTENT = b"frame " * 100_000


def count(call: StageCall) -> None:
    with (FOLDER / "done.txt").open("a") as file:
        file.write(call.path + "\n")


def hang() -> None:
    print("READY", flush=True)
    time.sleep(600)


def prepare(call: StageCall, options: Any) -> StageResult:
    count(call)
    return StageResult({"n": 1}, state={"prepared": True})


def export(call: StageCall, options: Any) -> StageResult:
    count(call)
    assert call.state == {"prepared": True}
    target = call.out / "film.mp4"
    if found := call.files.delivered(target):
        return StageResult(artifacts=(found,))
    temporary = call.files.temporary(target)
    with temporary.open("wb") as file:
        file.write(CONTENT[: len(CONTENT) // 2])
        file.flush()
        if BREAK == "half":
            hang()
        file.write(CONTENT[len(CONTENT) // 2 :])
    return StageResult(artifacts=(call.files.deliver(temporary, target, sidecar={"made": "here"}),))


def notify(call: StageCall, options: Any) -> StageResult:
    count(call)
    return StageResult()


def break_at(moment: str) -> None:
    """Let the process die in the system's call at this moment of the delivery."""
    link = os.link

    def before(*_: Any) -> None:
        os._exit(9)

    def after(source: Any, target: Any) -> None:
        link(source, target)
        os._exit(9)

    if moment == "before-rename":
        os.link = before  # type: ignore[assignment]
    elif moment == "after-rename":
        os.link = after  # type: ignore[assignment]
    elif moment == "before-outcome":
        delivery.sync_folder = before  # type: ignore[assignment]


def many(world: World) -> int:
    """Twenty processes at once, each with a run of its own in the same, still missing journal."""
    world.journal.close()
    for file in (FOLDER / "state").glob("journal*"):
        file.unlink()
    gate = FOLDER / "gate"
    children = []
    for number in range(20):
        if (child := os.fork()) == 0:
            while not gate.exists():
                time.sleep(0.001)
            own = World(FOLDER, world.plugin)
            result = own.run({"stages": [{"stage": "prepare", "id": f"s{n}"} for n in range(10)], "name": f"n{number}"})
            os._exit(result.exit)
        children.append(child)
    gate.touch()
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children)


def main() -> int:
    token = CancelToken()

    def stop(number: int, _: FrameType | None) -> None:
        token.cancel(number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    break_at(BREAK)
    world = World(FOLDER, kind_plugin({"prepare": prepare, "export": export, "notify": notify}))
    if COMMAND == "many":
        return many(world)
    clock = Clock(token)
    result = (
        world.run(stages_of("prepare", "export", "notify"), clock=clock)
        if COMMAND == "run"
        else world.resume(clock=clock)
    )
    print(result.status, *(error["message"] for error in result.errors), flush=True)
    return result.exit


if __name__ == "__main__":
    sys.exit(main())

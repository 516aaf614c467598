"""A process for the tests of paid effects: begins or resumes a run of `auth`, `edit` and `export` against a ledger.

    paid_program.py FOLDER run|resume [BREAK] [--OPTION ...]

The service is two files in FOLDER: `ledger.txt` has a line for every charge, and `dead` is there once its session
died. BREAK says where in the send the process prints `READY` and hangs, to be killed: `before` the charge or `after`
it. Options are those of `runner.resume`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from tests.engine_world import World, kind_plugin, stages_of

from clipline.errors import OutcomeUnknown
from clipline.stage import Settled, StageCall, StageResult

FOLDER, COMMAND = Path(sys.argv[1]), sys.argv[2]
BREAK = next((word for word in sys.argv[3:] if not word.startswith("--")), "")
OPTIONS = {word[2:]: True for word in sys.argv[3:] if word.startswith("--")}
LEDGER, DEAD = FOLDER / "ledger.txt", FOLDER / "dead"
SPAN = 1.0


def charges() -> int:
    return len(LEDGER.read_text().split()) if LEDGER.exists() else 0


def hang(moment: str) -> None:
    if moment == BREAK:
        print("READY", flush=True)
        time.sleep(600)


def auth(call: StageCall, options: Any) -> StageResult:
    DEAD.unlink(missing_ok=True)
    return StageResult(state={"session": call.run_id, "seen": charges()})


def edit(call: StageCall, options: Any) -> StageResult:
    def send() -> dict[str, Any]:
        hang("before")
        with LEDGER.open("a") as file:
            file.write("edit\n")
        hang("after")
        return {"credits": 10}

    def settle(operation: Any) -> Settled:
        return Settled("done", {"credits": 10}) if charges() > operation["before"] else Settled("unknown")

    operation = {"before": call.state["seen"]}
    call.effects.perform("edit", operation, send, settle=settle, span=SPAN, estimate=10, session="the one")
    return StageResult()


def export(call: StageCall, options: Any) -> StageResult:
    if DEAD.exists():
        raise OutcomeUnknown("the session is gone")
    return StageResult()


def main() -> int:
    world = World(FOLDER, kind_plugin({"auth": auth, "edit": edit, "export": export}))
    result = world.resume(**OPTIONS) if COMMAND == "resume" else world.run(stages_of("auth", "edit", "export"))
    print(result.status, *(error["code"] for error in result.errors), flush=True)
    return result.exit


if __name__ == "__main__":
    sys.exit(main())

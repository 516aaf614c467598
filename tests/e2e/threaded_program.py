"""A program that uses clipline as a library: eight threads, each with runs of its own, some stopped, some failing.

    threaded_program.py FOLDER

Prints one JSON document: how each run ended, and what the process was like before and after.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import clipline
from clipline.errors import UsageError

FOLDER = Path(sys.argv[1])
THREADS, ROUNDS = 8, 3
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE]

GOOD = ["auth", {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}}]
EXPORT = {"stage": "export", "with": {"to": "${{ inputs.to }}", "collision": "overwrite"}}
NAP = {"stage": "notify", "id": "nap", "with": {"via": [{"command": {"argv": ["sleep", "60"]}}]}}
FAIL = {"stage": "notify", "id": "no", "with": {"via": [{"command": {"argv": ["false"]}}]}}
INPUTS = {"clip": {"type": "file", "required": True}, "to": {"type": "string", "required": True}}


def pipeline(*stages: Any) -> dict[str, Any]:
    return {"clipline": 1, "name": "threads", "inputs": INPUTS, "stages": list(stages)}


def run(thread: int, turn: int) -> list[str]:
    """One run: what it is, how it ended, and of a file where it is."""
    kind = ("makes", "stopped", "fails", "refused")[(thread + turn) % 4]
    token, told = clipline.CancelToken(), []

    def watch(event: clipline.Event) -> None:
        told.append(event.sequence)
        if event.type == "stage.started" and event.stage == "nap":
            threading.Timer(0.1, token.cancel).start()

    edit = {"stage": "edit", "with": {"instruction": "add the title Hello"}}
    stages = {"makes": [*GOOD, edit, EXPORT], "stopped": [*GOOD, NAP], "fails": [*GOOD, FAIL], "refused": ["nosuch"]}
    given = {"clip": str(FOLDER / "me.mp4"), "to": f"{thread}-{turn}.mp4"}
    try:
        result = clipline.run(
            pipeline(*stages[kind]), given, state=FOLDER / "state", out=FOLDER / "out", cancel=token, on_event=watch
        )
    except UsageError:
        return [kind, "raised", ""]
    assert told == list(range(1, len(told) + 1)), told
    if result.status != {"makes": "done", "stopped": "cancelled", "fails": "failed"}[kind]:
        print(kind, result.errors, file=sys.stderr)
    return [kind, result.status, *map(str, result.files)]


def process() -> dict[str, Any]:
    """What a library may not change."""
    root = logging.getLogger()
    return {
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "descriptors": _descriptors(),
        "signals": [str(signal.getsignal(number)) for number in SIGNALS],
        "logging": [
            root.level,
            list(map(str, root.handlers)),
            logging.getLogger("clipline").level,
            logging.root.disabled,
        ],
        "folder": str(Path.cwd()),
        "children": _children(),
    }


def _descriptors() -> list[str]:
    """What is open; the look itself opens a folder, which is gone by then."""
    return sorted(str(each.readlink()) for each in list(Path("/proc/self/fd").iterdir()) if each.exists())


def _children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def settle(threads: int) -> None:
    """Let threads that were told to end do so; a limit on hanging."""
    for _ in range(100):
        if threading.active_count() <= threads:
            break
        threading.Event().wait(0.1)
    gc.collect()


def main() -> None:
    (FOLDER / "out").mkdir()
    # The libraries that decode and find people open what they keep; that is not a leak of a run.
    first = run(0, 0)
    settle(1)
    before = process()
    ends: list[list[str]] = [first]

    def work(thread: int) -> None:
        ends.extend(run(thread, turn) for turn in range(1, ROUNDS + 1))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    settle(1)
    print(json.dumps({"ends": ends, "before": before, "after": process()}))


if __name__ == "__main__":
    main()

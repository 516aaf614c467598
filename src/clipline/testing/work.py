"""Work for an executor that is tried: it notes when it begins and ends, where the order's journal would be."""

from __future__ import annotations

import os
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clipline.clock import Clock
from clipline.stage import RunOrder
from clipline.values import JsonObject

__all__ = ["note", "notes"]

#: Long enough that runs side by side overlap.
_SECONDS = 0.05


def note(order: RunOrder, clock: Clock | None) -> JsonObject:  # noqa: ARG001 - all work takes a clock
    """Begin, take a moment, end; the result says which run it was."""
    folder = Path(unquote(urlsplit(order.journal).path))
    _append(folder, f"begin {order.run_id}\n")
    time.sleep(_SECONDS)
    _append(folder, f"end {order.run_id}\n")
    return {"run": order.run_id, "status": "done", "exit": 0}


def notes(folder: Path) -> list[tuple[str, str]]:
    """What was noted, in its order: pairs of `begin` or `end` and the run."""
    file = folder / "notes.txt"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [(what, run) for what, _, run in (line.partition(" ") for line in lines)]


def _append(folder: Path, line: str) -> None:
    """One write, so that lines of processes side by side do not mix."""
    handle = os.open(folder / "notes.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)

"""Puts a run's result in the order in which a person reads it: stages, loops as tables, findings, errors, files.

It reads the versioned JSON of a result and nothing else, so that a result that was kept in a file reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from clipline.errors import may_end_otherwise
from clipline.values import JsonObject

__all__ = ["Item", "Loop", "Report", "Row", "collect"]

#: A stage inside an item of a loop: the loop's path, the item's number, the stage's path in it.
_IN_LOOP = re.compile(r"(?P<loop>[^\[]*)\[(?P<index>\d+)\]\.(?P<rest>.+)\Z")

#: How a whole ended, from how its parts did: the first of these that is among them.
_WORST = ("failed", "cancelled", "waiting", "done", "skipped")


@dataclass(frozen=True, slots=True)
class Row:
    """A stage: `seconds` are those of its last attempt, `note` is what is worth saying of how it went."""

    path: str
    status: str
    seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a loop: `about` is what came of it, a file's name or what went wrong."""

    index: int
    status: str
    seconds: float
    about: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop with its items in their order."""

    path: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of a run. `parts` are its stages and loops in the order in which they began to end.

    `warnings` are pairs of a stage's path and a text, the path empty for the run itself; `resumable` is whether
    `clipline resume` could do more; `credits` are those that the run is known to have cost, None where nobody told.
    """

    run_id: str
    name: str
    status: str
    seconds: float
    parts: tuple[Row | Loop, ...]
    warnings: tuple[tuple[str, str], ...]
    errors: tuple[JsonObject, ...]
    files: tuple[str, ...]
    resumable: bool
    credits: float | None = None


def collect(result: JsonObject) -> Report:
    """Read the JSON of a result (`clipline_result: 1`)."""
    stages: Sequence[JsonObject] = result["stages"]
    return Report(
        run_id=result["run"],
        name=result["name"],
        status=result["status"],
        seconds=result["seconds"],
        parts=tuple(_parts(stages)),
        warnings=tuple((each["stage"], each["text"]) for each in result["findings"] if each["level"] == "WARN"),
        errors=tuple(result["errors"]),
        files=tuple(result["files"]),
        credits=result.get("credits"),
        resumable=result["status"] != "done" and any(map(may_end_otherwise, result["errors"] or [{}])),
    )


def _parts(stages: Iterable[JsonObject]) -> list[Row | Loop]:
    """Stages as rows, with those in a loop gathered where its first one stands."""
    parts: dict[str, Row | dict[int, list[JsonObject]]] = {}
    loops: set[str] = set()
    for stage in stages:
        if match := _IN_LOOP.match(stage["path"]):
            loops.add(match["loop"])
            found = parts.get(match["loop"])
            items = found if isinstance(found, dict) else {}
            items.setdefault(int(match["index"]), []).append(stage)
            parts[match["loop"]] = items
        elif stage["path"] not in loops:
            # What an engine tells of the loop itself is told by its items.
            parts[stage["path"]] = Row(stage["path"], stage["status"], stage["seconds"], _note(stage))
    return [
        part if isinstance(part, Row) else Loop(path, tuple(_item(i, part[i]) for i in sorted(part)))
        for path, part in parts.items()
    ]


def _note(stage: JsonObject) -> str:
    if stage["reused"]:
        return "kept from before"
    return f"{stage['attempts']} tries" if stage["attempts"] > 1 else ""


def _item(index: int, stages: Sequence[JsonObject]) -> Item:
    statuses = {stage["status"] for stage in stages}
    failed: JsonObject = next((stage for stage in stages if stage["error"]), {})
    files = list(dict.fromkeys(PurePath(file).name for stage in stages for file in stage["files"]))
    about = ", ".join(files)
    if failed:
        match = _IN_LOOP.match(failed["path"])
        about = f"{match['rest'] if match else failed['path']}: {failed['error']['message']}"
    return Item(
        index=index,
        status=next((status for status in _WORST if status in statuses), "done"),
        seconds=sum(stage["seconds"] for stage in stages),
        about=about,
    )

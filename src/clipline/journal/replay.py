"""What the journal's attempts mean for a run that is taken up again. Pure: rows in, rows out."""

from __future__ import annotations

from collections.abc import Iterable

from clipline.journal.rows import StageRow

__all__ = ["AFTERMATH", "belongs_to_end", "finished", "latest", "tries"]

#: The sections that follow the stages of a pipeline, as the first word of a path.
AFTERMATH = ("finally", "on_failure")


def latest(attempts: Iterable[StageRow]) -> list[StageRow]:
    """The last attempt at each stage, in the order in which the stages first started."""
    found: dict[str, StageRow] = {}
    for row in attempts:
        before = found.get(row.path)
        if before is None or row.number > before.number:
            found[row.path] = row
    return list(found.values())


def finished(attempts: Iterable[StageRow]) -> dict[str, StageRow]:
    """The stages that are not done again, by path.

    What `finally` or `on_failure` did counts only while no stage of its pipeline was started after it: it speaks of
    how the stages ended, and that is now another end.
    """
    rows = list(attempts)
    last_stage: dict[str, int] = {}
    for row in rows:
        for owner in _owners(row.path):
            last_stage[owner] = max(last_stage.get(owner, 0), row.number)
    return {
        row.path: row
        for row in latest(rows)
        if row.status == "done"
        and all(row.number > last_stage.get(owner, 0) for owner in _pipelines_it_follows(row.path))
    }


def tries(attempts: Iterable[StageRow]) -> dict[str, int]:
    """How often each stage was tried so far."""
    found: dict[str, int] = {}
    for row in attempts:
        found[row.path] = max(found.get(row.path, 0), row.attempt)
    return found


def belongs_to_end(path: str) -> bool:
    """Whether a path, seen from its pipeline, is in that one's `on_failure` or `finally`."""
    return path.partition(".")[0] in AFTERMATH


def _owners(path: str) -> list[str]:
    """The paths of the pipelines and blocks, the outermost (empty) first, to whose own stages this one belongs."""
    words = path.split(".")
    first = next((index for index, word in enumerate(words) if word in AFTERMATH), len(words))
    return [".".join(words[:index]) for index in range(first)] if first else []


def _pipelines_it_follows(path: str) -> list[str]:
    """The paths of the pipelines of whose `finally` or `on_failure` this stage is a part."""
    words = path.split(".")
    return [".".join(words[:index]) for index, word in enumerate(words) if word in AFTERMATH]

"""Which run is gone on with: the one that is named, else the newest that is not finished.

A run of a conversation that has gone on since is superseded: what it was to do was said again, or something else was.
It is not done late, only looked up where nobody knows yet how it ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clipline.errors import UsageError
from clipline.journal import Journal, RunRow
from clipline.values import JsonObject

__all__ = ["Choice", "choose", "named", "session_of"]

_OTHERS = "`clipline runs list` shows the others, `clipline resume RUN` takes one up"


@dataclass(frozen=True, slots=True)
class Choice:
    """The newest unfinished `run`; where it is not to be gone on with, `why`, and in the `hint` what helps."""

    run: RunRow | None
    why: str = ""
    hint: str = ""


def choose(journal: Journal, *, with_budget: bool = False) -> Choice:
    """The run that is meant where none is named; with a new budget, one that stopped for its old one goes on too."""
    unfinished = (row for row in journal.runs() if row.status not in {"done", "running"})
    row = next((row for row in unfinished if superseded_by(journal, row) is None), None)
    if row is not None and row.row_key:
        words = f"{row.id}, the newest run that is not finished, is one of many: of a batch, a watch or a workflow"
        hint = "what began it goes on with all: the same `clipline batch` line with --resume, or the same watch"
        return Choice(row, words, f"{hint}; `clipline resume {row.id}` goes on with this one")
    if row is None or not row.hopeless:
        return Choice(row)
    error = next((error for error in row.errors if error.get("code") == "budget"), row.errors[0])
    if error.get("code") != "budget":
        words = f"{row.id}, the newest run that is not finished, would fail again for the same reason"
        told = f"`clipline runs show {row.id}` tells it, `clipline resume {row.id}` tries all the same"
        return Choice(row, f"{words}: {error.get('message')}", f"{told}; {_OTHERS}")
    if with_budget:
        return Choice(row)
    words = f"{row.id}, the newest run that is not finished, stopped for its budget"
    return Choice(row, f"{words}: {error.get('message')}", f"{error.get('hint')}; {_OTHERS}")


def named(journal: Journal, run: str, *, resend: bool = False) -> tuple[RunRow, RunRow | None]:
    """A run by its id or a part of it, and the one that supersedes it.

    Raises:
        UsageError: there is none; or it is superseded, and nothing of it is left open.
    """
    row = journal.run(run)
    newer = None if row.status in {"done", "running"} or resend else superseded_by(journal, row)
    if newer is not None and not any(effect.status == "open" for effect in journal.effects(row.id)):
        raise UsageError(
            f"the conversation has gone on since with the run {newer.id} ({newer.name}): {row.id} is not done late",
            code="superseded",
            hint="say it again where it is still wanted",
        )
    return row, newer


def superseded_by(journal: Journal, run: RunRow) -> RunRow | None:
    """The newest run by which the conversation that this one is part of has gone on; an export only by another."""
    newer = journal.said_since(run)
    if not newer:
        return None
    session, is_export = _session(journal, run), _is_export(journal, run)
    return next(
        (
            row
            for row in newer
            if session in {"", _session(journal, row)} and (not is_export or _is_export(journal, row))
        ),
        None,
    )


def session_of(backend: str, state: JsonObject) -> str:
    """The session's id, which stands in the backend's own part of the state; empty where it has none."""
    own = state.get(backend)
    return str(own.get("session") or "") if isinstance(own, Mapping) else ""


def _session(journal: Journal, run: RunRow) -> str:
    return session_of(run.backend, journal.scopes(run.id).get("", {}))


def _is_export(journal: Journal, run: RunRow) -> bool:
    return bool(journal.snapshot(run.id)["plan"]["stages"][-1]["kind"] == "export")

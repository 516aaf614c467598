"""The rows of `effects`, inside a transaction of whoever writes them: what may be intended, and how it ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from sqlite3 import Connection

from clipline.errors import AccountError, MachineError
from clipline.journal.rows import EffectStatus, dump
from clipline.values import JsonObject

__all__ = ["RESEND", "SPENT", "TAKEN", "Intent", "conclude", "enlarge", "forget", "insert"]

#: The person's word that an effect of unknown outcome is sent anew.
RESEND = "resend"

# What an effect cost stands in its outcome where the service tells; its estimate counts until then. What the person
# had sent anew may have been charged as well.
_COST = "coalesce(json_extract(outcome, '$.credits'), estimate)"
#: The credits of a run (`?`) that are spent or reserved.
TAKEN = f"SELECT coalesce(sum({_COST}), 0) FROM effects WHERE run_id = ? AND (status != 'void' OR word = '{RESEND}')"  # noqa: S608 - ours
#: The credits that a run (`?`) is known to have cost; null where no effect of it told. Effects that went on side
#: by side may know only what they cost together.
SPENT = (
    "SELECT sum(coalesce(json_extract(outcome, '$.credits'), json_extract(outcome, '$.credits_together'))) FROM effects"
    " WHERE run_id = ? AND outcome IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An effect before it is sent: `operation` as text, `digest` its sha256, `created` and `deadline` since 1970."""

    run_id: str
    stage: str
    attempt: int
    name: str
    operation: str
    digest: str
    created: float
    deadline: float
    fingerprint: str = ""
    estimate: int = 0
    session: str = ""


def insert(connection: Connection, intent: Intent, budget: float | None) -> int:
    """Write an intent down, if the budget and the session are free for it; its number.

    In one transaction, so that two stages side by side can take neither the same credits nor the same session.

    Raises:
        AccountError: what the run spent and reserved, with this estimate, is over `budget`.
        MachineError: an intent on the same session is open.
    """
    if budget is not None and intent.estimate:
        _check_budget(connection, intent, budget)
    if intent.session:
        _check_session(connection, intent)
    cursor = connection.execute(
        "INSERT INTO effects (run_id, stage, attempt, name, digest, operation, fingerprint, estimate, deadline, status,"
        " created, session) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
        (
            intent.run_id,
            intent.stage,
            intent.attempt,
            intent.name,
            intent.digest,
            intent.operation,
            intent.fingerprint,
            intent.estimate,
            intent.deadline,
            intent.created,
            intent.session or None,
        ),
    )
    return int(cursor.lastrowid or 0)


def _check_budget(connection: Connection, intent: Intent, budget: float) -> None:
    taken = connection.execute(TAKEN, (intent.run_id,)).fetchone()[0]
    if taken + intent.estimate > budget:
        raise AccountError(
            f"{intent.name!r} is estimated at {intent.estimate} credits, and {taken:g} of the {budget:g} are spent or "
            "reserved",
            code="budget",
            hint=enlarge(intent.run_id, taken + intent.estimate),
        )


def enlarge(run_id: str, budget: float) -> str:
    """How the person gives a run the budget that it needs: a hint."""
    return f"give it a larger budget, and it goes on: clipline resume {run_id} --budget {budget:g}"


def _check_session(connection: Connection, intent: Intent) -> None:
    sql = "SELECT run_id, stage, name FROM effects WHERE session = ? AND status = 'open'"
    row = connection.execute(sql, (intent.session,)).fetchone()
    if row is None:
        return
    same = row["run_id"] == intent.run_id
    who = f"the stage {row['stage']!r} of this run" if same else f"the run {row['run_id']} (stage {row['stage']!r})"
    raise MachineError(
        f"{who} is changing the same session, and how its {row['name']!r} ended is not known yet",
        code="session_busy",
        hint="put the stages one after the other"
        if same
        else f"let it end, or settle it: clipline resume {row['run_id']}; then go on with this run",
    )


def conclude(
    connection: Connection, effect: int, status: EffectStatus, outcome: JsonObject | None, now: float, *, adopted: bool
) -> None:
    """Write down how an effect ended."""
    kept = None if outcome is None else dump(outcome)
    connection.execute(
        "UPDATE effects SET status = ?, outcome = ?, adopted = ?, finished = ? WHERE id = ?",
        (status, kept, int(adopted), now, effect),
    )


def forget(connection: Connection, effects: Collection[int], status: EffectStatus, word: str, now: float) -> None:
    """The person's word stands against these effects: they are done or sent anew, and their cost still counts."""
    connection.executemany(
        "UPDATE effects SET status = ?, word = ?, finished = coalesce(finished, ?) WHERE id = ?",
        [(status, word, now, effect) for effect in effects],
    )

"""A run that is journalled now and carried out later, by whoever comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clipline.engine.export_steps import check_default_steps
from clipline.engine.runner import new_run_id
from clipline.engine.secrets import Secrets
from clipline.engine.snapshot import take
from clipline.journal import Journal, RunRow
from clipline.pipeline.model import Plan
from clipline.plugin_manager import RunPlugins
from clipline.values import JsonObject

__all__ = ["submit"]


def submit(
    plan: Plan,
    *,
    journal: Journal,
    plugins: RunPlugins,
    settings: JsonObject,
    now: float,
    notes: Mapping[str, Sequence[str]] | None = None,
    estimate: int = 0,
    row_key: str = "",
    known: RunRow | None = None,
) -> tuple[str, bool]:
    """Journal a run that `resume` begins.

    Args:
        plan: what to do.
        journal: where it is kept.
        plugins: who is to do it.
        settings: what stages would see as `call.settings`.
        now: seconds since 1970, UTC.
        notes: by a stage's path, what the person is told as it starts.
        estimate: the credits that it is estimated to cost.
        row_key: what the row of a batch asks for; empty for a run of no batch.
        known: the newest run of `row_key`, as the caller has seen it.

    Returns:
        Its id, and whether it is new: otherwise somebody submitted another run of `row_key` meanwhile, or took up
        the one that was known.

    Raises:
        InputError: a secret is not there.
        MachineError: the journal cannot be written.
    """
    Secrets().resolve(plan.pipeline.secrets, plan.pipeline.source.folder)
    check_default_steps(plan, plugins.vocabulary, settings)
    snapshot = {**take(plan, plugins.versions, plugins.vocabulary), "notes": dict(notes or {}), "estimate": estimate}
    source = plan.pipeline.source
    while True:
        run_id = new_run_id(now)
        try:
            there = journal.submit(
                run_id,
                name=plan.pipeline.name,
                pipeline=str(source.path or source.name),
                backend=plan.backend,
                started=now,
                snapshot=snapshot,
                row_key=row_key,
                known=known,
            )
        except FileExistsError:
            continue  # two runs in one second with the same four letters
        return there, there == run_id

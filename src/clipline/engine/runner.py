"""Begins a run, or takes one up again."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from clipline.clock import Clock
from clipline.engine.export_steps import check_default_steps
from clipline.engine.past import past_result
from clipline.engine.replay import forget, plan_replay, repeated
from clipline.engine.results import RunResult
from clipline.engine.secrets import Secrets
from clipline.engine.session import OnEvent, Session
from clipline.engine.settling import Policy
from clipline.engine.snapshot import changed_versions, check_inputs, restore, take
from clipline.errors import OutcomeUnknown
from clipline.journal import Journal, RunWriter
from clipline.pipeline.model import NestedNode, Plan
from clipline.plugin_manager import RunPlugins
from clipline.values import JsonObject, Secret

__all__ = ["execute", "new_run_id", "resume"]

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read for something else

_ANEW = "the session was built anew before, and is not known to be lost since: nothing is repeated"


def new_run_id(now: float) -> str:
    """An id that sorts by time and is easy to say: `20261122-131502-x7k2`."""
    moment = datetime.fromtimestamp(now, UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{''.join(random.SystemRandom().choices(_ALPHABET, k=4))}"


def execute(
    plan: Plan,
    *,
    journal: Journal,
    plugins: RunPlugins,
    clock: Clock,
    on_event: OnEvent | None = None,
    settings: JsonObject,
    notes: Mapping[str, Sequence[str]] | None = None,
    wait: bool = True,
    state: JsonObject | None = None,
    conversation: str | None = None,
) -> RunResult:
    """Carry out a plan.

    Args:
        plan: what to do.
        journal: where it is kept.
        plugins: who does it.
        clock: its token stops the run.
        on_event: called with every event in order; what it raises is noted once and changes nothing.
        settings: what stages see as `call.settings`.
        notes: by a stage's path, what the person is told as it starts.
        wait: whether to wait where a lost send can still take effect; otherwise the run is left waiting.
        state: what the first stage finds, as an earlier run of the same conversation left it.
        conversation: the service's address, where the run is part of a conversation.

    Returns:
        How it ended, failures included; `state` is what the pipeline's own stages left.

    Raises:
        InputError: a secret is not there. Nothing was begun.
        MachineError: the journal cannot be written, or the run was taken over; `resume` goes on where it stood.
    """
    secrets = Secrets()
    secrets.learn(settings)
    resolved = _secrets_of(plan, secrets)
    check_default_steps(plan, plugins.vocabulary, settings)
    started = clock.now()
    snapshot = take(plan, plugins.versions, plugins.vocabulary, state, conversation)
    writer = _begin(journal, plan, started, snapshot)
    session = Session(
        plan,
        plugins,
        clock,
        on_event,
        settings,
        secrets,
        resolved,
        started=started,
        notes=notes or {},
        policy=Policy(wait=wait),
    )
    return session.go(writer)


def resume(
    run_id: str,
    *,
    journal: Journal,
    plugins: RunPlugins,
    clock: Clock,
    on_event: OnEvent | None = None,
    settings: JsonObject,
    take_over: bool = False,
    wait: bool = True,
    resend: bool = False,
    replay: bool = False,
    budget: float | None = None,
    only_look: bool = False,
) -> RunResult:
    """Go on with a run, or begin one that was submitted; what it finished is not done again, nor one that is done.

    Args:
        run_id: its id, or a part that no other has.
        journal: where it is kept.
        plugins: those of its backend.
        clock: its token stops the run.
        on_event: as for `execute`.
        settings: as for `execute`.
        take_over: take it from a living process, which can then write nothing more.
        wait: as for `execute`.
        resend: the person's word that effects of which nobody can tell are sent anew.
        replay: the person's word that a session that is lost is built anew: uploads and edits are repeated.
        budget: the run's budget in credits, from now on.
        only_look: find out what became of what was sent, and send nothing.

    Raises:
        UsageError: there is no such run.
        InputError: an input file changed, or a secret is not there.
        AccountError: the budget does not allow what `replay` costs. Nothing was begun.
        OutcomeUnknown: the journal was mended, and may have lost what the run did; `resend` or `replay` accepts that.
        MachineError: a living process works on it, or as for `execute`.
    """
    row = journal.run(run_id)
    if row.status == "done":
        return past_result(journal, row, reused=True)
    snapshot = journal.snapshot(row.id)
    if row.lost and snapshot and not (resend or replay):
        raise OutcomeUnknown(
            f"{row.lost}: nobody can tell what else the run {row.id} did and paid",
            code="history_lost",
            hint=f"look at what it made and was charged for; then go on with what the journal knows, which may charge "
            f"some of it twice: clipline resume {row.id} --resend",
        )
    if budget is not None:
        snapshot = {**snapshot, "budget": budget}
    plan = restore(snapshot, plugins.vocabulary, plugins.versions)
    check_inputs(snapshot)
    secrets = Secrets()
    secrets.learn(settings)
    resolved = _secrets_of(plan, secrets)
    check_default_steps(plan, plugins.vocabulary, settings)
    before = repeated(journal, row.id)
    # Who says `replay` again after a break means the one that was broken off, unless that session was lost too.
    is_lost = not before or row.exit == OutcomeUnknown.exit_status
    if replay and is_lost:
        plan_replay(journal, row.id, plan, snapshot)  # what the budget does not allow is said before the run is touched
    writer = journal.continue_(row.id, take_over=take_over, accept_loss=bool(row.lost) and (resend or replay))
    if budget is not None:
        writer.set_budget(budget)
    # Read only now that the run is ours: whoever had it before may just have finished a stage.
    again: Sequence[str] = ()
    if replay:
        again = (_ANEW,)
        if is_lost and repeated(journal, row.id) == before:
            again = forget(writer, plan_replay(journal, row.id, plan, snapshot), clock.now())
    open_now = frozenset(effect.id for effect in writer.effects() if effect.status == "open") if resend else frozenset()
    attempts = journal.attempts(row.id)
    notes = snapshot.get("notes", {}) if row.status == "queued" else {}
    session = Session(
        plan,
        plugins,
        clock,
        on_event,
        settings,
        secrets,
        resolved,
        started=row.started,
        notes={**notes, "": changed_versions(snapshot, plugins.versions)},
        resumed=row.status != "queued",
        attempts=attempts,
        policy=Policy(wait=wait, resend=open_now, only_look=only_look),
        warnings=again,
    )
    return session.go(writer)


def _secrets_of(plan: Plan, secrets: Secrets) -> Mapping[str, Secret]:
    """The pipeline's secrets. Those of nested pipelines are looked up too: what is missing is said before the start."""
    for node in plan.pipeline.walk():
        if isinstance(node, NestedNode):
            secrets.resolve(node.pipeline.secrets, node.pipeline.source.folder)
    return secrets.resolve(plan.pipeline.secrets, plan.pipeline.source.folder)


def _begin(journal: Journal, plan: Plan, started: float, snapshot: JsonObject) -> RunWriter:
    source = plan.pipeline.source
    while True:
        try:
            return journal.begin(
                new_run_id(started),
                name=plan.pipeline.name,
                pipeline=str(source.path or source.name),
                backend=plan.backend,
                started=started,
                snapshot=snapshot,
                state=snapshot["state"],
            )
        except FileExistsError:
            continue  # two runs in one second with the same four letters

"""Begins a run, or takes one up again, and sees it to its end."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from clipline.clock import CancelToken, Clock
from clipline.engine.context import Globs, Run, Stop
from clipline.engine.ends import End
from clipline.engine.export_steps import check_default_steps
from clipline.engine.failures import as_error, error_json
from clipline.engine.files import remove_leftovers, settle_deliveries
from clipline.engine.observers import Observers
from clipline.engine.reporter import Reporter
from clipline.engine.results import RunResult, RunStatus, StageOutcome
from clipline.engine.secrets import Secrets
from clipline.engine.snapshot import check_inputs, restore, take
from clipline.engine.state import At, Scope, View
from clipline.engine.walker import Walker
from clipline.engine.workers import Workers
from clipline.errors import Cancelled, CliplineError, worst
from clipline.events import Event
from clipline.journal import Journal, RunRow, RunWriter, finished, tries
from clipline.pipeline.model import Plan
from clipline.plugin_manager import RunPlugins
from clipline.values import JsonObject

__all__ = ["execute", "new_run_id", "resume"]

OnEvent = Callable[[Event], None]

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read for something else


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

    Returns:
        How it ended, failures included.

    Raises:
        InputError: a secret is not there. Nothing was begun.
        MachineError: the journal cannot be written, or the run was taken over; `resume` goes on where it stood.
    """
    secrets = Secrets()
    resolved = _secrets_of(plan, secrets)
    check_default_steps(plan, plugins.vocabulary, settings)
    started = clock.now()
    snapshot = take(plan, plugins.versions, plugins.vocabulary)
    writer = _begin(journal, plan, started, snapshot)
    return _Session(plan, journal, plugins, clock, on_event, settings, notes or {}, started).go(
        writer, secrets, resolved
    )


def resume(
    run_id: str,
    *,
    journal: Journal,
    plugins: RunPlugins,
    clock: Clock,
    on_event: OnEvent | None = None,
    settings: JsonObject,
    take_over: bool = False,
) -> RunResult:
    """Go on with a run; what it finished is not done again, and nothing is done for one that is done.

    Args:
        run_id: its id, or the only one that begins like this.
        journal: where it is kept.
        plugins: those of its backend.
        clock: its token stops the run.
        on_event: as for `execute`.
        settings: as for `execute`.
        take_over: take it from a living process, which can then write nothing more.

    Raises:
        UsageError: there is no such run.
        InputError: an input file changed, or a secret is not there.
        MachineError: a living process works on it, or as for `execute`.
    """
    row = journal.run(run_id)
    if row.status == "done":
        return _nothing_to_do(journal, row)
    snapshot = journal.snapshot(row.id)
    plan = restore(snapshot, plugins.vocabulary)
    check_inputs(snapshot)
    secrets = Secrets()
    resolved = _secrets_of(plan, secrets)
    check_default_steps(plan, plugins.vocabulary, settings)
    writer = journal.continue_(row.id, take_over=take_over)
    session = _Session(plan, journal, plugins, clock, on_event, settings, {}, row.started, resumed=True)
    return session.go(writer, secrets, resolved)


def _secrets_of(plan: Plan, secrets: Secrets) -> Mapping[str, object]:
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
            )
        except FileExistsError:
            continue  # two runs in one second with the same four letters


def _nothing_to_do(journal: Journal, row: RunRow) -> RunResult:
    stages = journal.stages(row.id)
    outcomes = {
        stage.path: StageOutcome(
            stage.path,
            stage.kind,
            "skipped" if stage.status == "skipped" else "failed" if stage.status == "failed" else "done",
            stage.attempt,
            (stage.finished or stage.started) - stage.started,
            stage.outputs,
            tuple(artifact.path for artifact in stage.artifacts),
            stage.error,
            reused=True,
        )
        for stage in stages
    }
    return RunResult(
        run_id=row.id,
        name=row.name,
        status="done",
        exit=0,
        stages=outcomes,
        outputs=row.outputs,
        files=tuple(dict.fromkeys(file for outcome in outcomes.values() for file in outcome.files)),
        findings=tuple((stage.path, finding) for stage in stages for finding in stage.findings),
    )


@dataclass(frozen=True)
class _Session:
    """One process's part of a run."""

    plan: Plan
    journal: Journal
    plugins: RunPlugins
    clock: Clock
    on_event: OnEvent | None
    settings: JsonObject
    notes: Mapping[str, Sequence[str]]
    started: float
    resumed: bool = False

    def go(self, writer: RunWriter, secrets: Secrets, resolved: Mapping[str, object]) -> RunResult:
        """Walk the tree, whatever happens let go of the run in the end."""
        token, stop = CancelToken(), Stop()
        clock = self.clock.with_token(token, self.clock.deadline)

        def told_to_stop() -> None:
            stop.at = clock.monotonic()
            token.cancel(self.clock.token.signal_number)

        observers = Observers(self.plugins.observers)
        workers = Workers(f"clipline-{writer.run_id}")
        forget = self.clock.token.on_cancel(told_to_stop)
        try:
            reporter = Reporter(writer, clock, secrets, self.on_event, observers)
            run = self._run(writer, clock, secrets, reporter, workers, stop)
            return self._see_through(run, resolved, token)
        finally:
            forget()
            workers.close()
            observers.close()
            writer.close()

    def _run(
        self, writer: RunWriter, clock: Clock, secrets: Secrets, reporter: Reporter, workers: Workers, stop: Stop
    ) -> Run:
        settle_deliveries(writer, clock.now())
        remove_leftovers(writer)
        attempts = self.journal.attempts(writer.run_id) if self.resumed else []
        scratch = writer.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        return Run(
            plan=self.plan,
            writer=writer,
            plugins=self.plugins,
            reporter=reporter,
            clock=clock,
            secrets=secrets,
            workers=workers,
            settings=self.settings,
            facts={
                "id": writer.run_id,
                "name": self.plan.pipeline.name,
                "started": datetime.fromtimestamp(self.started, UTC)
                .isoformat(timespec="seconds")
                .replace("+00:00", "Z"),
                "dir": str(writer.folder),
                "backend": self.plan.backend,
            },
            scratch=scratch,
            finished=finished(attempts),
            tries=tries(attempts),
            scopes=writer.scopes(),
            globs=Globs(writer, self.plan.globs),
            stop=stop,
            notes=self.notes,
        )

    def _see_through(self, run: Run, resolved: Mapping[str, object], token: CancelToken) -> RunResult:
        begun = run.clock.monotonic()
        said = {"name": run.facts["name"], "backend": run.facts["backend"], "folder": run.facts["dir"]}
        run.reporter.emit("run.started", data={**said, "resumed": self.resumed})
        interrupt: KeyboardInterrupt | None = None
        try:
            end = self._walk(run, resolved)
        except KeyboardInterrupt as error:  # a program without a handler of its own: tidy up, then let it through
            token.cancel()
            interrupt = error
            end = End("cancelled", errors=(error_json(Cancelled(), "", run.secrets),))
        result = _result(run, end, run.clock.monotonic() - begun)
        _tell_of_observers(run)
        run.reporter.emit(
            "run.finished", data={"status": result.status, "exit": result.exit, "seconds": round(result.seconds, 3)}
        )
        run.writer.finish(result.status, result.exit, run.clock.now(), result.outputs, result.errors)
        if result.status == "done" and any(run.scratch.iterdir()):
            shutil.rmtree(run.scratch, ignore_errors=True)
        if interrupt is not None:
            raise interrupt
        return result

    def _walk(self, run: Run, resolved: Mapping[str, object]) -> End:
        plan = self.plan
        fixed = {"inputs": plan.inputs, "env": plan.env, "secrets": resolved}
        view = View(fixed, {**run.facts, "status": "running", "error": None})
        try:
            return Walker(run).pipeline(plan.pipeline, At("", view, Scope("", run.scopes.get("", {})), run.clock))
        except CliplineError:
            raise
        except Exception as error:  # noqa: BLE001  # our own fault: it gets a report like a plugin's
            bug = as_error(error, stage="", kind="run", folder=run.writer.folder, secrets=run.secrets)
            return End("failed", errors=(error_json(bug, "", run.secrets),))


def _result(run: Run, end: End, seconds: float) -> RunResult:
    collected = run.collected
    status: RunStatus = "done" if end.status == "skipped" else end.status
    files = (file for outcome in collected.outcomes.values() for file in outcome.files)
    return RunResult(
        run_id=run.writer.run_id,
        name=str(run.facts["name"]),
        status=status,
        exit=0 if status == "done" else worst(int(error["exit"]) for error in end.errors) or 1,
        stages=dict(collected.outcomes),
        outputs=end.outputs if status == "done" else {},
        files=tuple(dict.fromkeys(files)),
        findings=tuple(collected.findings),
        errors=end.errors,
        seconds=seconds,
    )


def _tell_of_observers(run: Run) -> None:
    for name, why in run.reporter.observers.switched_off.items():
        run.reporter.emit("stage.note", data={"text": f"the observer {name!r} was switched off: {why}"})
    if dropped := run.reporter.observers.dropped:
        run.reporter.emit("stage.note", data={"text": f"observers were too slow for {dropped} events"})

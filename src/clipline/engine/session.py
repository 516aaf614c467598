"""One process's part of a run: from the first event to the last, and the letting go of everything."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clipline.artifacts import make_folder
from clipline.clock import CancelToken, Clock
from clipline.engine.context import Globs, Run, Stop
from clipline.engine.ends import End
from clipline.engine.failures import as_error, error_json
from clipline.engine.files import remove_leftovers, settle_deliveries
from clipline.engine.observers import Observers
from clipline.engine.reporter import Reporter
from clipline.engine.results import RunResult, RunStatus, format_moment
from clipline.engine.secrets import Secrets
from clipline.engine.settling import Policy
from clipline.engine.state import At, Scope, View
from clipline.engine.walker import Walker
from clipline.engine.workers import Workers
from clipline.errors import Cancelled, CliplineError, worst
from clipline.events import Event, Finding
from clipline.journal import RunWriter, StageRow, finished, tries
from clipline.pipeline.model import Plan
from clipline.plugin_manager import RunPlugins
from clipline.values import JsonObject, Secret

__all__ = ["OnEvent", "Session"]

OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class Session:
    """What one process needs to see a run to its end.

    `attempts` are those that earlier processes journalled; `notes` what the person is told, by the stage's path, those
    of the run itself under the empty one; `warnings` are findings of the run itself.
    """

    plan: Plan
    plugins: RunPlugins
    clock: Clock
    on_event: OnEvent | None
    settings: JsonObject
    secrets: Secrets
    resolved: Mapping[str, Secret]
    started: float
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    attempts: Sequence[StageRow] = ()
    resumed: bool = False
    policy: Policy = field(default_factory=Policy)
    warnings: Sequence[str] = ()

    def go(self, writer: RunWriter) -> RunResult:
        """Walk the tree; whatever happens, let go of the run in the end.

        Raises:
            MachineError: the journal cannot be written, or another process took the run over.
        """
        token, stop = CancelToken(), Stop()
        clock = self.clock.with_token(token, self.clock.deadline)

        def told_to_stop() -> None:
            stop.at = clock.monotonic()
            token.cancel(self.clock.token.signal_number)

        observers = Observers(self.plugins.observers)
        workers = Workers(f"clipline-{writer.run_id}")
        forget = self.clock.token.on_cancel(told_to_stop)
        try:
            settle_deliveries(writer, clock.now())
            remove_leftovers(writer)
            reporter = Reporter(writer, clock, self.secrets, self.on_event, observers)
            run = Run(
                plan=self.plan,
                writer=writer,
                plugins=self.plugins,
                reporter=reporter,
                clock=clock,
                secrets=self.secrets,
                workers=workers,
                settings=self.settings,
                facts=self._facts(writer),
                scratch=writer.folder / "scratch",
                finished=finished(self.attempts),
                tries=tries(self.attempts),
                scopes=writer.scopes(),
                globs=Globs(writer, self.plan.globs),
                stop=stop,
                notes=self.notes,
                policy=self.policy,
            )
            return self._see_through(run, token)
        finally:
            forget()
            workers.close()
            observers.close()
            writer.close()

    def _facts(self, writer: RunWriter) -> JsonObject:
        return {
            "id": writer.run_id,
            "name": self.plan.pipeline.name,
            "started": format_moment(self.started),
            "dir": str(writer.folder),
            "backend": self.plan.backend,
        }

    def _see_through(self, run: Run, token: CancelToken) -> RunResult:
        begun = run.clock.monotonic()
        make_folder(run.scratch)
        said = {"name": run.facts["name"], "backend": run.facts["backend"], "folder": run.facts["dir"]}
        run.reporter.emit("run.started", data={**said, "resumed": self.resumed})
        for note in self.notes.get("", ()):
            run.reporter.emit("stage.note", data={"text": note})
        for warning in self.warnings:
            _warn(run, "", warning)
        interrupt: BaseException | None = None
        scope = Scope("", run.scopes.get("", {}))
        try:
            end = self._walk(run, scope)
        except (
            KeyboardInterrupt,
            SystemExit,
        ) as error:  # Ctrl-C, or a handler of the program's: tidy up, let it through
            token.cancel()
            interrupt = error
            end = End("cancelled", errors=(_cancel_error(run),))
        if end.status == "cancelled":
            _tell_of_open_edits(run)
        result = _result(run, end, scope.state, self.started, run.clock.monotonic() - begun)
        _tell_of_observers(run)
        run.reporter.emit(
            "run.finished", data={"status": result.status, "exit": result.exit, "seconds": round(result.seconds, 3)}
        )
        run.writer.finish(result.status, result.exit, run.clock.now(), result.outputs, result.errors)
        if result.status == "done":
            shutil.rmtree(run.scratch, ignore_errors=True)
        if interrupt is not None:
            raise interrupt
        return result

    def _walk(self, run: Run, scope: Scope) -> End:
        plan = self.plan
        fixed = {"inputs": plan.inputs, "env": plan.env, "secrets": self.resolved}
        view = View(fixed, {**run.facts, "status": "running", "error": None})
        try:
            end = Walker(run).pipeline(plan.pipeline, At("", view, scope, run.clock))
        except CliplineError:
            raise
        except Exception as error:  # noqa: BLE001  # our own fault: it gets a report like a plugin's
            bug = as_error(
                error, stage="", kind="run", folder=run.writer.folder, secrets=run.secrets, plugins=run.plugins
            )
            return End("failed", errors=(error_json(bug, "", run.secrets),))
        if end.status == "cancelled" and not end.errors:  # between two stages: none of them could say so
            return replace(end, errors=(_cancel_error(run),))
        return end


def _warn(run: Run, stage: str, text: str) -> None:
    run.reporter.emit("finding", stage, {"level": "WARN", "text": text})
    run.collected.find(stage, Finding("WARN", text))


def _tell_of_open_edits(run: Run) -> None:
    """Say of which charged effects the stop came between the send and the answer."""
    for effect in run.writer.effects():
        if effect.status == "open" and effect.estimate:
            text = "it was sent and the answer did not come, so it may be charged; `clipline resume` finds out"
            _warn(run, effect.stage, f"{text} how it ended, and sends nothing until it knows")


def _cancel_error(run: Run) -> JsonObject:
    return error_json(Cancelled(signal_number=run.clock.token.signal_number), "", run.secrets)


def _result(run: Run, end: End, state: JsonObject, started: float, seconds: float) -> RunResult:
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
        credits=run.writer.credits(),
        state=state,
        pipeline=str(run.plan.pipeline.source.path or run.plan.pipeline.source.name),
        backend=run.plan.backend,
        started=started,
    )


def _tell_of_observers(run: Run) -> None:
    for name, why in run.reporter.observers.switched_off.items():
        run.reporter.emit("stage.note", data={"text": f"the observer {name!r} was switched off: {why}"})
    if dropped := run.reporter.observers.dropped:
        run.reporter.emit("stage.note", data={"text": f"observers were too slow for {dropped} events"})

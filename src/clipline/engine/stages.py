"""One stage of a run: evaluate its options, try it as often as its errors and its `retry` allow, journal every try."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from clipline.clock import CancelToken, Clock
from clipline.engine.attempt import Attempt
from clipline.engine.context import CANCEL_GRACE, Run
from clipline.engine.effects import NoEffects, StageEffects
from clipline.engine.ends import End
from clipline.engine.failures import as_error, error_json
from clipline.engine.files import StageFiles
from clipline.engine.results import StageOutcome, StageStatus
from clipline.engine.state import At
from clipline.engine.workers import Abandoned
from clipline.errors import Bug, Cancelled, CliplineError, Place, PluginError, StageFailed, TimedOut
from clipline.events import Finding
from clipline.journal import FileRow, StageRow
from clipline.journal.rows import dump
from clipline.pipeline.model import Retry
from clipline.stage import Effects, StageCall, StageResult
from clipline.values import JsonObject

__all__ = ["ONCE", "Work", "run_work"]

#: Without `retry` in the file a stage is tried once.
ONCE = Retry()
#: The longest that a service may have a stage wait for its next try, in seconds.
LONGEST_WAIT = 900.0


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is tried: a stage, or a post-export step of one. `do` gets the call and returns what came of it.

    Only what is `effectful` may do what must happen at most once.
    """

    at: At
    kind: str
    do: Callable[[StageCall], StageResult]
    place: Place
    effectful: bool = False
    retry: Retry = ONCE
    grace: float = CANCEL_GRACE

    @property
    def path(self) -> str:
        """The path of the stage in the run."""
        return self.at.path


def run_work(run: Run, work: Work) -> End:
    """Do the work, unless an earlier process finished it; tries end with success, or with what cannot be retried."""
    if row := run.finished.get(work.path):
        return _reuse(run, row)
    number = run.tries.get(work.path, 0)
    for tried in range(1, work.retry.attempts + 1):
        number += 1
        end, error = _attempt(run, work, number)
        if error is None or error.retry != "safe" or tried == work.retry.attempts:
            return end
        if (error.retry_after or 0.0) > LONGEST_WAIT:
            return end  # the person resumes the run by then, rather than find it asleep
        delay = max(work.retry.delay_after(tried), error.retry_after or 0.0)
        said = {"attempt": number, "delay": delay, "error": error_json(error, work.path, run.secrets, work.place)}
        run.reporter.emit("stage.retry", work.path, said)
        if not _pause(run, work, delay):
            return _cancelled(run, work) if run.clock.cancelled else end
    raise AssertionError("a retry has at least one attempt")


def _reuse(run: Run, row: StageRow) -> End:
    run.reporter.emit("stage.reused", row.path, {"reason": "it was finished before the run was taken up again"})
    files = tuple(artifact.path for artifact in row.artifacts)
    seconds = (row.finished or row.started) - row.started
    outcome = StageOutcome(row.path, row.kind, "done", row.attempt, seconds, row.outputs, files, reused=True)
    run.collected.add(outcome, row.findings)
    return End("done", row.outputs, tuple(str(file) for file in files))


def _cancelled(run: Run, work: Work) -> End:
    error = Cancelled(signal_number=run.clock.token.signal_number)
    return End("cancelled", errors=(error_json(error, work.path, run.secrets, work.place),))


def _pause(run: Run, work: Work, seconds: float) -> bool:
    """Wait before the next try; whether there is to be one.

    On a worker, since the main thread must stay free for signal handlers that set the very token waited for.
    """
    task = run.workers.start(lambda: work.at.clock.sleep(seconds))
    try:
        task.result()
    except (Cancelled, TimedOut):
        return False
    return True


def _attempt(run: Run, work: Work, number: int) -> tuple[End, CliplineError | None]:
    """One try, journalled from its start to its end."""
    deadline = _Deadline(work.at.clock)
    attempt = Attempt(work.path, number, deadline.clock, run.writer, run.reporter)
    files = StageFiles(attempt, run.plan.out)
    run.reporter.emit("stage.started", work.path, {"kind": work.kind, "attempt": number})
    attempt.row = run.writer.begin_attempt(work.path, work.kind, number, run.clock.now())
    call = _call(run, work, attempt, files)
    begun = run.clock.monotonic()
    task = run.workers.start(lambda: work.do(call))
    with ExitStack() as journalled:
        try:
            result = task.supervise(deadline.clock, work.grace, on_slow=run.writer.flush, on_stop=deadline.passed)
            result = _checked(run, work, result)
            state = _NewState()
            if result.state is not None:
                whole = journalled.enter_context(work.at.scope.advancing(call.state, result.state, work.path))
                state = _NewState(whole, _changed(call.state, result.state))
        except Exception as error:  # noqa: BLE001  # what a stage raises ends here, as an error with data
            attempt.close()
            files.clear()
            problem = _problem(run, work, deadline.clock, error)
            return _failed(run, work, attempt, problem, run.clock.monotonic() - begun), problem
        finally:
            attempt.close()
            deadline.forget()
        files.clear()
        seconds = run.clock.monotonic() - begun
        return _done(run, work, attempt, result, state, seconds=seconds), None


@dataclass(frozen=True, slots=True)
class _NewState:
    """What a stage made of its scope's state, None where it left it, and the names of the parts that it changed."""

    whole: JsonObject | None = None
    changed: frozenset[str] = frozenset()


def _changed(before: JsonObject, after: JsonObject) -> frozenset[str]:
    """The parts of a state that are no longer the same."""
    return frozenset(key for key in {*before, *after} if before.get(key) != after.get(key))


class _Deadline:
    """A stage's own clock: where a deadline counts, with a token that the deadline sets, so that blocked reads wake."""

    def __init__(self, outer: Clock) -> None:
        self.clock = outer
        self._forget: Callable[[], None] | None = None
        if outer.deadline is not None:
            token = CancelToken()
            self._forget = outer.token.on_cancel(lambda: token.cancel(outer.token.signal_number))
            self.clock = outer.with_token(token, outer.deadline)

    def forget(self) -> None:
        """The stage ended; nothing is to be told to it any more."""
        if self._forget:
            self._forget()

    def passed(self) -> None:
        """Tell the stage to stop; where the run itself was cancelled it knows already."""
        self.clock.token.cancel(self.clock.token.signal_number)


def _call(run: Run, work: Work, attempt: Attempt, files: StageFiles) -> StageCall:
    call = StageCall(
        run_id=run.writer.run_id,
        path=work.path,
        kind=work.kind,
        attempt=attempt.number,
        clock=attempt.clock,
        effects=_effects(run, work, attempt),
        files=files,
        emit=attempt.emit,
        state=work.at.scope.state,
        settings=run.settings,
        out=run.plan.out,
        folder=run.scratch,
        run={**work.at.view.run, "files": list(work.at.view.files)},
        offers=run.plugins.offers,
        timeline=lambda: run.plugins.timeline(call),
        wait=run.policy.wait,
    )
    return call


def _effects(run: Run, work: Work, attempt: Attempt) -> Effects:
    if work.effectful:
        return StageEffects(attempt, run.plan.pipeline.budget, run.policy)
    return NoEffects(
        lambda name: PluginError(
            f"{work.path!r} ({work.kind}) wants the effect {name!r}, and {work.kind!r} is not described as effectful",
            code="not_effectful",
            hint="its plugin must set `effectful=True` in the description",
        )
    )


def _checked(run: Run, work: Work, result: object) -> StageResult:
    """What a stage returned must be what it promised; secrets are taken out of it."""
    if not isinstance(result, StageResult):
        raise Bug(f"{work.path!r} ({work.kind}) returned no result")
    if not result.outputs and not result.findings:
        return result
    try:
        text = dump(dict(result.outputs))
    except (TypeError, ValueError) as error:
        raise PluginError(f"the outputs of {work.path!r} ({work.kind}) are not JSON: {error}") from error
    return replace(result, outputs=json.loads(run.secrets.scrub(text)), findings=_clean(run, result.findings))


def _clean(run: Run, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    scrub = run.secrets.scrub
    return tuple(replace(each, text=scrub(each.text), about=scrub(each.about)) for each in findings)


def _problem(run: Run, work: Work, clock: Clock, error: BaseException) -> CliplineError:
    """What an exception of a stage means: stopped by the person, by the time, or by itself."""
    stopped = isinstance(error, (Cancelled, Abandoned))
    # Once a stage was told to stop, whatever else breaks in it breaks because of that.
    if run.clock.cancelled and (stopped or not isinstance(error, CliplineError)):
        return Cancelled(signal_number=run.clock.token.signal_number)
    if (stopped or isinstance(error, TimedOut)) and clock.remaining == 0.0:
        return _timed_out(run, work)
    if stopped:
        return StageFailed(f"{work.path!r} ({work.kind}) stopped, and nobody had told it to")
    folder, secrets = run.writer.folder, run.secrets
    return as_error(error, stage=work.path, kind=work.kind, folder=folder, secrets=secrets, plugins=run.plugins)


def _timed_out(run: Run, work: Work) -> TimedOut:
    hint = "raise its `timeout`, or give it less to do"
    if any(effect.status == "open" for effect in run.writer.effects(work.path)):
        hint = f"what it had asked for may be done all the same; to find out: clipline resume {run.writer.run_id}"
    return TimedOut(f"{work.path!r} did not end in the time it has", hint=hint)


def _failed(run: Run, work: Work, attempt: Attempt, problem: CliplineError, seconds: float) -> End:
    status: StageStatus = "failed"
    if isinstance(problem, Cancelled):
        status = "cancelled"
    elif problem.waits:
        status = "waiting"
    said = error_json(problem, work.path, run.secrets, work.place)
    findings = _clean(run, attempt.findings)
    _tell_findings(run, work, findings)
    _tell_end(run, work, status, seconds, error=said)
    run.writer.end_attempt(attempt.row, status, run.clock.now(), error=said, findings=findings)
    outcome = StageOutcome(work.path, work.kind, status, attempt.number, seconds, error=said)
    run.collected.add(outcome, findings)
    return End(status, errors=(said,))


def _done(run: Run, work: Work, attempt: Attempt, result: StageResult, state: _NewState, *, seconds: float) -> End:
    outputs, findings = result.outputs, (*_clean(run, attempt.findings), *result.findings)
    for made in result.artifacts:
        said = {"name": made.name, "path": str(made.path), "sha256": made.sha256, "bytes": made.bytes}
        run.reporter.emit("artifact", work.path, said)
    _tell_findings(run, work, findings)
    _tell_end(run, work, "done", seconds)
    run.writer.end_attempt(
        attempt.row,
        "done",
        run.clock.now(),
        outputs=outputs,
        artifacts=[FileRow(made.path, made.sha256, made.bytes, made.name) for made in result.artifacts],
        findings=findings,
        scope=work.at.scope.path,
        state=state.whole,
        changed=state.changed,
    )
    files = tuple(artifact.path for artifact in result.artifacts)
    run.collected.add(StageOutcome(work.path, work.kind, "done", attempt.number, seconds, outputs, files), findings)
    return End("done", outputs, tuple(str(file) for file in files))


def _tell_findings(run: Run, work: Work, findings: Sequence[Finding]) -> None:
    for finding in findings:
        run.reporter.emit("finding", work.path, finding.as_json())


def _tell_end(run: Run, work: Work, status: StageStatus, seconds: float, error: JsonObject | None = None) -> None:
    said = {"status": status, "seconds": round(seconds, 3), "reason": "", "error": error}
    run.reporter.emit("stage.finished", work.path, said)

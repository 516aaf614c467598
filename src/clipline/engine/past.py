"""The result of a run as the journal tells it: one that is over, one that goes on elsewhere, or one that was killed."""

from __future__ import annotations

from clipline.engine.results import RunResult, StageOutcome
from clipline.events import Finding
from clipline.journal import Journal, RunRow, StageRow

__all__ = ["past_result"]


def past_result(journal: Journal, row: RunRow, *, reused: bool = False) -> RunResult:
    """What `row` came to so far; `reused`: as this process's own result, which did nothing of it again."""
    stages = [stage for stage in journal.stages(row.id) if stage.status != "forgotten"]
    outcomes = {stage.path: _outcome(stage, reused=reused) for stage in stages}
    of_stages = ((stage.path, finding) for stage in stages for finding in stage.findings)
    return RunResult(
        run_id=row.id,
        name=row.name,
        status=row.status,
        exit=_exit(row),
        stages=outcomes,
        outputs=row.outputs,
        files=tuple(dict.fromkeys(file for outcome in outcomes.values() for file in outcome.files)),
        findings=(*_of_the_run(journal, row), *of_stages),
        errors=row.errors,
        seconds=0.0 if reused else journal.worked(row.id),
        credits=journal.credits(row.id),
        state=journal.scopes(row.id).get("", {}),
        pipeline=row.pipeline,
        backend=row.backend,
        started=row.started,
    )


def _exit(row: RunRow) -> int:
    """The status that the run ended with; 1 for one that did not end, since what was asked for is not done."""
    return 1 if row.exit is None else row.exit


def _outcome(stage: StageRow, *, reused: bool) -> StageOutcome:
    assert stage.status != "forgotten"
    return StageOutcome(
        stage.path,
        stage.kind,
        stage.status,
        stage.attempt,
        (stage.finished or stage.started) - stage.started,
        stage.outputs,
        tuple(artifact.path for artifact in stage.artifacts),
        stage.error,
        reused=reused,
    )


def _of_the_run(journal: Journal, row: RunRow) -> list[tuple[str, Finding]]:
    """What was found beside any stage, which only the events tell."""
    said = (event.data for event in journal.events(row.id) if event.type == "finding" and not event.stage)
    return list(dict.fromkeys(("", Finding.from_json(data)) for data in said))

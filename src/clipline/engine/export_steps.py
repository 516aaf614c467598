"""What a file lists to be done after an export: each step is journalled like a stage, and resumed at like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clipline.engine.context import Run
from clipline.engine.ends import End, together
from clipline.engine.stages import ONCE, Work, run_work
from clipline.errors import UsageError
from clipline.events import Finding
from clipline.pipeline.model import Plan, StageNode
from clipline.pipeline.options import step_of, steps_option
from clipline.pipeline.vocabulary import Vocabulary
from clipline.stage import Exported
from clipline.values import JsonObject

__all__ = ["Step", "check_default_steps", "run_steps", "take_steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """A listed step: what is asked of it, and whether the run goes on without it."""

    name: str
    options: Mapping[str, Any]
    continue_on_error: bool


def take_steps(run: Run, kind: str, options: dict[str, Any]) -> list[Step]:
    """Take the steps out of evaluated options; a stage that lists none gets those of the setting."""
    option = steps_option(kind, run.plugins.vocabulary)
    if option is None:
        return []
    listed: Sequence[Any] = options.pop(option, None) or _default_steps(run.settings)
    return [step for item in listed if (step := _step(item))]


def _default_steps(settings: JsonObject) -> Sequence[Any]:
    """What the setting `export.post_export` lists."""
    steps: Sequence[Any] = settings.get("export", {}).get("post_export") or ()
    return steps


def check_default_steps(plan: Plan, vocabulary: Vocabulary, settings: JsonObject) -> None:
    """Make sure, before anything is done, that the setting lists steps that there are.

    Raises:
        UsageError: it does not.
    """
    steps = list(_default_steps(settings))
    if not steps:
        return
    from clipline.pipeline import schema  # brings jsonschema

    kinds = {node.kind for node in plan.pipeline.walk() if isinstance(node, StageNode)}
    for kind in sorted(kinds):
        option = steps_option(kind, vocabulary)
        for complaint in schema.check_options(kind, {option: steps}, vocabulary) if option else ():
            if complaint.trail[:1] == (option,):
                raise UsageError(f"the setting export.post_export: {complaint.message}", hint=complaint.hint)


def _step(item: object) -> Step | None:
    named = step_of(item)
    if named is None:
        return None
    tolerated = isinstance(item, Mapping) and bool(item.get("continue_on_error"))
    return Step(named[0], named[1], tolerated)


def run_steps(run: Run, steps: Sequence[Step], export: Work, end: End) -> End:
    """Do the steps in order; the first that fails ends them, and the exported files are kept."""
    outputs = end.outputs
    exported = Exported(
        files=tuple(Path(file) for file in end.files or outputs.get("files", ())),
        sources=tuple(Path(file) for file in outputs.get("sources", ())),
        outputs=outputs,
    )
    ends = [end]
    for index, step in enumerate(steps):
        at = export.at.below(f"post_export[{index}]")
        part = _one(run, step, exported, replace(export, at=at, kind=step.name, retry=ONCE))
        ends.append(part)
        if part.stops_others:
            break
    return replace(together(ends), outputs=outputs)


def _one(run: Run, step: Step, exported: Exported, work: Work) -> End:
    offered = run.plugins.offers.post_export_steps[step.name]
    work = replace(work, do=lambda call: offered.run(call, exported, step.options), effectful=offered.effectful)
    end = run_work(run, work)
    if end.ok or not step.continue_on_error:
        return end
    tolerated = end.without_errors()
    if tolerated.tolerated:
        finding = Finding("WARN", f"the step failed, and the run goes on: {end.error}")
        run.reporter.emit("finding", work.path, finding.as_json())
        run.collected.find(work.path, finding)
    return tolerated

"""What a backend will do with a plan, asked before anything is sent or paid: what it cannot do is said in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from clipline.artifacts import name_facts
from clipline.engine.branches import shared_sessions
from clipline.engine.reaching import reaching
from clipline.errors import PipelineFileError, Problem
from clipline.pipeline.inputs import Unreadable, parse_value
from clipline.pipeline.loader import read_data_file
from clipline.pipeline.model import InputSpec, Plan, PlannedStage
from clipline.pipeline.options import Unknown, described, steps_option
from clipline.pipeline.problems import with_rows
from clipline.pipeline.template import Template
from clipline.plugin_manager import RunPlugins
from clipline.stage import Explanation
from clipline.studio.extra import INSTALL, missing
from clipline.values import JsonObject

__all__ = ["Forecast", "foresee"]


_A_FILE = InputSpec("file", "file")

#: A stage that was asked about: the path of its block, its kind, and its options where they are known.
_Earlier: TypeAlias = tuple[str, str, JsonObject | None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A plan that its backend can carry out.

    By the stage's path, `notes` say what it will do, `credits` what it is estimated to cost, and `elsewhere` which
    programs it runs and where it sends things.
    """

    plan: Plan
    notes: Mapping[str, tuple[str, ...]]
    credits: Mapping[str, int]
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def estimate(self) -> int:
        """The credits that all stages are estimated to cost, as far as they are known before the run."""
        return sum(self.credits.values())

    def as_json(self) -> dict[str, Any]:
        """The plan for programs, each stage with its notes and its estimate."""
        plan = self.plan.as_json()
        for stage in plan["stages"]:
            stage["notes"] = list(self.notes.get(stage["path"], ()))
            stage["elsewhere"] = list(self.elsewhere.get(stage["path"], ()))
            stage["credits"] = self.credits.get(stage["path"], 0)
        return {"clipline_plan": 1, **plan, "estimate": self.estimate}


def foresee(plan: Plan, plugins: RunPlugins, *, out: Path | None = None, before: Sequence[str] = ()) -> Forecast:
    """Ask the backend about every stage that may run; `out` is the output folder if the plan is meant to be run.

    `before` are the kinds of stages that earlier runs may have done in the session that the plan begins with.

    Raises:
        PipelineFileError: with everything that it cannot do.
    """
    problems: dict[Problem, list[str]] = {problem: [] for problem in shared_sessions(plan)}
    notes: dict[str, tuple[str, ...]] = {}
    credits: dict[str, int] = {}  # noqa: A001 - the unit's name
    elsewhere: dict[str, tuple[str, ...]] = {}
    earlier: list[_Earlier] = [("", kind, None) for kind in before]
    for stage in plan.stages:
        if stage.will_run == "no":
            continue
        found = [*_unsupported(stage, plugins), *_absent(stage, plugins), *_wrong_files(stage, plugins)]
        options = stage.options_if_constant
        scope = stage.path.rpartition(".")[0]
        if options is not None and not found:
            explanation = plugins.explain(stage.kind, options, list(_before(earlier, scope)), out)
            if explanation and explanation.refuses:
                found.append(_refusal(stage.options, explanation))
            elif explanation:
                notes[stage.path], credits[stage.path] = _placed(stage, explanation.notes), explanation.credits
                found += _unaffordable(stage, explanation.credits, plan.pipeline.budget)
        if leaving := tuple(dict.fromkeys(_deprecated(stage, plugins))):
            notes[stage.path] = (*notes.get(stage.path, ()), *leaving)
        if sentences := tuple(reaching(stage, plugins)):
            elsewhere[stage.path] = sentences
        earlier.append((scope, stage.kind, options))
        # A stage in a loop is planned once for each item; its complaint is one.
        for problem in found:
            problems.setdefault(problem, []).extend([stage.row] if stage.row else [])
    if problems:
        raise PipelineFileError(with_rows(problem, rows) for problem, rows in problems.items())
    return Forecast(plan, notes, credits, elsewhere)


def _placed(stage: PlannedStage, notes: tuple[str, ...]) -> tuple[str, ...]:
    """The notes on an export with the item's place in its loop, where that is known before the run."""
    if stage.kind != "export" or "[*]" in stage.path:
        return notes
    index = name_facts({}, stage.path, "")["index"]
    return tuple(note.replace("{index}", index) for note in notes)


def _before(earlier: Iterable[_Earlier], scope: str) -> Iterator[tuple[str, JsonObject | None]]:
    """The stages that one in `scope` comes after; those in a block beside it share its session only perhaps."""
    for where, kind, options in earlier:
        if _encloses(where, scope):
            yield kind, options
        elif _encloses(where[: where.rfind("]") + 1], scope):  # the items of a loop keep to themselves
            yield kind, None


def _encloses(outer: str, scope: str) -> bool:
    return not outer or scope == outer or scope.startswith(f"{outer}.")


def _unsupported(stage: PlannedStage, plugins: RunPlugins) -> Iterator[Problem]:
    """Options of a stage that its backend does not do; a block in a backend's name is that backend's own business."""
    kind, backend = stage.kind, plugins.backend
    if not plugins.can(kind):
        yield _at(stage.options, "", f'backend "{backend}" cannot do "{kind}"', "")
        return
    if not plugins.answers_itself(kind):
        return
    supported = plugins.supports().get(kind, {})
    steps = steps_option(kind, plugins.vocabulary)  # are the engine's to do, whoever exported
    for option, value in stage.options.parts().items():
        if option in plugins.offers.backends or option == steps:
            continue
        choices = [name.partition("=")[2] for name in supported if name.startswith(f"{option}=")]
        written = value.as_json() if value.constant else None
        if option not in supported and not choices:
            yield _at(stage.options, option, f'backend "{backend}" cannot do the option "{option}" of "{kind}"', "")
        elif choices and value.constant and str(written) not in choices:
            known = f"it can do {', '.join(choices)}"
            yield _at(stage.options, option, f'backend "{backend}" cannot do {option}: {written}', known)
        elif "after" in (supported.get(option), supported.get(f"{option}={written}")) and (absent := missing()):
            words = f'backend "{backend}" leaves "{option}" to this machine, which lacks {", ".join(absent)}'
            yield _at(stage.options, option, words, f"run: {INSTALL}")


def _deprecated(stage: PlannedStage, plugins: RunPlugins) -> Iterator[str]:
    """A note on each option, and on the kind itself, that its schema says is on its way out."""
    known = described(plugins.vocabulary.kinds[stage.kind], stage.options.skeleton(Unknown), plugins.vocabulary)
    for each in known:
        if each.schema.get("deprecated") is True:
            what = f"option {'.'.join(map(str, each.trail))!r}" if each.trail else f"stage kind {stage.kind!r}"
            yield ": ".join(filter(None, (f"the {what} is deprecated", each.schema.get("description", ""))))


def _absent(stage: PlannedStage, plugins: RunPlugins) -> Iterator[Problem]:
    """Files that must be there before the run and are not, as far as their paths are known."""
    known = described(plugins.vocabulary.kinds[stage.kind], stage.options.skeleton(Unknown), plugins.vocabulary)
    files = {each.trail: each.schema for each in known if each.schema.get("x-clipline-exists") is True}
    for trail, schema in files.items():
        written = stage.options.at(trail)
        path = written.skeleton(Unknown)
        if isinstance(path, str) and Path(path).is_absolute():  # what a web address is not
            try:
                parse_value(_A_FILE, path, Path())
            except Unreadable as error:
                hint = schema.get("x-clipline-form", "")
                yield from (written.problem((), message, hint=hint) for message in error.messages)


def _wrong_files(stage: PlannedStage, plugins: RunPlugins) -> Iterator[Problem]:
    """What is wrong in files that must hold what a schema says, each at its place in that file."""
    known = described(plugins.vocabulary.kinds[stage.kind], stage.options.skeleton(Unknown), plugins.vocabulary)
    for trail, schema in [(each.trail, each.schema.get("x-clipline-holds")) for each in known]:
        path = stage.options.at(trail).skeleton(Unknown)
        if schema and isinstance(path, str) and Path(path).is_absolute() and Path(path).is_file():
            try:
                read_data_file(Path(path), schema)
            except PipelineFileError as error:
                yield from error.problems


def _unaffordable(stage: PlannedStage, estimate: int, budget: float | None) -> Iterator[Problem]:
    """A stage that alone is estimated at more than the whole budget: it would never be sent."""
    if budget is not None and estimate > budget:
        words = f"this is estimated at {estimate} credits, and the budget is {budget:g}"
        yield replace(_at(stage.options, "", words, f"raise it: `budget: {{credits: {estimate}}}`"), code="budget")


def _refusal(options: Template, explanation: Explanation) -> Problem:
    problem = _at(options, explanation.option, explanation.refuses, explanation.hint)
    return replace(problem, code=explanation.code, choices=explanation.choices)


def _at(options: Template, option: str, message: str, hint: str) -> Problem:
    trail = (option,) if option in options.parts() else ()
    return options.problem(trail, message, hint=hint)

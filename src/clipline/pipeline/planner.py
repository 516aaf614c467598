"""Pipeline and inputs to plan: everything that can be known before the run is evaluated and checked.

The planner reads files that inputs name, and nothing else of the outside: the environment and the working folder are
arguments.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from clipline.errors import InputError, PipelineFileError, Problem
from clipline.pipeline.document import Trail
from clipline.pipeline.filters import MAX_ITEMS, find_files, type_name
from clipline.pipeline.inputs import Given, Unreadable, parse_inputs, parse_value
from clipline.pipeline.model import ForEachNode, NestedNode, Node, Pipeline, Plan, PlannedStage, StageNode
from clipline.pipeline.problems import Problems, TooManyProblems, with_rows
from clipline.pipeline.settle import settle
from clipline.pipeline.tables import Row
from clipline.pipeline.template import Template

__all__ = ["MAX_PLANNED", "Plan", "PlannedStage", "outline", "plan", "read_env"]

#: How many stages a plan may list.
MAX_PLANNED = 10_000

WillRun: TypeAlias = Literal["yes", "maybe", "no"]


def plan(
    pipeline: Pipeline,
    given: Mapping[str, object],
    *,
    backend: str,
    working_folder: Path,
    out: Path,
    run: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    globs: Mapping[str, Sequence[str]] | None = None,
) -> Plan:
    """Plan a run of a pipeline.

    Args:
        pipeline: a checked file.
        given: inputs by name, as typed or as values; see `inputs.parse_inputs`.
        backend: the name of the backend that was chosen.
        working_folder: what typed paths are relative to.
        out: the output folder.
        run: what expressions see as `run.…` and is known already: id, started, dir.
        environ: the environment; by default that of the process.
        globs: what patterns found when this run was first planned.

    Raises:
        InputError: with everything that is wrong with inputs and the environment.
        PipelineFileError: with every value that turns out wrong, and its place in the file.
    """
    folder, target = _absolute(working_folder), _absolute(working_folder / out)
    environ = os.environ if environ is None else environ
    values, env = _inputs_and_env(pipeline, given, folder, environ)
    facts = {**(run or {}), "name": pipeline.name, "backend": backend}
    planning = _Planning(pipeline, target, environ, {key: tuple(found) for key, found in (globs or {}).items()})
    known: set[Trail] = {("inputs",), ("env",), *(("run", name) for name in facts)}
    stages = planning.run(_View({"inputs": values, "env": env, "run": facts}, known))
    return Plan(pipeline, values, env, backend, target, folder, facts, stages, planning.globs)


def outline(pipeline: Pipeline, *, backend: str) -> Plan:
    """The plan of a file whose inputs are not known yet: what is written out is checked, the rest stays open.

    Raises:
        PipelineFileError: as `plan`.
    """
    facts = {"name": pipeline.name, "backend": backend}
    folder = pipeline.source.folder
    planning = _Planning(pipeline, folder, None, {})
    stages = planning.run(_View({"run": facts}, {("run", name) for name in facts}))
    return Plan(pipeline, {}, {}, backend, folder, folder, facts, stages, planning.globs)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - a link stays the name that the person gave


def _inputs_and_env(
    pipeline: Pipeline, given: Mapping[str, object], folder: Path, environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Both, or one error with what is wrong with both."""
    try:
        values = parse_inputs(pipeline.inputs, given, working_folder=folder, file_folder=pipeline.source.folder)
    except InputError as error:
        try:
            read_env(pipeline, environ)
        except InputError as other:
            raise InputError(f"{error.message}\n{other.message}", hint=error.hint or other.hint) from None
        raise
    return values, read_env(pipeline, environ)


def read_env(pipeline: Pipeline, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that a pipeline declares.

    Raises:
        InputError: one that has no default is not set.
    """
    missing = [name for name, default in pipeline.env.items() if default is None and name not in environ]
    if missing:
        lines = [f"the environment variable {name} is not set" for name in missing]
        raise InputError("\n".join(lines), hint=f"{pipeline.source.name} declares it under env:")
    return {name: environ.get(name, default or "") for name, default in pipeline.env.items()}


@dataclass(frozen=True, slots=True)
class _View:
    """What is known at one place of the tree: names with values, and which of them are whole.

    `will_run` and `reason` are those of the nodes around; `lenient` where a condition that is not decided yet may rule
    out values that look wrong now; `row` is the row of a table that a loop around is at.
    """

    names: Mapping[str, Any]
    known: set[Trail]
    will_run: WillRun = "yes"
    reason: str = "always"
    lenient: bool = False
    row: str = ""


@dataclass(slots=True)
class _Planning:
    """One planning; `environ` None leaves inputs and environment open."""

    pipeline: Pipeline
    out: Path
    environ: Mapping[str, str] | None
    globs: dict[str, tuple[str, ...]]
    stages: list[PlannedStage] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)

    def run(self, view: _View) -> tuple[PlannedStage, ...]:
        """All stages, or every complaint about them."""
        with suppress(TooManyProblems):
            self.pipeline_nodes(self.pipeline, "", view)
        if self.problems:
            raise self.problems.error()
        return tuple(self.stages)

    def find(self, pattern: str) -> Sequence[str]:
        """The files of a pattern, looked up once."""
        if pattern not in self.globs:
            self.globs[pattern] = tuple(find_files(pattern))
        return self.globs[pattern]

    def pipeline_nodes(self, pipeline: Pipeline, path: str, view: _View) -> None:
        """The nodes of a pipeline, with those that stand apart under names that no id can have."""
        self.nodes(pipeline.stages, path, view)
        after_failure = replace(view, will_run=_least("maybe", view.will_run), reason="only after a failure")
        self.nodes(pipeline.on_failure, f"{path}on_failure.", after_failure)
        at_end = replace(view, reason="always, at the end") if view.will_run == "yes" else view
        self.nodes(pipeline.finally_, f"{path}finally.", at_end)

    def nodes(self, nodes: Iterable[Node], path: str, view: _View) -> None:
        for node in nodes:
            self.node(node, path + node.id, self._after_condition(node, view))

    def node(self, node: Node, path: str, view: _View) -> None:
        match node:
            case StageNode():
                self._stage(node, path, view)
            case ForEachNode():
                self._loop(node, path, view)
            case NestedNode():
                self._nested(node, path, view)
            case _:
                self.nodes(node.nodes, f"{path}.", view)

    def _after_condition(self, node: Node, view: _View) -> _View:
        condition = node.condition
        if condition is None or view.will_run == "no":
            return view
        written = f"if: {' '.join(condition.written.split())}"
        if not condition.known_by(view.known):
            mixed = any(_starts(reference.trail, view.known) for reference in condition.references)
            reason = f"{written}, which the run decides"
            return replace(view, will_run="maybe", reason=reason, lenient=view.lenient or mixed)
        try:
            holds = condition.evaluate(view.names, glob=self.find)
        except PipelineFileError as error:
            self._complain(error.problems, view)
            return view
        return (
            replace(view, reason=written) if holds else replace(view, will_run="no", reason=f"{written} does not hold")
        )

    def _complain(self, problems: Iterable[Problem], view: _View) -> None:
        if not view.lenient:
            rows = [view.row] if view.row else []
            self.problems += [with_rows(problem, rows) for problem in problems]

    def _stage(self, node: StageNode, path: str, view: _View) -> None:
        options = node.options
        if view.will_run != "no":
            try:
                options = settle(
                    options, node.kind, view.names, view.known, self.pipeline.vocabulary, out=self.out, glob=self.find
                )
            except PipelineFileError as error:
                self._complain(error.problems, view)
        if len(self.stages) >= MAX_PLANNED:
            message = f"the plan has more than {MAX_PLANNED} stages"
            raise PipelineFileError([Problem(message, node.place)])
        planned = PlannedStage(path, node.kind, options, view.will_run, view.reason, node.place, view.row)
        self.stages.append(planned)

    def _bound(self, template: Template, view: _View) -> Template:
        if view.will_run == "no":
            return template
        try:
            return template.bind(view.names, known=view.known, glob=self.find)
        except PipelineFileError as error:
            self._complain(error.problems, view)
            return template

    def _loop(self, node: ForEachNode, path: str, view: _View) -> None:
        items = self._bound(node.items, view)
        if view.will_run == "no" or not items.constant:
            each = view if view.will_run == "no" else replace(view, will_run="maybe", reason=_each_words(node))
            self.nodes(node.nodes, f"{path}[*].", each)
            return
        values = node.items.evaluate(view.names, glob=self.find)  # not of `items`, in which rows have lost their places
        if not isinstance(values, list) or len(values) > MAX_ITEMS:
            wrong = f"a list, not {type_name(values)}" if not isinstance(values, list) else f"at most {MAX_ITEMS} items"
            self._complain([items.problem((), f'"for_each" needs {wrong}')], view)
            return
        if not values:
            self.nodes(node.nodes, f"{path}[*].", replace(view, will_run="no", reason="the list is empty"))
        for index, value in enumerate(values):
            names = {**view.names, node.name: value, "loop": {"index": index}}
            known = view.known | {(node.name,), ("loop",)}
            here = f"{path}[{index}]"
            row = f"{here}, {value.place}" if isinstance(value, Row) else view.row
            self.nodes(node.nodes, f"{here}.", replace(view, names=names, known=known, row=row))

    def _nested(self, node: NestedNode, path: str, view: _View) -> None:
        inner, given = node.pipeline, self._bound(node.given, view)
        if view.will_run == "no":
            self.pipeline_nodes(inner, f"{path}.", view)
            return
        values = self._nested_values(node, given, view)
        known: set[Trail] = {("inputs", name) for name in values} | {step for step in view.known if step[0] == "run"}
        if len(values) == len(inner.inputs):
            known.add(("inputs",))
        names = {"inputs": values, "run": view.names["run"]}
        if self.environ is not None:
            names["env"] = read_env(inner, self.environ)
            known.add(("env",))
        self.pipeline_nodes(inner, f"{path}.", replace(view, names=names, known=known))

    def _nested_values(self, node: NestedNode, given: Template, view: _View) -> dict[str, Any]:
        """The inputs of a nested pipeline whose values are known."""
        inner, parts = node.pipeline, given.parts()
        if self.environ is None or (not given.constant and not parts):
            return {}
        values: dict[str, Any] = {}
        for name, spec in inner.inputs.items():
            part = parts.get(name)
            if part is not None and not part.constant:
                continue
            value = None if part is None else part.evaluate({})
            written = Given(spec.default, inner.source.folder) if value is None else Given(value, given.document.folder)
            if written.value is None:
                values[name] = None
                continue
            try:
                values[name] = parse_value(spec, written.value, written.folder)
            except Unreadable as error:
                at = (given if part is None else part).problem
                self._complain((at((), f'input "{name}" of "{inner.name}": {each}') for each in error.messages), view)
        return values


def _least(one: WillRun, other: WillRun) -> WillRun:
    return min(one, other, key=("no", "maybe", "yes").index)


def _starts(trail: Trail, known: set[Trail]) -> bool:
    return any(trail[:length] in known for length in range(1, len(trail) + 1))


def _each_words(node: ForEachNode) -> str:
    written = node.items.as_json()
    return f"once for each of {written if isinstance(written, str) else 'the items'}"

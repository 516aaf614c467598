"""Which names an expression may use where it stands, checked before anything runs.

A `Scope` is what is visible from one place of a file. It grows from sibling to sibling and is handed down into loops
and groups; nothing goes back up but what a node shows of itself (`StageView`).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from clipline.pipeline.document import nearest, words
from clipline.pipeline.expressions import Expression, ExpressionError, Reference
from clipline.pipeline.model import InputSpec
from clipline.values import JsonObject

__all__ = ["RESERVED_NAMES", "RUN_NAMES", "Level", "Scope", "StageView"]

#: The names that expressions start with; no loop may call its item so.
RESERVED_NAMES = frozenset({"inputs", "env", "secrets", "run", "stages", "loop", "true", "false", "null"})

#: What `run.…` has, with the meaning of each; the last two only once things have gone one way or another.
RUN_NAMES: Mapping[str, str] = {
    "id": "the run's id",
    "name": "the pipeline's name",
    "started": "when the run started, as ISO 8601 text in UTC",
    "dir": "the run's own folder",
    "backend": "the backend's name",
    "status": "running, done, failed or cancelled; in `finally`, `on_failure` and any `if:`",
    "error": "the message of what failed, else null; in `finally` and `on_failure`",
}


@dataclass(frozen=True, slots=True)
class StageView:
    """What other nodes see of one: its fields, and the names of its outputs where no other can come."""

    fields: tuple[str, ...] = ("ok", "status", "error")
    outputs: frozenset[str] | None = None

    @classmethod
    def of_stage(cls, outputs: JsonObject) -> Self:
        """A stage whose kind leaves outputs of this schema."""
        closed = outputs.get("additionalProperties") is False
        names = frozenset(outputs.get("properties", {})) if closed else None
        return cls(("ok", "status", "outputs", "files", "error"), names)


@dataclass(slots=True)
class Level:
    """A list of nodes while it is read, one after the other.

    `positions` has the place of each id in it, `at` that of the node which is being read. `views` grows with every
    node that was read, unless they are `parallel`; `within` with the ids inside of them, and why those are not seen.
    """

    positions: Mapping[str, int]
    parallel: bool = False
    at: int = 0
    views: dict[str, StageView] = field(default_factory=dict)
    within: dict[str, str] = field(default_factory=dict)

    def why_hidden(self, name: str) -> str:
        """Why an id of this list is not seen from where it is read now; empty where it is none of this list."""
        at = self.positions.get(name)
        if at == self.at:
            return "is the one that this stands in"
        if at is not None:
            return "runs side by side with this one" if self.parallel else "comes later"
        return self.within.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that are visible from one place.

    `levels` are the lists of nodes around, outermost first. `loops` has the columns of each loop's item where they are
    known, else None. `ending` is true in `finally` and `on_failure`.
    """

    inputs: Mapping[str, InputSpec]
    env: Collection[str]
    secrets: Collection[str]
    levels: tuple[Level, ...] = ()
    loops: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    ending: bool = False

    def inside(self, level: Level) -> Scope:
        """This scope inside one more list of nodes."""
        return replace(self, levels=(*self.levels, level))

    @property
    def stages(self) -> Mapping[str, StageView]:
        """What is visible of the nodes before this place, by id."""
        return ChainMap(*(level.views for level in reversed(self.levels)))

    def in_loop(self, name: str, columns: Collection[str] | None) -> Scope:
        """This scope inside a loop."""
        return replace(self, loops={**self.loops, name: columns})

    def columns_of(self, expression: Expression | None) -> Collection[str] | None:
        """The columns of a loop's item where the list is one whole table of the inputs."""
        if expression is None or len(expression.references) != 1:
            return None
        reference = expression.references[0]
        if len(reference.trail) != 2 or reference.trail[0] != "inputs" or expression.text.strip() != str(reference):
            return None
        spec = self.inputs.get(str(reference.trail[1]))
        return list(spec.columns) if spec is not None and spec.type == "table" else None

    def check(self, reference: Reference, *, secret: bool = False, condition: bool = False) -> None:
        """Refuse a name that means nothing here.

        Args:
            reference: the name with its look-ups.
            secret: whether it stands where a secret may.
            condition: whether it stands after an `if:`.

        Raises:
            ExpressionError: with the nearest name, and where in the expression.
        """
        steps = [str(step) if isinstance(step, str) else step for step in reference.trail]
        root, at = str(steps[0]), _Steps(reference)
        match root:
            case "inputs":
                self._check_input(at)
            case "env":
                at.known(1, self.env, "env", f'declare it: "env: [{at.step(1)}]"')
            case "secrets":
                if not secret:
                    raise ExpressionError("a secret may only stand in an option that is made for one", at.offset(0))
                at.known(1, self.secrets, "secrets", f'declare it: "secrets: {{{at.step(1)}: env:VARIABLE}}"')
            case "run":
                self._check_run(at, condition=condition)
            case "stages":
                self._check_stage(at)
            case "loop":
                if not self.loops:
                    raise ExpressionError('"loop" is known only inside a for_each', at.offset(0))
                at.known(1, ["index"], "loop")
            case _ if root in self.loops:
                columns = self.loops[root]
                if columns is not None:
                    at.known(1, columns, f'the row "{root}"')
            case _:
                raise ExpressionError(self._unknown(root), at.offset(0))

    def _unknown(self, root: str) -> str:
        if root in self.inputs:
            return f'there is no "{root}" here; did you mean "inputs.{root}"?'
        if root in self.stages:
            return f'there is no "{root}" here; did you mean "stages.{root}"?'
        known = [*sorted(RESERVED_NAMES - {"true", "false", "null", "loop"}), *self.loops]
        advice = nearest(root, known, listed=False) or f"; names start with {words(known, 'or')}, and texts have quotes"
        return f'there is no "{root}" here{advice}'

    def _check_input(self, at: _Steps) -> None:
        at.known(1, self.inputs, "inputs")
        name = at.step(1)
        spec = self.inputs.get(str(name)) if name is not None else None
        if spec is not None and spec.type not in {"table", "files"} and at.step(2) is not None:
            raise ExpressionError(f"inputs.{spec.name} is of type {spec.type}; nothing is inside it", at.offset(2))

    def _check_run(self, at: _Steps, *, condition: bool) -> None:
        at.known(1, RUN_NAMES, "run")
        if at.step(1) == "status" and not (self.ending or condition):
            raise ExpressionError('"run.status" is known only in finally, on_failure and after if:', at.offset(1))
        if at.step(1) == "error" and not self.ending:
            raise ExpressionError('"run.error" is known only in finally and on_failure', at.offset(1))

    def _check_stage(self, at: _Steps) -> None:
        name = at.step(1)
        stages = self.stages
        if isinstance(name, str) and name not in stages:
            reason = next((why for level in reversed(self.levels) if (why := level.why_hidden(name))), "")
            if reason:
                raise ExpressionError(f'stage "{name}" {reason}', at.offset(1))
        at.known(1, stages, "stages", "" if stages else "no stage comes before this one")
        view = stages[str(name)]
        if at.step(2) is None:
            raise ExpressionError(
                f'"stages.{name}" needs one of {words((f".{each}" for each in view.fields), "or")}', at.offset(0)
            )
        at.known(2, view.fields, f"stages.{name}")
        if at.step(2) == "outputs" and view.outputs is not None:
            at.known(3, view.outputs, f"stages.{name}.outputs", optional=True)


@dataclass(frozen=True, slots=True)
class _Steps:
    """A reference, step by step."""

    reference: Reference

    def step(self, at: int) -> str | int | None:
        return self.reference.trail[at] if at < len(self.reference.trail) else None

    def offset(self, at: int) -> int:
        return self.reference.offsets[min(at, len(self.reference.offsets) - 1)]

    def known(self, at: int, names: Collection[Any], where: str, advice: str = "", *, optional: bool = False) -> None:
        """Refuse a step that is none of `names`."""
        step = self.step(at)
        if step is None and (optional or at == 1):
            if where in {"stages", "secrets", "run", "loop"}:
                raise ExpressionError(f'"{where}" needs a name after a point', self.offset(0))
            return
        if step not in names:
            near = nearest(str(step), sorted(names))
            if advice and "did you mean" not in near:
                near += f"; {advice}"
            raise ExpressionError(f'there is no "{step}" in {where}{near}', self.offset(at))

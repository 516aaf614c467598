"""A checked pipeline: frozen values that the planner and the engine read.

Whatever the file may write as an expression is a `Template`; everything else is a plain value. Each node carries the
`Place` it stands in, so that whatever goes wrong later can still point into the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from clipline.errors import Place

if TYPE_CHECKING:
    from clipline.pipeline.template import Condition, Template
    from clipline.pipeline.vocabulary import Vocabulary

__all__ = [
    "ForEachNode",
    "GroupNode",
    "InputSpec",
    "InputType",
    "NestedNode",
    "Node",
    "ParallelNode",
    "Pipeline",
    "Plan",
    "PlannedStage",
    "Retry",
    "Source",
    "StageNode",
]

#: The place of what no file says.
NOWHERE = Place("")

InputType = Literal[
    "string", "integer", "number", "boolean", "duration", "file", "files", "directory", "enum", "size", "table"
]


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read; `path` is absolute, None for a mapping that a program gave (`text` is its JSON).

    Paths written in it are relative to `folder`.
    """

    name: str
    path: Path | None
    text: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a stage is tried, the first time included, and the seconds between two tries."""

    attempts: int = 1
    delay: float = 2.0
    factor: float = 2.0
    max_delay: float = 60.0

    def delay_after(self, attempt: int) -> float:
        """Seconds to wait after the failed `attempt` (from 1)."""
        delay = min(self.delay, self.max_delay)
        for _ in range(attempt - 1):  # not a power, which may be too large for a float
            if not 0 < delay < self.max_delay or self.factor == 1:
                break
            delay = min(self.max_delay, delay * self.factor)
        return delay


@dataclass(frozen=True, slots=True)
class InputSpec:
    """An input that a file declares, or a column of a table.

    `values` are those of an enum; `columns` those of a table; `minimum` and `maximum` bound numbers and durations.
    An input that is neither required nor given is its default, else null.
    """

    name: str
    type: InputType
    required: bool = False
    default: Any = None
    description: str = ""
    values: tuple[str, ...] = ()
    columns: Mapping[str, InputSpec] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What every node has. `timeout` is in seconds; `on_cancel` stands only in `finally`."""

    id: str
    condition: Condition | None = None
    timeout: float | None = None
    continue_on_error: bool = False
    on_cancel: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class StageNode(_Common):
    """One use of a stage kind. `options` evaluates to a mapping; `retry` None leaves it to the engine."""

    kind: str
    options: Template
    retry: Retry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEachNode(_Common):
    """`nodes` once for each item of what `items` evaluates to; each item is visible as `name`."""

    items: Template
    name: str = "item"
    max_parallel: int = 1
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelNode(_Common):
    """`nodes` side by side; they do not see each other."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNode(_Common):
    """`nodes` one after the other, as one node."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedNode(_Common):
    """Another pipeline; `given` evaluates to a mapping of its inputs."""

    pipeline: Pipeline
    given: Template


Node: TypeAlias = StageNode | ForEachNode | ParallelNode | GroupNode | NestedNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A checked file.

    `env` has the declared environment variables with their defaults, None where one must be set. `secrets` has
    references (`env:NAME`, `file:PATH`), never values. `budget` is in credits. `defaults` were already put into the
    nodes; they are kept to be shown. `outputs` evaluates to a mapping. `vocabulary` is what it was checked against.
    """

    name: str
    stages: tuple[Node, ...]
    source: Source
    vocabulary: Vocabulary = field(repr=False)
    description: str = ""
    backend: str | None = None
    inputs: Mapping[str, InputSpec] = field(default_factory=dict)
    env: Mapping[str, str | None] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    budget: float | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    on_failure: tuple[Node, ...] = ()
    finally_: tuple[Node, ...] = ()
    outputs: Template

    def walk(self) -> Iterator[Node]:
        """Every node of this pipeline and of those nested in it, in the order of the file."""
        todo = [*reversed((*self.stages, *self.on_failure, *self.finally_))]
        while todo:
            node = todo.pop()
            yield node
            if isinstance(node, NestedNode):
                inner = node.pipeline
                todo += reversed((*inner.stages, *inner.on_failure, *inner.finally_))
            elif not isinstance(node, StageNode):
                todo += reversed(node.nodes)

    def sources(self) -> tuple[Source, ...]:
        """The text of this file and of every file nested in it, each once."""
        found = {self.source.path or self.source.name: self.source}
        for node in self.walk():
            if isinstance(node, NestedNode):
                found.setdefault(node.pipeline.source.path or node.pipeline.source.name, node.pipeline.source)
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage of a plan.

    `path` is `batch[0].remove`; `batch[*].remove` where the items are known only in the run. In `options` all that is
    known before the run has its value and is checked; the rest are expressions still. `reason` says why `will_run`.
    `row` says for which row of a table it is, like `batch[0], jobs.csv:2`; empty where it is for none.
    """

    path: str
    kind: str
    options: Template
    will_run: Literal["yes", "maybe", "no"]
    reason: str
    place: Place = NOWHERE
    row: str = ""

    @property
    def options_if_constant(self) -> dict[str, Any] | None:
        """The options where all of them are known before the run, else None."""
        return dict(self.options.evaluate({})) if self.options.constant else None

    def as_json(self) -> dict[str, Any]:
        """The stage for programs; what is known only in the run stands as it is written in the file."""
        return {
            "path": self.path,
            "kind": self.kind,
            "options": self.options.as_json(),
            "will_run": self.will_run,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline with its inputs, ready to run. All paths are absolute.

    `run` holds what expressions see as `run.…` before the run; `globs` the files that each pattern found, so that
    a resumed run sees the same ones.
    """

    pipeline: Pipeline
    inputs: Mapping[str, Any]
    env: Mapping[str, str]
    backend: str
    out: Path
    working_folder: Path
    run: Mapping[str, Any]
    stages: tuple[PlannedStage, ...]
    globs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The plan for programs and for the journal; holds no secret."""
        return {
            "pipeline": self.pipeline.name,
            "file": str(self.pipeline.source.path or self.pipeline.source.name),
            "backend": self.backend,
            "inputs": dict(self.inputs),
            "env": dict(self.env),
            "out": str(self.out),
            "working_folder": str(self.working_folder),
            "run": dict(self.run),
            "stages": [stage.as_json() for stage in self.stages],
            "globs": {pattern: list(found) for pattern, found in self.globs.items()},
        }

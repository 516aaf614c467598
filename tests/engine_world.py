"""A small world to run the engine in: real pipelines, real plugins, a real journal; only the stages are made up.

Stage kinds are functions of a test, so each test says in a line what its stages do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from clipline.clock import Clock
from clipline.engine import runner
from clipline.engine.results import RunResult
from clipline.events import Event
from clipline.journal import Journal
from clipline.pipeline import loader, planner
from clipline.plugin_manager import Plugins, RunPlugins
from clipline.stage import Backend, PostExportStep, StageKind, StageResult, hookimpl, hookspec

StageFunction = Callable[[Any, Mapping[str, Any]], StageResult | None]

ANY_OPTIONS = {"type": "object"}


@dataclass
class Installed:
    """What `importlib.metadata` gives for an installed plugin, as far as the plugin manager looks."""

    name: str
    plugin: object
    dist: Any = None
    module: str = "plugin_of_a_test"

    def load(self) -> object:
        return self.plugin


def kind_plugin(
    kinds: Mapping[str, StageFunction],
    steps: Mapping[str, Callable[..., StageResult]] | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    secret_options: frozenset[str] = frozenset(),
    pure: frozenset[str] = frozenset(),
    **hooks: Any,
) -> object:
    """A plugin with a stage kind for each function, post-export steps, and other hooks as they are.

    Kinds in `pure` have no effects.
    """

    def spec_of(name: str) -> object:
        namespace: dict[str, Any] = {}
        exec(f"def {name}(call, options):\n    pass", namespace)  # the hook is called like the kind
        return SimpleNamespace(**{name: hookspec(firstresult=True)(namespace[name])})

    def implementation_of(function: StageFunction) -> Any:
        def answer(call: Any, options: Any) -> StageResult | None:
            return function(call, options)

        return hookimpl(answer)

    described = [
        StageKind(
            name,
            spec_of(name),
            (options or {}).get(name, ANY_OPTIONS),
            effectful=name not in pure,
            secret_options=secret_options,
        )
        for name in kinds
    ]
    offered_steps = [PostExportStep(name, run, ANY_OPTIONS) for name, run in (steps or {}).items()]
    return SimpleNamespace(
        clipline_api="1",
        stage_kinds=hookimpl(lambda: described),
        backends=hookimpl(lambda: [Backend("nobody", lambda settings: SimpleNamespace())]),
        post_export_steps=hookimpl(lambda: offered_steps),
        **{name: implementation_of(function) for name, function in kinds.items()},
        **hooks,
    )


@dataclass
class World:
    """A folder with a state folder and an output folder; `events` are those of the last run."""

    folder: Path
    plugin: object
    others: tuple[object, ...] = ()
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.out = self.folder / "out"
        self.journal = Journal.open(self.folder / "state")
        points = [Installed(f"plugin{index}", plugin) for index, plugin in enumerate((self.plugin, *self.others))]
        self.plugins = Plugins(points)  # type: ignore[arg-type]
        broken = [info.error for info in self.plugins.infos if info.error]
        assert not broken, broken

    def hooks(self) -> RunPlugins:
        return self.plugins.for_run("nobody", {})

    def plan(self, pipeline: Mapping[str, Any] | str | Path, inputs: Mapping[str, Any] | None = None) -> Any:
        if isinstance(pipeline, Mapping):
            pipeline = {"clipline": 1, "name": "test", **pipeline}
        loaded = loader.load(pipeline, self.plugins.vocabulary, folder=self.folder)
        return planner.plan(loaded, inputs or {}, backend="nobody", working_folder=self.folder, out=self.out)

    def run(
        self,
        pipeline: Mapping[str, Any] | str | Path,
        inputs: Mapping[str, Any] | None = None,
        *,
        clock: Clock | None = None,
        settings: Mapping[str, Any] | None = None,
        on_event: Callable[[Event], None] | None = None,
        **others: Any,
    ) -> RunResult:
        self.events.clear()
        return runner.execute(
            self.plan(pipeline, inputs),
            journal=self.journal,
            plugins=self.hooks(),
            clock=clock or Clock(),
            on_event=on_event or self.events.append,
            settings=settings or {},
            **others,
        )

    def resume(self, run_id: str | None = None, *, clock: Clock | None = None, **others: Any) -> RunResult:
        self.events.clear()
        return runner.resume(
            run_id or self.journal.runs()[0].id,
            journal=self.journal,
            plugins=self.hooks(),
            clock=clock or Clock(),
            on_event=self.events.append,
            settings={},
            **others,
        )

    def types(self, stage: str | None = None) -> list[str]:
        return [event.type for event in self.events if stage is None or event.stage == stage]


def stages_of(*kinds: Any) -> dict[str, Any]:
    """A pipeline of these nodes."""
    return {"stages": list(kinds)}


def statuses(result: RunResult) -> dict[str, str]:
    return {path: outcome.status for path, outcome in result.stages.items()}

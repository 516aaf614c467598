"""The hooks of one run: every plugin, its own backend, and no other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pluggy

from clipline.errors import Bug, CliplineError, PluginError
from clipline.events import Event
from clipline.hookspecs import BackendSpecs, LifeCycleSpecs, RegistrationSpecs
from clipline.pipeline.document import nearest
from clipline.pipeline.vocabulary import Vocabulary
from clipline.plugin_manager.info import PluginInfo
from clipline.plugin_manager.loading import implemented, only
from clipline.plugin_manager.tracing import Tracer
from clipline.stage import (
    Backend,
    Explanation,
    Link,
    Offers,
    StageCall,
    StageResult,
    Support,
    TimelineView,
    hookimpl,
)
from clipline.values import JsonObject

__all__ = ["RunPlugins"]

_log = logging.getLogger("clipline")


class RunPlugins:
    """The hooks that one run sees: every plugin, its own backend, and no other."""

    def __init__(
        self,
        plugins: Mapping[str, object],
        backend: Backend,
        settings: JsonObject,
        *,
        offers: Offers,
        vocabulary: Vocabulary,
        versions: Mapping[str, str],
        at_work: Callable[[BaseException], PluginInfo | None],
    ) -> None:
        self.offers = offers
        self.vocabulary = vocabulary
        #: Of the packages whose plugins take part.
        self.versions = versions
        #: The plugin of others in whose code an exception was raised.
        self.at_work = at_work
        self.backend = backend.name
        self.settings = settings
        #: What the implementation that answered really did, by the identity of its call: no wrapper can hide it.
        self._answers: dict[int, StageResult | BaseException | None] = {}
        #: On each thread, the identity of the call that it is about: an implementation may not take the call itself.
        self._asked = threading.local()
        self._manager = manager = pluggy.PluginManager("clipline")
        for specs in (RegistrationSpecs, LifeCycleSpecs, BackendSpecs):
            manager.add_hookspecs(specs)
        for kind in self.offers.stage_kinds.values():
            manager.add_hookspecs(only(kind))
        manager.register(self, "engine")
        for name, plugin in plugins.items():
            manager.register(plugin, name)
        try:
            answering = _made(backend, settings)
            self._check_hooks(answering)
            manager.register(answering, f"backend:{backend.name}")
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"the backend {backend.name!r} does not fit the hooks: {error}") from error
        for name in self.offers.stage_kinds:
            for implementation in self._hook(name).get_hookimpls():
                if not (implementation.wrapper or implementation.hookwrapper):
                    recorded = self._recorded(implementation.function)
                    implementation.function = recorded  # type: ignore[misc]  # pluggy tells of no single implementation

    def _check_hooks(self, answering: object) -> None:
        """Whether every hook that the backend's object implements is there; pluggy would not say what was meant."""
        known = {*vars(BackendSpecs), *self.offers.stage_kinds}
        for name in implemented(answering):
            if name not in known:
                near = nearest(name, known, listed=False)
                raise PluginError(f"the backend {self.backend!r} implements {name!r}, and there is no such hook{near}")

    def _hook(self, name: str) -> pluggy.HookCaller:
        return cast(pluggy.HookCaller, getattr(self._manager.hook, name))

    def _recorded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*given: Any) -> StageResult | None:
            try:
                result: StageResult | None = function(*given)
            except BaseException as error:
                self._answers[self._asked.about] = error
                raise
            if result is not None:
                self._answers[self._asked.about] = result
            return result

        return answer

    @hookimpl(trylast=True)
    def run_stage(self, call: StageCall, kind: str, options: JsonObject) -> StageResult | None:
        """The innermost implementation: ask the kind's own hook."""
        self._asked.about = id(call)
        return cast("StageResult | None", self._hook(kind)(call=call, options=options))

    def trace(self) -> Tracer:
        """Note from now on which implementations are called; for observers, before a run asks for them."""
        tracer = Tracer()
        for hook in (*vars(LifeCycleSpecs), *vars(BackendSpecs), *self.offers.stage_kinds):
            if not hook.startswith("_"):
                tracer.watch(self._hook(hook))
        return tracer

    def can(self, kind: str) -> bool:
        """Whether this backend, or the kind's own plugin, answers this kind."""
        return any(not (each.wrapper or each.hookwrapper) for each in self._hook(kind).get_hookimpls())

    @property
    def has_sessions(self) -> bool:
        """Whether the backend works in sessions that can be named: its block for `auth` takes one."""
        return "session" in self.offers.backends[self.backend].options.get("auth", {}).get("properties", {})

    def answers_itself(self, kind: str) -> bool:
        """Whether the backend answers this kind, so that its `supports` counts."""
        return any(each.plugin_name == f"backend:{self.backend}" for each in self._hook(kind).get_hookimpls())

    def call_stage(self, call: StageCall, kind: str, options: JsonObject) -> StageResult:
        """Run one attempt, through every wrapper.

        A wrapper may veto and may add to outputs and findings; it cannot turn a failure into success, nor change the
        state or the files.

        Raises:
            CliplineError: as the stage raised it.
            Bug: nobody answered, or what answered returned no `StageResult`.
        """
        try:
            result = self._manager.hook.run_stage(call=call, kind=kind, options=options)
        finally:
            answered = self._answers.pop(id(call), None)
        if isinstance(answered, BaseException):
            raise answered
        if not isinstance(answered, StageResult) or not isinstance(result, StageResult):
            asked = ", ".join(str(each.plugin_name) for each in self._hook(kind).get_hookimpls())
            raise Bug(f"the stage {call.path!r} ({kind}) returned no result", hint=f"asked: {asked}")
        return replace(result, state=answered.state, artifacts=answered.artifacts)

    @property
    def observers(self) -> tuple[tuple[str, Callable[[Event], None]], ...]:
        """Who watches: the name of each plugin that implements `event`, and its function."""
        watching = self._manager.hook.event.get_hookimpls()
        return tuple((each.plugin_name, cast("Callable[[Event], None]", each.function)) for each in watching)

    def supports(self) -> Mapping[str, Mapping[str, Support]]:
        """Which options of which kinds the backend can do; see `BackendSpecs.supports`."""
        return self._manager.hook.supports() or {}

    def explain(
        self,
        kind: str,
        options: JsonObject,
        earlier: Sequence[tuple[str, JsonObject | None]] = (),
        out: Path | None = None,
    ) -> Explanation | None:
        """What the backend will do with a stage; see `BackendSpecs.explain`."""
        said = self._manager.hook.explain(kind=kind, options=options, earlier=earlier, out=out)
        return cast("Explanation | None", said)

    def timeline(self, call: StageCall) -> TimelineView | None:
        """The edit as the backend has it."""
        return cast("TimelineView | None", self._manager.hook.timeline(call=call))

    def account(self, call: StageCall) -> JsonObject | None:
        """Who works, as the backend tells; None where it has no accounts."""
        return cast("JsonObject | None", self._manager.hook.account(call=call))

    def links(self, call: StageCall) -> Sequence[Link]:
        """Where a person finds the session; empty where the backend has no such addresses."""
        return tuple(self._manager.hook.links(call=call) or ())

    def give_up(self, call: StageCall) -> Sequence[str]:
        """Stop what goes on elsewhere for a stage of a run that is forgotten; in words what goes on all the same."""
        return tuple(self._manager.hook.give_up(call=call) or ())

    def close(self) -> None:
        """Tell the backend that the run is over. What it fails at then changes nothing any more."""
        try:
            self._manager.hook.close()
        except Exception as error:  # noqa: BLE001  # the run's end is told already
            _log.warning("the backend %s did not close: %s: %s", self.backend, type(error).__name__, error)


def _made(backend: Backend, settings: JsonObject) -> object:
    try:
        return backend.create(settings)
    except CliplineError:
        raise
    except Exception as error:
        raise PluginError(f"the backend {backend.name!r} cannot be made: {type(error).__name__}: {error}") from error

"""Finds plugins, loads each in isolation, and gives every run a set of hooks of its own.

Built-ins come through the same door as anyone's: the entry-point group `clipline`. A plugin that cannot be loaded, is
written for another API version, claims what is another's, or implements a hook that does not exist is left out and
listed with its error; everything else works.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from traceback import walk_tb
from types import SimpleNamespace
from typing import Any, cast

import pluggy

from clipline.errors import Bug, CliplineError, PluginError, UsageError
from clipline.events import Event
from clipline.hookspecs import BackendSpecs, LifeCycleSpecs, RegistrationSpecs
from clipline.pipeline.document import nearest
from clipline.pipeline.vocabulary import KindInfo, StepInfo, Vocabulary
from clipline.stage import (
    API_VERSION,
    Backend,
    Explanation,
    Link,
    Offers,
    StageCall,
    StageKind,
    StageResult,
    Support,
    TimelineView,
    hookimpl,
)
from clipline.values import JsonObject

__all__ = ["ENTRY_POINT_GROUP", "PluginInfo", "Plugins", "RunPlugins", "installed"]

ENTRY_POINT_GROUP = "clipline"

_log = logging.getLogger("clipline")

#: Hooks that no plugin object may answer: the engine's own, and those of a run's backend.
_OWN = frozenset({"run_stage"})
_BACKEND_HOOKS = frozenset(name for name in vars(BackendSpecs) if not name.startswith("_"))
_OFFERS = {
    "stage_kinds": "stage kind",
    "backends": "backend",
    "post_export_steps": "post-export step",
    "verify_checks": "check",
    "channels": "channel",
    "executors": "executor",
    "report_formats": "report format",
}


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin as `clipline plugins` shows it; `error` is empty where it was loaded, `offers` what it adds."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...] = ()
    offers: Mapping[str, tuple[str, ...]] | None = None
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """The plugin for programs."""
        return {
            "name": self.name,
            "distribution": self.distribution,
            "version": self.version,
            "hooks": list(self.hooks),
            "offers": {sort: list(names) for sort, names in (self.offers or {}).items()},
            "error": self.error or None,
        }


def installed() -> list[EntryPoint]:
    """The plugins that are installed, not loaded: clipline's own first, then by distribution and name."""
    return sorted(
        entry_points(group=ENTRY_POINT_GROUP),
        key=lambda point: (_distribution(point) != "clipline", _distribution(point), point.name),
    )


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _package(module: str) -> str:
    return module.partition(".")[0]


def _version(point: EntryPoint) -> str:
    return point.dist.version if point.dist else ""


# --- loading ---------------------------------------------------------------------------------------------------------


class Plugins:
    """All plugins that could be loaded, and what they offer together."""

    def __init__(self, points: Iterable[EntryPoint], *, deny: Collection[str] = ()) -> None:
        self._plugins: dict[str, object] = {}
        self._infos: dict[str, PluginInfo] = {}
        self._kind_owner: dict[str, str] = {}
        self._packages: dict[str, str] = {}
        offers: dict[str, dict[str, Any]] = {sort: {} for sort in _OFFERS}
        for point in points:
            key = f"{_distribution(point)}:{point.name}"
            self._infos[key] = info = PluginInfo(point.name, _distribution(point), _version(point))
            try:
                _refuse_if_denied(point, deny)
                plugin = _load(point)
                found = _offered(plugin)
                _check_claims(found, offers, plugin)
            except CliplineError as error:
                self._infos[key] = replace(info, error=error.message)
                continue
            self._plugins[key] = plugin
            if info.distribution != "clipline":
                self._packages[_package(point.module)] = key
            for sort, named in found.items():
                offers[sort].update(named)
            self._kind_owner.update(dict.fromkeys(found["stage_kinds"], key))
            names = {sort: tuple(named) for sort, named in found.items() if named}
            self._infos[key] = replace(info, hooks=tuple(sorted(_implemented(plugin))), offers=names)
        self.offers = Offers(**offers)
        self._drop_plugins_with_unknown_hooks()
        self.vocabulary = _vocabulary(self.offers, self.infos)

    @classmethod
    def load(cls, *, allow: Collection[str] | None = None, deny: Collection[str] = ()) -> Plugins:
        """Load what is installed; with `allow`, only clipline's own and the plugins or distributions named there."""
        points = installed()
        if allow is not None:
            points = [p for p in points if _distribution(p) == "clipline" or {p.name, _distribution(p)} & set(allow)]
        return cls(points, deny=deny)

    @property
    def infos(self) -> tuple[PluginInfo, ...]:
        """Every plugin, the broken ones with their error, in the order in which they were loaded."""
        return tuple(self._infos.values())

    def at_work(self, error: BaseException) -> PluginInfo | None:
        """The plugin of others in whose code an exception was raised, or that called what raised it."""
        modules = (str(frame.f_globals.get("__name__", "")) for frame, _ in walk_tb(error.__traceback__))
        keys = [self._packages[package] for package in map(_package, modules) if package in self._packages]
        return self._infos[keys[-1]] if keys else None

    def _drop_plugins_with_unknown_hooks(self) -> None:
        """Do for each plugin what pluggy's `check_pending` does for all: a misspelt hook would never be called."""
        known = {name for specs in (RegistrationSpecs, LifeCycleSpecs) for name in vars(specs)}
        for key, plugin in list(self._plugins.items()):
            for name, implementation in _implemented(plugin).items():
                error = self._complaint(key, name, implementation, known)
                if error:
                    self._infos[key] = replace(self._infos[key], error=error, hooks=(), offers=None)
                    self.offers = _without(self.offers, self._plugins.pop(key))
                    break

    def _complaint(self, key: str, name: str, implementation: Mapping[str, Any], known: Collection[str]) -> str:
        if name in _BACKEND_HOOKS:
            return f"the hook {name!r} is answered by a backend's object, not by a plugin"
        if name not in known and name not in self.offers.stage_kinds:
            return "" if implementation["optionalhook"] else f"there is no hook {name!r}"
        is_wrapper = implementation["wrapper"] or implementation["hookwrapper"]
        answers_anothers = self._kind_owner.get(name, key) != key
        if (name in _OWN or answers_anothers) and not is_wrapper:
            return f"it implements {name!r}, which it may only wrap: @hookimpl(wrapper=True)"
        return ""

    def for_run(self, backend: str, settings: JsonObject) -> RunPlugins:
        """The hooks of one run: all plugins, and of the backends only this one, made new.

        Raises:
            UsageError: no plugin offers this backend.
            PluginError: the backend's object does not fit the hooks.
        """
        if backend not in self.offers.backends:
            known = ", ".join(sorted(self.offers.backends)) or "none"
            broken = next((info for info in self.infos if info.name == backend and info.error), None)
            hint = f"its plugin cannot be loaded: {broken.error}" if broken else f"installed: {known}"
            near = nearest(backend, self.offers.backends, listed=False)
            raise UsageError(f"there is no backend {backend!r}{near}", code="backend_unknown", hint=hint)
        return RunPlugins(self, self.offers.backends[backend], settings)


def _refuse_if_denied(point: EntryPoint, deny: Collection[str]) -> None:
    if {point.name, _distribution(point)} & set(deny):
        raise PluginError("switched off by the setting plugins.deny")


def _load(point: EntryPoint) -> object:
    """Import a plugin; whatever goes wrong in it is a `PluginError`."""
    try:
        plugin = point.load()
    except (Exception, SystemExit) as error:
        raise PluginError(f"cannot be loaded: {type(error).__name__}: {error}") from error
    if inspect.isclass(plugin):
        plugin = plugin()
    version = str(getattr(plugin, "clipline_api", ""))
    if not version:
        raise PluginError(f'states no API version; write clipline_api = "{API_VERSION}"')
    if version.partition(".")[0] != API_VERSION:
        raise PluginError(f"is written for API {version}, this clipline has {API_VERSION}")
    return cast(object, plugin)


def _implemented(plugin: object) -> dict[str, Mapping[str, Any]]:
    """The hooks that an object implements, each with the options it was marked with."""
    marked = ((name, getattr(getattr(plugin, name, None), "clipline_impl", None)) for name in dir(plugin))
    return {options["specname"] or name: options for name, options in marked if options}


def _offered(plugin: object) -> dict[str, dict[str, Any]]:
    """What a plugin's registration hooks return, by sort and name."""
    found: dict[str, dict[str, Any]] = {}
    for sort in _OFFERS:
        hook = getattr(plugin, sort, None) if sort in _implemented(plugin) else None
        try:
            found[sort] = {described.name: described for described in (hook() if hook else ())}
        except Exception as error:  # a plugin's fault must not end the others
            raise PluginError(f"{sort}() failed: {type(error).__name__}: {error}") from error
    return found


def _check_claims(
    found: Mapping[str, Mapping[str, Any]], taken: Mapping[str, Mapping[str, Any]], plugin: object
) -> None:
    reserved = {name for specs in (RegistrationSpecs, LifeCycleSpecs, BackendSpecs) for name in vars(specs)}
    for sort, named in found.items():
        for name in named:
            if name in taken[sort]:
                raise PluginError(f"the {_OFFERS[sort]} {name!r} is already another plugin's")
            if sort == "stage_kinds" and name in reserved:
                raise PluginError(f"{name!r} is a reserved name, not one for a stage kind")
    for kind in found["stage_kinds"].values():
        if not hasattr(getattr(kind.spec, kind.name, None), "clipline_spec"):
            raise PluginError(f"the stage kind {kind.name!r} has no @hookspec of that name in its spec")
        _check_signatures(kind, plugin)


def _check_signatures(kind: StageKind, plugin: object) -> None:
    manager = pluggy.PluginManager("clipline")
    manager.add_hookspecs(_only(kind))
    implementation = getattr(plugin, kind.name, None)
    if implementation is None:
        return
    try:
        manager.register(SimpleNamespace(**{kind.name: implementation}))
    except pluggy.PluginValidationError as error:
        raise PluginError(str(error)) from error


def _only(kind: StageKind) -> type:
    """The kind's own specification, without its neighbours in the same class or module."""
    return type("Spec", (), {kind.name: getattr(kind.spec, kind.name)})


def _without(offers: Offers, plugin: object) -> Offers:
    gone = _offered(plugin)
    return Offers(
        **{sort: {name: d for name, d in getattr(offers, sort).items() if name not in gone[sort]} for sort in _OFFERS}
    )


def _vocabulary(offers: Offers, infos: Iterable[PluginInfo]) -> Vocabulary:
    """What the pipeline room needs to know of plugins: names and schemas, no code."""
    return Vocabulary(
        kinds={kind.name: _kind_info(kind, offers) for kind in offers.stage_kinds.values()},
        post_export={
            step.name: StepInfo(step.name, step.options, step.secret_options)
            for step in offers.post_export_steps.values()
        },
        channels={
            channel.name: StepInfo(channel.name, channel.options, channel.secret_options)
            for channel in offers.channels.values()
        },
        checks={check.name: StepInfo(check.name, check.wanted) for check in offers.verify_checks.values()},
        left_out=_left_out([f'"{info.name}" {info.error}' for info in infos if info.error]),
    )


def _left_out(errors: Sequence[str]) -> str:
    if not errors:
        return ""
    more = f", and {len(errors) - 3} more" if len(errors) > 3 else ""
    return f"a plugin that was left out may bring it: {'; '.join(errors[:3])}{more}; see `clipline plugins`"


def _kind_info(kind: StageKind, offers: Offers) -> KindInfo:
    options = dict(kind.options)
    if options.pop("x-clipline-checks", False):
        checks = {check.name: check.wanted for check in offers.verify_checks.values()}
        options["properties"] = {**options.get("properties", {}), **checks}
    blocks = {
        backend.name: backend.options[kind.name] for backend in offers.backends.values() if kind.name in backend.options
    }
    return KindInfo(kind.name, options, kind.outputs, secret_options=kind.secret_options, backend_options=blocks)


# --- one run ---------------------------------------------------------------------------------------------------------


class RunPlugins:
    """The hooks that one run sees: every plugin, its own backend, and no other."""

    def __init__(self, plugins: Plugins, backend: Backend, settings: JsonObject) -> None:
        self.offers = plugins.offers
        self.vocabulary = plugins.vocabulary
        self.at_work = plugins.at_work
        self.versions = {info.distribution: info.version for info in plugins.infos if not info.error}
        self.backend = backend.name
        self.settings = settings
        #: What the implementation that answered really did, by the identity of its call: no wrapper can hide it.
        self._answers: dict[int, StageResult | BaseException | None] = {}
        self._manager = manager = pluggy.PluginManager("clipline")
        for specs in (RegistrationSpecs, LifeCycleSpecs, BackendSpecs):
            manager.add_hookspecs(specs)
        for kind in self.offers.stage_kinds.values():
            manager.add_hookspecs(_only(kind))
        manager.register(self, "engine")
        for name, plugin in plugins._plugins.items():  # noqa: SLF001  # one class in two halves: loaded, and in use
            manager.register(plugin, name)
        try:
            manager.register(backend.create(settings), f"backend:{backend.name}")
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"the backend {backend.name!r} does not fit the hooks: {error}") from error
        for name in self.offers.stage_kinds:
            for implementation in self._hook(name).get_hookimpls():
                if not (implementation.wrapper or implementation.hookwrapper):
                    recorded = self._recorded(implementation.function)
                    implementation.function = recorded  # type: ignore[misc]  # pluggy tells of no single implementation

    def _hook(self, name: str) -> pluggy.HookCaller:
        return cast(pluggy.HookCaller, getattr(self._manager.hook, name))

    def _recorded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def answer(call: StageCall, *others: Any) -> StageResult | None:
            try:
                result: StageResult | None = function(call, *others)
            except BaseException as error:
                self._answers[id(call)] = error
                raise
            if result is not None:
                self._answers[id(call)] = result
            return result

        return answer

    @hookimpl(trylast=True)
    def run_stage(self, call: StageCall, kind: str, options: JsonObject) -> StageResult | None:
        """The innermost implementation: ask the kind's own hook."""
        return cast("StageResult | None", self._hook(kind)(call=call, options=options))

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

    def close(self) -> None:
        """Tell the backend that the run is over. What it fails at then changes nothing any more."""
        try:
            self._manager.hook.close()
        except Exception as error:  # noqa: BLE001  # the run's end is told already
            _log.warning("the backend %s did not close: %s: %s", self.backend, type(error).__name__, error)

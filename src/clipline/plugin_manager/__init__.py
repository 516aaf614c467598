"""Finds plugins, loads each in isolation, and gives every run a set of hooks of its own.

Built-ins come through the same door as anyone's: the entry-point group `clipline`. A plugin that cannot be loaded, is
written for another API version, claims what is another's, or implements a hook that does not exist is left out and
listed with its error; everything else works.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from traceback import walk_tb
from typing import Any

import pluggy

from clipline.companions import comes_with
from clipline.errors import PluginError, UsageError
from clipline.hookspecs import BackendSpecs, LifeCycleSpecs, RegistrationSpecs
from clipline.installed import package_of, points_of
from clipline.pipeline.document import nearest
from clipline.plugin_manager.info import PluginInfo
from clipline.plugin_manager.loading import OFFERS, Loaded, implemented, load, only
from clipline.plugin_manager.run import RunPlugins
from clipline.plugin_manager.tracing import HookCall
from clipline.plugin_manager.vocabulary import vocabulary_of
from clipline.stage import Offers
from clipline.values import JsonObject

__all__ = ["ENTRY_POINT_GROUP", "HookCall", "PluginInfo", "Plugins", "RunPlugins", "installed"]

ENTRY_POINT_GROUP = "clipline"

#: Hooks that no plugin object may answer: the engine's own, and those of a run's backend.
_OWN = frozenset({"run_stage"})
_BACKEND_HOOKS = frozenset(name for name in vars(BackendSpecs) if not name.startswith("_"))
#: Seconds that a plugin may take to load: every command that looks at a pipeline waits for it.
_SLOW = 0.5


def installed() -> list[EntryPoint]:
    """The plugins that are installed, not loaded: clipline's own first, then by distribution and name."""
    return sorted(
        points_of(ENTRY_POINT_GROUP),
        key=lambda point: (package_of(point) != "clipline", package_of(point), point.name),
    )


class Plugins:
    """All plugins that could be loaded, and what they offer together."""

    def __init__(self, points: Iterable[EntryPoint], *, deny: Collection[str] = ()) -> None:
        points, faults = tuple(points), dict[str, str]()
        #: What each took when it was imported; afterwards it takes nothing.
        self._took: dict[str, float] = {}
        self._load(points, deny, faults)
        # What one that fits no hook had claimed is free for the others: they are looked at again without it.
        while complaint := next(self._complaints(), None):
            faults |= [complaint]
            self._load(points, deny, faults)
        self.offers = self._offers()
        for key, found in self._loaded.items():
            offers = {sort: tuple(named) for sort, named in found.found.items() if named}
            took = self._took[key]
            advice = (*self._deprecations(found), *_slowness(took))
            self._infos[key] = replace(
                self._infos[key], hooks=found.hooks, offers=offers, seconds=took, warnings=advice
            )
        left_out = [f'"{info.name}" {info.error}' for info in self.infos if info.error]
        self.vocabulary = vocabulary_of(self.offers, left_out)

    @classmethod
    def load(cls, *, allow: Collection[str] | None = None, deny: Collection[str] = ()) -> Plugins:
        """Load what is installed; with `allow`, only clipline's own and the plugins or distributions named there."""
        points = installed()
        if allow is not None:
            wanted = {"clipline", *allow}
            points = [p for p in points if package_of(p) in wanted or p.name in allow]
        return cls(points, deny=deny)

    @property
    def infos(self) -> tuple[PluginInfo, ...]:
        """Every plugin, the broken ones with their error, in the order in which they were loaded."""
        return tuple(self._infos.values())

    @property
    def objects(self) -> Mapping[str, object]:
        """The plugins themselves, by package and name, in the order in which they were loaded."""
        return {key: found.plugin for key, found in self._loaded.items()}

    def at_work(self, error: BaseException) -> PluginInfo | None:
        """The plugin of others in whose code an exception was raised, or that called what raised it."""
        modules = (str(frame.f_globals.get("__name__", "")) for frame, _ in walk_tb(error.__traceback__))
        keys = [self._packages[package] for package in map(_package, modules) if package in self._packages]
        return self._infos[keys[-1]] if keys else None

    def for_run(self, backend: str, settings: JsonObject) -> RunPlugins:
        """The hooks of one run: all plugins, and of the backends only this one, made new.

        Raises:
            UsageError: no plugin offers this backend.
            PluginError: the backend's object cannot be made, or does not fit the hooks.
        """
        if backend not in self.offers.backends:
            known = ", ".join(sorted(self.offers.backends)) or "none"
            broken = next((info for info in self.infos if info.name == backend and info.error), None)
            hint = comes_with("backend", backend) or f"installed: {known}"
            hint = f"its plugin cannot be loaded: {broken.error}" if broken else hint
            near = nearest(backend, self.offers.backends, listed=False)
            raise UsageError(f"there is no backend {backend!r}{near}", code="backend_unknown", hint=hint)
        versions = {info.distribution: info.version for info in self.infos if not info.error}
        return RunPlugins(
            self.objects,
            self.offers.backends[backend],
            settings,
            offers=self.offers,
            vocabulary=self.vocabulary,
            versions=versions,
            at_work=self.at_work,
        )

    def _load(self, points: Iterable[EntryPoint], deny: Collection[str], faults: Mapping[str, str]) -> None:
        """Load the plugins one after the other, but for those of which a fault is known."""
        self._loaded: dict[str, Loaded] = {}
        self._infos: dict[str, PluginInfo] = {}
        #: The top-level packages whose code is a plugin's, to say in whose code an error was raised.
        self._packages: dict[str, str] = {}
        owners: dict[tuple[str, str], str] = {}
        for point in points:
            distribution = package_of(point)
            key = f"{distribution}:{point.name}"
            info = PluginInfo(point.name, distribution, point.dist.version if point.dist else "")
            self._infos[key] = replace(info, error=faults.get(key, ""))
            if key in faults:
                continue
            try:
                found = load(point, owners, deny=deny)
            except PluginError as error:
                self._infos[key] = replace(info, error=error.message)
                continue
            self._loaded[key] = found
            self._took.setdefault(key, found.seconds)
            owners |= {(sort, name): distribution for sort, named in found.found.items() for name in named}
            if distribution != "clipline":
                self._packages[_package(point.module)] = key

    def _offers(self) -> Offers:
        by_sort: dict[str, dict[str, Any]] = {sort: {} for sort in OFFERS}
        for found in self._loaded.values():
            for sort, named in found.found.items():
                by_sort[sort].update(named)
        return Offers(**by_sort)

    def _specifications(self) -> Iterator[type]:
        yield from (RegistrationSpecs, LifeCycleSpecs)
        yield from (only(kind) for kind in self._offers().stage_kinds.values())

    def _complaints(self) -> Iterator[tuple[str, str]]:
        """Plugins whose implementations fit no hook, with what is wrong; pluggy's `check_pending` names none."""
        manager = pluggy.PluginManager("clipline")
        for specification in self._specifications():
            manager.add_hookspecs(specification)
        kinds = {name: key for key, found in self._loaded.items() for name in found.found["stage_kinds"]}
        for key, found in self._loaded.items():
            for name, options in implemented(found.plugin).items():
                if complaint := _complaint(name, options, owner=kinds.get(name), key=key):
                    yield key, complaint
            try:
                manager.register(found.plugin, key)
            except (pluggy.PluginValidationError, Warning) as error:  # a warning where Python makes errors of them
                yield key, str(error)

    def _deprecations(self, found: Loaded) -> Iterator[str]:
        """What a plugin implements that its specification says is on its way out."""
        specified = {
            name: options
            for specification in self._specifications()
            for name, hook in vars(specification).items()
            if (options := getattr(hook, "clipline_spec", None))
        }
        for name in found.hooks:
            options = specified.get(name, {})
            if options.get("warn_on_impl"):
                yield f"the hook {name!r} is deprecated: {options['warn_on_impl']}"
            code = getattr(getattr(found.plugin, name, None), "__code__", None)
            taken = code.co_varnames[: code.co_argcount] if code else ()
            for argument, warning in (options.get("warn_on_impl_args") or {}).items():
                if argument in taken:
                    yield f"the argument {argument!r} of the hook {name!r} is deprecated: {warning}"


def _complaint(name: str, options: Mapping[str, Any], *, owner: str | None, key: str) -> str:
    """What is wrong with the plugin `key` implementing a hook; `owner` is whose stage kind that is."""
    if name in _BACKEND_HOOKS:
        return f"the hook {name!r} is answered by a backend's object, not by a plugin"
    known = {name for specs in (RegistrationSpecs, LifeCycleSpecs) for name in vars(specs)}
    if name not in known and owner is None:
        near = nearest(name, known, listed=False)
        return "" if options["optionalhook"] else f"there is no hook {name!r}{near}"
    is_wrapper = options["wrapper"] or options["hookwrapper"]
    if (name in _OWN or owner not in {None, key}) and not is_wrapper:
        return f"it implements {name!r}, which it may only wrap: @hookimpl(wrapper=True)"
    return ""


def _slowness(seconds: float) -> Iterator[str]:
    if seconds > _SLOW:
        yield f"it took {seconds:.1f} s to load, for which every command waits; import heavy things inside functions"


def _package(module: str) -> str:
    return module.partition(".")[0]

"""Loads one plugin in isolation: whatever is wrong with it is a `PluginError` of its own."""

from __future__ import annotations

import inspect
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any, TypeAlias

from clipline.errors import PluginError
from clipline.hookspecs import BackendSpecs, LifeCycleSpecs, RegistrationSpecs
from clipline.installed import package_of
from clipline.stage import (
    API_VERSION,
    Backend,
    Channel,
    Executor,
    PostExportStep,
    ReportFormat,
    StageKind,
    VerifyCheck,
)

__all__ = ["OFFERS", "Found", "Loaded", "implemented", "load", "offered_by", "only"]

#: Each registration hook with what it returns a sequence of, and the word for one.
OFFERS: Mapping[str, tuple[type, str]] = {
    "stage_kinds": (StageKind, "stage kind"),
    "backends": (Backend, "backend"),
    "post_export_steps": (PostExportStep, "post-export step"),
    "verify_checks": (VerifyCheck, "check"),
    "channels": (Channel, "channel"),
    "executors": (Executor, "executor"),
    "report_formats": (ReportFormat, "report format"),
}
_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
#: What a plugin offers: by the registration hook, descriptions by name.
Found: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that can be used: its object, what it offers, the hooks it implements, and how long all that took."""

    plugin: object
    found: Found
    hooks: tuple[str, ...]
    seconds: float


def load(point: EntryPoint, owners: Mapping[tuple[str, str], str], *, deny: Collection[str] = ()) -> Loaded:
    """Import a plugin and ask what it offers.

    Args:
        point: where it is.
        owners: what earlier plugins offer, as pairs of registration hook and name, with the package of each.
        deny: packages and plugins that are not to be imported.

    Raises:
        PluginError: it is switched off, or anything is wrong with it.
    """
    if {point.name, package_of(point)} & set(deny):
        raise PluginError("switched off by the setting plugins.deny")
    started = time.perf_counter()
    try:
        plugin = point.load()
        plugin = plugin() if inspect.isclass(plugin) else plugin
    except (Exception, SystemExit) as error:
        raise PluginError(f"cannot be loaded: {type(error).__name__}: {error}") from error
    _check_version(plugin)
    found = offered_by(plugin)
    _check_claims(found, owners)
    for kind in found["stage_kinds"].values():
        if not hasattr(getattr(kind.spec, kind.name, None), "clipline_spec"):
            raise PluginError(f"the stage kind {kind.name!r} has no @hookspec of that name in its spec")
    return Loaded(plugin, found, tuple(sorted(implemented(plugin))), time.perf_counter() - started)


def _check_version(plugin: object) -> None:
    version = str(getattr(plugin, "clipline_api", ""))
    if not version:
        raise PluginError(f'states no API version; write clipline_api = "{API_VERSION}"')
    if version.partition(".")[0] != API_VERSION:
        raise PluginError(f"is written for API {version}, this clipline has {API_VERSION}")


def implemented(plugin: object) -> dict[str, Mapping[str, Any]]:
    """The hooks that an object implements, each with the options it was marked with."""
    return {options["specname"] or name: options for name, options in _marked(plugin)}


def _marked(plugin: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in dir(plugin):
        # Where it is a property, looking at it would run it.
        where = type(plugin) if isinstance(inspect.getattr_static(plugin, name, None), property) else plugin
        options = getattr(getattr(where, name, None), "clipline_impl", None)
        if options:
            yield name, options


def offered_by(plugin: object) -> Found:
    """What a plugin's registration hooks return.

    Raises:
        PluginError: one of them fails, or returns something else than descriptions.
    """
    hooks = implemented(plugin)
    found: dict[str, dict[str, Any]] = {}
    for sort, (wanted, _) in OFFERS.items():
        try:
            described = list(getattr(plugin, sort)()) if sort in hooks else []
        except (Exception, SystemExit) as error:  # a plugin's fault must not end the others
            raise PluginError(f"{sort}() failed: {type(error).__name__}: {error}") from error
        if wrong := [each for each in described if not isinstance(each, wanted)]:
            raise PluginError(f"{sort}() returned {wrong[0]!r}, which is no {wanted.__name__}")
        for each in described:
            _check_schemas(each, f"the {OFFERS[sort][1]} {each.name!r}")
        found[sort] = {each.name: each for each in described}
    return found


def _check_schemas(described: object, what: str) -> None:
    """Whether the schemas of a description have the form that all rely on; the rest is checked where one is used."""
    for name in ("options", "outputs", "wanted"):
        schema = getattr(described, name, {})
        blocks = schema.items() if isinstance(described, Backend) and isinstance(schema, Mapping) else [("", schema)]
        for kind, block in blocks:
            if fault := _fault(block):
                raise PluginError(f"{what}: {name}{f' of {kind!r}' if kind else ''} is no JSON Schema: {fault}")


def _fault(schema: object) -> str:
    if not isinstance(schema, Mapping):
        return f"it is {schema!r}"
    properties, types = schema.get("properties", {}), schema.get("type", [])
    if not (isinstance(properties, Mapping) and all(isinstance(each, (Mapping, bool)) for each in properties.values())):
        return "its properties are no schemas by name"
    unknown = set([types] if isinstance(types, str) else types) - _TYPES
    return f"there is no type {min(unknown)!r}" if unknown else ""


def _check_claims(found: Found, owners: Mapping[tuple[str, str], str]) -> None:
    reserved = {name for specs in (RegistrationSpecs, LifeCycleSpecs, BackendSpecs) for name in vars(specs)}
    for sort, named in found.items():
        for name in named:
            if owner := owners.get((sort, name)):
                raise PluginError(f"the {OFFERS[sort][1]} {name!r} is already {owner}'s")
            if sort == "stage_kinds" and name in reserved:
                raise PluginError(f"{name!r} is a reserved name, not one for a stage kind")


def only(kind: StageKind) -> type:
    """The kind's own specification, without its neighbours in the same class or module."""
    return type("Spec", (), {kind.name: getattr(kind.spec, kind.name)})

"""The sections of settings that installed packages bring.

A package names its section in the entry-point group `clipline.settings`; the value is a sequence of `Setting`s in a
module that imports nothing heavy. It is imported when somebody uses the section, not before: settings are read before
plugins are loaded, since they say which.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from importlib.metadata import EntryPoint

from clipline.errors import PluginError
from clipline.installed import package_of, points_of
from clipline.settings.definitions import OWN_SECTIONS, Setting

__all__ = ["SETTINGS_GROUP", "PackageSections"]

SETTINGS_GROUP = "clipline.settings"


class PackageSections:
    """The sections of the packages that `allow` (empty: all) and `deny` leave, each by its name."""

    def __init__(self, *, allow: Collection[str] = (), deny: Collection[str] = ()) -> None:
        self._allow, self._deny = frozenset(allow), frozenset(deny)
        self._points: dict[str, list[EntryPoint]] | None = None
        self._read: dict[str, Mapping[str, Setting]] = {}

    @property
    def names(self) -> list[str]:
        """The sections that can be used; one with a fault is left out, so that it harms only its own package."""
        return sorted(name for name in self._found() if not self.fault(name) and self.definitions(name))

    @property
    def faults(self) -> dict[str, str]:
        """Why a section cannot be used, by its name."""
        return {name: fault for name in sorted(self._found()) if (fault := self.fault(name))}

    def fault(self, section: str) -> str:
        """Why a section cannot be used; empty where it can, or where nobody brings it."""
        try:
            self.definitions(section)
        except PluginError as error:
            return error.message
        return ""

    def switched_off(self, section: str) -> str:
        """The package whose section this is, where the settings keep it out; else empty."""
        points = self._found().get(section, [])
        return _package(points[0]) if points and not any(map(self._allowed, points)) else ""

    def definitions(self, section: str) -> Mapping[str, Setting]:
        """The settings of a section by their full names; empty where no package brings it.

        Raises:
            PluginError: it cannot be imported, is no sequence of settings of this section, or two packages claim it.
        """
        if section not in self._read:
            points = [point for point in self._found().get(section, []) if self._allowed(point)]
            if len(points) > 1:
                raise PluginError(
                    f"the settings section {section!r} is claimed by {' and '.join(map(_package, points))}",
                    hint="switch one of them off: plugins.deny",
                )
            self._read[section] = _read(points[0]) if points else {}
        return self._read[section]

    def _found(self) -> dict[str, list[EntryPoint]]:
        if self._points is None:
            self._points = {}
            for point in sorted(points_of(SETTINGS_GROUP), key=_package):
                if point.name not in OWN_SECTIONS:
                    self._points.setdefault(point.name, []).append(point)
        return self._points

    def _allowed(self, point: EntryPoint) -> bool:
        names = {_package(point), point.name}
        return not names & self._deny and (not self._allow or bool(names & self._allow))


def _package(point: EntryPoint) -> str:
    return package_of(point) or point.value


def _read(point: EntryPoint) -> Mapping[str, Setting]:
    where = f"the settings section {point.name!r} of {_package(point)}"
    try:
        given = tuple(point.load())
    except (Exception, SystemExit) as error:
        raise PluginError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
    for setting in given:
        if not isinstance(setting, Setting) or not re.fullmatch(
            rf"{re.escape(point.name)}\.[a-z][a-z0-9_]*", setting.name
        ):
            raise PluginError(f"{where} holds {setting!r}, which is no Setting named {point.name}.SOMETHING")
        if setting.alias:
            raise PluginError(f"{where}: {setting.name} has an alias, which only clipline's own settings may have")
    if not re.fullmatch(r"[a-z][a-z0-9]*", point.name):
        raise PluginError(f"{where}: a section's name is of small letters and digits")
    return {setting.name: setting for setting in given}

"""What a person can set, where each value comes from, and which source wins.

    flag  >  environment  >  project file  >  user file  >  default

A setting `SECTION.NAME` is given as `--set SECTION.NAME=VALUE`, as `CLIPLINE_SECTION_NAME` (a section's name has no
underscore, so that this can be read one way only), or in a TOML file under `[SECTION]`. The project file is the
nearest `clipline.toml` from the working folder upwards; the search stops at a folder that holds `.git`, and at home.
It arrives with somebody's checkout, so it may not say which plugins are loaded, nor give a token or the address that a
token is sent to, nor name a folder outside of the checkout. `CLIPLINE_CONFIG` (another user file) and `CLIPLINE_STATE`
(the state folder) are no settings: they say where to look. Some settings have a second variable, the one that a
service's own documents name; the `CLIPLINE_` form wins over it. Installed packages bring sections of their own
(`clipline.settings.packages`).
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from clipline.companions import comes_with
from clipline.errors import Place, UsageError
from clipline.settings.definitions import DEFINITIONS, ENVIRONMENT, OWN_SECTIONS, PREFIX, Setting
from clipline.settings.packages import PackageSections
from clipline.settings.private_folder import make_private
from clipline.settings.readers import READERS

__all__ = ["DEFINITIONS", "ENVIRONMENT", "PROJECT_FILE", "PackageSections", "Setting", "Settings"]

PROJECT_FILE = "clipline.toml"
#: Bytes of a settings file.
_LARGEST = 1024 * 1024
#: Characters of a wrong value that a complaint shows.
_LONGEST_SHOWN = 80
_BY_VARIABLE = {setting.variable: setting for setting in DEFINITIONS.values()}
#: One variable may stand for a setting of several sections.
_BY_ALIAS = [(setting.alias, setting) for setting in DEFINITIONS.values() if setting.alias]


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as a source gives it: `source` is where a complaint says it stands, `origin` where it comes from."""

    name: str
    value: Any
    folder: Path
    source: str
    origin: str
    place: Place | None = None
    in_project: bool = False

    @property
    def section(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class _Found:
    """A value and where it comes from; `project` is its place in a project file, if it stands there."""

    value: Any
    origin: str
    project: Place | None = None


@dataclass(frozen=True)
class Settings:
    """All settings of one command. `settings["run.backend"]` is the typed value.

    `warnings` are sentences for the person; `files` are the settings files that were read; `state_folder` holds the
    journal (`make_state_folder` makes it).
    """

    state_folder: Path
    warnings: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    _found: Mapping[str, _Found] = field(default_factory=dict, repr=False)
    _packages: PackageSections = field(default_factory=PackageSections, repr=False)

    @classmethod
    def load(
        cls,
        *,
        overrides: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] = os.environ,
        folder: Path | None = None,
        state: Path | None = None,
    ) -> Self:
        """Read all sources.

        Args:
            overrides: `section.name` to value, what flags say; text is read by the setting's type.
            environ: the environment.
            folder: where the search for a project file starts; the working folder by default.
            state: the state folder, whatever `CLIPLINE_STATE` says.

        Raises:
            UsageError: a source names no setting, or a value is not of its type.
        """
        folder = (folder or Path.cwd()).absolute()
        user, project = _user_file(environ), _project_file(folder, environ)
        given = [
            *(_from_file(user, project=False) if user else ()),
            *(_from_file(project, project=True) if project and project != user else ()),
            *_from_aliases(environ, folder),
            *_from_environment(environ, folder),
            *(_Given(name, value, folder, "--set " + name, "flag") for name, value in (overrides or {}).items()),
        ]
        found = {each.name: _found(each, DEFINITIONS) for each in given if each.name in DEFINITIONS}
        allow, deny = (
            found[name].value if name in found else DEFINITIONS[name].default
            for name in ("plugins.allow", "plugins.deny")
        )
        packages = PackageSections(allow=allow, deny=deny)
        others, warnings = _from_packages([each for each in given if each.name not in DEFINITIONS], packages)
        return cls(
            state_folder=(folder / state if state else _state_folder(environ, folder)),
            warnings=(*warnings, *_unknown_variables(environ, packages), *_differing_aliases(environ)),
            files=tuple(file for file in (project, user) if file is not None),
            _found=found | others,
            _packages=packages,
        )

    def __getitem__(self, name: str) -> Any:
        definition = self.definition(name)
        return self._found[name].value if name in self._found else definition.default

    def __iter__(self) -> Iterator[str]:
        """The names of all settings: clipline's own, then those of packages."""
        yield from DEFINITIONS
        for section in self._packages.names:
            yield from self._packages.definitions(section)

    def definition(self, name: str) -> Setting:
        """What a name means.

        Raises:
            UsageError: nothing is called so.
            PluginError: the package whose section it is has a fault.
        """
        return _known(name, {**DEFINITIONS, **self._packages.definitions(name.partition(".")[0])})

    @property
    def packages(self) -> PackageSections:
        """The sections that installed packages bring."""
        return self._packages

    def section(self, name: str) -> dict[str, Any]:
        """The settings of one section, without its name; empty where there is no such section."""
        known = [setting for setting in DEFINITIONS.values() if setting.section == name]
        return {each.key: self[each.name] for each in known or self._packages.definitions(name).values()}

    def origin(self, name: str) -> str:
        """Where a value comes from: `flag`, the variable's name, `FILE:LINE`, or `default`."""
        self.definition(name)
        return self._found[name].origin if name in self._found else "default"

    def project_place(self, name: str) -> Place | None:
        """Where a project's file sets a value, if that is what counts; such a file may be a stranger's."""
        return self._found[name].project if name in self._found else None

    def make_state_folder(self) -> Path:
        """Make the state folder, for this user's eyes only, and return it.

        Raises:
            MachineError: it cannot be made, or is not this user's alone and cannot be made so.
        """
        make_private(self.state_folder)
        return self.state_folder


# --- where to look ---------------------------------------------------------------------------------------------------


def _state_folder(environ: Mapping[str, str], folder: Path) -> Path:
    if given := environ.get("CLIPLINE_STATE"):
        return folder / os.path.expanduser(given)  # noqa: PTH111 - a `~user` that is nobody stays as it is
    import platformdirs

    return platformdirs.user_state_path("clipline", appauthor=False)


def _user_file(environ: Mapping[str, str]) -> Path | None:
    if given := environ.get("CLIPLINE_CONFIG"):
        file = Path(os.path.expanduser(given)).absolute()  # noqa: PTH111 - as above
        if not file.exists():
            raise UsageError(f"CLIPLINE_CONFIG names a file that is not there: {file}")
        return file
    import platformdirs

    file = platformdirs.user_config_path("clipline", appauthor=False) / "config.toml"
    return file if file.is_file() else None


def _project_file(folder: Path, environ: Mapping[str, str]) -> Path | None:
    home = Path(environ["HOME"]).absolute() if environ.get("HOME") else None
    for place in (folder, *folder.parents):
        if (place / PROJECT_FILE).is_file():
            return place / PROJECT_FILE
        if place == home or (place / ".git").exists():
            break
    return None


# --- sources ---------------------------------------------------------------------------------------------------------


def _from_environment(environ: Mapping[str, str], folder: Path) -> Iterator[_Given]:
    """What variables give, an empty one being none; those that a package may know go by `section.key` as well."""
    for variable, text in sorted(environ.items()):
        if not text or not variable.startswith(PREFIX) or variable in ENVIRONMENT:
            continue
        section, _, key = variable.removeprefix(PREFIX).lower().partition("_")
        setting = _BY_VARIABLE.get(variable)
        if setting or (key and section not in OWN_SECTIONS):
            yield _Given(setting.name if setting else f"{section}.{key}", text, folder, variable, variable)


def _from_packages(given: Sequence[_Given], packages: PackageSections) -> tuple[dict[str, _Found], list[str]]:
    """The values of sections that are not clipline's own, and a warning for each section that is switched off."""
    found: dict[str, _Found] = {}
    warnings: dict[str, str] = {}
    for each in given:
        known = packages.definitions(each.section) if each.section not in OWN_SECTIONS else {}
        if package := packages.switched_off(each.section):
            warnings[each.section] = f"{each.source}: {package}, whose setting this is, is switched off"
        elif known or not each.source.startswith(PREFIX):  # of unknown variables there is a warning
            found[each.name] = _found(each, known)
    return found, list(warnings.values())


def _unknown_variables(environ: Mapping[str, str], packages: PackageSections) -> Iterator[str]:
    """A warning for each variable that looks like a setting and is none."""
    known = {name.removeprefix(PREFIX): name for name in (*_BY_VARIABLE, *ENVIRONMENT)}
    for variable in sorted(environ):
        bare = variable.removeprefix(PREFIX)
        if bare == variable or bare in known:
            continue
        section = bare.lower().partition("_")[0]
        if section not in OWN_SECTIONS and (packages.definitions(section) or packages.switched_off(section)):
            continue
        # The prefix is left out: it would make every name look near.
        near = difflib.get_close_matches(bare, known, 1, 0.6)
        hint = comes_with("section", section) or (f"did you mean {known[near[0]]}?" if near else "")
        yield "; ".join(filter(None, (f"{variable} is no setting of clipline", hint)))


def _from_aliases(environ: Mapping[str, str], folder: Path) -> Iterator[_Given]:
    """What the second variables give."""
    for alias, setting in _BY_ALIAS:
        if text := environ.get(alias):
            yield _Given(setting.name, text, folder, alias, alias)


def _differing_aliases(environ: Mapping[str, str]) -> Iterator[str]:
    """A warning for each second variable that says other than the first."""
    for alias, setting in _BY_ALIAS:
        if environ.get(alias) and environ.get(setting.variable, "") not in {"", environ[alias]}:
            yield f"{setting.variable} and {alias} differ; {setting.variable} counts"


def _from_file(file: Path, *, project: bool) -> Iterator[_Given]:
    try:
        text = _text_of(file)
        sections = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read the settings file {file}: {error.strerror}") from error
    except (RecursionError, ValueError) as error:
        # Also what the reader of TOML does not see to: a number of thousands of digits, lists in lists in lists.
        position = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = Place(str(file), *map(int, position.groups())) if position else Place(str(file))
        raise UsageError(f"{place}: not valid TOML: {error or 'nested too deeply'}", place=place) from error
    for section, entries in sections.items():
        if not isinstance(entries, dict):
            place = Place(str(file), _line(text, "", section), 1)
            raise UsageError(f"{place}: {section!r} stands outside a section", hint="write it under [run] or the like")
        for key, value in entries.items():
            place = Place(str(file), _line(text, section, key), 1)
            origin = f"{file}:{place.line}"
            yield _Given(f"{section}.{key}", value, file.parent, str(place), origin, place, in_project=project)


def _text_of(file: Path) -> str:
    if str(file) == os.devnull:  # how one says that there are no settings
        return ""
    if not file.is_file():  # a pipe would be waited for, a device would never end
        raise UsageError(f"the settings file {file} is no file")
    with file.open("rb") as opened:
        data = opened.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UsageError(f"the settings file {file} has more than {_LARGEST:,} bytes")
    return data.decode()


def _line(text: str, section: str, key: str) -> int:
    """The line in which `key` of `[section]` is set, 1 where the file writes it in a way that is not looked for."""
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w-]+)\s*\]", line):
            here = header[1]
            continue
        name = re.match(r"\s*([\w.-]+)\s*=", line)
        if name and (name[1] == f"{section}.{key}" if not here else (here, name[1]) == (section, key)):
            return number
        if name and not here and name[1] == (section or key):
            return number
    return 1


# --- values ----------------------------------------------------------------------------------------------------------


def _found(given: _Given, known: Mapping[str, Setting]) -> _Found:
    return _Found(_read(given, known), given.origin, given.place if given.in_project else None)


def _read(given: _Given, known: Mapping[str, Setting]) -> Any:
    """The typed value of what a source gives."""
    setting = _known(given.name, {**DEFINITIONS, **known}, given.place)
    if given.in_project and setting.personal:
        raise UsageError(
            f"{given.place}: a project's file may not set {setting.name}",
            hint=f"set it in your own settings file, or as {setting.variable}",
            place=given.place,
        )
    value = _typed(setting, given.value, given.folder, given.source)
    # Links are followed: one that came with the project may lead anywhere.
    real = Path(os.path.realpath(value)) if given.in_project and setting.type == "path" else None
    if real and not real.is_relative_to(os.path.realpath(given.folder)):
        raise UsageError(
            f"{given.place}: {setting.name} leads out of the project, to {real}",
            hint=f"name a place inside it, or set it in your own settings file, or as {setting.variable}",
            place=given.place,
        )
    return value


def _known(name: str, known: Mapping[str, Setting], place: Place | None = None) -> Setting:
    if name in known:
        return known[name]
    section = name.partition(".")[0]
    strange = "." in name and not any(setting.section == section for setting in known.values())
    hint = (strange and comes_with("section", section)) or _did_you_mean(name, known)
    if not hint and strange:
        hint = f"no section {section!r} is clipline's or an installed package's"
    hint = hint or "`clipline config` lists all settings"
    raise UsageError(f"{f'{place}: ' if place else ''}unknown setting {name!r}", hint=hint, place=place)


def _shown(raw: Any) -> str:
    """A wrong value, as far as it is worth showing."""
    try:
        text = repr(raw)
    except ValueError:
        return "a number of many digits"  # which Python does not even write out
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _did_you_mean(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.6)
    return f"did you mean {near[0]}?" if near else ""


def _typed(setting: Setting, raw: Any, folder: Path, source: str) -> Any:
    """`raw` as the setting's type says; text is read, anything else must be right already."""
    try:
        value = READERS[setting.type](raw, folder)
    except ValueError as error:
        got = "" if setting.type == "secret" else f", got {_shown(raw)}"
        raise UsageError(f"{source}: {setting.name} must be {error}{got}") from None
    if setting.choices and value not in setting.choices:
        near = _did_you_mean(str(value), setting.choices)
        raise UsageError(
            f"{source}: {setting.name} must be one of {', '.join(setting.choices)}, got {_shown(raw)}", hint=near
        )
    return value

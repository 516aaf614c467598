"""What a person can set, where each value comes from, and which source wins.

    flag  >  environment  >  project file  >  user file  >  default

A setting `SECTION.NAME` is given as `--set SECTION.NAME=VALUE`, as `CLIPLINE_SECTION_NAME` (a section's name has no
underscore, so that this can be read one way only), or in a TOML file under `[SECTION]`. The project file is the
nearest `clipline.toml` from the working folder upwards; the search stops at a folder that holds `.git`, and at home.
It arrives with somebody's checkout, so it may not say which plugins are loaded, nor give a token or the address that a
token is sent to. `CLIPLINE_CONFIG` (another user file) and `CLIPLINE_STATE` (the state folder) are no settings: they
say where to look. Some settings have a second variable, the one that a service's own documents name; the `CLIPLINE_`
form wins over it.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from clipline.errors import MachineError, Place, UsageError
from clipline.settings.definitions import DEFINITIONS, ENVIRONMENT, PREFIX, Setting
from clipline.settings.readers import READERS

__all__ = ["DEFINITIONS", "ENVIRONMENT", "PROJECT_FILE", "Setting", "Settings"]

PROJECT_FILE = "clipline.toml"
_BY_VARIABLE = {setting.variable: setting for setting in DEFINITIONS.values()}
#: One variable may stand for a setting of several sections.
_BY_ALIAS = [(setting.alias, setting) for setting in DEFINITIONS.values() if setting.alias]


@dataclass(frozen=True, slots=True)
class _Found:
    """A value and where it comes from."""

    value: Any
    origin: str


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
        found: dict[str, _Found] = {}
        for file in (user, project):
            if file is not None:
                found |= _from_file(file, project=file == project)
        from_environment, warnings = _from_environment(environ, folder)
        found |= from_environment
        for name, value in (overrides or {}).items():
            found[name] = _Found(_typed(_known(name), value, folder, "--set " + name), "flag")
        return cls(
            state_folder=(folder / state if state else _state_folder(environ, folder)),
            warnings=tuple(warnings),
            files=tuple(file for file in (project, user) if file is not None),
            _found=found,
        )

    def __getitem__(self, name: str) -> Any:
        definition = _known(name)
        return self._found[name].value if name in self._found else definition.default

    def __iter__(self) -> Iterator[str]:
        return iter(DEFINITIONS)

    def section(self, name: str) -> dict[str, Any]:
        """The settings of one section, without its name; empty where there is no such section."""
        return {setting.key: self[setting.name] for setting in DEFINITIONS.values() if setting.section == name}

    def origin(self, name: str) -> str:
        """Where a value comes from: `flag`, the variable's name, `FILE:LINE`, or `default`."""
        _known(name)
        return self._found[name].origin if name in self._found else "default"

    def make_state_folder(self) -> Path:
        """Make the state folder, for this user's eyes only, and return it.

        Raises:
            MachineError: it cannot be made.
        """
        try:
            self.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(
                f"cannot make the state folder {self.state_folder}: {error.strerror}",
                hint="set CLIPLINE_STATE to a folder that you may write to",
            ) from error
        return self.state_folder


# --- where to look ---------------------------------------------------------------------------------------------------


def _state_folder(environ: Mapping[str, str], folder: Path) -> Path:
    if given := environ.get("CLIPLINE_STATE"):
        return folder / Path(given).expanduser()
    import platformdirs

    return platformdirs.user_state_path("clipline", appauthor=False)


def _user_file(environ: Mapping[str, str]) -> Path | None:
    if given := environ.get("CLIPLINE_CONFIG"):
        file = Path(given).expanduser().absolute()
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


def _from_environment(environ: Mapping[str, str], folder: Path) -> tuple[dict[str, _Found], list[str]]:
    """The settings that variables give, an empty one being none, and a warning for each unknown name."""
    found: dict[str, _Found] = {}
    warnings = []
    for variable, text in sorted(environ.items()):
        if setting := _BY_VARIABLE.get(variable):
            if text:
                found[setting.name] = _Found(_typed(setting, text, folder, variable), variable)
        elif variable.startswith(PREFIX) and variable not in ENVIRONMENT:
            # The prefix is left out: it would make every name look near.
            known = {name.removeprefix(PREFIX): name for name in (*_BY_VARIABLE, *ENVIRONMENT)}
            near = difflib.get_close_matches(variable.removeprefix(PREFIX), known, 1, 0.6)
            hint = f"; did you mean {known[near[0]]}?" if near else ""
            warnings.append(f"{variable} is no setting of clipline{hint}")
    for alias, setting in _BY_ALIAS:
        given = environ.get(alias)
        if not given:
            continue
        if setting.name not in found:
            found[setting.name] = _Found(_typed(setting, given, folder, alias), alias)
        elif environ[setting.variable] != given:
            warnings.append(f"{setting.variable} and {alias} differ; {setting.variable} counts")
    return found, warnings


def _from_file(file: Path, *, project: bool) -> dict[str, _Found]:
    try:
        text = file.read_text("utf-8")
        sections = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read the settings file {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        position = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = Place(str(file), *map(int, position.groups())) if position else Place(str(file))
        raise UsageError(f"{place}: not valid TOML: {error}", place=place) from error
    found = {}
    for section, entries in sections.items():
        if not isinstance(entries, dict):
            place = Place(str(file), _line(text, "", section), 1)
            raise UsageError(f"{place}: {section!r} stands outside a section", hint="write it under [run] or the like")
        for key, value in entries.items():
            place = Place(str(file), _line(text, section, key), 1)
            setting = _known(f"{section}.{key}", place)
            if project and setting.personal:
                raise UsageError(
                    f"{place}: a project's file may not set {setting.name}",
                    hint=f"set it in your own settings file, or as {setting.variable}",
                    place=place,
                )
            found[setting.name] = _Found(_typed(setting, value, file.parent, str(place)), f"{file}:{place.line}")
    return found


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


def _known(name: str, place: Place | None = None) -> Setting:
    if name in DEFINITIONS:
        return DEFINITIONS[name]
    hint = _did_you_mean(name, DEFINITIONS) or "`clipline config` lists all settings"
    raise UsageError(f"{f'{place}: ' if place else ''}unknown setting {name!r}", hint=hint, place=place)


def _did_you_mean(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.6)
    return f"did you mean {near[0]}?" if near else ""


def _typed(setting: Setting, raw: Any, folder: Path, source: str) -> Any:
    """`raw` as the setting's type says; text is read, anything else must be right already."""
    try:
        value = READERS[setting.type](raw, folder)
    except ValueError as error:
        got = "" if setting.type == "secret" else f", got {raw!r}"
        raise UsageError(f"{source}: {setting.name} must be {error}{got}") from None
    if setting.choices and value not in setting.choices:
        near = _did_you_mean(str(value), setting.choices)
        raise UsageError(
            f"{source}: {setting.name} must be one of {', '.join(setting.choices)}, got {raw!r}", hint=near
        )
    return value

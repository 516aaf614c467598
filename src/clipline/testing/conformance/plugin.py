"""What holds for a plugin as a whole, whatever it offers: it loads, does no work when it does, and is documented."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import EntryPoint, distribution
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest

from clipline.pipeline.schema import schema_complaint
from clipline.plugin_manager import Plugins, installed
from clipline.stage import API_VERSION
from clipline.testing.scene import HANG_SECONDS, address_of, installed_point, search_path

__all__ = ["PluginConformance", "fail", "import_facts", "lacking"]

#: What the registration hooks are about, in words.
_SORTS = {
    "stage_kinds": "stage kind",
    "backends": "backend",
    "post_export_steps": "post-export step",
    "verify_checks": "check",
    "channels": "channel",
    "executors": "executor",
    "report_formats": "report format",
}


def fail(what: str, do: str = "") -> NoReturn:
    """End a test with what is wrong and what its reader is to do, without a traceback of the kit."""
    pytest.fail(f"{what}\n  to do: {do}" if do else what, pytrace=False)


def lacking(case: object, method: str, do: str) -> NoReturn:
    """End a test whose class does not define what its author must hand over.

    No abstract method: pytest leaves out classes that have one, and all would seem to be well.
    """
    fail(f"{type(case).__name__} does not define {method}", do)


class PluginConformance:
    """The checks of a plugin as a whole; every class of the kit has them too.

    `plugin` is the module, class or object that the entry point names, `name` that of the part in it.
    """

    #: The module or object that the entry point names. No ClassVar: mypy would refuse a module there.
    plugin: Any
    #: What the part is called in a pipeline file.
    name: ClassVar[str]
    #: The registration hook that offers it; empty: any.
    sort: ClassVar[str] = ""
    #: Packages of others that may come with the import, since they are small.
    light: ClassVar[Collection[str]] = ()
    #: Where the part is documented; by default the README of its package.
    readme: ClassVar[Path | None] = None

    # --- checks ------------------------------------------------------------------------------------------------------

    def test_the_plugin_states_its_api_version(self) -> None:
        """An older or newer clipline must be able to tell that it does not fit."""
        version = str(getattr(self.plugin, "clipline_api", ""))
        if version.partition(".")[0] != API_VERSION:
            fail(
                f"{address_of(self.plugin)} has clipline_api = {version!r}, this clipline speaks {API_VERSION!r}",
                f'write `clipline_api = "{API_VERSION}"` at the top of the module that the entry point names',
            )

    def test_the_plugin_loads_and_offers_the_part(self) -> None:
        """All hooks are known, their signatures fit, no name is somebody else's."""
        if not hasattr(self.plugin, "clipline_api"):
            pytest.skip("needs test_the_plugin_states_its_api_version")
        self.part()

    def test_importing_the_plugin_does_no_work(self) -> None:
        """`clipline plugins` imports every plugin: no network, no file written, no process, no heavy module."""
        found = import_facts(address_of(self.plugin))
        self._judge_import(found)

    def test_the_schema_is_valid_and_describes_every_option(self) -> None:
        """Editors, `clipline schema` and complaints are made from it."""
        for what, schema in self.schemas().items():
            if complaint := schema_complaint(schema):
                fail(f"{what} is no JSON Schema (2020-12): {complaint}", "mend the schema")
            if complaints := list(_undescribed(schema, what)):
                fail("\n".join(complaints), 'give each option a `"description"`: a sentence that says what it does')

    def test_the_part_is_documented(self) -> None:
        """A summary for lists, and a place where a person reads what the part and each of its options is for."""
        part = self._part_or_skip()
        if not getattr(part, "summary", ""):
            fail(f"{self.name!r} has no summary", "give its description `summary=`: one line for `clipline plugins`")
        text, where = self._readme()
        names = [self.name, *(o for schema in self.schemas().values() for o in schema.get("properties", {}))]
        missing = [
            name for name in dict.fromkeys(names) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
        ]
        if missing:
            fail(f"{where} does not name {', '.join(missing)}", "tell what they are for: a table of options is enough")

    # --- for the classes of the sorts --------------------------------------------------------------------------------

    def part(self) -> Any:
        """The description of the part, as a plugin manager gets it; fails where it does not get it."""
        infos, offers = _loaded(address_of(self.plugin))
        if infos[-1].error:
            fail(f"{address_of(self.plugin)} is not loaded: {infos[-1].error}", "`clipline plugins` tells the same")
        offered = infos[-1].offers or {}
        sorts = [self.sort] if self.sort else list(offered)
        for sort in sorts:
            if self.name in offered.get(sort, ()):
                return getattr(offers, sort)[self.name]
        there = ", ".join(f"{_SORTS[sort]} {name}" for sort in offered for name in offered[sort]) or "nothing"
        wanted = _SORTS.get(self.sort, "part")
        fail(f"the plugin offers no {wanted} {self.name!r}, but: {there}", f"is `{self.sort}` marked with @hookimpl?")

    def schemas(self) -> dict[str, Mapping[str, Any]]:
        """The schemas that a person writes by, each with what it is called in a complaint."""
        part = self._part_or_skip()
        return (
            {f"the options of {self.name!r}": part.options}
            if isinstance(getattr(part, "options", None), Mapping)
            else {}
        )

    def _part_or_skip(self) -> Any:
        infos, offers = _loaded(address_of(self.plugin))
        for sort in [self.sort] if self.sort else _SORTS:
            if self.name in (infos[-1].offers or {}).get(sort, ()):
                return getattr(offers, sort)[self.name]
        pytest.skip("needs test_the_plugin_loads_and_offers_the_part")

    def _judge_import(self, found: Mapping[str, Any]) -> None:
        if found["failed"]:
            fail(f"importing it, or asking what it offers, fails: {found['failed']}", "try it in `python -c`")
        if found["did"]:
            fail(
                "importing it, or asking what it offers, does work:\n"
                + "\n".join(f"  {each}" for each in found["did"]),
                "move that into the function that needs it; a plugin's module only describes",
            )
        if heavy := sorted(set(found["brought"]) - set(self.light)):
            fail(
                f"importing it imports {', '.join(heavy)}",
                "import them inside the functions that use them; what is really small may be listed in `light`",
            )

    def _readme(self) -> tuple[str, str]:
        """The text in which the part is documented, and where that is."""
        if self.readme is not None:
            return self.readme.read_text("utf-8"), str(self.readme)
        address = address_of(self.plugin)
        if found := _readme_beside(address):
            return found.read_text("utf-8"), str(found)
        point = installed_point(address)
        if point is not None and point.dist is not None:
            text = distribution(point.dist.name).read_text("METADATA") or ""
            return text, f"the description of {point.dist.name}"
        fail("the package has no README", "write README.md beside pyproject.toml, or set `readme` to where it is told")


@functools.cache
def _loaded(address: str) -> tuple[Any, Any]:
    """What a plugin manager makes of clipline's own plugins and this one."""
    own = [point for point in installed() if point.dist is not None and point.dist.name == "clipline"]
    others = [point for point in own if point.value != address]
    mine = installed_point(address) or EntryPoint("under-test", address, "clipline")
    path = [each for each in search_path(address) if each not in sys.path]
    sys.path.extend(path)
    try:
        plugins = Plugins([*others, mine])
    finally:
        for each in path:
            sys.path.remove(each)
    return plugins.infos, plugins.offers


@functools.cache
def import_facts(address: str) -> Mapping[str, Any]:
    """What a fresh interpreter sees of an import; see `clipline.testing.imports`."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "clipline.testing.imports", address],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(search_path(address))},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return {"failed": f"the interpreter ended with {done.returncode}: {done.stderr.strip()}"}
    found: Mapping[str, Any] = json.loads(lines[-1])
    return found


def _undescribed(schema: Mapping[str, Any], what: str) -> Iterator[str]:
    """A complaint for each option that a schema leaves without a word, those inside others too."""
    for name, each in schema.get("properties", {}).items():
        if not isinstance(each, Mapping) or not str(each.get("description", "")).strip():
            yield f"{what}: the option {name!r} has no description"
        if isinstance(each, Mapping):
            yield from _undescribed(each, f"{what}: {name}")


def _readme_beside(address: str) -> Path | None:
    """The README that the nearest `pyproject.toml` above the module names."""
    module = sys.modules.get(address.partition(":")[0])
    file = Path(getattr(module, "__file__", None) or "/").resolve()
    if {"site-packages", "dist-packages"} & set(file.parts):
        return None  # an installed package has its README in its metadata
    for folder in file.parents:
        project = folder / "pyproject.toml"
        if project.is_file():
            named = tomllib.loads(project.read_text("utf-8")).get("project", {}).get("readme", "README.md")
            readme = folder / (named if isinstance(named, str) else named.get("file", "README.md"))
            return readme if readme.is_file() else None
    return None

"""Writes a package for a part of somebody's own, from the templates in `clipline/cli/scaffold`.

A template is the file itself with `$name` and the like in it (`string.Template`); each kind of part has a folder of
them, and `pyproject.toml` is the same for all. What is made works at once: it is something to change, not to fill in.
"""

from __future__ import annotations

import builtins
import keyword
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from clipline import hookspecs
from clipline.errors import MachineError, UsageError

__all__ = ["SORTS", "Names", "Sort", "names_of", "package_files", "write_package"]

TEMPLATES = Path(__file__).parent / "scaffold"
LONGEST = 40
_FORM = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")

#: What the template of a stage calls by a name of its own: a kind of that name would hide it.
STAGE_WORDS = frozenset({"annotations", "clipline_api", "hookimpl", "hookspec", "size_of", "stage_kinds"})
#: Names that are no plugin's to answer, and those that mean something else where the part stands in a file.
_RESERVED: Mapping[str, frozenset[str]] = {
    "stage": STAGE_WORDS
    | {
        name
        for specs in (hookspecs.RegistrationSpecs, hookspecs.LifeCycleSpecs, hookspecs.BackendSpecs)
        for name in vars(specs)
    }
    | {"stage", "stages", "for_each", "parallel", "pipeline"},
    "check": frozenset({"expect"}),
    "post-export": frozenset({"continue_on_error"}),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of part: what it is called, what `Offers` calls those that there are, and what the package says of it."""

    what: str
    offers: str
    summary: str


SORTS: Mapping[str, Sort] = {
    "stage": Sort("stage kind", "stage_kinds", "writes a list of the files that a run has made"),
    "backend": Sort("backend", "backends", "writes what an edit says into an MP4 file, as a note"),
    "post-export": Sort("post-export step", "post_export_steps", "writes the checksum of each exported file"),
    "check": Sort("check", "verify_checks", "no exported file is larger than so many megabytes"),
    "channel": Sort("channel", "channels", "puts each message into a folder, as a file of JSON"),
    "executor": Sort("executor", "executors", "carries out the runs of a batch in threads"),
    "report-format": Sort("report format", "report_formats", "tells of a run as a table of CSV"),
    "command": Sort("command", "", "runs a pipeline and prints the checksum of each file that it made"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What a new part is called: distribution, module, name in a pipeline file, class, section of settings."""

    package: str
    module: str
    name: str
    class_name: str
    section: str


def names_of(given: str, kind: str) -> Names:
    """The names that follow from what the person typed: `shiny-thing`, or `clipline-shiny-thing`.

    Raises:
        UsageError: it is no name for a package, or not for a part of this kind.
    """
    bare = re.sub(r"^clipline[-_]", "", given)
    if not _FORM.fullmatch(bare) or bare == "clipline" or len(bare) > LONGEST:
        better = re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-0123456789")[:LONGEST].strip("-")
        example = better if _FORM.fullmatch(better) and better != "clipline" else "shiny-thing"
        raise UsageError(
            f"{given!r} is no name for a plugin: small letters, digits and single hyphens, {LONGEST} at most",
            hint=f"like: clipline plugin new {example} --kind {kind}",
        )
    words = re.split("[-_]", bare)
    name = "-".join(words) if kind == "command" else "_".join(words)
    if keyword.iskeyword(name) or (kind == "stage" and hasattr(builtins, name)):
        raise UsageError(f"{name!r} is a word of Python", hint=f"choose another name, like {name}-clip")
    if name in _RESERVED.get(kind, ()):
        raise UsageError(f"{name!r} is a reserved name, not one for a {SORTS[kind].what}", hint="choose another name")
    return Names(
        package=f"clipline-{'-'.join(words)}",
        module=f"clipline_{'_'.join(words)}",
        name=name,
        class_name="".join(word.capitalize() for word in words),
        section="".join(words),
    )


# --- what is written -------------------------------------------------------------------------------------------------


def package_files(names: Names, kind: str, version: str) -> dict[str, str]:
    """Every file of the package, by its path in it; `version` is the clipline that it needs at least."""
    facts = {
        "package": names.package,
        "module": names.module,
        "name": names.name,
        "json_name": names.name.replace("-", "_"),
        "class_name": names.class_name,
        "section": names.section,
        "summary": f"A {SORTS[kind].what} for clipline: {SORTS[kind].summary}.",
        "version": version,
        "requires": ', "click>=8.1"' if kind == "command" else "",
        "entry_points": "".join(_entry_points(names, kind)),
    }
    places = {"module.py": f"src/{names.module}/__init__.py", "test.py": f"tests/test_{names.module}.py"}
    made = {f"src/{names.module}/py.typed": ""}
    for template in (TEMPLATES / "pyproject.toml.template", *sorted((TEMPLATES / kind).iterdir())):
        file = template.name.removesuffix(".template")
        beside_module = f"src/{names.module}/{file}" if file.endswith(".py") else file
        made[places.get(file, beside_module)] = Template(template.read_text("utf-8")).substitute(facts)
    return dict(sorted(made.items()))


def _entry_points(names: Names, kind: str) -> Iterator[str]:
    if kind == "command":
        yield f'[project.entry-points."clipline.commands"]\n{names.name} = "{names.module}:command"\n'
        return
    yield f'[project.entry-points.clipline]\n{names.name} = "{names.module}"\n'
    if kind == "backend":
        yield f'\n[project.entry-points."clipline.settings"]\n{names.section} = "{names.module}.settings:SETTINGS"\n'


def write_package(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write the files of a package to a new folder, all of them or none; returns their paths.

    Raises:
        UsageError: the folder is there already, or a file stands where it should be made.
        MachineError: the disk would not.
    """
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} is there already", hint="nothing was written; choose another name, or --dir FOLDER")
    blocking = next((parent for parent in folder.parents if parent.exists()), None)
    if blocking is not None and not blocking.is_dir():
        raise UsageError(f"--dir {folder.parent}: {blocking} is no folder", hint="nothing was written")
    made_before = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".clipline-", dir=folder.parent) as scratch:
            new = Path(scratch) / folder.name
            for name, text in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_text(text, "utf-8")
            new.rename(folder)
    except OSError as error:
        for parent in reversed(made_before[-1:]):
            shutil.rmtree(parent, ignore_errors=True)
        raise MachineError(f"cannot write {folder}: {error.strerror}", hint="nothing was written") from error
    return [folder / name for name in files]

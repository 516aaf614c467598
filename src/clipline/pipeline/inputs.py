"""Values of inputs: what a person typed, a program gave or a file holds, read by the declared type.

Results are JSON values: a duration is its seconds, a size is `WxH`, files and folders are absolute paths that exist, a
table is a list of mappings. A value is never guessed from how it looks.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from clipline.errors import InputError
from clipline.pipeline import tables
from clipline.pipeline.document import nearest, words
from clipline.pipeline.filters import MAX_ITEMS, type_name
from clipline.pipeline.model import InputSpec
from clipline.values import format_duration, parse_duration, parse_size

__all__ = ["Given", "Unreadable", "is_text", "parse_inputs", "parse_value"]

#: Things that are wrong with one input, after which the rest is not looked at.
_MOST_WRONG = 100
_LARGEST_SHOWN = 10**60

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


class Unreadable(ValueError):
    """A value is not of its type; `messages` says why, a sentence for each thing that is wrong."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a file holds, so that its relative paths count from that file's `folder`."""

    value: object
    folder: Path


def parse_inputs(
    specs: Mapping[str, InputSpec], given: Mapping[str, object], *, working_folder: Path, file_folder: Path
) -> dict[str, Any]:
    """All inputs of a pipeline, in the order in which it declares them.

    Args:
        specs: what the pipeline declares.
        given: text by name as it was typed, lists of it where a name was repeated, values of the type, or `Given`.
        working_folder: what given relative paths count from.
        file_folder: what paths in defaults count from.

    Raises:
        InputError: with everything that is wrong, a line for each.
    """
    wrong = [f'there is no input "{name}"{nearest(name, specs)}' for name in given if name not in specs]
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        written = given.get(name)
        value, folder = (written.value, written.folder) if isinstance(written, Given) else (written, working_folder)
        if value is None and spec.default is not None:
            value, folder = spec.default, file_folder
        if value is None:
            values[name] = None
            if spec.required:
                wrong.append(f'the input "{name}" ({_wanted(spec)}) is required{_described(spec)}')
            continue
        try:
            values[name] = parse_value(spec, value, folder)
        except Unreadable as error:
            wrong += [f'input "{name}": {message}' for message in error.messages]
    if wrong:
        raise InputError("\n".join(wrong), hint=_how_to_give(specs, wrong))
    return values


def _described(spec: InputSpec) -> str:
    return f": {spec.description}" if spec.description else ""


def _how_to_give(specs: Mapping[str, InputSpec], wrong: Iterable[str]) -> str:
    missing = [name for name in specs if any(f'the input "{name}" (' in line for line in wrong)]
    return f"give it with -i {missing[0]}=…" if missing else ""


def _wanted(spec: InputSpec) -> str:
    if spec.type == "enum":
        return f"one of {words(spec.values, 'or')}"
    article = "an" if spec.type[0] in "aeiou" else "a"
    return "files" if spec.type == "files" else f"{article} {spec.type}"


def parse_value(spec: InputSpec, value: object, folder: Path, *, must_exist: bool = True) -> Any:
    """One value, not null, read by its type.

    Args:
        spec: the type and its bounds.
        value: text, a list of texts, or a value of the type.
        folder: what relative paths count from, absolute.
        must_exist: False leaves files and tables as they are written; only the form is checked.

    Raises:
        Unreadable: it is none.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if spec.type == "files":
        return _files(value, folder, must_exist=must_exist)
    if spec.type == "table":
        return _table(spec, value, folder, must_exist=must_exist)
    if isinstance(value, (list, tuple)):
        raise Unreadable(f"takes one value, not {len(value)}")
    if spec.type in {"file", "directory"}:
        return _path(_text(value), folder, spec.type) if must_exist else _text(value)
    result = _PARSERS[spec.type](spec, value)
    return _bounded(spec, result) if spec.type in {"integer", "number", "duration"} else result


# --- single values ---------------------------------------------------------------------------------------------------


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"must be text, not {type_name(value)}: quote it" if value is not None else "must be text")
    if "\0" in value:
        raise Unreadable("must be text without the character U+0000")
    return value


def _integer(_: InputSpec, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[0-9]{1,300}\s*", value):
        return int(value)
    raise Unreadable(f"must be a whole number, not {_shown(value)}")


def _number(_: InputSpec, value: object) -> int | float:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[0-9]{1,300}\s*", value):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?([0-9]+\.?|[0-9]*\.[0-9]+)([eE][-+]?[0-9]{1,2})?\s*", value):
        return float(value)
    raise Unreadable(f"must be a number, not {_shown(value)}")


def _boolean(_: InputSpec, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    raise Unreadable(f"must be true or false, not {_shown(value)}")


def _duration(_: InputSpec, value: object) -> float:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _size(_: InputSpec, value: object) -> str:
    try:
        return str(parse_size(value))
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _enum(spec: InputSpec, value: object) -> str:
    if isinstance(value, str) and value in spec.values:
        return value
    near = nearest(value, spec.values, listed=False) if isinstance(value, str) else ""
    raise Unreadable(f"must be {words(spec.values, 'or')}, not {_shown(value)}{near}")


_PARSERS: Mapping[str, Callable[[InputSpec, object], Any]] = {
    "string": lambda _, value: _text(value),
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "duration": _duration,
    "size": _size,
    "enum": _enum,
}


def _bounded(spec: InputSpec, value: float) -> float:
    shown = format_duration if spec.type == "duration" else _shown
    if spec.minimum is not None and value < spec.minimum:
        raise Unreadable(f"must be at least {shown(spec.minimum)}, not {shown(value)}")
    if spec.maximum is not None and value > spec.maximum:
        raise Unreadable(f"must be at most {shown(spec.maximum)}, not {shown(value)}")
    return value


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value[:60]}"'
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return type_name(value)
    if isinstance(value, int) and abs(value) >= _LARGEST_SHOWN:
        return "a number of many digits"  # which Python does not even write out
    return str(value) if isinstance(value, int) else f"{value:g}"


# --- files -----------------------------------------------------------------------------------------------------------


def _path(text: str, folder: Path, wanted: str) -> str:
    if not text.strip():
        raise Unreadable("is empty")
    typed = os.path.expanduser(text)  # noqa: PTH111 - a `~user` that is nobody stays as it is
    path = Path(os.path.normpath(folder / typed))
    if not is_text(path):
        raise Unreadable(f"{str(path)!a}: this name is not valid text (UTF-8); rename it")
    try:
        found = path.is_dir() if wanted == "directory" else path.is_file()
        exists = found or path.exists()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    except ValueError:
        raise Unreadable("is no name that a file can have") from None
    if found:
        return str(path)
    if exists:
        raise Unreadable(f"{path} is not a file" if wanted == "file" else f"{path} is not a folder")
    what = "file" if wanted == "file" else "folder"
    raise Unreadable(f"there is no {what} {path}{_neighbour(path, wanted)}")


def is_text(path: Path) -> bool:
    """Whether a path can be written down: this system takes names of any bytes, journals and reports do not."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _neighbour(path: Path, wanted: str) -> str:
    """The nearest name beside a file or folder that is not there, of what is the same."""
    try:
        with os.scandir(path.parent) as entries:
            same = (entry.name for entry in islice(entries, 1000) if entry.is_dir() == (wanted == "directory"))
            return nearest(path.name, same, listed=False, files=True)
    except (OSError, ValueError):
        return ""


def _files(value: object, folder: Path, *, must_exist: bool) -> list[str]:
    if isinstance(value, str) and value.startswith("@") and must_exist:
        listed = Path(_path(value[1:], folder, "file"))
        value, folder = _json_list(listed), listed.parent
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise Unreadable(f"must be a list of files, not {type_name(value)}")
    if len(items) > MAX_ITEMS:
        raise Unreadable(f"has more than {MAX_ITEMS} files")
    texts = [os.fspath(item) if isinstance(item, os.PathLike) else item for item in items]
    paths: list[str] = []
    wrong: list[str] = []
    for text in texts:
        try:
            paths.append(_path(_text(text), folder, "file") if must_exist else _text(text))
        except Unreadable as error:
            wrong += [f"{message}{_several(text)}" for message in error.messages]
            if len(wrong) >= _MOST_WRONG:
                break
    if wrong:
        raise Unreadable(*wrong)
    return paths


def _several(text: object) -> str:
    """What is said of a name that leads to nothing, and was perhaps meant for several files."""
    if isinstance(text, str) and "," in text:
        return "; files are not separated by commas: give the input once for each (-i NAME=a.mp4 -i NAME=b.mp4)"
    if isinstance(text, str) and set("*?[") & set(text):
        return "; patterns are not read here: give the input once for each file (-i NAME=a.mp4 -i NAME=b.mp4)"
    return ""


def _json_list(path: Path) -> Sequence[object]:
    try:
        found = json.loads(tables.read_text(path))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path} is no JSON list of files: {error}") from None
    if not isinstance(found, list):
        raise Unreadable(f"{path} is no JSON list of files, but {type_name(found)}")
    return found


# --- tables ----------------------------------------------------------------------------------------------------------


def _table(spec: InputSpec, value: object, folder: Path, *, must_exist: bool) -> Any:
    if isinstance(value, str):
        if not must_exist:
            return value
        path = Path(_path(value, folder, "file"))
        try:
            rows = tables.read_rows(path)
        except ValueError as error:
            raise Unreadable(str(error)) from None
        folder = path.parent
    elif isinstance(value, (list, tuple)):
        rows = [(f"row {number}", row) for number, row in enumerate(value, 1)]
    else:
        raise Unreadable(f"must be a CSV, JSON or JSON Lines file, or a list of rows, not {type_name(value)}")
    if len(rows) > MAX_ITEMS:
        raise Unreadable(f"has more than {MAX_ITEMS} rows")
    wrong: list[str] = []
    typed = []
    for where, row in rows:
        typed.append(_row(spec, where, row, folder, wrong, must_exist=must_exist))
        if len(wrong) >= _MOST_WRONG:
            break
    if wrong:
        raise Unreadable(*wrong[:_MOST_WRONG])
    return typed


def _row(spec: InputSpec, where: str, row: object, folder: Path, wrong: list[str], *, must_exist: bool) -> tables.Row:
    if not isinstance(row, Mapping):
        wrong.append(f"{where}: must be a mapping of columns, not {type_name(row)}")
        return tables.Row({}, where)
    unknown = islice((name for name in row if name not in spec.columns), _MOST_WRONG)
    wrong += [f'{where}: unknown column "{name}"{nearest(str(name), spec.columns)}' for name in unknown]
    values: dict[str, Any] = {}
    for name, column in spec.columns.items():
        cell = row.get(name)
        if cell is None or (cell == "" and column.type != "string"):
            cell = column.default
        if cell is None or (cell == "" and column.required):
            values[name] = None
            if column.required:
                wrong.append(f'{where}: column "{name}" is empty')
            continue
        try:
            values[name] = parse_value(column, cell, folder, must_exist=must_exist)
        except Unreadable as error:
            wrong += [f'{where}: column "{name}": {message}' for message in error.messages]
    return tables.Row(values, where)

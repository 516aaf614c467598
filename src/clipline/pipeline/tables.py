"""Rows of a CSV, JSON or JSON Lines file, each with its place `file:line`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from clipline.pipeline.filters import MAX_ITEMS

__all__ = ["Row", "read_rows", "read_text"]

MAX_BYTES = 16 * 1024 * 1024

Rows: TypeAlias = list[tuple[str, Any]]


class Row(dict[str, Any]):
    """A row's cells by their columns, with the `place` that it was read from, like `jobs.csv:3`."""

    __slots__ = ("place",)

    def __init__(self, cells: Mapping[str, Any], place: str) -> None:
        super().__init__(cells)
        self.place = place


def read_rows(path: Path) -> Rows:
    """The rows with their places; what is in them is not judged. Empty lines are passed over.

    Raises:
        ValueError: the file cannot be read as what its name says, or has more than `MAX_ITEMS` rows.
    """
    readers: Mapping[str, Callable[[str, str], Rows]] = {
        ".csv": _csv,
        ".tsv": _csv,
        ".json": _json,
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path.name} is no table; its name ends in .csv, .tsv, .json or .jsonl")
    return reader(read_text(path), path.name)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file of at most 16 MiB.

    Raises:
        ValueError: it is larger, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_BYTES // 2**20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path.name}:{line}: this is no UTF-8; save the file as UTF-8") from None


def _csv(text: str, name: str) -> Rows:
    first = text.lstrip().partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: Rows = []
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            where, line = f"{name}:{line}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header([cell.strip() for cell in cells], where)
                continue
            if len(cells) > len(header):
                raise ValueError(f"{where}: the row has {len(cells)} cells, the first line {len(header)}")
            _add(rows, where, dict(zip(header, (cell.strip() for cell in cells), strict=False)), name)
    except csv.Error as error:
        raise ValueError(f"{name}:{reader.line_num}: {error}") from None
    if not header:
        raise ValueError(f"{name} is empty; its first line names the columns")
    return rows


def _add(rows: Rows, where: str, row: Any, name: str) -> None:
    """One more row, as long as a table may have that many."""
    if len(rows) == MAX_ITEMS:
        raise ValueError(f"{name} has more than {MAX_ITEMS} rows")
    rows.append((where, row))


def _header(names: list[str], where: str) -> list[str]:
    double = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if double is not None:
        raise ValueError(f'{where}: the column "{double}" stands twice')
    return names


def _json(text: str, name: str) -> Rows:
    """A list of objects, decoded one by one so that each has its line."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    rows: Rows = []
    line = known = 0  # the line of the character at `known`, so that a row counts only what is new
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise ValueError(f"{name}:{_line(text, at)}: a table is a list of objects: [{{…}}, …]")
    at = _skip(text, at + 1)
    closed = text[at : at + 1] == "]"
    while not closed:
        line, known = line + text.count("\n", known, at), at
        try:
            row, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise ValueError(f"{name}:{error.lineno}: {error.msg}") from None
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{name}:{line + 1}: {_unreadable(error)}") from None
        _add(rows, f"{name}:{line + 1}", row, name)
        end = _skip(text, end)
        if text[end : end + 1] not in {",", "]"}:
            raise ValueError(f'{name}:{_line(text, end)}: a "," or "]" is missing here')
        closed = text[end] == "]"
        at = end if closed else _skip(text, end + 1)
    if _skip(text, at + 1) < len(text):
        raise ValueError(f"{name}:{_line(text, _skip(text, at + 1))}: nothing may follow the list")
    return rows


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _json_lines(text: str, name: str) -> Rows:
    rows: Rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            raise ValueError(f"{name}:{number}: {error.msg}") from None
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{name}:{number}: {_unreadable(error)}") from None
        _add(rows, f"{name}:{number}", row, name)
    return rows


def _unreadable(error: Exception) -> str:
    """Why Python's reader gave up on what is JSON all the same."""
    if isinstance(error, RecursionError):
        return "this is nested too deeply"
    return str(error) if isinstance(error, _NoConstant) else "a number here has too many digits"


class _NoConstant(ValueError):
    """NaN and the like, which JSON does not have."""


def _no_constant(name: str) -> NoReturn:
    raise _NoConstant(f"{name} is no JSON")

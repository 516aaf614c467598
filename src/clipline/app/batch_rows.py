"""The rows of a batch: clips, mappings or a table, each read by the types of the pipeline's inputs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from clipline.artifacts import real_path
from clipline.errors import InputError, UsageError
from clipline.pipeline import tables
from clipline.pipeline.inputs import Given, Unreadable, parse_inputs, parse_value
from clipline.pipeline.model import InputSpec, Pipeline

__all__ = ["Row", "RowsLike", "clip_input_of", "read_rows", "row_key"]

#: A table's path, or rows: each a clip, or inputs by name.
RowsLike: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Mapping[str, object]]

_FILES = ("file", "files")
#: Endings of files that hold rows, and are no clips; `.json` may be either.
_TABLES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson"})
#: Rows that one complaint names before it counts the others.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `place` is where it stands (`jobs.csv:3`, or the clip as it was given), `clip` the name of its clip.

    `inputs` are all of the pipeline's, typed, so that equal ones ask for the same.
    """

    place: str
    clip: str
    inputs: Mapping[str, Any]


def read_rows(
    rows: RowsLike, pipeline: Pipeline, shared: Mapping[str, object] | None = None, clip_input: str | None = None
) -> list[Row]:
    """Read all rows, and find everything that is wrong with any of them.

    Args:
        rows: what is to be read. Paths in a table count from its folder, others from the working folder.
        pipeline: whose inputs they are.
        shared: inputs of every row that does not give them itself.
        clip_input: the input that a clip goes to; by default the one required input of a file, or the only one.

    Raises:
        InputError: rows that are wrong, a line for each, or of which two ask for the same.
        UsageError: it cannot be told which input a clip goes to.
    """
    working = Path.cwd()
    written = _from_table(Path(rows)) if isinstance(rows, (str, os.PathLike)) else list(_given(rows))
    if not written:
        raise InputError("there are no rows: nothing to do")
    needs_name = any(not isinstance(row, Mapping) for _, row in written)
    name = clip_input_of(pipeline, clip_input) if needs_name or clip_input is not None else None
    clips = [str(row) for _, row in written if not isinstance(row, Mapping)]
    _refuse_no_clips(clips, may_be_table=clip_input is None)
    if len(clips) == len(written) and name in (shared or {}):
        raise InputError(f'the input "{name}" is what the clips go to', hint="leave it out")
    wrong: dict[str, list[str]] = {}
    found: list[Row] = []
    for place, row in written:
        given = dict(row) if isinstance(row, Mapping) else {name or "": row}
        try:
            values = parse_inputs(
                pipeline.inputs,
                {**(shared or {}), **given},
                working_folder=working,
                file_folder=pipeline.source.folder,
            )
        except InputError as error:
            for line in error.message.splitlines():
                wrong.setdefault(line, []).append(place)
            continue
        found.append(Row(place, _clip_of(values, pipeline.inputs, name) or place, values))
    if wrong:
        raise InputError("\n".join(f"{_places(places)}: {line}" for line, places in wrong.items()))
    _refuse_twins(pipeline, found)
    return found


def clip_input_of(pipeline: Pipeline, name: str | None) -> str:
    """The input that a clip goes to.

    Raises:
        UsageError: there is none, or several could be meant.
    """
    could = [spec.name for spec in pipeline.inputs.values() if spec.type in _FILES]
    if name is not None:
        if name not in could:
            known = f"its inputs of a file: {', '.join(could)}" if could else "it has no input of a file"
            raise UsageError(f'"{pipeline.name}" has no input {name!r} that takes a clip', hint=known)
        return name
    required = [each for each in could if pipeline.inputs[each].required]
    if len(required) == 1 or len(could) == 1:
        return (required or could)[0]
    if not could:
        raise UsageError(f'"{pipeline.name}" has no input that takes a clip', hint="give it a table of rows")
    hint = f"say which with --clip-input: {', '.join(could)}"
    raise UsageError(f'"{pipeline.name}" has {len(could)} inputs that could take a clip', hint=hint)


def row_key(pipeline: Pipeline, backend: str, out: Path, row: Row) -> str:
    """What a row asks for, as one name: equal keys are the same work, whatever the files hold by now.

    How a folder is spelled makes no difference, nor an input that the row leaves to its default: neither a path through
    a link nor an input that the pipeline was given since lets a row be paid for once more.
    """
    source = pipeline.source
    asked = [_real(source.path) if source.path else source.text, backend, str(real_path(out)), _asked(pipeline, row)]
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _asked(pipeline: Pipeline, row: Row) -> dict[str, Any]:
    """The inputs of a row that are not their defaults, in one spelling."""
    folder, found = pipeline.source.folder, {}
    for name, value in row.inputs.items():
        spec = pipeline.inputs[name]
        default = None
        if spec.default is not None:
            with contextlib.suppress(Unreadable):  # a default file that is not there is nobody's value
                default = parse_value(spec, spec.default, folder)
        if value != default:
            found[name] = _spelled(spec, value)
    return found


def _spelled(spec: InputSpec, value: Any) -> Any:
    """A value in the one spelling that equal ones have."""
    if isinstance(value, list):
        return [_spelled(spec, each) for each in value]
    if isinstance(value, dict):
        return {name: _spelled(spec.columns[name], each) for name, each in value.items()}
    if isinstance(value, str) and spec.type in {"file", "files", "directory"}:
        return _real(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _real(path: str | os.PathLike[str]) -> str:
    """An absolute path with its folder as it really is, and the name that it was given."""
    return str(real_path(Path(path).parent) / Path(path).name)


# --- reading ---------------------------------------------------------------------------------------------------------


def _refuse_no_clips(clips: Iterable[str], *, may_be_table: bool) -> None:
    """Tell of what is given as a clip and is a folder of them, or their table.

    Raises:
        InputError: one is.
    """
    for clip in clips:
        if os.path.isdir(clip):  # noqa: PTH112 - `Path.is_dir` fails at a name that is too long
            hint = (
                f"name what is in it: {clip.rstrip('/')}/*.mp4; `clipline watch {clip} PIPELINE` takes each that comes"
            )
            raise InputError(f"{clip} is a folder, not a clip", hint=hint)
        if may_be_table and Path(clip).suffix.lower() in _TABLES:
            raise InputError(f"{clip} is a table, not a clip", hint=f"did you mean --table {clip}?")


def _from_table(path: Path) -> list[tuple[str, Any]]:
    """The rows of a file with their places; an empty cell of a CSV file is one that is not given."""
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a table")
    if not path.is_file():
        raise InputError(f"there is no table {path}")
    try:
        rows = tables.read_rows(path)
    except ValueError as error:
        raise InputError(str(error)) from None
    bare = path.suffix.lower() in {".csv", ".tsv"}
    folder = path.absolute().parent
    broken = [place for place, row in rows if not isinstance(row, Mapping)]
    if broken:
        raise InputError(f"{_places(broken)}: a row is a mapping of inputs to values")
    return [
        (place, {name: Given(cell, folder) for name, cell in row.items() if not (bare and cell == "")})
        for place, row in rows
    ]


def _given(rows: Iterable[object]) -> Iterable[tuple[str, Any]]:
    for number, row in enumerate(rows, 1):
        if isinstance(row, Mapping):
            yield f"row {number}", row
        elif isinstance(row, (str, os.PathLike)):
            yield os.fspath(row), os.fspath(row)
        else:
            raise InputError(f"row {number}: a row is a clip's path or a mapping of inputs, not {type(row).__name__}")


def _clip_of(values: Mapping[str, Any], specs: Mapping[str, InputSpec], name: str | None) -> str:
    """The name of a row's clip: that of the input it goes to, else of the first file that the row has."""
    for each in [name] if name else specs:
        value = values.get(each)
        if specs[each].type == "file" and value:
            return Path(value).name
        if specs[each].type == "files" and value:
            return ", ".join(Path(path).name for path in value)
    return ""


def _places(places: list[str]) -> str:
    if len(places) <= _NAMED:
        return ", ".join(places)
    return f"{', '.join(places[:_NAMED])} and {len(places) - _NAMED} more"


def _refuse_twins(pipeline: Pipeline, rows: Iterable[Row]) -> None:
    """Two rows that ask for the same would be done, and perhaps paid, twice."""
    seen: dict[str, str] = {}
    twins = []
    for row in rows:
        text = json.dumps(_asked(pipeline, row), sort_keys=True, default=str)
        if text in seen:
            twins.append(f"{row.place}: the same as {seen[text]}")
        seen.setdefault(text, row.place)
    if twins:
        raise InputError("\n".join(twins), code="twin_rows", hint="take one of the two out")

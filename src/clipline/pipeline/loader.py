"""The way from a file, a text or a mapping to a checked pipeline, nested files included."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clipline.errors import PipelineFileError, Place, Problem
from clipline.pipeline.document import Document, Trail, trail_text
from clipline.pipeline.inputs import Given
from clipline.pipeline.model import Pipeline
from clipline.pipeline.problems import Problems, TooManyProblems
from clipline.pipeline.vocabulary import Vocabulary
from clipline.values import JsonObject

__all__ = ["Read", "load", "parse_text", "read_data_file", "read_file", "read_inputs_file", "read_text"]

#: How a file is read, by its absolute path; raises OSError where it cannot be.
Read = Callable[[Path], bytes]

#: How many files may nest in each other.
MAX_NESTED = 8

MAPPING_NAME = "<mapping>"


def read_file(path: Path) -> bytes:
    """The bytes of a file, one more than a pipeline may have at most."""
    if not path.is_file():
        if path.exists():
            raise OSError(f"{path} is no file")
        raise FileNotFoundError(2, "no such file", str(path))
    with path.open("rb") as file:
        return file.read(1024 * 1024 + 1)


def load(
    pipeline: str | os.PathLike[str] | Mapping[str, Any],
    vocabulary: Vocabulary,
    *,
    read: Read = read_file,
    folder: Path | None = None,
) -> Pipeline:
    """Read and check a pipeline, with every file nested in it.

    Args:
        pipeline: a path, or the file's content as a mapping.
        vocabulary: the stage kinds and the rest that a file may name.
        read: how files are read; a resumed run reads those of its snapshot.
        folder: what paths in a mapping are relative to; by default the working folder.

    Raises:
        PipelineFileError: with all complaints about all files at once.
    """
    base = Path.cwd() if folder is None else folder.absolute()
    loading = _Loading(vocabulary, read)
    if isinstance(pipeline, Mapping):
        return loading.mapping(pipeline, base)
    shown = os.fspath(pipeline)
    typed = os.path.expanduser(shown)  # noqa: PTH111 - a `~user` that is nobody stays as it is
    return loading.file(shown, Path(os.path.normpath(base / typed)))


def parse_text(text: str, name: str, vocabulary: Vocabulary, *, folder: Path | None = None) -> Pipeline:
    """Read and check the text of a pipeline file; `name` is what complaints call it. Raises as `load` does."""
    from clipline.pipeline import source

    loading = _Loading(vocabulary, read_file)
    base = Path.cwd() if folder is None else folder.absolute()
    document, problems = source.read_document(text, name, base)
    return loading.document(document, problems, None)


def read_inputs_file(path: Path, *, read: Read = read_file) -> dict[str, Given]:
    """The inputs that a YAML or JSON file holds; its relative paths count from its own folder.

    Raises:
        PipelineFileError: it cannot be read, or is no mapping.
    """
    from clipline.pipeline import source

    text = source.decode(_bytes(str(path), path.absolute(), read), str(path))
    document, problems = source.read_document(text, str(path), path.absolute().parent)
    if not isinstance(document.value, Mapping):
        with suppress(TooManyProblems):  # there are a hundred already
            problems.append(document.problem((), "a file of inputs is a mapping of their names to values"))
    if problems:
        raise PipelineFileError(problems)
    return {name: Given(value, document.folder) for name, value in document.value.items()}


def read_data_file(path: Path, schema: JsonObject) -> Any:
    """What a YAML or JSON file holds, which must be as a JSON Schema says; complaints call it by the schema's title.

    Raises:
        PipelineFileError: it cannot be read, or something in it is wrong; with everything that is.
    """
    from clipline.pipeline import schema as schemas
    from clipline.pipeline import source

    subject = str(schema.get("title", "the file"))
    shown = str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    text = source.decode(_bytes(shown, path.absolute(), read_file), shown, subject)
    document, misread = source.read_document(text, shown, path.absolute().parent)
    problems = Problems()
    with suppress(TooManyProblems):
        for each in schemas.check_value(schema, document.value, subject):
            problems.append(document.problem(each.trail, each.message, hint=each.hint, at_key=each.at_key))
    if problems or misread:
        raise _together(misread, problems).error()
    return document.value


def read_text(shown: str, path: Path, subject: str = "") -> str:
    """The text of a file that is no larger than a pipeline may be; `shown` and `subject` are for complaints.

    Raises:
        PipelineFileError: it cannot be read.
    """
    from clipline.pipeline import source

    return source.decode(_bytes(shown, path, read_file), shown, subject)


def _bytes(shown: str, path: Path, read: Read) -> bytes:
    try:
        return read(path)
    except FileNotFoundError:
        raise PipelineFileError([Problem("there is no such file", Place(shown))]) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise PipelineFileError([Problem(f"the file cannot be read: {reason}", Place(shown))]) from None


@dataclass
class _Loading:
    """One load: the files that are open, outermost first, and those that were read already."""

    vocabulary: Vocabulary
    read: Read
    opened: list[Path] = field(default_factory=list)
    finished: dict[Path, Pipeline | PipelineFileError] = field(default_factory=dict)

    def file(self, shown: str, path: Path) -> Pipeline:
        from clipline.pipeline import source

        self.opened.append(path)
        try:
            text = source.decode(_bytes(shown, path, self.read), shown)
            document, problems = source.read_document(text, shown, path.parent)
            return self.document(document, problems, path)
        finally:
            self.opened.pop()

    def mapping(self, value: Mapping[str, Any], folder: Path) -> Pipeline:
        problems = Problems()
        try:
            plain = _plain(value, (), problems, [0])
        except TooManyProblems:
            raise problems.error() from None
        if problems:
            raise problems.error()
        text = json.dumps(plain, ensure_ascii=False, indent=2)
        return self.document(Document(MAPPING_NAME, folder, text, plain), [], None)

    def document(self, document: Document, misread: list[Problem], path: Path | None) -> Pipeline:
        """The pipeline of a document; `misread` is what YAML could not read as meant."""
        from clipline.pipeline.builder import build

        problems, pipeline = Problems(), None

        def open_nested(written: str) -> Pipeline:
            return self._nested(document, written)

        with suppress(TooManyProblems):
            pipeline = build(document, self.vocabulary, open_nested, problems, path=path)
        if pipeline is None or problems or misread:
            raise _together(misread, problems).error()
        return pipeline

    def _nested(self, document: Document, written: str) -> Pipeline:
        typed = os.path.expanduser(written)  # noqa: PTH111 - a `~user` that is nobody stays as it is
        path = Path(os.path.normpath(document.folder / typed))
        shown = written if document.name == MAPPING_NAME else os.path.normpath(Path(document.name).parent / written)
        if path in self.opened:
            chain = " → ".join(each.name for each in [*self.opened[self.opened.index(path) :], path])
            raise PipelineFileError([Problem(f"this file nests itself: {chain}", Place(shown))])
        if len(self.opened) >= MAX_NESTED:
            raise PipelineFileError([Problem(f"more than {MAX_NESTED} files nest in each other", Place(shown))])
        if path not in self.finished:
            try:
                self.finished[path] = self.file(shown, path)
            except PipelineFileError as error:
                self.finished[path] = error
        found = self.finished[path]
        if isinstance(found, PipelineFileError):
            raise found
        return found


def _together(misread: list[Problem], problems: Problems) -> Problems:
    """What YAML could not read as meant is said once, not again by what came of it."""
    lines = {(problem.place.file, problem.place.line) for problem in misread}
    together = Problems()
    together.dropped = problems.dropped
    with suppress(TooManyProblems):
        together += misread
        together += [
            each for each in problems if (each.place.file, each.place.line) not in lines or not each.place.line
        ]
    return together


# --- mappings of a program -------------------------------------------------------------------------------------------


def _plain(value: Any, trail: Trail, problems: Problems, count: list[int]) -> Any:
    """A program's value as JSON values, within the budgets of a file."""
    from clipline.pipeline.source import MAX_DEPTH, MAX_NODES

    count[0] += 1
    if len(trail) > MAX_DEPTH or count[0] > MAX_NODES:
        if not problems:
            limit = f"more than {MAX_DEPTH} deep" if len(trail) > MAX_DEPTH else f"of more than {MAX_NODES} values"
            problems.append(Problem(f"the mapping is {limit}", Place(MAPPING_NAME)))
        return None
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
        problems.append(Problem("this text holds half a character, which no text can", _place(trail)))
        return None
    if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and not math.isnan(value)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(each, (*trail, at), problems, count) for at, each in enumerate(value)]
    if isinstance(value, Mapping):
        foreign = [key for key in value if not isinstance(key, str)]
        problems += [Problem(f"a key is text, not {key!r}", _place(trail)) for key in foreign]
        return {str(key): _plain(each, (*trail, str(key)), problems, count) for key, each in value.items()}
    problems.append(Problem(f"a value of type {type(value).__name__} cannot stand in a pipeline", _place(trail)))
    return None


def _place(trail: Trail) -> Place:
    return Place(f"{MAPPING_NAME}:{trail_text(trail)}" if trail else MAPPING_NAME)

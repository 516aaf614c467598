"""From a template of options to what a stage gets: evaluated, checked against the plain schema, paths absolute."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipline.errors import PipelineFileError, Problem
from clipline.pipeline.document import Trail
from clipline.pipeline.filters import GlobFunction, find_files
from clipline.pipeline.options import Unknown, described
from clipline.pipeline.template import Template
from clipline.pipeline.vocabulary import Vocabulary

__all__ = ["evaluate_options", "settle"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def evaluate_options(
    options: Template,
    kind: str,
    names: Mapping[str, Any],
    vocabulary: Vocabulary,
    *,
    out: Path,
    glob: GlobFunction = find_files,
) -> dict[str, Any]:
    """The options as a stage gets them: evaluated, checked against the plain schema, paths absolute.

    Args:
        options: those of a node, or of a planned stage.
        kind: the stage's kind.
        names: all that the expressions use; values of `secrets` are `Secret`, and stay so.
        vocabulary: the one that the pipeline was checked against.
        out: the output folder.
        glob: finds the files of an absolute pattern.

    Raises:
        PipelineFileError: with everything that is wrong.
    """
    return dict(settle(options, kind, names, None, vocabulary, out=out, glob=glob).evaluate({}))


def settle(
    options: Template,
    kind: str,
    names: Mapping[str, Any],
    known: set[Trail] | None,
    vocabulary: Vocabulary,
    *,
    out: Path,
    glob: GlobFunction = find_files,
) -> Template:
    """The options with all that is `known` (None: everything) evaluated, checked and made absolute; raises as above."""
    from clipline.pipeline import schema  # here, since jsonschema takes long to import

    bound = options.bind(names, known=known, glob=glob)
    value = bound.skeleton(Unknown)
    problems = [
        bound.problem(complaint.trail, complaint.message, hint=complaint.hint, at_key=complaint.at_key)
        for complaint in schema.check_options(kind, value, vocabulary)
    ]
    if problems:
        raise PipelineFileError(problems)
    for each in list(described(vocabulary.kinds[kind], value, vocabulary)):
        text = _value_at(value, each.trail)
        form = each.schema.get("format")
        if isinstance(text, str) and form in {"path", "output"} and not _URL.match(text):
            written = bound.at(each.trail)
            path = _absolute(text, written.document.folder) if form == "path" else _inside(text, out, written, problems)
            bound = bound.with_known(each.trail, path)
    if problems:
        raise PipelineFileError(problems)
    return bound


def _value_at(value: Any, trail: Trail) -> Any:
    for step in trail:
        value = value[step]
    return value


def _absolute(text: str, folder: Path) -> str:
    typed = os.path.expanduser(text)  # noqa: PTH111 - a `~user` that is nobody stays as it is
    return os.path.normpath(folder / typed)


def _inside(text: str, out: Path, written: Template, problems: list[Problem]) -> str:
    path = Path(os.path.normpath(out / text))
    if path == out or not path.is_relative_to(out):
        problems.append(written.problem((), f'"{text}" is outside the output folder {out}'))
    return str(path)

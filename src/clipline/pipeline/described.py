"""Reading YAML files that are no pipelines: the ones that a plugin has, by a schema of the plugin's own.

The same reader, the same budgets and the same words as for pipeline files: values as YAML 1.2 has them, every complaint
with its place and the nearest right word, all of them at once.
"""

from __future__ import annotations

import os
from pathlib import Path

from clipline.errors import Problem
from clipline.pipeline import source
from clipline.pipeline.document import Document, nearest
from clipline.pipeline.loader import read_text
from clipline.pipeline.problems import Problems, TooManyProblems
from clipline.pipeline.schema import check_value
from clipline.values import JsonObject

__all__ = ["Document", "nearest", "read_described"]


def read_described(file: str | os.PathLike[str], schema: JsonObject, subject: str) -> tuple[Document, list[Problem]]:
    """Read a YAML file and check it by a JSON Schema (2020-12).

    `Document.value` is what the file says, as `json.loads` would give it; `Document.problem(trail, message)` makes a
    complaint about a place in it, `("jobs", 2, "name")` being the way to a value; `nearest(word, known)` is the end of
    one about an unknown word.

    Args:
        file: its path.
        schema: what may stand in it; `format: duration|size|color|count` are checked.
        subject: what complaints call the whole, like `the description`.

    Returns:
        The document, and all that is wrong with it; a file without complaints fits the schema.

    Raises:
        PipelineFileError: it cannot be read at all.
        PluginError: the schema is no schema.
    """
    shown = os.fspath(file)
    path = Path(shown).absolute()
    document, misread = source.read_document(read_text(shown, path, subject), shown, path.parent)
    problems = Problems()
    try:
        problems.extend(misread)
        for each in check_value(schema, document.value, subject):
            problems.append(document.problem(each.trail, each.message, hint=each.hint, at_key=each.at_key))
    except TooManyProblems:
        raise problems.error() from None
    return document, problems

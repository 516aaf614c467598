"""Document to pipeline: the whole file read and checked, with every complaint about it at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from clipline.pipeline.declarations import read_budget, read_defaults, read_env, read_inputs, read_secrets
from clipline.pipeline.document import Document
from clipline.pipeline.filters import type_name
from clipline.pipeline.model import Node, Pipeline, Source
from clipline.pipeline.nodes import NodeReader, OpenNested
from clipline.pipeline.problems import Problems
from clipline.pipeline.scope import Scope
from clipline.pipeline.sections import Section, name_complaint
from clipline.pipeline.template import Template
from clipline.pipeline.vocabulary import Vocabulary

__all__ = ["FILE_KEYS", "FILE_VERSION", "build"]

FILE_VERSION = 1

#: The keys of a file, in the order in which they are best written.
FILE_KEYS = (
    "clipline",
    "name",
    "description",
    "backend",
    "inputs",
    "env",
    "secrets",
    "budget",
    "defaults",
    "stages",
    "outputs",
    "on_failure",
    "finally",
)


def build(
    document: Document, vocabulary: Vocabulary, open_nested: OpenNested, problems: Problems, *, path: Path | None
) -> Pipeline | None:
    """The pipeline of a document; None where nothing can be made of it. Complaints are added to `problems`.

    Args:
        document: the file as it was read.
        vocabulary: what it may name.
        open_nested: reads another file that this one names.
        problems: where complaints go.
        path: the file's absolute path, None where it has none.
    """
    value = document.value
    if not isinstance(value, Mapping):
        message = f'a pipeline file is a mapping with "clipline: {FILE_VERSION}" and "stages:", not {type_name(value)}'
        problems.append(document.problem((), message))
        return None
    file = Section(document, (), value, "the file", problems)
    _check_version(file)
    reader = NodeReader(document, vocabulary, read_defaults(file, vocabulary), open_nested, problems)
    inputs, env, secrets = read_inputs(file), read_env(file), read_secrets(file)
    scope = Scope(inputs=inputs, env=env, secrets=secrets)
    file.need("stages")
    stages, after = _nodes(reader, file, "stages", scope)
    ending = replace(after, ending=True)
    pipeline = Pipeline(
        name=_name(file),
        description=file.text("description"),
        backend=file.text("backend") or None,
        inputs=inputs,
        env=env,
        secrets=secrets,
        budget=read_budget(file),
        defaults=file.mapping("defaults"),
        stages=stages,
        on_failure=_nodes(reader, file, "on_failure", ending)[0],
        finally_=_nodes(reader, file, "finally", ending, last=True)[0],
        outputs=_outputs(reader, file, after),
        source=Source(document.name, path, document.text, document.folder),
        vocabulary=vocabulary,
    )
    file.finish(FILE_KEYS)
    return pipeline


def _check_version(file: Section) -> None:
    if not file.has("clipline"):
        message = f'the file needs "clipline: {FILE_VERSION}", the version of its form'
        file.problems.append(file.document.problem((), message))
    elif (version := file.raw("clipline")) != FILE_VERSION or isinstance(version, bool):
        advice = (
            "; a newer clipline may read it" if isinstance(version, (int, float)) and version > FILE_VERSION else ""
        )
        file.complain("clipline", f'"clipline" must be {FILE_VERSION}, the version of the file\'s form{advice}')


def _name(file: Section) -> str:
    stem = re.sub(r"[^\w.-]+", "-", Path(file.document.name).stem).strip("-") or "pipeline"
    name = file.text("name", stem)
    if not re.fullmatch(r"[^\W_][\w. -]{0,99}", name):
        file.complain("name", '"name" must be letters, digits, "-", "_", "." and spaces, at most 100')
    return name


def _nodes(
    reader: NodeReader, file: Section, key: str, scope: Scope, *, last: bool = False
) -> tuple[tuple[Node, ...], Scope]:
    raw = file.raw(key)
    return reader.read_list((key,), raw, scope, last=last) if file.has(key) else ((), scope)


def _outputs(reader: NodeReader, file: Section, scope: Scope) -> Template:
    given = file.mapping("outputs")
    for name in given:
        if complaint := name_complaint(name):
            file.problems.append(
                file.document.problem(("outputs", name), f"the name of an output {complaint}", at_key=True)
            )
    return reader.template(("outputs",), given, scope)

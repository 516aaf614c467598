"""The published JSON Schema of pipeline files, for editors: all kinds' options folded in, expressions allowed.

It follows from the plain schemas: at each leaf, array and object of what may be evaluated, a text with `${{` in it is
allowed too. It is an editor's help; `builder` and `schema` judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from clipline.pipeline.declarations import COLUMN_TYPES
from clipline.pipeline.model import InputType
from clipline.pipeline.options import named_list
from clipline.pipeline.sections import NAME_FORM
from clipline.pipeline.vocabulary import StepInfo, Vocabulary
from clipline.values import JsonObject

__all__ = ["file_schema", "with_expressions"]

EXPRESSION: JsonObject = {"type": "string", "pattern": r"\$\{\{"}

_NAME: JsonObject = {"type": "string", "pattern": f"^{NAME_FORM}$", "maxLength": 64}
_DURATION: JsonObject = {"type": ["string", "number"], "description": "seconds, or like 30s, 2m, 1h30m, 1:30"}
_TEXT: JsonObject = {"type": "string"}
_FLAG: JsonObject = {"type": "boolean"}


def _object(properties: Mapping[str, Any], *, required: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **needed, **more}


def file_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of pipeline files that may use this vocabulary."""
    nodes = {"$ref": "#/$defs/nodes"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "clipline pipeline",
        **_object(
            {
                "clipline": {"const": 1, "description": "The version of the file's form."},
                "name": {**_TEXT, "description": "By default the file's name without its ending."},
                "description": _TEXT,
                "backend": {**_TEXT, "description": "Who does the work; --backend overrides it."},
                "inputs": {"type": "object", "additionalProperties": _input(get_args(InputType))},
                "env": {
                    "description": "Environment variables that expressions may read: names, or names with defaults.",
                    "anyOf": [
                        {"type": "array", "items": _TEXT},
                        {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
                    ],
                },
                "secrets": {
                    "type": "object",
                    "additionalProperties": {"type": "string", "pattern": "^(env|file):"},
                    "description": "References to secrets: env:NAME or file:PATH.",
                },
                "budget": _object({"credits": {"type": "number", "minimum": 0}}, required=["credits"]),
                "defaults": _defaults(vocabulary),
                "stages": nodes,
                "outputs": {"type": "object", "description": "What the pipeline gives to who runs or nests it."},
                "on_failure": nodes,
                "finally": nodes,
            },
            required=["clipline", "stages"],
        ),
        "$defs": {
            "nodes": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/node"}},
            "node": _node(vocabulary),
            "retry": _retry(),
            **{f"with_{name}": _with(name, vocabulary) for name in vocabulary.kinds},
        },
    }
    named: dict[str, Any] = {}
    plain = _with_references(schema, named)
    return {**plain, "$defs": {**plain["$defs"], **named}}


def _with_references(schema: Any, named: dict[str, Any]) -> Any:
    """A schema with each part whose `title` is one word in `named`, once, and references in its places."""
    if isinstance(schema, list):
        return [_with_references(each, named) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = {key: _with_references(value, named) for key, value in schema.items()}
    title = schema.get("title")
    if not isinstance(title, str) or not title.isidentifier():
        return inner
    name = f"shared_{title}"
    return {"$ref": f"#/$defs/{name}"} if named.setdefault(name, inner) == inner else inner


def _input(types: Iterable[str]) -> dict[str, Any]:
    names = list(types)
    properties = {
        "type": {"enum": names},
        "required": _FLAG,
        "default": True,
        "description": _TEXT,
        "values": {"type": "array", "items": _TEXT, "minItems": 1, "description": "Those of an enum."},
        "minimum": _DURATION,
        "maximum": _DURATION,
    }
    if "table" in names:
        properties["columns"] = {"type": "object", "additionalProperties": _input(COLUMN_TYPES)}
    return {"anyOf": [{"enum": names}, _object(properties, required=["type"])]}


def _retry() -> dict[str, Any]:
    return _object(
        {
            "attempts": {"type": "integer", "minimum": 1, "maximum": 100, "description": "The first one included."},
            "delay": _DURATION,
            "factor": {"type": "number", "minimum": 1, "maximum": 100},
            "max_delay": _DURATION,
        }
    )


def _defaults(vocabulary: Vocabulary) -> dict[str, Any]:
    return _object(
        {
            "retry": {"$ref": "#/$defs/retry"},
            "timeout": _DURATION,
            "continue_on_error": _FLAG,
            # What a stage needs may stand at the stage.
            "with": _object({name: {"type": "object"} for name in vocabulary.kinds}),
        }
    )


def _node(vocabulary: Vocabulary) -> dict[str, Any]:
    kinds = list(vocabulary.kinds)
    common = {
        "id": _NAME,
        "if": {"type": ["string", "boolean"], "description": "A bare expression."},
        "timeout": _DURATION,
        "continue_on_error": _FLAG,
        "on_cancel": {**_FLAG, "description": "Only in finally: run it after a cancel too, in what is left of 2 s."},
    }
    nodes = {"$ref": "#/$defs/nodes"}
    items = {"anyOf": [{"type": "array"}, EXPRESSION]}
    parallel = {"type": "integer", "minimum": 1, "maximum": 64}
    stages = [
        {
            "if": {"properties": {"stage": {"const": name}}, "required": ["stage"]},
            "then": {"properties": {"with": {"$ref": f"#/$defs/with_{name}"}}},
        }
        for name in kinds
    ]
    stage = _object(
        {"stage": {"enum": kinds}, "with": True, "retry": {"$ref": "#/$defs/retry"}, **common}, required=["stage"]
    )
    return {
        "anyOf": [
            {"enum": kinds},
            {**stage, "allOf": stages},
            _object(
                {"for_each": items, "as": _NAME, "max_parallel": parallel, "stages": nodes, **common},
                required=["for_each", "stages"],
            ),
            _object({"parallel": nodes, **common}, required=["parallel"]),
            _object({"pipeline": _TEXT, "with": {"type": "object"}, **common}, required=["pipeline"]),
            _object({"stages": nodes, **common}, required=["stages"]),
        ]
    }


def _with(kind: str, vocabulary: Vocabulary) -> dict[str, Any]:
    schema = dict(vocabulary.schemas[kind])
    # `defaults:` may give what the kind requires.
    schema.pop("required", None)
    found: dict[str, Any] = with_expressions(schema, vocabulary)
    return found


#: Keywords whose values are schemas by name, schemas, and lists of schemas.
_BY_NAME = ("properties", "patternProperties", "$defs", "dependentSchemas")
_ONE = ("items", "additionalProperties", "unevaluatedProperties", "contains", "if", "then", "else", "not")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")


def with_expressions(schema: Any, vocabulary: Vocabulary) -> Any:
    """A plain schema, changed so that an expression may stand wherever a value is evaluated."""
    if not isinstance(schema, Mapping):
        return schema
    inner: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _BY_NAME:
            inner[key] = {name: with_expressions(each, vocabulary) for name, each in value.items()}
        elif key in _ONE:
            inner[key] = with_expressions(value, vocabulary)
        elif key in _LISTS:
            inner[key] = [with_expressions(each, vocabulary) for each in value]
        elif key != "x-clipline-holds":  # that is about another file
            inner[key] = value
    meant = named_list(schema)
    if meant is not None:
        inner["items"] = _steps(vocabulary, *meant)
    described = {key: inner.pop(key) for key in ("description", "default", "title") if key in inner}
    return {**described, "anyOf": [EXPRESSION, inner]}


def _steps(vocabulary: Vocabulary, part: str, word: str) -> dict[str, Any]:
    known: Mapping[str, StepInfo] = vocabulary.steps(part)
    also = {"continue_on_error": _FLAG} if part == "post_export" else {}
    forms = [_object({name: _step(info, vocabulary), **also}, required=[name]) for name, info in known.items()]
    return {
        "description": f"A {word}: its name, or its name with options.",
        "anyOf": [EXPRESSION, {"enum": list(known)}, *forms],
    }


def _step(info: StepInfo, vocabulary: Vocabulary) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, with_expressions(info.options, vocabulary)]}

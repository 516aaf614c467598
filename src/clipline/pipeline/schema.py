"""The one door to jsonschema: checks options against their schemas, and says in words what is wrong.

A stage's schema is chosen by its kind and a step's by its name, so that a complaint is about what was meant and not
about some other branch. Values that only the run will know are `Unknown`; every schema holds for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import jsonschema
import referencing
from jsonschema.exceptions import SchemaError
from jsonschema.validators import extend

from clipline.errors import PluginError
from clipline.pipeline.document import Trail, nearest
from clipline.pipeline.options import FORMATS, Unknown, described, named_list, step_of
from clipline.pipeline.problems import MAX_PROBLEMS
from clipline.pipeline.schema_words import Complaint, about, in_words
from clipline.pipeline.vocabulary import Vocabulary
from clipline.values import JsonObject, Secret

__all__ = ["Complaint", "check_options", "check_value", "schema_complaint"]

_Check = Callable[[Any, Any, Any, Any], Iterator[jsonschema.ValidationError] | None]

#: Keywords that judge a value as a whole, so that one unknown value inside leaves them open.
_WHOLE = frozenset({"oneOf", "not", "if", "contains", "uniqueItems", "enum", "const"})


def _holds_unknown(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(_holds_unknown(each) for each in value)
    return isinstance(value, (Unknown, Secret))


def _patient(keyword: str, check: _Check) -> _Check:
    """The check of a keyword that lets unknown values pass."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[jsonschema.ValidationError]:
        if isinstance(instance, (Unknown, Secret)) or (keyword in _WHOLE and _holds_unknown(instance)):
            return
        yield from check(validator, value, instance, schema) or ()

    return checked


def _formats() -> jsonschema.FormatChecker:
    checker = jsonschema.FormatChecker(formats=())
    for name, parse in FORMATS.items():
        checker.checks(name, raises=ValueError)(lambda value, parse=parse: parse(value) is not None)
    return checker


_BASE = jsonschema.Draft202012Validator
_Validator: Any = extend(  # type: ignore[no-untyped-call]
    _BASE, {name: _patient(name, check) for name, check in _BASE.VALIDATORS.items()}
)
_FORMATS = _formats()
#: Nothing is ever fetched: a reference leads inside its own schema or nowhere.
_REGISTRY: referencing.Registry[Any] = referencing.Registry()


def check_options(kind: str, value: object, vocabulary: Vocabulary) -> list[Complaint]:
    """What is wrong with a stage's options, by the plain schema of its kind.

    Args:
        kind: a kind of the vocabulary.
        value: the options; `Unknown` in them stands for what is not evaluated yet.
        vocabulary: what the options may name.
    """
    found = islice(_complaints(kind, value, vocabulary), MAX_PROBLEMS + 1)
    return [replace(each, hint=each.hint or vocabulary.left_out) if each.unknown else each for each in found]


def check_value(schema: JsonObject, value: object, subject: str) -> list[Complaint]:
    """What is wrong with a value, by a schema; `subject` is what complaints call it. Raises as `check_options` does."""
    return list(_check(schema, value, (), subject))


def _complaints(kind: str, value: object, vocabulary: Vocabulary) -> Iterator[Complaint]:
    yield from _check(vocabulary.schemas[kind], value, (), f'stage "{kind}"')
    seen = set()
    for each in described(vocabulary.kinds[kind], value, vocabulary):
        meant = named_list(each.schema)
        if meant is not None and each.trail not in seen:
            seen.add(each.trail)
            yield from _check_steps(vocabulary, meant, each.trail, _value_at(value, each.trail))


def _value_at(value: Any, trail: Trail) -> Any:
    for step in trail:
        value = value[step]
    return value


def _check(schema: JsonObject, value: object, trail: Trail, subject: str) -> Iterator[Complaint]:
    try:
        validator = _Validator(schema, format_checker=_FORMATS, registry=_REGISTRY)
        errors = list(islice(validator.iter_errors(value), MAX_PROBLEMS + 1))
    except Exception as error:  # a wrong schema makes jsonschema raise whatever comes
        reason = schema_complaint(schema) or str(error)
        raise PluginError(f"the plugin that brings {subject} has a wrong schema for it: {reason}") from error
    for found in errors:
        yield from in_words(found, trail, subject)


def _check_steps(vocabulary: Vocabulary, meant: tuple[str, str], trail: Trail, items: object) -> Iterator[Complaint]:
    """The items of a list of steps, each by the schema of what it names."""
    part, word = meant
    known = vocabulary.steps(part)
    for at, item in enumerate(items if isinstance(items, list) else ()):
        here = (*trail, at)
        step = step_of(item)
        if isinstance(item, Unknown):
            continue
        if step is None:
            yield Complaint(here, f"{about(here)} must be the name of a {word}, or one name with its options")
            continue
        name, given = step
        at_key = isinstance(item, Mapping)
        if name not in known:
            place = (*here, name) if at_key else here
            message = f'unknown {word} "{name}"{nearest(name, known)}'
            yield Complaint(place, message, vocabulary.hint(word, name), at_key=at_key, unknown=True)
            continue
        inner = (*here, name) if at_key else here
        yield from _check(known[name].options, given, inner, f'{word} "{name}"')
        if at_key and "continue_on_error" in item:
            yield from _check_flag(part, item["continue_on_error"], (*here, "continue_on_error"))


def _check_flag(part: str, value: object, trail: Trail) -> Iterator[Complaint]:
    if part != "post_export":
        yield Complaint(trail, '"continue_on_error" stands only at post-export steps', at_key=True)
    elif not isinstance(value, (bool, Unknown)):
        yield Complaint(trail, '"continue_on_error" must be true or false')


def schema_complaint(schema: object) -> str:
    """What is wrong with a schema that a plugin brings; empty where nothing is."""
    try:
        _BASE.check_schema(schema)  # type: ignore[arg-type]  # that it may be anything is the question
    except SchemaError as error:
        return f"{'.'.join(map(str, error.absolute_path)) or 'the schema'}: {error.message}"
    return _foreign_reference(schema)


def _foreign_reference(schema: object) -> str:
    if isinstance(schema, Mapping):
        reference = schema.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            return f'"$ref": "{reference}" leads out of the schema'
        return next((found for each in schema.values() if (found := _foreign_reference(each))), "")
    if isinstance(schema, (list, tuple)):
        return next((found for each in schema if (found := _foreign_reference(each))), "")
    return ""

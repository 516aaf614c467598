"""What a broken JSON Schema keyword means, in plain words, and where to point.

Pure functions over jsonschema's errors; each keyword has its own in `_WORDS`. An `anyOf` is told by the branch that
was most likely meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from clipline.errors import redact
from clipline.pipeline.document import Trail, nearest, trail_text, words
from clipline.pipeline.filters import type_name

__all__ = ["Complaint", "about", "in_words"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with the value at `trail` (counted from the options), or with its key.

    `unknown` where it is a name that nobody brought.
    """

    trail: Trail
    message: str
    hint: str = ""
    at_key: bool = False
    unknown: bool = False


_TYPES: Mapping[str, str] = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}

_FORMAT_WORDS: Mapping[str, str] = {
    "path": "a path",
    "output": "a path",
    "duration": "a duration like 30s",
    "size": "a size like 1920x1080",
    "color": "a colour",
    "count": 'a count like ">=1"',
}

#: What YAML 1.1 read as true and false.
_OLD_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def about(trail: Trail) -> str:
    """A value as a complaint calls it: `"timeline.tracks.video"`."""
    return f'"{trail_text(trail)}"'


def in_words(error: Any, base: Trail, subject: str) -> Iterator[Complaint]:
    """The complaints that one error of jsonschema means.

    Args:
        error: a `jsonschema.ValidationError`.
        base: the way to the value that was validated.
        subject: what a person calls that value, like `stage "export"`.
    """
    own = tuple(error.absolute_path)
    trail = (*base, *own)
    name = about(own) if own else subject
    if "propertyNames" in error.absolute_schema_path:  # about a key, which stands as the instance
        trail, name = (*trail, error.instance), f'the key "{error.instance}" of {name}'
    tell = _WORDS.get(str(error.validator), _unworded)
    yield from tell(_Case(error, trail, name, base, subject))


@dataclass(frozen=True, slots=True)
class _Case:
    error: Any
    trail: Trail
    name: str
    base: Trail
    subject: str

    @property
    def instance(self) -> Any:
        return self.error.instance

    @property
    def wanted(self) -> Any:
        return self.error.validator_value

    def says(self, message: str, *, hint: str = "", at_key: bool = False) -> Complaint:
        return Complaint(self.trail, f"{self.name} {message}", hint, at_key)

    @property
    def option(self) -> str:
        """What the keys of this value are called."""
        return "option" if self.trail == self.base else "key"


def shown(value: object) -> str:
    """A value in a complaint: short texts and numbers as they are, all else by its type."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return f"{value:g}" if isinstance(value, float) else str(value) if isinstance(value, int) else type_name(value)


# --- one function for each keyword -----------------------------------------------------------------------------------


def _type(case: _Case) -> Iterator[Complaint]:
    wanted = [case.wanted] if isinstance(case.wanted, str) else list(case.wanted)
    kinds = _kinds(case.error.schema)
    yield case.says(f"must be {words(kinds, 'or')}, not {shown(case.instance)}", hint=_type_hint(wanted, case.instance))


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """The sorts of values that a schema takes, in words."""
    if "const" in schema:
        return [shown(schema["const"])]
    if "enum" in schema:
        return [shown(value) for value in schema["enum"]]
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    form = schema.get("x-clipline-form") or _FORMAT_WORDS.get(str(schema.get("format")))
    return [form] if form else [_TYPES.get(name, name) for name in names]


def _type_hint(wanted: Sequence[str], value: object) -> str:
    if "boolean" in wanted and isinstance(value, str) and value.lower() in _OLD_BOOLEANS:
        return f"write {_OLD_BOOLEANS[value.lower()]}"
    if "string" in wanted and isinstance(value, (int, float)):
        return f'quote it: "{shown(value)}"'
    if "array" in wanted and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return f"a list of one is written [{value if not isinstance(value, str) else shown(value)}]"
    if {"integer", "number"} & set(wanted) and isinstance(value, str) and value.strip("+-").isdigit():
        return "take the quotes away"
    return ""


def _additional(case: _Case) -> Iterator[Complaint]:
    known = case.error.schema.get("properties", {})
    for key in case.instance:
        if key not in known:
            near = nearest(str(key), known)
            message = f'unknown {case.option} "{key}" in {case.name}{near or _none_known(known)}'
            yield Complaint((*case.trail, key), message, at_key=True, unknown=case.trail == case.base)


def _none_known(known: Mapping[str, Any]) -> str:
    return "" if known else ", which takes none"


def _required(case: _Case) -> Iterator[Complaint]:
    # jsonschema gives one error for each missing name, and says which one only in its message.
    missing = next(name for name in case.wanted if case.error.message.startswith(f"{name!r} is a required"))
    yield case.says(f'needs the {case.option} "{missing}"', at_key=True)


#: More choices than a person reads, and how many of them are named then.
_READ, _NAMED = 20, 5


def _enum(case: _Case) -> Iterator[Complaint]:
    options = [str(value) for value in case.wanted if value is not None]
    near = nearest(case.instance, options, listed=False) if isinstance(case.instance, str) else ""
    named = options if len(options) <= _READ else [*options[:_NAMED], f"one of {len(options) - _NAMED} others"]
    yield case.says(f"must be {words(named, 'or')}, not {shown(case.instance)}{near}")


def _format(case: _Case) -> Iterator[Complaint]:
    cause = case.error.cause
    yield Complaint(case.trail, f"{case.name}: {cause}" if cause else f"{case.name} has not the form of {case.wanted}")


def _any_of(case: _Case) -> Iterator[Complaint]:
    branches: dict[int, list[Any]] = {}
    for error in case.error.context:
        branches.setdefault(int(error.relative_schema_path[0]), []).append(error)
    if not branches:  # a `oneOf` of which several hold
        yield case.says("fits several of the forms that it may have; only one may fit")
        return
    schemas = {at: case.wanted[at] for at in branches}
    if all(error.validator == "required" for errors in branches.values() for error in errors):
        missing = dict.fromkeys(name for at in branches for name in schemas[at].get("required", ()))
        yield case.says(f"needs {_names(missing)}", at_key=True)
        return
    if isinstance(case.instance, Mapping) and not any(_overlap(schemas[at], case.instance) for at in branches):
        yield from _unknown_form(case, schemas.values())
        return
    fitting = {at: errors for at, errors in branches.items() if not _is_other_sort(case, errors)}
    if not fitting:
        kinds = dict.fromkeys(kind for at in branches for kind in _kinds(schemas[at]))
        yield case.says(f"must be {words(kinds, 'or')}, not {shown(case.instance)}")
        return
    best = min(fitting, key=lambda at: (-_overlap(schemas[at], case.instance), len(fitting[at])))
    for error in fitting[best]:
        yield from in_words(error, case.base, case.subject)


def _names(names: Iterable[str]) -> str:
    return words((f'"{name}"' for name in names), "or")


def _overlap(schema: Any, instance: object) -> int:
    """How many keys of a mapping a branch knows; those that it requires, which tell forms apart, weigh more."""
    if not isinstance(schema, Mapping) or not isinstance(instance, Mapping):
        return 0
    return sum(key in schema.get("properties", {}) for key in instance) + 100 * sum(
        key in schema.get("required", ()) for key in instance
    )


def _is_other_sort(case: _Case, errors: Sequence[Any]) -> bool:
    """Whether a branch is for values of another sort: another type, or fixed words of which none is near."""
    for error in errors:
        if tuple(error.absolute_path) != tuple(case.error.absolute_path):
            continue
        if error.validator == "type":
            return True
        if error.validator in {"enum", "const"}:
            choices = error.validator_value if error.validator == "enum" else [error.validator_value]
            if not get_close_matches(str(case.instance), map(str, choices), n=1, cutoff=0.6):
                return True
    return False


def _unknown_form(case: _Case, schemas: Iterable[Any]) -> Iterator[Complaint]:
    """A mapping of which no form knows any key."""
    mappings = [schema for schema in schemas if isinstance(schema, Mapping) and schema.get("properties")]
    telling = dict.fromkeys(name for schema in mappings for name in schema.get("required") or schema["properties"])
    if not case.instance or not telling:
        kinds = dict.fromkeys(kind for schema in schemas if isinstance(schema, Mapping) for kind in _kinds(schema))
        yield case.says(f"needs {_names(telling)}" if telling else f"must be {words(kinds, 'or')}")
        return
    for key in case.instance:
        yield Complaint(
            (*case.trail, key), f'unknown key "{key}" in {case.name}{nearest(str(key), telling)}', at_key=True
        )


def _bound(words_of_it: str) -> Callable[[_Case], Iterator[Complaint]]:
    def tell(case: _Case) -> Iterator[Complaint]:
        yield case.says(f"must be {words_of_it} {shown(case.wanted)}, not {shown(case.instance)}")

    return tell


def _size(least: bool, unit: str) -> Callable[[_Case], Iterator[Complaint]]:
    def tell(case: _Case) -> Iterator[Complaint]:
        if least and case.wanted == 1:
            yield case.says("must not be empty")
            return
        plural = unit if case.wanted != 1 else unit.removesuffix("s")
        yield case.says(f"must have at {'least' if least else 'most'} {case.wanted} {plural}, not {len(case.instance)}")

    return tell


def _min_properties(case: _Case) -> Iterator[Complaint]:
    known = case.error.schema.get("properties", {})
    if case.wanted == 1 and known:
        yield case.says(f"needs one of {words(known, 'or')}", at_key=True)
        return
    yield from _size(least=True, unit="entries")(case)


def _pattern(case: _Case) -> Iterator[Complaint]:
    words = case.error.schema.get("x-clipline-form")  # a pattern is for machines
    wanted = f"be {words}" if words else f"have the form {case.wanted}"
    yield case.says(f"must {wanted}, not {redact(shown(case.instance))}")


def _const(case: _Case) -> Iterator[Complaint]:
    yield case.says(f"must be {shown(case.wanted)}, not {shown(case.instance)}")


def _unique(case: _Case) -> Iterator[Complaint]:
    yield case.says("must not hold the same thing twice")


def _dependent(case: _Case) -> Iterator[Complaint]:
    for key, needed in case.wanted.items():
        for name in needed:
            if key in case.instance and name not in case.instance:
                yield case.says(f'needs the {case.option} "{name}" where "{key}" is given', at_key=True)


def _not(case: _Case) -> Iterator[Complaint]:
    together = case.wanted.get("required") if isinstance(case.wanted, Mapping) else None
    if together and len(together) > 1:
        yield case.says(f"takes only one of {words(together)}", at_key=True)
        return
    yield from _unworded(case)


def _false(case: _Case) -> Iterator[Complaint]:
    yield case.says(f"holds something that must not stand there: {shown(case.instance)}", at_key=True)


def _unworded(case: _Case) -> Iterator[Complaint]:
    message = str(case.error.message)
    yield case.says(f"does not hold: {message if len(message) <= 200 else message[:197] + '…'}")


_WORDS: Mapping[str, Callable[[_Case], Iterator[Complaint]]] = {
    "type": _type,
    "additionalProperties": _additional,
    "unevaluatedProperties": _additional,
    "required": _required,
    "enum": _enum,
    "const": _const,
    "format": _format,
    "anyOf": _any_of,
    "oneOf": _any_of,
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "multipleOf": _bound("a multiple of"),
    "minLength": _size(least=True, unit="characters"),
    "maxLength": _size(least=False, unit="characters"),
    "minItems": _size(least=True, unit="items"),
    "maxItems": _size(least=False, unit="items"),
    "minProperties": _min_properties,
    "maxProperties": _size(least=False, unit="entries"),
    "uniqueItems": _unique,
    "pattern": _pattern,
    "dependentRequired": _dependent,
    "not": _not,
    "None": _false,
}

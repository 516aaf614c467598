"""What a file declares before its stages: inputs, environment, secrets, budget, defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from clipline.errors import Problem
from clipline.pipeline.document import nearest
from clipline.pipeline.inputs import Unreadable, parse_value
from clipline.pipeline.model import InputSpec, InputType, Retry
from clipline.pipeline.sections import Section, name_complaint
from clipline.pipeline.vocabulary import Vocabulary
from clipline.values import parse_duration

__all__ = ["Defaults", "read_budget", "read_defaults", "read_env", "read_inputs", "read_retry", "read_secrets"]

INPUT_TYPES: tuple[InputType, ...] = get_args(InputType)
#: A column holds one value.
COLUMN_TYPES = tuple(each for each in INPUT_TYPES if each not in {"files", "table"})

#: What people call the types.
_MEANT_TYPES: Mapping[str, str] = {
    "text": "string",
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "time": "duration",
    "path": "file",
    "video": "file",
    "clip": "file",
    "list": "files",
    "folder": "directory",
    "choice": "enum",
    "csv": "table",
}

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stages have where they say nothing; `options` by kind are still as written."""

    retry: Retry | None = None
    timeout: float | None = None
    continue_on_error: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_inputs(file: Section) -> dict[str, InputSpec]:
    """The inputs that a file declares."""
    section = file.section("inputs", '"inputs"')
    return _specs(section, INPUT_TYPES, "input")


def _specs(section: Section, types: tuple[InputType, ...], what: str) -> dict[str, InputSpec]:
    specs = {}
    for name in section.value:
        if complaint := name_complaint(name):
            section.complain(name, f"the name of {_an(what)} {complaint}", at_key=True)
            continue
        specs[name] = _spec(section, name, types, what)
    return specs


def _an(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def _spec(parent: Section, name: str, types: tuple[InputType, ...], what: str) -> InputSpec:
    place = parent.document.place((*parent.trail, name), at_key=True)
    raw = parent.value[name]
    if isinstance(raw, str):  # `clip: file` is short for `clip: {type: file}`
        kind = parent.one_of(name, types, meant=_MEANT_TYPES)
        spec = InputSpec(name, "string" if kind is None else kind, place=place)  # type: ignore[arg-type] # one of types
        _need_more(parent, spec, {})
        return spec
    section = parent.section(name, f'{what} "{name}"')
    if not section.value:
        if isinstance(raw, Mapping):
            parent.complain(name, f'{what} "{name}" needs "type"', at_key=True)
        return InputSpec(name, "string", place=place)
    section.need("type")
    chosen = section.one_of("type", types, meant=_MEANT_TYPES)
    kind = "string" if chosen is None else chosen
    ordered = kind in {"integer", "number", "duration"}
    spec = InputSpec(
        name,
        kind,  # type: ignore[arg-type]  # one of types
        required=section.flag("required"),
        description=section.text("description"),
        values=_enum_values(section) if kind == "enum" else (),
        columns=_columns(section) if kind == "table" else {},
        minimum=_bound(section, "minimum", kind) if ordered else None,
        maximum=_bound(section, "maximum", kind) if ordered else None,
        place=place,
    )
    default = section.raw("default")
    section.finish(_KEYS)
    if chosen is None:
        return spec
    _need_more(section, spec, section.value)
    if kind == "enum" and not spec.values:
        return spec
    return _with_default(section, spec, default)


_KEYS = ("type", "required", "default", "description", "values", "columns", "minimum", "maximum")


def _need_more(section: Section, spec: InputSpec, given: Mapping[str, Any]) -> None:
    needed = {"enum": "values", "table": "columns"}.get(spec.type)
    if needed and needed not in given:
        trail = section.trail if given else (*section.trail, spec.name)
        message = f'input "{spec.name}" is of type {spec.type} and needs "{needed}"'
        section.problems.append(section.document.problem(trail, message, at_key=True))


def _with_default(section: Section, spec: InputSpec, default: Any) -> InputSpec:
    if default is None:
        return spec
    if spec.required:
        section.complain("default", "what is required has no default; take one of the two out", at_key=True)
    if isinstance(default, str) and "${{" in default:
        section.complain("default", "a default is a plain value; no expression is read here")
        return spec
    try:
        parse_value(spec, default, section.document.folder, must_exist=False)
    except Unreadable as error:
        for message in error.messages:
            section.complain("default", f'the default of "{spec.name}": {message}')
        return spec
    return InputSpec(**{each: getattr(spec, each) for each in spec.__slots__ if each != "default"}, default=default)


def _enum_values(section: Section) -> tuple[str, ...]:
    values = section.raw("values", [])
    if not isinstance(values, list) or not values:
        if section.has("values"):
            section.complain("values", '"values" must be a list of texts')
        return ()
    for at, value in enumerate(values):
        if not isinstance(value, str):
            trail = (*section.trail, "values", at)
            message = "a value of an enum is text; quote it"
            section.problems.append(section.document.problem(trail, message))
    return tuple(str(value) for value in values)


def _columns(section: Section) -> dict[str, InputSpec]:
    return _specs(section.section("columns", '"columns"'), COLUMN_TYPES, "column")


def _bound(section: Section, key: str, kind: str) -> float | None:
    if not section.has(key):
        return None
    if kind != "duration":
        return section.number(key, 0.0, least=-1e15, most=1e15)
    try:
        return parse_duration(section.raw(key))
    except ValueError as error:
        section.complain(key, f'"{key}": {error}')
        return None


def read_env(file: Section) -> dict[str, str | None]:
    """The environment variables that expressions may read: a list of names, or names with defaults."""
    raw = file.raw("env", {})
    named: dict[str, str | None] = {}
    if isinstance(raw, list):
        named = {str(name): None for name in raw}
    elif isinstance(raw, Mapping):
        named = {str(name): None if value is None else str(value) for name, value in raw.items()}
        for name, value in raw.items():
            if value is not None and not isinstance(value, str):
                trail = (*file.trail, "env", name)
                file.problems.append(
                    file.document.problem(trail, "a default of an environment variable is text; quote it")
                )
    else:
        file.complain("env", '"env" must be a list of names, or a mapping of names to defaults')
    for at, name in enumerate(named):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            step = at if isinstance(raw, list) else name
            message = f'"{name}" is no name of an environment variable'
            file.problems.append(file.document.problem((*file.trail, "env", step), message, at_key=True))
    return named


def read_secrets(file: Section) -> dict[str, str]:
    """References to secrets. What is none may be a secret itself, so it is not repeated in the complaint."""
    section = file.section("secrets", '"secrets"')
    for name, value in section.value.items():
        if complaint := name_complaint(name):
            section.complain(name, f"the name of a secret {complaint}", at_key=True)
        if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
            message = f'secret "{name}" must be a reference, env:NAME or file:PATH, never the secret itself'
            place = section.document.place((*section.trail, name))
            section.problems.append(Problem(message, place))
    return {name: value for name, value in section.value.items() if isinstance(value, str)}


def read_budget(file: Section) -> float | None:
    """The credits that a run may spend."""
    if not file.has("budget"):
        return None
    section = file.section("budget", '"budget"')
    section.need("credits")
    credit = section.number("credits", 0.0)
    section.finish()
    return credit


def read_retry(parent: Section, default: Retry | None) -> Retry | None:
    """How often a stage is tried."""
    if not parent.has("retry"):
        return default
    if isinstance(attempts := parent.value["retry"], int):
        parent.raw("retry")
        parent.complain("retry", f'"retry" must be a mapping: write {{attempts: {attempts}}}')
        return default
    section = parent.section("retry", '"retry"')
    plain = Retry()
    retry = Retry(
        attempts=section.integer("attempts", plain.attempts, least=1, most=100),
        delay=section.duration("delay", plain.delay) or plain.delay,
        factor=section.number("factor", plain.factor, least=1, most=100),
        max_delay=section.duration("max_delay", plain.max_delay) or plain.max_delay,
    )
    section.finish(("attempts", "delay", "factor", "max_delay"))
    return retry


def read_defaults(file: Section, vocabulary: Vocabulary) -> Defaults:
    """What stages have where they say nothing."""
    section = file.section("defaults", '"defaults"')
    retry = read_retry(section, None)
    timeout = section.duration("timeout", None)
    continue_on_error = section.flag("continue_on_error")
    by_kind = section.section("with", '"with"')
    options = {}
    for kind, given in by_kind.value.items():
        if kind not in vocabulary.kinds:
            message = f'unknown stage kind "{kind}"{nearest(kind, vocabulary.kinds)}'
            by_kind.complain(kind, message, hint=vocabulary.hint("stage kind", kind), at_key=True)
        elif not isinstance(given, Mapping):
            by_kind.complain(kind, f'the defaults of "{kind}" must be a mapping of options')
        else:
            options[kind] = given
    section.finish(("retry", "timeout", "continue_on_error", "with"))
    return Defaults(retry, timeout, continue_on_error, options)

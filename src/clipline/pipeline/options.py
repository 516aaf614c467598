"""What may stand in a stage's `with:`: its kind's schema with everything that the vocabulary folds in.

Here are the parts that plain JSON Schema has no word for: which values are paths, which may be secrets, and how an
evaluated value becomes one that a stage gets. `schema` checks values; this module needs no library for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clipline.pipeline.document import Trail
from clipline.pipeline.vocabulary import NAMED_LISTS, KindInfo, StepInfo, Vocabulary
from clipline.values import JsonObject, parse_color, parse_count, parse_duration, parse_size

__all__ = [
    "FORMATS",
    "Unknown",
    "described",
    "named_list",
    "step_of",
    "steps_option",
]

#: The formats whose values `clipline.values` reads.
FORMATS: Mapping[str, Callable[[object], object]] = {
    "duration": parse_duration,
    "size": parse_size,
    "color": parse_color,
    "count": parse_count,
}


class Unknown:
    """Stands for a value that only the run will know; every schema holds for it."""

    def __repr__(self) -> str:
        return "an expression"


# --- schemas ---------------------------------------------------------------------------------------------------------


def named_list(schema: JsonObject) -> tuple[str, str] | None:
    """The part of the vocabulary that the items of an array name, and the word for one; None for other values."""
    return next((meant for mark, meant in NAMED_LISTS.items() if schema.get(mark) is True), None)


def steps_option(kind: str, vocabulary: Vocabulary) -> str | None:
    """The option of a stage kind that lists post-export steps; None where it has none."""
    properties = vocabulary.kinds[kind].options.get("properties", {})
    return next((name for name, schema in properties.items() if schema.get("x-clipline-post-export") is True), None)


def step_of(item: object) -> tuple[str, Any] | None:
    """The name and the options of an item of a list of steps; None where it has not the form of one."""
    if isinstance(item, str):
        return item, {}
    if not isinstance(item, Mapping):
        return None
    names = [key for key in item if key != "continue_on_error"]
    return (names[0], {} if item[names[0]] is None else item[names[0]]) if len(names) == 1 else None


# --- values beside their schemas -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Described:
    """A value's way from the top of the options, a schema that describes it, and whether a secret may fill it."""

    trail: Trail
    schema: JsonObject
    secret: bool


def described(kind: KindInfo, value: object, vocabulary: Vocabulary) -> Iterator[Described]:
    """Every value in the options with the schemas that describe it; one value may come several times."""
    schema = vocabulary.schemas[kind.name]
    return _Walk(vocabulary, schema, kind.secret_options).values(schema, value, ())


@dataclass(frozen=True, slots=True)
class _Walk:
    vocabulary: Vocabulary
    root: JsonObject
    secrets: frozenset[str]
    secret_at: int = 0

    def values(self, schema: Any, value: object, trail: Trail, *, secret: bool = False) -> Iterator[Described]:
        if not isinstance(schema, Mapping) or len(trail) > 100:
            return
        own = trail[self.secret_at : self.secret_at + 1]
        secret = secret or schema.get("x-clipline-secret") is True or bool(own and own[0] in self.secrets)
        yield Described(trail, schema, secret)
        for branch in self._branches(schema, value):
            yield from self.values(branch, value, trail, secret=secret)
        if isinstance(value, Mapping):
            properties, others = schema.get("properties", {}), schema.get("additionalProperties")
            for key, each in value.items():
                yield from self.values(properties.get(key, others), each, (*trail, key), secret=secret)
        elif isinstance(value, list):
            yield from self._items(schema, value, trail, secret=secret)

    def _branches(self, schema: JsonObject, value: object) -> Iterator[Any]:
        yield from schema.get("allOf", ())
        branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        # `#00ff00` where a colour or a path may stand is the colour.
        taken = [branch for branch in branches if _reads(branch, value)]
        yield from taken or branches
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            yield _at_pointer(self.root, reference)

    def _items(self, schema: JsonObject, value: list[Any], trail: Trail, *, secret: bool) -> Iterator[Described]:
        meant = named_list(schema)
        prefix = schema.get("prefixItems", ())
        for at, each in enumerate(value):
            if meant is None:
                inner = prefix[at] if at < len(prefix) else schema.get("items")
                yield from self.values(inner, each, (*trail, at), secret=secret)
            elif step := step_of(each):
                name, given = step
                info: StepInfo | None = self.vocabulary.steps(meant[0]).get(name)
                if info is not None and isinstance(each, Mapping):
                    below = (*trail, at, name)
                    walk = _Walk(self.vocabulary, info.options, info.secret_options, len(below))
                    yield from walk.values(info.options, given, below)


def _reads(branch: Any, value: object) -> bool:
    """Whether a branch is of a format other than a path, or of fixed values, and takes the value."""
    if not isinstance(branch, Mapping):
        return False
    if "enum" in branch or "const" in branch:
        return value in branch.get("enum", [branch.get("const")])
    parse = FORMATS.get(str(branch.get("format")))
    if parse is None:
        return False
    try:
        parse(value)
    except ValueError:
        return False
    return True


def _at_pointer(root: JsonObject, reference: str) -> Any:
    found: Any = root
    for step in reference[2:].split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found

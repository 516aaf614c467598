"""The forms that a node may have, seen before it is read: which one it is, its id, the ids inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["COMMON_KEYS", "FORMS", "called", "form_of", "id_of", "ids_within", "inside_words"]

#: What makes a node of each form, the id it has by default, and the keys it takes besides those of every node.
FORMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "stage": ("", ("with", "retry")),
    "for_each": ("for_each", ("as", "max_parallel", "stages")),
    "parallel": ("parallel", ()),
    "pipeline": ("pipeline", ("with",)),
    "stages": ("group", ()),
}
COMMON_KEYS = ("id", "if", "timeout", "continue_on_error")


def form_of(raw: Mapping[str, Any]) -> list[str]:
    """The forms that a node's keys say it has; exactly one if it is right."""
    return [form for form in FORMS if form in raw and not (form == "stages" and "for_each" in raw)]


def id_of(raw: Any) -> str | None:
    """The id that a node has or would have, before it is read."""
    if isinstance(raw, str):
        return raw
    if not isinstance(raw, Mapping):
        return None
    forms = form_of(raw)
    default = (FORMS[forms[0]][0] or raw.get("stage")) if forms else None
    found = raw.get("id", default)
    return found if isinstance(found, str) else None


def ids_within(raw: Any) -> Iterator[str]:
    """The ids of all nodes inside a node."""
    if isinstance(raw, Mapping):
        for key in ("stages", "parallel"):
            inside = raw.get(key)
            for each in inside if isinstance(inside, list) else ():
                if (name := id_of(each)) is not None:
                    yield name
                yield from ids_within(each)


def called(form: str, raw: Mapping[str, Any]) -> str:
    """What complaints call a node."""
    name = id_of(raw)
    if form == "stage":
        return f'stage "{name}"'
    words_of_it = {"for_each": "for_each", "parallel": "parallel", "pipeline": "the nested pipeline", "stages": "group"}
    own = f' "{name}"' if "id" in raw else ""
    return f"{words_of_it[form]}{own}"


def inside_words(name: str, raw: Any) -> str:
    """Why the ids inside the node `name` are not seen from outside."""
    if isinstance(raw, Mapping) and "for_each" in raw:
        return f'is inside the loop "{name}"; from here its results are "stages.{name}.items"'
    return f'is inside "{name}" and cannot be seen from here'

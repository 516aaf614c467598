"""Texts with names in braces, as pages about an API write them: `/jobs/{job.id}`.

A text that is one name keeps the type of its value: `"{clip.bytes}"` is a number. `{{` and `}}` are braces. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from clipline.errors import InputError
from clipline_http.paths import ABSENT

__all__ = ["Names", "address", "fill", "names_a_host", "names_in", "text", "texts_in"]

#: Values by their full names, like `clip.name`.
Names: TypeAlias = Mapping[str, Any]

_PART = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)?)\}|(?P<lone>[{}])")
_STEPS = {".", ".."}
_WHOLE = re.compile(r"\{(?P<name>[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)?)\}")


def names_in(template: str) -> list[str]:
    """The names that a text uses.

    Raises:
        ValueError: a brace stands alone.
    """
    found = list(_PART.finditer(template))
    if any(match["lone"] for match in found):
        raise ValueError(
            f'"{template[:60]}" has a brace that closes nothing; a name is written {{clip.name}}, a brace {{{{'
        )
    return [match["name"] for match in found if match["name"]]


def texts_in(value: Any, trail: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a tree of mappings and lists, with the way to it."""
    if isinstance(value, str):
        yield trail, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from texts_in(each, (*trail, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from texts_in(each, (*trail, at))


def fill(value: Any, names: Names) -> Any:
    """A tree with its texts filled; what is one name without a value is left out of its mapping or list."""
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        return names.get(whole["name"], ABSENT) if whole else text(value, names)
    if isinstance(value, Mapping):
        filled = {text(key, names): fill(each, names) for key, each in value.items()}
        return {key: each for key, each in filled.items() if each is not ABSENT}
    if isinstance(value, list):
        return [each for each in (fill(item, names) for item in value) if each is not ABSENT]
    return value


def text(template: str, names: Names) -> str:
    """A text filled; a name without a value is empty."""
    return _filled(template, names, lambda value: value)


def address(template: str, names: Names, base: str) -> str:
    """An address filled: values are escaped, but for one that the address begins with, which is an address itself.

    One without a scheme is a path below `base`.

    Raises:
        InputError: a value makes a step up of what was a name (`..`).
    """
    first = re.match(r"\{[^{}]+\}", template)
    begin, rest = (first[0], template[first.end() :]) if first else ("", template)
    path = _filled(rest, names, lambda value: quote(value, safe=""))
    if _STEPS & (set(re.split(r"[/?#]", path)) - set(re.split(r"[/?#]", rest))):
        raise InputError(
            "a value in an address is a step to another folder", code="bad_url", hint="it has to be a name"
        )
    whole = text(begin, names) + path
    return whole if re.match(r"(?i)[a-z][a-z0-9+.-]*://", whole) else f"{base}/{whole.lstrip('/')}"


def names_a_host(template: str) -> bool:
    """Whether the service tells the host of an address, as in `{job.url}`; a person wrote all others."""
    host = re.sub(r"(?i)\A[a-z][a-z0-9+.-]*://", "", template).partition("/")[0]
    return any(not name.startswith("values.") for name in names_in(host))


def _filled(template: str, names: Names, written: Callable[[str], str]) -> str:
    def part(match: re.Match[str]) -> str:
        if not match["name"]:
            return match[0][0]
        value = names.get(match["name"], ABSENT)
        return "" if value is ABSENT or value is None else written(_words(value))

    return _PART.sub(part, template)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)

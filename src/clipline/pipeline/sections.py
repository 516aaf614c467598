"""Reading one mapping of a file, key by key: what is there, what should be, what is left over."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from clipline.pipeline.document import Document, Trail, nearest, words
from clipline.pipeline.filters import type_name
from clipline.pipeline.problems import Problems
from clipline.pipeline.schema_words import shown
from clipline.values import parse_duration

__all__ = ["NAME_FORM", "Section", "name_complaint"]

NAME_FORM = r"[a-z][a-z0-9_]*"
_MISSING = object()


def name_complaint(name: object, *, reserved: Collection[str] = ()) -> str:
    """What is wrong with an id or a name of an input; empty where nothing is."""
    if not isinstance(name, str):
        return f"must be text, not {type_name(name)}"
    if not re.fullmatch(NAME_FORM, name):
        better = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        advice = f', like "{better}"' if re.fullmatch(NAME_FORM, better) and len(better) <= 64 else ""
        return f"must be small letters, digits and _, starting with a letter{advice}, not {shown(name)}"
    if len(name) > 64:
        return f"must have at most 64 characters, not {len(name)}"
    if keyword.iskeyword(name) or name in reserved:
        return f'must not be "{name}", a word with a meaning of its own'
    return ""


@dataclass(slots=True)
class Section:
    """A mapping at `trail`, called `what` in complaints. Each getter takes a key; `finish` complains about the rest.

    A getter of a key that is absent or wrong gives its default; a wrong value is complained about.
    """

    document: Document
    trail: Trail
    value: Mapping[str, Any]
    what: str
    problems: Problems
    taken: set[str] = field(default_factory=set)

    def complain(self, key: str, message: str, *, hint: str = "", at_key: bool = False) -> None:
        """Complain about the value of a key, or about the key itself."""
        self.problems.append(self.document.problem((*self.trail, key), message, hint=hint, at_key=at_key))

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.value

    def raw(self, key: str, default: Any = None) -> Any:
        """The value, whatever it is."""
        self.taken.add(key)
        return self.value.get(key, default)

    def _typed(self, key: str, accepts: Callable[[Any], bool], words_of_it: str, default: Any) -> Any:
        value = self.raw(key, _MISSING)
        if value is _MISSING:
            return default
        if isinstance(value, str) and "${{" in value and not words_of_it.startswith("text"):
            self.complain(key, f'"{key}" is a plain value; no expression is read here')
            return default
        if not accepts(value):
            self.complain(key, f'"{key}" must be {words_of_it}, not {shown(value)}')
            return default
        return value

    def text(self, key: str, default: str = "") -> str:
        """Text."""
        return str(self._typed(key, lambda value: isinstance(value, str), "text", default))

    def flag(self, key: str) -> bool:
        """True or false."""
        return bool(self._typed(key, lambda value: isinstance(value, bool), "true or false", False))

    def number(self, key: str, default: float, *, least: float = 0.0, most: float = 1e9) -> float:
        """A number between bounds."""

        def fits(value: Any) -> bool:
            return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most

        return float(self._typed(key, fits, f"a number from {least:g} to {most:g}", default))

    def integer(self, key: str, default: int, *, least: int = 0, most: int = 10_000) -> int:
        """A whole number between bounds."""

        def fits(value: Any) -> bool:
            return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

        return int(self._typed(key, fits, f"a whole number from {least} to {most}", default))

    def duration(self, key: str, default: float | None) -> float | None:
        """A duration in seconds, above 0."""
        if not self.has(key):
            return default
        value = self._typed(key, lambda each: not isinstance(each, (Mapping, list)), "a duration", None)
        try:
            seconds = parse_duration(value) if value is not None else None
        except ValueError as error:
            self.complain(key, f'"{key}": {error}')
            return default
        if seconds is not None and seconds <= 0:
            self.complain(key, f'"{key}" must be longer than nothing')
        return seconds

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A mapping; empty where it is absent or wrong."""
        found = self._typed(key, lambda value: isinstance(value, Mapping), "a mapping", {})
        return dict(found)

    def section(self, key: str, what: str) -> Section:
        """A mapping, to be read key by key."""
        return Section(self.document, (*self.trail, key), self.mapping(key), what, self.problems)

    def finish(self, known: Collection[str] | None = None) -> None:
        """Complain about every key that nobody took; `known` are those to suggest, by default those taken."""
        suggested = sorted(self.taken if known is None else known)
        for key in self.value:
            if key not in self.taken:
                self.complain(key, f'unknown key "{key}" in {self.what}{nearest(key, suggested)}', at_key=True)

    def need(self, key: str) -> None:
        """Complain where a key is absent."""
        if key not in self.value:
            self.problems.append(self.document.problem(self.trail, f'{self.what} needs "{key}"', at_key=True))

    def one_of(self, key: str, choices: Collection[str], *, meant: Mapping[str, str] | None = None) -> str | None:
        """One of some words; `meant` has other words for them, to suggest the right one."""
        value = self.raw(key, _MISSING)
        if value is _MISSING or value in choices:
            return None if value is _MISSING else str(value)
        near = nearest((meant or {}).get(value, value), choices, listed=False) if isinstance(value, str) else ""
        self.complain(key, f'"{key}" must be {words(choices, "or")}, not {shown(value)}{near}')
        return None

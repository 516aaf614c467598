"""Nouns in English: their plurals, and short regular expressions of many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["nouns", "with_plurals"]

#: Plurals that no rule gives, by the last word; those without one stand for themselves.
_PLURALS = {
    "person": "people", "human": "humans", "child": "children", "wife": "wives", "housewife": "housewives",
    "knife": "knives", "calf": "calves", "mouse": "mice", "goose": "geese", "ox": "oxen", "sheep": "sheep",
    "scissors": "scissors", "skis": "skis", "luggage": "luggage", "baggage": "baggage", "cattle": "cattle",
    "broccoli": "broccoli", "aircraft": "aircraft", "photo": "photos",
}  # fmt: skip


def with_plurals(names: str) -> dict[str, str]:
    """Names divided by `|`, each with its plural."""
    return {name: _plural(name) for name in names.split("|")}


def _plural(name: str) -> str:
    before, _, last = name.rpartition(" ")
    if last in _PLURALS:
        several = _PLURALS[last]
    elif last.endswith("man"):
        several = f"{last[:-3]}men"
    elif re.search("[^aeiou]y$", last):
        several = f"{last[:-1]}ies"
    else:
        several = f"{last}es" if re.search("(?:s|x|ch|sh)$", last) else f"{last}s"
    return f"{before} {several}".strip()


def nouns(names: Iterable[str]) -> str:
    """A regular expression of any of these names, the longest first; a plural in s and its singular are one of them."""
    known = set(names)
    folded = {f"{re.escape(name)}s?" if f"{name}s" in known else re.escape(name) for name in known if name}
    folded -= {re.escape(f"{name}s") for name in known}
    return "|".join(sorted(folded, key=lambda form: (-len(form), form)))

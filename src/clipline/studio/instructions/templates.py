"""Templates of phrases as regular expressions, compiled only where the words of a clause make a match possible.

Compiling all templates of a language takes seconds; a clause needs a few of them. So each template knows its *anchors*:
lists of words, of each of which one must stand in whatever it matches. It has an *outline*, quickly compiled, where any
words may stand in its slots, whose own expressions are long. And until it is compiled as a whole, the expressions of
its slots, which it shares with others, are looked for in the words one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Protocol

from clipline.studio.instructions.text import ARTICLES
from clipline.studio.instructions.understanding import Language

__all__ = ["SlotPattern", "Template"]

_SIGN = re.compile(
    r"<(?P<list>\w+)>|\{(?:(?P<as>\w+):)?(?P<slot>\w+)\}|(?P<space> )|(?P<sign>[\[\]()|])|(?P<plain>[^<{\[\]()| ]+)"
)

_GROUP = re.compile(r"[\[(]")
_SIGN_OR_WORDS = re.compile(r"<\w+>|\{[\w:]+\}|[ |]|[^<{\[\]()| ]+")

#: What stands in an expression for a slot.
_Slot = Callable[[re.Match[str]], str]


@cache
def _finder(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


class SlotPattern(Protocol):
    """What a template must know of a slot: the regular expression of its words in each language."""

    @property
    def en(self) -> str:
        """In English."""

    @property
    def zh(self) -> str:
        """In Chinese."""

    @property
    def sign(self) -> str:
        """A short expression of what stands in all such words; may be empty."""

    @property
    def held(self) -> Callable[[str], bool] | None:
        """Whether such words may stand in others, where that is known without their expression."""


class Template:
    """One template of a language.

    Args:
        text: the template; `grammar.py` describes the notation.
        language: in English an article may stand at every space and at the start.
        words: the lists for `<name>`.
        patterns: the slots for `{name}`.
    """

    def __init__(
        self, text: str, language: Language, words: Mapping[str, str], patterns: Mapping[str, SlotPattern]
    ) -> None:
        self.text = text
        self._english = language == "en"
        self._words = words
        self._patterns = patterns
        #: The names of the values in it, and the slot of each.
        self.slots = tuple((m["as"] or m["slot"], m["slot"]) for m in _SIGN.finditer(text) if m["slot"])
        self._anchors = _anchors(text, words)
        self._is_compiled = False

    def possible(self, lower: str) -> bool:
        """Whether words in lower case may match, going by the anchors."""
        for anchors in self._anchors:
            for anchor in anchors:
                if anchor in lower:
                    break
            else:
                return False
        return True

    def fullmatch(self, words: str) -> re.Match[str] | None:
        """The match of all of these words; its groups are named like the values."""
        if not self.possible(words.lower()):
            return None
        if not self._is_compiled:
            if not (self._holds_values(words) and self._outline.fullmatch(words)):
                return None
            self._is_compiled = True
        return self._compiled.fullmatch(words)

    def _holds_values(self, words: str) -> bool:
        """Whether what the slots must have stands somewhere in these words."""
        signs = (self._patterns[slot].sign for slot in self._needed)
        return all(_finder(sign).search(words) for sign in signs if sign) and all(
            self._is_held(slot, words) for slot in self._needed
        )

    def _is_held(self, slot: str, words: str) -> bool:
        held = self._patterns[slot].held
        return held(words) if held else bool(_finder(self._form(slot)).search(words))

    def _form(self, slot: str) -> str:
        return self._patterns[slot].en if self._english else self._patterns[slot].zh

    @cached_property
    def _needed(self) -> list[str]:
        """The slots without which nothing matches."""
        found = [] if len(_split(self.text, "|")) > 1 else _split(self.text, "")
        return list(dict.fromkeys(m["slot"] for part in found if (m := _SIGN.fullmatch(part)) and m["slot"]))

    @cached_property
    def _outline(self) -> re.Pattern[str]:
        return self._expression(self._any_words)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return self._expression(self._slot_words)

    def _expression(self, slot: _Slot) -> re.Pattern[str]:
        start = ARTICLES if self._english else ""
        return re.compile(f"{start}(?:{self._source(self.text, slot)})", re.IGNORECASE)

    def _any_words(self, _: re.Match[str]) -> str:
        return "(?s:.*)"

    def _slot_words(self, match: re.Match[str]) -> str:
        return f"(?P<{match['as'] or match['slot']}>{self._form(match['slot'])})"

    def _source(self, text: str, slot: _Slot) -> str:
        return "".join(self._part(match, slot) for match in _SIGN.finditer(text))

    def _part(self, match: re.Match[str], slot: _Slot) -> str:
        if match["slot"]:
            return slot(match)
        if match["list"]:
            return f"(?:{self._source(self._words[match['list']], slot)})"
        if match["space"]:
            return f" {ARTICLES}" if self._english else " ?"
        if match["sign"]:
            return {"[": "(?:", "]": ")?", "(": "(?:"}.get(match["sign"], match["sign"])
        return re.escape(match["plain"])


def _anchors(text: str, words: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Lists of words, of each of which one must stand in whatever the template matches; the most telling first."""
    parts = _split(text, "")
    elements = [text] if "|" in parts else [element for part in parts if (element := _element(part, words))]
    found = [anchors for each in elements if all(anchors := _any_of(each))]
    return sorted(found, key=lambda anchors: min(map(len, anchors)), reverse=True)


def _element(part: str, words: Mapping[str, str]) -> str:
    """What a match cannot do without: plain words, groups and lists; nothing in brackets, no slots."""
    if part.startswith("("):
        return part[1:-1]
    if part.startswith("<"):
        return words[part[1:-1]]
    return "" if part[:1] in ("[", "{", " ") else part


@cache
def _any_of(text: str) -> tuple[str, ...]:
    """Of each alternative a word that it cannot do without; empty where it has none."""
    return tuple(_longest_word(alternative).lower() for alternative in _split(text, "|"))


def _longest_word(text: str) -> str:
    return max((part for part in _split(text, "") if part[:1] not in "([<{ "), key=len, default="")


def _split(text: str, at: str) -> list[str]:
    """Split a template at a sign outside of groups; without one, into its signs, groups and plain words."""
    if not _GROUP.search(text):
        return text.split(at) if at else _SIGN_OR_WORDS.findall(text)
    parts, depth, current = [], 0, ""
    for match in _SIGN.finditer(text):
        token = match[0]
        depth += (token in ("(", "[")) - (token in (")", "]"))
        outside = depth == 0 and token not in (")", "]")
        if at and outside and token == at:
            parts.append(current)
            current = ""
            continue
        current += token
        if not at and depth == 0:
            parts.append(current)
            current = ""
    return [*parts, current] if at else parts

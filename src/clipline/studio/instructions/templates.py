"""Templates of phrases as regular expressions, compiled only where the words of a clause make a match possible.

Compiling all templates of a language takes most of a second; a clause needs a few of them. So each template knows its
*anchors*: words of which one must stand in whatever it matches. And it has an *outline*, quickly compiled, where any
words may stand in its slots, whose own expressions are long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Protocol

from clipline.studio.instructions.understanding import Language

__all__ = ["SlotPattern", "Template"]

_ARTICLE = r"(?:(?:the|an?|my|our|your|this|that|these|those|its|their) )*"
_SIGN = re.compile(
    r"<(?P<list>\w+)>|\{(?:(?P<as>\w+):)?(?P<slot>\w+)\}|(?P<space> )|(?P<sign>[\[\]()|])|(?P<plain>[^<{\[\]()| ]+)"
)

#: What stands in an expression for a slot.
_Slot = Callable[[re.Match[str]], str]


class SlotPattern(Protocol):
    """What a template must know of a slot: the regular expression of its words in each language."""

    @property
    def en(self) -> str:
        """In English."""

    @property
    def zh(self) -> str:
        """In Chinese."""


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

    def possible(self, lower: str) -> bool:
        """Whether words in lower case may match, going by the anchors."""
        return not self._anchors or any(anchor in lower for anchor in self._anchors)

    def fullmatch(self, words: str) -> re.Match[str] | None:
        """The match of all of these words; its groups are named like the values."""
        if self.possible(words.lower()) and self._outline.fullmatch(words):
            return self._compiled.fullmatch(words)
        return None

    @cached_property
    def _outline(self) -> re.Pattern[str]:
        return self._expression(self._any_words)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return self._expression(self._slot_words)

    def _expression(self, slot: _Slot) -> re.Pattern[str]:
        start = _ARTICLE if self._english else ""
        return re.compile(f"{start}(?:{self._source(self.text, slot)})", re.IGNORECASE)

    def _any_words(self, _: re.Match[str]) -> str:
        return "(?s:.*)"

    def _slot_words(self, match: re.Match[str]) -> str:
        slot = self._patterns[match["slot"]]
        return f"(?P<{match['as'] or match['slot']}>{slot.en if self._english else slot.zh})"

    def _source(self, text: str, slot: _Slot) -> str:
        return "".join(self._part(match, slot) for match in _SIGN.finditer(text))

    def _part(self, match: re.Match[str], slot: _Slot) -> str:
        if match["slot"]:
            return slot(match)
        if match["list"]:
            return f"(?:{self._source(self._words[match['list']], slot)})"
        if match["space"]:
            return f" {_ARTICLE}" if self._english else " ?"
        if match["sign"]:
            return {"[": "(?:", "]": ")?", "(": "(?:"}.get(match["sign"], match["sign"])
        return re.escape(match["plain"])


def _anchors(text: str, words: Mapping[str, str]) -> tuple[str, ...]:
    """Words of which one must stand in whatever the template matches; none where there is no telling."""
    best: tuple[str, ...] = ()
    for element in [text] if len(_split(text, "|")) > 1 else _elements(text, words):
        anchors = tuple(_longest_word(alternative) for alternative in _split(element, "|"))
        if all(anchors) and min(map(len, anchors)) > min(map(len, best), default=0):
            best = anchors
    return tuple(anchor.lower() for anchor in best)


def _elements(text: str, words: Mapping[str, str]) -> Iterator[str]:
    """What a match cannot do without: plain words, groups and lists; nothing in brackets, no slots."""
    for part in _split(text, ""):
        if part.startswith("("):
            yield part[1:-1]
        elif part.startswith("<"):
            yield words[part[1:-1]]
        elif part[:1] not in ("[", "{", " ", ""):
            yield part


def _longest_word(text: str) -> str:
    return max((part for part in _split(text, "") if part[:1] not in "([<{ "), key=len, default="")


def _split(text: str, at: str) -> list[str]:
    """Split a template at a sign outside of groups; without one, into its signs, groups and plain words."""
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

"""Typing errors in English: the words that are known, and which of them a misspelt one is nearest to."""

from __future__ import annotations

import difflib
import re
from functools import cache

from clipline.studio.instructions.humans import BYSTANDERS, PEOPLE, PERSON
from clipline.studio.instructions.objects import NAMES
from clipline.studio.instructions.phrases_en import ENGLISH
from clipline.studio.instructions.words import BLUR, COLORS, FORMATS, ONES, POSITIONS, SHAPES, TENS, UNITS

__all__ = ["did_you_mean", "mend", "vocabulary"]

_WORD = re.compile(r"(?<![a-z'’#.])[a-z]{3,20}(?![a-z'’]|\.\w)", re.IGNORECASE)
#: Shorter words are alike by chance; only swapped letters ("teh") are taken for a typing error there.
_LONG = 5
_ALIKE, _MORE_ALIKE = 0.8, 0.85
#: Words of a text that are compared with all known ones.
_MOST = 12
#: Words that are no typing errors, though no phrase knows them: "objects" is not a misspelt "subjects".
_THINGS = "object objects thing things something stuff item items element elements anything"
_LITTLE = "the this that these those and then also but from into with for our your their its"


@cache
def vocabulary() -> frozenset[str]:
    """The English words that the phrases know, in lower case."""
    tables = (ENGLISH.heads, ENGLISH.modifiers, ENGLISH.openers)
    templates = [template for table in tables for _, texts in table for template in texts]
    phrases = re.sub(r"\{\w+(?::\w+)?\}|<\w+>", " ", " ".join([*templates, *ENGLISH.words.values()]))
    values = [*BLUR, *COLORS, *FORMATS, *ONES, *TENS, *POSITIONS, *SHAPES, *UNITS]
    text = " ".join([phrases, _LITTLE, _THINGS, PERSON, PEOPLE, BYSTANDERS, *NAMES, *values])
    return frozenset(re.findall(r"[a-z]{3,}", text))


def mend(words: str) -> str:
    """The words with each unknown one replaced by the known one next to it, where there is one."""
    looked_at = 0

    def known(match: re.Match[str]) -> str:
        nonlocal looked_at
        looked_at += match[0].lower() not in vocabulary()
        return (_near(match[0].lower()) if looked_at <= _MOST else None) or match[0]

    return _WORD.sub(known, words)


def did_you_mean(words: str) -> str:
    """Known words near to unknown ones, ready to stand after what was not understood."""
    near = [close for word in _WORD.findall(words.lower())[:_MOST] if (close := _near(word))]
    return f" (“{'”, “'.join(dict.fromkeys(near))}”?)" if near else ""


@cache
def _near(word: str) -> str | None:
    """The known word that an unknown one is nearest to; None for a known one, and where none is near."""
    if word in vocabulary():
        return None
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    among = sorted(swapped & vocabulary())
    if not among and len(word) >= _LONG:
        alike = _ALIKE if len(word) > _LONG else _MORE_ALIKE
        among = difflib.get_close_matches(word, sorted(vocabulary()), 1, alike)
    if not among or (among[0].startswith(word) and len(among[0]) > len(word) + 1):  # a guitar is no misspelt guitarist
        return None
    return among[0]

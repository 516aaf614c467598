"""Why words were not understood: what people ask for that cannot be done, and what is nearest to it.

The table is asked only after the grammar has failed, so that a word in it never forbids a phrase that is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from clipline.errors import Refused
from clipline.studio.instructions.grammar import Context
from clipline.studio.instructions.messages import reason, refused
from clipline.studio.instructions.not_offered import SAID_TOGETHER
from clipline.studio.instructions.objects import NAMES, NAMES_ZH
from clipline.studio.instructions.topic_table import TOPICS
from clipline.studio.instructions.traditional import simplified
from clipline.studio.instructions.typos import did_you_mean, vocabulary

__all__ = ["explain"]

#: Characters of a clause that are looked at.
_SEEN = 200


def explain(
    words: str,
    context: Context,
    *,
    others: Sequence[str] = (),
    choice: bool = False,
    alone: bool = False,
    partly: bool = False,
    after_bare_title: bool = False,
) -> Refused:
    """The refusal that says most about words that were not understood.

    Args:
        words: the first clause that was not understood, as typed.
        context: the language.
        others: more such clauses.
        choice: there is an "or" in them.
        alone: they would mean something after another clause.
        partly: other clauses were understood.
        after_bare_title: they follow a title without quotation marks, whose end is not plain.
    """
    # Some patterns look far ahead from every place, so they see only the first words.
    seen = re.sub("“[^”]*”", "“”", simplified(words[:_SEEN]))  # what a title reads is no topic
    key = _topic(seen) or ("after_nothing" if alone else "")
    if choice:
        key = "objects" if key in {"objects", "object"} else "choice"
    meant = did_you_mean(words)
    if not key or (meant and key == "object"):
        known = partly or meant or not vocabulary().isdisjoint(re.findall(r"[a-z]+", words.lower()))
        shown = " ".join(f"“{_shortened(part)}”" for part in (words, *others))
        said = "after_bare_title" if after_bare_title else "unknown" if known else "gibberish"
        return refused(said, context.language, context.materials, words=shown + meant)
    near = _nearest(words, context) if key == "object" else ""
    refusal = refused(key, context.language, context.materials, words=_shortened(words), near=near)
    if key in SAID_TOGETHER:
        refusal = _with_all(refusal, key, seen, context)
    if not others:
        return refusal
    between = "; " if context.language == "en" else "；"
    return Refused(f"{refusal.message}{between}{_also(others, context)}", code=refusal.code, hint=refusal.hint)


def _topic(seen: str) -> str:
    return next((key for pattern, key in TOPICS if _search(pattern, seen)), "")


def _search(pattern: str, words: str) -> re.Match[str] | None:
    return re.search(pattern, words, re.IGNORECASE)


def _with_all(refusal: Refused, key: str, seen: str, context: Context) -> Refused:
    """The refusal with the reasons of whatever else in the same words is not offered."""
    also = [other for pattern, other in TOPICS if other in SAID_TOGETHER - {key} and _search(pattern, seen)]
    reasons = [reason(other, context.language) for other in dict.fromkeys(also)]
    between = "; " if context.language == "en" else "；"
    return Refused(between.join([refusal.message, *reasons]), code=refusal.code, hint=refusal.hint)


def _nearest(words: str, context: Context) -> str:
    """The names of things that are nearest to some word, as the end of a sentence."""
    lower = simplified(words.lower())
    near = [
        name
        for word in re.findall(r"[a-z]{3,}", lower)
        if word not in vocabulary()
        for name in get_close_matches(word, NAMES, 2, 0.7)
    ]
    near += [name for name in NAMES_ZH if len(name) > 1 and 2 * len(set(name) & set(lower) - _USUAL) > len(name)]
    names = list(dict.fromkeys(near))[:3]
    if not names:
        return ""
    return f" (near to it: {', '.join(names)})" if context.language == "en" else f"（相近的有：{'、'.join(names)}）"


#: Characters of many names.
_USUAL = set("小大车子机板")


def _shortened(words: str) -> str:
    return words if len(words) <= _SEEN else f"{words[:_SEEN]}…"


def _also(others: Sequence[str], context: Context) -> str:
    """What else was not understood; what is not offered with its reason."""
    english = context.language == "en"
    shown = [f"“{_shortened(words)}”" for words in others]
    keys = [_topic(simplified(words)) for words in others]
    if not SAID_TOGETHER.issuperset(keys):
        return f"not understood either: {' '.join(shown)}" if english else f"另外没有看懂：{' '.join(shown)}"
    reasons = [reason(key, context.language) for key in keys]
    form, between = ("{}: {}", "; ") if english else ("{}：{}", "；")
    return between.join(form.format(words, why) for words, why in zip(shown, reasons, strict=True))

"""Who is meant: a person, the people, or those in the background; `subjects.py` knows things, and which one."""

from __future__ import annotations

import re

from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.humans import (
    BYSTANDERS,
    BYSTANDERS_ZH,
    PEOPLE,
    PEOPLE_ZH,
    PERSON,
    PERSON_ZH,
    WHO,
)
from clipline.studio.instructions.nouns import nouns
from clipline.studio.instructions.objects import NAMES, NAMES_ZH
from clipline.studio.instructions.subjects import SUBJECT_EN, SUBJECT_ZH, TWO_NUMBERS, note_person, read_subject
from clipline.timeline import Who

__all__ = ["WHO_EN", "WHO_ZH", "names_someone", "read_who"]

_FRAME = (
    r"(?:the |this |my )?"
    r"(?:video|clip|footage|movie|film|frame|scene|shot|picture|image|photo|pic|screen|recording)"
)
_DOING = (
    r"(?: (?:who is |who's |that is |that's )?(?:walking|moving|passing|standing)(?: (?:by|past|around|there))?(?: "
    r"(?:in|through|across|into|within|on))?)"
)
_WHERE = rf"(?: (?:in|from|on|inside|of|out of|through|across|within|visible in|visible on) {_FRAME})"
_BEHIND = (
    r"(?: (?:in|from|at|of) (?:the )?(?:background|back|backdrop|bg)"
    r"| behind (?:me|us|him|her|them|the speaker|the main person))"
)
_ELSE = (
    r"(?: (?:but|except|except for|other than|apart from|besides) (?:the )?(?:(?:foreground|main|central|front) "
    r"(?:person|one|subject|figure)|me|the speaker))"
)
_PEOPLE = nouns(f"{BYSTANDERS}|{PEOPLE}|{PERSON}".split("|"))
WHO_EN = (
    rf"(?:(?:all(?: of)?|every|each|any|both)(?: the)? )?(?:other )?(?:{_PEOPLE})"
    rf"(?:{_BEHIND}|{_ELSE})?(?:{_DOING}(?: ?{_FRAME})?)?(?:{_BEHIND})?{_WHERE}?|{SUBJECT_EN}{_WHERE}?"
)
_ELSE_ZH = (
    "(?:除了?(?:主角|我自己|我|本人)(?:以外|之外|外)?(?:,把?)?|(?:主角|我自己|我|本人)(?:以外|之外))的?"
    "(?:其他|其余|所有)?的?(?:人物|人)"
)
_BEHIND_ZH = (
    "(?:(?:后面|身后|背后|后方|背景[里中]?)的?(?:那|这)?(?:几|些|一?群)?[个位些]?(?:路人|行人|陌生人|人物|人)|"
    "(?:那|这)(?:几|些|群)[个位]?路人)"
)
_IN_VIDEO_ZH = (
    "(?:(?:这个|这段|这张)?(?:视频|画面|片段|短片|影片|镜头|照片|图片|图像|图)"
    "(?:里面|里边|里|中间|中|上|内|当中)?的?|里面的?)?"
)
WHO_ZH = (
    rf"{_IN_VIDEO_ZH}(?:那个|这个|那些|这些|那位|这位|一个)?(?:{BYSTANDERS_ZH}|{PEOPLE_ZH}|{PERSON_ZH})|"
    rf"{_IN_VIDEO_ZH}{_BEHIND_ZH}|{_ELSE_ZH}|{_PEOPLE}|"
    rf"{_IN_VIDEO_ZH}{SUBJECT_ZH}|{SUBJECT_EN}"
)


_WORDS = frozenset(" ".join([*NAMES, *WHO, "object objects thing things who whoever"]).split())
_WORDS_ZH = tuple(name for name in (*NAMES_ZH, *WHO) if not name.isascii())


def names_someone(words: str) -> bool:
    """Whether some word of these may be of a name."""
    lower = words.lower()
    named = not _WORDS.isdisjoint(re.findall("[a-z-]+", lower)) or any(name in lower for name in _WORDS_ZH)
    return named or bool(TWO_NUMBERS.search(lower))


def read_who(words: str, heard: Heard) -> Who | None:
    """Who or what is meant, with a note where the words say more than can be told apart."""
    lower = words.lower()
    if not (who := _read_people(lower, words, heard)):
        bare = re.sub(f"{_WHERE}$", "", re.sub(f"^{_IN_VIDEO_ZH}", "", lower) or lower)
        return read_subject(bare, heard)
    return who


def _read_people(lower: str, words: str, heard: Heard) -> Who | None:
    if doing := re.search(rf"{_DOING}(?: ?{_FRAME})?", lower):
        heard.note("doing", words=doing[0].strip())
    bare = re.sub(rf"{_DOING}(?: ?{_FRAME})?|{_WHERE}$", "", lower)
    if re.fullmatch(f"{_ELSE_ZH}|{_IN_VIDEO_ZH}{_BEHIND_ZH}", bare):
        return "background_person"
    elsewhere = re.search(f"{_BEHIND}|{_ELSE}", bare)
    bare = re.sub(f"{_BEHIND}|{_ELSE}", "", bare)
    bare = re.sub("^(?:all(?: of)?|every|each|any|both)(?: the)? (?=[a-z])", "", bare)
    bare = (
        re.sub(rf"^{_IN_VIDEO_ZH}(?:那个|这个|那些|这些|那位|这位|一个)?(?=.)", "", bare) if bare not in WHO else bare
    )
    who = WHO.get(bare)
    if who is None:
        return None
    if elsewhere or who == "background_person":
        if not bare.startswith("background") and "背景" not in bare:
            heard.note("in_background", words=words)
        return "background_person"
    note_person(bare, heard, words)
    return "people" if re.match("(?:all|every|each|any|both)(?: of)? ", lower) else who

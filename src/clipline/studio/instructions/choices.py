"""What an unclear sentence may mean, as whole sentences to choose from: by which file, or which of several things."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clipline.errors import Choice, Refused
from clipline.studio.instructions.files import suffix_of
from clipline.studio.instructions.interpret import interpret
from clipline.studio.instructions.objects import NAMES, NAMES_ZH
from clipline.studio.instructions.text import CONNECTOR, HAN
from clipline.studio.instructions.words import SOUNDS
from clipline.timeline import files_of, plural
from clipline.timeline.subjects import ORDINALS

__all__ = ["which_file", "which_one"]

_MOST_FILES = 20
_MOST_THINGS = 5
_NO_SINGULARS = {"cattle", "luggage", "sheep", "mice", "skis", "scissors"}
_MUSIC = re.compile(r"\b(?:music|song|soundtrack|bgm|tune)\b|音乐|配乐|歌曲?", re.IGNORECASE)
_ONE = r"(?<!of )\b(?:the|a|an|this|that|my) "
_ONE_ZH = "(?:那|这|一)[只条辆个匹头艘架把张本部瓶杯台名位]"


# --- which file ------------------------------------------------------------------------------------------------------


def which_file(text: str, files: Sequence[str]) -> tuple[tuple[Choice, ...], str]:
    """For each of these files that would make an unclear sentence clear, the sentence with its name; and a hint."""
    found = (_naming(text, path, files) for path in files[:_MOST_FILES] if suffix_of(path))
    choices = tuple(choice for choice in found if choice)
    choices = tuple(choice for choice in choices if suffix_of(choice.label) in SOUNDS) or choices
    names = ", ".join(choice.label for choice in choices)
    return choices, f"手头有：{names}；请写明是哪一个" if re.search(
        HAN, text
    ) else f"name one of those at hand: {names}"


def _naming(text: str, path: str, files: Sequence[str]) -> Choice | None:
    """The sentence with the file's name after the word for it, or at the end of the clause that lacks it."""
    name = path.rpartition("/")[2]
    ends = [match.start() for match in CONNECTOR.finditer(text)] + [len(text.rstrip(" .!?。！？"))]
    for end in (*(match.end() for match in _MUSIC.finditer(text)), *reversed(ends)):
        for said in _with_name(text[:end].rstrip(), name, text[end:]):
            try:
                understood = interpret(said, materials=files)
            except Refused:
                continue
            if any(path in files_of(operation) for operation in understood.operations):
                return Choice(name, said)
    return None


def _with_name(before: str, name: str, after: str) -> tuple[str, ...]:
    """Ways to say a file's name between these words: "add music song.mp3", "join it with city.mp4"."""
    rest = f" {after}" if after[:1].isascii() and after[:1].isalnum() else after
    if not before or re.match(HAN, before[-1]):
        return (f"{before}{name}{rest}",)
    return f"{before} {name}{rest}", f"{before} with {name}{rest}"


# --- which of several things -----------------------------------------------------------------------------------------


def which_one(text: str, kind: str, count: int, place: str) -> Refused | None:
    """Why it is not clear what a sentence speaks of, where it speaks of one thing and `count` are at a place.

    None where it speaks of all of them, or in numbers.
    """
    if count < 2 or not (words := _one_of(text, kind)):
        return None
    choices = _each(text, words, kind, count)
    if re.search(HAN, text):
        said = "、".join(f"“{choice.sentence}”" for choice in choices)
        return Refused(f"“{words}”：{place}里有{count}个", code="ambiguous", hint=f"可以说：{said}", choices=choices)
    said = ", ".join(f"“{choice.sentence}”" for choice in choices)
    message = f"“{words}” may be any of the {count} {plural(kind)} in {place}"
    return Refused(message, code="ambiguous", hint=f"say one of {said}", choices=choices)


def _one_of(text: str, kind: str) -> str:
    """The words of a sentence that speak of one thing of a kind and not of all, like "the dog"; empty where none do."""
    names = [name for name, meant in NAMES.items() if meant == kind and _is_singular(name, kind)]
    chinese = [name for name, meant in NAMES_ZH.items() if meant == kind]
    for one, several, edge in ((_ONE, names, r"\b"), (_ONE_ZH, chinese, "")):
        longest_first = "|".join(sorted(map(re.escape, several), key=len, reverse=True))
        if longest_first and (said := re.search(f"{one}(?:{longest_first}){edge}", text, re.IGNORECASE)):
            return said[0]
    return ""


def _is_singular(name: str, kind: str) -> bool:
    if name == kind:
        return plural(kind) != kind
    return not name.endswith("s") and name not in _NO_SINGULARS


def _each(text: str, words: str, kind: str, count: int) -> tuple[Choice, ...]:
    """The sentence once with each of so many things that its `words` may mean, and once with all of them."""
    if re.search(HAN, words):
        noun = re.sub(f"^{_ONE_ZH}", "", words)
        places = {"left": f"左边的{noun}", "right": f"右边的{noun}", "all": f"所有的{noun}"}
    else:
        noun = words.partition(" ")[2]
        places = {"left": f"the {noun} on the left", "right": f"the {noun} on the right"}
        if count > 2:
            rest = [f"{nth} {{}} from the left" for nth in ORDINALS[1 : min(count, _MOST_THINGS) - 1]]
            between = {each.replace(" {}", ""): f"the {each.format(noun)}" for each in rest}
            places = {"left": places["left"], **between, "right": places["right"]}
        places["all"] = f"all {plural(kind)}"
    return tuple(Choice(label, text.replace(words, said, 1)) for label, said in places.items())

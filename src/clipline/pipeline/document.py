"""What a file says, as plain values, and where each of them stands.

A *trail* is the way to a value from the top: `("stages", 2, "with", "fps")`. A document that a program gave as
a mapping has no lines; its places read `<mapping>:stages[2].with.fps`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from clipline.errors import Place, Problem

__all__ = ["Document", "Mark", "Trail", "nearest", "trail_text", "words"]

Trail: TypeAlias = tuple[str | int, ...]


_ENDING = re.compile(r"(?<=\w)\.\w+\Z")
_LINE_END = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Offsets of a value in the text, and of its key; `key` is -1 where the value has none."""

    start: int
    end: int
    key: int = -1


@dataclass(frozen=True)
class Document:
    """A file: `value` as `json.loads` would give it, with the marks of every value in it.

    `name` is what complaints call the file; paths written in it are relative to `folder`, which is absolute.
    """

    name: str
    folder: Path
    text: str
    value: Any
    marks: Mapping[Trail, Mark] = field(default_factory=dict)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", self.text))]

    def place_of(self, offset: int) -> Place:
        """The line and column of an offset in the text."""
        line = bisect_right(self._line_starts, offset)
        return Place(self.name, line, offset - self._line_starts[line - 1] + 1)

    def line_of(self, place: Place) -> str:
        """The line of a place, empty where it has none."""
        if not place.line:
            return ""
        start = self._line_starts[place.line - 1]
        end = _LINE_END.search(self.text, start)
        line = self.text[start : min(end.start() if end else len(self.text), start + 2000)]
        # Of a line that no terminal shows whole, only a beginning that holds the place is worth showing.
        return line if len(line) <= 200 else (line[:199] + "…" if place.column < 199 else "")

    def place(self, trail: Trail, *, at_key: bool = False, part: str = "", offset: int = 0) -> Place:
        """Where the value at `trail` stands; the nearest thing around it where it does not stand in the text.

        Args:
            trail: the way to the value.
            at_key: point at its key instead.
            part: a piece of the value's text to point into, where it can be found there.
            offset: where in `part`.
        """
        if not self.marks:
            return Place(f"{self.name}:{trail_text(trail)}" if trail else self.name)
        while trail and trail not in self.marks:
            trail, at_key, part = trail[:-1], True, ""
        mark = self.marks[trail]
        if at_key and mark.key >= 0:
            return self.place_of(mark.key)
        found = self.text.find(part, mark.start, mark.end) if part else -1
        return self.place_of(mark.start if found < 0 else found + offset)

    def problem(
        self, trail: Trail, message: str, *, hint: str = "", at_key: bool = False, part: str = "", offset: int = 0
    ) -> Problem:
        """A complaint about the value at `trail`; the arguments are those of `place`."""
        return self.problem_at(self.place(trail, at_key=at_key, part=part, offset=offset), message, hint=hint)

    def problem_at(self, place: Place, message: str, *, hint: str = "") -> Problem:
        """A complaint about a place of this document."""
        return Problem(printable(message), place, printable(self.line_of(place)), printable(hint))


def printable(text: str) -> str:
    """Text without characters that a terminal would obey."""
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "\ufffd", text)


def trail_text(trail: Trail) -> str:
    """A trail as a person writes it: `stages[2].with.fps`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in trail).removeprefix(".")


def nearest(word: str, known: Iterable[str], *, listed: bool = True, files: bool = False) -> str:
    """The end of a complaint about an unknown word: `; did you mean "fps"?`, or the words that are known.

    Names of `files` are compared without their endings, which make any two of them look alike.
    """
    choices = [str(item) for item in islice(known, 1000)]
    fold = (lambda name: _ENDING.sub("", name).lower()) if files else str.lower
    folded = {fold(item): item for item in reversed(choices) if not files or _may_be_meant(word, item)}
    if close := get_close_matches(fold(word), folded, n=1, cutoff=0.65 if files else 0.6):
        return f'; did you mean "{folded[close[0]]}"?'
    if not listed or not 0 < len(choices) <= 20:
        return ""
    return f"; known {'is' if len(choices) == 1 else 'are'} {words(choices)}"


def _may_be_meant(word: str, name: str) -> bool:
    """Whether a file's name may be meant by another: with another ending, or of quite another length, it is not.

    Nor with another first letter, which is seldom mistyped.
    """
    one, two = (_ENDING.search(each.lower()) for each in (word, name))
    stems = [_ENDING.sub("", each).lower() for each in (word, name)]
    if stems[0] == stems[1]:
        return True
    alike = stems[0][:1] == stems[1][:1] and abs(len(stems[0]) - len(stems[1])) <= 3
    return alike and (one is None or two is None or one[0] == two[0])


def words(items: Iterable[object], conjunction: str = "and") -> str:
    """Several things in a sentence: `a, b and c`."""
    texts = [str(item) for item in items]
    return f" {conjunction} ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)

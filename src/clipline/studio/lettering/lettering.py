"""Writes lines of any script: in the fonts it takes, from left to right and from right to left, broken where it may be.

Letters are put together by HarfBuzz, through Pillow; what is in which font, and in which order pieces of several fonts
stand, is decided here. Lines are broken as Unicode Standard Annex 14 says, so words of Thai, which stand without
spaces, are broken only where one does not fit into a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from clipline.studio.lettering.fonts import (
    clusters,
    face_for,
    faces_for,
    has,
    is_emoji,
    is_unseen,
    load,
    need_fonts_for,
    shapes,
)

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

__all__ = ["Line", "Run", "Typeface"]

#: Marks of embedding and isolation, which the reordering here does not need.
_BIDI_MARKS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one font that are written in one direction; `scale` brings its pictures to the size of the text."""

    text: str
    font: FreeTypeFont
    rtl: bool = False
    scale: float = 1.0
    language: str | None = None

    def options(self) -> dict[str, Any]:
        """How Pillow is to write it."""
        from PIL.ImageFont import Layout

        shaped = shapes() and self.font.layout_engine == Layout.RAQM
        return {"direction": "rtl" if self.rtl else "ltr", "language": self.language} if shaped else {}

    @property
    def width(self) -> float:
        """Pixels that it takes."""
        return self.font.getlength(self.text, **self.options()) * self.scale


@dataclass(frozen=True, slots=True)
class Line:
    """What stands in one line, from left to right; `rtl` says that it is read from the right."""

    runs: tuple[Run, ...]
    rtl: bool = False

    @property
    def width(self) -> float:
        """Pixels that it takes, without an edge around it."""
        return sum(run.width for run in self.runs)


class Typeface:
    """What a text is written in: one font where one has all of its characters, else as many as it takes.

    Raises:
        Refused: no font on this machine can write one of the characters.
    """

    def __init__(self, text: str, pixels: int) -> None:
        need_fonts_for(text)
        self.pixels = pixels
        self._faces = faces_for(text)
        self._language = _language(text)
        self._widths: dict[str, float] = {}
        metrics = [load(path, pixels).getmetrics() for path in self._faces]
        #: Pixels above and below the baseline of a line.
        self.ascent, self.descent = max(above for above, _ in metrics), max(below for _, below in metrics)

    @property
    def line_height(self) -> int:
        """Pixels from one line to the next."""
        return self.ascent + self.descent

    def line(self, text: str, *, rtl: bool | None = None) -> Line:
        """A text as one line; `rtl` is the direction that its paragraph is read in, by default that of its letters."""
        text = text.translate(_BIDI_MARKS)
        rtl = _is_rtl(text) if rtl is None else rtl
        cells = list(self._cells(text))
        order = _visual_order([cluster for cluster, _ in cells], rtl=rtl)
        runs = []
        for (level, path), places in groupby(order, key=lambda place: (place[1], cells[place[0]][1])):
            words = "".join(_written(*cells[at]) for at in sorted(at for at, _ in places))
            font = load(path, self.pixels)
            if words:
                runs.append(Run(words, font, level % 2 == 1, self.pixels / font.size, self._language))
        return Line(tuple(runs), rtl)

    def lines(self, text: str, width: float) -> list[Line]:
        """A text in lines of at most this many pixels."""
        return [
            self.line(words, rtl=_is_rtl(paragraph))
            for paragraph in text.splitlines()
            for words in self._broken(paragraph.strip(), width)
        ]

    def _cells(self, text: str) -> Iterator[tuple[str, str]]:
        """Each cluster with the face that writes it; blanks and marks take that of the letters before them."""
        path = self._faces[0]
        for cluster in clusters(text):
            if cluster.isspace():
                yield " ", path
            elif is_emoji(cluster):
                yield cluster, face_for(cluster, self._faces) or path
            else:
                found = None if all(map(is_unseen, cluster)) else face_for(cluster, self._faces)
                path = path if found is None else found
                yield cluster, path

    def _broken(self, text: str, width: float) -> list[str]:
        """A paragraph in lines; only what does not fit into a line alone is broken inside."""
        if self._width(text) <= width:
            return [text]
        lines, current, taken = [], "", 0.0
        for unit in _units(text):
            fits = self._width(unit.rstrip()) <= width
            if current and fits and taken + self._width(unit.rstrip()) > width:
                lines.append(current)
                current, taken = "", 0.0
            for part in [unit] if fits else clusters(unit):
                if current and taken + self._width(part.rstrip()) > width:
                    lines.append(current)
                    current, taken = "", 0.0
                current, taken = current + part, taken + self._width(part)
        return [line.rstrip() for line in (*lines, current)]

    def _width(self, text: str) -> float:
        if text not in self._widths:
            self._widths[text] = self.line(text).width
        return self._widths[text]


@lru_cache(maxsize=32)
def _units(text: str) -> list[str]:
    """A text in what must stay in one line; kept, since a text is broken anew for each size that it is tried in."""
    from uniseg.linebreak import line_break_units

    return list(line_break_units(text))


def _written(cluster: str, path: str) -> str:
    """What of a cluster is handed to a font: marks that it lacks would be drawn as boxes."""
    return "".join(c for c in cluster if not is_unseen(c) or is_emoji(cluster) or has(path, c))


def _language(text: str) -> str | None:
    """Whose forms of Chinese characters a font is to use, where it has several (BCP 47)."""
    names = " ".join(unicodedata.name(character, "") for character in set(text))
    kinds = {"HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh-Hans"}
    return next((language for kind, language in kinds.items() if kind in names), None)


def _is_rtl(text: str) -> bool:
    from bidi.algorithm import get_base_level

    return bool(get_base_level(text) == 1)


def _visual_order(pieces: Sequence[str], *, rtl: bool) -> list[tuple[int, int]]:
    """The places of clusters from left to right, each with its level: odd ones are read from the right (UAX 9)."""
    from bidi import algorithm

    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = int(rtl), "R" if rtl else "L"
    algorithm.get_embedding_levels("".join(piece[0] for piece in pieces), storage)
    for place, character in enumerate(storage["chars"]):
        character["place"] = place
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    algorithm.reorder_resolved_levels(storage, False)
    return [(character["place"], character["level"]) for character in storage["chars"]]

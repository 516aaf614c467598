"""Finds the fonts that can write a text: Pillow's own for plain Latin, else those that are installed."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.errors import Refused

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

__all__ = ["Typeface", "font_for", "need_fonts_for", "scripts", "unwritable"]

#: Where systems keep their fonts, each searched with all its folders.
_FOLDERS = {
    "darwin": ["/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"],
    "linux": ["/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"],
}
#: Plain text faces, tried before all others.
_LIKED = (
    "notosanscjk-regular", "notosanssc-regular", "sourcehansans", "wqy-microhei", "wqy-zenhei", "pingfang",
    "hiragino sans gb", "droidsansfallback", "dejavusans.ttf", "notosans-regular", "liberationsans-regular", "arial",
)  # fmt: skip
_UNLIKED = ("mono", "bold", "italic", "oblique", "light", "thin", "condensed", "serif", "black", "emoji")
#: Some letters of each script, by which its fonts are known.
_SCRIPTS = {
    "Latin": "AaZz", "accents": "éßñŁ", "Greek": "ΑΩαω", "Cyrillic": "ДЖяё", "Chinese": "你好標題",
    "Japanese": "あアの", "Korean": "안녕한글", "emoji": "😀🎉🚀",
}  # fmt: skip
_MOST_NAMED = 5  # characters that a refusal names
_BUILT_IN = ""  # stands for Pillow's own font where a path is expected


def unwritable(text: str) -> str:
    """The characters of a text, each once, that no font on this machine can write."""
    return "".join(character for character in _shown(text) if _face(character) is None)


def need_fonts_for(text: str) -> None:
    """Make sure that a text can be written.

    Raises:
        Refused: no font on this machine has one of its characters; the hint says what to install.
    """
    missing = unwritable(text)
    if missing:
        shown = ", ".join(repr(character) for character in missing[:_MOST_NAMED])
        more = " and others" if len(missing) > _MOST_NAMED else ""
        raise Refused(f"no font on this machine can write {shown}{more}", code="no_font", hint=_hint(missing))


def scripts() -> dict[str, bool]:
    """Some scripts that titles are written in, and whether this machine has a font for each."""
    return {name: not unwritable(sample) for name, sample in _SCRIPTS.items()}


def font_for(text: str, pixels: int) -> FreeTypeFont:
    """The one font, `pixels` high, that has a glyph for most characters of the text.

    Raises:
        Refused: no font on this machine can write one of them.
    """
    return _load(Typeface(text, pixels).faces[0], pixels)


class Typeface:
    """What a text is written in: one font where one has all of its characters, else as many as it takes.

    Raises:
        Refused: no font on this machine can write one of the characters.
    """

    def __init__(self, text: str, pixels: int) -> None:
        need_fonts_for(text)
        self.faces = _faces(_shown(text))
        self._fonts = {path: _load(path, pixels) for path in self.faces}
        #: Pixels from one line to the next.
        self.line_height = max(sum(font.getmetrics()) for font in self._fonts.values())

    def runs(self, line: str) -> list[tuple[str, FreeTypeFont]]:
        """A line of the text in stretches of one font each."""
        placed: list[tuple[str, str]] = []
        path = self.faces[0]
        for character in line:
            if character.isspace():
                placed.append((" ", path))
                continue
            if not _is_unseen(character):
                path = next(face for face in self.faces if _has(face, character))
            elif not _has(path, character):
                continue  # it would be drawn as a box
            placed.append((character, path))
        stretches = groupby(placed, key=lambda item: item[1])
        return [("".join(character for character, _ in items), self._fonts[face]) for face, items in stretches]

    def width(self, line: str) -> float:
        """The pixels that a line takes, without an edge around it."""
        return sum(font.getlength(words) for words, font in self.runs(line))


def _hint(missing: str) -> str:
    """What to install, by the kind of the first of these characters."""
    name = unicodedata.name(missing[0], "")
    if name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO")):
        return "install a font for Chinese, Japanese and Korean, like Noto Sans CJK"
    if unicodedata.category(missing[0]) in ("So", "Sk"):
        return "leave it out, or install a font with such signs in one colour, like Noto Emoji (not the colour one)"
    return "leave it out, or install a font that has it, like one of the Noto fonts of its script"


def _shown(text: str) -> str:
    """The characters of a text that must be seen, each once."""
    return "".join(c for c in dict.fromkeys(text) if not c.isspace() and not _is_unseen(c))


def _is_unseen(character: str) -> bool:
    """Whether it only tells how its neighbours are written: joiners, marks of direction, variation selectors."""
    return unicodedata.category(character) in ("Cf", "Cc") or "\ufe00" <= character <= "\ufe0f"


@cache
def _faces(wanted: str) -> tuple[str, ...]:
    """The faces that together have these characters, the one with most of them first; never none."""
    whole = _face(wanted)
    if whole is not None:
        return (whole,)
    found = dict.fromkeys(path for character in wanted if (path := _face(character)) is not None)
    return tuple(sorted(found, key=lambda path: -sum(_has(path, character) for character in wanted)))


@cache
def _face(wanted: str) -> str | None:
    """The first font with all these characters: the path of its file, `_BUILT_IN`, or None where there is none."""
    return next((path for path in _all_faces() if all(_has(path, character) for character in wanted)), None)


@cache
def _all_faces() -> tuple[str, ...]:
    found = [str(path) for folder in _FOLDERS.get(sys.platform, ()) for path in _font_files(folder)]
    return (_BUILT_IN, *sorted(found, key=_liking))


def _font_files(folder: str) -> Iterator[Path]:
    for root, _, names in os.walk(Path(folder).expanduser()):
        yield from (Path(root, name) for name in names if name.lower().endswith((".ttf", ".otf", ".ttc")))


def _liking(path: str) -> tuple[int, int, str]:
    name = Path(path).name.lower()
    liked = next((place for place, start in enumerate(_LIKED) if name.startswith(start)), len(_LIKED))
    return liked, sum(word in name for word in _UNLIKED), path


@cache
def _has(path: str, character: str) -> bool:
    try:
        font = _load(path, 20)
        mask: Any = font.getmask(character)
        nothing: Any = font.getmask("\U0010ffff")  # never assigned: what the font draws for what it has not
    except (OSError, ValueError):  # a damaged font, one of pictures in a few sizes, half of a character
        return False
    if mask.size == nothing.size and bytes(mask) == bytes(nothing):
        return False
    return any(bytes(mask)) or _is_unseen(character)  # fonts in colour may have no outline


@cache
def _load(path: str, pixels: int) -> FreeTypeFont:
    from PIL import ImageFont

    if path == _BUILT_IN:
        font: Any = ImageFont.load_default(pixels)
        return font  # type: ignore[no-any-return]
    return ImageFont.truetype(path, pixels)

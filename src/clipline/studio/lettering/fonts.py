"""Finds the fonts that can write a text: Pillow's own for plain Latin, else those that are installed.

A text is looked at cluster by cluster: what a reader takes for one letter or emoji, however many characters it has.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.errors import Refused

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

__all__ = [
    "clusters",
    "drawn_plainly",
    "face_for",
    "faces_for",
    "font_for",
    "has",
    "is_emoji",
    "is_unseen",
    "load",
    "need_fonts_for",
    "scripts",
    "shapes",
    "unwritable",
]

#: Where systems keep their fonts, each searched with all its folders.
_FOLDERS = {
    "darwin": ["/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"],
    "linux": ["/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"],
}
#: Plain text faces, tried before all others.
_LIKED = (
    "notosanscjk-regular", "notosanssc-regular", "sourcehansans", "wqy-microhei", "wqy-zenhei", "pingfang",
    "hiragino sans gb", "droidsansfallback", "notosans-regular", "notosansarabic-regular", "notosanshebrew-regular",
    "dejavusans.ttf", "liberationsans-regular", "arial", "notosans",
)  # fmt: skip
_UNLIKED = ("mono", "bold", "italic", "oblique", "light", "thin", "condensed", "serif", "black", "ui")
#: Some letters of each script, by which its fonts are known.
_SCRIPTS = {
    "Latin": "AaZz", "accents": "éßñŁ", "Greek": "ΑΩαω", "Cyrillic": "ДЖяё", "Hebrew": "שלום", "Arabic": "مرحبا",
    "Devanagari": "नमस्ते", "Thai": "สวัสดี", "Chinese": "你好標題", "Japanese": "あアの", "Korean": "안녕한글",
    "emoji": "😀🎉🚀",
}  # fmt: skip
_MOST_NAMED = 5  # characters that a refusal names
_BUILT_IN = ""  # stands for Pillow's own font where a path is expected
#: Pixels of the pictures in fonts that have no outlines: Noto Color Emoji, Apple Color Emoji.
_STRIKES = (109, 160, 96, 64, 48, 32)
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO")
#: Scripts whose letters change their forms or places beside others; the first words of their characters' names.
_SHAPED = (
    "ARABIC", "SYRIAC", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA",
    "MALAYALAM", "SINHALA", "THAI", "LAO", "TIBETAN", "MYANMAR", "KHMER",
)  # fmt: skip


# --- what a text needs -----------------------------------------------------------------------------------------------


def unwritable(text: str) -> str:
    """The characters of a text, each once, that no font on this machine can write."""
    return "".join(dict.fromkeys(c for each in _shown(text) if face_for(each) is None for c in each if not _face(c)))


def need_fonts_for(text: str) -> None:
    """Make sure that a text can be written.

    Raises:
        Refused: no font on this machine has one of its characters, or its letters cannot be put together; the hint says
            what to install.
    """
    missing = unwritable(text)
    if missing:
        shown = ", ".join(repr(character) for character in missing[:_MOST_NAMED])
        more = " and others" if len(missing) > _MOST_NAMED else ""
        raise Refused(f"no font on this machine can write {shown}{more}", code="no_font", hint=_hint(missing[0]))
    if not shapes():
        for character in text:
            if unicodedata.bidirectional(character) in ("R", "AL") or _name(character).startswith(_SHAPED):
                raise Refused(
                    f"the letters of {_name(character).partition(' ')[0].title()} cannot be put together here",
                    code="no_shaping",
                    hint="install FriBidi, which Pillow needs for it: apt install libfribidi0, or brew install fribidi",
                )


def drawn_plainly(text: str) -> str:
    """What to say of emoji that are drawn as outlines; nothing where all are in colour, or there are none.

    Without U+FE0F after it a heart or a sun is a sign of text (Unicode Technical Standard 51), whatever is installed.
    """
    from uniseg.emoji import emoji

    signs = [each for each in _shown(text) if each[0] >= "\u2600" and emoji(each[0])]
    absent = [each for each in signs if not _in_colour(each)]
    plain = [each for each in signs if not is_emoji(each) and each not in absent]
    said = []
    if absent:
        said.append(f"{' '.join(absent)} as outlines: no font of emoji here has them; {_hint(absent[0][0])}")
    if plain:
        said.append(f"{' '.join(plain)} as outlines: for emoji in colour type them with U+FE0F behind, as phones do")
    return f"drawn {'; '.join(said)}" if said else ""


def _in_colour(cluster: str) -> bool:
    return any(all(has(path, character) for character in _seen(cluster)) for path in _emoji_faces())


def scripts() -> dict[str, bool]:
    """Some scripts that titles are written in, and whether this machine can write each."""
    return {name: _can_write(sample) for name, sample in _SCRIPTS.items()}


def _can_write(sample: str) -> bool:
    try:
        need_fonts_for(sample)
    except Refused:
        return False
    return True


def shapes() -> bool:
    """Whether Pillow puts letters together and writes from right to left here: it needs Raqm and FriBidi for that."""
    from PIL import features

    return bool(features.check("raqm"))


def font_for(text: str, pixels: int) -> FreeTypeFont:
    """The one font, `pixels` high, that has a glyph for most characters of the text.

    Raises:
        Refused: no font on this machine can write one of them.
    """
    need_fonts_for(text)
    return load(faces_for(text)[0], pixels)


def _hint(missing: str) -> str:
    """What to install, by the kind of character."""
    if _name(missing).startswith(_EAST_ASIAN):
        font = "a font for Chinese, Japanese and Korean, like Noto Sans CJK"
        return f"install {font}: apt install fonts-noto-cjk, or brew install --cask font-noto-sans-cjk"
    if is_emoji(missing) or unicodedata.category(missing) in ("So", "Sk"):
        font = "a font with such signs, like Noto Emoji"
        where = "apt install fonts-noto-color-emoji, or brew install --cask font-noto-color-emoji"
        return f"leave it out, or install {font}: {where}"
    script = _name(missing).partition(" ")[0].lower()
    where = f"apt install fonts-noto-core, or brew install --cask font-noto-sans-{script or 'NAME'}"
    return f"leave it out, or install a font that has it, like one of the Noto fonts of its script: {where}"


# --- clusters --------------------------------------------------------------------------------------------------------


def clusters(text: str) -> list[str]:
    """A text in what readers take for single letters and signs (Unicode Standard Annex 29)."""
    from uniseg.graphemecluster import grapheme_clusters

    return list(text) if text.isascii() else list(grapheme_clusters(text))


def is_emoji(cluster: str) -> bool:
    """Whether it is meant to be seen as a picture in colour (Unicode Technical Standard 51)."""
    from uniseg.emoji import emoji, emoji_presentation

    asked = "\ufe0f" in cluster and emoji(cluster[0])
    return asked or ("\ufe0e" not in cluster and any(map(emoji_presentation, cluster)))


def is_unseen(character: str) -> bool:
    """Whether it only tells how its neighbours are written: joiners, marks of direction, variation selectors."""
    return unicodedata.category(character) in ("Cf", "Cc") or "\ufe00" <= character <= "\ufe0f"


def _shown(text: str) -> list[str]:
    """The clusters of a text that must be seen, each once, without what is unseen in them."""
    return [each for each in dict.fromkeys(clusters(text)) if not each.isspace() and not all(map(is_unseen, each))]


def _seen(cluster: str) -> str:
    return "".join(character for character in cluster if not is_unseen(character) and not character.isspace())


# --- faces -----------------------------------------------------------------------------------------------------------


def faces_for(text: str) -> tuple[str, ...]:
    """The faces that together write a text but its emoji, the one with most of it first; never none."""
    return _faces("".join(sorted({c for each in _shown(text) if not is_emoji(each) for c in _seen(each)})))


def face_for(cluster: str, faces: Iterable[str] = ()) -> str | None:
    """The face that writes a cluster, of these where one of them does; None where no font here can."""
    wanted = _seen(cluster)
    if is_emoji(cluster):
        pictures = next((path for path in _emoji_faces() if all(has(path, c) for c in wanted)), None)
        if pictures is not None:
            return pictures
    found = next((path for path in faces if all(has(path, c) for c in wanted)), None)
    return _face(wanted) if found is None else found


@cache
def _faces(wanted: str) -> tuple[str, ...]:
    whole = _face(wanted)
    if whole is not None:
        return (whole,)
    found = dict.fromkeys(path for character in wanted if (path := _face(character)) is not None)
    return tuple(sorted(found, key=lambda path: -sum(has(path, character) for character in wanted))) or (_BUILT_IN,)


@cache
def _face(wanted: str) -> str | None:
    """The first font of text with all these characters: the path of its file, `_BUILT_IN`, or None."""
    return next((path for path in _text_faces() if all(has(path, character) for character in wanted)), None)


@cache
def _all_faces() -> tuple[str, ...]:
    found = [str(path) for folder in _FOLDERS.get(sys.platform, ()) for path in _font_files(folder)]
    return (_BUILT_IN, *sorted(found, key=_liking))


def _text_faces() -> tuple[str, ...]:
    return tuple(path for path in _all_faces() if not _has_emoji(path))


def _emoji_faces() -> tuple[str, ...]:
    """Fonts of emoji, those in colour first; they have digits too, which are no text."""
    return tuple(sorted(filter(_has_emoji, _all_faces()), key=lambda path: "color" not in path.lower()))


def _has_emoji(path: str) -> bool:
    return "emoji" in Path(path).name.lower()


def _font_files(folder: str) -> Iterator[Path]:
    for root, _, names in os.walk(Path(folder).expanduser(), followlinks=True):
        yield from (Path(root, name) for name in names if name.lower().endswith((".ttf", ".otf", ".ttc")))


def _liking(path: str) -> tuple[int, int, str]:
    name = Path(path).name.lower()
    liked = next((place for place, start in enumerate(_LIKED) if name.startswith(start)), len(_LIKED))
    return liked, sum(word in name for word in _UNLIKED), path


@cache
def has(path: str, character: str) -> bool:
    """Whether a font has a glyph for a character."""
    try:
        font = load(path, 20)
        mask: Any = font.getmask(character)
        nothing: Any = font.getmask("\U0010ffff")  # never assigned: what the font draws for what it has not
    except (OSError, ValueError):  # a damaged font, half of a character
        return False
    if mask.size == nothing.size and bytes(mask) == bytes(nothing):
        return False
    return any(bytes(mask)) or is_unseen(character)  # fonts in colour may have no outline


@cache
def load(path: str, pixels: int) -> FreeTypeFont:
    """A font at a height in pixels; one made of pictures at the height that it has them in.

    Raises:
        OSError: the file cannot be read as a font.
    """
    from PIL import ImageFont

    if path == _BUILT_IN:
        font: Any = ImageFont.load_default(pixels)
        return font  # type: ignore[no-any-return]
    for height in (pixels, *_STRIKES):
        try:
            return ImageFont.truetype(path, height)
        except OSError as error:
            if "invalid pixel size" not in str(error):
                raise
    raise OSError(f"{path} has no pictures of a known size")


def _name(character: str) -> str:
    return unicodedata.name(character, "")

"""Finds a font that can write a text: Pillow's own for plain Latin, else one that is installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.errors import Refused

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

__all__ = ["font_for"]

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
_BUILT_IN = ""  # stands for Pillow's own font where a path is expected


def font_for(text: str, pixels: int) -> FreeTypeFont:
    """A font, `pixels` high, with a glyph for every character of the text.

    Raises:
        Refused: no font on this machine has them all.
    """
    wanted = "".join(sorted({character for character in text if character.isprintable() and not character.isspace()}))
    path = _face(wanted)
    if path is None:
        missing = next((character for character in wanted if _face(character) is None), wanted)
        raise Refused(
            f"no font on this machine can write {missing!r}",
            code="no_font",
            hint="install a font that can, like Noto Sans (for Chinese, Japanese and Korean: Noto Sans CJK)",
        )
    return _load(path, pixels)


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
    font = _load(path, 20)
    try:
        mask: Any = font.getmask(character)
        nothing: Any = font.getmask("\U0010ffff")  # never assigned: what the font draws for what it has not
    except OSError:
        return False
    return mask.size != nothing.size or bytes(mask) != bytes(nothing)


@cache
def _load(path: str, pixels: int) -> FreeTypeFont:
    from PIL import ImageFont

    if path == _BUILT_IN:
        font: Any = ImageFont.load_default(pixels)
        return font  # type: ignore[no-any-return]
    return ImageFont.truetype(path, pixels)

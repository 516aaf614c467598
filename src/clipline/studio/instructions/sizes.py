"""Sizes, numbers of lines, and shapes."""

from __future__ import annotations

import re

from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.words import LARGEST_SIDE, LINES, SHAPES, alternatives
from clipline.values import Size, even

__all__ = ["LINES_FORM", "SHAPE", "SIZE", "read_box", "read_lines", "read_shape", "read_size"]

SIZE = r"\d{1,5} ?(?:x|×|\*|by|乘以?) ?\d{1,5}(?: ?(?:pixels|pixel|px|像素))?"
LINES_FORM = rf"(?:\d{{3,4}} ?[pP]|{alternatives(LINES)})(?: (?:resolution|quality|size))?(?:分辨率)?"
_RATIO = r"\d{1,2} ?(?::|/|比|x|×|by) ?\d{1,2}"
SHAPE = rf"(?:{_RATIO}|{alternatives(SHAPES)})"


def read_size(words: str, heard: Heard) -> Size:
    """A size in pixels."""
    width, height = (int(side) for side in re.findall(r"\d+", words)[:2])
    if not (2 <= width <= LARGEST_SIDE and 2 <= height <= LARGEST_SIDE):
        raise heard.refused("size", words=words, limit=LARGEST_SIDE)
    return Size(width, height)


def read_lines(words: str, heard: Heard) -> int:
    """A number of lines, by its name or like 720p."""
    bare = re.sub(r" (?:resolution|quality|size)$|分辨率$", "", words.lower())
    lines = LINES.get(bare) or int(re.sub(r"\D", "", bare))
    if not 100 <= lines <= 4320 or lines % 2:
        raise heard.refused("size", words=words, limit=LARGEST_SIDE)
    return lines


def read_box(words: str, heard: Heard) -> Size:
    """A size, or the 16:9 box of so many lines."""
    if re.fullmatch(SIZE, words, re.IGNORECASE):
        return read_size(words, heard)
    lines = read_lines(words, heard)
    return Size(even(lines * 16 / 9 + 1), lines)


def read_shape(words: str, _heard: Heard) -> str | None:
    """A shape as an aspect ratio, by its name or like 9:16."""
    if named := SHAPES.get(words.lower()):
        return named
    sides = [int(side) for side in re.findall(r"\d+", words)]
    if len(sides) != 2 or not all(sides) or max(sides) > 32:
        return None
    return f"{sides[0]}:{sides[1]}"

"""Draws what a title or a lower third looks like: its lines, what makes them legible, and the plate behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal

from clipline.errors import Refused
from clipline.studio.lettering.lettering import Line, Run, Typeface
from clipline.timeline import LowerThird, Title
from clipline.values import Color, Size

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Block", "draw_card", "lay_out"]

_WIDTH = 0.9  # of the picture; a line is broken there, which leaves the margin of 5 % that EBU R 95 calls safe
_MOST = 0.8  # of the height; a longer text is written smaller
_SMALLEST = 9  # pixels; less cannot be read
_NAME, _LINE = 0.055, 0.038  # of the shorter side: the name in a lower third, and the line under it
_SIDE = 0.6  # of the picture; a lower third is no wider
_CLEAR = 0.7  # of a plate that covers
_SHADE = 0.75  # of a shadow that covers

_Align = Literal["left", "middle", "right"]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size above each other, and the pixels that they take."""

    lines: Sequence[Line]
    face: Typeface

    @property
    def width(self) -> int:
        """Of the longest line."""
        return ceil(max((line.width for line in self.lines), default=0.0))

    @property
    def height(self) -> int:
        """Of all lines."""
        return self.face.line_height * len(self.lines)


def draw_card(shown: Title | LowerThird, size: Size) -> Image:
    """The RGBA drawing for a picture of this size, no larger than what is drawn.

    Raises:
        Refused: no font on this machine can write the text, or it is too long for the picture.
    """
    blocks = lay_out(shown, size)
    if isinstance(shown, LowerThird):
        return _lower_third(shown, blocks)
    align: _Align = "left" if "left" in shown.position else "right" if "right" in shown.position else "middle"
    card = _written(blocks[0], shown.color, shown.edge, align)
    card = card.crop(card.getbbox() or (0, 0, 2, 2))
    return card if shown.plate is None else _on_plate(card, shown.plate, round(blocks[0].face.pixels * 0.45))


def lay_out(shown: Title | LowerThird, size: Size) -> list[Block]:
    """The lines of each of its texts; raises what `draw_card` raises, and draws nothing."""
    shorter = min(size.width, size.height)
    if isinstance(shown, Title):
        return [_laid_out(shown.text, round(shorter * shown.size / 100), size, _WIDTH)]
    both = f"{shown.name}\n{shown.line}"  # in the same fonts
    name = _laid_out(shown.name, max(_SMALLEST + 3, round(shorter * _NAME)), size, _SIDE, both)
    return [name, _laid_out(shown.line, round(shorter * _LINE), size, _SIDE, both)] if shown.line else [name]


def _lower_third(shown: LowerThird, blocks: Sequence[Block]) -> Image:
    from PIL import Image

    card = Image.new("RGBA", (max(block.width for block in blocks), sum(block.height for block in blocks)))
    y = 0
    for block in blocks:
        part = _written(block, shown.color, "none", shown.side, room=0)
        card.alpha_composite(part, (round(_indent(shown.side, part.width, card.width)), y))
        y += part.height
    card = card.crop(card.getbbox() or (0, 0, 2, 2))
    return _on_plate(card, shown.plate, round(blocks[0].face.pixels * 0.5))


def _indent(align: _Align, width: float, whole: float) -> float:
    """How far from the left something begins that stands in what is `whole` wide."""
    return {"left": 0.0, "middle": (whole - width) / 2, "right": whole - width}[align]


def _laid_out(text: str, pixels: int, size: Size, share: float, all_text: str = "") -> Block:
    """A text in lines that fit into this share of the picture's width, written smaller where it would be too high."""
    pixels = max(_SMALLEST, pixels)
    while True:
        face = Typeface(all_text or text, pixels)
        block = Block(face.lines(text, size.width * share - pixels / 7), face)
        if block.height <= size.height * _MOST and block.width <= size.width * share:
            return block
        if pixels <= _SMALLEST:
            raise Refused(
                f"the title {text[:40]!r}… is too long for a picture of {size}", code="title_too_long",
                hint="shorten it, or make several titles of it",
            )  # fmt: skip
        pixels = max(_SMALLEST, int(pixels * 0.85))


def _written(block: Block, color: Color, edge: str, align: _Align, room: int | None = None) -> Image:
    """Lines in their colour, with what makes them legible, on nothing; some room around them."""
    from PIL import Image, ImageFilter

    pixels, stroke = block.face.pixels, max(1, block.face.pixels // 14)
    room = pixels // 2 + stroke if room is None else room
    size = block.width + 2 * room, block.height + 2 * room
    letters, pictures = _letters(block, size, room, align, 0)
    card = Image.new("RGBA", size)
    dark = Color(0, 0, 0) if _is_bright(color) else Color(255, 255, 255)
    if edge == "outline":
        card.paste(_rgb(dark), mask=_letters(block, size, room, align, stroke)[0])
    elif edge == "shadow":
        shade = Image.new("L", size)
        shade.paste(letters, (stroke, stroke))
        shade = shade.filter(ImageFilter.GaussianBlur(max(1.0, pixels / 16)))
        card.paste(_rgb(dark), mask=shade.point(lambda value: min(255, round(value * _SHADE * 1.6))))
    card.alpha_composite(_filled(color, letters))
    card.alpha_composite(pictures)
    return card


def _filled(color: Color, mask: Image) -> Image:
    from PIL import Image

    filled = Image.new("RGBA", mask.size, (*_rgb(color)[:3], 0))
    filled.putalpha(mask)
    return filled


def _letters(block: Block, size: tuple[int, int], room: int, align: _Align, stroke: int) -> tuple[Image, Image]:
    """Where letters are, 0 to 255, with a line around them; and the emoji, in their own colours."""
    from PIL import Image, ImageDraw

    letters, pictures = Image.new("L", size), Image.new("RGBA", size)
    draw = ImageDraw.Draw(letters)
    for number, line in enumerate(block.lines):
        x, y = (
            room + _indent(align, line.width, block.width),
            room + block.face.ascent + number * block.face.line_height,
        )
        for run in line.runs:
            if run.scale == 1.0:
                draw.text((x, y), run.text, 255, run.font, anchor="ls", stroke_width=stroke, **run.options())
            else:
                _draw_pictures(pictures, run, x, y)
            x += run.width
    return letters, pictures


def _draw_pictures(onto: Image, run: Run, x: float, y: float) -> None:
    """Emoji in colour, from the size that their font has them in to that of the text."""
    from PIL import Image, ImageDraw

    ascent, descent = run.font.getmetrics()
    width = ceil(run.font.getlength(run.text, **run.options()))
    drawn = Image.new("RGBA", (max(1, width), ascent + descent))
    ImageDraw.Draw(drawn).text((0, ascent), run.text, font=run.font, anchor="ls", embedded_color=True, **run.options())
    size = max(1, round(drawn.width * run.scale)), max(1, round(drawn.height * run.scale))
    onto.alpha_composite(
        drawn.resize(size, Image.Resampling.LANCZOS), (round(x), max(0, round(y - ascent * run.scale)))
    )


def _on_plate(card: Image, color: Color, room: int) -> Image:
    """A drawing on a half clear plate with round corners, so much larger on each side."""
    from PIL import Image, ImageDraw

    size = card.width + 2 * room, card.height + 2 * room
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), max(2, room // 3), round(255 * _CLEAR))
    plate = _filled(color, mask)
    plate.alpha_composite(card, (room, room))
    return plate


def _is_bright(color: Color) -> bool:
    return 0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue > 96


def _rgb(color: Color) -> tuple[int, int, int, int]:
    return color.red, color.green, color.blue, 255

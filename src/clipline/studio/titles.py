"""Texts over the picture: drawn once each, blended only where they stand and only while they are seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from clipline.errors import Refused
from clipline.studio.fonts import Typeface
from clipline.studio.picture import ColorSpace, Finding, Picture, yuv
from clipline.timeline import Title
from clipline.values import Color, Size, even

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont

    from clipline.studio.picture import Plane

    Weights = NDArray[np.uint8]

__all__ = ["Shown", "Titles"]

_HEIGHT = 0.07  # of the shorter side of the picture
_WIDTH = 0.9  # of the picture; a line is broken there
_MARGIN = 0.06  # of the height, above the top and below the bottom
_BETWEEN = 0.01  # of the height, between two titles at the same place
_SMALLEST = 9  # pixels; less cannot be read
_MOST = 0.8  # of the height; a longer text is written smaller


@dataclass(frozen=True, slots=True)
class Shown:
    """A title and when it is seen, in seconds of the source."""

    title: Title
    start: float
    end: float


class Titles:
    """Writes titles on pictures of one size. Thousands cost no more than those seen at the same time.

    Raises:
        Refused: no font on this machine can write one of the texts, or a text is too long for the picture.
    """

    def __init__(self, titles: Sequence[Shown], size: Size, space: ColorSpace) -> None:
        self._size, self._space = size, space
        # The next one last; of those that begin together the first given.
        self._coming = sorted(titles, key=lambda shown: shown.start)[::-1]
        self._seen: list[tuple[Shown, _Overlay]] = []
        for shown in titles:
            _laid_out(shown.title.text, size)

    def process(self, picture: Picture) -> Picture:
        """The picture with the titles of its time."""
        now = picture.time + 1e-6
        self._seen = [(shown, overlay) for shown, overlay in self._seen if shown.end > now]
        while self._coming and self._coming[-1].start <= now:
            shown = self._coming.pop()
            if shown.end > now:
                self._seen.append((shown, self._draw(shown.title)))
        for _, overlay in self._seen:
            overlay.blend(picture)
        return picture

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()

    def _draw(self, title: Title) -> _Overlay:
        """Draw a title clear of those already seen at the same position."""
        gap = round(self._size.height * _BETWEEN)
        taken = sum(overlay.height + gap for shown, overlay in self._seen if shown.title.position == title.position)
        return _draw(title, self._size, self._space, taken)


@dataclass(frozen=True, slots=True)
class _Overlay:
    """A text ready to be laid on a picture at `x`, `y` (even).

    `weight` says how much of each pixel the text covers, 0 to 255, of shape (height, width), both even; `colors` are
    the values there of brightness, and of the two colours at half the size.
    """

    x: int
    y: int
    weight: Weights
    half_weight: Weights
    colors: tuple[Plane, Plane, Plane]

    @property
    def height(self) -> int:
        return int(self.weight.shape[0])

    def blend(self, picture: Picture) -> None:
        x, y, (height, width) = self.x, self.y, self.weight.shape
        weight, half = self.weight, self.half_weight
        if picture.alpha is not None:
            under = picture.alpha[y : y + height, x : x + width]
            weight = _over(under, weight)
            half = weight[::2, ::2]
        _mix(picture.y[y : y + height, x : x + width], self.colors[0], weight)
        for plane, color in ((picture.u, self.colors[1]), (picture.v, self.colors[2])):
            _mix(plane[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2], color, half)


def _mix(plane: Plane, color: Plane, weight: Weights) -> None:
    """`plane` becomes `weight` parts of 255 of `color`, in place."""
    import numpy as np

    weight = weight[: plane.shape[0], : plane.shape[1]]
    color = color[: plane.shape[0], : plane.shape[1]]
    mixed = plane * (255 - weight.astype(np.uint16))
    mixed += color * weight.astype(np.uint16)
    mixed += 127
    mixed //= 255
    plane[...] = mixed


def _over(alpha: Plane, weight: Weights) -> Weights:
    """Lay `weight` over `alpha`, in place; how much of the colour that is then seen comes from above."""
    import numpy as np

    cover = weight[: alpha.shape[0], : alpha.shape[1]].astype(np.uint16)
    both = cover + alpha * (255 - cover) // 255
    alpha[...] = both
    return (cover * 255 // np.maximum(both, 1)).astype(np.uint8)


def _draw(title: Title, size: Size, space: ColorSpace, taken: int) -> _Overlay:
    import numpy as np
    from PIL import Image, ImageDraw

    block = _laid_out(title.text, size)
    left, top, right, bottom = block.box
    width, height = min(even(right - left + 1), even(size.width)), min(even(bottom - top + 1), even(size.height))
    masks = []
    for edge in (block.edge, 0):
        image = Image.new("L", (width, height))
        draw = ImageDraw.Draw(image)
        for x, y, words, font in block.stretches():
            draw.text((x - left, y - top), words, 255, font, anchor="ls", stroke_width=edge)
        masks.append(np.asarray(image))
    weight, inner = masks
    return _Overlay(
        (size.width - width) // 4 * 2,
        _top(title, size, height, taken),
        weight,
        _halved(weight),
        _colors(title.color, space, inner),
    )


def _top(title: Title, size: Size, height: int, taken: int) -> int:
    margin = round(size.height * _MARGIN)
    match title.position:
        case "top":
            y = margin + taken
        case "bottom":
            y = size.height - margin - height - taken
        case _:
            y = (size.height - height) // 2 + taken
    return max(0, min(y, size.height - height)) // 2 * 2


def _colors(color: Color, space: ColorSpace, inner: Weights) -> tuple[Plane, Plane, Plane]:
    """The planes of a text in its colour on an edge of black, or of white where the colour is dark."""
    import numpy as np

    bright = 0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue > 96
    text = yuv(color, space)
    edge = yuv(Color(0, 0, 0) if bright else Color(255, 255, 255), space)
    planes = []
    for number, mask in enumerate((inner, _halved(inner), _halved(inner))):
        plane = np.full(mask.shape, edge[number], np.uint8)
        _mix(plane, np.full(mask.shape, text[number], np.uint8), mask)
        planes.append(plane)
    return planes[0], planes[1], planes[2]


def _halved(mask: Weights) -> Weights:
    import numpy as np

    height, width = mask.shape
    halved: Weights = mask.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)).astype(np.uint8)
    return halved


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of a text in the middle above each other, around `x` = 0, the first with its baseline at `y` = 0."""

    lines: Sequence[str]
    face: Typeface
    edge: int  # pixels

    def stretches(self) -> Iterator[tuple[float, float, str, FreeTypeFont]]:
        """Words in one font each, and where their baseline begins."""
        for number, line in enumerate(self.lines):
            x = -self.face.width(line) / 2
            for words, font in self.face.runs(line):
                yield x, number * (self.face.line_height + self.edge), words, font
                x += font.getlength(words)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of what is drawn."""
        from PIL import Image, ImageDraw

        draw = ImageDraw.Draw(Image.new("L", (1, 1)))
        boxes = [
            draw.textbbox((x, y), words, font, anchor="ls", stroke_width=self.edge)
            for x, y, words, font in self.stretches()
        ] or [(0, 0, 0, 0)]
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return floor(min(lefts)), floor(min(tops)), ceil(max(rights)), ceil(max(bottoms))


def _laid_out(text: str, size: Size) -> _Block:
    """A text in lines that fit into the picture."""
    pixels = max(_SMALLEST, round(min(size.width, size.height) * _HEIGHT))
    while True:
        face = Typeface(text, pixels)
        lines = [line for part in text.splitlines() for line in _broken(part.strip(), face, size.width * _WIDTH)]
        block = _Block(lines, face, edge=max(1, pixels // 14))
        left, top, right, bottom = block.box
        if bottom - top <= size.height * _MOST and right - left <= size.width:
            return block
        if pixels <= _SMALLEST:
            raise Refused(
                f"the title {text[:40]!r}… is too long for a picture of {size}", code="title_too_long",
                hint="shorten it, or make several titles of it",
            )  # fmt: skip
        pixels = max(_SMALLEST, int(pixels * 0.85))


def _broken(line: str, face: Typeface, width: float) -> list[str]:
    """A line broken at its spaces, and inside words only where they are longer than a line (as in Chinese)."""
    lines, current = [], ""
    for word in line.split(" "):
        longer = f"{current} {word}" if current else word
        if face.width(longer) <= width:
            current = longer
            continue
        if current and face.width(word) <= width:
            lines.append(current)
            current = word
            continue
        current = f"{current} " if current else ""
        for character in word:
            if current and face.width(current + character) > width:
                lines.append(current)
                current = ""
            current += character
    return [*lines, current]

"""Texts over the picture: drawn once each, blended only where they stand and only while they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipline.studio.lettering.cards import draw_card, lay_out
from clipline.studio.lettering.overlay import Overlay
from clipline.studio.pictures.picture import ColorSpace, Finding, Picture
from clipline.timeline import LowerThird, Title
from clipline.values import Size

__all__ = ["Shown", "Titles"]

_MARGIN = 0.06  # of the height, above the top and below the bottom
_LOW = 0.1  # of the height, below a lower third
_SIDE = 0.05  # of the width, beside what stands at a side
_BETWEEN = 0.01  # of the height, between two texts at the same place
_ENTRANCE = 0.5  # seconds in which a lower third comes, and in which it goes


@dataclass(frozen=True, slots=True)
class Shown:
    """A title or a lower third and when it is seen, in seconds of the source."""

    title: Title | LowerThird
    start: float
    end: float

    @property
    def place(self) -> str:
        """Where it stands: top, middle or bottom."""
        return self.title.position.partition(" ")[0] if isinstance(self.title, Title) else "bottom"

    def there(self, now: float) -> float:
        """How far it has come, 0 to 1, and has not gone yet."""
        match self.title:
            case Title(fade_in=comes, fade_out=goes):
                pass
            case LowerThird(entrance="none"):
                return 1.0
            case _:
                comes = goes = min(_ENTRANCE, (self.end - self.start) / 2)
        begun = (now - self.start) / comes if comes else 1.0
        left = (self.end - now) / goes if goes else 1.0
        return max(0.0, min(1.0, begun, left))


class Titles:
    """Writes titles on pictures of one size. Thousands cost no more than those seen at the same time.

    Raises:
        Refused: no font on this machine can write one of the texts, or a text is too long for the picture.
    """

    def __init__(self, titles: Sequence[Shown], size: Size, space: ColorSpace) -> None:
        self._size, self._space = size, space
        # The next one last; of those that begin together the first given.
        self._coming = sorted(titles, key=lambda shown: shown.start)[::-1]
        self._seen: list[tuple[Shown, Overlay]] = []
        for shown in titles:
            lay_out(shown.title, size)

    def process(self, picture: Picture) -> Picture:
        """The picture with the titles of its time."""
        now = picture.time + 1e-6
        self._seen = [(shown, overlay) for shown, overlay in self._seen if shown.end > now]
        while self._coming and self._coming[-1].start <= now:
            shown = self._coming.pop()
            if shown.end > now:
                self._seen.append((shown, self._draw(shown)))
        for shown, overlay in self._seen:
            there = shown.there(now)
            overlay.blend(picture, opacity=there, shift=_shift(shown.title, overlay, there, self._size))
        return picture

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()

    def _draw(self, shown: Shown) -> Overlay:
        """Draw a text clear of those already seen at the same place."""
        card = draw_card(shown.title, self._size)
        gap = round(self._size.height * _BETWEEN)
        x = _left(shown.title, card.width, self._size.width)
        there = [overlay for other, overlay in self._seen if other.place == shown.place]
        taken = sum(each.height + gap for each in there if each.x < x + card.width and x < each.x + each.width)
        return Overlay.of(card, x, _top(shown, card.height, self._size.height, taken), self._space)


def _left(title: Title | LowerThird, width: int, whole: int) -> int:
    margin = round(whole * _SIDE)
    side = title.side if isinstance(title, LowerThird) else title.position.rpartition(" ")[2]
    match side:
        case "left":
            x = margin
        case "right":
            x = whole - margin - width
        case _:
            x = (whole - width) // 2
    return max(0, min(x, whole - width))


def _top(shown: Shown, height: int, whole: int, taken: int) -> int:
    margin = round(whole * (_LOW if isinstance(shown.title, LowerThird) else _MARGIN))
    match shown.place:
        case "top":
            y = margin + taken
        case "bottom":
            y = whole - margin - height - taken
        case _:
            y = (whole - height) // 2 + taken
    return max(0, min(y, whole - height))


def _shift(title: Title | LowerThird, overlay: Overlay, there: float, size: Size) -> int:
    """How far a lower third that slides is from its place: it comes from its side and slows down."""
    if not isinstance(title, LowerThird) or title.entrance != "slide":
        return 0
    away = (1 - there) ** 3
    return (
        round(away * (size.width - overlay.x)) if title.side == "right" else -round(away * (overlay.x + overlay.width))
    )

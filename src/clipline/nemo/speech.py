"""What the agent has said in a turn: whole texts, the pieces of one that is not whole yet, and an apology held back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Self

from clipline.errors import redact

__all__ = ["Speech"]

_APOLOGY = re.compile(
    r"(?i)\W*(?:(?:i'm |we're |i am )?sorry\W+)?(?:but\W+)?(?:i|we)(?:['’]ve| have)? encountered a temporary "
    r"(?:issue|problem|error)\b"
)


#: Letters that a turn keeps, and how many pieces or texts side by side; a service that never stops talking must fill
#: neither the memory nor the time. What comes after that is not heard.
_MOST, _SIDE_BY_SIDE = 200_000, 256


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of a turn, 200,000 letters at most; `fresh` is what became ready to be shown since `heard`."""

    fresh: str = ""
    texts: tuple[str, ...] = field(default=(), repr=False)
    pieces: tuple[str, ...] = field(default=(), repr=False)
    held: tuple[str, ...] = field(default=(), repr=False)

    @property
    def whole(self) -> str:
        """All whole texts, without what may be secret."""
        return redact(_joined(self.texts))

    @property
    def silent(self) -> bool:
        """Whether nothing has been said."""
        return not (self.texts or self.pieces or self.held)

    def heard(self) -> Self:
        """The same, all of it shown."""
        return replace(self, fresh="")

    def is_apology(self, text: str) -> bool:
        """Whether a whole text is the service's apology after normal texts."""
        return bool(self.texts) and _APOLOGY.match(text) is not None

    def piece(self, text: str) -> Self:
        """One more piece of a text."""
        pieces = ("".join(self.pieces),) if len(self.pieces) >= _SIDE_BY_SIDE else self.pieces
        return replace(self, pieces=(*pieces, _room_for(text, pieces)))

    def say(self, text: str) -> Self:
        """A whole text, in the place of the pieces. What was held back was no last word, and comes first."""
        said = replace(self, pieces=(), held=())
        for each in (*self.held, text):
            said = said.append(each)
        return said

    def hold(self, text: str) -> Self:
        """An apology, in the place of the pieces: held back until it is known whether it is the last word."""
        return replace(self, pieces=(), held=(*self.held, text)[-_SIDE_BY_SIDE:])

    def close(self) -> Self:
        """The end: pieces that nothing replaced become a text, and apologies that nothing followed are dropped."""
        rest = "".join(self.pieces)
        last = self.hold(rest) if not rest.strip() or self.is_apology(rest) else self.say(rest)
        return replace(last, held=())

    def append(self, text: str) -> Self:
        """One more whole text. One that only says the last one, or the last few, again stands in their place."""
        if again := _repeated(self.texts, text):
            return replace(self, texts=(*self.texts[:-again], text))
        text = _room_for(text, self.texts)
        if not text:
            return self
        texts = (_joined(self.texts),) if len(self.texts) >= _SIDE_BY_SIDE else self.texts
        return replace(self, texts=(*texts, text), fresh=redact(_joined((self.fresh, text))))


def _room_for(text: str, others: tuple[str, ...]) -> str:
    """As much of a text as there is room for beside the others."""
    return text[: max(0, _MOST - sum(map(len, others)))]


def _repeated(texts: tuple[str, ...], text: str) -> int:
    """How many of the last texts, put together, are this one; 0 where they are not."""
    rest = text
    for number, last in enumerate(reversed(texts), 1):
        if not rest.endswith(last):
            return 0
        rest = rest[: len(rest) - len(last)]
        if not rest:
            return number
    return 0


def _joined(texts: tuple[str, ...]) -> str:
    """Whole texts one behind the other, each on lines of its own but where white space says that they are pieces."""
    whole = ""
    for text in texts:
        glued = not whole or whole[-1].isspace() or text[:1].isspace()
        whole += text if glued else f"\n{text}"
    return whole.strip()

"""What comes out of reading an instruction: operations, a wish for the exported file, and words about both."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from clipline.timeline import Operation, Span
from clipline.values import Size, even

__all__ = ["ExportWish", "Language", "Part", "SoundStays", "Step", "Understanding"]

Language: TypeAlias = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What the exported file should be, as far as the words say; None where they do not.

    Attributes:
        size: exactly this size in pixels.
        max_size: a box either way up; nothing is enlarged.
        format: a container: mp4, mov, webm, mkv or gif; jpg or webp for a photo, png for a photo or single frames.
        lines: the length of the shorter side in pixels: 1080 means 1920x1080, or 1080x1920 if upright, in which a
            picture of another shape stands on black unless it was cropped to that shape. Smaller ones are enlarged.
    """

    size: Size | None = None
    max_size: Size | None = None
    format: str | None = None
    lines: int | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, item.name) is not None for item in fields(self))

    def size_for(self, picture: Size, *, shaped: bool = False) -> Size:
        """The size in which a picture of this size is exported; sides are even unless `size` says otherwise.

        `shaped` says that the picture was cropped, and so keeps its shape.
        """
        if self.size:
            return self.size
        if self.max_size:
            return picture.fit_within(self.max_size)
        if self.lines and not shaped:
            wide = round(self.lines * 8 / 9) * 2  # 16:9
            return Size(self.lines, wide) if picture.height > picture.width else Size(wide, self.lines)
        if self.lines:
            scale = self.lines / min(picture.width, picture.height)
            # Half a pixel of rounding first: 854x480 scaled to 1080 lines is meant to be 1922, not 1920.
            return Size(even(round(picture.width * scale)), even(round(picture.height * scale)))
        return picture

    def merged(self, other: ExportWish) -> ExportWish | None:
        """Two wishes as one, None where they contradict each other."""
        if self.format and other.format and self.format != other.format:
            return None
        one, two = ((wish.size, wish.max_size, wish.lines) for wish in (self, other))
        if any(one) and any(two) and one != two:
            return None
        size, box, lines = one if any(one) else two
        return ExportWish(size, box, self.format or other.format, lines)

    def as_json(self) -> dict[str, Any]:
        """The wish for programs; only what was said."""
        said = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: str(v) if isinstance(v, Size) else v for name, v in said.items() if v is not None}


@dataclass(frozen=True, slots=True)
class Understanding:
    """An instruction as typed operations, in the order in which they are to be done.

    Attributes:
        operations: what is done to the clip; may be empty where only another size or format is asked for.
        export: what the exported file should be.
        notes: how it was understood, one sentence each, in the language of the instruction.
        language: the language of the instruction.
    """

    operations: tuple[Operation, ...]
    export: ExportWish
    notes: tuple[str, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class Part:
    """A time of the clip to keep, in seconds; None for a side of which nothing was said.

    `more` are further ones to keep; `keyframes` and `crossfade` as in `Cut`. `counted` says that it is so many seconds
    from an end of the clip that are kept, or taken away.
    """

    start: float | None = None
    end: float | None = None
    more: tuple[Span, ...] = ()
    keyframes: bool = False
    crossfade: float = 0.0
    counted: Literal["kept", "away"] | None = None


@dataclass(frozen=True, slots=True)
class SoundStays:
    """The clip's own sound is to be heard, as it is anyway."""


@dataclass(frozen=True, slots=True)
class Step:
    """One clause, understood; `notes` say what was taken for granted, `words` are the clause itself.

    `of_what_is_left` says of a part of the time that it is one of what the part before it leaves; `goes_on` that it is
    the step before with somebody else.
    """

    action: Operation | ExportWish | Part | SoundStays | None
    notes: tuple[str, ...] = ()
    words: str = ""
    of_what_is_left: bool = False
    goes_on: bool = False

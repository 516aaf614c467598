"""A picture of a clip before and after: some moments, before above after, each with its time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import InputError, MachineError
from clipline.studio.lettering.fonts import font_for
from clipline.studio.pictures.frames import frame_of, rgb_of
from clipline.studio.reading.decode import VideoReader
from clipline.studio.reading.media import MediaInfo, probe

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["contact_sheet"]

_COLUMN = 320  # pixels
_MOST = 24  # moments; more cannot be looked at in one picture
_GAP, _LINE = 8, 22
_PAPER, _INK, _BEHIND = (24, 24, 27), (228, 228, 231), (113, 113, 122)


def contact_sheet(before: Path, after: Path, output: Path, frames: int) -> None:
    """Write a PNG with `frames` moments (1 to 24) of two clips, spread evenly over each.

    Raises:
        InputError: one of them is no clip, or `frames` is out of its range.
        MachineError: the picture cannot be written.
    """
    from PIL import Image, ImageDraw

    if not 1 <= frames <= _MOST:
        raise InputError(f"a contact sheet has 1 to {_MOST} moments, not {frames}")
    rows = [(word, _moments(path, frames)) for word, path in (("before", before), ("after", after))]
    heights = [max(picture.height for _, picture in moments) for _, moments in rows]
    width = frames * (_COLUMN + _GAP) + _GAP
    sheet = Image.new("RGB", (width, sum(heights) + 2 * (_LINE + _GAP) + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = font_for("before after 0123456789:.", 14)
    top = _GAP
    for (word, moments), height in zip(rows, heights, strict=True):
        for number, (time, picture) in enumerate(moments):
            left = _GAP + number * (_COLUMN + _GAP)
            draw.text((left, top + 2), f"{word} {_clock(time)}", _INK, font)
            sheet.paste(picture, (left + (_COLUMN - picture.width) // 2, top + _LINE))
        top += height + _LINE + _GAP
    try:
        sheet.save(output, format="PNG")
    except OSError as error:
        raise MachineError(f"{output} cannot be written: {error.strerror or error}") from error


def _moments(path: Path, count: int) -> list[tuple[float, Image]]:
    """Times and pictures, in the middle of each of `count` equal parts of a clip."""
    info = probe(path)
    if info.kind != "video":
        raise InputError(f"{path.name} is not a video clip", hint="a contact sheet compares two clips")
    moments = []
    for number in range(count):
        time = info.duration * (number + 0.5) / count
        moments.append((time, _picture(path, info, time)))
    return moments


def _picture(path: Path, info: MediaInfo, time: float) -> Image:
    """What is seen at a time, in the width of a column; transparent parts are gray."""
    from PIL import Image as Images

    with VideoReader(path, threads=1, alpha=info.has_alpha) as reader:
        pictures = reader.pictures(time, time + 1.0, Clock())
        picture = next(pictures)
        rgba = rgb_of(frame_of(picture, alpha=True), reader.tags.matrix, full_range=reader.tags.full_range, alpha=True)
        image: Any = Images.fromarray(rgba)
        pictures.close()
    scale = min(_COLUMN / image.width, 2 * _COLUMN / image.height)
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    whole = Images.new("RGBA", image.size, (*_BEHIND, 255))
    whole.alpha_composite(image)
    return whole.convert("RGB")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}"

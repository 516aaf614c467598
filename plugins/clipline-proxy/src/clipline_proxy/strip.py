"""Many small pictures of a video on a sheet, and a WebVTT file that says which part of the sheet is seen when.

Video.js, JW Player, Plyr, Vidstack and others show these while a person moves along the time line. The address of a
part is a media fragment (W3C Media Fragments URI 1.0, §4.2.2): `sheet.jpg#xywh=LEFT,TOP,WIDTH,HEIGHT`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clipline.artifacts import disk
from clipline.errors import InputError
from clipline.values import JsonObject, Size, parse_duration, parse_size
from clipline_proxy.delivery import Made, Unfit, Video
from clipline_proxy.pictures import SUFFIXES, fitting, save, spread, stretched

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Layout", "make_strip"]

_USUAL, _MOST = 100, 10_000  # pictures
_PIXELS = {"jpeg": 65_500, "webp": 16_383, "png": 65_500}  # the longest side that each can have


@dataclass(frozen=True)
class Layout:
    """Where the pictures go: `count` of them, one for `every` seconds of `duration`, each `tile` large."""

    duration: float
    every: float
    count: int
    tile: Size
    columns: int
    rows: int

    @property
    def sheets(self) -> int:
        """How many sheets there are."""
        return ceil(self.count / (self.columns * self.rows))

    def on_sheet(self, number: int) -> int:
        """How many pictures a sheet has."""
        most = self.columns * self.rows
        return min(most, self.count - number * most)

    def size(self, number: int) -> tuple[int, int]:
        """The size of a sheet in pixels: the last one is only as high as it must be."""
        rows = ceil(self.on_sheet(number) / self.columns)
        return min(self.columns, self.on_sheet(number)) * self.tile.width, rows * self.tile.height

    def place(self, index: int) -> tuple[int, int, int]:
        """The sheet of a picture, and its left and upper edge there."""
        sheet, rest = divmod(index, self.columns * self.rows)
        row, column = divmod(rest, self.columns)
        return sheet, column * self.tile.width, row * self.tile.height


def make_strip(video: Video, options: JsonObject) -> Made:
    """Write `NAME-strip.jpg`, or `NAME-strip-1.jpg` and so on, and `NAME-strip.vtt`.

    Raises:
        InputError: there would be too many pictures, or a sheet would be too large.
    """
    if video.info.kind != "video":
        raise Unfit(f"is {'a still' if video.info.kind == 'image' else 'sound'}, so there is no strip of it")
    kind = options.get("format", "jpeg")
    layout = _layout(video, options, kind)
    numbers = [""] if layout.sheets == 1 else [f"-{number + 1}" for number in range(layout.sheets)]
    endings = [f"-strip{number}{SUFFIXES[kind]}" for number in numbers]

    def write(*targets: Path) -> None:
        *sheets, cues = targets
        pictures = spread(video.path, video.info, layout.every, layout.count, video.call.clock)
        for number, (sheet, target) in enumerate(zip(_drawn(pictures, layout), sheets, strict=True)):
            save(sheet, target, kind, int(options.get("quality", 75)))
            video.call.progress((number + 1) / layout.sheets)
        with disk("write", cues):
            cues.write_text(_vtt(layout, [video.name + ending for ending in endings]), "utf-8")

    return Made(video.beside([*endings, "-strip.vtt"], write))


def _layout(video: Video, options: JsonObject, kind: str) -> Layout:
    duration = video.info.duration
    every = parse_duration(options["every"]) if "every" in options else max(1.0, duration / _USUAL)
    if not every or ceil(duration / every) > _MOST:
        raise InputError(f"a strip with a picture every {every:g}s has over {_MOST} of them", hint="raise `every`")
    columns, rows = int(options.get("columns", 10)), int(options.get("rows", 10))
    tile = fitting(Size(video.info.width, video.info.height), parse_size(options.get("tile", "160x90")))
    count = max(1, round(duration / every))  # a short rest belongs to the last picture
    layout = Layout(duration, every, count, tile, columns, rows)
    if max(layout.size(0)) > _PIXELS[kind]:
        raise InputError(
            f"a sheet of {'x'.join(map(str, layout.size(0)))} pixels is larger than a {kind} can be",
            hint="give fewer `columns` or `rows`, or a smaller `tile`",
        )
    return layout


def _drawn(pictures: Iterator[Image], layout: Layout) -> Iterator[Image]:
    """The sheets, one after the other."""
    from PIL import Image as Images

    for number in range(layout.sheets):
        sheet: Any = Images.new("RGB", layout.size(number))
        first = number * layout.columns * layout.rows
        for index, picture in enumerate(islice(pictures, layout.on_sheet(number)), first):
            _, left, top = layout.place(index)
            sheet.paste(stretched(picture, layout.tile), (left, top))
        yield sheet


def _vtt(layout: Layout, names: Sequence[str]) -> str:
    cues = (_cue(layout, names, index) for index in range(layout.count))
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def _cue(layout: Layout, names: Sequence[str], index: int) -> str:
    begin = index * layout.every
    end = layout.duration if index == layout.count - 1 else begin + layout.every
    sheet, left, top = layout.place(index)
    part = ",".join(map(str, (left, top, layout.tile.width, layout.tile.height)))
    return f"{_time(begin)} --> {_time(end)}\n{quote(names[sheet])}#xywh={part}"


def _time(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"

"""One picture that stands for a video."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from math import log1p
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.studio.reading.decode import VideoReader, upright
from clipline.studio.reading.media import MediaInfo
from clipline.studio.reading.samples import read_glimpses
from clipline.values import JsonObject, Size, parse_duration, parse_size
from clipline_proxy.delivery import Made, Unfit, Video, within
from clipline_proxy.pictures import SUFFIXES, fitting, picture_at, save, stretched

if TYPE_CHECKING:
    from clipline.studio.pictures.picture import Picture

__all__ = ["good_moment", "make_poster"]

#: Moments that are looked at, and the width in pixels at which they are judged.
_LOOKS = 24
_WIDTH = 320
_LONG = 12.0  # seconds


def make_poster(video: Video, options: JsonObject) -> Made:
    """Write `NAME-poster.jpg`."""
    path, info, clock = video.path, video.info, video.call.clock
    if info.kind == "audio":
        raise Unfit("has no picture, so there is no poster of it")
    kind = options.get("format", "jpeg")

    def write(target: Path) -> None:
        time = within(parse_duration(options["at"]), info, path) if "at" in options else good_moment(path, info, clock)
        image = picture_at(path, info, time, clock)
        if "max_size" in options:
            image = stretched(image, fitting(Size(*image.size), parse_size(options["max_size"])))
        save(image, target, kind, int(options.get("quality", 85)))

    return Made(video.beside([f"-poster{SUFFIXES[kind]}"], write))


def good_moment(path: Path, info: MediaInfo, clock: Clock) -> float:
    """When a video, looked at now and then, is bright, sharp and full of contrast; seconds.

    Raises:
        InputError: it cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    if info.kind != "video":
        return 0.0
    # The earliest of the best, so that the same video has the same poster.
    best = max(((_score(picture), -picture.time) for picture in _looks(path, info, clock)), default=(0.0, 0.0))
    return -best[1]


def _looks(path: Path, info: MediaInfo, clock: Clock) -> Iterator[Picture]:
    """Pictures now and then: of a long video only key frames, which are quickly found."""
    if info.duration > _LONG:
        yield from read_glimpses(path, info.duration, _LOOKS, clock)
        return
    step = info.duration / _LOOKS
    with VideoReader(path) as reader, closing(reader.frames(0.0, info.duration, clock)) as frames:
        due = step / 2
        for decoded in frames:
            if decoded.time >= due or decoded.index == 0:
                due = max(due, decoded.time) + step
                yield upright(decoded)


def _score(picture: Picture) -> float:
    """How much there is to see: detail that is sharp, in the middle of the range between black and white."""
    import cv2
    import numpy as np

    height, width = picture.y.shape
    small = cv2.resize(picture.y, (_WIDTH, max(1, _WIDTH * height // width)), interpolation=cv2.INTER_AREA)
    gray = small.astype(np.float32)
    sharp = log1p(float(cv2.Laplacian(gray, cv2.CV_32F).var()))
    contrast = min(1.0, float(gray.std()) / 40.0)
    mean = float(gray.mean())
    exposed = min(1.0, max(0.05, (mean - 16) / 60), max(0.05, (235 - mean) / 40))
    return sharp * (0.25 + 0.75 * contrast) * exposed

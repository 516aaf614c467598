"""Draws a moving test picture with a tone: a clip from nothing, for whoever needs one to work with."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.studio.audio.sampling import BLOCK, RATE
from clipline.studio.pictures.picture import ColorTags
from clipline.studio.writing.formats import format_of
from clipline.studio.writing.movie import Movie
from clipline.studio.writing.target import Target
from clipline.values import Size

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.audio.sampling import Samples

__all__ = ["make_pattern"]

_FPS = 24
_BT709 = ColorTags(matrix=1, primaries=1, transfer=1, full_range=False)
_LOUDNESS = 0.1
_LOWEST_HZ, _HIGHEST_HZ = 220, 660


def make_pattern(output: Path, size: Size, seconds: float, *, seed: int = 0, clock: Clock, threads: int = 2) -> None:
    """Write an MP4 of a gradient that drifts, with a square that wanders over it, and a tone.

    Args:
        output: the file to write; nothing is left there when this raises.
        size: of the picture, in pixels; both sides even.
        seconds: how long it lasts, to the nearest frame of 1/24 s, one at least.
        seed: decides the colours and the pitch.
        clock: looked at between any two frames.
        threads: how many the encoder may use.

    Raises:
        MachineError: the file cannot be made.
        Cancelled, TimedOut: by the clock.
    """
    rate, count = Fraction(_FPS), max(1, round(seconds * _FPS))
    target = Target(
        output,
        format_of("mp4"),
        "high",
        preview=True,
        size=size,
        rate=rate,
        time_base=1 / rate,
        tags=_BT709,
        alpha=False,
        threads=threads,
    )
    movie = Movie(target, _tone(count * RATE // _FPS, seed))
    try:
        for number, frame in enumerate(_pictures(size, count, seed)):
            clock.check()
            movie.write(frame, number / _FPS, 1 / _FPS)
        for _ in movie.finish():
            clock.check()
    except BaseException:
        movie.abandon()
        raise


def _pictures(size: Size, count: int, seed: int) -> Iterator[VideoFrame]:
    import av
    import numpy as np

    across = np.arange(size.width)[None, :]
    down = np.arange(size.height)[:, None]
    chroma = np.empty((size.height // 2, size.width), np.uint8)  # the U plane over the V plane, in yuv420p's layout
    chroma[: size.height // 4] = 96 + seed * 37 % 64
    chroma[size.height // 4 :] = 96 + seed * 53 % 64
    side = min(size.width, size.height) // 6
    for number in range(count):
        luma = ((across + down + 3 * number) % 256 * 150 // 256 + 40).astype(np.uint8)
        left = number * 4 % max(1, size.width - side)
        top = number * 3 % max(1, size.height - side)
        luma[top : top + side, left : left + side] = 230
        planes = np.vstack([luma, chroma.reshape(-1, size.width)])
        yield av.VideoFrame.from_ndarray(planes, format="yuv420p")


def _tone(length: int, seed: int) -> Generator[Samples, None, None]:
    import numpy as np

    pitch = _LOWEST_HZ + seed % (_HIGHEST_HZ - _LOWEST_HZ)
    for start in range(0, length, BLOCK):
        times = np.arange(start, min(start + BLOCK, length), dtype=np.float64) / RATE
        wave = (_LOUDNESS * np.sin(2 * np.pi * pitch * times)).astype(np.float32)
        yield np.stack([wave, wave])

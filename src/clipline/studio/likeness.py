"""Compares a result with the clip that it was made from: how much was changed, and how like the rest still is.

Where an edit was meant to change something is not taken from the edit: one that marks too much would pass its own
check. What was changed is found by comparing: cells of 8 x 8 pixels that nobody would take for the same, where several
of them hang together. All else must be as it was but for what coding loses. So damage shows in one of two ways: as a
rest that is less like the source, or as a larger part that was changed. Only both numbers say that an edit was clean.

Both pictures are made small first, until the shorter side has about 256 pixels, as is usual for SSIM (Wang 2004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from math import inf, log10, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.studio.decode import VideoReader
from clipline.studio.media import MediaInfo, probe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.picture import ColorSpace, Picture

    #: Brightness and both colours, float32 of shape (height, width, 3).
    Small = NDArray[np.float32]

__all__ = ["Compared", "Likeness", "Part", "compare"]

_SIDE = 256
_CELL = 8
_UNLIKE, _OFF = 0.6, 10.0  # SSIM below which a cell was changed, and levels by which its mean may be off
_TOGETHER = 0.003  # the part of the picture that changed cells must make up together to be an edit
_REST = 0.02  # of the picture must be left unchanged for the rest to be worth a number
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a clip, in seconds of it; `end` None is where it ends."""

    path: Path
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A frame from `start` to `end`: the part of the picture that was `changed`; SSIM and PSNR (dB) of the rest.

    Both are NaN where nearly nothing is left.
    """

    start: float
    end: float
    changed: float
    ssim: float
    psnr: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """All frames of a result compared, or why they cannot be."""

    frames: tuple[Compared, ...] = ()
    reason: str = ""


def compare(result: Path, source: Part | None, *, clock: Clock, progress: Callable[[float], None]) -> Likeness:
    """Compare each frame of a result with the frame of the source that was shown at that time.

    Raises:
        InputError: a file is no clip.
        Cancelled, TimedOut: by the clock.
    """
    if source is None:
        return Likeness(reason="it is not known what the file was made from")
    before, after = probe(source.path), probe(result)
    end = before.duration if source.end is None else min(source.end, before.duration)
    if reason := _not_comparable(before, after, end - source.start):
        return Likeness(reason=reason)
    frames = []
    with VideoReader(source.path) as old, VideoReader(result) as new:
        small = _Shrinker(after, old.space, new.space)
        for was, now in _pairs(old, new, (source.start, end), after.duration, clock):
            changed, ssim, psnr = _compared(small.source(was), small.result(now))
            frames.append((now.time, changed, ssim, psnr))
            progress(min(1.0, now.time / after.duration))
    ends = [*(time for time, *_ in frames[1:]), after.duration]
    return Likeness(tuple(Compared(time, over, *rest) for (time, *rest), over in zip(frames, ends, strict=True)))


def _not_comparable(before: MediaInfo, after: MediaInfo, length: float) -> str:
    for name, info in (("the source", before), ("the file", after)):
        if info.kind != "video":
            return f"{name} is no video"
    if abs(length - after.duration) > max(0.1, 2 / before.fps, 2 / after.fps):
        return f"the file lasts {after.duration:.2f}s, and what it was made from {length:.2f}s"
    if abs(before.width / before.height / (after.width / after.height) - 1) > 0.02:
        return f"the picture has another shape: {after.width}x{after.height}, not {before.width}x{before.height}"
    return ""


def _pairs(
    old: VideoReader, new: VideoReader, times: tuple[float, float], length: float, clock: Clock
) -> Iterator[tuple[Picture, Picture]]:
    """Each picture of the result with that of the source whose time is nearest."""
    with closing(old.pictures(*times, clock)) as olds, closing(new.pictures(0.0, length, clock)) as news:
        was = next(olds)
        following = next(olds, None)
        for now in news:
            time = now.time + times[0]
            while following is not None and abs(following.time - time) <= abs(was.time - time):
                was, following = following, next(olds, None)
            yield was, now


class _Shrinker:
    """Makes pictures of both clips small, of one size and in the colours of the result."""

    def __init__(self, after: MediaInfo, old: ColorSpace, new: ColorSpace) -> None:
        factor = max(1, round(min(after.width, after.height) / _SIDE))
        width, height = (max(_CELL, side // factor // _CELL * _CELL) for side in (after.width, after.height))
        self._size = width, height
        self._change = None if old == new else _between(old, new)

    def source(self, picture: Picture) -> Small:
        import cv2

        small: Any = self.result(picture)
        return small if self._change is None else cv2.transform(small, self._change)  # type: ignore[no-any-return]

    def result(self, picture: Picture) -> Small:
        import cv2
        import numpy as np

        planes = (
            cv2.resize(each, self._size, interpolation=cv2.INTER_AREA) for each in (picture.y, picture.u, picture.v)
        )
        return cv2.merge(tuple(planes)).astype(np.float32)  # type: ignore[no-any-return]


def _between(old: ColorSpace, new: ColorSpace) -> NDArray[np.float32]:
    """The 3 x 4 matrix that leads from the colours of one clip to those of another."""
    import numpy as np

    there = np.linalg.inv(_to_rgb(new)) @ _to_rgb(old)
    return there[:3].astype(np.float32)


def _to_rgb(space: ColorSpace) -> NDArray[np.float64]:
    """From levels (Y, U, V, 1) to (R, G, B, 1), each 0 to 1."""
    import numpy as np

    red, blue = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}[space.matrix]
    green = 1 - red - blue
    light, color, black = (255.0, 255.0, 0.0) if space.full_range else (219.0, 224.0, 16.0)
    scaled = np.array(
        [
            [1 / light, 0, 0, -black / light],
            [0, 1 / color, 0, -128 / color],
            [0, 0, 1 / color, -128 / color],
            [0, 0, 0, 1],
        ]
    )
    to_red, to_blue = 2 * (1 - red), 2 * (1 - blue)
    matrix = np.array([[1, 0, to_red], [1, -blue * to_blue / green, -red * to_red / green], [1, to_blue, 0]])
    whole = np.eye(4)
    whole[:3, :3] = matrix
    return whole @ scaled  # type: ignore[no-any-return]


def _compared(old: Small, new: Small) -> tuple[float, float, float]:
    """The part that was changed, and SSIM and PSNR of the rest."""
    import numpy as np

    ssim, squares, off = _in_cells(_ssim(old[..., 0], new[..., 0])), _in_cells((new - old) ** 2), _in_cells(new - old)
    changed, rest = _edited((ssim < _UNLIKE) | (np.abs(off).max(axis=-1) > _OFF))
    if rest.mean() < _REST:
        return float(changed.mean()), nan, nan
    y, u, v = squares[rest].mean(axis=0)
    error = float(6 * y + u + v) / 8  # as encoders weigh brightness and colours
    return float(changed.mean()), float(ssim[rest].mean()), 10 * log10(255**2 / error) if error else inf


def _ssim(old: Any, new: Any) -> Any:
    """The structural similarity around each pixel, in windows of 8 x 8 (Wang 2004)."""
    import cv2

    def mean(plane: Any) -> Any:
        return cv2.blur(plane, (8, 8))

    a, b = mean(old), mean(new)
    spread = mean(old * old) + mean(new * new) - a * a - b * b
    together = mean(old * new) - a * b
    return (2 * a * b + _C1) * (2 * together + _C2) / ((a * a + b * b + _C1) * (spread + _C2))


def _in_cells(plane: Any) -> Any:
    import cv2

    return cv2.resize(plane, (plane.shape[1] // _CELL, plane.shape[0] // _CELL), interpolation=cv2.INTER_AREA)


def _edited(unlike: Any) -> tuple[Any, Any]:
    """Of the cells that are unlike those that hang together, and the cells that no edge of theirs touches."""
    import cv2
    import numpy as np

    _, labels, facts, _ = cv2.connectedComponentsWithStats(unlike.astype(np.uint8), connectivity=8)
    large = facts[:, cv2.CC_STAT_AREA] >= max(4, _TOGETHER * unlike.size)
    large[0] = False  # what is not unlike
    changed = large[labels]
    return changed, cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0

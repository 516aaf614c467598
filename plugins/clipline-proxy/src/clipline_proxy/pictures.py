"""Pictures of a video at given times, in colours that can be saved."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import MachineError
from clipline.studio.pictures.frames import frame_of, rgb_of
from clipline.studio.reading.decode import Decoded, VideoReader, upright
from clipline.values import Size

if TYPE_CHECKING:
    from PIL.Image import Image

    from clipline.studio.pictures.picture import Picture
    from clipline.studio.reading.media import MediaInfo

__all__ = ["SUFFIXES", "fitting", "picture_at", "save", "spread", "stretched"]

#: The endings of the pictures' kinds.
SUFFIXES = {"jpeg": ".jpg", "png": ".png", "webp": ".webp"}
#: Seconds between two pictures from which on it is quicker to look for each than to read all that is between.
_FAR_APART = 4.0


def picture_at(path: Path, info: MediaInfo, time: float, clock: Clock) -> Image:
    """What is seen at a time, in seconds; RGBA where the video has transparent parts.

    Raises:
        InputError: the file cannot be read, or has no picture there.
    """
    from PIL import Image as Images
    from PIL import ImageOps

    if info.kind == "image":
        with Images.open(path) as still:
            return ImageOps.exif_transpose(still).convert("RGBA" if info.has_alpha else "RGB")
    with VideoReader(path, alpha=info.has_alpha) as reader, closing(reader.pictures(time, time + 1.0, clock)) as found:
        return _image(next(found), reader, alpha=info.has_alpha)


def spread(path: Path, info: MediaInfo, every: float, count: int, clock: Clock) -> Iterator[Image]:
    """`count` pictures, each what is seen in the middle of `every` seconds, in order.

    Raises:
        InputError: the file cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    with VideoReader(path) as reader:
        times = [min((number + 0.5) * every, max(0.0, info.duration - 0.001)) for number in range(count)]
        found = _looked_for(reader, times, clock) if every >= _FAR_APART else _read(reader, info, times, clock)
        with closing(found):
            for picture in found:
                yield _image(picture, reader)


def _looked_for(reader: VideoReader, times: Sequence[float], clock: Clock) -> Generator[Picture, None, None]:
    for time in times:
        with closing(reader.pictures(time, time + 1.0, clock)) as found:
            yield next(found)


def _read(reader: VideoReader, info: MediaInfo, times: Sequence[float], clock: Clock) -> Generator[Picture, None, None]:
    """The pictures that are seen at these times, all that are between being read as well."""
    left = deque(times)
    seen: Decoded | None = None
    with closing(reader.frames(0.0, info.duration, clock)) as frames:
        for decoded in frames:
            while seen is not None and left and decoded.time > left[0]:
                left.popleft()
                yield upright(seen)
            seen = decoded
            if not left:
                return
    for _ in left:
        assert seen is not None, "a reader gives a picture or raises"
        yield upright(seen)


def _image(picture: Picture, reader: VideoReader, *, alpha: bool = False) -> Image:
    from PIL import Image as Images

    tags = reader.tags
    colors: Any = rgb_of(frame_of(picture, alpha=alpha), tags.matrix, full_range=tags.full_range, alpha=alpha)
    return Images.fromarray(colors)


def fitting(whole: Size, box: Size) -> Size:
    """The largest size of this shape inside a box, turned either way up; never larger than it is, odd sides too."""
    wide, high = sorted((box.width, box.height), reverse=whole.width >= whole.height)
    scale = min(1.0, wide / whole.width, high / whole.height)
    return Size(max(1, round(whole.width * scale)), max(1, round(whole.height * scale)))


def stretched(image: Image, size: Size) -> Image:
    """The picture in exactly this size."""
    from PIL import Image as Images

    wanted = (size.width, size.height)
    return image if image.size == wanted else image.resize(wanted, Images.Resampling.LANCZOS)


def save(image: Image, path: Path, kind: str, quality: int) -> None:
    """Write a picture; a JPEG shows what is transparent as black, as players do.

    Raises:
        MachineError: it cannot be written.
    """
    from PIL import Image as Images

    if kind == "jpeg" and image.mode == "RGBA":
        black = Images.new("RGBA", image.size, (0, 0, 0, 255))
        image = Images.alpha_composite(black, image).convert("RGB")
    options: dict[str, Any] = {"png": {"optimize": True}}.get(kind) or {"quality": quality}
    try:
        image.save(path, format=kind.upper(), **options)
    except OSError as error:
        raise MachineError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error

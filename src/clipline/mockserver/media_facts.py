"""What the service says of a file: by the studio where it is there, else as far as an MP4's own boxes tell."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from clipline.errors import CliplineError

__all__ = ["FORMATS", "Facts", "file_type_of", "look_into"]

#: The extensions that the service takes, by the type that it calls them.
FORMATS: dict[str, tuple[str, ...]] = {
    "video": ("mp4", "mov", "avi", "webm", "mkv"),
    "image": ("jpg", "jpeg", "png", "gif", "webp"),
    "audio": ("mp3", "wav", "m4a", "aac"),
}


#: A header box is short; a longer one is none.
_LONGEST = 4096


class Facts(NamedTuple):
    """Seconds, pixels, pixels, frames a second; 0 where nobody knows."""

    duration: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0


def file_type_of(filename: str) -> str | None:
    """`video`, `image` or `audio` by the extension; None for what the service does not take."""
    extension = PurePosixPath(filename).suffix.lower().removeprefix(".")
    return next((kind for kind, extensions in FORMATS.items() if extension in extensions), None)


def look_into(path: Path) -> Facts:
    """The facts of a file, all 0 where it is no media."""
    try:
        from clipline.studio.reading.media import probe

        info = probe(path)
    except CliplineError:
        return Facts()
    except ImportError:
        return _from_boxes(path)
    return Facts(round(info.duration, 3), info.width, info.height, round(info.fps, 3))


def _from_boxes(path: Path) -> Facts:
    """Duration and size as the movie header and the largest track header of an MP4 or MOV give them."""
    duration, width, height = 0.0, 0, 0
    try:
        with path.open("rb") as file:
            for name, body in _boxes(file, path.stat().st_size):
                if name == b"mvhd":
                    scale, units = struct.unpack(">IQ" if body[0] else ">II", body[20:32] if body[0] else body[12:20])
                    duration = units / scale if scale else 0.0
                elif name == b"tkhd":
                    across, down = struct.unpack(">II", body[-8:])
                    width, height = max((width, height), (across >> 16, down >> 16))
    except (OSError, struct.error, IndexError):
        return Facts()
    return Facts(round(duration, 3), width, height)


def _boxes(file: BinaryIO, end: int, deep: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """The movie and track headers of a file, with their bodies; the movie and the tracks in it are entered."""
    while file.tell() + 8 <= end:
        begin = file.tell()
        size, name = struct.unpack(">I4s", file.read(8))
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
        stop = begin + size if size else end
        if name in {b"moov", b"trak"} and deep < 2:
            yield from _boxes(file, min(stop, end), deep + 1)
        elif name in {b"mvhd", b"tkhd"} and stop - begin <= _LONGEST:
            yield name, file.read(min(stop, end) - file.tell())
        if not begin < stop <= end:
            return
        file.seek(stop)

"""How large media may be. What goes beyond is refused before memory of that size is taken.

A file of a megabyte can announce a picture of four gigapixels, an index of a billion entries, or a note that unpacks
to gigabytes. Each is looked at before FFmpeg is; and no single piece of memory that FFmpeg takes may be larger than
`MAX_ALLOCATION`, for the ways that nobody thought of.
"""

from __future__ import annotations

import contextlib
import ctypes
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from clipline.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = [
    "CODEC_OPTIONS",
    "CONTAINER_OPTIONS",
    "MAX_INDEX",
    "MAX_NOTES",
    "MAX_PIXELS",
    "MAX_SECONDS",
    "MAX_STREAMS",
    "bound_allocations",
    "check_container",
    "check_pixels",
    "check_structure",
]

#: Pixels of a picture, as stored and as shown: 8192 x 8192; 8K video has half of that.
MAX_PIXELS = 8192 * 8192
#: Seconds of a clip or a sound.
MAX_SECONDS = 24 * 3600.0
#: Tracks of a file.
MAX_STREAMS = 64
#: Frames and pieces of sound that the index of a file lists: FFmpeg keeps some fifty bytes for each.
MAX_INDEX = 5_000_000
#: Bytes that all compressed notes and colour profiles of a PNG may unpack to.
MAX_NOTES = 16 * 1024 * 1024
#: Bytes of one piece of memory: a picture of `MAX_PIXELS` with 64 bits a pixel.
MAX_ALLOCATION = 8 * MAX_PIXELS + 4096

#: For whatever decodes.
CODEC_OPTIONS = {"max_pixels": str(MAX_PIXELS)}
CONTAINER_OPTIONS = {"max_streams": str(MAX_STREAMS)}

#: What is looked into of an MP4 or MOV, and the most boxes of it.
_HOLDING = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts"}
_MOST_BOXES, _DEEPEST = 1_000_000, 8
_PNG = b"\x89PNG\r\n\x1a\n"
#: Chunks of a PNG that are unpacked as a whole, with how many texts, each ended by a zero, stand before the content.
_PACKED = {b"zTXt": 1, b"iCCP": 1, b"iTXt": 3}


@cache
def bound_allocations() -> None:
    """Hold FFmpeg to `MAX_ALLOCATION` in this process; PyAV has no word for that, but its wheels bring the function."""
    from av import _core

    with contextlib.suppress(OSError, AttributeError):  # built in another way: the checks of this module remain
        limit = ctypes.CDLL(_core.__file__).av_max_alloc
        limit.argtypes, limit.restype = [ctypes.c_size_t], None
        limit(MAX_ALLOCATION)


def check_pixels(name: str, width: int, height: int) -> None:
    """Make sure that a picture is not too large.

    Raises:
        InputError: it is.
    """
    if width * height > MAX_PIXELS:
        side = int(MAX_PIXELS**0.5)
        raise InputError(
            f"{name} is too large: a picture of {width}x{height} pixels, where {side}x{side} are the most",
            code="too_large",
            hint="make it smaller first",
        )


def check_container(container: InputContainer, name: str) -> None:
    """Make sure that what FFmpeg found is not too much.

    Raises:
        InputError: a picture is too large, or the file too long.
    """
    for stream in container.streams.video:
        if stream.codec_context is not None:
            check_pixels(name, stream.width or 0, stream.height or 0)
    seconds = (container.duration or 0) / 1_000_000
    if seconds > MAX_SECONDS:
        raise _too_large(name, f"it says that it lasts {seconds / 3600:,.0f} hours", f"{MAX_SECONDS / 3600:.0f}")


def check_structure(path: Path) -> None:
    """Make sure that a reader of a PNG, a GIF, an MP4 or a MOV need not take too much memory.

    Raises:
        InputError: it would have to.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(26)
        if head[:8] == _PNG:
            check_pixels(path.name, int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))
            _check_notes(file, path.name)
        elif head[:4] == b"GIF8":
            check_pixels(path.name, int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
        elif head[:2] == b"BM":
            width, height = (int.from_bytes(head[at : at + 4], "little", signed=True) for at in (18, 22))
            check_pixels(path.name, abs(width), abs(height))
        elif head[4:8].isalnum():
            _check_index(file, path)


# --- PNG -------------------------------------------------------------------------------------------------------------


def _check_notes(file: BinaryIO, name: str) -> None:
    room = MAX_NOTES
    file.seek(len(_PNG))
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in _PACKED:
            data = file.read(min(length, MAX_NOTES))
            room -= _unpacked(data, _PACKED[kind], room)
            if room < 0:
                raise _too_large(name, "its notes unpack to more", f"{MAX_NOTES // 2**20} MiB")
            length -= len(data)
        file.seek(length + 4, 1)


def _unpacked(data: bytes, texts: int, most: int) -> int:
    """How many bytes a chunk unpacks to, or one more than `most`; what is not compressed counts as it is."""
    at = data.find(b"\0") + 1
    if texts == 3:  # flag and method, a language, the keyword in it
        at = data.find(b"\0", data.find(b"\0", at + 2) + 1)
    try:
        return len(zlib.decompressobj().decompress(data[at + 1 :], most + 1))
    except zlib.error:
        return len(data)


# --- MP4 and MOV -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Track:
    """What an index says of one track: how many entries, in how many pieces it is played, what sort it is."""

    entries: int = 0
    edits: int = 1
    sort: bytes = b""
    is_even: bool = False  # every entry lasts one tick, as the samples of plain sound do

    @property
    def kept(self) -> int:
        """The entries that FFmpeg keeps: plain sound is kept in chunks, and each piece of a track on its own."""
        return 0 if self.is_even and self.sort == b"soun" else self.entries * max(1, self.edits)


def _check_index(file: BinaryIO, path: Path) -> None:
    size = path.stat().st_size
    tracks = [_Track()]
    for number, (kind, content) in enumerate(_boxes(file, 0, size)):
        if kind == b"cmov":
            raise InputError(f"{path.name} has a compressed index, which is not read here", code="too_large")
        if kind == b"trak":
            tracks.append(_Track())
        _note(tracks, kind, content)
        if number > _MOST_BOXES or sum(track.kept for track in tracks) > MAX_INDEX:
            raise _too_large(path.name, "its index lists more", f"{MAX_INDEX:,} frames and pieces of sound")
        if len(tracks) > MAX_STREAMS + 1:
            raise _too_large(path.name, "it has more", f"{MAX_STREAMS} tracks")


def _note(tracks: list[_Track], kind: bytes, content: bytes) -> None:
    """Take one box into account; the first of `tracks` stands for all fragments."""
    track, numbers = tracks[-1], [int.from_bytes(content[at : at + 4], "big") for at in range(0, 16, 4)]
    if kind in {b"stsz", b"stz2"}:
        track.entries += numbers[2]
    elif kind == b"trun":
        tracks[0].entries += numbers[1]
    elif kind == b"elst":
        track.edits = numbers[1]
    elif kind == b"hdlr":
        track.sort = track.sort or content[8:12]
    elif kind == b"stts":
        track.is_even = numbers[1] == 1 and numbers[3] == 1


def _boxes(file: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """The boxes from `start` to `end`, and those in them: the kind, and the first 16 bytes of the content."""
    at = start
    while at + 8 <= end:
        file.seek(at)
        head = file.read(32)
        length, kind, content = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), 16
        length = min(length or end - at, end - at)  # 0 is: to the end
        if length < content:
            return
        yield kind, head[content : content + 16]
        if kind in _HOLDING and depth < _DEEPEST:
            yield from _boxes(file, at + content, at + length, depth + 1)
        at += length


def _too_large(name: str, what: str, most: str) -> InputError:
    return InputError(f"{name} is too large: {what}, where {most} are the most", code="too_large")

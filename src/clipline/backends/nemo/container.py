"""What a media file says of itself, read without decoding anything: enough where there is no studio."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from clipline.errors import InputError
from clipline.studio.reading.wholeness import announced_size

__all__ = ["check_container", "mp4_facts"]

#: Bytes by which files begin that the service takes, with where they stand; of the others nothing is known here.
_HEADS = (
    *((4, box) for box in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
    *((0, head) for head in (b"\x1aE\xdf\xa3", b"RIFF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"ID3", b"\xff")),
)

#: Boxes that hold other boxes on the way to what is asked for.
_FOLDERS = frozenset({b"moov", b"trak"})
#: How deep they stand in one another: a track in a movie; what is deeper is no movie.
_DEEPEST = 2
#: A header box is short; a longer one is none.
_LONGEST = 4096


def check_container(path: Path) -> None:
    """Make sure that a file begins as media do, and is as long as it says.

    Raises:
        InputError: it does not, it is cut off, or it is an MP4 without an index.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if not any(head.startswith(sign, at) for at, sign in _HEADS):
        raise InputError(f"{path.name} is no media file, whatever its name says", hint="give a video file")
    there, announced = path.stat().st_size, announced_size(path)
    if announced is not None and there < announced:
        raise InputError(
            f"{path.name} is cut off: {announced:,} bytes are announced, {there:,} are there",
            hint="copy or download it again",
        )
    if head[4:8] == b"ftyp" and not any(_headers(path, {b"mvhd"})):
        raise InputError(f"{path.name} has no index, so that nothing can play it", hint="copy or download it again")


def mp4_facts(path: Path) -> dict[str, float | int]:
    """`duration` in seconds, `width` and `height` in pixels of an MP4 or MOV; what it does not tell is left out.

    Raises:
        OSError: the file cannot be read.
    """
    facts: dict[str, float | int] = {}
    for kind, content in _headers(path, {b"mvhd", b"tkhd"}):
        if kind == b"mvhd":
            facts |= _duration(content)
            continue
        width, height = (int.from_bytes(content[at : at + 2], "big") for at in (-8, -4))
        if width * height > facts.get("width", 0) * facts.get("height", 0):
            facts |= {"width": width, "height": height}
    return facts


def _headers(path: Path, kinds: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The headers of the movie and of its tracks, by kind, without their first eight bytes."""
    with path.open("rb") as file:
        yield from ((kind, content) for kind, content in _boxes(file, 0, path.stat().st_size) if kind in kinds)


def _boxes(file: BinaryIO, at: int, end: int, deep: int = 0) -> Iterator[tuple[bytes, bytes]]:
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        size, begins = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, begins = int.from_bytes(head[8:16], "big"), 16
        size = size or end - at
        if size < begins:
            return
        kind = head[4:8]
        if kind in _FOLDERS and deep < _DEEPEST:
            yield from _boxes(file, at + begins, min(end, at + size), deep + 1)
        elif kind in {b"mvhd", b"tkhd"} and size <= _LONGEST:
            file.seek(at + begins)
            yield kind, file.read(size - begins)
        at += size


def _duration(content: bytes) -> dict[str, float]:
    """Version 1 of the header has 64-bit times."""
    at, length = (20, 8) if content[:1] == b"\x01" else (12, 4)
    scale = int.from_bytes(content[at : at + 4], "big")
    units = int.from_bytes(content[at + 4 : at + 4 + length], "big")
    return {"duration": round(units / scale, 3)} if scale and units < (1 << (8 * length)) - 1 else {}

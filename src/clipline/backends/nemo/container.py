"""What an MP4 says of itself, read from its boxes without decoding anything: enough where there is no studio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["mp4_facts"]

#: Boxes that hold other boxes on the way to what is asked for.
_FOLDERS = frozenset({b"moov", b"trak"})
#: A header box is short; a longer one is none.
_LONGEST = 4096


def mp4_facts(path: Path) -> dict[str, float | int]:
    """`duration` in seconds, `width` and `height` in pixels of an MP4 or MOV; what it does not tell is left out.

    Raises:
        OSError: the file cannot be read.
    """
    facts: dict[str, float | int] = {}
    with path.open("rb") as file:
        for kind, content in _headers(file, 0, path.stat().st_size):
            if kind == b"mvhd":
                facts |= _duration(content)
            elif kind == b"tkhd":
                width, height = (int.from_bytes(content[at : at + 2], "big") for at in (-8, -4))
                if width * height > facts.get("width", 0) * facts.get("height", 0):
                    facts |= {"width": width, "height": height}
    return facts


def _headers(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """The headers of the movie and of its tracks, by kind, without their first eight bytes."""
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
        if kind in _FOLDERS:
            yield from _headers(file, at + begins, min(end, at + size))
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

"""Whether a file is as long as it says of itself: a download that broke off is known by that.

Read from the structure of the two families of containers that have one, without decoding anything: a clip whose last
frame stands for long, or whose sound is longer than its picture, is whole all the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

__all__ = ["announced_size"]

#: What an MP4 begins with, or an old QuickTime file.
_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
_EBML, _SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"


def announced_size(path: Path) -> int | None:
    """How many bytes the file must have at least; None where it does not say.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        size = path.stat().st_size
        if head[4:8] in _BOXES:
            return _boxes_end(file, size)
        if head[:4] == _EBML:
            return _segment_end(file, size)
    return None


def _boxes_end(file: BinaryIO, size: int) -> int | None:
    """Where the last box of an MP4 or MOV ends; None where one lasts to the end of the file."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or not head[4:8].isascii():
            return None  # to the end of the file, or what some programs leave behind the last box
        at += length
    return at


def _segment_end(file: BinaryIO, size: int) -> int | None:
    """Where the one segment of a Matroska or WebM file ends, or its header, if the file has not even that.

    None for one that was streamed.
    """
    file.seek(4)
    header = _number(file)
    if header is None:
        return None
    at = file.tell() + header
    if at > size:  # perhaps by more than any file can be long, where a seek is refused
        return at
    file.seek(at)
    if file.read(4) != _SEGMENT:
        return None
    length = _number(file)
    return None if length is None else file.tell() + length


def _number(file: BinaryIO) -> int | None:
    """A number of variable length, as EBML writes sizes; None for "unknown"."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    data = bytes([first[0] ^ (0x80 >> extra)]) + file.read(extra)
    value = int.from_bytes(data, "big")
    return None if value == (1 << (7 * (extra + 1))) - 1 else value

"""What an MP4, MOV, Matroska or WebM file says of Dolby Vision, and which of its kinds can be shown here.

Most Dolby Vision clips carry a picture that is HDR10, HLG or SDR by itself, with notes on top that only licensed
players read. Profile 5 and its like carry none: their picture is IPT-PQ-c2, which comes out green and purple where it
is taken for YCbCr. The record is that of "Dolby Vision Streams Within the ISO Base Media File Format" 2.1.2, section
3.2; Matroska keeps it in BlockAddIDExtraData.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["DolbyVision", "read_dolby_vision"]

_IN_BOX = re.compile(rb"\0\0\0\x20dv[cvw]C(.{5})", re.DOTALL)
_IN_ELEMENT = re.compile(rb"\x41\xe7\x84dv[cvw]C.{0,16}?\x41\xed\x98(.{5})", re.DOTALL)
_MOST_INDEX = 64 * 2**20  # bytes of an index that are looked through; its first track is mostly the picture
_MOST_HEAD = 2**20  # of a Matroska file, which begins with its tracks
_BASES = {1: "HDR10", 2: "SDR", 4: "HLG", 6: "HDR10"}


@dataclass(frozen=True, slots=True)
class DolbyVision:
    """A profile, and with what its picture is compatible without Dolby Vision: 0 is with nothing."""

    profile: int
    compatibility: int

    @property
    def base(self) -> str:
        """What the picture is without Dolby Vision: HDR10, HLG or SDR; empty where it is nothing that can be shown."""
        return _BASES.get(self.compatibility, "")

    def __str__(self) -> str:
        return f"Dolby Vision {self.profile}" + (f".{self.compatibility}" if self.profile in {8, 10} else "")


def read_dolby_vision(path: Path) -> DolbyVision | None:
    """The record of a file; None where there is none.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head[:4] == b"\x1aE\xdf\xa3":
            found = _IN_ELEMENT.search(file.read(_MOST_HEAD))
        elif head[4:8].isalnum():
            found = _IN_BOX.search(_index(file, path.stat().st_size))
        else:
            return None
    if found is None:
        return None
    record = found[1]  # two bytes of version, seven bits of profile, six of level, three flags, four of compatibility
    return DolbyVision(record[2] >> 1, record[4] >> 4)


def _index(file: BinaryIO, size: int) -> bytes:
    """The box `moov`; nothing where there is none."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        length = int.from_bytes(head[8:16], "big") if length == 1 else length
        if head[4:8] == b"moov":
            return file.read(min(length or size, _MOST_INDEX))
        if length < 8:
            break
        at += length
    return b""

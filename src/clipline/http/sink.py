"""The file that a download goes into."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from clipline.errors import MachineError, ServiceError

__all__ = ["Room", "Sink", "disk"]

#: Bytes that are gathered before they are written: many small writes cost far more than a few large ones.
_GATHERED = 1024 * 1024
#: Pieces that one system call takes, well below every system's limit.
_MOST_PIECES = 256
#: Of the disk, what a file of unknown length leaves free: a part of the whole, and bytes at most.
_LEFT_PART, _LEFT_BYTES = 20, 256 * 1024 * 1024


class Room:
    """How much may come: no more than the disk takes, and no more than `largest` bytes."""

    def __init__(self, target: Path, largest: int) -> None:
        self.target = target
        self._largest = largest

    def check(self, host: str, have: int, total: int | None) -> None:
        """Go on only if there is room for a file of which `have` bytes came, of `total` where that was told.

        Raises:
            MachineError: `disk_full`.
            ServiceError: `download_too_large`.
        """
        if max(have, total or 0) > self._largest:
            raise ServiceError(
                f"{host} sends a file of more than {_told(self._largest)}",
                code="download_too_large",
                retry="never",
                hint="no finished clip is as large; look at what is exported",
            )
        with disk(self.target):
            there = self.target.stat().st_size if self.target.exists() else 0
            usage = shutil.disk_usage(self.target.parent)
        kept = min(_LEFT_BYTES, usage.total // _LEFT_PART) if total is None else 0
        coming = max(have if total is None else total, there) - there
        if coming + kept > usage.free:
            raise MachineError(
                f"cannot write {self.target}: {_told(usage.free)} are free, "
                + ("and the file's length is not told" if total is None else f"and {_told(coming)} are to come"),
                code="disk_full",
                hint="free some space, then: clipline resume",
            )


def _told(count: int) -> str:
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


class Sink:
    """A file, written from `offset` on; what stood behind that is gone.

    The file must exist: who gives a download up removes it, and a late thread must not make it anew.

    Raises:
        MachineError: the disk would not; so `write` too.
    """

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._pieces: list[bytes] = []
        #: Bytes that `write` will write.
        self.waiting = 0
        with disk(path):
            self._file = path.open("r+b", buffering=0)
            self._file.truncate(offset)
            self._file.seek(offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, piece: bytes) -> bool:
        """Keep a piece to be written; whether it is time to."""
        self._pieces.append(piece)
        self.waiting += len(piece)
        return self.waiting >= _GATHERED or len(self._pieces) >= _MOST_PIECES

    def write(self) -> int:
        """Write what was added; how many bytes that were."""
        pieces, self._pieces = self._pieces, []
        wanted, self.waiting = self.waiting, 0
        with disk(self._path):
            written = os.writev(self._file.fileno(), pieces)
            if written < wanted:
                rest = memoryview(b"".join(pieces))
                while written < wanted:
                    written += self._file.write(rest[written:])
        return wanted


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a `MachineError`."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = (error.strerror or type(error).__name__).lower()
        what = "free some space on the disk of" if full else "see whether the disk is well of"
        hint = f"{what} {path.parent}, then: clipline resume"
        raise MachineError(f"cannot write {path}: {reason}", code="disk_full" if full else "disk", hint=hint) from error

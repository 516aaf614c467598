"""The file that a download goes into."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from clipline.errors import MachineError

__all__ = ["Sink", "disk"]

#: Bytes that are gathered before they are written: many small writes cost far more than a few large ones.
_GATHERED = 1024 * 1024
#: Pieces that one system call takes, well below every system's limit.
_MOST_PIECES = 256


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
        hint = "free some space, then: clipline resume" if full else ""
        raise MachineError(f"cannot write {path}: {reason}", code="disk_full" if full else "disk", hint=hint) from error

"""Lets the system calls of a process fail: the n-th of a name, once or from then on, as a disk would.

A call that fails is not made; a short write is made of fewer bytes. Beside `crash_tracer`, which counts and names the
calls, this needs the registers of one kind of machine.
"""

from __future__ import annotations

import errno
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from campaigns.crash_tracer import Seen, Tracer, _ptrace, can_trace
from campaigns.forked import Child

__all__ = ["ERRORS", "DiskFault", "FaultTracer", "can_inject"]

_POKEUSER = 6
#: Where the number of the call, its result and its third argument lie among the registers of x86-64.
_ORIG_RAX, _RAX, _RDX = 15 * 8, 10 * 8, 12 * 8

_SPACE = ("ENOSPC", "EIO", "EDQUOT")
_NAMES = ("ENOSPC", "EIO", "EROFS", "EDQUOT")
#: What each call may say of a disk that is full, broken or read-only; `short` writes fewer bytes.
ERRORS: Mapping[str, tuple[str, ...]] = {
    "write": (*_SPACE, "short"),
    "pwrite64": (*_SPACE, "short"),
    "writev": _SPACE,
    "fsync": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO", "ENOSPC"),
    "ftruncate": ("EIO", "ENOSPC"),
    "rename": _NAMES,
    "renameat": _NAMES,
    "renameat2": _NAMES,
    "link": _NAMES,
    "linkat": _NAMES,
    "mkdir": _NAMES,
    "mkdirat": _NAMES,
    "openat": (*_NAMES, "EMFILE"),
}
#: Of a full disk or folder of open files, what still goes on once it is so for good.
_SPARED = {
    "ENOSPC": {"fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"},
    "EDQUOT": {"fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"},
    "EMFILE": set(ERRORS) - {"openat"} | {"unlink", "unlinkat", "rmdir"},
    "EIO": {"unlink", "unlinkat", "rmdir"},
    "EROFS": set[str](),
}


@dataclass(frozen=True, slots=True)
class DiskFault:
    """The `nth` call of a `name` (`pwrite64 state/journal.sqlite-wal`) fails with `error`; `for_good`: all after it."""

    name: str
    nth: int
    error: str
    for_good: bool = False

    def __str__(self) -> str:
        return f"{self.name} #{self.nth}: {self.error}{' for good' if self.for_good else ''}"


def can_inject() -> str:
    """Why calls cannot be made to fail here; empty where they can."""
    return can_trace() or ("" if platform.machine() == "x86_64" else f"no registers known of {platform.machine()}")


def concerns_disk(seen: Seen) -> bool:
    """Whether a call is about a file, and none that only says something to the person."""
    call, _, target = seen.name.partition(" ")
    if target.endswith((".out", ".err")) and target.startswith("told/"):
        return False
    return call in {*ERRORS, "unlink", "unlinkat", "rmdir"} and target not in {"pipe", "socket", "other", "/dev/null"}


class FaultTracer(Tracer):
    """Follows one process and lets calls of it fail; `struck` counts them."""

    def __init__(self, folder: Path, fault: DiskFault | None = None) -> None:
        super().__init__(folder, {})
        self.struck = 0
        self._fault = fault
        self._is_on = False

    def _at_call(self, child: Child, pid: int) -> None:
        before = len(self.seen)
        super()._at_call(child, pid)
        if self._fault is not None and len(self.seen) > before and self._strikes(self._fault, self.seen[-1]):
            self.struck += 1
            self._strike(pid, self._fault.error)

    def _strikes(self, fault: DiskFault, seen: Seen) -> bool:
        if not concerns_disk(seen):
            return False
        first = (seen.name, seen.nth) == (fault.name, fault.nth)
        self._is_on = self._is_on or first
        return first or (self._is_on and fault.for_good and seen.name.partition(" ")[0] not in _SPARED[fault.error])

    def _strike(self, pid: int, error: str) -> None:
        if error == "short":
            _ptrace(_POKEUSER, pid, _RDX, 1)
            return
        # No call has the number -1: it is left out, and what stands for its result is given back.
        _ptrace(_POKEUSER, pid, _ORIG_RAX, (1 << 64) - 1)
        _ptrace(_POKEUSER, pid, _RAX, (1 << 64) - getattr(errno, error))

"""Folders, and what the system says of a disk, told as an error with a hint."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clipline.errors import MachineError

__all__ = ["check_writable", "discard", "disk", "disk_error", "is_disk_trouble", "make_folder"]

#: What helps, by what the system says of a place; `{folder}` is the folder of it.
_DISK_HINTS = {
    errno.ENOSPC: "free some space on the disk of {folder}, then: clipline resume",
    errno.EDQUOT: "free some space on the disk of {folder}, then: clipline resume",
    errno.EACCES: "check who may write to {folder}",
    errno.EPERM: "check who may write to {folder}",
    errno.EROFS: "{folder} is on a disk that is mounted read-only; mount it for writing, or choose another folder",
    errno.EEXIST: "a file stands where a folder should be; choose another folder",
    errno.ENOTDIR: "a file stands where a folder should be; choose another folder",
    errno.EMFILE: "too many files are open: do less at once, or raise the limit (ulimit -n), then: clipline resume",
    errno.ENFILE: "too many files are open on this machine: close some programs, then: clipline resume",
}
_OTHER_HINT = "see whether the disk of {folder} is well, then: clipline resume"


#: What the system says of a disk, or of its own tables, whatever a program does.
_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})


def is_disk_trouble(error: OSError) -> bool:
    """Whether this machine is at fault, and neither a program nor its input: a disk that is full, broken, read-only."""
    return error.errno in _TROUBLE


def disk_error(action: str, path: Path, error: OSError) -> MachineError:
    """What the system said about `path`, as an error: `cannot ACTION PATH: no space left on device`."""
    code = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "disk"
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    folder = path if path.is_dir() else path.parent
    hint = _DISK_HINTS.get(error.errno or 0, _OTHER_HINT).format(folder=folder)
    return MachineError(f"cannot {action} {path}: {reason}", code=code, hint=hint)


@contextmanager
def disk(action: str, path: Path) -> Iterator[None]:
    """Turn what the system says about `path` into a `MachineError`."""
    try:
        yield
    except OSError as error:
        raise disk_error(action, path, error) from error


def make_folder(path: Path) -> Path:
    """Make a folder and those above it, if they are missing.

    Raises:
        MachineError: a file stands in its place, or the disk would not.
    """
    with disk("make the folder", path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def check_writable(folder: Path) -> None:
    """Make sure that files can be written to a folder, or to the one that it would be made in; leaves nothing behind.

    Raises:
        MachineError: a file stands in its place, or the disk would not.
    """
    there = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    with disk("write to", there), tempfile.TemporaryFile(dir=there):
        return


def discard(path: Path) -> None:
    """Remove a file or a folder if it is there; leaves it if the system will not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return

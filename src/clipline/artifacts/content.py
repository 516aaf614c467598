"""What stands in the files that runs make: read with a bound, hashed, and brought to disk whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

from clipline.artifacts.disks import discard, disk
from clipline.artifacts.names import temporary_beside

__all__ = [
    "open_file",
    "read_file",
    "rename_to_free_name",
    "sha256_of",
    "size_of",
    "sync",
    "sync_file",
    "sync_folder",
    "write_whole",
]

#: What the system says where a file system has no links.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


def open_file(path: Path) -> BufferedReader:
    """Open a file to read its bytes. A pipe or a device, which might never end, is refused instead of waited for.

    Raises:
        OSError: it cannot be opened, or is no file.
    """
    # Else a pipe that nobody writes to would hold the process until somebody does.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no file", str(path))


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a file that has no more of them than `most`.

    Raises:
        OSError: it cannot be read, is no file, or is larger.
    """
    with open_file(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def write_whole(
    path: Path,
    content: bytes,
    draft: Path | None = None,
    *,
    mode: int = 0o666,
    last_look: Callable[[], None] = lambda: None,
) -> None:
    """Write a file that is there whole or not at all, on the disk, in the place of an older one.

    Args:
        path: where it goes; a link there is replaced, not followed.
        content: all of it.
        draft: where it is written first, in the same folder; by default a new name. What stands there is removed.
        mode: the rights of the file, less those that the process's mask takes.
        last_look: called right before it takes its place; what it raises is raised, and nothing of it is left.

    Raises:
        OSError: the disk would not.
    """
    if draft is None:
        draft = temporary_beside(path)
    else:
        draft.unlink(missing_ok=True)
    # Somebody who may write to the folder could lay a link there in this moment.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        last_look()
        draft.replace(path)
    except BaseException:
        discard(draft)
        raise


def rename_to_free_name(temporary: Path, final: Path) -> None:
    """A rename that never overwrites: link, then unlink; a file system without links gets the nearest thing.

    Raises:
        FileExistsError: the name is taken.
        OSError: the disk would not.
    """
    try:
        os.link(temporary, final)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(final, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        try:
            temporary.replace(final)
        except BaseException:
            final.unlink()  # it is empty, and ours
            raise
    else:
        temporary.unlink()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hex; of a folder, that of the lines `HASH  NAME` of its files, sorted by name.

    Raises:
        MachineError: it cannot be read.
    """
    with disk("read", path):
        if path.is_dir():
            lines = "".join(f"{sha256_of(each)}  {each.relative_to(path).as_posix()}\n" for each in _files_in(path))
            return hashlib.sha256(lines.encode()).hexdigest()
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder.

    Raises:
        MachineError: it cannot be read.
    """
    with disk("read", path):
        return sum(each.stat().st_size for each in _files_in(path)) if path.is_dir() else path.stat().st_size


def _files_in(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def sync(path: Path) -> None:
    """Bring a file, or a folder with all in it, to the disk: after this it survives a loss of power.

    Raises:
        MachineError: the disk would not.
    """
    if not path.is_dir():
        sync_file(path)
        return
    for each in _files_in(path):
        sync_file(each)
    for folder in [path, *(each for each in path.rglob("*") if each.is_dir())]:
        sync_folder(folder)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk.

    Raises:
        MachineError: the disk would not.
    """
    with disk("write", path), path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can.

    Raises:
        MachineError: the disk would not.
    """
    with disk("write", path):
        if os.name == "nt":  # has no such call; renames are journalled by the file system
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network folders cannot, and say so
                raise
        finally:
            os.close(descriptor)

"""Files that runs make: how they are named, hashed and brought safely to disk.

Names come from a template (`{name}-{date}.{ext}`), stay inside the output folder, and are valid on every file system.
A file is written beside its place under a temporary name, synced, and renamed; so it is there whole or not at all.
The functions here are the pieces; the engine puts them together and journals each step.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import string
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from io import BufferedReader
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from clipline.errors import InputError, MachineError

__all__ = [
    "NAME_FIELDS",
    "check_replaceable",
    "check_writable",
    "discard",
    "disk",
    "disk_error",
    "fill_template",
    "is_disk_trouble",
    "keep_sources",
    "make_folder",
    "name_facts",
    "numbered",
    "open_file",
    "read_file",
    "real_path",
    "resolve_target",
    "sha256_of",
    "sidecar_of",
    "size_of",
    "sync",
    "sync_file",
    "sync_folder",
    "temporary_beside",
    "write_whole",
]

#: What may stand in the braces of a name template.
NAME_FIELDS: Mapping[str, str] = {
    "name": "the source's name without its extension",
    "run": "the run's id",
    "date": "the day the run started, like 2026-03-01",
    "time": "the time the run started, like 143005",
    "index": "the item's place in its loop, from 1; 1 outside of one",
    "ext": "the format's extension, like mp4",
}

#: The longest name of one file, in bytes of UTF-8, that every common file system takes.
LONGEST_NAME = 255
#: Room kept for what is added to a name: a number, `.json` of a sidecar, the marks of a temporary file.
_ROOM = 40

#: What some system refuses in a name (Windows the signs, macOS what is no character, all the slash), what ends a line,
#: and what turns the direction of writing around, so that a name looks like another one.
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\\\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef'
    + "".join(map(chr, (last for plane in range(17) for last in (plane << 16 | 0xFFFE, plane << 16 | 0xFFFF))))
    + "]"
)
#: Devices of Windows, whatever the ending behind them; it takes the raised digits for digits.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"}
)


# --- names -----------------------------------------------------------------------------------------------------------


def resolve_target(out: Path, to: str, facts: Mapping[str, str]) -> Path:
    """Where a file goes: the template `to` filled with `facts`, inside the folder `out`.

    Args:
        out: the output folder, absolute; it need not exist yet.
        to: a name, perhaps in folders below `out` (with `/`), with fields of `NAME_FIELDS` in braces.
        facts: the fields' values; whatever a file system would not take in them becomes `_`.

    Raises:
        InputError: the name leaves `out`, cannot exist on some system, or has an unknown field.
    """
    name = fill_template(to, facts)
    path = PurePosixPath(name)
    if path.is_absolute() or re.match(r"[A-Za-z]:", name):
        raise _bad_name(name, "it is absolute", "the output folder is chosen with --out; `to` is a name inside it")
    if name.endswith("/") or not path.parts:
        raise _bad_name(name, "it names no file", "write a name like '{name}-edited.{ext}'")
    for part in path.parts:
        _check_part(name, part)
    root = real_path(out)
    target = root.joinpath(*path.parts)
    # A folder on the way may be a link that leads elsewhere.
    if not real_path(target.parent).is_relative_to(root):
        raise _bad_name(name, f"a link on the way leads out of {out}", "write to a folder inside the output folder")
    return target


def real_path(path: Path) -> Path:
    """A path with its links followed, as far as they lead somewhere; `Path.resolve` fails at a link to itself."""
    return Path(os.path.realpath(path))


def name_facts(run: Mapping[str, Any], path: str, name: str) -> dict[str, str]:
    """The fields of a name template, but for the ending; `name` is what stands for `{name}`."""
    started = str(run.get("started", ""))
    day, _, moment = started.partition("T")
    places = [str(int(number) + 1) for number in re.findall(r"\[(\d+)\]", path)]
    return {
        "name": name,
        "run": str(run.get("id", "")),
        "date": day,
        "time": re.sub(r"\D", "", moment)[:6],
        "index": "-".join(places) or "1",
    }


def keep_sources(target: Path, sources: Iterable[Path]) -> None:
    """Make sure that no file is written over one that it is made from.

    Raises:
        InputError: it would be, under whatever name.
    """
    for source in sources:
        if target == source or (target.exists() and source.exists() and target.samefile(source)):
            raise InputError(
                f"{target.name} would be written over the file that it is made from",
                code="over_source",
                hint="give another name, or another output folder with --out",
            )


def fill_template(template: str, facts: Mapping[str, str]) -> str:
    """Put `facts` in the place of the fields; `{{` and `}}` are braces themselves.

    Raises:
        InputError: a field is not known, has no value here, or the braces do not match.
    """
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError:
        raise _bad_template(template, "its braces do not match") from None
    filled = []
    for text, field, form, conversion in pieces:
        filled.append(text)
        if field is None:
            continue
        if form or conversion:
            raise _bad_template(template, f"the field {{{field}}} takes no format")
        if field not in NAME_FIELDS:
            near = get_close_matches(field, NAME_FIELDS, 1)
            meant = f"; did you mean {{{near[0]}}}?" if near else ""
            raise _bad_template(template, f"unknown field {{{field}}}{meant}")
        if field not in facts:
            raise _bad_template(template, f"the field {{{field}}} has no value here")
        filled.append(_safe(facts[field]))
    return "".join(filled)


def _safe(value: str) -> str:
    """A fact as part of one name: no separators, nothing that some system refuses."""
    return _UNSAFE.sub("_", value).replace("/", "_")


def _check_part(name: str, part: str) -> None:
    if part == "..":
        raise _bad_name(name, "'..' would leave the output folder", "the output folder is chosen with --out")
    if found := _UNSAFE.search(part):
        raise _bad_name(name, f"{found[0]!r} cannot stand in a file name everywhere", "leave it out, or use {name}")
    if part.endswith((".", " ")) or part.startswith(" "):
        raise _bad_name(name, f"{part!r} begins or ends with a blank or ends with a dot", "leave that away")
    if part.split(".", maxsplit=1)[0].rstrip().lower() in _RESERVED:
        raise _bad_name(name, f"{part!r} is a device on Windows", "choose another name")
    length = len(part.encode())
    if length > LONGEST_NAME - _ROOM:
        raise _bad_name(name, f"a part of it has {length} bytes", f"keep each part below {LONGEST_NAME - _ROOM} bytes")


def _bad_name(name: str, why: str, hint: str) -> InputError:
    return InputError(f"not a file name to write to: {name[:80]!r}: {why}", code="unsafe_name", hint=hint)


def _bad_template(template: str, why: str) -> InputError:
    known = ", ".join(f"{{{field}}}" for field in NAME_FIELDS)
    hint = f"known fields: {known}; write {{{{ and }}}} for braces"
    return InputError(f"not a name template: {template[:80]!r}: {why}", code="name_template", hint=hint)


def numbered(target: Path) -> Iterator[Path]:
    """`target`, then `NAME-2.EXT`, `NAME-3.EXT` and so on, without end."""
    yield target
    for number in count(2):
        yield target.with_name(f"{target.stem}-{number}{target.suffix}")


def sidecar_of(target: Path) -> Path:
    """Where the facts about `target` stand: `TARGET.json`, beside it."""
    return target.with_name(target.name + ".json")


def temporary_beside(target: Path) -> Path:
    """A new hidden name in `target`'s folder, with its extension: `.NAME.RANDOM.part.EXT`."""
    return target.with_name(f".{target.stem}.{secrets.token_hex(8)}.part{target.suffix}")


# --- content ---------------------------------------------------------------------------------------------------------


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


def write_whole(path: Path, content: bytes, draft: Path | None = None, *, mode: int = 0o666) -> None:
    """Write a file that is there whole or not at all, on the disk, in the place of an older one.

    Args:
        path: where it goes; a link there is replaced, not followed.
        content: all of it.
        draft: where it is written first, in the same folder; by default a new name. What stands there is removed.
        mode: the rights of the file, less those that the process's mask takes.

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
        draft.replace(path)
    except BaseException:
        discard(draft)
        raise


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


#: What a folder of exported frames holds.
_FRAME = re.compile(r"frame-\d{5,}\.png")


def check_replaceable(place: Path, *, by_folder: bool) -> None:
    """Make sure that overwriting `place` takes nothing of the person's own with it.

    A file replaces a file; a folder of frames replaces only a folder with nothing but frames in it.

    Raises:
        InputError: it would.
    """
    if not os.path.lexists(place):
        return
    if not place.is_dir():
        if by_folder:
            raise InputError(f"{place} is a file", code="is_file", hint="PNG frames make a folder; give another name")
        return
    if not by_folder:
        raise InputError(f"{place} is a folder", code="is_folder", hint="give the name of a file")
    if not all(_FRAME.fullmatch(each.name) for each in place.iterdir()):
        raise InputError(
            f"{place} is a folder with other files in it than frames",
            code="is_folder",
            hint="nothing in it is deleted; give another name",
        )


def discard(path: Path) -> None:
    """Remove a file or a folder if it is there; leaves it if the system will not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


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

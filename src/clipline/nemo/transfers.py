"""Files on their way to the service: what is checked before anything is sent, and what is worth telling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

from clipline.errors import InputError
from clipline.http import FilePart
from clipline.nemo.protocol import LARGEST_UPLOAD, UPLOAD_FORMATS, UploadedFile
from clipline.values import format_duration

__all__ = ["advice_after", "advice_before", "parts_of"]

#: A clip that is longer than this, in seconds, takes the service long.
LONG_CLIP = 300.0

_CONTENT_TYPES: Mapping[str, str] = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}
#: The containers of video that the service is best with.
_USUAL = frozenset({"mp4", "mov", "avi", "webm"})


def parts_of(files: Sequence[Path]) -> tuple[FilePart, ...]:
    """The files as parts of one form, each under a name of its own.

    Raises:
        InputError: there is none; one is no file, is empty, has a format that the service does not take
            (`unsupported_file`), or is larger than 500 MB (`file_too_large`). Nothing was sent.
    """
    if not files:
        raise InputError("there is no file to upload", code="no_files")
    for file in files:
        _check(file)
    named = zip(files, _own_names(files), strict=True)
    return tuple(FilePart("files", file, name, _CONTENT_TYPES[_format(file)]) for file, name in named)


def _check(file: Path) -> None:
    if not file.is_file():
        raise InputError(f"there is no file {file}", code="not_a_file", hint="look at the name and the folder")
    if _format(file) not in UPLOAD_FORMATS:
        raise InputError(
            f"the service does not take files like {file.name}",
            code="unsupported_file",
            hint=f"supported: {', '.join(UPLOAD_FORMATS)}",
        )
    size = file.stat().st_size
    if not size:
        raise InputError(f"{file} is empty", code="not_a_file", hint="wait until it is written")
    if size > LARGEST_UPLOAD:
        raise InputError(
            f"{file.name} has {size / 1024**2:,.0f} MB; the service takes {LARGEST_UPLOAD // 1024**2}",
            code="file_too_large",
            hint="trim it, or compress it (a smaller size or a lower quality), and upload that",
        )


def _format(file: Path) -> str:
    ending = file.suffix.lower().lstrip(".")
    return "jpg" if ending == "jpeg" else ending


def _own_names(files: Sequence[Path]) -> Iterator[str]:
    """A name for each file that no other has: later, messages tell files apart by nothing else."""
    taken: set[str] = set()
    for file in files:
        ending = f".{_format(file)}" if file.suffix.lower() == ".jpeg" else file.suffix
        names = (f"{file.stem}{'' if number == 1 else f'-{number}'}{ending}" for number in count(1))
        name = next(name for name in names if name.lower() not in taken)
        taken.add(name.lower())
        yield name


def advice_before(files: Sequence[Path]) -> Iterator[str]:
    """What to tell about files before they are sent."""
    for file in files:
        ending = _format(file)
        if _CONTENT_TYPES[ending].startswith("video/") and ending not in _USUAL:
            yield f"{file.name}: the service is best with MP4, MOV, AVI and WebM; if the edit fails, convert it"


def advice_after(files: Sequence[UploadedFile]) -> Iterator[str]:
    """What to tell about files once the service has measured them."""
    for file in files:
        if file.duration > LONG_CLIP:
            lasts = format_duration(round(file.duration))
            yield f"{file.filename} lasts {lasts}: edits of long clips take long; trim it to the part that matters"

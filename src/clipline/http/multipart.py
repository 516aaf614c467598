"""Bodies of requests with files in them, streamed in pieces, of a length known before: a form, or a file alone."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from clipline.errors import InputError, MachineError

__all__ = ["Body", "FileBody", "FilePart", "Form"]

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a form.

    Attributes:
        field: the form's field; several files may share one.
        path: where the file is.
        filename: what the other side is told, in any script.
        content_type: like `video/mp4`.
    """

    field: str
    path: Path
    filename: str
    content_type: str


class Body(Protocol):
    """The body of an upload; iterating over it reads its files, once, in pieces of 1 MiB at most.

    Attributes:
        length: bytes of the whole body.
        given: bytes that were given so far; the last piece counts once the next one is asked for.
    """

    length: int
    given: int

    def __iter__(self) -> Iterator[bytes]: ...


class FileBody:
    """A body that is one file, as it is.

    Raises:
        InputError: it is no file, or changed since it was looked at (code `file_changed`, while iterating).
        MachineError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts = _facts_of(path)
        self.length = self._facts.size
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in _content(self._path, self._facts):
            yield piece
            self.given += len(piece)


class Form:
    """A body that is a form: plain fields, and files after them.

    Raises:
        InputError: a part is no file, or changed since it was looked at (code `file_changed`, while iterating).
        MachineError: a file cannot be read.
    """

    def __init__(self, parts: Sequence[FilePart], fields: Sequence[tuple[str, str]] = ()) -> None:
        self._boundary = f"clipline-{secrets.token_hex(16)}"
        self._fields = b"".join(self._field(name, value) for name, value in fields)
        self._parts = [(part, self._head(part), _facts_of(part.path)) for part in parts]
        self._tail = f"--{self._boundary}--\r\n".encode()
        files = sum(len(head) + facts.size + 2 for _, head, facts in self._parts)
        self.length = len(self._fields) + files + len(self._tail)
        self.given = 0

    @property
    def content_type(self) -> str:
        """The value of the header."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces():
            yield piece
            self.given += len(piece)

    def _pieces(self) -> Iterator[bytes]:
        if self._fields:
            yield self._fields
        for part, head, facts in self._parts:
            yield head
            yield from _content(part.path, facts)
            yield b"\r\n"
        yield self._tail

    def _field(self, name: str, value: str) -> bytes:
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"\r\n\r\n'
        return f"{head}{value}\r\n".encode("utf-8", "replace")

    def _head(self, part: FilePart) -> bytes:
        if not re.fullmatch(r"[\x20-\x7e]+", part.content_type):
            raise InputError("not a content type", code="bad_header")
        return (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="{_escaped(part.field)}"; filename="{_escaped(part.filename)}"\r\n'
            f"Content-Type: {part.content_type}\r\n\r\n"
        ).encode("utf-8", "replace")


def _escaped(name: str) -> str:
    """A name as the HTML standard has it in forms: UTF-8 as it is, but no quotes and no line breaks."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


@dataclass(frozen=True, slots=True)
class _Facts:
    size: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Facts:
        return cls(status.st_size, status.st_mtime_ns)


def _facts_of(path: Path) -> _Facts:
    try:
        if not path.is_file():
            raise InputError(f"{path} is not a file", code="not_a_file")
        return _Facts.of(path.stat())
    except OSError as error:
        _unreadable(path, error)


def _content(path: Path, facts: _Facts) -> Iterator[bytes]:
    """Exactly as many bytes as the file had when it was looked at."""
    left = facts.size
    try:
        with path.open("rb", buffering=0) as file:
            while left and (piece := file.read(min(_PIECE, left))):
                left -= len(piece)
                yield piece
            if left or _Facts.of(os.fstat(file.fileno())) != facts:
                raise InputError(
                    f"{path} changed while it was sent", code="file_changed", hint="wait until it is written"
                )
    except OSError as error:
        _unreadable(path, error)


def _unreadable(path: Path, error: OSError) -> NoReturn:
    reason = (error.strerror or type(error).__name__).lower()
    raise MachineError(f"cannot read {path}: {reason}", code="disk") from error

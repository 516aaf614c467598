"""What a place can do, in the words of this package, and what is handed over to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from clipline.artifacts import disk
from clipline.clock import Clock
from clipline.errors import Cancelled, ServiceError, StageFailed, TimedOut
from clipline_publish.addresses import Address
from clipline_publish.faults import as_error

__all__ = ["READ_BACK_LIMIT", "Found", "Place", "Sending", "Shelf", "Source", "Terms", "talking"]

#: Bytes up to which a file is read back to be compared, where the server tells no checksum.
READ_BACK_LIMIT = 256 * 1024 * 1024

#: What stands at an address: nothing, the same bytes, or something else.
Found = Literal["nothing", "same", "other"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to publish, as it was when it was hashed."""

    path: Path
    size: int
    sha256: str

    def blocks(self, length: int) -> Iterator[bytes]:
        """Its bytes, `length` at a time.

        Raises:
            MachineError: it cannot be read.
            StageFailed: it is no longer what was hashed.
        """
        seen = hashlib.sha256()
        with disk("read", self.path), self.path.open("rb") as file:
            while block := file.read(length):
                seen.update(block)
                yield block
        if seen.hexdigest() != self.sha256:
            raise StageFailed(f"{self.path} was changed while it was published", code="publish_changed")


@dataclass(frozen=True, slots=True)
class Terms:
    """How files are put: `mark` names this stage's leftovers, `scratch` is where it notes them; `full` reads back."""

    mark: str
    scratch: Path
    replace: bool = False
    full: bool = False
    make_folders: bool = False
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Sending:
    """One file on its way: how many bytes went, and whether it may be there already.

    `tell` lets the person know; it is called only in the thread of the stage.
    """

    show: Callable[[int], None]
    bytes: int = 0
    committing: bool = False

    def sent(self, length: int) -> None:
        """So many more went."""
        self.bytes += length

    def tell(self) -> None:
        """Show how many went."""
        self.show(self.bytes)

    def proves_refusal(self, error: Exception) -> bool:
        """Whether after this error the file is surely not there because of us."""
        return not (self.committing and isinstance(error, (ServiceError, Cancelled, TimedOut)))


class Shelf(Protocol):
    """What a manifest needs of a place: small files. All methods raise `CliplineError`s and nothing else."""

    def read(self, target: Address) -> bytes | None:
        """A small file's content; None where there is none."""
        ...

    def write(self, target: Address, content: bytes, terms: Terms) -> None:
        """Let a small file appear whole, in place of one that is there; makes its folder."""
        ...

    def names(self, folder: Address) -> set[str]:
        """The names of the files in a folder, perhaps of more; empty where there is none."""
        ...


class Place(Shelf, Protocol):
    """A server, a bucket or a folder. All methods raise `CliplineError`s and nothing else."""

    def compare(self, target: Address, source: Source) -> Found:
        """What stands at an address, told by its bytes or by a checksum of them, never by its size alone."""
        ...

    def put(self, target: Address, source: Source, terms: Terms, sending: Sending) -> str:
        """Let a file appear whole; how it was verified: `etag`, `read`, or `size`."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@contextmanager
def talking(at: Address, clock: Clock, break_off: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Whatever goes wrong inside is told as an error of clipline; a cancel calls `break_off`."""
    clock.check()
    forget = clock.token.on_cancel(break_off)
    try:
        yield
    except Exception as error:  # noqa: BLE001 - libraries raise what they like
        clock.check()  # what breaks after a cancel breaks because of it
        raise as_error(error, at) from None
    finally:
        forget()

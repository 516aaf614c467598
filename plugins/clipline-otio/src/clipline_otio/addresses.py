"""Between the paths of media and the addresses that stand in timeline files."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from clipline.errors import InputError, redact

__all__ = ["address_of", "file_name", "path_of", "shown"]

_LOCAL = {"", "localhost"}


def address_of(path: str, folder: Path | None = None) -> str:
    """The address of a file: `file:///…`, or relative to `folder` where one is given; percent-encoded both ways."""
    if folder is None:
        return Path(path).as_uri()
    try:
        return quote(Path(os.path.relpath(path, folder)).as_posix())
    except ValueError:  # another drive of Windows
        return Path(path).as_uri()


def path_of(address: str, folder: Path) -> Path:
    """The file that an address means; what is relative is so to `folder`. Nothing is looked at.

    A bare name that is there as it is written is not decoded: `100%.mov` is a name too.

    Raises:
        InputError: it is the address of another machine, or no address at all.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise InputError(f"not the address of a file: {shown(address)!r}", code="address") from error
    if "\0" in unquote(address):
        raise InputError(f"not the address of a file: {shown(address)!r}", code="address")
    if re.fullmatch(r"[A-Za-z]", parts.scheme):  # a drive of Windows
        return Path(address)
    if parts.scheme == "file":
        if parts.netloc not in _LOCAL:
            raise _elsewhere(address, f"it is on {parts.netloc}")
        return Path(unquote(parts.path))
    if parts.scheme and "://" in address:
        raise _elsewhere(address, f"{parts.scheme} addresses are not fetched")
    literal = folder / address
    return literal if os.path.lexists(literal) else folder / unquote(address)


def file_name(address: str) -> str:
    """The name of the file that an address ends with."""
    return PurePosixPath(unquote(urlsplit(address).path if "://" in address else address)).name


def shown(address: str) -> str:
    """An address for a person: without a name and a password in it, without its query."""
    return redact(re.sub(r"//[^/?#]*@", "//", address))[:200]


def _elsewhere(address: str, why: str) -> InputError:
    return InputError(
        f"media is not on this machine: {shown(address)}: {why}",
        code="not_local",
        hint="fetch it, and give the folder that it is in as `media`",
    )

"""Addresses: `PROTOCOL://HOST-OR-BUCKET/PATH`, with fields of a name in braces and never with a password."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from clipline.artifacts import fill_template
from clipline.errors import InputError

__all__ = ["PROTOCOLS", "SERVERS", "Address", "parse_address", "public_address", "target_of"]

_ALIASES = {"s3a": "s3", "ssh": "sftp", "local": "file", "dav": "webdav"}
#: fsspec can only read from these, or they are layers around another address.
_NOT_WRITABLE = frozenset({"http", "https", "github", "gist", "git", "zip", "tar", "reference", "data", "libarchive"})
#: Where what follows `://` is a path of this machine.
_HERE = frozenset({"file", "memory"})
#: Where it names a server; elsewhere it is a bucket, which is part of the path.
SERVERS = frozenset({"sftp", "ftp", "smb", "webdav"})
#: What fsspec can write to, with our own names for some, as a pattern.
PROTOCOLS = (
    "s3|s3a|sftp|ssh|ftp|file|local|memory|smb|webdav|dav|gs|gcs|az|abfs|adl|oss|oci|ocilake|tos|tosfs|hdfs|webhdfs"
    "|gdrive|dropbox|box|dbfs|lakefs|dvc|hf|wandb|root|jlab|jupyter"
)
_HINT = "write it like s3://bucket/folder/, sftp://user@host/folder/ or file:///folder/"


@dataclass(frozen=True, slots=True)
class Address:
    """`host` is the server or the bucket, empty for this machine; `path` what follows, with its first slash."""

    protocol: str
    host: str
    path: str
    user: str = ""
    port: int | None = None

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.protocol}://{user}{self.host}{port}{self.path}"

    @property
    def far_path(self) -> str:
        """The path as fsspec takes it."""
        within = self.protocol in SERVERS or self.protocol in _HERE
        return self.path if within else f"{self.host}{self.path}"

    @property
    def name(self) -> str:
        """The file's own name."""
        return posixpath.basename(self.path)

    @property
    def folder(self) -> Address:
        """The folder that it is in."""
        return replace(self, path=posixpath.dirname(self.path))

    def beside(self, name: str) -> Address:
        """Another file in the same folder; `name` may go into folders below it."""
        return replace(self, path=posixpath.join(posixpath.dirname(self.path), name))


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        InputError: it is none, holds a password, or nothing can be written there. Its text is not quoted then.
    """
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)(/.*)?", text, re.DOTALL)
    if not match:
        raise _wrong("it begins with no protocol", _HINT)
    protocol = _ALIASES.get(match[1].lower(), match[1].lower())
    if "::" in text or protocol in _NOT_WRITABLE:
        raise _wrong(f"nothing can be written to {match[1]}:// addresses", _HINT)
    if "?" in text or "#" in text:
        raise _wrong("it holds a query or a fragment", "an address is protocol, server or bucket, and path")
    user, host, port = _authority(match[2])
    path = match[3] or ""
    if protocol in _HERE and (host or user):
        raise _wrong("a path of this machine begins with three slashes", "write file:///folder/{name}")
    if protocol not in _HERE and not host:
        raise _wrong("it names no server or bucket", _HINT)
    if (user or port) and protocol not in SERVERS:
        raise _wrong("a bucket has no user and no port", "the setting publish.endpoint names a server")
    if not path:
        raise _wrong("it names no file and no folder", _HINT)
    if {"..", "."} & set(path.split("/")):
        raise _wrong("'.' and '..' cannot stand in it", "write the path that is meant")
    return Address(protocol, host, path, user, port)


def _authority(text: str) -> tuple[str, str, int | None]:
    """User, host and port. What could be a password is refused, and not said again."""
    user, at, place = text.rpartition("@")
    host, colon, port = place.partition(":")
    if ":" in user or "@" in user or (colon and not port.isdecimal()):
        raise InputError(
            "an address to publish to holds a password, or a port that is no number",
            code="publish_password",
            hint="leave it away: the settings publish.password or publish.secret give it, or the option of that name "
            "with ${{ secrets.NAME }}",
        )
    return (user if at else ""), host, (int(port) if port else None)


def target_of(to: str, facts: Mapping[str, str], file: Path, below: str = "") -> Address:
    """The address of one file.

    Args:
        to: the option, with the fields of a name template.
        facts: the fields' values.
        file: what is published; its ending is added where `to` gives none.
        below: where the file stands in a folder that is published as a whole, `file` being that folder.

    Raises:
        InputError: as `parse_address`, or a field is not known.
    """
    parse_address(to)  # before anything is filled in, so that no name can make it something else
    filled = fill_template(to, {**facts, "ext": file.suffix.removeprefix(".")})
    last = to.rpartition("/")[2]
    if not last:
        filled += file.name
    elif "." not in last and "{ext}" not in last:
        filled += file.suffix
    return _filled(f"{filled}/{below}" if below else filled)


def _filled(text: str) -> Address:
    """An address whose path may hold what a template may not: a file's name can have a `#` in it."""
    protocol, _, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    return replace(parse_address(f"{protocol}://{authority}/x"), path=slash + path)


def public_address(template: str, target: Address) -> str:
    """Where people find a file: `{path}` and `{file}` of the template, filled in and quoted for a URL."""
    within = quote(target.path.removeprefix("/"))
    return template.replace("{path}", within).replace("{file}", quote(target.name))


def _wrong(why: str, hint: str) -> InputError:
    return InputError(f"not an address to publish to: {why}", code="publish_address", hint=hint)

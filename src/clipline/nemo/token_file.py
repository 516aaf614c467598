"""The file of tokens: what it holds, its form, and how it is read and written.

It is JSON, readable by this user alone, replaced whole or not at all. `credentials.py` tells when.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clipline.artifacts import disk, sync_folder, write_whole
from clipline.errors import InputError, MachineError
from clipline.values import Secret

__all__ = [
    "KEPT_FOR",
    "VERSION",
    "Content",
    "Kept",
    "Token",
    "check_private",
    "check_sendable",
    "fingerprint_of",
    "read_file",
    "write_file",
]

VERSION = 1
#: How long a token with a job is kept after its expiry (or, where that is unknown, after the job began), in seconds.
KEPT_FOR = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and what is known of it.

    `expires_at` is in seconds since 1970, 0 where nobody told or where this machine's clock cannot judge it. `user_id`
    is "" where the service has not told it. `supplied`: the person gave it, so it is never replaced silently.
    """

    value: Secret
    user_id: str = ""
    expires_at: float = 0.0
    supplied: bool = False

    @property
    def fingerprint(self) -> str:
        """What names the token where the token itself must not stand: 12 hexadecimal digits."""
        return fingerprint_of(self.value)


def fingerprint_of(value: Secret) -> str:
    """The first 12 digits of the SHA-256 of a token, in hex."""
    return hashlib.sha256(value.reveal().encode()).hexdigest()[:12]


def check_sendable(secret: Secret, name: str) -> Secret:
    """Make sure that a secret can stand in a header; `name` says in messages which it is.

    Raises:
        InputError: it is empty, longer than 4,096 letters, or holds a blank, a line break or what is not ASCII. The
            value is not quoted.
    """
    if not re.fullmatch(r"[\x21-\x7e]{1,4096}", secret.reveal()):
        raise InputError(
            f"{name} cannot be sent: it is empty or endless, or holds a blank, a line break or what is not ASCII",
            code="bad_token",
            hint="a token often ends with a line break by mistake; give it without quotes and line breaks",
        )
    return secret


@dataclass(frozen=True, slots=True)
class Kept:
    """A token in the file; `job_at` is when a job was last started with it, 0 for never."""

    token: Token
    job_at: float = 0.0

    def is_over(self, now: float) -> bool:
        """Whether nobody needs it any more."""
        expired = 0 < self.token.expires_at < now
        return now > max(self.job_at, self.token.expires_at) + KEPT_FOR if self.job_at else expired


@dataclass(frozen=True, slots=True)
class Content:
    """The whole file; `current` and the keys of `tokens` are fingerprints.

    `asking`: the service is being asked for a token, or was, by a process that died before it kept the answer.
    """

    client_id: str = field(default="", repr=False)
    current: str = ""
    tokens: Mapping[str, Kept] = field(default_factory=dict)
    asking: bool = False

    def without_the_expired(self, now: float) -> Content:
        """The same without the tokens that are over; the current one stays until another takes its place."""
        alive = {name: kept for name, kept in self.tokens.items() if name == self.current or not kept.is_over(now)}
        return replace(self, tokens=alive)


# --- reading and writing ---------------------------------------------------------------------------------------------


def read_file(path: Path) -> Content:
    """Read the file; empty content where there is none.

    Raises:
        MachineError: it is damaged, newer than this clipline, or open to others.
    """
    try:
        with disk("read", path):
            if not path.exists():
                return Content()
            check_private(path.parent)
            check_private(path)
            text = path.read_bytes()
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MachineError(
            f"the file of tokens {path} is damaged",
            code="credentials_damaged",
            hint="mend it, or move it away: a new anonymous account is made then, which cannot see the sessions "
            "of the old one",
        ) from None  # what the parser says may quote the file


def write_file(path: Path, content: Content, base: str) -> None:
    """Put the file in its place, whole and synced; by whoever holds its lock.

    Raises:
        MachineError: the disk would not.
    """
    data = json.dumps(_dump(content, base), indent=1).encode()
    # Written by one process at a time: what one left that died here is in the next one's way, and goes.
    with disk("write", path):
        write_whole(path, data, draft=path.with_name(f".{path.name}.part"), mode=0o600)
    sync_folder(path.parent)


def check_private(path: Path) -> None:
    """Make sure that nobody but this user can read a file or folder.

    Raises:
        MachineError: others can.
    """
    if os.name == "nt":  # has no such bits; the user's folders are the user's own
        return
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise MachineError(
            f"{path} holds tokens and others can read it (mode {mode:04o})",
            code="credentials_open",
            hint=f"chmod {'700' if path.is_dir() else '600'} {path}; if others use this machine, get new tokens",
        )


# --- the form of the file --------------------------------------------------------------------------------------------


def _dump(content: Content, base: str) -> dict[str, Any]:
    tokens = {
        name: {
            "token": kept.token.value.reveal(),
            "user_id": kept.token.user_id,
            "expires_at": kept.token.expires_at,
            "supplied": kept.token.supplied,
            "job_at": kept.job_at,
        }
        for name, kept in content.tokens.items()
    }
    return {
        "version": VERSION,
        "base": base,
        "client_id": content.client_id,
        "asking": content.asking,
        "current": content.current,
        "tokens": tokens,
    }


def _parse(data: Any) -> Content:
    """Read the file's JSON; raises `ValueError` and its like where it is not what `_dump` wrote."""
    version = data["version"]
    if not isinstance(version, int):
        raise TypeError("not what was written")
    if version > VERSION:
        raise MachineError(
            "the file of tokens was written by a newer clipline",
            code="credentials_newer",
            hint="update clipline, or set CLIPLINE_STATE to another folder",
        )
    tokens = {name: _parse_token(entry) for name, entry in data["tokens"].items()}
    current, client_id = data["current"], data["client_id"]
    if not isinstance(client_id, str) or (current and current not in tokens):
        raise ValueError("not what was written")
    return Content(client_id, current, tokens, data.get("asking") is True)


def _parse_token(entry: Any) -> Kept:
    value, user_id = entry["token"], entry["user_id"]
    if not isinstance(value, str) or not isinstance(user_id, str) or not isinstance(entry["supplied"], bool):
        raise TypeError("not what was written")
    token = Token(Secret(value), user_id, float(entry["expires_at"]), entry["supplied"])
    return Kept(token, float(entry["job_at"]))

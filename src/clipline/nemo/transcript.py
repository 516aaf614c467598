"""A transcript of calls and their replies, without anything secret, that `clipline mock --replay` can play.

JSON Lines: first `{"clipline_transcript": 1, "base": …}`, then each call with its method, path, status, headers and
body. Tokens, ids of accounts and signatures of addresses are replaced by stand-ins of the same form and length, so that
a reply still looks like what it was.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from clipline.artifacts import disk

__all__ = ["VERSION", "Transcript"]

VERSION = 1
#: Headers that say something of one connection, or may be secret.
_LEFT_OUT = frozenset(
    {
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "keep-alive",
        "proxy-authorization",
        "set-cookie",
        "transfer-encoding",
        "www-authenticate",
    }
)
_TOKEN = re.compile(r"\b(nmv_usr_|clm_|anon_)([A-Za-z0-9_+/=.-]+)")
# What a service wrote is read here, so no part may look at a letter more than a few times: see `errors.redact`.
_QUERY = re.compile(r"(https?://[^\s\"'\\<>]*+)")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.-]++")
#: A member of a JSON object that is secret by its name; the text may itself stand in a JSON text.
_MEMBER = re.compile(r"(?P<key>\\?\"(?P<name>[\w-]*+)\\?\"\s{0,40}:\s{0,40}\\?\")(?P<value>[^\"\\]++)")
_SECRET_NAME = re.compile(r"token|secret|signature|password|api_?key|credential", re.IGNORECASE)


class Transcript:
    """The calls of one walk. `base` is the service's address; only its host is kept."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._stand_ins: dict[str, str] = {}
        self._calls: list[dict[str, Any]] = []

    def hide(self, *values: str) -> None:
        """From now on these stand as others of the same form, also in what was taken down before."""
        for value in values:
            if len(value) >= 4 and not _TOKEN.fullmatch(value):  # those have a form of their own
                self._stand_ins.setdefault(value, _stand_in(value, len(self._stand_ins) + 1))

    def add(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Take a call and its reply down."""
        self._calls.append(
            {
                "method": method,
                "path": path,
                "status": status,
                "headers": {name: value for name, value in headers.items() if name.lower() not in _LEFT_OUT},
                "body": body.decode("utf-8", "replace"),
            }
        )

    def text(self) -> str:
        """The whole transcript, nothing secret in it."""
        lines = [{"clipline_transcript": VERSION, "base": self._base}, *map(self._redacted, self._calls)]
        return "".join(json.dumps(line) + "\n" for line in lines)

    def write(self, path: Path) -> None:
        """Write the transcript to a new file, for this user's eyes only.

        Raises:
            MachineError: it cannot be written, or is there already.
        """
        with disk("write", path):
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w", encoding="utf-8") as file, contextlib.suppress(AttributeError):
                os.fchmod(number, 0o600)  # whatever the umask says
                file.write(self.text())

    def _redacted(self, call: Mapping[str, Any]) -> dict[str, Any]:
        headers = {name: self._hidden(value) for name, value in call["headers"].items()}
        return {**call, "path": self._hidden(call["path"]), "headers": headers, "body": self._hidden(call["body"])}

    def _hidden(self, text: str) -> str:
        for value in sorted(self._stand_ins, key=len, reverse=True):
            text = text.replace(value, self._stand_ins[value])
        text = _TOKEN.sub(lambda match: match[1] + "x" * len(match[2]), text)
        text = _MEMBER.sub(_hidden_member, text)
        text = _QUERY.sub(lambda match: _hidden_query(match[1]), text)
        return _MAIL.sub("someone@example.com", text)


def _hidden_member(match: re.Match[str]) -> str:
    return match["key"] + _kept_prefix(match["value"]) if _SECRET_NAME.search(match["name"]) else match[0]


def _hidden_query(address: str) -> str:
    place, mark, query = address.partition("?")
    return f"{place}?redacted=1" if mark and query else address


def _kept_prefix(value: str) -> str:
    known = _TOKEN.fullmatch(value)
    return value if known else "x" * len(value)


def _stand_in(value: str, number: int) -> str:
    """Another value of the same form: letters and digits in the same places, the number at its end."""
    plain = re.sub(r"[A-Za-z]", "a", re.sub(r"\d", "0", value))
    told = str(number)
    return re.sub(r"^0", "1", plain[: -len(told)]) + told

"""A recorded transcript, played back in its order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipline.artifacts import read_file
from clipline.errors import InputError
from clipline.mockserver.envelope import Reply

__all__ = ["Transcript"]

#: Bytes of a transcript.
_LARGEST = 256 * 1024 * 1024

#: What differs from run to run in a path.
_IDS = (
    (re.compile(r"(?<=/me/)[^/?]+"), "<session>"),
    (re.compile(r"(?<=/proxy/lambda/)[^/?]+"), "<render>"),
    (re.compile(r"(?<=/proxy/)(?!lambda(?:/|$))[^/?]+"), "<render>"),
)
_NOT_TOLD = {"content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"}
_TOKEN = "nmv_usr_replayed000000000000000000000000000000"  # noqa: S105 - stands where the transcript has dots


@dataclass(frozen=True, slots=True)
class _Row:
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: str


class Transcript:
    """Replies by method and path, whatever the ids in it; the last one of a kind is given again and again.

    Args:
        base: the address that the transcript was recorded from.
        rows: its calls.
    """

    def __init__(self, base: str, rows: list[_Row]) -> None:
        self._base, self._rows = base, rows
        self._seen: dict[tuple[str, str], int] = {}

    @classmethod
    def read(cls, path: Path) -> Transcript:
        """Read a file of JSON Lines.

        Raises:
            InputError: it cannot be read, or is no transcript; the message names the line.
        """
        try:
            lines = [line for line in read_file(path, _LARGEST).decode().split("\n") if line.strip()]
            head = json.loads(lines[0]) if lines else {}
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:1: no JSON: {error}") from error
        if not isinstance(head, dict) or head.get("clipline_transcript") != 1:
            raise InputError(f"{path} is no transcript", hint="`clipline probe` writes one")
        return cls(str(head.get("base", "")), [_row(path, number, line) for number, line in enumerate(lines[1:], 2)])

    def rewind(self) -> None:
        """From the first call again."""
        self._seen.clear()

    def answer(self, method: str, target: str, url: str) -> Reply | None:
        """The next reply for a call, with the recorded base replaced by `url`; None where there was no such call."""
        key = (method, _even(target))
        rows = [row for row in self._rows if (row.method, _even(row.path)) == key]
        if not rows:
            return None
        number = self._seen.get(key, 0)
        self._seen[key] = number + 1
        row = rows[min(number, len(rows) - 1)]
        headers = {name: value for name, value in row.headers.items() if name.lower() not in _NOT_TOLD}
        body = row.body.replace(self._base, url) if self._base else row.body
        for old, new in zip(_ids_of(row.path), _ids_of(target), strict=True):
            body = body.replace(old, new)
        return Reply(row.status, _with_token(body).encode(), headers)


def _row(path: Path, number: int, line: str) -> _Row:
    try:
        data: Any = json.loads(line)
        headers = {str(name): str(value) for name, value in dict(data.get("headers", {})).items()}
        return _Row(data["method"], data["path"], int(data["status"]), headers, str(data.get("body", "")))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(f"{path}:{number}: no call of a transcript: {error!r}") from error


def _even(target: str) -> str:
    path = target.partition("?")[0]
    for pattern, word in _IDS:
        path = pattern.sub(word, path)
    return path


def _ids_of(target: str) -> list[str]:
    path = target.partition("?")[0]
    return [match for pattern, _ in _IDS for match in pattern.findall(path)]


def _with_token(body: str) -> str:
    """Put a token where the transcript has only its dots, so that a client can go on."""
    return re.sub(r'("token"\s*:\s*")[^"]*…[^"]*(")', rf"\g<1>{_TOKEN}\g<2>", body)

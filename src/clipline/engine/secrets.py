"""Secrets: references in files and the journal, values only in memory, dots everywhere else."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from clipline.artifacts import read_file
from clipline.errors import InputError
from clipline.values import JsonObject, Secret

__all__ = ["Secrets"]

#: Bytes of a file that holds a secret.
_LARGEST = 1024 * 1024
#: Shorter values are not looked for in texts: they would take every second word with them.
_SHORTEST = 6


class Secrets:
    """Resolves references, and takes their values and those of settings out of every text that leaves the engine."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def resolve(self, references: Mapping[str, str], folder: Path) -> dict[str, Secret]:
        """The values of `env:NAME` and `file:PATH`, by name; a relative path counts from `folder`.

        Raises:
            InputError: a variable is not set, or a file cannot be read.
        """
        return {name: self._resolve(name, reference, folder) for name, reference in references.items()}

    def _resolve(self, name: str, reference: str, folder: Path) -> Secret:
        sort, _, where = reference.partition(":")
        if sort == "env":
            value = os.environ.get(where, "")
            if not value:
                raise InputError(f"the secret {name!r} is not there", hint=f"set the environment variable {where}")
        else:
            try:
                value = read_file(folder / Path(where).expanduser(), _LARGEST).decode().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"the secret {name!r} cannot be read", hint=f"{where}: {_reason(error)}") from None
        self._know(value)
        return Secret(value)

    def learn(self, settings: JsonObject) -> None:
        """Know the secrets among settings too, however deep: a service may quote the token that it was sent."""
        for value in settings.values():
            if isinstance(value, Secret):
                self._know(value.reveal().strip())
            elif isinstance(value, Mapping):
                self.learn(value)

    def _know(self, value: str) -> None:
        for part in (value, *value.splitlines()):
            if len(part) >= _SHORTEST:
                # As it is, and as it stands inside JSON, where quotes and the like are escaped.
                self._values |= {part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}

    def scrub(self, text: str) -> str:
        """The text, which may be JSON, without any value that is known."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, "…")
        return text


def _reason(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "it is not UTF-8 text"

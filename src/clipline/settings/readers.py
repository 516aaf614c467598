"""How the value of a setting is read: text by the setting's type, anything else must be right already.

Each reader takes the raw value and the folder that a relative path counts from, and raises `ValueError` with the words
that follow "must be".
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from clipline.settings.definitions import Kind
from clipline.values import Secret, parse_duration

__all__ = ["READERS"]


def _read_string(raw: Any, _: Path) -> str:
    if not isinstance(raw, str) or not raw:
        raise ValueError("text")
    return raw


def _read_integer(raw: Any, _: Path) -> int:
    if isinstance(raw, bool) or not isinstance(raw, (int, str)) or not re.fullmatch(r"\d{1,9}", str(raw).strip()):
        raise ValueError("a whole number, 0 or more")
    return int(raw)


def _read_path(raw: Any, folder: Path) -> Path:
    if not isinstance(raw, (str, Path)) or not str(raw):
        raise ValueError("a path")
    return folder / os.path.expanduser(raw)  # noqa: PTH111 - a `~user` that is nobody stays as it is


def _read_words(raw: Any, _: Path) -> list[str]:
    words = _read_list(raw)
    if words is None or not all(isinstance(word, str) and word for word in words):
        raise ValueError("a list of names")
    return words


def _read_steps(raw: Any, _: Path) -> list[Any]:
    steps = _read_list(raw)
    if steps is None or not all((isinstance(s, str) and s) or (isinstance(s, dict) and len(s) == 1) for s in steps):
        raise ValueError("a list of steps, each a name or an object with one name and its options")
    return steps


def _read_list(raw: Any) -> list[Any] | None:
    """A list, or text that is one: JSON, or words between commas. None for anything else."""
    if isinstance(raw, str) and raw.lstrip().startswith(("[", "{")):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            return None
    if isinstance(raw, str):
        return [word.strip() for word in raw.split(",") if word.strip()]
    return list(raw) if isinstance(raw, (list, tuple)) else None


def _read_duration(raw: Any, _: Path) -> float:
    try:
        return parse_duration(raw)
    except ValueError:
        raise ValueError("a duration, like 30s, 2m or 1h30m") from None


def _read_number(raw: Any, _: Path) -> float:
    try:
        number = float(raw) if not isinstance(raw, bool) else -1.0
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError("a number, 0 or more")
    return number


def _read_address(raw: Any, _: Path) -> str:
    """The address of a service, without a slash at its end; empty where there is none."""
    text = raw.strip().rstrip("/") if isinstance(raw, str) else None
    if text == "":
        return ""
    try:
        parts = urlsplit(text or "")
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        whole = False
    if text is None or not whole or re.search(r"[\s@]", text):
        raise ValueError("an http or https address, like https://example.com")
    return text


def _read_secret(raw: Any, _: Path) -> Secret:
    if isinstance(raw, Secret):
        return raw
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("text")
    return Secret(raw.strip())


READERS: Mapping[Kind, Callable[[Any, Path], Any]] = {
    "string": _read_string,
    "integer": _read_integer,
    "path": _read_path,
    "words": _read_words,
    "steps": _read_steps,
    "duration": _read_duration,
    "number": _read_number,
    "address": _read_address,
    "secret": _read_secret,
}

"""Finding a value in a reply: by JSON pointer (RFC 6901) or by a dotted path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["ABSENT", "Absent", "find", "number_of", "steps_of"]


class Absent:
    """Stands for what is not there; null is a value."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = Absent()
#: More than any real count or price.
_LARGEST = 1e15
_DOTTED = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]")


def steps_of(path: str) -> list[str]:
    """The steps of a path: `/data/0/url` and `data[0].url` (or `data.0.url`) are the same; `""` is the whole reply.

    Raises:
        ValueError: it is neither.
    """
    if not path:
        return []
    if path.startswith("/"):
        if re.search(r"~(?![01])", path):
            raise ValueError(f'"{path}" is no JSON pointer: "~" is written "~0", and "/" in a name "~1"')
        return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    whole = r"[^.\[\]]+(?:\[\d+\])*(?:\.[^.\[\]]+(?:\[\d+\])*)*|(?:\[\d+\])+(?:\.[^.\[\]]+(?:\[\d+\])*)*"
    if not re.fullmatch(whole, path):
        raise ValueError(f'"{path}" is no path; write it like /data/0/url or data[0].url')
    return [match["name"] or match["index"] for match in _DOTTED.finditer(path)]


def find(value: Any, path: str) -> Any:
    """The value at a path, `ABSENT` where there is none."""
    for step in steps_of(path):
        if isinstance(value, Mapping):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def number_of(value: Any) -> float | None:
    """A number, or a text that is one; None where it is none, or one that nothing can cost or count."""
    if isinstance(value, (bool, Absent)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < _LARGEST else None

"""Single values of a reply, read without trust: each reader takes whatever JSON gives, and says when it is nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from clipline.nemo.oddities import visible

__all__ = ["amount", "identity", "moment", "number", "text_of"]

#: More than any real count, size or time.
_LARGEST = 1e15


def identity(value: object) -> str:
    """An id as text that may stand in a path; "" where it is none."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        value = str(value)
    return value if isinstance(value, str) and re.fullmatch(r"(?!\.+\Z)[\w.:@-]{1,200}", value, re.ASCII) else ""


def text_of(data: Mapping[str, Any], key: str) -> str:
    """The text under a key; "" where there is none."""
    value = data.get(key)
    return visible(value)[:1000] if isinstance(value, str) else ""


def number(value: object) -> float:
    """A number that is not negative; 0.0 where it is none, or one that cannot be."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _LARGEST:
        return 0.0
    return float(value)


def amount(value: object) -> int | None:
    """A whole number, negative ones too, as a number or its digits; None where it is none."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LARGEST < value < _LARGEST:
        return None
    return math.floor(value)


def moment(value: object) -> float:
    """Seconds since 1970 of a time as ISO 8601 writes it, or of a number of seconds or milliseconds."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            return 0.0
    seconds = number(value)
    return seconds / 1000 if seconds > 1e11 else seconds

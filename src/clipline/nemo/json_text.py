"""JSON as text: parsed without ever raising anything but `NotJson`, and cut out of a larger text byte for byte.

A draft must reach the renderer as the service wrote it. Python's own round trip would not do: `1.10` comes back as
`1.1`, `1e400` as infinity, equal keys as one. So a member's text is found by walking over what stands before it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from clipline.values import JsonValue

__all__ = ["NotJson", "decoded", "member", "parse", "whole_object"]

_SPACE = re.compile(r"[ \t\n\r]*")
#: Finds where a value ends. Numbers stay text: they may be too large for Python, and nobody asks for their value.
_WALKER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
#: Values that a text may have: a few bytes of JSON become a hundred in memory.
_MOST_VALUES = 500_000
#: Digits that Python turns into a whole number without complaint.
_DIGITS = 4000


class NotJson(ValueError):
    """The text is no JSON, or has too many values or is nested too deep to be read."""


def decoded(body: bytes) -> str:
    """The text of a body, without a byte order mark.

    Raises:
        NotJson: it is not UTF-8.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJson("not UTF-8") from error


def parse(text: str | bytes) -> JsonValue:
    """Read JSON; whole numbers keep all their digits, but for those of thousands of digits, which are infinite.

    Raises:
        NotJson: it is no JSON, not UTF-8, has more than 500,000 values, or is nested too deep.
    """
    try:
        plain = decoded(text) if isinstance(text, bytes) else text
        # Each value but the first has one of these before it; those that stand in texts are counted in vain.
        if sum(map(plain.count, ",[{")) > _MOST_VALUES:
            raise NotJson("too many values")
        value: JsonValue = json.loads(plain, parse_int=_integer, strict=False)
    except (ValueError, RecursionError) as error:
        raise NotJson("not JSON") from error
    return value


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else float(digits)


def whole_object(text: str) -> bool:
    """Whether the text is one JSON object and nothing else: safe to stand inside another JSON text."""
    try:
        value, end = _walk(text, _after_space(text, 0))
    except NotJson:
        return False
    return isinstance(value, dict) and _after_space(text, end) == len(text)


def member(text: str, name: str) -> str | None:
    """The text of the member `name` of a JSON object, as it stands there; None where there is none.

    Of equal names the last counts, as for every reader of JSON.

    Raises:
        NotJson: the text is no JSON.
    """
    at = _after_space(text, 0)
    if text[at : at + 1] != "{":
        return None
    found = None
    at = _after_space(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = _walk(text, at)
        at = _after_space(text, at)
        if text[at : at + 1] != ":":
            raise NotJson("a member without a value")
        start = _after_space(text, at + 1)
        _, at = _walk(text, start)
        if key == name:
            found = text[start:at]
        at = _after_space(text, at)
        if text[at : at + 1] == ",":
            at = _after_space(text, at + 1)
    return found


def _walk(text: str, at: int) -> tuple[Any, int]:
    try:
        return _WALKER.raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        raise NotJson("not JSON") from error


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at

"""The filters of expressions: `value | stem`, `value | replace("a", "b")`. One table: behaviour, meaning, example.

A filter takes a value and literal-like arguments and returns a new value. It raises `ValueError` with a sentence when
it cannot; nothing here reaches outside but `glob`, which the caller may replace.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from glob import iglob
from pathlib import Path, PurePath
from typing import Any

from clipline.values import Secret, parse_duration

__all__ = ["FILTERS", "MAX_ITEMS", "MAX_TEXT", "Filter", "GlobFunction", "bounded", "find_files", "type_name"]

#: The longest text and list that an expression may make.
MAX_TEXT = 100_000
MAX_ITEMS = 10_000

GlobFunction = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: what it does, how many arguments it takes, and an example with its result, as expressions."""

    name: str
    apply: Callable[..., Any]
    meaning: str
    example: str
    result: str
    arguments: tuple[str, ...] = ()
    optional: int = 0

    @property
    def usage(self) -> str:
        """How it is written: `replace(old, new)`."""
        required = len(self.arguments) - self.optional
        shown = [name if at < required else f"[{name}]" for at, name in enumerate(self.arguments)]
        return self.name + (f"({', '.join(shown)})" if shown else "")


class Unfit(ValueError):
    """A filter cannot take this value; the sentence goes on from `filter "name" `."""


def type_name(value: object) -> str:
    """What a person calls a value of this type."""
    return next((name for sort, name in _TYPE_NAMES if isinstance(value, sort)), "an unknown value")


_TYPE_NAMES: Sequence[tuple[Any, str]] = (
    (type(None), "null"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (Mapping, "a mapping"),
    (Secret, "a secret"),
    (Sequence, "a list"),
)


def bounded(value: Any) -> Any:
    """`value`, unless it has grown over the bounds."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise Unfit(f"makes a text of more than {MAX_TEXT} characters")
    if isinstance(value, list) and len(value) > MAX_ITEMS:
        raise Unfit(f"makes a list of more than {MAX_ITEMS} items")
    return value


def find_files(pattern: str) -> list[str]:
    """The files that an absolute pattern finds, sorted; `**` goes through folders."""
    found = []
    for path in iglob(pattern, recursive=True):  # noqa: PTH207 - Path.glob takes no absolute pattern
        if Path(path).is_file():
            found.append(path)
            bounded(found)
    return sorted(found)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit(f"needs text, not {type_name(value)}")
    return value


def _list(value: object) -> list[Any]:
    if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
        raise Unfit(f"needs a list, not {type_name(value)}")
    return list(value)


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unfit(f"needs a number, not {type_name(value)}")
    return value


def _default(value: object, other: object) -> object:
    return other if value is None else value


def _replace(value: object, old: object, new: object) -> str:
    text, old, new = _text(value), _text(old), _text(new)
    if not old:
        raise Unfit("needs something to replace")
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise Unfit(f"makes a text of more than {MAX_TEXT} characters")
    return text.replace(old, new)


def _split(value: object, separator: object) -> list[str]:
    if not _text(separator):
        raise Unfit("needs a separator")
    return [part.strip() for part in _text(value).split(_text(separator))] if value else []


def _join(value: object, separator: object) -> str:
    parts = [_string(part) for part in _list(value)]
    if sum(map(len, parts)) + len(_text(separator)) * len(parts) > MAX_TEXT:
        raise Unfit(f"makes a text of more than {MAX_TEXT} characters")
    return _text(separator).join(parts)


def _end(value: object, at: int) -> Any:
    items = value if isinstance(value, str) else _list(value)
    if not items:
        raise Unfit("has nothing to take from: it is empty")
    return items[at]


def _sort(value: object) -> list[Any]:
    items = _list(value)
    if not all(isinstance(item, str) for item in items):
        try:
            return sorted(_number(item) for item in items)
        except Unfit:
            raise Unfit("needs a list of texts or of numbers") from None
    return sorted(items)


def _length(value: object) -> int:
    return len(value if isinstance(value, (str, Mapping)) else _list(value))


def _integer(value: object) -> int:
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?[0-9]{1,300}\s*", value):
        raise Unfit(f"needs a whole number, not the text {value[:40]!r}")
    return int(value if isinstance(value, str) else _number(value))


def _float(value: object) -> float:
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?\s*", value):
        raise Unfit(f"needs a number, not the text {value[:40]!r}")
    return float(value if isinstance(value, str) else _number(value))


def _round(value: object, digits: object = 0) -> int | float:
    places = int(_number(digits))
    return round(_number(value), places) if places > 0 else round(_number(value))


def _string(value: object) -> str:
    """A value as it stands in a text; numbers that are whole have no point."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case int():
            return str(value)
        case None:
            raise Unfit("is null, which no text can hold; give it another value with | default(…)")
        case _:
            raise Unfit(f"is {type_name(value)}, which no text can hold; use | join(…) or | json")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else _list(value)


def _duration(value: object) -> float:
    return parse_duration(value)


def _slug(value: object) -> str:
    return re.sub(r"[\W_]+", "-", _text(value).lower()).strip("-")


def _glob(value: object) -> list[str]:  # the evaluation replaces it, see `Expression.evaluate`
    return find_files(_text(value))


def _table(*filters: Filter) -> Mapping[str, Filter]:
    return {each.name: each for each in filters}


FILTERS: Mapping[str, Filter] = _table(
    Filter(
        "default",
        _default,
        "another value where there is none (null, or no such key)",
        "null | default(3)",
        "3",
        ("value",),
    ),
    Filter(
        "stem", lambda v: PurePath(_text(v)).stem, "a path's last part without its ending", "'a/b.mp4' | stem", "'b'"
    ),
    Filter("name", lambda v: PurePath(_text(v)).name, "a path's last part", "'a/b.mp4' | name", "'b.mp4'"),
    Filter(
        "suffix", lambda v: PurePath(_text(v)).suffix, "a path's ending, with its point", "'a/b.mp4' | suffix", "'.mp4'"
    ),
    Filter("parent", lambda v: str(PurePath(_text(v)).parent), "the folder of a path", "'a/b.mp4' | parent", "'a'"),
    Filter("lower", lambda v: _text(v).lower(), "text in small letters", "'MP4' | lower", "'mp4'"),
    Filter("upper", lambda v: _text(v).upper(), "text in capital letters", "'mp4' | upper", "'MP4'"),
    Filter("trim", lambda v: _text(v).strip(), "text without the space around it", "' a b ' | trim", "'a b'"),
    Filter(
        "replace",
        _replace,
        "text with every `old` replaced by `new`",
        "'a b' | replace(' ', '-')",
        "'a-b'",
        ("old", "new"),
    ),
    Filter(
        "split",
        _split,
        "the parts of a text between separators, trimmed",
        "'a, b' | split(',')",
        "['a', 'b']",
        ("separator",),
    ),
    Filter("join", _join, "the items of a list as one text", "['a', 2] | join('-')", "'a-2'", ("separator",)),
    Filter("first", lambda v: _end(v, 0), "the first item of a list", "[1, 2] | first", "1"),
    Filter("last", lambda v: _end(v, -1), "the last item of a list", "[1, 2] | last", "2"),
    Filter("length", _length, "how many items a list, or characters a text has", "[1, 2] | length", "2"),
    Filter(
        "sort",
        _sort,
        "a list in order; all texts or all numbers",
        "['b', 'a'] | sort",
        "['a', 'b']",
    ),
    Filter("json", _json, "a value written as JSON", "['a', 2] | json", "'[\"a\", 2]'"),
    Filter(
        "round",
        _round,
        "a number rounded to so many digits, to a whole one if none are given",
        "2.46 | round(1)",
        "2.5",
        ("digits",),
        1,
    ),
    Filter("int", _integer, "a number without its fraction, or text read as a whole number", "'12' | int", "12"),
    Filter("float", _float, "a number, or text read as one", "'1.5' | float", "1.5"),
    Filter("string", _string, "a number, true or false as text", "1.0 | string", "'1'"),
    Filter("duration", _duration, "seconds of a duration like 1m30s or 1:30", "'1:30' | duration", "90.0"),
    Filter("slug", _slug, "text as a safe part of a file's name", "'My Clip #1' | slug", "'my-clip-1'"),
    Filter(
        "glob",
        _glob,
        "the files that a pattern finds, sorted; looked up once in a run",
        "'/no/such/*.mp4' | glob",
        "[]",
    ),
)

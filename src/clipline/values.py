"""Small values that a pipeline file is written with: durations, sizes, colours, counts.

Everything here is frozen, pure and without imports from the rest of clipline. Parsers raise `ValueError` with a
sentence that says what would be right; the room that read the text adds the place.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn, TypeAlias

__all__ = [
    "COLOR_NAMES",
    "Color",
    "Count",
    "JsonObject",
    "JsonValue",
    "Secret",
    "Size",
    "even",
    "format_duration",
    "parse_color",
    "parse_count",
    "parse_duration",
    "parse_size",
]

#: A value as `json.loads` gives it. `Any` inside, since a recursive alias makes every access a cast.
JsonValue: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None
JsonObject: TypeAlias = Mapping[str, Any]


# --- durations -------------------------------------------------------------------------------------------------------

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_UNIT_FORM = re.compile(r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?\Z")
_CLOCK_FORM = re.compile(r"(?:(?P<h>\d+):)?(?P<m>\d+):(?P<s>\d{2}(?:\.\d+)?)\Z")
#: Seconds, some thirty years: what clocks, sockets and threads can still wait for.
_LONGEST = 1e9
#: Characters of a value that a complaint shows.
_SHOWN = 80


def _shown(value: object) -> str:
    """What was given instead, as far as it is worth showing."""
    if isinstance(value, int) and abs(value) > 10**_SHOWN:
        return "a number of many digits"  # which Python does not even write out
    if isinstance(value, (list, tuple, dict)):
        return "a list" if isinstance(value, (list, tuple)) else "a mapping"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def parse_duration(value: object) -> float:
    """Read a duration, in seconds.

    A number is seconds. Text is `30s`, `2m`, `1h30m`, `m:ss`, `h:mm:ss` or `h:mm:ss.f`.

    Raises:
        ValueError: `value` is none of these, negative, or longer than 1,000,000,000 seconds.
    """
    seconds = _seconds(value)
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"a duration is not negative and at most {_LONGEST:.0f} seconds, got {_shown(value)}")
    return seconds


def _seconds(value: object) -> float:
    """The seconds that are written, however many."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if abs(value) <= _LONGEST else math.inf
    text = str(value).strip() if isinstance(value, str) else ""
    if text and (match := _UNIT_FORM.match(text)):
        return sum(float(number) * _UNITS[unit] for unit, number in match.groupdict(default="0").items())
    if match := _CLOCK_FORM.match(text):
        parts = match.groupdict(default="0")
        if float(parts["s"]) < 60 and (match["h"] is None or float(parts["m"]) < 60):
            return sum(float(number) * _UNITS[unit] for unit, number in parts.items())
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    raise ValueError(f"not a duration: {_shown(value)}; write seconds, or like 30s, 2m, 1h30m, 1:30 or 0:01:30.5")


def format_duration(seconds: float) -> str:
    """Write a duration the short way: `90.0` becomes `1m30s`, `2.5` becomes `2.5s`."""
    whole = round(seconds, 3)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{int(hours)}h" if hours else "", f"{int(minutes)}m" if minutes else ""]
    if rest or not any(parts):
        parts.append(f"{rest:g}s" if rest != int(rest) else f"{int(rest)}s")
    return "".join(parts)


# --- sizes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    def fit_within(self, box: Size) -> Size:
        """The largest size of this shape inside `box`, turned either way up; never larger than this one.

        Sides come out even, since 4:2:0 video has no odd ones.
        """
        upright = self.height > self.width
        wide, high = sorted((box.width, box.height), reverse=not upright)
        scale = min(1.0, wide / self.width, high / self.height)
        return Size(even(self.width * scale), even(self.height * scale))


def even(side: float) -> int:
    """The even number of pixels nearest below `side`, at least 2."""
    return max(2, int(side + 1e-6) // 2 * 2)


def parse_size(value: object) -> Size:
    """Read `WxH` in pixels, like `1080x1920`.

    Raises:
        ValueError: `value` is anything else, or a side is 0.
    """
    text = value.strip() if isinstance(value, str) else ""
    match = re.fullmatch(r"(\d{1,5})\s*[x×]\s*(\d{1,5})", text, re.IGNORECASE)
    if not match or not int(match[1]) or not int(match[2]):
        raise ValueError(f"not a size: {_shown(value)}; write width x height in pixels, like 1920x1080")
    return Size(int(match[1]), int(match[2]))


# --- colours ---------------------------------------------------------------------------------------------------------

#: The names that people type, in English and Chinese; the values of CSS for the English ones.
COLOR_NAMES: Mapping[str, str] = {
    "black": "#000000",
    "white": "#ffffff",
    "red": "#ff0000",
    "green": "#008000",
    "lime": "#00ff00",
    "blue": "#0000ff",
    "yellow": "#ffff00",
    "orange": "#ffa500",
    "purple": "#800080",
    "pink": "#ffc0cb",
    "brown": "#a52a2a",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "gold": "#ffd700",
    "navy": "#000080",
    "teal": "#008080",
    "cyan": "#00ffff",
    "magenta": "#ff00ff",
    "beige": "#f5f5dc",
    "maroon": "#800000",
    "olive": "#808000",
    "turquoise": "#40e0d0",
    "skyblue": "#87ceeb",
    "黑色": "#000000",
    "白色": "#ffffff",
    "红色": "#ff0000",
    "绿色": "#008000",
    "蓝色": "#0000ff",
    "黄色": "#ffff00",
    "橙色": "#ffa500",
    "紫色": "#800080",
    "粉色": "#ffc0cb",
    "粉红色": "#ffc0cb",
    "棕色": "#a52a2a",
    "灰色": "#808080",
    "银色": "#c0c0c0",
    "金色": "#ffd700",
    "青色": "#00ffff",
}


@dataclass(frozen=True, slots=True)
class Color:
    """An opaque sRGB colour, 0 to 255 a channel."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


def parse_color(value: object) -> Color:
    """Read a colour: a name of `COLOR_NAMES`, `#rgb` or `#rrggbb`.

    Raises:
        ValueError: `value` is anything else.
    """
    text = value.strip().lower() if isinstance(value, str) else ""
    text = COLOR_NAMES.get(text.replace(" ", ""), text)
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        text = "#" + "".join(digit * 2 for digit in text[1:])
    if not re.fullmatch(r"#[0-9a-f]{6}", text):
        raise ValueError(
            f"not a colour: {_shown(value)}; write a name like green, or a quoted hex value like '#00ff00'"
        )
    return Color(int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


# --- counts ----------------------------------------------------------------------------------------------------------

_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


#: No count of anything is larger; floats hold all whole numbers up to here.
_LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class Count:
    """What a number must be: `>=1`, or exactly `2`."""

    comparison: str
    number: float

    def holds(self, actual: float) -> bool:
        """Whether `actual` is what was asked for."""
        return bool(_COMPARE[self.comparison](actual, self.number))

    def __str__(self) -> str:
        written = format(Decimal(repr(self.number)), "f")
        plain = written.rstrip("0").rstrip(".") if "." in written else written
        return f"{'' if self.comparison == '==' else self.comparison}{plain}"


def parse_count(value: object) -> Count:
    """Read a count: an integer, or text like `>=1`.

    Raises:
        ValueError: `value` is neither, or the number larger than 1e15.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return Count("==", value)
    match = re.fullmatch(r"(>=|<=|!=|==|>|<)?\s*(\d+(?:\.\d+)?)", value.strip()) if isinstance(value, str) else None
    if not match or float(match[2]) > _LARGEST:
        raise ValueError(f"not a count: {_shown(value)}; write a number, or a quoted comparison like '>=1'")
    return Count(match[1] or "==", float(match[2]))


# --- secrets ---------------------------------------------------------------------------------------------------------


class Secret:
    """A value that must not be seen: only `reveal` gives it, every other way to look shows dots."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

"""Numbers, durations and points in time as people write them, in English and Chinese. Pure text to values."""

from __future__ import annotations

import re

from clipline.studio.instructions.words import HAN_DIGITS, ONES, TENS, UNITS, alternatives

__all__ = ["CLOCK", "DURATION", "NUMBER", "POINT", "SPAN", "NoTimeError", "duration", "number", "point", "span"]


_ONES = alternatives(ONES)
_WORD_NUMBER = (
    rf"(?:{'|'.join(TENS)})(?:[- ](?:{_ONES}))?|(?:{_ONES}) and a half|(?:{_ONES})|(?:one|a) hundred|half(?: an?)?|an?"
)
_HAN_DIGIT = f"[{''.join(HAN_DIGITS)}]"
_HAN_TENS = f"{_HAN_DIGIT}?十{_HAN_DIGIT}?"
_HAN_NUMBER = f"(?:{_HAN_DIGIT}百(?:零{_HAN_DIGIT}|{_HAN_TENS})?|{_HAN_TENS}|{_HAN_DIGIT}|半)"
_UNIT = alternatives(UNITS)
#: A number: digits, English words below a hundred, Chinese numerals below a thousand, "a" and "half a".
NUMBER = rf"(?:\d{{1,6}}(?:\.\d{{1,9}})?|{_HAN_NUMBER}|(?<![a-z])(?:{_WORD_NUMBER}))"
#: A position on a clock: `0:02`, `1:02:03.5`.
CLOCK = r"(?:\d{1,2}:)?\d{1,3}:[0-5]\d(?:\.\d{1,3})?"
# Between a word and its unit stands a space, or "as" would be a second.
_AMOUNT = rf"(?:\d{{1,6}}(?:\.\d{{1,9}})?(?: |-)?|{_HAN_NUMBER}|(?<![a-z])(?:{_WORD_NUMBER})(?: |-))"
_MEASURE = rf"(?:{_AMOUNT}(?:{_UNIT})(?:半钟?)?|(?:(?<=first )|(?<=last ))(?:second|minute|hour))"
#: A length of time: `5 seconds`, `1m30s`, `half a minute`, `一分三十秒`, `0:05`.
DURATION = rf"(?:{_MEASURE}(?:(?:,? and |, | )?{_MEASURE}){{0,2}}|{CLOCK})"
_START = (
    r"(?:the )?(?:very )?(?:start|beginning)(?: of (?:the |this )?(?:video|clip))?|(?:视频的?)?(?:开头|开始|最开始)"
)
_END = r"(?:the )?(?:very )?end(?: of (?:the |this )?(?:video|clip))?|(?:视频的?)?(?:结尾|末尾|结束|最后)"
#: A point in time: a duration from the start, `second 2`, `第2秒`, a bare number of seconds, the start, the end.
POINT = (
    rf"(?:second {NUMBER}|the {NUMBER} second mark|第?{DURATION}(?: mark| in)?(?:处|时)?|{CLOCK}|第?{NUMBER}|{_START}|"
    rf"{_END})"
)
_TO = r"(?: ?[-–—~〜～] ?| (?:to|until|till|through|thru|up to|and) |(?:到|至|和))"
#: Two points: `2 to 5 seconds`, `from 0:02 to 0:10`, `第2秒到第5秒`.
SPAN = rf"(?:(?:from|between|seconds?) |从|自)?(?:(?:the )?time )?{POINT}{_TO}{POINT}"


class NoTimeError(ValueError):
    """A span ends before it starts."""


def number(words: str) -> float:
    """The number that these words say; they match `NUMBER`."""
    words = words.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", words):
        return float(words)
    if re.fullmatch(_HAN_NUMBER, words):
        return _han(words)
    return _english(words)


def _english(words: str) -> float:
    fixed = {"a": 1.0, "an": 1.0, "half": 0.5, "half a": 0.5, "half an": 0.5, "one hundred": 100.0, "a hundred": 100.0}
    if words in fixed:
        return fixed[words]
    if words.endswith(" and a half"):
        return ONES.index(words.removesuffix(" and a half")) + 0.5
    tens, _, ones = words.replace("-", " ").partition(" ")
    if tens in TENS:
        return 20.0 + 10 * TENS.index(tens) + (ONES.index(ones) if ones else 0)
    return float(ONES.index(words))


def _han(words: str) -> float:
    if words == "半":
        return 0.5
    hundreds, _, rest = words.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    total = HAN_DIGITS[hundreds] * 100 if hundreds else 0
    total += (HAN_DIGITS[tens] if tens else 1) * 10 if ten else 0
    return float(total + (HAN_DIGITS[ones.lstrip("零") or "零"]))


def duration(words: str) -> float:
    """The seconds that these words say; they match `DURATION`."""
    words = words.strip().lower()
    if re.fullmatch(CLOCK, words):
        seconds = 0.0
        for part in words.split(":"):
            seconds = seconds * 60 + float(part)
        return seconds
    if words in UNITS:  # "the first second"
        return UNITS[words]
    measures = re.findall(rf"({NUMBER})(?: |-)?({_UNIT})(半?)钟?", words)
    return sum((number(amount) + (0.5 if half else 0)) * UNITS[unit] for amount, unit, half in measures)


def point(words: str) -> float | None:
    """The seconds from the start at which this point lies, None for the end; the words match `POINT`."""
    words = words.strip().lower()
    if re.fullmatch(_END, words):
        return None
    if re.fullmatch(_START, words):
        return 0.0
    words = re.sub(r"^(?:second |the |第)|(?: mark| in|处|时)$", "", words).strip()
    words = re.sub(r" second mark$", "", words)
    return number(words) if re.fullmatch(NUMBER, words) else duration(words)


def is_bare(words: str) -> bool:
    """Whether a point or span has numbers without any unit."""
    return not re.search(rf"\d:\d|(?:{_UNIT})", words.lower())


def span(words: str) -> tuple[float, float | None]:
    """Start and end in seconds, the end None for that of the clip; the words match `SPAN`.

    Raises:
        NoTimeError: it ends before it starts.
    """
    words = re.sub(r"^(?:(?:from|between|seconds?) |从|自)?(?:(?:the )?time )?", "", words.strip().lower())
    for separator in re.finditer(_TO, words):
        first, last = words[: separator.start()], words[separator.end() :]
        if not (re.fullmatch(POINT, first) and re.fullmatch(POINT, last)):
            continue
        start, end = point(first), point(last)
        unit = re.search(rf"({_UNIT})半?(?: mark| in|处|时)?$", last)
        if re.fullmatch(NUMBER, first) and unit and start is not None:
            start *= UNITS[unit[1]]  # "1 to 2 minutes" means minutes twice
        if start is None or (end is not None and end <= start):
            raise NoTimeError(words)
        return start, end
    raise NoTimeError(words)

"""Numbers, durations and points in time as people write them, in English and Chinese. Pure text to values."""

from __future__ import annotations

import re

from clipline.studio.instructions.words import HAN_DIGITS, ONES, TENS, UNITS, alternatives

__all__ = ["CLOCK", "DURATION", "NUMBER", "POINT", "SPAN", "NoTimeError", "duration", "number", "point", "span"]


_ONES = alternatives(ONES)
_PLAIN_NUMBER = rf"(?:{'|'.join(TENS)})(?:[- ](?:{_ONES}))?|(?:{_ONES})"
_SHARES = {"half": 0.5, "half a": 0.5, "half an": 0.5, "a half": 0.5, "one half": 0.5, "half of a": 0.5}
_SHARES |= {f"{one} quarter{of}": 0.25 for one in ("a", "one") for of in ("", " of a", " of an", " a")}
_SHARES |= {"quarter of a": 0.25, "quarter of an": 0.25}
_SHARES |= {f"three quarters{of}": 0.75 for of in ("", " of a", " of an")}
_WORD_NUMBER = rf"{alternatives(_SHARES)}|(?:{_ONES}) and a half|{_PLAIN_NUMBER}|(?:one|a) hundred|an?"
_HAN_DIGIT = f"[{''.join(HAN_DIGITS)}]"
_HAN_TENS = f"{_HAN_DIGIT}?十{_HAN_DIGIT}?"
_HAN_NUMBER = f"(?:{_HAN_DIGIT}百(?:零{_HAN_DIGIT}|{_HAN_TENS})?|{_HAN_TENS}|{_HAN_DIGIT}|半)"
_UNIT = alternatives(UNITS)
#: A number: digits, English words below a hundred, Chinese numerals below a thousand, "a" and "half a".
NUMBER = rf"(?:\d{{1,6}}(?:\.\d{{1,9}})?|{_HAN_NUMBER}|(?<![a-z])(?:{_WORD_NUMBER}))"
#: A position on a clock: `0:02`, `1:02:03.5`.
CLOCK = r"(?:\d{1,2}:)?\d{1,3}:[0-5]\d(?:\.\d{1,3})?"
_HOUR, _MINUTE, _SECOND, _MOMENT = (
    alternatives(unit for unit, seconds in UNITS.items() if seconds == length) for length in (3600, 60, 1, 0.001)
)
# Between a word and its unit stands a space, or "as" would be a second.
_AMOUNT = rf"(?:\d{{1,6}}(?:\.\d{{1,9}})?(?: |-)?|{_HAN_NUMBER}|(?<![a-z])(?:{_WORD_NUMBER})(?: |-))"
_MORE = "(?:半钟?| and a half| and a quarter)?"
_THEN = "(?:,? and |, | |零)?"


def _measure(unit: str, name: str) -> str:
    """So much of this unit; "the first second" needs no number."""
    return rf"(?:{_AMOUNT}(?:{unit})|(?:(?<=first )|(?<=last )|(?<=opening )){name}){_MORE}"


# As in "one minute ten" and “一分三十”: seconds that are not called so.
_HAN_AFTER = r"(?=$|[到至之以起开结处时的和,、~-])"
_CALLED_NOTHING = (
    rf"(?:[0-5]?\d(?![\da-z.:%])|(?<![a-z])(?:{_PLAIN_NUMBER})(?![a-z])|(?:{_HAN_TENS}|{_HAN_DIGIT}){_HAN_AFTER})"
)
_SECONDS = rf"{_measure(_SECOND, 'second')}(?:{_THEN}{_measure(_MOMENT, 'millisecond')})?"
_MINUTES = rf"{_measure(_MINUTE, 'minute')}(?:{_THEN}{_SECONDS}|[ 零]?{_CALLED_NOTHING})?"
_HOURS = rf"{_measure(_HOUR, 'hour')}(?:{_THEN}(?:{_MINUTES}|{_SECONDS}))?"
#: A length of time, its larger units first: `5 seconds`, `1m30s`, `half a minute`, `一分三十秒`, `one minute ten`,
#: `0:05`.
DURATION = rf"(?:{_HOURS}|{_MINUTES}|{_SECONDS}|{_measure(_MOMENT, 'millisecond')}|{CLOCK})"
#: What is one length of time though its parts could be two.
COMPOUND = re.compile(
    rf"{_AMOUNT}(?:{_HOUR}|{_MINUTE}){_MORE}(?:{_THEN}{_AMOUNT}(?:{_MINUTE}|{_SECOND})|[ 零]?{_CALLED_NOTHING})",
    re.IGNORECASE,
)
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


_PARTS = re.compile(rf"({NUMBER})?(?: |-)?({_UNIT})({_MORE})|({_CALLED_NOTHING})")


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
    if fixed := (_SHARES | {"a": 1.0, "an": 1.0, "one hundred": 100.0, "a hundred": 100.0}).get(words):
        return fixed
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
    seconds = 0.0
    for amount, unit, more, bare in _PARTS.findall(words):
        share = 0.5 if "half" in more or "半" in more else 0.25 if more else 0.0
        seconds += ((number(amount) if amount else 1) + share) * UNITS[unit] if unit else number(bare)
    return seconds


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

"""Numbers, durations and points in time as people write them, in English and Chinese. Pure text to values."""

from __future__ import annotations

import math
import re

from clipline.studio.instructions.words import HAN_DIGITS, ONES, TENS, UNITS, alternatives

__all__ = [
    "CLOCK",
    "DURATION",
    "NUMBER",
    "POINT",
    "SPAN",
    "SPAN_SIGN",
    "TIME_SIGN",
    "NoLengthError",
    "NoTimeError",
    "duration",
    "number",
    "point",
    "span",
]


# Much is made of these, and each template that holds one is compiled with it: none is written out twice in another
# where once will do.
_ONES = alternatives(ONES)
_TENS = "|".join(TENS)
_PLAIN_NUMBER = rf"(?:{_TENS})(?:[- ](?:{_ONES}))?|(?:{_ONES})"
_SHARES = {"half": 0.5, "half a": 0.5, "half an": 0.5, "a half": 0.5, "one half": 0.5, "half of a": 0.5}
_SHARES |= {f"{one} quarter{of}": 0.25 for one in ("a", "one") for of in ("", " of a", " of an", " a")}
_SHARES |= {"quarter of a": 0.25, "quarter of an": 0.25}
_SHARES |= {f"three quarters{of}": 0.75 for of in ("", " of a", " of an")}
_SHARE = (
    "half of a|half an?|(?:(?:a|one) )?half|(?:(?:a|one) )?quarter of an?|(?:a|one) quarter(?: a)?"
    "|three quarters(?: of an?)?"
)
_WORD_NUMBER = rf"{_SHARE}|(?:{_TENS})(?:[- ](?:{_ONES}))?|(?:{_ONES})(?: and a half)?|(?:one|a) hundred|an?"
_HAN_DIGIT = f"[{''.join(HAN_DIGITS)}]"
_HAN_TENS = f"{_HAN_DIGIT}?十{_HAN_DIGIT}?"
_HAN_NUMBER = f"(?:{_HAN_DIGIT}百(?:零{_HAN_DIGIT}|{_HAN_TENS})?|{_HAN_TENS}|{_HAN_DIGIT}|半)"
_UNIT = alternatives(UNITS)
#: A number: digits, English words below a hundred, Chinese numerals below a thousand, "a" and "half a".
NUMBER = rf"(?:\d{{1,6}}(?:\.\d{{1,9}})?|{_HAN_NUMBER}|(?<![a-z])(?:{_WORD_NUMBER}))"
#: A position on a clock: `0:02`, `1:02:03.5`.
CLOCK = r"(?:\d{1,2}:)?\d{1,3}:[0-5]\d(?:\.\d{1,3})?"
_HOUR, _MINUTE, _SECOND = (
    alternatives(unit for unit, seconds in UNITS.items() if seconds == length) for length in (3600, 60, 1)
)
# Between a word and its unit stands a space, or "as" would be a second.
_AMOUNT = rf"(?:\d{{1,6}}(?:\.\d{{1,9}})?(?: |-)?|{_HAN_NUMBER}|(?<![a-z])(?:{_WORD_NUMBER})(?: |-))"
#: "The first second" needs no number.
_ONE = r"(?:(?<=first )|(?<=last )|(?<=opening ))(?=(?:hour|hr|minute|min|(?:milli)?second|sec)(?![a-z]))"
_MORE = "(?:半钟?| and a half| and a quarter)?"
_THEN = "(?:,? and |, | |零)?"
# As in "one minute ten" and “一分三十”: seconds that are not called so.
_HAN_AFTER = r"(?=$|[到至之以起开结处时的和,、~-])"
_CALLED_NOTHING = (
    rf"(?:[0-5]?\d(?![\da-z.:%])|(?<![a-z])(?:{_PLAIN_NUMBER})(?![a-z])|(?:{_HAN_TENS}|{_HAN_DIGIT}){_HAN_AFTER})"
)
_AFTER_MINUTES = "|".join(f"(?<={unit}{more})" for unit in _MINUTE.split("|") for more in ("", "半"))
#: A length of time: `5 seconds`, `1m30s`, `half a minute`, `一分三十秒`, `one minute ten`, `0:05`. That larger units
#: stand first is seen to when it is read.
DURATION = (
    rf"(?:(?:{_AMOUNT}|{_ONE})(?:{_UNIT}){_MORE}(?:{_THEN}{_AMOUNT}(?:{_UNIT}){_MORE})*"
    rf"(?:(?:{_AFTER_MINUTES})[ 零]?{_CALLED_NOTHING})?|{CLOCK})"
)
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
POINT = rf"(?:the {NUMBER} second mark|第?{DURATION}(?: mark| in)?(?:处|时)?|(?:second |第)?{NUMBER}|{_START}|{_END})"
_TO = r"(?: ?[-–—~〜～] ?| (?:to|until|till|through|thru|up to|and) |(?:到|至|和))"
#: Two points: `2 to 5 seconds`, `from 0:02 to 0:10`, `第2秒到第5秒`.
SPAN = rf"(?:(?:from|between|seconds?) |从|自)?(?:(?:the )?time )?{POINT}{_TO}{POINT}"
#: What stands in each duration and in each span.
TIME_SIGN = rf"\d|[{''.join(HAN_DIGITS)}十百半]|sec|min|hour|hr|(?<![a-z])(?:[hms]|ms)(?![a-z])"
SPAN_SIGN = r"[-–—~〜～到至和]| (?:to|until|till|through|thru|and) "

_PARTS = re.compile(rf"({NUMBER})?(?: |-)?({_UNIT})({_MORE})|({_CALLED_NOTHING})")


class NoTimeError(ValueError):
    """A span ends before it starts."""


class NoLengthError(ValueError):
    """What looks like a length of time is several: a smaller unit stands before a larger one, or the same again."""


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
    """The seconds that these words say; they match `DURATION`.

    Raises:
        NoLengthError: larger units do not stand first.
    """
    words = words.strip().lower()
    if re.fullmatch(CLOCK, words):
        seconds = 0.0
        for part in words.split(":"):
            seconds = seconds * 60 + float(part)
        return seconds
    seconds, last = 0.0, math.inf
    for amount, unit, more, bare in _PARTS.findall(words):
        if unit and UNITS[unit] >= last:
            raise NoLengthError(words)
        last = UNITS[unit] if unit else last
        share = 0.5 if "half" in more or "半" in more else 0.25 if more else 0.0
        seconds += ((number(amount) if amount else 1) + share) * UNITS[unit] if unit else number(bare)
    return seconds


def point(words: str) -> float | None:
    """The seconds from the start at which this point lies, None for the end; the words match `POINT`.

    Raises:
        NoLengthError: it is given as what is no length.
    """
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
        NoLengthError: no two points of time stand in it.
    """
    between = re.match("from|between", words.strip().lower())
    words = re.sub(r"^(?:(?:from|between|seconds?) |从|自)?(?:(?:the )?time )?", "", words.strip().lower())
    for separator in re.finditer(_TO, words):
        first, last = words[: separator.start()], words[separator.end() :]
        if separator[0] == " and " and not between:  # "2s and 5s" may be two moments
            continue
        if not (re.fullmatch(POINT, first) and re.fullmatch(POINT, last)):
            continue
        try:
            start, end = point(first), point(last)
        except NoLengthError:
            continue
        unit = re.search(rf"({_UNIT})半?(?: mark| in|处|时)?$", last)
        if re.fullmatch(NUMBER, first) and unit and start is not None:
            start *= UNITS[unit[1]]  # "1 to 2 minutes" means minutes twice
        if start is None or (end is not None and end <= start):
            raise NoTimeError(words)
        return start, end
    raise NoLengthError(words)

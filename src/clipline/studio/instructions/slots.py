"""What may stand for a value in a template, and what it means: who, a colour, a file, a size, a time.

A reader gets the words and the clause they were heard in; it returns the value, or None where the words are none of its
kind (another rule may fit), or raises `Refused` where they are but cannot be carried out.
"""

from __future__ import annotations

import re

from clipline.studio.instructions import numbers
from clipline.studio.instructions.files import (
    FILE_FORM,
    read_clip,
    read_clip_file,
    read_sound,
    read_sound_file,
    suffix_of,
)
from clipline.studio.instructions.fills import (
    COLOR_FORM,
    read_color,
    read_fill,
    read_image,
    read_paint,
    read_solid,
    read_strength,
)
from clipline.studio.instructions.grammar import Heard, Slot
from clipline.studio.instructions.lettering import LETTERING_SLOTS
from clipline.studio.instructions.output import INPUT_EN, INPUT_ZH, read_input, read_output
from clipline.studio.instructions.people import WHO_EN, WHO_ZH, names_someone, read_who
from clipline.studio.instructions.sizes import LINES_FORM, SHAPE, SIZE, read_box, read_lines, read_shape, read_size
from clipline.studio.instructions.sounds import SOUND_SLOTS
from clipline.studio.instructions.text import CONNECTOR, QUOTED_CLASS
from clipline.studio.instructions.words import BLUR, POSITIONS, VOLUMES, alternatives

__all__ = ["SLOTS"]

# --- times -----------------------------------------------------------------------------------------------------------


def _read_span(words: str, heard: Heard) -> tuple[float, float | None]:
    try:
        found = numbers.span(words)
    except numbers.NoTimeError:
        raise heard.refused("no_time") from None
    if numbers.is_bare(words):
        heard.note("seconds", words=words)
    return found


def _read_point(words: str, heard: Heard) -> float | None:
    at = numbers.point(words)
    if at is not None and at and numbers.is_bare(words):
        heard.note("seconds", words=words)
    return at


# --- titles, volumes -------------------------------------------------------------------------------------------------

_BARE_TITLE = (
    r"(?!'|(?:at|for|in|on|to|from|with|of|and|over|here|there|card|screen|slide|sequence|page|track|bar|text|overlay"
    r"|animations?|effects?|style|saying|that|which|reading|called|is|about|using|across|under|near|by|into|as)\b"
    r"|在|从|到|的|和|放|给|动画|特效|效果|字幕|栏|样式|文字|卡|关于|显示|叫|是|为|写"
    r"|不要$|不加$|取消|去掉|删掉|删除|移除)"
    r"[^\ue000-\uf8ff:,;\"“”]{1,60}"
)


#: What else asks for nothing may be the end of a title without quotation marks: "See you now", “春天来了”.
_AFTER_A_TITLE = r" ?(?:(?:(?:to|for) (?:me|us)|as well|too|now|ok|okay|right away|instead)\b|[了吧啊呀哦嘛呢哈吗])"


def _read_quoted(words: str, heard: Heard) -> str | None:
    return heard.context.marks.value(words) or None


def _read_said(words: str, heard: Heard) -> str | None:
    """A quotation that is no file's name."""
    text = heard.context.marks.value(words)
    return text if text and not suffix_of(text) else None


def _read_bare(words: str, heard: Heard) -> str | None:
    if CONNECTOR.search(words):  # who knows where it ends
        return None
    if re.match(_AFTER_A_TITLE, heard.context.marks.after(words)):
        raise heard.refused("no_text")
    typed = heard.context.marks.article(words) + heard.context.marks.typed(words)
    heard.note("bare_title", words=typed)
    return typed


#: A caption in one of these is what is said, and not these words.
_LANGUAGES = "english chinese mandarin spanish french german italian portuguese russian japanese korean arabic hindi"


def _read_proper(words: str, heard: Heard) -> str | None:
    """A title without quotation marks that a capital or a digit shows to be one: "add the text Welcome"."""
    is_name = words[0].isupper() or words[0].isdigit()
    return _read_bare(words, heard) if is_name and words.lower().split()[0] not in _LANGUAGES.split() else None


def _read_track(words: str, _heard: Heard) -> int | None:
    """The number of a track, from 1 on."""
    lower = words.lower()
    if lower in _ORDINALS:
        return _ORDINALS.index(lower) + 1
    count = numbers.number(re.sub("(?:st|nd|rd|th)$", "", lower))
    return int(count) if count >= 1 and count == int(count) else None


def _read_percent(words: str, heard: Heard) -> float:
    lower = words.lower()
    if lower in VOLUMES:
        return VOLUMES[lower]
    if tenths := re.fullmatch(f"({numbers.NUMBER})成", lower):
        value = numbers.number(tenths[1]) / 10
    elif "%" in lower or "percent" in lower or lower.startswith("百分之"):
        value = round(numbers.number(re.sub("%|per ?cent|百分之", "", lower).strip()) / 100, 9)
    else:
        value = float(lower)
    if not 0 <= value <= 1:
        raise heard.refused("volume")
    return value


def _read_share(words: str, heard: Heard) -> float:
    """How much of the strongest blur, as a radius."""
    share = numbers.number(re.sub("%|per ?cent|百分之", "", words.lower()).strip()) / 100
    if not 0 < share <= 1:
        raise heard.refused("blur_share")
    return round(share * max(BLUR.values()), 1)


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NTH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(_ORDINALS)})"

# As few words as will do, so that a template may end in "background".
_FILL_WORDS = r".{1,80}?"
_PERCENT = (
    rf"(?:{numbers.NUMBER} ?(?:%|percent|per cent)|百分之{numbers.NUMBER}|{numbers.NUMBER}成|[01]?\.\d+|"
    rf"{alternatives(VOLUMES)})"
)
_PERCENT_SIGN = rf"%|per ?cent|百分之|成|\.\d|{alternatives(VOLUMES)}"
_SHARE = rf"(?:{numbers.NUMBER} ?(?:%|percent|per cent)|百分之{numbers.NUMBER})"

_SHARES = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4}
_HALVES_ZH = ("半段", "半部分", "半截", "半", "一半")
#: Parts of a clip by their share of it, from where to where.
_PORTIONS: dict[str, tuple[float, float]] = {
    "second half": (0.5, 1.0),
    "latter half": (0.5, 1.0),
    "2nd half": (0.5, 1.0),
    "1st half": (0.0, 0.5),
    **{f"{which} {part}": (0.0, share) for which in ("first", "opening") for part, share in _SHARES.items()},
    **{f"{which} {part}": (1 - share, 1.0) for which in ("last", "final") for part, share in _SHARES.items()},
    "middle third": (1 / 3, 2 / 3),
    **{f"前{half}": (0.0, 0.5) for half in _HALVES_ZH},
    **{f"后{half}": (0.5, 1.0) for half in _HALVES_ZH},
    "前三分之一": (0.0, 1 / 3),
    "前四分之一": (0.0, 1 / 4),
    "后四分之一": (3 / 4, 1.0),
    "后三分之一": (2 / 3, 1.0),
    "中间三分之一": (1 / 3, 2 / 3),
}
_PORTION = alternatives(_PORTIONS)

#: Name → how it is read, what it may be in English, in Chinese.
SLOTS: dict[str, Slot] = {
    **LETTERING_SLOTS,
    **SOUND_SLOTS,
    "who": Slot(read_who, WHO_EN, WHO_ZH, held=names_someone),
    "color": Slot(read_color, COLOR_FORM, COLOR_FORM),
    "paint": Slot(read_paint, _FILL_WORDS, _FILL_WORDS),
    "fill": Slot(read_fill, _FILL_WORDS, _FILL_WORDS),
    "solid": Slot(read_solid, _FILL_WORDS, _FILL_WORDS),
    "image": Slot(read_image, _FILL_WORDS, _FILL_WORDS),
    "strength": Slot(read_strength, alternatives(BLUR), alternatives(BLUR)),
    "share": Slot(_read_share, _SHARE, _SHARE, sign="%|per ?cent|百分之"),
    "number": Slot(lambda words, _: numbers.number(words), numbers.NUMBER, numbers.NUMBER),
    "sound": Slot(read_sound, _FILL_WORDS, _FILL_WORDS),
    "sound_file": Slot(read_sound_file, FILE_FORM, FILE_FORM),
    "clip": Slot(read_clip, _FILL_WORDS, _FILL_WORDS),
    "clip_file": Slot(read_clip_file, FILE_FORM, FILE_FORM),
    "track": Slot(_read_track, f"(?:{_NTH}|{numbers.NUMBER})", numbers.NUMBER),
    "percent": Slot(_read_percent, _PERCENT, _PERCENT, sign=_PERCENT_SIGN),
    "screen": Slot(read_color, "(?:green|blue) ?screen", "[绿蓝]幕"),
    "size": Slot(read_size, SIZE, SIZE),
    "lines": Slot(read_lines, LINES_FORM, LINES_FORM),
    "box": Slot(read_box, f"(?:{SIZE}|{LINES_FORM})", f"(?:{SIZE}|{LINES_FORM})"),
    "shape": Slot(read_shape, SHAPE, SHAPE),
    "output": Slot(read_output, _FILL_WORDS, _FILL_WORDS),
    "input": Slot(read_input, INPUT_EN, INPUT_ZH),
    "length": Slot(
        lambda words, _: numbers.duration(words), numbers.DURATION, numbers.DURATION, sign=numbers.TIME_SIGN
    ),
    "portion": Slot(lambda words, _: _PORTIONS[words.lower()], _PORTION, _PORTION),
    "point": Slot(_read_point, numbers.POINT, numbers.POINT),
    "span": Slot(_read_span, numbers.SPAN, numbers.SPAN, sign=numbers.SPAN_SIGN),
    "quoted": Slot(_read_quoted, QUOTED_CLASS, QUOTED_CLASS),
    "said": Slot(_read_said, QUOTED_CLASS, QUOTED_CLASS),
    "bare": Slot(_read_bare, _BARE_TITLE, _BARE_TITLE),
    "proper": Slot(_read_proper, _BARE_TITLE, _BARE_TITLE),
    "position": Slot(lambda words, _: POSITIONS[words.lower()], alternatives(POSITIONS), alternatives(POSITIONS)),
}

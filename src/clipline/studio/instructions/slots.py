"""What may stand for a value in a template, and what it means: who, a colour, a file, a size, a time.

A reader gets the words and the clause they were heard in; it returns the value, or None where the words are none of its
kind (another rule may fit), or raises `Refused` where they are but cannot be carried out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

from clipline.studio.instructions import numbers
from clipline.studio.instructions.grammar import Heard, Slot
from clipline.studio.instructions.text import CONNECTOR, FILE_CLASS, QUOTED_CLASS
from clipline.studio.instructions.understanding import ExportWish
from clipline.studio.instructions.words import (
    ANY_COLOR,
    BLUR,
    BYSTANDERS,
    BYSTANDERS_ZH,
    COLOR_DRESS,
    COLORS,
    FORMATS,
    IMAGES,
    LARGEST_SIDE,
    LINES,
    PEOPLE,
    PEOPLE_ZH,
    PERSON,
    PERSON_ZH,
    PLAIN_PEOPLE,
    POSITIONS,
    SHAPES,
    SOUNDS,
    VIDEOS,
    VOLUMES,
    WHO,
)
from clipline.timeline import BLACK, Blur, Fill, Media, People, Transparent
from clipline.values import Color, Size, even, parse_color

__all__ = ["SLOTS", "color_named"]


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


# --- people ----------------------------------------------------------------------------------------------------------

_FRAME = r"(?:the |this |my )?(?:video|clip|footage|movie|film|frame|scene|shot|picture|image|screen|recording)"
_DOING = (
    r"(?: (?:who is |who's |that is |that's )?(?:walking|moving|passing|standing)(?: (?:by|past|around|there))?(?: "
    r"(?:in|through|across|into|within|on))?)"
)
_WHERE = rf"(?: (?:in|from|on|inside|of|out of|through|across|within|visible in|visible on) {_FRAME})"
_BEHIND = (
    r"(?: (?:in|from|at|of) (?:the )?(?:background|back)| behind (?:me|us|him|her|them|the speaker|the main person))"
)
_ELSE = (
    r"(?: (?:but|except|except for|other than|apart from|besides) (?:the )?(?:(?:foreground|main|central|front) "
    r"(?:person|one|subject|figure)|me|the speaker))"
)
_WHO_EN = (
    rf"(?:(?:all(?: of)?|every|each|any|both)(?: the)? )?(?:other )?(?:{BYSTANDERS}|{PEOPLE}|{PERSON})"
    rf"(?:{_BEHIND}|{_ELSE})?(?:{_DOING}(?: ?{_FRAME})?)?{_WHERE}?"
)
_IN_VIDEO_ZH = "(?:(?:这个|这段)?(?:视频|画面|片段|短片|影片|镜头)(?:里面|里边|里|中间|中|上|内|当中)?的?|里面的?)?"
_WHO_ZH = (
    rf"{_IN_VIDEO_ZH}(?:那个|这个|那些|这些|那位|这位|一个)?(?:{BYSTANDERS_ZH}|{PEOPLE_ZH}|{PERSON_ZH})|{PERSON}|"
    rf"{PEOPLE}|{BYSTANDERS}"
)


def _read_who(words: str, heard: Heard) -> People | None:
    lower = words.lower()
    if doing := re.search(rf"{_DOING}(?: ?{_FRAME})?", lower):
        heard.note("doing", words=doing[0].strip())
    bare = re.sub(rf"{_DOING}(?: ?{_FRAME})?|{_WHERE}$", "", lower)
    elsewhere = re.search(f"{_BEHIND}|{_ELSE}", bare)
    bare = re.sub(f"{_BEHIND}|{_ELSE}", "", bare)
    bare = re.sub("^(?:all(?: of)?|every|each|any|both)(?: the)? (?=[a-z])", "", bare)
    bare = (
        re.sub(rf"^{_IN_VIDEO_ZH}(?:那个|这个|那些|这些|那位|这位|一个)?(?=.)", "", bare) if bare not in WHO else bare
    )
    who = WHO.get(bare)
    if who is None:
        return None
    if elsewhere or who == "background_person":
        if not bare.startswith("background") and "背景" not in bare:
            heard.note("in_background", words=words)
        return "background_person"
    if bare not in PLAIN_PEOPLE:
        heard.note("any_person", words=words)
    return "people" if re.match("(?:all|every|each|any|both)(?: of)? ", lower) else who


# --- colours and what else may fill ----------------------------------------------------------------------------------

_COLOR_NAME = {value: name for name, value in reversed(list(COLORS.items())) if name.isascii()}
_COLOR_NAME_ZH = {value: f"{name}色" for name, value in reversed(list(COLORS.items())) if not name.isascii()}


def color_named(color: Color, language: str) -> str:
    """The name of a colour where it has one, else `#rrggbb`."""
    return (_COLOR_NAME if language == "en" else _COLOR_NAME_ZH).get(str(color), str(color))


def _read_color(words: str, heard: Heard) -> Color | None:
    lower = heard.context.marks.value(words) or words.lower()
    if re.fullmatch(ANY_COLOR, lower):
        heard.note("any_color")
        return BLACK
    bare = re.sub(COLOR_DRESS, "", lower)
    name = re.sub(r"[\s-]", "", bare).removesuffix("的").removesuffix("色")
    if name in {"greenscreen", "bluescreen", "绿幕", "蓝幕"}:
        color = parse_color(COLORS[name])
        heard.note("green_screen", fill=f"{color_named(color, heard.context.language)} ({color})")
        return color
    if channels := re.fullmatch(r"rgb ?\( ?(\d{1,3})[, ] ?(\d{1,3})[, ] ?(\d{1,3}) ?\)", lower):
        red, green, blue = map(int, channels.groups())
        return Color(red, green, blue) if max(red, green, blue) <= 255 else None
    try:
        return parse_color(COLORS.get(name, name if name.startswith("#") else f"#{name}"))
    except ValueError:
        return None


_BLURRED = r"(?:blur(?:red|ry|s)?|bokeh|out of focus|defocused|虚化|模糊|虚化的|模糊的)"
_CLEAR = (
    r"transparent|transparency|see-through|nothing|nothing at all|alpha|an alpha channel|alpha channel|透明|透明的|"
    r"透明背景|空白透明"
)


def _read_strength(words: str, _heard: Heard) -> float | None:
    return BLUR.get(re.sub(r"^(?:a|an) (?!little|bit|lot)", "", words.lower()))


def _read_blur(words: str) -> Blur | None:
    lower = re.sub(r"^(?:a |an |the )", "", words.lower())
    lower = re.sub(r"(?: version)?(?: of (?:itself|it|the (?:original|background|same)))?$", "", lower)
    match = re.fullmatch(rf"(?:(?P<strength>.*?) ?)?{_BLURRED}(?: effect)?(?P<much>.*)", lower)
    if not match:
        return None
    strength = (match["strength"] or match["much"]).strip().removesuffix("地")
    if not strength:
        return Blur()
    return Blur(BLUR[strength]) if strength in BLUR and not (match["strength"] and match["much"].strip()) else None


def _read_paint(words: str, heard: Heard) -> Fill | None:
    """A fill that needs no file."""
    if re.fullmatch(_CLEAR, words.lower()):
        return Transparent()
    return _read_blur(words) or _read_color(words, heard)


def _read_fill(words: str, heard: Heard) -> Fill | None:
    if paint := _read_paint(words, heard):
        return paint
    return Media(_material(words, heard, IMAGES | VIDEOS, "not_at_hand"))


def _read_solid(words: str, heard: Heard) -> Color:
    """What a person is filled with."""
    color = _read_color(words, heard)
    if color is None:
        raise heard.refused("person_into", what=heard.context.marks.restore(words))
    return color


# --- files -----------------------------------------------------------------------------------------------------------

_GENERIC = (
    r"(?:the |this |that |my |an? |another |other |uploaded |attached |given |second |background )*"
    r"(?P<kind>image|picture|photo|video|clip|footage|file|music|song|sound|track|图片|照片|图|视频|片段|音乐|"
    r"歌曲|歌|文件)"
    r"(?: file)?(?: (?:i )?(?:uploaded|attached|gave you))?"
    r"|(?:这张|那张|这个|那个|这段|那段|另一个|另一段|另外一个|上传的|附带的|我的|一张|一个|一段|"
    r"另一张)+(?P<kind_zh>图片|照片|图|视频|片段|音乐|歌曲|歌|文件)"
)
_KINDS = {
    **dict.fromkeys(["image", "picture", "photo", "图片", "照片", "图"], IMAGES),
    **dict.fromkeys(["video", "clip", "footage", "视频", "片段"], VIDEOS),
    **dict.fromkeys(["music", "song", "sound", "track", "音乐", "歌曲", "歌"], SOUNDS),
}


def _suffix(name: str) -> str:
    """The suffix of a file name where it is that of a known kind, without its dot; else nothing."""
    suffix = PurePath(name.replace("\\", "/")).suffix.lstrip(".").lower()
    return suffix if suffix in IMAGES | VIDEOS | SOUNDS else ""


def _material(words: str, heard: Heard, kinds: frozenset[str], otherwise: str) -> str:
    """The path of the file that these words name.

    Raises:
        Refused: it is not at hand, may be several, or is of another kind.
    """
    context = heard.context
    marked = context.marks.value(words)
    name = marked or context.marks.restore(words)
    wanted = re.sub(r"^(?:the|an?|my|this) ", "", name, flags=re.IGNORECASE).strip().casefold()
    bare = re.sub("^(?:image|picture|photo|video|clip|file|song|track)(?: file)? ", "", wanted)
    found = [name] if marked and name.startswith("/") else _named(wanted, context.materials, kinds)
    found = found or _named(bare, context.materials, kinds)
    generic = None if found else re.fullmatch(_GENERIC, wanted)
    if generic:
        among = _KINDS.get(generic["kind"] or generic["kind_zh"], kinds) & kinds
        found = [path for path in context.materials if _suffix(path) in among]
        if len(found) == 1:
            heard.note("the_file", words=name, name=_base(found[0]))
    if not found:
        raise heard.refused(otherwise, name=name, have=_at_hand(heard))
    if len(found) > 1:
        raise heard.refused("which_file", name=name, several=", ".join(map(_base, found)))
    suffix = _suffix(found[0])
    if suffix and suffix not in kinds:
        kind = ("sound file", "声音文件") if "mp3" in kinds else ("picture or clip", "图片或视频")
        raise heard.refused("wrong_kind", name=_base(found[0]), kind=kind[context.language == "zh"])
    return found[0]


def _named(wanted: str, materials: tuple[str, ...], kinds: frozenset[str]) -> list[str]:
    """The files of this full path, name or stem; a stem that several have means those of the right kind."""
    wanted = unicodedata.normalize("NFKC", wanted)
    for part in (str, _base, lambda path: PurePath(_base(path)).stem):
        # File systems spell accents in several ways; what is read alike is the same name.
        names = [(path, unicodedata.normalize("NFKC", part(path)).casefold()) for path in dict.fromkeys(materials)]
        found = [path for path, name in names if name == wanted]
        if found:
            return [path for path in found if _suffix(path) in kinds] or found
    return []


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _at_hand(heard: Heard) -> str:
    names = ", ".join(map(_base, heard.context.materials[:10]))
    if not names:
        return ""
    return f" (at hand: {names})" if heard.context.language == "en" else f"（手头有：{names}）"


def _read_sound(words: str, heard: Heard) -> str | None:
    return _material(words, heard, SOUNDS | VIDEOS, "sound_not_at_hand")


def _read_sound_file(words: str, heard: Heard) -> str | None:
    """A sound by the name of a file; other words are none."""
    name = heard.context.marks.value(words) or words
    return _read_sound(words, heard) if _suffix(name) in SOUNDS else None


# --- sizes and shapes ------------------------------------------------------------------------------------------------

_SIZE = r"\d{1,5} ?(?:x|×|\*|by|乘以?) ?\d{1,5}(?: ?(?:pixels|pixel|px|像素))?"
_LINES = rf"(?:\d{{3,4}} ?[pP]|{_any(LINES)})(?: (?:resolution|quality|size))?(?:分辨率)?"
_RATIO = r"\d{1,2} ?(?::|/|比|x|×|by) ?\d{1,2}"
_SHAPE = rf"(?:{_RATIO}|{_any(SHAPES)})"


def _read_size(words: str, heard: Heard) -> Size:
    width, height = (int(side) for side in re.findall(r"\d+", words)[:2])
    if not (2 <= width <= LARGEST_SIDE and 2 <= height <= LARGEST_SIDE):
        raise heard.refused("size", words=words, limit=LARGEST_SIDE)
    return Size(width, height)


def _read_lines(words: str, heard: Heard) -> int:
    bare = re.sub(r" (?:resolution|quality|size)$|分辨率$", "", words.lower())
    lines = LINES.get(bare) or int(re.sub(r"\D", "", bare))
    if not 100 <= lines <= 4320 or lines % 2:
        raise heard.refused("size", words=words, limit=LARGEST_SIDE)
    return lines


def _read_box(words: str, heard: Heard) -> Size:
    """A size, or the 16:9 box of so many lines."""
    if re.fullmatch(_SIZE, words, re.IGNORECASE):
        return _read_size(words, heard)
    lines = _read_lines(words, heard)
    return Size(even(lines * 16 / 9 + 1), lines)


def _read_shape(words: str, _heard: Heard) -> str | None:
    if named := SHAPES.get(words.lower()):
        return named
    sides = [int(side) for side in re.findall(r"\d+", words)]
    if len(sides) != 2 or not all(sides) or max(sides) > 32:
        return None
    return f"{sides[0]}:{sides[1]}"


# --- the exported file -----------------------------------------------------------------------------------------------

_OUTPUT_WORDS = re.compile(
    (
        rf"(?P<length>(?!{numbers.CLOCK}){numbers.DURATION}(?: |-)?(?:long)?)|(?P<max>(?:at most|up to|no larger "
        rf"than|最大|不超过) ?{_SIZE})|(?P<size>{_SIZE})"
        rf"|(?P<lines>{_LINES})"
        rf"|(?P<format>\.?(?:{'|'.join(FORMATS)})(?![a-z0-9])(?: ?frames| ?images| ?sequence|帧|序列)*)"
        r"|(?P<dress>(?:an?|the|video|clip|file|movie|format|in|at|as|with|resolution|animated|animation|single|"
        r"one|,)\b|,"
        r"|动图|格式|视频|文件|片段|分辨率|画质|一个|一段|一张|的)| +"
    ),
    re.IGNORECASE,
)


def _read_output(words: str, heard: Heard) -> tuple[ExportWish, float | None] | None:
    """A description of the file to be made, every word of which must be known: what is wished, and its length."""
    said: dict[str, str] = {}
    at = 0
    while at < len(words):
        match = _OUTPUT_WORDS.match(words, at)
        if match is None or match.end() == at:
            return None
        kind = match.lastgroup
        if kind == "dress" and match[0] == "动图":
            said.setdefault("format", "gif")
        elif kind and kind != "dress":
            if kind in said:
                return None
            said[kind] = match[0]
        at = match.end()
    wish = ExportWish(
        size=_read_size(said["size"], heard) if "size" in said else None,
        max_size=_read_size(said["max"], heard) if "max" in said else None,
        format=re.sub(r"[^a-z0-9].*", "", said["format"].lower().lstrip(".")) if "format" in said else None,
        lines=_read_lines(said["lines"], heard) if "lines" in said else None,
    )
    if sum(value is not None for value in (wish.size, wish.max_size, wish.lines)) > 1 or not (wish or "length" in said):
        return None
    return wish, numbers.duration(re.sub(r"[ -]?long$", "", said["length"])) if "length" in said else None


_CONTAINER = f"(?:{'|'.join((*FORMATS, 'avi'))})"
_INPUT_EN = (
    rf"(?:it|this|(?:(?:this|the|my|an?) )?(?:{numbers.DURATION}(?: |-)(?:long )?)?(?:(?:{_LINES}) )?"
    rf"(?:(?:vertical|horizontal|portrait|landscape) )?(?:{_CONTAINER}|(?:{_CONTAINER} )?(?:video|clip|footage|"
    rf"movie|file|recording)))"
    rf"(?: (?:with|of|showing|featuring|containing) (?:the |an? |some |two |three )?{_WHO_EN})?"
)
_INPUT_ZH = (
    rf"(?:这|那|一|把|将|我的)*(?:个|段|条)?(?:时长)?(?:{numbers.DURATION})?(?:长)?的?、?(?:(?:画面|视频|"
    rf"镜头)?(?:里|中)?有(?:一个|个|两个)?"
    rf"(?:{PERSON_ZH})(?:在)?(?:画面|镜头)?(?:里|中)?(?:走动|走路|行走|走过|经过)?的)?(?:{_CONTAINER}|"
    rf"{_CONTAINER}?(?:视频|片段|短片|素材|影片|文件))"
)


def _read_input(words: str, heard: Heard) -> str:
    """A description of the clip at hand; all that it says beyond "the clip" is noted."""
    if not re.fullmatch(
        r"(?:this |the |my |a )?(?:it|video|clip|footage|movie|file)?|把?(?:这个|这段)?(?:视频|片段)?", words.lower()
    ):
        heard.note("described", words=heard.context.marks.restore(words))
    return words or "it"


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
    r"|在|从|到|的|和|放|给|动画|特效|效果|字幕|栏|样式|文字|卡|关于|显示|叫|是|为|写)"
    r"[^\ue000-\uf8ff:,;\"“”]{1,60}"
)


def _read_quoted(words: str, heard: Heard) -> str | None:
    return heard.context.marks.value(words) or None


def _read_said(words: str, heard: Heard) -> str | None:
    """A quotation that is no file's name."""
    text = heard.context.marks.value(words)
    return text if text and not _suffix(text) else None


def _read_bare(words: str, heard: Heard) -> str | None:
    if CONNECTOR.search(words):  # who knows where it ends
        return None
    heard.note("bare_title", words=words)
    return words


def _read_percent(words: str, heard: Heard) -> float:
    lower = words.lower()
    if lower in VOLUMES:
        return VOLUMES[lower]
    if tenths := re.fullmatch(f"({numbers.NUMBER})成", lower):
        value = numbers.number(tenths[1]) / 10
    elif "%" in lower or "percent" in lower or lower.startswith("百分之"):
        value = numbers.number(re.sub("%|per ?cent|百分之", "", lower).strip()) / 100
    else:
        value = float(lower)
    if not 0 <= value <= 1:
        raise heard.refused("volume")
    return value


_HAN_COLORS = _any(name for name in COLORS if not name.isascii())
_COLOR_WORDS = (
    rf"(?:{QUOTED_CLASS}|[#a-z][a-z0-9#-]*(?: [a-z][a-z0-9#-]*){{0,4}}?|#?[0-9a-f]{{3,6}}|rgb ?\([\d, ]+\)"
    rf"|(?:一种|一个)?(?:纯|单一的?)?(?:(?:{_HAN_COLORS})色?|纯?色块|单?一?颜色|[纯单]色(?:填充)?))"
)
# As few words as will do, so that a template may end in "background".
_FILL_WORDS = r".{1,80}?"
_FILE_WORDS = rf"(?:{QUOTED_CLASS}|{FILE_CLASS}|[^\s,;]{{1,60}}\.[a-z0-9]{{2,4}})"
_PERCENT = (
    rf"(?:{numbers.NUMBER} ?(?:%|percent|per cent)|百分之{numbers.NUMBER}|{numbers.NUMBER}成|[01]?\.\d+|"
    rf"{_any(VOLUMES)})"
)

#: Name → how it is read, what it may be in English, in Chinese.
SLOTS: dict[str, Slot] = {
    "who": Slot(_read_who, _WHO_EN, _WHO_ZH),
    "color": Slot(_read_color, _COLOR_WORDS, _COLOR_WORDS),
    "paint": Slot(_read_paint, _FILL_WORDS, _FILL_WORDS),
    "fill": Slot(_read_fill, _FILL_WORDS, _FILL_WORDS),
    "solid": Slot(_read_solid, _FILL_WORDS, _FILL_WORDS),
    "strength": Slot(_read_strength, _any(BLUR), _any(BLUR)),
    "number": Slot(lambda words, _: numbers.number(words), numbers.NUMBER, numbers.NUMBER),
    "sound": Slot(_read_sound, _FILL_WORDS, _FILL_WORDS),
    "sound_file": Slot(_read_sound_file, _FILE_WORDS, _FILE_WORDS),
    "percent": Slot(_read_percent, _PERCENT, _PERCENT),
    "screen": Slot(_read_color, "(?:green|blue) ?screen", "[绿蓝]幕"),
    "size": Slot(_read_size, _SIZE, _SIZE),
    "lines": Slot(_read_lines, _LINES, _LINES),
    "box": Slot(_read_box, f"(?:{_SIZE}|{_LINES})", f"(?:{_SIZE}|{_LINES})"),
    "shape": Slot(_read_shape, _SHAPE, _SHAPE),
    "output": Slot(_read_output, _FILL_WORDS, _FILL_WORDS),
    "input": Slot(_read_input, _INPUT_EN, _INPUT_ZH),
    "length": Slot(lambda words, _: numbers.duration(words), numbers.DURATION, numbers.DURATION),
    "point": Slot(_read_point, numbers.POINT, numbers.POINT),
    "span": Slot(_read_span, numbers.SPAN, numbers.SPAN),
    "quoted": Slot(_read_quoted, QUOTED_CLASS, QUOTED_CLASS),
    "said": Slot(_read_said, QUOTED_CLASS, QUOTED_CLASS),
    "bare": Slot(_read_bare, _BARE_TITLE, _BARE_TITLE),
    "position": Slot(lambda words, _: POSITIONS[words.lower()], _any(POSITIONS), _any(POSITIONS)),
}

"""What a background or a person may become: a colour, a blur, nothing, a picture or a clip."""

from __future__ import annotations

import re

from clipline.errors import Refused
from clipline.studio.instructions.files import material, suffix_of
from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.text import QUOTED_CLASS
from clipline.studio.instructions.traditional import simplified
from clipline.studio.instructions.words import ANY_COLOR, BLUR, COLOR_DRESS, COLORS, IMAGES, VIDEOS, alternatives
from clipline.timeline import BLACK, Blur, Fill, Media, Transparent
from clipline.values import Color, parse_color

__all__ = [
    "COLOR_FORM",
    "color_named",
    "read_color",
    "read_fill",
    "read_image",
    "read_paint",
    "read_solid",
    "read_strength",
]

_HAN_COLORS = alternatives(name for name in COLORS if not name.isascii())
COLOR_FORM = (
    rf"(?:{QUOTED_CLASS}|[#a-z][a-z0-9#-]*(?: [a-z][a-z0-9#-]*){{0,4}}?|#?[0-9a-f]{{3,6}}|rgb ?\([\d, ]+\)"
    rf"|(?:一种|一个)?(?:纯|单一的?)?(?:(?:{_HAN_COLORS})色?|纯?色块|单?一?颜色|[纯单]色(?:填充)?))"
)


_COLOR_NAME = {value: name for name, value in reversed(list(COLORS.items())) if name.isascii()}
_COLOR_NAME_ZH = {value: f"{name}色" for name, value in reversed(list(COLORS.items())) if not name.isascii()}


def color_named(color: Color, language: str) -> str:
    """The name of a colour where it has one, else `#rrggbb`."""
    return (_COLOR_NAME if language == "en" else _COLOR_NAME_ZH).get(str(color), str(color))


def read_color(words: str, heard: Heard) -> Color | None:
    """A colour; black, with a note, where one is asked for and none is named."""
    lower = simplified(heard.context.marks.value(words) or words.lower())
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
    r"transparent|transparency|see[- ]through|nothing|nothing at all|alpha|an alpha channel|alpha channel|透明|透明的|"
    r"透明背景|空白透明"
)


def read_strength(words: str, _heard: Heard) -> float | None:
    """The radius of a blur by a word for its strength."""
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


def read_paint(words: str, heard: Heard) -> Fill | None:
    """A fill that needs no file."""
    if re.fullmatch(_CLEAR, words.lower()):
        return Transparent()
    return _read_blur(words) or read_color(words, heard)


def read_fill(words: str, heard: Heard) -> Fill | None:
    """Any fill; words that are no paint are taken as those of a file."""
    if paint := read_paint(words, heard):
        return paint
    return Media(material(words, heard, IMAGES | VIDEOS, "not_at_hand"))


def read_image(words: str, heard: Heard) -> str | None:
    """A picture to stand in the place of somebody; words that name no file at hand are none."""
    name = heard.context.marks.value(words) or words
    try:
        return material(words, heard, IMAGES, "not_at_hand")
    except Refused:
        if suffix_of(name):
            raise
        return None


def read_solid(words: str, heard: Heard) -> Color:
    """What a person is filled with."""
    color = read_color(words, heard)
    if color is None:
        raise heard.refused("person_into", what=heard.context.marks.restore(words))
    return color

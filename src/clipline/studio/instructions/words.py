"""The words that are known, as tables: which colour, how strong, how large, which file.

To teach clipline a word, add it here; the grammar (`grammar.py`) and the phrases (`phrases_en.py`, `phrases_zh.py`)
need no change. English words are written in lower case; an article may stand at every space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from clipline.values import COLOR_NAMES

_V = TypeVar("_V")


def _each(words: str, value: _V) -> dict[str, _V]:
    """Each of these words, divided by `|`, with the same value."""
    return dict.fromkeys(words.split("|"), value)


def alternatives(words: Iterable[str]) -> str:
    """A regular expression of any of these words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


# --- colours ---------------------------------------------------------------------------------------------------------

#: The names of CSS Color 4 that `values.COLOR_NAMES` does not have, in the order of the specification.
_CSS = """
aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff bisque ffe4c4 blanchedalmond
ffebcd blueviolet 8a2be2 burlywood deb887 cadetblue 5f9ea0 chartreuse 7fff00 chocolate d2691e coral ff7f50
cornflowerblue 6495ed cornsilk fff8dc crimson dc143c darkblue 00008b darkcyan 008b8b darkgoldenrod b8860b
darkgray a9a9a9 darkgrey a9a9a9 darkgreen 006400 darkkhaki bdb76b darkmagenta 8b008b darkolivegreen 556b2f
darkorange ff8c00 darkorchid 9932cc darkred 8b0000 darksalmon e9967a darkseagreen 8fbc8f darkslateblue
483d8b darkslategray 2f4f4f darkslategrey 2f4f4f darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493
deepskyblue 00bfff dimgray 696969 dimgrey 696969 dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0
forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc ghostwhite f8f8ff goldenrod daa520 greenyellow adff2f
honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa
lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan
e0ffff lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgrey d3d3d3 lightgreen 90ee90 lightpink ffb6c1
lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightslategrey 778899
lightsteelblue b0c4de lightyellow ffffe0 limegreen 32cd32 linen faf0e6 mediumaquamarine 66cdaa mediumblue
0000cd mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee
mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 midnightblue 191970 mintcream f5fffa
mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead oldlace fdf5e6 olivedrab 6b8e23 orangered ff4500 orchid
da70d6 palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee palevioletred db7093 papayawhip ffefd5
peachpuff ffdab9 peru cd853f plum dda0dd powderblue b0e0e6 rebeccapurple 663399 rosybrown bc8f8f royalblue
4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d
slateblue 6a5acd slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f steelblue 4682b4 tan
d2b48c thistle d8bfd8 tomato ff6347 violet ee82ee wheat f5deb3 whitesmoke f5f5f5 yellowgreen 9acd32
"""

#: Names that people use and CSS has not: light and dark ones, and the screens of a studio.
_EVERYDAY = {
    "lightred": "ff8080",
    "lightorange": "ffd580",
    "lightpurple": "b19cd9",
    "lightbrown": "b5651d",
    "darkpurple": "301934",
    "darkyellow": "9b870c",
    "darkpink": "e75480",
    "darkbrown": "5c4033",
    "navyblue": "000080",
    "babyblue": "89cff0",
    "mint": "98ff98",
    "cream": "fffdd0",
    "violetblue": "324ab2",
    "greenscreen": "008000",
    "bluescreen": "0000ff",
    "绿幕": "008000",
    "蓝幕": "0000ff",
    "浅蓝": "add8e6",
    "淡蓝": "add8e6",
    "天蓝": "87ceeb",
    "深蓝": "00008b",
    "藏青": "000080",
    "海军蓝": "000080",
    "浅绿": "90ee90",
    "淡绿": "90ee90",
    "深绿": "006400",
    "草绿": "7cfc00",
    "浅灰": "d3d3d3",
    "淡灰": "d3d3d3",
    "深灰": "a9a9a9",
    "浅红": "ff8080",
    "大红": "ff0000",
    "深红": "8b0000",
    "浅黄": "ffffe0",
    "淡黄": "ffffe0",
    "浅紫": "b19cd9",
    "淡紫": "b19cd9",
    "深紫": "301934",
    "浅粉": "ffb6c1",
    "米": "f5f5dc",
    "米白": "f5f5dc",
    "咖啡": "a52a2a",
    "褐": "a52a2a",
    "玫红": "ff00ff",
    "洋红": "ff00ff",
    "桔": "ffa500",
    "乳白": "fffff0",
}

#: Every known colour name, without spaces and without 色 at its end, and its value as `#rrggbb`.
COLORS: Mapping[str, str] = {
    **{name.removesuffix("色"): value for name, value in COLOR_NAMES.items()},
    **{name: f"#{value}" for name, value in zip(_CSS.split()[::2], _CSS.split()[1::2], strict=True)},
    **{name: f"#{value}" for name, value in _EVERYDAY.items()},
}

#: What may stand around a colour's name and changes nothing.
COLOR_DRESS = (
    r"(?:\b(?:a|an|the|solid|plain|bright|vivid|pure|flat|single|uniform|opaque|block of|box|rectangle|square|patch"
    r"|color|colour|colored|coloured|hex)\b|纯|"
    r"单一的?|一个|一种|颜色)"
)
#: A colour is asked for and none is named.
ANY_COLOR = (
    r"(?:a |the |some |one |just |any )*(?:solid|plain|pure|flat|single|uniform|one) (?:colou?r|fill|colou?r fill|"
    r"block)|纯色|单色|一种颜色|一个颜色|单一颜色|纯色块|色块|纯色填充"
)

# --- blur ------------------------------------------------------------------------------------------------------------

#: How strong a blur is, as a radius in pixels of a 720-line picture.
BLUR: Mapping[str, float] = {
    **_each("slight|slightly|light|lightly|a little|little|a bit|bit|a little bit|soft|softly|subtle|subtly", 10.0),
    **_each("gentle|gently|weak|weakly|mild|mildly|low", 10.0),
    **_each("medium|moderate|moderately|normal|normally", 20.0),
    **_each("strong|strongly|heavy|heavily|a lot|lot|very|very much|much|really|hard|high|deep|deeply", 40.0),
    **_each("very strong|very strongly|very heavy|very heavily|extreme|extremely|completely|totally", 60.0),
    **_each("轻微|轻微地|稍微|稍稍|略微|轻度|轻轻|一点|一点点|点|点儿|一些|少许|弱|低", 10.0),
    **_each("中度|适度|适当|中等|正常", 20.0),
    **_each("强烈|强烈地|重度|很|非常|大幅|大幅度|厉害|狠狠|高度|深度|强|高|强一点|很强|厉害一点|大力", 40.0),
    **_each("极度|极其|完全|彻底|最强", 60.0),
}

# --- sizes and shapes ------------------------------------------------------------------------------------------------

#: Names of line counts, beside the plain `720p`.
LINES: Mapping[str, int] = {
    "8k": 4320,
    "4k": 2160,
    "uhd": 2160,
    "ultra hd": 2160,
    "2k": 1440,
    "qhd": 1440,
    "full hd": 1080,
    "fullhd": 1080,
    "fhd": 1080,
    "hd": 720,
    "全高清": 1080,
    "超高清": 2160,
}
#: Pixels that a picture or a frame may have on a side.
LARGEST_SIDE = 8192

#: Names of shapes as aspect ratios.
SHAPES: Mapping[str, str] = {
    **_each("square|正方形|方形|正方|方", "1:1"),
    **_each(
        "vertical|vertically|portrait|upright|tiktok|reels|reel|instagram reels|shorts|youtube shorts|stories", "9:16"
    ),
    "九比十六": "9:16",
    "十六比九": "16:9",
    "一比一": "1:1",
    "四比三": "4:3",
    "三比四": "3:4",
    "四比五": "4:5",
    **_each("竖屏|竖版|竖向|纵向|竖的|竖|抖音|直式|直向|直的", "9:16"),
    **_each("landscape|horizontal|horizontally|widescreen|wide screen|横屏|横版|横向|宽屏|横的|横|横式", "16:9"),
}

# --- files -----------------------------------------------------------------------------------------------------------

IMAGES = frozenset({"jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "avif", "heic", "heif"})
VIDEOS = frozenset({"mp4", "mov", "webm", "mkv", "avi", "m4v", "gif"})
SOUNDS = frozenset({"mp3", "wav", "m4a", "aac", "flac", "ogg", "opus"})
#: Containers that can be asked for.
FORMATS = ("mp4", "mov", "webm", "mkv", "gif", "png", "jpg", "jpeg", "webp")

# --- numbers ---------------------------------------------------------------------------------------------------------

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
ONES = _ONES.split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = _TENS.split()
HAN_DIGITS: Mapping[str, int] = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
#: Units of time in seconds.
UNITS: Mapping[str, float] = {
    **_each("hours|hour|hrs|hr|h|小时|个小时", 3600.0),
    **_each("minutes|minute|mins|min|m|分钟|分", 60.0),
    **_each("seconds|second|secs|sec|s|秒钟|秒", 1.0),
    **_each("milliseconds|millisecond|ms|毫秒", 0.001),
}

#: Words of volume, beside percentages.
VOLUMES: Mapping[str, float] = {
    **_each("quietly|softly|quiet|low|soft|小声|轻声|低音量|小一点|轻一点|小音量", 0.2),
    **_each("half|一半", 0.5),
    **_each("loudly|loud|full|maximum|max|大声|最大|最大音量|高音量", 1.0),
}

#: Where a title stands.
POSITIONS: Mapping[str, str] = {
    **_each("top|upper part|顶部|上方|上面|顶端|最上面|上部|上边", "top"),
    **_each("middle|center|centre|centered|centred|中间|中央|居中|正中间|正中|中部|中心", "middle"),
    **_each("top left|upper left|top-left|left upper corner|左上角|左上方|左上", "top left"),
    **_each("top right|upper right|top-right|right upper corner|右上角|右上方|右上", "top right"),
    **_each("bottom left|lower left|bottom-left|left lower corner|左下角|左下方|左下", "bottom left"),
    **_each("bottom right|lower right|bottom-right|right lower corner|右下角|右下方|右下", "bottom right"),
    **_each("bottom|lower part|底部|下方|下面|底端|最下面|下部|下边", "bottom"),
}

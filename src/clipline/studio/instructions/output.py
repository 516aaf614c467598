"""Descriptions of the file to be made, and of the clip at hand."""

from __future__ import annotations

import re

from clipline.studio.instructions import numbers
from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.humans import PERSON_ZH
from clipline.studio.instructions.people import WHO_EN
from clipline.studio.instructions.sizes import LINES_FORM, SIZE, read_lines, read_size
from clipline.studio.instructions.understanding import ExportWish
from clipline.studio.instructions.words import FORMATS

__all__ = ["INPUT_EN", "INPUT_ZH", "read_input", "read_output"]

_OUTPUT_WORDS = (
    rf"(?P<length>(?!{numbers.CLOCK}){numbers.DURATION}(?: |-)?(?:long)?)|(?P<max>(?:at most|up to|no larger "
    rf"than|最大|不超过) ?{SIZE})|(?P<size>{SIZE})"
    rf"|(?P<lines>{LINES_FORM})"
    rf"|(?P<format>\.?(?:{'|'.join(FORMATS)})(?![a-z0-9])(?: ?frames| ?images| ?sequence|帧|序列)*)"
    r"|(?P<dress>(?:an?|the|video|clip|file|movie|format|in|at|as|with|resolution|animated|animation|single|"
    r"one|,)\b|,"
    r"|动图|格式|视频|文件|片段|分辨率|画质|一个|一段|一张|的)| +"
)


def read_output(words: str, heard: Heard) -> tuple[ExportWish, float | None] | None:
    """A description of the file to be made, every word of which must be known: what is wished, and its length."""
    said: dict[str, str] = {}
    known = re.compile(_OUTPUT_WORDS, re.IGNORECASE)  # not at import: it takes a while, and few ask for a file
    at = 0
    while at < len(words):
        match = known.match(words, at)
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
        size=read_size(said["size"], heard) if "size" in said else None,
        max_size=read_size(said["max"], heard) if "max" in said else None,
        format=_format(said["format"]) if "format" in said else None,
        lines=read_lines(said["lines"], heard) if "lines" in said else None,
    )
    if sum(value is not None for value in (wish.size, wish.max_size, wish.lines)) > 1 or not (wish or "length" in said):
        return None
    return wish, numbers.duration(re.sub(r"[ -]?long$", "", said["length"])) if "length" in said else None


def _format(words: str) -> str:
    name = re.sub(r"[^a-z0-9].*", "", words.lower().lstrip("."))
    return "jpg" if name == "jpeg" else name


_CONTAINER = f"(?:{'|'.join((*FORMATS, 'avi'))})"
INPUT_EN = (
    rf"(?:it|this|(?:(?:this|the|my|an?) )?(?:{numbers.DURATION}(?: |-)(?:long )?)?(?:(?:{LINES_FORM}) )?"
    rf"(?:(?:vertical|horizontal|portrait|landscape) )?(?:{_CONTAINER}|(?:{_CONTAINER} )?(?:video|clip|footage|"
    rf"movie|file|recording|photo|picture|image|pic)))"
    rf"(?: (?:with|of|showing|featuring|containing) (?:the |an? |some |two |three )?{WHO_EN})?"
)
INPUT_ZH = (
    rf"(?:这|那|一|把|将|我的)*(?:个|段|条)?(?:时长)?(?:{numbers.DURATION})?(?:长)?的?、?(?:(?:画面|视频|"
    rf"镜头)?(?:里|中)?有(?:一个|个|两个)?"
    rf"(?:{PERSON_ZH})(?:在)?(?:画面|镜头)?(?:里|中)?(?:走动|走路|行走|走过|经过)?的)?(?:{_CONTAINER}|"
    rf"{_CONTAINER}?(?:视频|片段|短片|素材|影片|文件))"
)


def read_input(words: str, heard: Heard) -> str:
    """A description of the clip at hand; all that it says beyond "the clip" is noted."""
    if not re.fullmatch(
        r"(?:this |the |my |a )?(?:it|video|clip|footage|movie|file|photo|picture|image|pic)?"
        r"|把?(?:这个|这段|这张)?(?:视频|片段|照片|图片)?",
        words.lower(),
    ):
        heard.note("described", words=heard.context.marks.restore(words))
    return words or "it"

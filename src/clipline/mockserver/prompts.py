"""Reads a wish for a clip that does not exist yet: "generate a 5-second video of a beach at sunset"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Prompt", "read_prompt", "splits"]

_SECONDS = 5.0
_LONGEST = 60.0
_SUBJECT_LENGTH = 80

_POLITE = r"(?:please\s+|can you\s+|could you\s+|i (?:want|need|would like)(?: you)?(?: to)?\s+)*"
_VERB = rf"^\W*{_POLITE}(?:generate|make|create|produce)\b"
_THING = r"(?:video|clip|movie|film|footage|animation)s?"
_ENGLISH = re.compile(
    rf"{_VERB}\s+(?:me\s+)?(?:(?:an?|another|some|one)\s+)?(?P<kind>(?:(?!\b(?:the|this|my|it)\b)[^.!?])*?)\b{_THING}\b"
    r"(?:\s*:|\s+(?:of|about|showing|featuring|with|where|in which|that shows))?\s*(?P<subject>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_CHINESE = re.compile(
    r"^\W*(?:请|帮我|给我|我想|我要|想要|麻烦)*(?:生成|制作|创作|创建|做)(?:一个|一段|一条|一部|个|段|条)?"
    r"(?P<kind>[^。！？]*?)(?:视频|短片|片段|动画|影片)(?P<subject>.*)$",
    re.DOTALL,
)
#: Only a description, which means a clip where there is none yet.
_DESCRIPTION = re.compile(r"^\W*(?:(?:an?|the|some)\s+\S+\s+\S|(?:一个|一段|一片|一只|一位)\S)", re.IGNORECASE)

_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "fifteen": 15}
_WORDS |= {"twenty": 20, "thirty": 30, "一": 1, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "八": 8, "十": 10}
_NUMBER = rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(_WORDS)})"
_LASTING = re.compile(
    rf"(?:\b(?:for|lasting)\s+)?(?<![A-Za-z0-9.]){_NUMBER}[\s-]*(?P<unit>seconds?|secs?|s|minutes?|mins?|秒钟?|分钟)(?![a-z])"
    r"(?:[\s-]*(?:long|的))?",
    re.IGNORECASE,
)
_UPRIGHT = re.compile(r"\b(?:vertical|portrait|upright)\b|9\s*[:：]\s*16|竖屏|竖版", re.IGNORECASE)
_MUSIC = re.compile(
    r"[,\s]*\b(?:with|and)\s+(?:[\w-]+\s+){0,3}?music\b|[，,]?(?:配上?|加上?|带)\S{0,6}?音乐", re.IGNORECASE
)
_TITLE = re.compile(
    r"[,\s]*(?:\b(?:with|and)\s+)?(?:\b(?:the|a)\s+)?\btitled?:?\s*$|[，,和]?标题[是为]?\s*$", re.IGNORECASE
)
_QUOTED = re.compile(r"[“\"「『]([^”\"」』]+)[”\"」』]")
_CONNECTOR = re.compile(r"[,;.，；。]\s+|[，；。]|\b(?:and then|and|then)\b|然后|并且|并", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A clip to be made: what it shows, "" where nobody said; how long, in seconds; and a title where one was given."""

    subject: str
    seconds: float = _SECONDS
    upright: bool = False
    title: str = ""


def read_prompt(text: str, *, describes: bool = False) -> Prompt | None:
    """The wish for a new clip in these words, None where they are none.

    Args:
        text: English or Chinese.
        describes: whether a bare description ("a beach at sunset") is one too.
    """
    if match := _ENGLISH.match(text):
        words = match["subject"].strip() or match["kind"]
    elif match := _CHINESE.match(text):
        words = match["kind"] + match["subject"]
    elif describes and _DESCRIPTION.match(text) and "?" not in text and "？" not in text:
        words = text
    else:
        return None
    quoted = _QUOTED.search(words)
    title = quoted[1].strip() if quoted else ""
    return Prompt(_subject(words, quoted), _seconds(text), bool(_UPRIGHT.search(text)), title)


def splits(text: str) -> Iterator[tuple[str, str]]:
    """The ways to cut a text into a wish for a clip and something to do with it, the earliest cut first."""
    for match in _CONNECTOR.finditer(text):
        yield text[: match.start()], text[match.end() :]


def _seconds(text: str) -> float:
    match = _LASTING.search(text)
    if not match:
        return _SECONDS
    number = float(_WORDS.get(match["number"].lower(), 0) or match["number"])
    minutes = match["unit"].lower().startswith(("m", "分"))
    return min(_LONGEST, max(1.0, number * 60 if minutes else number))


def _subject(words: str, quoted: re.Match[str] | None) -> str:
    """What is to be seen, without the length, the shape, the title and the music."""
    bare = words if quoted is None else words[: quoted.start()]
    for extra in (_UPRIGHT, _LASTING, _MUSIC, _TITLE):
        bare = extra.sub(" ", bare)
    bare = re.sub(r"^[\s:：,，。.的]+(?:内容是|主题是|关于)?|[\s,，。.!！的]+$", "", bare)
    return " ".join(bare.split())[:_SUBJECT_LENGTH]

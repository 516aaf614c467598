"""Short forms that people type, written out before anything is read: "ppl", "vid", "w/", "15秒左右"."""

from __future__ import annotations

import re

__all__ = ["written_out"]

#: Short forms and what they stand for; words of one clause, not of a title.
_SHORT = {
    "ppl|ppls|peeps|ppl's": "people",
    "vid|vids": "video",
    "clp": "clip",
    "w/": "with",
    "w/o": "without",
    "n|'n|'n'|n'": "and",
    "every1|evry1|evryone": "everyone",
    "any1": "anyone",
    "some1": "someone",
    "thru": "through",
    "gimme": "give me",
    "wanna": "want to",
    "gotta|gonna": "need to",
    "insta|ig": "instagram",
    "yt": "youtube",
    "tik tok": "tiktok",
    "pic|pics": "picture",
    "bkg|bkgd|bgd|bckgrnd|bckground": "background",
    "u": "you",
    "ur": "your",
    "dont|dnt": "don't",
}
_MEANT = {short: meant for shorts, meant in _SHORT.items() for short in shorts.split("|")}
_WORD = re.compile(
    rf"(?<![\w'.])(?:{'|'.join(sorted(map(re.escape, _MEANT), key=len, reverse=True))})(?![\w'.])", re.IGNORECASE
)
#: A text without quotation marks that stands in the picture as it was typed.
_SHOWN = re.compile(
    r"\b(?:titles?|text|captions?|headings?|headlines?|words?|writ\w*|says?|saying|labels?|watermarks?|subtitles?|"
    r"lower.?thirds?|calls?|named?)\b",
    re.IGNORECASE,
)
#: What says that a number is not meant exactly; it is taken as it stands.
_ABOUT = re.compile(
    r"\b(?:like|about|around|roughly|approximately|approx\.?|maybe|some) (?=\d|half\b|an? (?:second|minute))"
    r"|(?:大概|大约|差不多)(?:是|有)?(?=[\d零一二两三四五六七八九十半])|(?<=[秒分钟])(?:左右|上下)",
    re.IGNORECASE,
)


def written_out(words: str) -> str:
    """The words with their short forms written out, but where a text to be shown may stand among them."""
    if _SHOWN.search(words):
        return words
    return _ABOUT.sub("", _WORD.sub(lambda match: _MEANT[match[0].lower()], words))

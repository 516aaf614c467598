r"""What a person hands over in what they type: paths, dropped files with quotes or escapes, addresses.

A terminal writes a dropped file as `'/a/My clip.mp4'`, `/a/My\ clip.mp4` or `file:///a/My%20clip.mp4`; people write
bare names, also without spaces around them in Chinese. Only the disk is asked whether a file is there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

__all__ = ["MEDIA", "Handed", "handed_over"]

#: Endings by which a name in a sentence is taken for media.
VIDEOS = frozenset({".mp4", ".mov", ".avi", ".webm", ".mkv", ".m4v"})
MEDIA = VIDEOS | frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp3", ".wav", ".m4a", ".aac"})

#: A word as a shell reads it: in quotes, or with escapes. An apostrophe inside a word begins no quotes.
_WORD = re.compile(
    r"""(?<!\S)(?:'(?P<single>[^']+)'|"(?P<double>[^"]+)"|“(?P<curly>[^”]+)”|(?P<plain>(?:[^\s\\]|\\.)+))(?=[\s,;:.!?，；。]|$)"""
)
_PUNCTUATION = ",;:.!?，；：。！？、”\"'"
#: What may stand beside a file that is only handed over, so that nothing else is asked for.
_FILLER = re.compile(
    r"(?:\b(?:please|kindly|can you|could you|upload|uploading|here(?:'s| is| are)?|this|these|the|my|is|are|it|a|an"
    r"|and|file|files|clip|clips|video|videos|image|images|picture|photo|song|music|footage|for me|now)\b"
    r"|请|帮我|把|上传|传|这个|这些|这段|我的|一下|文件|视频|素材|图片|音乐|片段|吧|了|[\s,.;:!，。；：！、])+",
    re.IGNORECASE,
)
#: What stands before what is wished for, once the clip is taken out: `upload (a.mp4) and blur the background`.
_BEFORE_THE_WISH = re.compile(
    r"^\s*(?:(?:please|can you|could you)\s+)?"
    r"(?:(?:upload|add|use|take)\b(?=\s*(?:,|and\b|then\b))|请?上传(?=\s*(?:[,，]|然后|并|再)))?"
    r"[\s,，:：;；]*(?:(?:and then|and|then)\b|然后|并且?|再)?[\s,，:：;；]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed over with a text, and the text that is left.

    `files` are absolute paths of files that are there, `urls` addresses of media on the web. `missing` are names with
    an ending of media that lead to nothing. `text` is empty where nothing but the files was meant; a file that the
    sentence speaks of stands in it by its name.
    """

    files: tuple[Path, ...] = ()
    urls: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.files or self.urls)

    def parted(self, material: Collection[Path]) -> Iterator[tuple[Handed, Literal["clip", "material"]]]:
        """What is to be edited, and then the `material` for that; each only where there is any."""
        clips = replace(self, files=tuple(file for file in self.files if file not in material))
        rest = Handed(files=tuple(file for file in self.files if file in material))
        if clips:
            yield clips, "clip"
        if rest:
            yield rest, "material"


@dataclass(frozen=True, slots=True)
class _Found:
    """A word of the text that is a file or an address."""

    start: int
    end: int
    path: Path | None = None
    url: str = ""
    missing: str = ""


def handed_over(text: str, folder: Path) -> Handed:
    """Find what is handed over in `text`; paths are relative to `folder`."""
    if (whole := _file(text.strip(), folder)) and "\n" not in text.strip():
        return Handed(files=(whole,))  # also a path with spaces that nobody escaped
    found = list(_found(text, folder))
    files = tuple(dict.fromkeys(each.path for each in found if each.path))
    alone = _is_filler(_without(text, found))
    urls = tuple(dict.fromkeys(each.url for each in found if each.url and (alone or _names_media(each.url))))
    missing = tuple(dict.fromkeys(each.missing for each in found if each.missing))
    if alone:
        return Handed(files, urls, missing)
    return Handed(files, urls, missing, _rest(text, [each for each in found if each.path]))


# --- finding ---------------------------------------------------------------------------------------------------------


def _found(text: str, folder: Path) -> Iterator[_Found]:
    """Every word that is a file or an address, in the order of the text."""
    at = 0
    while at < len(text):
        word = _WORD.match(text, at)
        if word is None:
            at += 1
            continue
        quoted = word["single"] or word["double"] or word["curly"]
        each = _one(quoted, word.start(), word.end(), folder) if quoted else _plain(word, folder)
        if each is None and quoted:
            at += 1  # quotes around a sentence: look at its words
            continue
        if each is not None:
            yield each
        at = word.end() if each is None else each.end


def _plain(word: re.Match[str], folder: Path) -> _Found | None:
    """A word without quotes, or the part of it that is a file: Chinese stands without spaces around a name."""
    raw = word["plain"]
    bare = raw.rstrip(_PUNCTUATION) or raw
    start, end = word.start(), word.start() + len(bare)
    unescaped = re.sub(r"\\(.)", r"\1", bare)
    if each := _one(unescaped, start, end, folder):
        return each if not each.missing or bare.isascii() else _inside(bare, start, folder)
    return None if bare.isascii() else _inside(bare, start, folder)


def _inside(word: str, start: int, folder: Path) -> _Found | None:
    """The longest part of a word that is a file, as letters that are not ASCII end it; else a name of none."""
    begins = [0, *(at for at in range(1, len(word)) if not word[at - 1].isascii())]
    ends = [match.end() for match in re.finditer(r"\.[A-Za-z0-9]{2,4}(?![A-Za-z0-9])", word)]
    for begin in begins:
        for end in reversed(ends):
            each = _one(word[begin:end], start + begin, start + end, folder) if begin < end else None
            if each and not each.missing:
                return each
    name = re.search(r"[\w./~+@-]+\.[A-Za-z0-9]{2,4}", word, re.ASCII)
    return _one(name[0], start + name.start(), start + name.end(), folder) if name else None


def _one(word: str, start: int, end: int, folder: Path) -> _Found | None:
    if re.match(r"https?://[^/\s]+(?:/\S*)?$", word, re.IGNORECASE):
        return _Found(start, end, url=word)
    if path := _file(word, folder):
        return _Found(start, end, path=path) if path.suffix.lower() in MEDIA or _looks_like_path(word) else None
    if Path(word).suffix.lower() in MEDIA and (word.startswith(("/", "~")) or not re.search(r"\s", word)):
        return _Found(start, end, missing=word)
    return None


def _looks_like_path(word: str) -> bool:
    return "/" in word or word.startswith("~")


def _file(word: str, folder: Path) -> Path | None:
    """The file that a word names, as a path or as a `file://` address."""
    if word.lower().startswith("file://"):
        parts = urlsplit(word)
        word = unquote(parts.path) if parts.netloc in {"", "localhost"} else ""
    if not word or "\0" in word or len(word) > 4096:
        return None
    try:
        path = (folder / Path(word).expanduser()).absolute()
        return path if path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None  # a name that no disk takes, or a `~user` that is nobody


def _names_media(url: str) -> bool:
    return Path(unquote(urlsplit(url).path)).suffix.lower() in MEDIA


# --- what is left ----------------------------------------------------------------------------------------------------


def _without(text: str, found: list[_Found]) -> str:
    for each in reversed(found):
        text = f"{text[: each.start]} {text[each.end :]}"
    return text


def _is_filler(text: str) -> bool:
    return not text.strip() or bool(_FILLER.fullmatch(text))


def _rest(text: str, files: list[_Found]) -> str:
    """The sentence with files by their names: a clip before it is what it is about, and needs no name."""
    for number, each in reversed(list(enumerate(files))):
        assert each.path is not None
        leads = not text[: each.start].strip() or (number == 0 and _is_filler(text[: each.start]))
        word = text[each.start : each.end]
        if leads and each.path.suffix.lower() in VIDEOS:
            word = ""
        elif "/" in word or "\\" in word:
            word = each.path.name
        text = f"{text[: each.start]}{word}{text[each.end :]}"
    if files:
        text = _BEFORE_THE_WISH.sub("", text, count=1)
    return text.strip(" \t\n,，:：;；")

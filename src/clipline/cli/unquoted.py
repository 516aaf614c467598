"""Files with blanks in their names that nobody put in quotes: `upload my holiday clip.mp4`, `上传 我的 假期.mp4`."""

from __future__ import annotations

import re
from pathlib import Path

from clipline.errors import InputError

__all__ = ["asks_for_upload", "check_names", "missing_file", "quoted"]

_UPLOAD = re.compile(
    r"\s*(?:(?:please|pls|kindly|can you|could you|now|then)\s+|请|帮我|麻烦你?)*"
    r"(?:(?:upload|import)\b|上传|导入)[\s:：]*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\S+")
_FILLER = re.compile(r"(?:and|the|my|this|also|file|files|和|与|及|文件|[,，;；、&]+)", re.IGNORECASE)
_NAME = re.compile(r"[^\s,，;；。]*[^\s,，;；。.]\.[A-Za-z]\w{1,4}[,，.。!！]?")
_NEXT = re.compile(r"[,，;；。.!！、]+$")


def asks_for_upload(text: str) -> bool:
    """Whether a sentence begins with the wish to hand something over."""
    return _UPLOAD.match(text) is not None


def quoted(text: str, folder: Path) -> str:
    """The sentence with quotes around each name of several words that is a file; other sentences as they are."""
    verb = _UPLOAD.match(text)
    if verb is None or re.search(r"[\"“'\\\n]", text):
        return text
    words = [(word.start(), word.end()) for word in _WORD.finditer(text, verb.end())]
    said, at, first = text[: verb.end()], verb.end(), 0
    while first < len(words):
        start, end, last = words[first][0], words[first][1], first
        for further in range(len(words) - 1, first, -1):
            name = _NEXT.sub("", text[start : words[further][1]])
            if _is_file(name, folder):
                end, last = start + len(name), further
                said, at = f'{said}{text[at:start]} "{name}"', end
                break
        first = last + 1
    return said + text[at:]


def check_names(text: str, folder: Path) -> None:
    """Make sure that what is left of a sentence is not only names of what cannot be handed over.

    Raises:
        InputError: it is; the first of them is named.
    """
    verb = _UPLOAD.match(text)
    words = [word for word in text[verb.end() if verb else 0 :].split() if not _FILLER.fullmatch(word)]
    if not words or not all(_is_file(word, folder) or (word.isascii() and _NAME.fullmatch(word)) for word in words):
        return
    name = _NEXT.sub("", words[0])
    if _is_file(name, folder):
        raise InputError(
            f"{name} is no video, image or sound, by its name",
            code="unsupported_file",
            hint="hand over videos, images and sounds; leave the others out",
        )
    raise missing_file(name)


def missing_file(name: str) -> InputError:
    """The error for a name that leads to nothing."""
    return InputError(f"there is no file {name}", hint="write its path, in quotes if it has blanks, or drop it here")


def _is_file(name: str, folder: Path) -> bool:
    try:
        return (folder / Path(name).expanduser()).is_file()
    except (OSError, RuntimeError, ValueError):
        return False

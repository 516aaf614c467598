"""Reads captions from SRT and WebVTT, with the line of whatever is wrong.

A cue becomes a `Title` on the timeline; `titles.Titles` draws only those that are seen.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clipline.artifacts import read_file
from clipline.errors import InputError, Place

__all__ = ["Cue", "parse_captions", "read_captions"]

_LARGEST = 10 * 1024 * 1024  # bytes; a film has some 100 KB of captions
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[,.](\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t]+.*)?")
_TAG = re.compile(r"</?[a-zA-Z0-9][^<>]*>|</?>|\{\\[^{}]*\}")
_VTT_BLOCKS = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: when it is seen, in seconds, and its text, lines broken by a newline, marks taken out."""

    start: float
    end: float
    text: str


def read_captions(path: Path) -> list[Cue]:
    """Read an `.srt` or `.vtt` file; which of them it is, its content says.

    Raises:
        InputError: there is no such file, or it holds no captions; with the line of the first thing that is wrong.
    """
    try:
        data = read_file(path, _LARGEST)
    except OSError as error:
        why = f"the captions {path} cannot be read: {error.strerror or error}"
        raise InputError(why, hint="give an .srt or .vtt file") from error
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path.name} is not UTF-8 text", hint="save the captions as UTF-8", place=Place(str(path), line)
        ) from error
    return parse_captions(text, str(path))


def parse_captions(text: str, name: str = "captions") -> list[Cue]:
    """The cues of an SRT or WebVTT text, sorted by their start; `name` stands in the errors.

    Raises:
        InputError: a line is wrong, with its number, or there is no cue.
    """
    blocks = list(_blocks(text.removeprefix("\ufeff")))
    vtt = bool(blocks) and re.match(r"WEBVTT(?:[ \t]|$)", blocks[0][1][0]) is not None
    cues = []
    for number, lines in blocks[1:] if vtt else blocks:
        if vtt and lines[0].startswith(_VTT_BLOCKS) and "-->" not in lines[0]:
            continue
        cue = _cue(number, lines, name)
        if cue is not None:
            cues.append(cue)
    if not cues:
        raise InputError(f"{name} holds no captions", hint="give an .srt or .vtt file", place=Place(name, 1))
    return sorted(cues, key=lambda cue: cue.start)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not empty, each with the number of its first line."""
    block: list[str] = []
    first = 0
    for number, line in enumerate([*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""], 1):
        if line.strip():
            first = first if block else number
            block.append(line.strip("\0"))
        elif block:
            yield first, block
            block = []


def _cue(first: int, lines: list[str], name: str) -> Cue | None:
    """One block as a cue; None where its text is empty."""
    at = 0 if "-->" in lines[0] else 1  # a number or a name may stand before the times
    if at >= len(lines) or "-->" not in lines[at]:
        wrong = at if at < len(lines) and lines[0].strip().isdigit() else 0
        said = lines[wrong].strip()[:40]
        raise _wrong(name, first + wrong, f"no times here, but {said!r}", "a cue is a line of times, then text")
    timing = _TIMING.fullmatch(lines[at].strip())
    if timing is None:
        raise _wrong(
            name, first + at, f"these are no times: {lines[at].strip()[:60]!r}", "write 00:00:01,000 --> 00:00:04,000"
        )
    start, end = _seconds(timing.groups()[:4]), _seconds(timing.groups()[4:])
    if start is None or end is None:
        raise _wrong(name, first + at, "minutes and seconds go up to 59", "write 00:01:05,000 for 65 seconds")
    if end <= start:
        raise _wrong(name, first + at, "the caption ends before it begins", "the first time is the earlier one")
    text = "\n".join(filter(None, (_plain(line) for line in lines[at + 1 :])))
    return Cue(start, end, text) if text else None


def _seconds(parts: tuple[str | None, ...]) -> float | None:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    if minutes > 59 or seconds > 59:
        return None
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _plain(line: str) -> str:
    """A line of text without marks like `<i>`, its entities written out."""
    return html.unescape(_TAG.sub("", line)).strip()


def _wrong(name: str, line: int, message: str, hint: str) -> InputError:
    return InputError(message, hint=hint, place=Place(name, line))

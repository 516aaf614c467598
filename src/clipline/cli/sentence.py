"""What a sentence asks for: a file to be handed over, the export, the credits, the state, or an edit."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clipline.cli.handed import Handed, handed_over
from clipline.cli.unquoted import asks_for_upload, check_names, missing_file, quoted
from clipline.errors import InputError, Refused

__all__ = ["Request", "request"]

#: Where an export goes: `export to final.mp4`, `导出为 final.mp4`.
_TARGET = re.compile(
    r"\s*(?:\b(?:to|as|into)\b|成|为|到)\s*[\"'“]?(?P<name>[^\s\"'”]+\.(?:mp4|mov|webm|mkv|gif))[\"'”]?", re.IGNORECASE
)
_QUALITY = re.compile(r"\b(low|medium|high|best)\b(?:est)? (?:quality|resolution)", re.IGNORECASE)

#: What stands between an edit and the request for its file.
_JOINT = re.compile(
    r"\s*[,，;；。]\s*(?:(?:and then|and|then)\b\s*|然后再?|并且?|再|最后|接着)?"
    r"|\s+(?:and then|and|then)\s+|\s*(?:然后再?|并且?|最后|接着)\s*",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"[\"“”「」『』]")
#: A text to be shown, without quotes: nobody knows where it ends.
_IS_TOLD = re.compile(
    r"(?:\b(?:titles?|captions?|text|says?|saying|subtitles?|reading|words)\b|标题|字幕|文字|写着|写上)[^\"“”「」]*$",
    re.IGNORECASE,
)

_NOTHING = Handed()
#: Seconds in which whatever a sentence counts has room.
_LONG = 86_400.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a sentence asks for: `place` is export, credits, status, upload or message, `text` the words of a message.

    `handed` are the files to hand over before; those of `material` are only used in the edit. `options` are those of
    the export, which may follow a message too; None where there is none.
    """

    place: str
    text: str = ""
    handed: Handed = _NOTHING
    material: frozenset[Path] = frozenset()
    options: Mapping[str, Any] | None = None


def request(text: str, folder: Path) -> Request:
    """Where a sentence in English or Chinese goes; paths in it are relative to `folder`.

    Raises:
        InputError: it asks for an upload and names no file that is there, or it is empty.
    """
    from clipline.nemo.router import route

    if not text.strip():
        raise InputError("nothing was said")
    if target := _TARGET.search(text):
        bare = text[: target.start()] + text[target.end() :]
        if route(bare) == "export":
            return Request("export", options={**_wishes(bare), **_target(target["name"], folder)})
    handed = handed_over(quoted(text, folder), folder)
    _check_handed(text, handed, folder)
    words, then = _with_export(handed.text, folder)
    handed = replace(handed, text=words)
    for file in handed.files:
        words = words.replace(file.name, " ")  # a name may hold any word: export.mp4
    place = route(words) if words.strip() else "upload"
    if place == "upload" and not handed:
        raise _nothing_to_upload(handed)
    if place == "export":
        leading = tuple(file for file in handed.files if file.name not in handed.text)
        return Request(place, handed=replace(handed, files=leading, urls=()), options=_wishes(handed.text))
    return Request(place, handed.text, handed, _material(handed), then if place in {"message", "upload"} else None)


def _check_handed(text: str, handed: Handed, folder: Path) -> None:
    """Make sure that nothing of an upload is missing, and that no name is taken for an edit.

    Raises:
        InputError: a name leads to no file, or to one that is no media.
    """
    if handed.missing and asks_for_upload(text) and (not handed.text or asks_for_upload(handed.text)):
        raise missing_file(handed.missing[0])
    check_names(handed.text, folder)


def _with_export(text: str, folder: Path) -> tuple[str, Mapping[str, Any] | None]:
    """A sentence without the request for the file at its end, where that is a clause of its own; and its options."""
    from clipline.nemo.router import route

    for joint in reversed(list(_JOINT.finditer(text))):
        head, tail = text[: joint.start()], text[joint.end() :]
        if len(_QUOTE.findall(head)) % 2 or _IS_TOLD.search(head):
            continue
        target = _TARGET.search(tail)
        bare = tail[: target.start()] + tail[target.end() :] if target else tail
        if route(bare) != "export":
            continue
        if head.strip() and route(head) not in {"message", "upload"}:
            break
        return head.strip(), {**_wishes(bare), **(_target(target["name"], folder) if target else {})}
    return text, None


def _nothing_to_upload(handed: Handed) -> InputError:
    if handed.missing:
        return missing_file(handed.missing[0])
    return InputError("no file to upload is named", hint="write: upload FILE, or drop a file here")


def _material(handed: Handed) -> frozenset[Path]:
    """The files that the sentence uses as backgrounds or music, or joins, so that they are not what it is about."""
    from clipline.studio.instructions import interpret
    from clipline.timeline import files_of

    if not handed.files or not handed.text:
        return frozenset()
    try:
        materials = list(map(str, handed.files))
        # How long the clips are is not asked here; any length does.
        understood = interpret(handed.text, materials=materials, default_duration=_LONG, length_of=lambda _path: _LONG)
    except Refused:
        return frozenset()
    used = {name for operation in understood.operations for name in files_of(operation)}
    return frozenset(file for file in handed.files if str(file) in used)


def _target(name: str, folder: Path) -> dict[str, Any]:
    path = folder / os.path.expanduser(name)  # noqa: PTH111 - a `~user` that is nobody stays as it is
    # The name is one that was typed, no template.
    return {"to": path.name.replace("{", "{{").replace("}", "}}"), "out": path.parent}


def _wishes(text: str) -> dict[str, Any]:
    """What an export is asked to be like, as far as the words are understood."""
    from clipline.studio.instructions import interpret

    found: dict[str, Any] = {}
    if quality := _QUALITY.search(text):
        found["quality"] = quality[1].lower()
    try:
        wish = interpret(text, default_duration=_LONG).export
    except Refused:
        return found
    if wish.format:
        found["format"] = wish.format
    if wish.size:
        found["size"] = str(wish.size)
    elif wish.max_size:
        found["max_size"] = str(wish.max_size)
    elif wish.lines:
        found["max_size"] = f"{round(wish.lines * 8 / 9) * 2}x{wish.lines}"
    return found

"""Opens a timeline file of any of the formats: looks first whether it is one, with limits on what it may hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from clipline.errors import InputError, MachineError, Place
from clipline_otio import edl, fcp7
from clipline_otio.library import BROKEN, otio, parse
from clipline_otio.reading import Reading, understand

__all__ = ["LARGEST", "line_of", "open_timeline"]

#: Bytes of a timeline file, and how deep its parts may be nested.
LARGEST = 32 * 1024 * 1024
_DEEPEST = 200
_FORMS = {".otio": "otio", ".edl": "edl", ".xml": "fcp7"}
_HINT = "give an .otio, an .edl or a Final Cut Pro 7 .xml"


def open_timeline(file: Path, rate: float | None) -> tuple[Reading, str]:
    """Read a timeline file; also its text. `rate` is that of the timecodes of an EDL, which does not say it.

    Raises:
        InputError: it is none of these formats, damaged, too large, or its rate is needed and not given.
        MachineError: it cannot be read.
    """
    form = _FORMS.get(file.suffix.lower())
    if form is None:
        raise InputError(f"{file.name} is no timeline file by its name", code="timeline_format", hint=_HINT)
    text = _text(file)
    if form == "edl" and rate is None:
        raise InputError(
            f"{file.name}: an EDL does not say how many frames a second it counts",
            code="edl_rate",
            hint="give it as `rate`, like 25 or 29.97",
        )
    read = _one(file, _parsed(file, text, form, rate))
    try:
        return understand(read, tape=form == "edl", fps=rate if form == "edl" else None), text
    except InputError as error:
        raise _wrong(file, error.message, hint=error.hint) from error
    except (otio().exceptions.OTIOError, *BROKEN) as error:
        raise _wrong(file, _said(error)) from error


def line_of(text: str, wanted: str) -> int:
    """The line on which a text first stands in a file, as JSON or XML would write it too; 0 where it is not found."""
    for form in (json.dumps(wanted)[1:-1], json.dumps(wanted, ensure_ascii=False)[1:-1], wanted, _escaped(wanted)):
        if form and (at := text.find(form)) >= 0:
            return text.count("\n", 0, at) + 1
    return 0


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(file: Path) -> str:
    try:
        if not file.is_file():
            what = "is a folder" if file.is_dir() else "does not exist"
            raise InputError(f"{file} {what}", code="no_timeline_file", hint=_HINT)
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise MachineError(f"cannot read {file}: {(error.strerror or '').lower()}") from error
    if len(data) > LARGEST:
        raise InputError(f"{file.name} is larger than {LARGEST // 1024**2} MiB", code="too_large")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _wrong(file, "it is not UTF-8 text", Place(str(file), line)) from error


def _parsed(file: Path, text: str, form: str, rate: float | None) -> Any:
    """What an adapter makes of a text that was looked at before."""
    if form == "fcp7":
        _check_xml(file, text)
    elif form == "otio":
        _check_json(file, text)
    try:
        if form == "edl":
            return edl.read(text, rate or 0.0)
        return fcp7.read(text) if form == "fcp7" else parse(text, form)
    except (otio().exceptions.OTIOError, RecursionError, *BROKEN) as error:
        raise _wrong(file, _said(error)) from error


def _said(error: Exception) -> str:
    """What an adapter says of a file, in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _one(file: Path, read: Any) -> Any:
    """The one timeline of a file."""
    schema = otio().schema
    if isinstance(read, schema.Timeline) and read.tracks is not None:
        return read
    if isinstance(read, schema.SerializableCollection):
        names = [f"{each.name!r}" for each in read if isinstance(each, schema.Timeline)]
        if len(names) == 1:
            return next(each for each in read if isinstance(each, schema.Timeline))
        raise _wrong(file, f"it holds {len(names)} timelines: {', '.join(names)[:200]}", hint="save one of them alone")
    raise _wrong(file, f"it holds no timeline, but {type(read).__name__}")


# --- before an adapter sees it ---------------------------------------------------------------------------------------


def _check_json(file: Path, text: str) -> None:
    """JSON that is whole, with numbers that are some, and not nested beyond reason."""
    _check_depth(file, text)
    try:
        value = json.loads(text, parse_constant=_refuse_number)
    except json.JSONDecodeError as error:
        raise _wrong(
            file, f"{error.msg[0].lower()}{error.msg[1:]}", Place(str(file), error.lineno, error.colno)
        ) from error
    except ValueError as error:
        raise _wrong(file, str(error)) from error
    if not isinstance(value, dict) or "OTIO_SCHEMA" not in value:
        raise _wrong(file, "there is no OTIO_SCHEMA at its top")


def _check_depth(file: Path, text: str) -> None:
    """Look for brackets outside of strings, before a parser that calls itself does."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', text, re.DOTALL):
        found = match[0][0]
        depth += (found in "[{") - (found in "]}")
        if depth > _DEEPEST:
            raise _too_deep(file, text.count("\n", 0, match.start()) + 1)


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check_xml(file: Path, text: str) -> None:
    """XML that is whole, defines no entities, and is not nested beyond reason."""
    parser = expat.ParserCreate()
    depth = 0

    def begin(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise _too_deep(file, parser.CurrentLineNumber)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_: object) -> None:
        place = Place(str(file), parser.CurrentLineNumber)
        raise _wrong(file, "it defines entities, which no editing program writes", place)

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = begin, end, entity
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise _wrong(file, expat.ErrorString(error.code), Place(str(file), error.lineno, error.offset + 1)) from error


def _too_deep(file: Path, line: int) -> InputError:
    return _wrong(file, f"its parts are nested more than {_DEEPEST} deep", Place(str(file), line))


def _wrong(file: Path, why: str, place: Place | None = None, hint: str = _HINT) -> InputError:
    return InputError(f"{file.name} cannot be read: {why}", code="timeline", place=place or Place(str(file)), hint=hint)

"""How the files that runs make are named.

Names come from a template (`{name}-{date}.{ext}`), stay inside the output folder, and are valid on every file system.
"""

from __future__ import annotations

import os
import re
import secrets
import string
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from clipline.errors import InputError

__all__ = [
    "LONGEST_NAME",
    "NAME_FIELDS",
    "check_replaceable",
    "fill_template",
    "keep_sources",
    "name_facts",
    "numbered",
    "real_path",
    "resolve_target",
    "sidecar_of",
    "temporary_beside",
]

#: What may stand in the braces of a name template.
NAME_FIELDS: Mapping[str, str] = {
    "name": "the source's name without its extension",
    "run": "the run's id",
    "date": "the day the run started, like 2026-03-01",
    "time": "the time the run started, like 143005",
    "index": "the item's place in its loop, from 1; 1 outside of one",
    "ext": "the format's extension, like mp4",
}

#: The longest name of one file, in bytes of UTF-8, that every common file system takes.
LONGEST_NAME = 255
#: Room kept for what is added to a name: a number, `.json` of a sidecar, the marks of a temporary file.
_ROOM = 40

#: What some system refuses in a name (Windows the signs, macOS what is no character, all the slash), what ends a line,
#: and what turns the direction of writing around, so that a name looks like another one.
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\\\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef'
    + "".join(map(chr, (last for plane in range(17) for last in (plane << 16 | 0xFFFE, plane << 16 | 0xFFFF))))
    + "]"
)
#: Devices of Windows, whatever the ending behind them; it takes the raised digits for digits.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"}
)


def resolve_target(out: Path, to: str, facts: Mapping[str, str]) -> Path:
    """Where a file goes: the template `to` filled with `facts`, inside the folder `out`.

    Args:
        out: the output folder, absolute; it need not exist yet.
        to: a name, perhaps in folders below `out` (with `/`), with fields of `NAME_FIELDS` in braces.
        facts: the fields' values; whatever a file system would not take in them becomes `_`.

    Raises:
        InputError: the name leaves `out`, cannot exist on some system, or has an unknown field.
    """
    name = fill_template(to, facts)
    path = PurePosixPath(name)
    if path.is_absolute() or re.match(r"[A-Za-z]:", name):
        raise _bad_name(name, "it is absolute", "the output folder is chosen with --out; `to` is a name inside it")
    if name.endswith("/") or not path.parts:
        raise _bad_name(name, "it names no file", "write a name like '{name}-edited.{ext}'")
    for part in path.parts:
        _check_part(name, part)
    root = real_path(out)
    target = root.joinpath(*path.parts)
    # A folder on the way may be a link that leads elsewhere.
    if not real_path(target.parent).is_relative_to(root):
        raise _bad_name(name, f"a link on the way leads out of {out}", "write to a folder inside the output folder")
    return target


def real_path(path: Path) -> Path:
    """A path with its links followed, as far as they lead somewhere; `Path.resolve` fails at a link to itself."""
    return Path(os.path.realpath(path))


def name_facts(run: Mapping[str, Any], path: str, name: str) -> dict[str, str]:
    """The fields of a name template, but for the ending; `name` is what stands for `{name}`."""
    started = str(run.get("started", ""))
    day, _, moment = started.partition("T")
    places = [str(int(number) + 1) for number in re.findall(r"\[(\d+)\]", path)]
    return {
        "name": name,
        "run": str(run.get("id", "")),
        "date": day,
        "time": re.sub(r"\D", "", moment)[:6],
        "index": "-".join(places) or "1",
    }


def keep_sources(target: Path, sources: Iterable[Path]) -> None:
    """Make sure that no file is written over one that it is made from.

    Raises:
        InputError: it would be, under whatever name.
    """
    for source in sources:
        if target == source or (target.exists() and source.exists() and target.samefile(source)):
            raise InputError(
                f"{target.name} would be written over the file that it is made from",
                code="over_source",
                hint="give another name, or another output folder with --out",
            )


def fill_template(template: str, facts: Mapping[str, str]) -> str:
    """Put `facts` in the place of the fields; `{{` and `}}` are braces themselves.

    Raises:
        InputError: a field is not known, has no value here, or the braces do not match.
    """
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError:
        raise _bad_template(template, "its braces do not match") from None
    filled = []
    for text, field, form, conversion in pieces:
        filled.append(text)
        if field is None:
            continue
        if form or conversion:
            raise _bad_template(template, f"the field {{{field}}} takes no format")
        if field not in NAME_FIELDS:
            near = get_close_matches(field, NAME_FIELDS, 1)
            meant = f"; did you mean {{{near[0]}}}?" if near else ""
            raise _bad_template(template, f"unknown field {{{field}}}{meant}")
        if field not in facts:
            raise _bad_template(template, f"the field {{{field}}} has no value here")
        filled.append(_safe(facts[field]))
    return "".join(filled)


def _safe(value: str) -> str:
    """A fact as part of one name: no separators, nothing that some system refuses."""
    return _UNSAFE.sub("_", value).replace("/", "_")


def _check_part(name: str, part: str) -> None:
    if part == "..":
        raise _bad_name(name, "'..' would leave the output folder", "the output folder is chosen with --out")
    if found := _UNSAFE.search(part):
        raise _bad_name(name, f"{found[0]!r} cannot stand in a file name everywhere", "leave it out, or use {name}")
    if part.endswith((".", " ")) or part.startswith(" "):
        raise _bad_name(name, f"{part!r} begins or ends with a blank or ends with a dot", "leave that away")
    if part.split(".", maxsplit=1)[0].rstrip().lower() in _RESERVED:
        raise _bad_name(name, f"{part!r} is a device on Windows", "choose another name")
    length = len(part.encode())
    if length > LONGEST_NAME - _ROOM:
        raise _bad_name(name, f"a part of it has {length} bytes", f"keep each part below {LONGEST_NAME - _ROOM} bytes")


def _bad_name(name: str, why: str, hint: str) -> InputError:
    return InputError(f"not a file name to write to: {name[:80]!r}: {why}", code="unsafe_name", hint=hint)


def _bad_template(template: str, why: str) -> InputError:
    known = ", ".join(f"{{{field}}}" for field in NAME_FIELDS)
    hint = f"known fields: {known}; write {{{{ and }}}} for braces"
    return InputError(f"not a name template: {template[:80]!r}: {why}", code="name_template", hint=hint)


def numbered(target: Path) -> Iterator[Path]:
    """`target`, then `NAME-2.EXT`, `NAME-3.EXT` and so on, without end."""
    yield target
    for number in count(2):
        yield target.with_name(f"{target.stem}-{number}{target.suffix}")


def sidecar_of(target: Path) -> Path:
    """Where the facts about `target` stand: `TARGET.json`, beside it."""
    return target.with_name(target.name + ".json")


def temporary_beside(target: Path) -> Path:
    """A new hidden name in `target`'s folder, with its extension: `.NAME.RANDOM.part.EXT`."""
    return target.with_name(f".{target.stem}.{secrets.token_hex(8)}.part{target.suffix}")


#: What a folder of exported frames holds.
_FRAME = re.compile(r"frame-\d{5,}\.png")


def check_replaceable(place: Path, *, by_folder: bool) -> None:
    """Make sure that overwriting `place` takes nothing of the person's own with it.

    A file replaces a file; a folder of frames replaces only a folder with nothing but frames in it.

    Raises:
        InputError: it would.
    """
    if not os.path.lexists(place):
        return
    if not place.is_dir():
        if by_folder:
            raise InputError(f"{place} is a file", code="is_file", hint="PNG frames make a folder; give another name")
        return
    if not by_folder:
        raise InputError(f"{place} is a folder", code="is_folder", hint="give the name of a file")
    if not all(_FRAME.fullmatch(each.name) for each in place.iterdir()):
        raise InputError(
            f"{place} is a folder with other files in it than frames",
            code="is_folder",
            hint="nothing in it is deleted; give another name",
        )

"""What every backend's export does alike: which container is meant, where the file goes, the facts beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

from clipline.artifacts import check_replaceable, check_writable, keep_sources, resolve_target, sidecar_of
from clipline.errors import InputError, Refused
from clipline.stage import StageCall
from clipline.studio.writing.formats import ENDINGS, FormatName, format_of
from clipline.values import JsonObject

__all__ = [
    "DEFAULT_NAME",
    "check_own_place",
    "check_place",
    "sidecar_facts",
    "target_of",
    "told_name",
    "wanted_format",
]

DEFAULT_NAME = "{name}-edited.{ext}"
#: Endings by which a person means a container; one that cannot be written is refused, not taken for part of a name.
_CONTAINERS = frozenset(
    {*ENDINGS, ".avi", ".wmv", ".flv", ".m4v", ".mpg", ".mpeg", ".ts", ".3gp", ".ogv", ".apng"}
    | {".heic", ".avif", ".tif", ".tiff", ".bmp"}
)
_DISTRIBUTIONS = ("clipline", "clipline-models", "av", "numpy", "opencv-python-headless", "onnxruntime", "pillow")


def wanted_format(options: JsonObject, wished: str | None = None) -> FormatName | None:
    """The container: what the options say, or the name's ending, else what was `wished` for; None where nothing does.

    Raises:
        InputError: the name and the format contradict each other.
        Refused: the name ends in a container that is not made.
    """
    named = options.get("format")
    ending = PurePosixPath(str(options.get("to", ""))).suffix.lower()
    if ending not in _CONTAINERS:
        asked = named or wished
        return format_of(asked).name if asked else None
    if ending not in ENDINGS:
        raise Refused(
            f"files that end in {ending} are not made here",
            code="format",
            hint=f"one of {', '.join(ENDINGS)}; write {{ext}} to have the right ending by itself",
        )
    if named and ENDINGS[ending] != named:
        raise InputError(
            f"the name ends in {ending}, but the format is {named}",
            code="format_twice",
            hint="write {ext} for the ending, or drop one of both",
        )
    return ENDINGS[ending]


def target_of(
    out: Path, options: JsonObject, format_: FormatName, facts: Mapping[str, str], sources: Iterable[Path]
) -> Path:
    """Where the file goes; a name without a container's ending gets the right one.

    Raises:
        InputError: the name is not one to write to, or it is that of a file that the edit is made from.
    """
    extension = format_of(format_).suffix[1:] or "frames"
    to = str(options.get("to", DEFAULT_NAME))
    target = resolve_target(out, to, {**facts, "ext": extension})
    if format_ != "frames" and ENDINGS.get(target.suffix.lower()) != format_:
        target = resolve_target(out, f"{to}.{extension}", {**facts, "ext": extension})
    keep_sources(target, sources)
    return target


def check_place(target: Path, format_: FormatName, options: JsonObject) -> None:
    """Make sure, before the work, that the file can be put into its place. Whoever delivers it asks again.

    Raises:
        InputError: the name is taken, by a file that is to stay or by a folder.
        MachineError: nothing can be written there.
    """
    collision, sidecar = options.get("collision", "fail"), bool(options.get("sidecar", True))
    for path in (target, sidecar_of(target)) if sidecar else (target,):
        if collision != "number":
            check_replaceable(path, by_folder=path == target and format_ == "frames")
        if collision == "fail" and os.path.lexists(path):
            raise InputError(
                f"{path} exists already",
                code="exists",
                hint="give another name, or write `collision: number` or `collision: overwrite`",
            )
    check_writable(target.parent)


def check_own_place(call: StageCall, target: Path, format_: FormatName, options: JsonObject) -> None:
    """As `check_place`; a file that this very stage delivered before, when it came to its end, is to be replaced."""
    if call.effects.earlier(f"deliver:{target}") is None:
        check_place(target, format_, options)


def told_name(target: Path, options: JsonObject) -> str:
    """What a file will be called, for a person: fields that they wrote stand as they did, others in words."""
    return "a file named after the clip" if "{" in target.name and not options.get("to") else target.name


def sidecar_facts(
    call: StageCall, *, backend: str, sources: Sequence[Mapping[str, Any]], **facts: Any
) -> dict[str, Any]:
    """The facts about a file that a run made; who delivers it adds its name, size and hash.

    Args:
        call: the export.
        backend: who made it.
        sources: what it was made from, each with `name`, `path`, `sha256` and `bytes` as far as they are known.
        facts: what else is known: `instructions`, `operations`, `timeline`, `spec`, `media`, `findings`.
    """
    return {
        "clipline_sidecar": 1,
        "made": datetime.fromtimestamp(call.clock.now(), UTC).isoformat(timespec="seconds"),
        "run": {name: call.run.get(name) for name in ("id", "name")},
        "backend": backend,
        "sources": [dict(source) for source in sources],
        **facts,
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

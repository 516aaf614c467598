"""What file an export makes: its container, its settings and its name. Pure, so that a plan can say it beforehand."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from clipline.artifacts import check_replaceable, check_writable, resolve_target, sidecar_of
from clipline.backends.local.state import LocalState
from clipline.errors import InputError, Refused
from clipline.stage import Finding
from clipline.studio.compose import result_size
from clipline.studio.formats import FORMATS, FormatName, carries_alpha, format_of
from clipline.studio.instructions.understanding import ExportWish
from clipline.studio.picture import ColorSpace
from clipline.studio.plan import RenderSpec, rate_of, shape_of
from clipline.timeline import Background, Crop, Isolate, Operation, Pad, Resize, Transparent
from clipline.values import JsonObject, Size, parse_size

__all__ = ["DEFAULT_NAME", "Wanted", "check_place", "name_facts", "target_of", "wanted_file"]

DEFAULT_NAME = "{name}-edited.{ext}"
#: Endings by which a person means a container; one that cannot be written is refused, not taken for part of a name.
_CONTAINERS = frozenset(
    {f".{name}" for name in FORMATS}
    | {".avi", ".wmv", ".flv", ".m4v", ".mpg", ".mpeg", ".ts", ".3gp", ".ogv", ".jpg", ".jpeg", ".webp", ".apng"}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export makes: how it is rendered, and what a person should know of that beforehand."""

    spec: RenderSpec
    findings: tuple[Finding, ...] = ()


def wanted_file(state: LocalState, options: JsonObject) -> Wanted:
    """The container and the settings: what the options say, else what an instruction asked for, else an MP4.

    Raises:
        InputError: options contradict each other.
        Refused: the container cannot hold what the edit makes.
    """
    if options.get("size") and options.get("max_size"):
        raise InputError("an export has a size or a max_size, not both", code="size_twice")
    format_ = _format(options, state.wish)
    findings = [*_overruled_format(state.wish, format_), *_transparency(state.operations, format_)]
    size = parse_size(options["size"]) if options.get("size") else None
    box = parse_size(options["max_size"]) if options.get("max_size") else None
    preview = bool(options.get("preview", False))
    wished = _wished_size(state, format_, bounded=box is not None)
    if wished and size and size != wished:
        findings.append(Finding("WARN", f"the instruction asked for {wished}; the export says {size}, and has it"))
    elif wished and not size and not preview:
        size, box = (wished.fit_within(box) if box else wished), None
    spec = RenderSpec(
        format=format_,
        quality=options.get("quality", "high"),
        size=size,
        max_size=box,
        fps=float(options["fps"]) if options.get("fps") else None,
        preview=preview,
        strict=state.strict,
    )
    return Wanted(spec, (*findings, *_foretold(state, spec)))


def _foretold(state: LocalState, spec: RenderSpec) -> Sequence[Finding]:
    """What the render will say of the size and the rate, where the clip is known."""
    clip = state.timeline
    if clip is None or not clip.width:
        return ()
    shape = shape_of(state.operations, Size(clip.width, clip.height), ColorSpace(), spec)
    return (*shape.findings, *rate_of(spec, clip.fps)[1])


def _overruled_format(wish: JsonObject, format_: FormatName) -> list[Finding]:
    asked = wish.get("format")
    if not asked or asked == format_:
        return []
    return [Finding("WARN", f"the instruction asked for {asked}; the export says {format_}, and has it")]


def _format(options: JsonObject, wish: JsonObject) -> FormatName:
    named = options.get("format")
    ending = PurePosixPath(str(options.get("to", ""))).suffix.lower()
    if ending not in _CONTAINERS:
        return format_of(named or wish.get("format") or "mp4").name
    if ending[1:] not in FORMATS:
        raise Refused(
            f"files that end in {ending} are not made here",
            code="format",
            hint=f"one of {', '.join(FORMATS)}; write {{ext}} to have the right ending by itself",
        )
    if named and ending != f".{named}":
        raise InputError(
            f"the name ends in {ending}, but the format is {named}",
            code="format_twice",
            hint="write {ext} for the ending, or drop one of both",
        )
    return format_of(ending[1:]).name


def _transparency(operations: Sequence[Operation], format_: FormatName) -> list[Finding]:
    if carries_alpha(format_):
        return []
    if any(isinstance(item, Background) and isinstance(item.fill, Transparent) for item in operations):
        able = ", ".join(name for name in FORMATS if carries_alpha(name))
        raise Refused(
            f"{format_} carries no transparency, and the background is to be transparent",
            code="no_alpha",
            hint=f"export as one of {able}, or name a colour for the background",
        )
    if any(isinstance(item, Isolate) and isinstance(item.fill, Transparent) for item in operations):
        return [Finding("INFO", f"{format_} carries no transparency, so all but the people is black")]
    return []


def _wished_size(state: LocalState, format_: FormatName, *, bounded: bool) -> Size | None:
    """The size that an instruction asked for, of the picture as the edit leaves it; `bounded` if a box is given too."""
    size, box, lines = (state.wish.get(name) for name in ("size", "max_size", "lines"))
    asked = ExportWish(size=parse_size(size) if size else None, max_size=parse_size(box) if box else None, lines=lines)
    if not asked or state.timeline is None or not state.timeline.width:
        return None
    whole = Size(state.timeline.width, state.timeline.height)
    edited = result_size(state.operations, whole, ColorSpace(), format_of(format_), exact=None, box=None)
    shaped = bounded or any(isinstance(item, (Crop, Pad, Resize)) for item in state.operations)
    return asked.size_for(edited.size, shaped=shaped)


# --- the name --------------------------------------------------------------------------------------------------------


def target_of(out: Path, options: JsonObject, format_: FormatName, facts: Mapping[str, str], state: LocalState) -> Path:
    """Where the file goes; a name without a container's ending gets the right one.

    Raises:
        InputError: the name is not one to write to, or it is that of a file that the edit is made from.
    """
    extension = format_of(format_).suffix[1:] or "frames"  # PNG makes a folder of frames
    to = str(options.get("to", DEFAULT_NAME))
    target = resolve_target(out, to, {**facts, "ext": extension})
    if format_ != "png" and target.suffix.lower() != f".{extension}":
        target = resolve_target(out, f"{to}.{extension}", {**facts, "ext": extension})
    for source in state.sources:
        if target == source.path or (target.exists() and source.path.exists() and target.samefile(source.path)):
            raise InputError(
                f"{target.name} would be written over the file that it is made from",
                code="over_source",
                hint="give another name, or another output folder with --out",
            )
    return target


def check_place(target: Path, format_: FormatName, options: JsonObject) -> None:
    """Make sure, before the work, that the file can be put into its place. Whoever delivers it asks again.

    Raises:
        InputError: the name is taken, by a file that is to stay or by a folder.
        MachineError: nothing can be written there.
    """
    collision, sidecar = options.get("collision", "fail"), bool(options.get("sidecar", True))
    for path in (target, sidecar_of(target)) if sidecar else (target,):
        if collision == "fail" and os.path.lexists(path):
            raise InputError(
                f"{path} exists already",
                code="exists",
                hint="give another name, or write `collision: number` or `collision: overwrite`",
            )
        if collision == "overwrite":
            check_replaceable(path, by_folder=path == target and format_ == "png")
    check_writable(target.parent)


def name_facts(run: JsonObject, path: str, clip: Path) -> dict[str, str]:
    """The fields of a name template, but for the ending."""
    started = str(run.get("started", ""))
    day, _, moment = started.partition("T")
    places = [str(int(number) + 1) for number in re.findall(r"\[(\d+)\]", path)]
    return {
        "name": clip.stem,
        "run": str(run.get("id", "")),
        "date": day,
        "time": re.sub(r"\D", "", moment)[:6],
        "index": "-".join(places) or "1",
    }

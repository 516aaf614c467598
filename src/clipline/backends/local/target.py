"""What file an export makes: its container and its settings. Pure, so that a plan can say it beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipline.backends.local.state import LocalState
from clipline.backends.targets import wanted_format
from clipline.errors import InputError, Refused
from clipline.stage import Finding
from clipline.studio.instructions.understanding import ExportWish
from clipline.studio.pictures.picture import ColorSpace
from clipline.studio.rendering.compose import result_size
from clipline.studio.rendering.plan import RenderSpec, rate_of, shape_of
from clipline.studio.writing.formats import FORMATS, FormatName, carries_alpha, format_of
from clipline.timeline import Background, Crop, Isolate, Operation, Pad, Resize, Transparent
from clipline.values import JsonObject, Size, parse_size

__all__ = ["Wanted", "wanted_file"]


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
    format_ = wanted_format(options, state.wish.get("format"))
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
    shape = shape_of(state.shaping, Size(clip.width, clip.height), ColorSpace(), spec)
    return (*shape.findings, *rate_of(spec, clip.fps)[1])


def _overruled_format(wish: JsonObject, format_: FormatName) -> list[Finding]:
    asked = wish.get("format")
    if not asked or asked == format_:
        return []
    return [Finding("WARN", f"the instruction asked for {asked}; the export says {format_}, and has it")]


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
        return [Finding("INFO", f"{format_} carries no transparency, so all around them is black")]
    return []


def _wished_size(state: LocalState, format_: FormatName, *, bounded: bool) -> Size | None:
    """The size that an instruction asked for, of the picture as the edit leaves it; `bounded` if a box is given too."""
    size, box, lines = (state.wish.get(name) for name in ("size", "max_size", "lines"))
    asked = ExportWish(size=parse_size(size) if size else None, max_size=parse_size(box) if box else None, lines=lines)
    if not asked or state.timeline is None or not state.timeline.width:
        return None
    whole = Size(state.timeline.width, state.timeline.height)
    edited = result_size(state.shaping, whole, ColorSpace(), format_of(format_), exact=None, box=None)
    shaped = bounded or any(isinstance(item, (Crop, Pad, Resize)) for item in state.shaping)
    return asked.size_for(edited.size, shaped=shaped)

"""What file an export makes: its container and its settings. Pure, so that a plan can say it beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clipline.backends.local.state import LocalState
from clipline.backends.targets import wanted_format
from clipline.errors import InputError, Refused
from clipline.stage import Finding
from clipline.studio.instructions.understanding import ExportWish
from clipline.studio.pictures.picture import ColorSpace
from clipline.studio.reading.media import probe
from clipline.studio.reading.stills import LARGEST
from clipline.studio.rendering.compose import result_size
from clipline.studio.rendering.plan import RenderSpec, rate_of, shape_of
from clipline.studio.writing.formats import FormatName, able_of_alpha, carries_alpha, format_of
from clipline.timeline import Background, Crop, Isolate, Operation, Pad, Resize, Transparent
from clipline.values import JsonObject, Size, parse_size

__all__ = ["Wanted", "wanted_file"]

_VIDEOS = frozenset({"mp4", "mov", "webm", "mkv"})
#: What a photo becomes by what it is, where nobody says; those of others are JPEGs.
_PHOTOS: Mapping[str, FormatName] = {
    "jpeg": "jpg",
    "webp": "webp",
    **dict.fromkeys(("png", "apng", "gif", "bmp", "tiff"), "png"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export makes: how it is rendered, and what a person should know of that beforehand."""

    spec: RenderSpec
    findings: tuple[Finding, ...] = ()


def wanted_file(state: LocalState, options: JsonObject) -> Wanted:
    """The container and the settings: what the options say, else what an instruction asked for, else what is usual.

    That is an MP4, or of a photo that stays one a photo of its kind.

    Raises:
        InputError: options contradict each other.
        Refused: the container cannot hold what the edit makes.
    """
    if options.get("size") and options.get("max_size"):
        raise InputError("an export has a size or a max_size, not both", code="size_twice")
    format_ = _format(state, options)
    findings = [*_overruled_format(state.wish, format_), *_transparency(state.operations, format_)]
    size = parse_size(options["size"]) if options.get("size") else None
    box = parse_size(options["max_size"]) if options.get("max_size") else None
    preview = bool(options.get("preview", False))
    wished = _wished_size(state, format_, bounded=box is not None)
    if wished and size and size != wished:
        findings.append(Finding("WARN", f"the instruction asked for {wished}; the export says {size}, and has it"))
    elif wished and not size and not preview:
        size, box = (wished.fit_within(box) if box else wished), None
    most, said = _of_photo(state, format_, free=size is None and box is None)
    findings += said
    spec = RenderSpec(
        format=format_,
        quality=options.get("quality", "high"),
        size=size,
        max_size=box or most,
        fps=float(options["fps"]) if options.get("fps") else None,
        preview=preview,
        strict=state.strict,
    )
    return Wanted(spec, (*findings, *_foretold(state, spec)))


def _format(state: LocalState, options: JsonObject) -> FormatName:
    """The container; what is called png is a folder of frames where the result lasts, and else one picture.

    Raises:
        Refused: one picture is asked for, of what lasts.
    """
    named, clip, lasts = wanted_format(options, state.wish.get("format")), state.clip, state.lasting
    if named is None:
        return "mp4" if clip is None or lasts else _usual_photo(state, clip.path)
    if not format_of(named).picture or clip is None:
        return "frames" if named == "png" else named
    if named == "png" and (options.get("fps") or clip.kind != "image"):
        return "frames"
    if lasts or options.get("fps"):
        why = lasts or "a picture has no frames a second"
        raise Refused(
            f"a {named} is one picture, and {why}",
            code="one_picture",
            hint="name a video, like a .mp4" + ("" if clip.kind == "image" else "; png makes a folder of frames"),
        )
    return named


def _usual_photo(state: LocalState, path: Path) -> FormatName:
    """As the photo itself; else what loses nothing where it lost nothing, or is partly transparent."""
    info = probe(path)
    own = _PHOTOS.get(info.container, "jpg")
    fills = [each.fill for each in state.operations if isinstance(each, Background | Isolate)]
    clear = info.has_alpha or any(isinstance(fill, Transparent) for fill in fills)
    return "png" if clear and not carries_alpha(own) else own


def _of_photo(state: LocalState, format_: FormatName, *, free: bool) -> tuple[Size | None, list[Finding]]:
    """The box that a video of a photo fits into, where its size is `free`, and what is to be said of such a video."""
    clip, timeline = state.clip, state.timeline
    if clip is None or clip.kind != "image" or timeline is None or format_ not in _VIDEOS:
        return None, []
    size = Size(timeline.width, timeline.height)
    shown = f"{clip.name} is shown for {timeline.duration:g}s"
    said = [f"{state.lasting}, so this makes a video" if state.lasting else shown]
    if large := free and size.fit_within(LARGEST) != size:
        said.append(f"{clip.name} of {size} is made to fit into {LARGEST}, since no larger video is played everywhere")
    return LARGEST if large else None, [Finding("INFO", text) for text in said]


def _foretold(state: LocalState, spec: RenderSpec) -> Sequence[Finding]:
    """What the render will say of the size and the rate, where the clip is known."""
    clip = state.timeline
    if clip is None or not clip.width:
        return ()
    shape = shape_of(state.shaping, Size(clip.width, clip.height), ColorSpace(), spec)
    is_photo = state.clip is not None and state.clip.kind == "image"
    return (*shape.findings, *(() if is_photo else rate_of(spec, clip.fps)[1]))


def _overruled_format(wish: JsonObject, format_: FormatName) -> list[Finding]:
    asked = wish.get("format")
    if not asked or asked == format_:
        return []
    return [Finding("WARN", f"the instruction asked for {asked}; the export says {format_}, and has it")]


def _transparency(operations: Sequence[Operation], format_: FormatName) -> list[Finding]:
    if carries_alpha(format_):
        return []
    if any(isinstance(item, Background) and isinstance(item.fill, Transparent) for item in operations):
        able = able_of_alpha(format_of(format_))
        raise Refused(
            f"{format_} carries no transparency, and the background is to be transparent",
            code="no_alpha",
            hint=f"export as {able}, or name a colour for the background",
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

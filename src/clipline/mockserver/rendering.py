"""Makes the file of a draft: really edited where the studio is installed, else the source as it was handed over."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.clock import Clock
from clipline.errors import StageFailed
from clipline.mockserver.drafts import current, is_generated, to_timeline, wish_of
from clipline.studio.extra import missing
from clipline.studio.instructions import ExportWish
from clipline.timeline import Background, Crop, Media, Music, Operation, Pad, Resize, Segment, Timeline, Track
from clipline.values import JsonObject, Size, even, parse_size

if TYPE_CHECKING:
    from clipline.studio.rendering.plan import RenderSpec

__all__ = ["render_draft"]

_UNKNOWN_SIZE = Size(640, 360)
_FORMATS = ("mp4", "mov", "webm", "mkv", "gif")


def render_draft(
    draft: JsonObject, media: Mapping[str, Path], target: Path, output: JsonObject, clock: Clock, *, studio: bool = True
) -> str:
    """Make the file that a draft describes.

    With the studio (the extra `local`) the clip is edited and encoded as the draft says; where it has no bytes, being
    of the service's own making or only a URL, a moving test picture with a tone stands for it. Without
    the studio the file is the source, byte for byte, or a tiny MP4 where there are no bytes.

    Args:
        draft: as the render request carried it.
        media: the session's files, by name.
        target: the file to write; nothing is left there when this raises.
        output: of the render request: `format` and `quality`.
        clock: looked at between any two frames.
        studio: whether to use the studio where it is there.

    Returns:
        What to know of the file.

    Raises:
        StageFailed: the draft is empty or none, its source is not among the files, or the format is not made.
        CliplineError: the studio cannot do it with this clip.
        Cancelled, TimedOut: by the clock.
    """
    try:
        name = current(draft)
        to_timeline(draft)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StageFailed(f"the draft cannot be read: {error}", code="bad_draft") from error
    if not name:
        raise StageFailed("the draft has nothing to render", code="draft_empty")
    if name not in media and not is_generated(draft):
        raise StageFailed(f"{name} is not among the files of this session", code="source_gone")
    source = None if is_generated(draft) or not media[name].exists() else media[name]
    if studio and not missing():
        return _edited(draft, source, media, target, output=output, clock=clock)
    return _copied(source, target)


def _copied(source: Path | None, target: Path) -> str:
    if source is None:
        target.write_bytes(files("clipline.mockserver").joinpath("generated.mp4").read_bytes())
        return "without the studio the result is a sample clip of one second, not what was described"
    shutil.copyfile(source, target)
    return f"without the studio the result is the source {source.name}, unedited"


# --- with the studio -------------------------------------------------------------------------------------------------


def _edited(
    draft: JsonObject,
    source: Path | None,
    media: Mapping[str, Path],
    target: Path,
    *,
    output: JsonObject,
    clock: Clock,
) -> str:
    from clipline.studio.rendering.render import render

    timeline = to_timeline(draft)
    spec = _spec(draft, timeline, output)
    pattern = target.with_name(f"{target.stem}.pattern.mp4")
    try:
        if source is None:
            _draw(timeline, pattern, clock)
        shown = _with_files(timeline, source or pattern, media)
        rendered = render(shown, target, spec, clock=clock, progress=lambda _: None)
    finally:
        pattern.unlink(missing_ok=True)
    stands = [] if source else [f"a test picture stands for {current(draft)}"]
    said = [f"rendered {rendered.frames} frames, {rendered.seconds:.3g}s", *stands]
    return "; ".join([*said, *(finding.text for finding in rendered.findings)])


def _spec(draft: JsonObject, timeline: Timeline, output: JsonObject) -> RenderSpec:
    """How the file is to be: what the request says, and what was asked for in words."""
    from clipline.studio.rendering.plan import RenderSpec

    container, quality = output.get("format", "mp4"), output.get("quality", "high")
    if container not in _FORMATS:
        raise StageFailed(f"the format {container!r} is not made here", code="format")
    if quality not in {"low", "medium", "high", "best"}:
        raise StageFailed(f"there is no quality {quality!r}", code="quality")
    return RenderSpec(format=container, quality=quality, size=_wished_size(draft, timeline, container))


def _wished_size(draft: JsonObject, timeline: Timeline, container: str) -> Size | None:
    from clipline.studio.pictures.picture import ColorSpace
    from clipline.studio.rendering.compose import result_size
    from clipline.studio.writing.formats import format_of

    said = wish_of(draft)
    size, box = (parse_size(said[name]) if said.get(name) else None for name in ("size", "max_size"))
    wish = ExportWish(size=size, max_size=box, lines=said.get("lines"))
    if not wish or not timeline.width or not timeline.height:
        return wish.size
    operations = _first(timeline).operations
    whole = Size(timeline.width, timeline.height)
    edited = result_size(operations, whole, ColorSpace(), format_of(container), exact=None, box=None)
    return wish.size_for(edited.size, shaped=any(isinstance(item, Crop | Pad | Resize) for item in operations))


def _first(timeline: Timeline) -> Segment:
    """The clip's first part, whatever was put in front of it."""
    shown = [segment for track in timeline.tracks if track.kind == "video" for segment in track.segments]
    return min(shown, key=lambda segment: segment.joined)


def _draw(timeline: Timeline, output: Path, clock: Clock) -> None:
    from clipline.studio.writing.pattern import make_pattern

    size = Size(even(timeline.width), even(timeline.height)) if timeline.width and timeline.height else _UNKNOWN_SIZE
    clip = _first(timeline)
    # A trim has taken away from the clip's beginning what is to be skipped here again.
    seconds = max(
        each.source_start + each.duration
        for track in timeline.tracks
        if track.kind == "video"
        for each in track.segments
    )
    make_pattern(output, size, seconds, seed=zlib.crc32(clip.name.encode()), clock=clock)


def _with_files(timeline: Timeline, clip: Path, media: Mapping[str, Path]) -> Timeline:
    """The timeline with paths for names; music of the service's own has no file, and is left out."""
    begun = _first(timeline).source

    def segment(each: Segment, kind: str) -> Segment:
        source = each.source
        if kind == "video":
            source = str(clip) if source == begun else _path(source, media)
        elif kind == "audio":
            source = _path(source, media)
        return replace(each, source=source, operations=tuple(_with_file(item, media) for item in each.operations))

    tracks = []
    for track in timeline.tracks:
        kept = [each for each in track.segments if track.kind != "audio" or each.source]
        tracks.append(Track(track.kind, tuple(segment(each, track.kind) for each in kept)))
    return replace(timeline, tracks=tuple(tracks))


def _with_file(operation: Operation, media: Mapping[str, Path]) -> Operation:
    match operation:
        case Background(fill=Media(path=name)):
            return Background(Media(_path(name, media)))
        case Music(path=name):
            return replace(operation, path=_path(name, media))
        case _:
            return operation


def _path(name: str, media: Mapping[str, Path]) -> str:
    if name not in media:
        raise StageFailed(f"{name} is not among the files of this session", code="source_gone")
    return str(media[name])

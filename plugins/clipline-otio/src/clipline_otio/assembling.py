"""Assembles a timeline file: its cuts and sounds become one clip, from which a pipeline goes on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.errors import CliplineError, InputError, Place, Refused
from clipline.events import Finding
from clipline.stage import Artifact, StageCall, StageResult
from clipline.timeline import Segment, Timeline
from clipline.values import JsonObject, Size, even, parse_size
from clipline_otio.addresses import file_name, path_of, shown
from clipline_otio.cutting import Cut, Sounds, asked_operations, cuts, sounds
from clipline_otio.files import line_of, open_timeline
from clipline_otio.layout import start_of
from clipline_otio.rates import broadcast, is_broadcast
from clipline_otio.reading import Reading, Unsupported

if TYPE_CHECKING:
    from clipline.studio.media import MediaInfo

__all__ = ["assemble"]

_SAID = 8  # things that an error or a finding names before it counts the rest


@dataclass(frozen=True, slots=True)
class _Order:
    """All that is decided before the first picture."""

    cuts: Sequence[Cut]
    heard: Sequence[Segment]
    known: Mapping[str, MediaInfo]
    size: Size
    rate: Fraction
    timeline: Timeline
    operations: Sequence[JsonObject]
    findings: Sequence[Finding]


def assemble(call: StageCall, options: JsonObject) -> StageResult:
    """Make one clip of the timeline file that the options name.

    Raises:
        InputError: the file cannot be read, or media is missing or not what the file takes it for.
        Refused: the timeline has what cannot be done, or no picture.
        MachineError: the clip cannot be written.
    """
    file = Path(options["timeline"])
    reading, text = open_timeline(file, _rate_option(options))
    order = _order(file, reading, text, options)
    for note in reading.notes:
        call.note(note)
    target = call.target(
        options.get("to", "{name}-assembled.{ext}"), name=file.stem, ext="mp4", sources=[file, *map(Path, order.known)]
    )
    made = call.files.delivered(target)  # by an attempt that was killed before it could say so
    met: Sequence[Finding] = ()
    if made is None:
        made, met = _made(call, order, target, options)
    outputs = {
        "file": str(made.path),
        "files": [str(made.path)],
        "sources": sorted(order.known),
        "operations": list(order.operations),
        "duration": float(sum(cut.frames for cut in order.cuts) / order.rate),
        "clips": sum(1 for cut in order.cuts if cut.source),
        "timeline": order.timeline.as_json(),
    }
    return StageResult(outputs=outputs, artifacts=(made,), findings=(*order.findings, *met))


def _made(call: StageCall, order: _Order, target: Path, options: JsonObject) -> tuple[Artifact, Sequence[Finding]]:
    from clipline_otio.joining import Shape, join

    temporary = call.files.temporary(target)
    found = join(
        order.cuts,
        order.heard,
        order.known,
        temporary,
        Shape(order.size, order.rate),
        clock=call.clock,
        progress=lambda fraction: call.progress(fraction, f"assembling {target.name}"),
        threads=os.cpu_count() or 2,
    )
    return call.files.deliver(temporary, target, collision=options.get("collision", "fail")), found


def _rate_option(options: JsonObject) -> float | None:
    return float(broadcast(float(options["rate"]))) if "rate" in options else None


def _order(file: Path, reading: Reading, text: str, options: JsonObject) -> _Order:
    """Look at everything; whatever can be refused is refused here.

    Raises:
        CliplineError: as `assemble`.
    """
    timeline, known = _linked(file, reading.timeline, text, options)
    operations, apart = asked_operations(timeline)
    findings = _judged(file, (*reading.unsupported, *_unknown_tracks(timeline), *apart), options)
    rate, size = _shape(timeline, known, options)
    made = cuts(timeline, rate)
    if not any(cut.source for cut in made):
        raise Refused(f"{file.name} has no picture to assemble", code="no_picture", place=Place(str(file)))
    _check_ranges(file, timeline, known, text, rate)
    has_sound = any(track.kind == "audio" for track in timeline.tracks)
    which: Sounds = options.get("sound", "tracks" if has_sound else "clips")
    heard = [each for each in sounds(timeline, which, made, rate) if _is_heard(each, known, which)]
    listed = [operation.as_json() for operation in operations]
    return _Order(made, heard, known, size, rate, timeline, listed, (*findings, *_off_rate(timeline, rate, options)))


def _off_rate(timeline: Timeline, rate: Fraction, options: JsonObject) -> list[Finding]:
    if "fps" in options or not timeline.fps or is_broadcast(timeline.fps):
        return []
    return [Finding("INFO", f"the timeline counts {timeline.fps:.4g} frames a second; the clip has {float(rate):.4g}")]


def _shape(timeline: Timeline, known: Mapping[str, MediaInfo], options: JsonObject) -> tuple[Fraction, Size]:
    """The frame rate and the size of the result: as asked for, else the timeline's own, else the first clip's."""
    first = next((known[s.source] for t in timeline.tracks if t.kind == "video" for s in t.segments), None)
    rate = broadcast(float(options.get("fps") or timeline.fps or (first.fps if first else 0.0)))
    if "size" in options:
        size = parse_size(options["size"])
    elif timeline.width and timeline.height:
        size = Size(timeline.width, timeline.height)
    else:
        size = Size(first.width, first.height) if first else Size(2, 2)
    return rate, Size(even(size.width), even(size.height))


def _is_heard(segment: Segment, known: Mapping[str, MediaInfo], which: Sounds) -> bool:
    return which == "tracks" or bool(known[segment.source].audio_codec)


# --- what cannot be done ---------------------------------------------------------------------------------------------


def _unknown_tracks(timeline: Timeline) -> list[Unsupported]:
    return [
        Unsupported(f"{segment.name!r} on a track that is neither picture nor sound", f"at {start_of(segment):.4g}s")
        for track in timeline.tracks
        if track.kind == "other"
        for segment in track.segments
    ]


def _judged(file: Path, unsupported: Sequence[Unsupported], options: JsonObject) -> list[Finding]:
    """Warnings of what cannot be done, where the person goes on without it.

    Raises:
        Refused: they do not.
    """
    if not unsupported:
        return []
    if options.get("unsupported", "fail") == "warn":
        return [Finding("WARN", f"{file.name}: left out: {each}") for each in unsupported]
    raise Refused(
        f"{file.name} has what cannot be carried out: {_listed(unsupported)}",
        code="unsupported",
        hint="take it out of the timeline; or write `unsupported: warn` to go on without it",
        place=Place(str(file)),
    )


def _listed(things: Iterable[object]) -> str:
    said = [str(each) for each in things]
    more = len(said) - _SAID
    return "; ".join(said[:_SAID]) + (f"; and {more} more" if more > 0 else "")


# --- media -----------------------------------------------------------------------------------------------------------


def _linked(file: Path, timeline: Timeline, text: str, options: JsonObject) -> tuple[Timeline, dict[str, MediaInfo]]:
    """The timeline with the paths of its media, and what these hold.

    Raises:
        InputError: some are missing or no media; all of them are named.
    """
    folder = Path(options["media"]) if "media" in options else None
    known: dict[str, MediaInfo] = {}
    found: dict[tuple[str, str], str] = {}
    wrong: dict[str, CliplineError] = {}
    for track in timeline.tracks:
        for segment in track.segments if track.kind in {"video", "audio"} else ():
            asked = (segment.source, "" if segment.source else segment.name)
            if asked in found or segment.source in wrong:
                continue
            try:
                path = str(_path(segment, file, folder))
                known[path] = known.get(path) or _probed(path, track.kind)
                found[asked] = path
            except InputError as error:
                wrong[segment.source or segment.name] = _placed(error, segment, track.kind, file, text)
    if wrong:
        raise _together(list(wrong.values()))
    tracks = (
        replace(track, segments=tuple(_with(each, found) for each in track.segments))
        if track.kind in {"video", "audio"}
        else track
        for track in timeline.tracks
    )
    return replace(timeline, tracks=tuple(tracks)), known


def _with(segment: Segment, found: Mapping[tuple[str, str], str]) -> Segment:
    return replace(segment, source=found[segment.source, "" if segment.source else segment.name])


def _path(segment: Segment, file: Path, folder: Path | None) -> Path:
    """The file of a segment: at its address, else by its name in the folder of media.

    Raises:
        InputError: there is none.
    """
    elsewhere: InputError | None = None
    if segment.source:
        try:
            path = path_of(segment.source, file.absolute().parent)
            if path.exists():
                return Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow links to other names
        except InputError as error:
            elsewhere = error
    name = file_name(segment.source or segment.name)
    if folder is not None and name and (there := folder / name).is_file():
        return there.absolute()
    if elsewhere is not None:
        raise elsewhere
    named = shown(segment.source) or f"{segment.name!r}, which has no address"
    raise InputError(
        f"media is missing: {named}",
        code="missing_media",
        hint="put it there; or give the folder that it is in as `media`"
        if folder is None
        else f"nor is it in {folder}",
    )


def _probed(path: str, kind: str) -> MediaInfo:
    from clipline.studio.media import probe

    info = probe(Path(path))
    name = Path(path).name
    if kind == "video" and info.kind != "video":
        what = "an image" if info.kind == "image" else "only sound"
        raise InputError(f"{name} holds {what}, not a video clip", code="not_a_clip")
    if kind == "audio" and not info.audio_codec:
        raise InputError(f"{name} has no sound", code="no_sound")
    return info


def _placed(error: InputError, segment: Segment, kind: str, file: Path, text: str) -> InputError:
    line = line_of(text, segment.source or segment.name)
    where = f"{kind}, {segment.name!r} at {start_of(segment):.4g}s"
    place = Place(str(file), line)
    return InputError(f"{error.message} ({where})", code=error.code, hint=error.hint, place=place)


def _together(errors: Sequence[CliplineError]) -> InputError:
    """One error of several; the first one's place, and every other one with its line."""
    first = errors[0]
    others = [f"{each.message} at {each.place}" for each in errors[1:]]
    message = "; ".join([first.message, *others[: _SAID - 1]])
    more = len(errors) - _SAID
    return InputError(
        message + (f"; and {more} more" if more > 0 else ""), code=first.code, hint=first.hint, place=first.place
    )


def _check_ranges(file: Path, timeline: Timeline, known: Mapping[str, MediaInfo], text: str, rate: Fraction) -> None:
    """Whether every clip shows what is in its file.

    Raises:
        InputError: one asks for more.
    """
    close = 2.0 / float(rate)  # a cut is rounded to frames, at both of its ends
    for track in timeline.tracks:
        for segment in track.segments if track.kind in {"video", "audio"} else ():
            length, end = known[segment.source].duration, segment.source_start + segment.duration
            if end > length + close:
                raise InputError(
                    f"{segment.name!r} ({track.kind} at {start_of(segment):.4g}s) shows {segment.source_start:.4g}s to "
                    f"{end:.4g}s of {Path(segment.source).name}, which lasts {length:.4g}s",
                    code="outside_media",
                    hint="where the file's own timecode does not begin at 0, the timeline must say its available range",
                    place=Place(str(file), line_of(text, segment.name)),
                )

"""Assembles a timeline file: its cuts and sounds become one clip, from which a pipeline goes on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from clipline.errors import Place, Refused
from clipline.events import Finding
from clipline.stage import Artifact, StageCall, StageResult
from clipline.timeline import Segment, Timeline
from clipline.values import JsonObject, Size, even, parse_size
from clipline_otio.cutting import Cut, Sounds, asked_operations, cuts, sounds
from clipline_otio.files import open_timeline
from clipline_otio.layout import Known, start_of
from clipline_otio.linking import check_ranges, link
from clipline_otio.rates import broadcast, is_broadcast
from clipline_otio.reading import Reading, Unsupported

__all__ = ["assemble"]

_SAID = 8  # things that an error or a finding names before it counts the rest


@dataclass(frozen=True, slots=True)
class _Order:
    """All that is decided before the first picture."""

    cuts: Sequence[Cut]
    heard: Sequence[Segment]
    known: Known
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
    folder = Path(options["media"]) if "media" in options else None
    timeline, known = link(file, text, reading.timeline, folder)
    operations, apart = asked_operations(timeline)
    findings = _judged(file, (*reading.unsupported, *_unknown_tracks(timeline), *apart), options)
    rate, size = _shape(timeline, known, options)
    made = cuts(timeline, rate)
    if not any(cut.source for cut in made):
        raise Refused(f"{file.name} has no picture to assemble", code="no_picture", place=Place(str(file)))
    check_ranges(file, text, timeline, known, rate)
    has_sound = any(track.kind == "audio" for track in timeline.tracks)
    which: Sounds = options.get("sound", "tracks" if has_sound else "clips")
    heard = [each for each in sounds(timeline, which, made, rate) if _is_heard(each, known, which)]
    listed = [operation.as_json() for operation in operations]
    return _Order(made, heard, known, size, rate, timeline, listed, (*findings, *_off_rate(timeline, rate, options)))


def _off_rate(timeline: Timeline, rate: Fraction, options: JsonObject) -> list[Finding]:
    if "fps" in options or not timeline.fps or is_broadcast(timeline.fps):
        return []
    return [Finding("INFO", f"the timeline counts {timeline.fps:.4g} frames a second; the clip has {float(rate):.4g}")]


def _shape(timeline: Timeline, known: Known, options: JsonObject) -> tuple[Fraction, Size]:
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


def _is_heard(segment: Segment, known: Known, which: Sounds) -> bool:
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

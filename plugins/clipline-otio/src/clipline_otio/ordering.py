"""Decides all about a timeline file before any work, and refuses what cannot be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from clipline.errors import Place, Refused
from clipline.events import Finding
from clipline.timeline import Operation, Segment, Timeline
from clipline.values import JsonObject, Size, even, parse_size
from clipline_otio.cutting import Cut, Sounds, asked_operations, cuts, sounds
from clipline_otio.files import open_timeline
from clipline_otio.layout import Known, start_of
from clipline_otio.linking import check_ranges, link
from clipline_otio.rates import broadcast, is_broadcast
from clipline_otio.reading import Unsupported

__all__ = ["Order", "order"]

_SAID = 8  # things that an error or a finding names before it counts the rest


@dataclass(frozen=True, slots=True)
class Order:
    """What is made of a timeline file.

    `timeline` is what was read, `known` what its media hold; `cuts` are seen and `heard` is heard in a clip of `size`
    and `rate`. `operations` are asked for the whole clip. `findings` and `notes` tell of what is left out.
    """

    timeline: Timeline
    known: Known
    cuts: Sequence[Cut]
    heard: Sequence[Segment]
    size: Size
    rate: Fraction
    operations: Sequence[Operation]
    findings: Sequence[Finding]
    notes: Sequence[str]


def order(file: Path, options: JsonObject, *, whole: bool) -> Order:
    """Look at a timeline file and all its media; `whole` if one clip is made, to which edits are done as a whole.

    Raises:
        InputError: the file cannot be read, or media is missing or not what the file takes it for.
        Refused: the timeline has what cannot be done, or no picture.
        MachineError: the file cannot be read.
    """
    rate = float(broadcast(float(options["rate"]))) if "rate" in options else None
    reading, text = open_timeline(file, rate)
    folder = Path(options["media"]) if "media" in options else None
    timeline, known = link(file, text, reading.timeline, folder, everything=options.get("relink") == "all")
    operations, apart = asked_operations(timeline)
    unsupported = (*reading.unsupported, *_unknown_tracks(timeline), *(apart if whole else ()))
    findings = _judged(file, unsupported, options)
    frames, size = _shape(timeline, known, options)
    made = cuts(timeline, frames)
    if not any(cut.source for cut in made):
        raise Refused(f"{file.name} has no picture to assemble", code="no_picture", place=Place(str(file)))
    check_ranges(file, text, timeline, known, frames)
    has_sound = any(track.kind == "audio" for track in timeline.tracks)
    which: Sounds = options.get("sound", "tracks" if has_sound else "clips")
    heard = [each for each in sounds(timeline, which, made, frames) if _is_heard(each, known, which)]
    findings += _off_rate(timeline, frames, options)
    return Order(timeline, known, made, heard, size, frames, operations, findings, reading.notes)


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

"""Makes an OpenTimelineIO timeline of an edit that is laid out.

All that OpenTimelineIO has no word for stands under one key of the metadata, `clipline`: the size of the picture, how
loud a sound is, operations. An operation on the picture is an effect besides, named `clipline.KIND`, so that other
programs at least say that there is something which they do not do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clipline.timeline import LowerThird, Segment, Timeline, Title, Track
from clipline_otio.layout import Known, end_of, start_of
from clipline_otio.library import otio
from clipline_otio.rates import Grid

__all__ = ["EFFECT", "KEY", "TEXT", "VERSION", "Address", "build", "clean", "written_by"]

KEY = "clipline"
VERSION = 1
#: How the effects of clipline begin.
EFFECT = "clipline."
#: What a generator is called that writes a text over the picture; Final Cut Pro 7's own name.
TEXT = "Text"

#: Gives the address that stands in the file for the path of a media file.
Address = Callable[[str], str]

_LETTERS = {"video": "V", "audio": "A", "text": "T", "other": "X"}


def build(timeline: Timeline, known: Known, grid: Grid, address: Address) -> Any:
    """An OpenTimelineIO timeline that says all that `timeline` does, with times on `grid`."""
    made = otio().schema.Timeline(clean(timeline.title), global_start_time=grid.time(0.0))
    made.metadata[KEY] = {
        "version": VERSION,
        "width": timeline.width,
        "height": timeline.height,
        "fps": timeline.fps,
    }
    builder = _Builder(known, grid, address)
    counts: dict[str, int] = {}
    for track in timeline.tracks:
        counts[track.kind] = counts.get(track.kind, 0) + 1
        made.tracks.append(builder.track(track, f"{_LETTERS[track.kind]}{counts[track.kind]}"))
    return made


def written_by(segment: Segment) -> Title | LowerThird:
    """What a segment of text writes."""
    own = next((item for item in segment.operations if isinstance(item, Title | LowerThird)), None)
    return own or Title(segment.name, start_of(segment), segment.duration)


def _text(segment: Segment, written: Title | LowerThird) -> str:
    """What other programs write: both lines of a lower third as one."""
    return written.text if isinstance(written, Title) else segment.name


def _place(written: Title | LowerThird) -> str:
    return written.position if isinstance(written, Title) else f"bottom {written.side}".removesuffix(" middle")


@dataclass(frozen=True, slots=True)
class _Builder:
    known: Known
    grid: Grid
    address: Address

    def track(self, track: Track, name: str) -> Any:
        schema = otio().schema
        kinds = {"video": schema.TrackKind.Video, "text": schema.TrackKind.Video, "audio": schema.TrackKind.Audio}
        made = schema.Track(name, kind=kinds.get(track.kind, track.kind), metadata={KEY: {"kind": track.kind}})
        made.extend(self._items(track, name))
        return made

    def _items(self, track: Track, name: str) -> Iterator[Any]:
        """The clips of a track and the gaps between them, each clip with an id of its own.

        Without the ids two equal clips would be the same one to the adapter of Final Cut Pro 7, which then gives the
        second no place of its own.
        """
        at = self.grid.time(0.0)
        for number, segment in enumerate(track.segments, 1):
            span = self.grid.span(max(start_of(segment), at.to_seconds()), end_of(segment))
            if span.start_time > at:
                yield otio().schema.Gap(duration=span.start_time - at)
            yield self._clip(segment, track.kind, f"{name}-{number}", span.duration)
            at = span.end_time_exclusive()

    def _clip(self, segment: Segment, kind: str, identity: str, duration: Any) -> Any:
        schema = otio().schema
        own: dict[str, Any] = {"id": identity}
        if segment.volume is not None:
            own["volume"] = segment.volume
        if kind != "video" and segment.operations:
            own["operations"] = [operation.as_json() for operation in segment.operations]
        clip = schema.Clip(
            name=clean(segment.name),
            media_reference=self._media(segment, kind),
            source_range=otio().opentime.TimeRange(self.grid.time(segment.source_start), duration),
            metadata={KEY: own},
        )
        for operation in segment.operations if kind == "video" else ():
            data = {KEY: operation.as_json()}
            clip.effects.append(schema.Effect(clean(str(operation)), EFFECT + operation.key, metadata=data))
        return clip

    def _media(self, segment: Segment, kind: str) -> Any:
        schema = otio().schema
        if kind == "text":
            written = written_by(segment)
            parameters = {
                "text": clean(_text(segment, written)),
                "color": str(written.color),
                "position": _place(written),
            }
            return schema.GeneratorReference(name=TEXT, generator_kind=TEXT, parameters=parameters)
        if not segment.source:
            return schema.MissingReference(name=clean(segment.name))
        info, used = self.known.get(segment.source), segment.source_start + segment.duration
        # A file that nobody could look into is at least as long as what is used of it; a cut goes to the nearest frame.
        length = used if info is None or 0 < used - info.duration < 1 / self.grid.rate else info.duration
        available = self.grid.span(0.0, length)
        holds = {"video": info.kind != "audio", "audio": bool(info.audio_codec)} if info else {}
        return schema.ExternalReference(self.address(segment.source), available_range=available, metadata={KEY: holds})


def clean(text: str) -> str:
    """Without what no file of text can hold: half characters."""
    return text.encode("utf-8", "replace").decode()

"""What a file does not carry of a timeline, found by comparing the timeline with what is read back from the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clipline.timeline import LowerThird, Music, Segment, Timeline, Title, Track, TrackKind
from clipline.values import JsonObject
from clipline_otio.building import clean, written_by
from clipline_otio.layout import end_of, start_of

__all__ = ["Loss", "losses"]

_CLOSE = 1.01  # frames: a time that is rounded to the next one is still the same
_MOVED = 0.001  # seconds: less is how numbers are written
_LOUDER = 0.001
_SAME_RATE = 0.005
#: The kinds of losses, the heaviest first.
_WEIGHT = ("segment", "media", "source", "operation", "volume", "title", "time", "name", "size", "rate")
_NOUNS: dict[TrackKind, str] = {"video": "the clip", "audio": "the sound", "text": "the title", "other": "the item"}


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of a timeline that is not in a file.

    `kind` is one of segment, media, source, operation, volume, title, time, name, size and rate; `what` says it in
    words; `where` is the place on the timeline, empty for the timeline itself.
    """

    kind: str
    what: str
    where: str = ""

    def as_json(self) -> JsonObject:
        """The loss for programs."""
        return {"kind": self.kind, "what": self.what, "where": self.where}

    def __str__(self) -> str:
        return f"{self.what} ({self.where})" if self.where else self.what


def losses(wanted: Timeline, found: Timeline, frame: float) -> list[Loss]:
    """What of `wanted`, a timeline that is laid out, is not in `found`; the heaviest first.

    Args:
        wanted: what was to be written.
        found: what was read back.
        frame: how long a frame of the file is, in seconds: by that much a time may be rounded and still be the same.
    """
    lost = list(_of_the_whole(wanted, found))
    moved = 0.0
    left = {kind: [track for track in found.tracks if track.kind == kind] for kind in _NOUNS}
    counts: dict[TrackKind, int] = dict.fromkeys(_NOUNS, 0)
    for track in wanted.tracks:
        number = counts[track.kind]
        counts[track.kind] += 1
        there = left[track.kind][number].segments if number < len(left[track.kind]) else ()
        for segment in track.segments:
            where = f"{track.kind} {number + 1} at {start_of(segment):.4g}s"
            match = _same(segment, there, frame)
            if match is None:
                lost.append(Loss("segment", f"{_NOUNS[track.kind]} {_quoted(segment.name)}", where))
                continue
            moved = max(moved, _distance(segment, match), _begins_off(segment, match, frame))
            lost += _of_a_segment(track, segment, match, where, frame)
    if moved > _MOVED:
        lost.append(
            Loss("time", f"the exact times: they are rounded to whole frames, by {moved * 1000:.0f} ms at most")
        )
    return sorted(lost, key=lambda loss: _WEIGHT.index(loss.kind))


def _of_the_whole(wanted: Timeline, found: Timeline) -> Iterator[Loss]:
    if wanted.title != found.title:
        yield Loss("name", f"the name {_quoted(wanted.title)}")
    if wanted.width and (wanted.width, wanted.height) != (found.width, found.height):
        yield Loss("size", f"the size {wanted.width}x{wanted.height}")
    if wanted.fps and abs(wanted.fps - found.fps) > _SAME_RATE:
        yield Loss("rate", f"the frame rate {wanted.fps:.6g}")


def _same(segment: Segment, there: Sequence[Segment], frame: float) -> Segment | None:
    """The segment that stands where this one does, to a frame at each end."""
    close = frame * _CLOSE
    near = [
        each
        for each in there
        if abs(start_of(each) - start_of(segment)) <= close and abs(end_of(each) - end_of(segment)) <= close
    ]
    return min(near, key=lambda each: _distance(segment, each), default=None)


def _distance(one: Segment, other: Segment) -> float:
    return max(abs(start_of(one) - start_of(other)), abs(end_of(one) - end_of(other)))


def _begins_off(one: Segment, other: Segment, frame: float) -> float:
    """Seconds by which the place in the source was rounded; 0 where it is another place altogether."""
    off = abs(one.source_start - other.source_start)
    return off if off <= frame * _CLOSE else 0.0


def _of_a_segment(track: Track, wanted: Segment, found: Segment, where: str, frame: float) -> Iterator[Loss]:
    if track.kind == "text":
        yield from _of_a_title(written_by(wanted), written_by(found), where)
        return
    noun = f"{_NOUNS[track.kind]} {_quoted(wanted.name)}"
    if wanted.name != found.name:
        yield Loss("name", f"the name {_quoted(wanted.name)}", where)
    if wanted.source != found.source or not wanted.source:
        yield Loss("media", f"the file of {noun}", where)
    elif abs(wanted.source_start - found.source_start) > frame * _CLOSE:
        yield Loss("source", f"where in its file {noun} begins", where)
    if wanted.volume is not None and not _as_loud(wanted.volume, found.volume):
        yield Loss("volume", f"the volume {wanted.volume:.0%} of {noun}", where)
    there = list(found.operations)
    for operation in wanted.operations:
        if operation in there:
            there.remove(operation)
        elif not isinstance(operation, Music):  # which is a sound of its own in the file
            yield Loss("operation", f"the edit “{operation}”", where)


def _as_loud(wanted: float, found: float | None) -> bool:
    return found is not None and abs(found - wanted) < _LOUDER


#: What there is to see of titles and lower thirds, beside their colour and place.
_LOOKS = {
    "text": "the exact text",
    "name": "the exact text",
    "size": "the size",
    "edge": "the edge",
    "plate": "the plate",
    "fade_in": "the fade-in",
    "fade_out": "the fade-out",
    "line": "the line under the name",
    "side": "the side",
    "entrance": "the entrance",
}


def _of_a_title(wanted: Title | LowerThird, found: Title | LowerThird, where: str) -> Iterator[Loss]:
    text = wanted.text if isinstance(wanted, Title) else wanted.name
    if type(wanted) is not type(found):
        yield Loss("title", f"how the lower third {_quoted(text)} looks: it is a plain title", where)
        return
    noun = f"the {'title' if isinstance(wanted, Title) else 'lower third'} {_quoted(text)}"
    if wanted.color != found.color:
        yield Loss("title", f"the colour {wanted.color} of {noun}", where)
    if isinstance(wanted, Title) and isinstance(found, Title) and wanted.position != found.position:
        yield Loss("title", f"the position {wanted.position} of {noun}", where)
    for name, words in _LOOKS.items():
        if getattr(wanted, name, None) != getattr(found, name, None):
            yield Loss("title", f"{words} of {noun}", where)


def _quoted(text: str) -> str:
    return f"“{clean(text)[:60]}”"

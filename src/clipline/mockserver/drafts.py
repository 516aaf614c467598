"""The mock's drafts: JSON with short keys, and what an edit does to it by way of the neutral timeline.

`t` are the tracks, each with its type `tt` (0 video, 1 audio, 7 text) and its segments `sg`; `d` is a duration in ms;
`m` describes, with `title`, `width` and `height`. All other keys are the service's own affair: big integers, floats and
an order of keys that means nothing to a client, which an edit leaves as they are. Of these the mock itself reads `f`
(the file a segment shows), `o` (where in it, in ms), `s` (its place on the timeline, in ms), `v` (its volume), `x` (how
long it dissolves into what is before it, in ms), `fr` (frames a second), `gen` (true where the service made the clip)
and `bk` (the tracks of the session's other clips, by file name). Operations stand under `x_clipline` of a segment, as
the list of their JSON forms.

Every function gives a new draft; none changes the one it is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from clipline.mockserver.session import MediaFile
from clipline.timeline import Operation, Segment, Timeline, Track, TrackKind, apply, operation_from_json
from clipline.values import JsonObject

__all__ = [
    "ASSUMED_SECONDS",
    "Draft",
    "apply_all",
    "current",
    "is_generated",
    "new_draft",
    "to_timeline",
    "wish_of",
    "with_clip",
    "with_generated",
    "with_timeline",
    "with_wish",
]

Draft = dict[str, Any]

#: How long a clip is taken to be where nobody could measure it.
ASSUMED_SECONDS = 10.0

_KINDS: Mapping[int, TrackKind] = {0: "video", 1: "audio", 7: "text"}
_NUMBERS = {kind: number for number, kind in _KINDS.items()}
_RATE = 24.0


def new_draft(session_id: str) -> Draft:
    """The draft of a session in which nothing has happened: no tracks."""
    return {
        "zv": 3.0,
        "id": _number(session_id),
        "t": [],
        "d": 0,
        "m": {"title": "project"},
        "cfg": {"snap": True, "eps": 1e-07, "gain": 0.30000000000000004, "owner": None, "α": "ünï"},
        "ak": [[1.0, -0.0], [2.5e16, 9007199254740993]],
    }


# --- reading ---------------------------------------------------------------------------------------------------------


def to_timeline(draft: JsonObject) -> Timeline:
    """What the draft shows; times in seconds, sizes in pixels. A segment's `source` is a file's name."""
    described = draft.get("m") or {}
    return Timeline(
        tuple(_to_track(track) for track in draft.get("t") or ()),
        int(described.get("width") or 0),
        int(described.get("height") or 0),
        float(draft.get("fr") or 0.0),
        str(described.get("title") or ""),
    )


def current(draft: JsonObject) -> str:
    """The name of the clip on the video track, whatever was put in front of it; "" where there is none."""
    videos = (track["sg"] for track in draft.get("t") or () if track.get("tt") == 0 and track.get("sg"))
    clip: JsonObject = min(next(videos, ()), key=lambda segment: bool(segment.get("x_joined")), default={})
    return str(clip.get("m", {}).get("title", ""))


def is_generated(draft: JsonObject) -> bool:
    """Whether the clip on the video track was made by the service, so that no uploaded file belongs to it."""
    return any(segment.get("gen") for track in draft.get("t") or () for segment in track.get("sg") or ())


def wish_of(draft: JsonObject) -> JsonObject:
    """What a message asked of the exported file (`size`, `max_size`, `lines`, `format`), as far as any did."""
    wish: JsonObject = (draft.get("m") or {}).get("output") or {}
    return wish


def _to_track(track: Mapping[str, Any]) -> Track:
    kind = _KINDS.get(track.get("tt", -1), "other")
    return Track(kind, tuple(_to_segment(segment) for segment in track.get("sg") or ()))


def _to_segment(segment: Mapping[str, Any]) -> Segment:
    return Segment(
        name=str((segment.get("m") or {}).get("title", "")),
        duration=segment.get("d", 0) / 1000,
        source=str(segment.get("f", "")),
        source_start=segment.get("o", 0) / 1000,
        start=segment["s"] / 1000 if "s" in segment else None,
        volume=segment.get("v"),
        crossfade=segment.get("x", 0) / 1000,
        operations=tuple(operation_from_json(item) for item in segment.get("x_clipline", ())),
        still=bool(segment.get("x_still")),
        joined=bool(segment.get("x_joined")),
    )


# --- changing --------------------------------------------------------------------------------------------------------


def apply_all(
    draft: JsonObject, operations: Iterable[Operation], length_of: Callable[[str], float] | None = None
) -> Draft:
    """The draft with these operations put onto it, in their order; `length_of` tells how long a clip to join is.

    Raises:
        ValueError: one has nothing to work on, or lies outside the clip; the message names it.
    """
    timeline = to_timeline(draft)
    for operation in operations:
        try:
            timeline = apply(timeline, operation, length_of)
        except ValueError as error:
            raise ValueError(f"cannot {operation}: {error}") from error
    return with_timeline(draft, timeline)


def with_timeline(draft: JsonObject, timeline: Timeline) -> Draft:
    """The draft showing this timeline, which an operation made of its own: what did not change stays as it is.

    Tracks are matched by their place, the segments of a track in their order by what they show.
    """
    olds = list(draft.get("t") or ())
    olds += [None] * (len(timeline.tracks) - len(olds))
    tracks = [
        _with_track(old, track, f"{draft.get('id')}/{at}") for at, (old, track) in enumerate(_pairs(olds, timeline))
    ]
    changed = {**draft, "t": tracks}
    if to_timeline(draft).duration != timeline.duration:
        changed["d"] = _ms(timeline.duration)
    return changed


def _pairs(olds: list[Any], timeline: Timeline) -> Iterable[tuple[Any, Track]]:
    return zip(olds, timeline.tracks, strict=True)


def _with_track(old: JsonObject | None, track: Track, place: str) -> JsonObject:
    if old is None:
        segments = [_new_segment(segment, f"{place}/{at}") for at, segment in enumerate(track.segments)]
        return {"id": _number(place), "lk": False, "tt": _NUMBERS.get(track.kind, 99), "sg": segments}
    if _to_track(old) == track:
        return old
    left = iter(old.get("sg") or ())
    kept = []
    for at, segment in enumerate(track.segments):
        same = next((known for known in left if _shows_same(_to_segment(known), segment)), None)
        kept.append(_new_segment(segment, f"{place}/{at}") if same is None else _with_segment(same, segment))
    return {**old, "sg": kept}


def _shows_same(one: Segment, other: Segment) -> bool:
    return (one.name, one.source, one.start) == (other.name, other.source, other.start)


def _with_segment(old: JsonObject, segment: Segment) -> JsonObject:
    known = _to_segment(old)
    if known == segment:
        return old
    new = dict(old)
    if known.duration != segment.duration:
        new["d"] = _ms(segment.duration)
    if known.source_start != segment.source_start:
        new["o"] = _ms(segment.source_start)
    if known.crossfade != segment.crossfade:
        new["x"] = _ms(segment.crossfade)
    if known.operations != segment.operations:
        new["x_clipline"] = [operation.as_json() for operation in segment.operations]
    return new


def _new_segment(segment: Segment, place: str) -> Draft:
    new: Draft = {
        "sp": 1.0,
        "id": _number(f"{place}/{segment.name}"),
        "d": _ms(segment.duration),
        "m": {"title": segment.name},
        "kf": [{"at": 0.1, "to": [0.0, 1.0], "ease": None}],
    }
    if segment.source:
        new["f"] = segment.source
    if segment.source_start:
        new["o"] = _ms(segment.source_start)
    if segment.start is not None:
        new["s"] = _ms(segment.start)
    if segment.volume is not None:
        new["v"] = segment.volume
    if segment.crossfade:
        new["x"] = _ms(segment.crossfade)
    if segment.operations:
        new["x_clipline"] = [operation.as_json() for operation in segment.operations]
    return new | {name: True for name, is_so in (("x_still", segment.still), ("x_joined", segment.joined)) if is_so}


def with_wish(draft: JsonObject, wish: JsonObject) -> Draft:
    """The draft with more said of the exported file; an empty wish changes nothing."""
    said = {**wish_of(draft), **wish}
    return {**draft, "m": {**(draft.get("m") or {}), "output": said}} if said != wish_of(draft) else dict(draft)


# --- clips -----------------------------------------------------------------------------------------------------------


def with_clip(draft: JsonObject, file: MediaFile) -> Draft:
    """The draft with this video on its video track; the clip that was there is put aside with all its edits.

    A clip that was put aside before comes back with its own edits. Where nobody knows how long the clip is, it is
    taken to last `ASSUMED_SECONDS`.
    """
    if current(draft) == file.name:
        return dict(draft)
    aside = _put_aside(draft)
    if file.name in aside:
        back = aside.pop(file.name)
        return {**draft, **back, "bk": aside}
    segment = Segment(file.name, file.duration or ASSUMED_SECONDS, source=file.name, start=0.0)
    return _showing(draft, segment, aside, width=file.width, height=file.height, rate=file.fps)


def with_generated(draft: JsonObject, title: str, seconds: float, width: int, height: int) -> Draft:
    """The draft with a clip of the service's own making on its video track, and nothing added to it yet."""
    segment = Segment(title, seconds, start=0.0)
    shown = _showing(draft, segment, _put_aside(draft), width=width, height=height, rate=_RATE)
    (track,) = shown["t"]
    return {**shown, "t": [{**track, "sg": [{**each, "gen": True} for each in track["sg"]]}]}


def _put_aside(draft: JsonObject) -> Draft:
    """The clips beside the current one, with the current one, each with what it brings back."""
    aside = dict(draft.get("bk") or {})
    if name := current(draft):
        aside[name] = {key: draft[key] for key in ("t", "d", "m", "fr") if key in draft}
    return aside


def _showing(draft: JsonObject, segment: Segment, aside: Draft, *, width: int, height: int, rate: float) -> Draft:
    track = _with_track(None, Track("video", (segment,)), f"{draft.get('id')}/{len(aside)}")
    size = {name: value for name, value in (("width", width), ("height", height)) if value}
    (only,) = track["sg"]
    only["m"] |= size
    title = (draft.get("m") or {}).get("title", "project")
    shown = {**draft, "t": [track], "d": _ms(segment.duration), "m": {"title": title, **size}, "fr": rate}
    return {**shown, "bk": aside} if aside else shown


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _number(text: str) -> int:
    """A number of 19 digits that is the same for the same text; more than a double holds."""
    return 10**18 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % (8 * 10**18)

"""Reads a draft, the service's JSON of an edit, without ever changing or rebuilding it.

Known of it are a few short keys: `t` tracks, in a track `tt` its type (0 video, 1 audio, 7 text; others exist) and `sg`
its segments, `d` a duration in milliseconds, `m` metadata with `title`, `width`, `height`. Everything else is carried
and not looked at, but for `x_clipline` of a segment, which holds operations of our own as clipline writes them.

Nothing here raises, whatever the draft is: what cannot be read is left out, and nothing is invented in its place.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from clipline.nemo.json_text import NotJson, parse
from clipline.nemo.oddities import visible
from clipline.timeline import (
    LowerThird,
    Music,
    Operation,
    Segment,
    Sound,
    Timeline,
    Title,
    Track,
    TrackKind,
    operation_from_json,
)

__all__ = ["fingerprint", "holds", "ready", "to_timeline"]

_KINDS: Mapping[int, TrackKind] = {0: "video", 1: "audio", 7: "text"}
#: What a segment without a title is called.
_NEUTRAL: Mapping[TrackKind, str] = {"video": "clip", "audio": "audio", "text": "text", "other": "segment"}
#: Letters of a title that are kept; more than any line of a summary can show.
_LONGEST = 200
_LARGEST = 1e12


def to_timeline(draft: str) -> Timeline:
    """The draft as the neutral timeline.

    A start and a volume are there only where the draft gives one: in a segment's own metadata (`start` in milliseconds
    like `d`, `volume` from 0 to 1), or by an operation of ours.
    """
    root = _object(draft)
    tracks = tuple(_track(track) for track in _list(root.get("t")))
    picture = [root, *(segment for track in _list(root.get("t")) for segment in _list(_of(track, "sg")))]
    sizes = [(_number(meta.get("width")), _number(meta.get("height"))) for meta in map(_meta, picture)]
    width, height = next(((w, h) for w, h in sizes if w and h), (0.0, 0.0))
    return Timeline(tracks, int(width), int(height), title=_title(_meta(root)))


def ready(draft: str) -> bool:
    """Whether there is anything to export: a track that is not empty."""
    return any(_list(_of(track, "sg")) for track in _list(_object(draft).get("t")))


def holds(draft: str, filename: str) -> bool:
    """Whether a video segment bears the name of this file, with or without its ending."""
    wanted = {_plain(filename), _plain(PurePosixPath(filename).stem)}
    videos = (track for track in _list(_object(draft).get("t")) if _kind(track) == "video")
    titles = (_title(_meta(segment)) for track in videos for segment in _list(_of(track, "sg")))
    return any(title and _plain(title) in wanted for title in titles)


def fingerprint(draft: str) -> str:
    """The sha256, in hex, of what a draft says: the order of keys, blanks and the way numbers are written do not count.

    Numbers are compared as they are written, digit by digit, since no number of Python's holds them all.
    """
    try:
        value = json.loads(draft, parse_int=_canonical, parse_float=_canonical, strict=False) if draft else None
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        text = draft
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# --- parts -----------------------------------------------------------------------------------------------------------


def _kind(track: object) -> TrackKind:
    number = _of(track, "tt")
    return "other" if isinstance(number, bool) or not isinstance(number, int) else _KINDS.get(number, "other")


def _track(data: object) -> Track:
    kind = _kind(data)
    return Track(kind, tuple(_segment(segment, kind) for segment in _list(_of(data, "sg"))))


def _segment(data: object, kind: TrackKind) -> Segment:
    meta = _meta(data)
    told: dict[str, Any] = {"name": _title(meta), "start": None, "volume": _volume(meta.get("volume"))}
    if _is_number(meta.get("start")):
        told["start"] = meta["start"] / 1000
    operations = []
    for item, operation in _operations(data):
        operations.append(operation)
        for key, value in _tells(item, operation).items():
            told[key] = value if told[key] in (None, "") else told[key]
    told["name"] = told["name"] or _NEUTRAL[kind]
    return Segment(duration=_number(_of(data, "d")) / 1000, operations=tuple(operations), **told)


def _operations(data: object) -> Iterator[tuple[Mapping[str, Any], Operation]]:
    """Our own operations of a segment, each with its JSON, where they are well formed."""
    own = _of(data, "x_clipline")
    for item in _list(_of(own, "operations") if isinstance(own, dict) else own):
        if not isinstance(item, dict):
            continue
        try:
            operation = operation_from_json(item)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
            continue  # somebody else's, or of a newer clipline
        if not isinstance(operation, Music) or _volume(operation.volume) is not None:
            yield item, operation


def _tells(item: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    """What an operation says of its segment; only what really stands in its JSON."""
    match operation:
        case Title(text=text, start=start) | LowerThird(name=text, start=start):
            return {"name": visible(text)[:_LONGEST]} | ({"start": start} if "start" in item else {})
        case Sound(volume=volume):
            return {"volume": volume}
        case Music(path=path, volume=volume):
            return {"name": visible(PurePosixPath(path).stem)} | ({"volume": volume} if "volume" in item else {})
        case _:
            return {}


def _object(draft: str) -> Mapping[str, Any]:
    try:
        value = parse(draft)
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}


def _of(data: object, key: str) -> Any:
    return data.get(key) if isinstance(data, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _meta(data: object) -> Mapping[str, Any]:
    meta = _of(data, "m")
    return meta if isinstance(meta, dict) else {}


def _title(meta: Mapping[str, Any]) -> str:
    title = meta.get("title")
    return " ".join(visible(title).split())[:_LONGEST] if isinstance(title, str) else ""


def _is_number(value: object) -> bool:
    """Whether it is a number that a time or a size can be."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _LARGEST


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and _is_number(value) else 0.0


def _volume(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and _is_number(value) and value <= 1 else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _canonical(number: str) -> str:
    """A number's digits without what does not change it: `1.10`, `1.1` and `11e-1` are the same.

    The mark in front tells it from a text of the same letters.
    """
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,30}))?", number, re.ASCII)
    if not match:
        return f"\0{number}"
    sign, whole, part, power = match.groups(default="")
    digits = (whole + part).lstrip("0")
    bare = digits.rstrip("0")
    exponent = int(power or 0) - len(part) + len(digits) - len(bare)
    return f"\0{sign}{bare}e{exponent}" if bare else "\x000"

"""CMX 3600 edit decision lists: one picture track of events, each with a reel of eight letters and four timecodes.

The adapter writes the first track alone, gives two sources with like names one reel, and breaks an event whose reel has
a blank; so the timeline is made ready for it here, and what does not go into a list is left out in sight.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from clipline_otio.building import KEY
from clipline_otio.library import otio, parse, serialize

__all__ = ["read", "write"]

_REEL = 8  # letters of a reel's name in CMX 3600
_OTHERS = re.compile(r"[^A-Z0-9]")


def write(timeline: Any) -> str | None:
    """The list of a timeline with whole frames of a broadcast rate; None where it has no picture to list."""
    picture = next((track for track in timeline.tracks if _is_picture(track)), None)
    if picture is None:
        return None
    listed = otio().schema.Timeline(_one_line(timeline.name) or "untitled")
    listed.tracks.append(picture.deepcopy())
    reels: dict[str, str] = {}
    for clip in listed.find_clips():
        clip.name = _one_line(clip.name)
        clip.metadata["cmx_3600"] = {"reel": _reel(clip, reels)}
    rate = timeline.global_start_time.rate
    text = serialize(listed, "edl", rate=rate)
    # Whoever reads the timecodes must know how they count; the adapter does not say it.
    mode = "DROP FRAME" if ";" in text else "NON-DROP FRAME"
    title, line, events = text.partition("\n")
    return f"{title}{line}FCM: {mode}{events if events.startswith(line) else line + events}"


def read(text: str, rate: float) -> Any:
    """The timeline of a list whose timecodes count `rate` frames a second.

    Raises:
        OTIOError: of OpenTimelineIO, or one of `library.BROKEN`: it is no such list.
    """
    return parse(text, "edl", rate=rate)


def _is_picture(track: Any) -> bool:
    return bool(track.kind == otio().schema.TrackKind.Video) and track.metadata.get(KEY, {}).get("kind") != "text"


def _one_line(name: str) -> str:
    """A name that stays in its line: control characters are blanks."""
    return " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in name).split())


def _reel(clip: Any, reels: dict[str, str]) -> str:
    """The reel of a clip's media: the letters of its name, and a number where another one has them."""
    source = getattr(clip.media_reference, "target_url", None) or clip.name
    if source not in reels:
        stem = re.sub(r"\.\w+$", "", source.rpartition("/")[2])
        plain = unicodedata.normalize("NFKD", re.sub(r"%[0-9A-Fa-f]{2}", "", stem)).upper()
        letters = _OTHERS.sub("", plain)[:_REEL] or "CLIP"
        name, number = letters, 1
        while name in reels.values() or name in {"AX", "BL", "BLACK", "BARS"}:  # what CMX 3600 itself means by these
            number += 1
            name = f"{letters[: _REEL - len(str(number))]}{number}"
        reels[source] = name
    return reels[source]

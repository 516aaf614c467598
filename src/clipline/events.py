"""What a run tells those who watch: one versioned shape for the terminal, the log, the journal and plugins.

An event goes sideways: it never changes a run, and whoever listens can never fail it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

__all__ = ["EVENT_TYPES", "EVENT_VERSION", "Event", "Finding", "for_the_record"]

EVENT_VERSION = 1

#: Each type of event with what its `data` holds. Plugins may emit others under `NAME.something`.
EVENT_TYPES: Mapping[str, str] = {
    "run.started": "name, backend, folder, resumed",
    "run.finished": "status, exit, seconds",
    "stage.started": "kind, attempt",
    "stage.progress": "fraction (0 to 1, or null), text, seconds_left (or null)",
    "stage.note": "text: something a person should read",
    "stage.finished": "status (done, failed, skipped, cancelled, waiting), seconds, reason, error",
    "stage.retry": "attempt, delay, error",
    "stage.reused": "why the finished stage is not done again",
    "effect.intended": "name",
    "effect.done": "name, adopted",
    "finding": "level (INFO, WARN, FAIL), text, about, times (start and end in seconds)",
    "artifact": "name, path, sha256, bytes",
    "link": "label, url: an address for the person; without its query for all but the terminal and `on_event`",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should know of a result; only FAIL fails a run, and only where a check asked for it.

    `about` names what it is about, alike from run to run, like `clip.mp4: black`; `times` are from one second of a file
    to another.
    """

    level: Literal["INFO", "WARN", "FAIL"]
    text: str
    about: str = ""
    times: tuple[tuple[float, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding for programs."""
        times = [{"start": round(start, 3), "end": round(end, 3)} for start, end in self.times]
        return {"level": self.level, "text": self.text, "about": self.about, "times": times}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote, or a level and a text alone."""
        times = tuple((each["start"], each["end"]) for each in data.get("times", ()))
        return cls(data["level"], data["text"], data.get("about", ""), times)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `sequence` counts from 1 in a run; `time` is seconds since 1970, UTC; `stage` is the path of the stage
    (`batch[2].remove`), empty for the run itself; `data` is JSON and holds no secret.
    """

    run_id: str
    sequence: int
    time: float
    type: str
    stage: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The event as one JSON object, with the version of its shape."""
        return {
            "clipline_event": EVENT_VERSION,
            "run": self.run_id,
            "sequence": self.sequence,
            "time": self.time,
            "type": self.type,
            "stage": self.stage,
            "data": dict(self.data),
        }


def for_the_record(type_: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What may be kept of an event's data: of an address all but what lets whoever has it in."""
    if type_ != "link":
        return data
    scheme, host, path, _, _ = urlsplit(str(data.get("url", "")))
    return {**data, "url": urlunsplit((scheme, host.rpartition("@")[2], path, "", ""))}

"""What a scope keeps between stages, so that any process can go on from it: the clip, the edits, the last job.

It lives in the run's state under the key `http`. No secret is in it: an address that opens what it leads to is left
out, and got anew where it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from clipline.errors import MachineError, StageFailed
from clipline.stage import TimelineView
from clipline.timeline import Segment, Timeline, Track
from clipline.values import JsonObject

__all__ = ["Clip", "State"]

KEY = "http"
VERSION = 1
#: Bytes of JSON that a run's state may have.
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Clip:
    """The clip to edit, as it was handed over.

    `taken` is what the service's replies gave, `left_out` the names of what may not be written down. `media` are its
    duration, width, height and fps, as far as somebody could look.
    """

    path: Path
    bytes: int
    sha256: str
    media: Mapping[str, float] = field(default_factory=dict)
    taken: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long it is; None where nobody knows."""
        return self.media.get("duration")


@dataclass(frozen=True, slots=True)
class State:
    """The work of one scope at one service; `base` is its address.

    `edits` are those that wait for a job, or, where each edit is a job, all: `instruction`, `operations`, `quality`,
    `values`. `job` is the outcome of the last submission where edits submit.
    """

    base: str = ""
    clip: Clip | None = None
    edits: tuple[JsonObject, ...] = ()
    job: JsonObject | None = None

    @classmethod
    def read(cls, state: JsonObject, base: str) -> Self:
        """The state as a stage finds it; empty where no stage left any.

        Raises:
            MachineError: a newer package wrote it.
            StageFailed: it is of another service.
        """
        kept = state.get(KEY)
        if not kept:
            return cls(base)
        if kept["version"] != VERSION:
            raise MachineError(
                f"the run's state has version {kept['version']}, this clipline-http reads {VERSION}",
                code="newer_state",
                hint="resume the run with the packages that began it",
            )
        if kept["base"] != base:
            raise StageFailed(
                f"this run works at {kept['base']}, and the settings now name {base}",
                code="other_service",
                hint="set http.service and http.api_url as they were, or start a new run",
            )
        clip = kept["clip"] and Clip(
            **{**kept["clip"], "path": Path(kept["clip"]["path"]), "left_out": tuple(kept["clip"]["left_out"])}
        )
        return cls(base, clip, tuple(kept["edits"]), kept["job"])

    def write(self, state: JsonObject) -> JsonObject:
        """`state` with this in it; what others keep there stays.

        Raises:
            StageFailed: it would be too large.
        """
        clip = self.clip and {**asdict(self.clip), "path": str(self.clip.path)}
        kept = {"version": VERSION, "base": self.base, "clip": clip, "edits": list(self.edits), "job": self.job}
        whole = {**state, KEY: kept}
        if len(json.dumps(whole).encode()) > LARGEST:
            raise StageFailed("the edits have become too long to be kept", code="state_too_large")
        return whole

    def with_clip(self, clip: Clip) -> State:
        """The clip is there; what was to be done with another one is gone."""
        return replace(self, clip=clip, edits=(), job=None)

    @property
    def view(self) -> TimelineView | None:
        """The edit as far as it can be told here: the clip. What a job makes of it shows in its file."""
        if self.clip is None:
            return None
        media = self.clip.media
        segment = Segment(self.clip.path.stem, media.get("duration", 0.0), source=str(self.clip.path))
        size = int(media.get("width", 0)), int(media.get("height", 0))
        return TimelineView(Timeline((Track("video", (segment,)),), *size, media.get("fps", 0.0)))

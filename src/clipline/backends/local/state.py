"""What the local backend keeps between stages: the media handed over, and the edit so far.

It lives in the run's state under the key `local`, so that any process can go on from it; nothing is kept in memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from clipline.errors import MachineError, Refused, StageFailed
from clipline.studio.reading.media import MediaInfo
from clipline.studio.reading.stills import as_clip, is_picture
from clipline.timeline import (
    Background,
    Cut,
    Isolate,
    Join,
    Loudness,
    LowerThird,
    Media,
    Music,
    Operation,
    Segment,
    Sound,
    Timeline,
    Title,
    Track,
    Trim,
    files_of,
    operation_from_json,
)
from clipline.values import JsonObject

__all__ = ["LocalState", "Source"]

KEY = "local"
VERSION = 1
_NO_CLIP = "upload a video first; to have one made from words a backend in the cloud is needed, like nemo"
#: Bytes of JSON that a run's state may have.
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was handed over, as it was then."""

    path: Path
    kind: str
    sha256: str = ""
    bytes: int = 0
    modified_ns: int = 0

    @property
    def name(self) -> str:
        """How an instruction names it."""
        return self.path.name

    def as_json(self) -> dict[str, Any]:
        """The source for the state."""
        return {
            "path": str(self.path),
            "kind": self.kind,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "modified_ns": self.modified_ns,
        }


@dataclass(frozen=True, slots=True)
class LocalState:
    """The edit of one scope.

    `timeline` is None until a clip was handed over; `before` and `changed` tell of the last edit. `wish` is what
    instructions said about the file to export, `strict` whether an edit asked for strict quality. `edits` are all
    edits in their order, as JSON: the `instruction` (None where there was none) and its `operations`.
    """

    sources: tuple[Source, ...] = ()
    timeline: Timeline | None = None
    before: Timeline | None = None
    changed: bool | None = None
    wish: JsonObject = field(default_factory=dict)
    edits: tuple[JsonObject, ...] = ()
    strict: bool = False

    @classmethod
    def read(cls, state: JsonObject) -> Self:
        """The state as a stage finds it; empty where no stage left any.

        Raises:
            MachineError: a newer clipline wrote it.
        """
        kept = state.get(KEY)
        if not kept:
            return cls()
        if kept["version"] != VERSION:
            raise MachineError(
                f"the run's state has version {kept['version']}, this clipline reads {VERSION}",
                code="newer_state",
                hint="resume the run with the clipline that began it",
            )
        return cls(
            sources=tuple(Source(**{**source, "path": Path(source["path"])}) for source in kept["sources"]),
            timeline=_timeline(kept["timeline"]),
            before=_timeline(kept["before"]),
            changed=kept["changed"],
            wish=kept["wish"],
            edits=tuple(kept["edits"]),
            strict=kept["strict"],
        )

    def write(self, state: JsonObject) -> JsonObject:
        """`state` with this in it; what others keep there stays.

        Raises:
            StageFailed: it would be too large.
        """
        kept = {
            "version": VERSION,
            "sources": [source.as_json() for source in self.sources],
            "timeline": self.timeline.as_json() if self.timeline else None,
            "before": self.before.as_json() if self.before else None,
            "changed": self.changed,
            "wish": dict(self.wish),
            "edits": list(self.edits),
            "strict": self.strict,
        }
        whole = {**state, KEY: kept}
        if len(json.dumps(whole).encode()) > LARGEST:
            raise StageFailed(
                "the edit has become too long to be kept",
                code="state_too_large",
                hint="hand over fewer files, or use fewer operations; a for_each gives each clip a state of its own",
            )
        return whole

    # --- changes -----------------------------------------------------------------------------------------------------

    def with_clip(self, source: Source, info: MediaInfo) -> LocalState:
        """The clip to edit is there: a timeline of one segment, all of it; an image as a still."""
        clip, still = as_clip(info), info.kind == "image"
        segment = Segment(source.path.stem, clip.duration, source=str(source.path), start=0.0, still=still)
        timeline = Timeline((Track("video", (segment,)),), clip.width, clip.height, clip.fps)
        return replace(self.with_source(source), timeline=timeline)

    def with_source(self, source: Source) -> LocalState:
        """One more file is there; the same file again is taken as it is now."""
        others = tuple(known for known in self.sources if known.path != source.path)
        return replace(self, sources=(*others, source))

    # --- questions ---------------------------------------------------------------------------------------------------

    @property
    def clip(self) -> Source | None:
        """The file that is edited."""
        path = next(iter(self._clip_paths()), None)
        return next((source for source in self.sources if source.path == path), None)

    def _clip_paths(self) -> list[Path]:
        """The files that are seen, that of the clip first, whatever was put in front of it."""
        return [Path(segment.source) for segment in sorted(self._shown(), key=lambda segment: segment.joined)]

    def _shown(self) -> list[Segment]:
        tracks = self.timeline.tracks if self.timeline else ()
        return [segment for track in tracks if track.kind == "video" for segment in track.segments]

    def clips_with(self, operation: Operation) -> list[Path]:
        """The files that this operation changes, each once."""
        return list(dict.fromkeys(Path(each.source) for each in self._shown() if operation in each.operations))

    @property
    def shaping(self) -> tuple[Operation, ...]:
        """The operations on the first part of the clip, whose frame is that of the whole."""
        first = min(self._shown(), key=lambda segment: segment.joined, default=None)
        return first.operations if first else ()

    @property
    def lasting(self) -> str:
        """What makes the result one that lasts, in words; empty where it is a photo that stays one."""
        if self.clip is None or self.clip.kind != "image":
            return "the clip moves"
        asked = (operation_from_json(item) for edit in self.edits for item in edit["operations"])
        return next((f'"{operation}" takes time' for operation in asked if _takes_time(operation)), "")

    def no_clip(self, work: str) -> Refused:
        """Why nothing can be done: no video was handed over, but perhaps something else."""
        what = {"image": "was handed over only to be used in the edit of a clip", "audio": "is only sound, not a video"}
        others = [f"{source.name} {what.get(source.kind, 'is no video')}" for source in self.sources]
        return Refused(
            f"there is no clip to {work}{': ' if others else ''}{'; '.join(others)}",
            code="no_clip",
            hint="give a video file" if others else _NO_CLIP,
        )

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that stand in the timeline, by track; a trim has become part of its segment."""
        tracks = self.timeline.tracks if self.timeline else ()
        return tuple(operation for track in tracks for segment in track.segments for operation in segment.operations)

    def used(self) -> tuple[Path, ...]:
        """Every file that the edit is made from, the clip first."""
        brought = [Path(path) for operation in self.operations for path in files_of(operation)]
        return tuple(dict.fromkeys([*self._clip_paths(), *brought]))


def _takes_time(operation: Operation) -> bool:
    match operation:
        case Trim() | Cut() | Join() | Music() | Sound() | Loudness():
            return True
        case Title(start=start, duration=lasts, fade_in=fade_in, fade_out=fade_out):
            return bool(start or lasts or fade_in or fade_out)
        case LowerThird(start=start, duration=lasts):
            return bool(start) or lasts not in {None, LowerThird("").duration}
        case Background(fill=Media(path=path)) | Isolate(fill=Media(path=path)):
            return not is_picture(Path(path))
        case _:
            return False


def _timeline(data: Mapping[str, Any] | None) -> Timeline | None:
    return Timeline.from_json(data) if data else None

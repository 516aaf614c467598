"""Makes clips of a timeline file: one of the whole, or one of each shot in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from clipline.events import Finding
from clipline.stage import Artifact, StageCall, StageResult
from clipline.timeline import Segment, Timeline, Track
from clipline.values import JsonObject
from clipline_otio.cutting import Cut
from clipline_otio.formats import write
from clipline_otio.layout import look
from clipline_otio.ordering import Order, order

__all__ = ["assemble", "consolidate"]


def assemble(call: StageCall, options: JsonObject) -> StageResult:
    """Make one clip of the timeline file that the options name.

    Raises:
        InputError: the file cannot be read, or media is missing or not what the file takes it for.
        Refused: the timeline has what cannot be done, or no picture.
        MachineError: the clip cannot be written.
    """
    work = _Work(call, options, order(Path(options["timeline"]), options, whole=True))
    made = work.clip(
        work.target(options.get("to", "{name}-assembled.{ext}"), "mp4"),
        work.order.cuts,
        work.order.heard,
        call.progress,
    )
    outputs = {
        "file": str(made.path),
        "files": [str(made.path)],
        "sources": sorted(work.order.known),
        "operations": [operation.as_json() for operation in work.order.operations],
        "duration": float(sum(cut.frames for cut in work.order.cuts) / work.order.rate),
        "clips": sum(1 for cut in work.order.cuts if cut.source),
        "timeline": work.order.timeline.as_json(),
    }
    return StageResult(outputs=outputs, artifacts=(made,), findings=tuple(work.found))


def consolidate(call: StageCall, options: JsonObject) -> StageResult:
    """Make a clip of each shot, and a timeline of these clips: each can be edited on its own, and all assembled again.

    Raises:
        CliplineError: as `assemble`.
    """
    work = _Work(call, options, order(Path(options["timeline"]), options, whole=False))
    to = options.get("to", "{name}-shots/{name}")
    rate, total = work.order.rate, len(work.order.cuts)
    made: list[Artifact] = []
    shots: list[JsonObject] = []
    segments: list[Segment] = []
    at = 0
    for done, cut in enumerate(work.order.cuts):
        start, lasts = float(at / rate), float(cut.frames / rate)
        at += cut.frames
        if not cut.source:
            continue
        own = [Segment(cut.name, lasts, cut.source, cut.source_start, start=0.0)]
        heard = own if work.order.known[cut.source].audio_codec else []
        target = work.target(f"{to}-{len(made) + 1:03}.{{ext}}", "mp4")
        made.append(work.clip(target, [cut], heard, _part_of(call.progress, done / total, 1 / total)))
        file = str(made[-1].path)
        operations = [operation.as_json() for operation in cut.operations]
        shots.append({"file": file, "name": cut.name, "duration": lasts, "operations": operations})
        segments.append(Segment(cut.name, lasts, file, start=start))
    timeline = _of_shots(work.order, segments)
    made.append(work.text(f"{to}.{{ext}}", timeline))
    outputs = {
        "shots": shots,
        "files": [shot["file"] for shot in shots],
        "timeline": str(made[-1].path),
        "sources": sorted(work.order.known),
    }
    return StageResult(outputs=outputs, artifacts=tuple(made), findings=tuple(work.found))


def _of_shots(decided: Order, segments: Sequence[Segment]) -> Timeline:
    """The timeline with one picture track of whole shots; sound and titles stay as they are."""
    others = [track for track in decided.timeline.tracks if track.kind != "video"]
    timeline = replace(decided.timeline, tracks=(Track("video", tuple(segments)), *others))
    return replace(timeline, width=decided.size.width, height=decided.size.height, fps=float(decided.rate))


def _part_of(progress: Callable[[float | None, str], None], begin: float, share: float) -> Callable[[float, str], None]:
    return lambda fraction, text: progress(begin + share * fraction, text)


@dataclass(frozen=True, slots=True)
class _Work:
    """What both stages do alike; `found` grows with what is met."""

    call: StageCall
    options: JsonObject
    order: Order
    found: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.found.extend(self.order.findings)
        for note in self.order.notes:
            self.call.note(note)

    def target(self, to: str, ext: str) -> Path:
        """Where a file goes; never over what it is made from."""
        file = Path(self.options["timeline"])
        return self.call.target(to, name=file.stem, ext=ext, sources=[file, *map(Path, self.order.known)])

    def clip(
        self, target: Path, cuts: Sequence[Cut], heard: Sequence[Segment], progress: Callable[[float, str], None]
    ) -> Artifact:
        """Make and deliver a clip, if an earlier attempt has not."""
        from clipline_otio.joining import Shape, join

        if known := self.call.files.delivered(target):  # by an attempt that was killed before it could say so
            return known
        temporary = self.call.files.temporary(target)
        found = join(
            cuts,
            heard,
            self.order.known,
            temporary,
            Shape(self.order.size, self.order.rate),
            clock=self.call.clock,
            progress=lambda fraction: progress(fraction, f"making {target.name}"),
            threads=int(self.call.settings.get("studio", {}).get("threads") or 0) or os.cpu_count() or 2,
        )
        self.found.extend(each for each in found if each not in self.found)
        return self._delivered(temporary, target)

    def text(self, to: str, timeline: Timeline) -> Artifact:
        """Deliver a timeline of media beside it."""
        target = self.target(to, "otio")
        if known := self.call.files.delivered(target):
            return known
        temporary = self.call.files.temporary(target)
        written = write(timeline, look(timeline), "otio", target.parent, relative=True)
        temporary.write_bytes((written.text or "").encode())
        return self._delivered(temporary, target)

    def _delivered(self, temporary: Path, target: Path) -> Artifact:
        return self.call.files.deliver(temporary, target, collision=self.options.get("collision", "fail"))

"""Makes the file of a timeline: decodes, changes and encodes its pictures on three threads, with their sound."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import CliplineError, InputError, MachineError
from clipline.studio import compose
from clipline.studio.ahead import ahead
from clipline.studio.decode import VideoReader
from clipline.studio.encode import writer
from clipline.studio.flow import at_rate, changed, lasting, placed
from clipline.studio.media import MediaInfo, probe
from clipline.studio.memory import hand_back
from clipline.studio.picture import Finding, PictureOperation
from clipline.studio.plan import Plan, RenderSpec, make_plan
from clipline.studio.sound import mix
from clipline.timeline import Segment, Timeline

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["RenderSpec", "Rendered", "render"]

_AHEAD = 4  # frames that may wait between two threads
_PREPARING = 0.3  # the part of the progress that goes to looking for people


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came out: `frames` written, `seconds` they last, and what a person should know of them."""

    findings: tuple[Finding, ...]
    info: MediaInfo
    frames: int
    seconds: float


def render(
    timeline: Timeline,
    output: Path,
    spec: RenderSpec,
    *,
    clock: Clock,
    progress: Callable[[float], None],
    threads: int = 2,
    prepare: compose.Prepare | None = None,
) -> Rendered:
    """Render the one clip of a timeline, its titles and its music, to `output`.

    Args:
        timeline: what to render.
        output: the file to write, whose name says nothing of what it holds; for "png" the folder.
        spec: the container and its settings.
        clock: looked at between any two frames.
        progress: told the part done, 0 to 1, after each frame.
        threads: how many each codec may use.
        prepare: makes operations on people ready; the studio's own by default.

    Nothing is left at `output` when this raises.

    Raises:
        InputError: the source is no clip, or cannot be read.
        Refused: what is asked for cannot be done with this clip or container.
        MachineError: the file cannot be written.
        Cancelled, TimedOut: by the clock.
    """
    clip = compose.the_clip(timeline)
    info = _clip_info(clip)
    with VideoReader(Path(clip.source), threads=threads, alpha=info.has_alpha) as reader:
        plan = make_plan(timeline, output, spec, info, reader, threads=threads)
        share = _PREPARING if plan.people else 0.0
        people = _prepared(plan, reader, spec, prepare, clock=clock, progress=_part_of(progress, 0.0, share))
        steps = [*plan.first, *people, *plan.last]
        frames = _frames(plan, reader, steps, clock)
        count = _write(frames, plan, clock, _part_of(progress, share, 1.0 - share))
        findings = [*plan.findings, *reader.findings()]
    findings += [finding for step in steps for finding in step.findings()]
    progress(1.0)
    return Rendered(tuple(findings), _result_info(plan, count), count, plan.length)


def _prepared(
    plan: Plan,
    reader: VideoReader,
    spec: RenderSpec,
    prepare: compose.Prepare | None,
    *,
    clock: Clock,
    progress: Callable[[float], None],
) -> list[PictureOperation]:
    """The operations on people, after a look through the clip for each of them."""
    if not plan.people:
        return []  # before anything is imported for them
    count, prepare = len(plan.people), prepare or _studio_prepare()
    operations = [
        prepare(
            operation,
            source=Path(plan.clip.source),
            start=plan.start,
            end=plan.end,
            info=plan.info,
            space=reader.space,
            threads=plan.target.threads,
            clock=clock,
            progress=_part_of(progress, number / count, 1 / count),
            strict=spec.strict,
            alpha=plan.target.alpha,
        )
        for number, operation in enumerate(plan.people)
    ]
    hand_back()
    return operations


def _frames(
    plan: Plan, reader: VideoReader, steps: Sequence[PictureOperation], clock: Clock
) -> Generator[tuple[VideoFrame, float], None, None]:
    """The changed frames, decoded on one thread and changed on another."""
    decoded = ahead(reader.frames(plan.start, plan.end, clock), clock, depth=_AHEAD, name="studio-decode")
    frames = placed(decoded, plan.start)
    if plan.rate is not None:
        frames = at_rate(frames, plan.rate, plan.length)
    return ahead(changed(frames, steps, alpha=plan.target.alpha), clock, depth=_AHEAD, name="studio-process")


def _clip_info(clip: Segment) -> MediaInfo:
    """What the clip's file holds.

    Raises:
        InputError: no picture that moves, or none at the time asked for.
    """
    source = Path(clip.source)
    info = probe(source)
    if info.kind != "video":
        what = "an image" if info.kind == "image" else "only sound"
        raise InputError(f"{source.name} holds {what}, not a video clip", hint="give a video file")
    if clip.source_start >= info.duration or clip.duration <= 0:
        raise InputError(f"{source.name} ends at {info.duration:g}s; nothing is left from {clip.source_start:g}s on")
    return info


def _studio_prepare() -> compose.Prepare:
    from clipline.studio.people import prepare

    return prepare


def _part_of(progress: Callable[[float], None], begin: float, share: float) -> Callable[[float], None]:
    return lambda fraction: progress(begin + share * min(1.0, max(0.0, fraction)))


def _write(
    frames: Generator[tuple[VideoFrame, float], None, None],
    plan: Plan,
    clock: Clock,
    progress: Callable[[float], None],
) -> int:
    """Encode every frame and the sound; how many frames that were. Nothing is left on disk after an error."""
    import av

    count = 0
    out = writer(plan.target, mix(plan.sound, plan.length, clock) if plan.sound else None)
    try:
        with closing(frames):
            for frame, time, duration in lasting(frames, plan.picture_length):
                clock.check()
                out.write(frame, time, duration)
                count += 1
                progress((time + duration) / plan.length)
            for _ in out.finish():
                clock.check()
    except BaseException as error:
        out.abandon()
        if isinstance(error, (av.FFmpegError, OSError)):
            raise _write_error(error, plan.target.path) from error
        raise
    return count


def _write_error(error: Any, output: Path) -> CliplineError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return MachineError(f"the disk is full: {output} could not be finished", hint="make room and run again")
    hint = "" if output.parent.is_dir() else f"the folder {output.parent} is gone; make it again, then: clipline resume"
    return MachineError(f"{output} could not be written: {error.strerror or error}", hint=hint)


def _result_info(plan: Plan, frames: int) -> MediaInfo:
    target = plan.target
    if target.format.name != "png":
        return probe(target.path)
    return MediaInfo(
        "image",
        "png",
        plan.length,
        target.size.width,
        target.size.height,
        float(target.rate),
        frames,
        "png",
        bytes=sum(path.stat().st_size for path in target.path.iterdir()),
        has_alpha=target.alpha,
    )

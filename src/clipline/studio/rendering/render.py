"""Makes the file of a timeline: its pictures are decoded, changed and encoded on a thread each, with their sound."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import CliplineError, MachineError
from clipline.studio.audio.mixdown import Mixdown, make_mixdown
from clipline.studio.pictures.picture import Finding
from clipline.studio.reading.media import MediaInfo, probe
from clipline.studio.rendering import compose
from clipline.studio.rendering.ahead import ahead
from clipline.studio.rendering.copying import Copier, copies
from clipline.studio.rendering.finely import finely
from clipline.studio.rendering.flow import Seen, drawn, joined, lasting
from clipline.studio.rendering.plan import Plan, RenderSpec, make_plan
from clipline.studio.rendering.prepared import part_of, prepared
from clipline.studio.rendering.take import AHEAD, Take
from clipline.studio.writing.encode import writer
from clipline.studio.writing.target import Writer
from clipline.timeline import Timeline

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["RenderSpec", "Rendered", "render"]

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
    """Render the clips of a timeline one after another, its titles and its music, to `output`.

    Args:
        timeline: what to render.
        output: the file to write, whose name says nothing of what it holds; for "frames" the folder.
        spec: the container and its settings.
        clock: looked at between any two frames.
        progress: told the part done, 0 to 1, after each frame.
        threads: how many each codec may use.
        prepare: makes operations on people ready; the studio's own by default.

    Nothing is left at `output` when this raises.

    Raises:
        InputError: a source is no clip, or cannot be read.
        Refused: what is asked for cannot be done with these clips or this container.
        MachineError: the file cannot be written.
        Cancelled, TimedOut: by the clock.
    """
    plan = make_plan(timeline, output, spec, threads=threads)
    mixdown = make_mixdown(plan.sound, plan.length, plan.loudness, clock)
    if copies(plan):
        copier = Copier(plan, mixdown, clock)
        with _whole_or_nothing(copier, plan):
            count = copier.write(progress)
        findings = [*plan.findings, *copier.findings()]
    else:
        count, findings = _made(plan, mixdown, spec, prepare, clock=clock, progress=progress)
    progress(1.0)
    findings += mixdown.findings
    return Rendered(tuple(dict.fromkeys(findings)), _result_info(plan, count), count, plan.length)


def _made(
    plan: Plan,
    mixdown: Mixdown,
    spec: RenderSpec,
    prepare: compose.Prepare | None,
    *,
    clock: Clock,
    progress: Callable[[float], None],
) -> tuple[int, list[Finding]]:
    """Decode, change and encode everything; how many frames that were, and what to know of them."""
    share = _PREPARING if any(scene.people for scene in plan.scenes) else 0.0
    people = prepared(plan, spec, prepare, clock=clock, progress=part_of(progress, 0.0, share))
    takes = [Take(scene, people.steps[at], plan.target, clock) for at, scene in enumerate(plan.scenes)]
    shown = joined(take.scene() for take in takes)
    if plan.target.format.picture:
        changing = _fine(drawn(_in_the_middle(shown, plan), plan.over, alpha=plan.target.alpha), plan)
    else:
        changing = drawn(shown, plan.over, alpha=plan.target.alpha)
    works = plan.over or any(scene.first or scene.people or scene.last for scene in plan.scenes)
    frames = ahead(changing, clock, depth=AHEAD, name="studio-process") if works else changing
    count = _write(frames, plan, mixdown, clock, part_of(progress, share, 1.0 - share))
    return count, [*plan.findings, *people.findings, *(finding for take in takes for finding in take.findings())]


def _in_the_middle(frames: Generator[Seen, None, None], plan: Plan) -> Generator[Seen, None, None]:
    """The frame of one picture at a time at which whatever comes slowly over it is there."""
    with closing(frames):
        for seen, _ in frames:
            yield seen, plan.length / 2


def _fine(
    frames: Generator[tuple[VideoFrame, float], None, None], plan: Plan
) -> Generator[tuple[VideoFrame, float], None, None]:
    """The frame of one picture, as fine as the photo that it is made from."""
    (scene,), target = plan.scenes, plan.target
    with closing(frames):
        for frame, time in frames:
            yield finely(frame, scene.shot.source.path, scene.last, target.tags, alpha=target.alpha), time


def _write(
    frames: Generator[tuple[VideoFrame, float], None, None],
    plan: Plan,
    mixdown: Mixdown,
    clock: Clock,
    progress: Callable[[float], None],
) -> int:
    """Encode every frame and the sound; how many frames that were. Nothing is left on disk after an error."""
    count = 0
    out = writer(plan.target, mixdown.play())
    with _whole_or_nothing(out, plan), closing(frames):
        for frame, time, duration in lasting(frames, plan.picture_length):
            clock.check()
            out.write(frame, time, duration)
            count += 1
            progress((time + duration) / plan.length)
        for _ in out.finish():
            clock.check()
    return count


@contextmanager
def _whole_or_nothing(out: Writer | Copier, plan: Plan) -> Iterator[None]:
    """Leaves nothing on disk after an error, which becomes one of our own."""
    import av

    try:
        yield
    except BaseException as error:
        out.abandon()
        if isinstance(error, (av.FFmpegError, OSError)):
            raise _write_error(error, plan.target.path) from error
        raise


def _write_error(error: Any, output: Path) -> CliplineError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return MachineError(f"the disk is full: {output} could not be finished", hint="make room and run again")
    hint = "" if output.parent.is_dir() else f"the folder {output.parent} is gone; make it again, then: clipline resume"
    return MachineError(f"{output} could not be written: {error.strerror or error}", hint=hint)


def _result_info(plan: Plan, frames: int) -> MediaInfo:
    target = plan.target
    if target.format.name != "frames":
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

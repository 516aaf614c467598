"""Makes the file of a timeline: decodes, changes and encodes its pictures on three threads, with their sound."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import CliplineError, InputError, MachineError
from clipline.studio import compose
from clipline.studio.ahead import ahead
from clipline.studio.decode import VideoReader
from clipline.studio.encode import writer
from clipline.studio.flow import at_rate, changed, lasting, nearest, placed
from clipline.studio.formats import Format, FormatName, Quality, format_of
from clipline.studio.geometry import Flatten
from clipline.studio.media import MediaInfo, probe
from clipline.studio.picture import Finding, PictureOperation
from clipline.studio.sound import Part, mix
from clipline.studio.target import Target
from clipline.timeline import Background, Fit, Isolate, Remove, Segment, Timeline
from clipline.values import Size

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["RenderSpec", "Rendered", "render"]

_AHEAD = 4  # frames that may wait between two threads
_PREPARING = 0.3  # the part of the progress that goes to looking for people


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """How the result is to be.

    `size` is exact, `max_size` a box either way up in which it is made to fit; `fps` None keeps the source's frames
    and their times. `preview` makes it small and fast. `strict` lets operations refuse what would look bad.
    """

    format: FormatName = "mp4"
    quality: Quality = "high"
    size: Size | None = None
    max_size: Size | None = None
    fps: float | None = None
    preview: bool = False
    strict: bool = False


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
        plan = _plan(timeline, output, spec, info, reader, threads=threads)
        share = _PREPARING if plan.people else 0.0
        people = _prepared(
            plan, reader, spec, prepare or _studio_prepare(), clock=clock, progress=_part_of(progress, 0.0, share)
        )
        steps = [*plan.first, *people, *plan.last]
        frames = _frames(plan, reader, steps, clock)
        count = _write(frames, plan, clock, _part_of(progress, share, 1.0 - share))
        findings = [*plan.findings, *reader.findings()]
    findings += [finding for step in steps for finding in step.findings()]
    progress(1.0)
    return Rendered(tuple(findings), _result_info(plan, count), count, plan.length)


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is decided before the first picture: `first` comes before the operations on people, `last` after."""

    clip: Segment
    info: MediaInfo
    start: float
    end: float
    target: Target
    rate: Fraction | None
    people: tuple[Background | Remove | Isolate, ...]
    first: tuple[PictureOperation, ...]
    last: tuple[PictureOperation, ...]
    sound: tuple[Part, ...]
    findings: tuple[Finding, ...]

    @property
    def length(self) -> float:
        """Seconds of the result."""
        return self.end - self.start

    @property
    def picture_length(self) -> float:
        """The same in whole frames, where the frame rate is fixed."""
        if self.rate is None:
            return self.length
        return float(max(1, nearest(self.length * self.rate)) / self.rate)


def _plan(
    timeline: Timeline, output: Path, spec: RenderSpec, info: MediaInfo, reader: VideoReader, *, threads: int
) -> _Plan:
    """Decide everything; whatever can be refused is refused here, before any work."""
    clip, kind = compose.the_clip(timeline), format_of(spec.format)
    start, end = clip.source_start, min(clip.source_start + clip.duration, info.duration)
    alpha = compose.wants_alpha(clip.operations, info, kind)
    small = (Fit(compose.PREVIEW_BOX),) if spec.preview and spec.size is None else ()
    shape = compose.result_size(
        (*clip.operations, *small),
        Size(info.width, info.height),
        reader.space,
        kind,
        exact=spec.size,
        box=spec.max_size,
    )
    limit = kind.max_fps[spec.quality] if kind.max_fps else None
    rate = _result_rate(spec.fps, limit, reader.rate)
    sound = compose.sound_parts(timeline, clip, info, end - start)
    return _Plan(
        clip=clip,
        info=info,
        start=start,
        end=end,
        target=Target(
            path=output,
            format=kind,
            quality=spec.quality,
            preview=spec.preview,
            size=shape.size,
            rate=rate or reader.rate,
            time_base=_fine(reader.time_base if rate is None else 1 / rate),
            tags=reader.tags,
            alpha=alpha,
            threads=threads,
        ),
        rate=rate,
        people=tuple(item for item in clip.operations if isinstance(item, (Background, Remove, Isolate))),
        first=(Flatten(0 if reader.space.full_range else 16),) if info.has_alpha and not alpha else (),
        last=(*shape.steps, *compose.titles(timeline, start, shape.size, reader.space)),
        sound=tuple(sound) if kind.audio_codec else (),
        findings=(
            *compose.unknown_tracks(timeline),
            *shape.findings,
            *_losses(kind, info, sound=bool(sound), alpha=alpha, rate=rate, wanted=spec.fps),
        ),
    )


def _prepared(
    plan: _Plan,
    reader: VideoReader,
    spec: RenderSpec,
    prepare: compose.Prepare,
    *,
    clock: Clock,
    progress: Callable[[float], None],
) -> list[PictureOperation]:
    """The operations on people, after a look through the clip for each of them."""
    count = len(plan.people)
    return [
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


def _frames(
    plan: _Plan, reader: VideoReader, steps: Sequence[PictureOperation], clock: Clock
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


def _result_rate(wanted: float | None, limit: float | None, source: Fraction) -> Fraction | None:
    """The fixed frame rate of the result; None keeps the frames' own times."""
    if wanted is None and limit is not None and source > limit:
        wanted = limit
    if wanted is None:
        return None
    # 29.97 and 23.976 mean 30000/1001 and 24000/1001.
    broadcast = Fraction(round(wanted) * 1000, 1001)
    if abs(float(broadcast) - wanted) < 0.005 and wanted != round(wanted):
        return broadcast
    return Fraction(wanted).limit_denominator(1001)


def _fine(time_base: Fraction) -> Fraction:
    """A time base of at least 10,000 ticks a second in which the ticks of the given one are whole."""
    while time_base > Fraction(1, 10_000):
        time_base /= 2
    return time_base


def _part_of(progress: Callable[[float], None], begin: float, share: float) -> Callable[[float], None]:
    return lambda fraction: progress(begin + share * min(1.0, max(0.0, fraction)))


def _write(
    frames: Generator[tuple[VideoFrame, float], None, None],
    plan: _Plan,
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
    return MachineError(f"{output} could not be written: {error.strerror or error}")


def _losses(
    kind: Format, info: MediaInfo, *, sound: bool, alpha: bool, rate: Fraction | None, wanted: float | None
) -> list[Finding]:
    """What the container cannot keep."""
    found = []
    if sound and not kind.audio_codec:
        found.append(Finding("INFO", f"{kind.name} holds no sound"))
    if info.has_alpha and not alpha:
        found.append(Finding("WARN", f"{kind.name} carries no transparency; what is clear in the clip is black"))
    if rate is not None and wanted is None:
        found.append(Finding("INFO", f"{kind.name} is written at {float(rate):g} frames a second"))
    return found


def _result_info(plan: _Plan, frames: int) -> MediaInfo:
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

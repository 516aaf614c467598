"""Makes the file of a timeline: decodes, changes and encodes its pictures on three threads, with their sound."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import CliplineError, InputError, MachineError
from clipline.studio import compose
from clipline.studio.ahead import ahead
from clipline.studio.decode import Decoded, VideoReader, is_upright, upright
from clipline.studio.encode import Target, Writer, writer
from clipline.studio.formats import Format, FormatName, Quality, format_of
from clipline.studio.frames import frame_of
from clipline.studio.geometry import Flatten
from clipline.studio.media import MediaInfo, probe
from clipline.studio.picture import Finding, PictureOperation
from clipline.studio.sound import mix
from clipline.timeline import Background, Isolate, Remove, Segment, Timeline
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
    clip, kind = compose.the_clip(timeline), format_of(spec.format)
    info = _clip_info(clip)
    start, end = clip.source_start, min(clip.source_start + clip.duration, info.duration)
    alpha = compose.wants_alpha(clip.operations, info, kind)
    parts = compose.sound_parts(timeline, clip, info, end - start)
    with VideoReader(Path(clip.source), threads=threads, alpha=info.has_alpha) as reader:
        shape = compose.result_size(
            clip.operations,
            Size(info.width, info.height),
            reader.space,
            kind,
            exact=spec.size,
            box=compose.PREVIEW_BOX if spec.preview and spec.size is None else spec.max_size,
        )
        titles = compose.titles(timeline, start, shape.size, reader.space)
        limit = kind.max_fps[spec.quality] if kind.max_fps else None
        rate = _result_rate(spec.fps, limit, reader.rate)
        target = Target(
            path=output,
            format=kind,
            quality=spec.quality,
            preview=spec.preview,
            size=shape.size,
            rate=rate or reader.rate,
            time_base=reader.time_base if rate is None else 1 / rate,
            tags=reader.tags,
            alpha=alpha,
            threads=threads,
        )
        people = [item for item in clip.operations if isinstance(item, (Background, Remove, Isolate))]
        share = _PREPARING if people else 0.0
        prepared = []
        for number, operation in enumerate(people):
            prepared.append(
                (prepare or _studio_prepare())(
                    operation,
                    source=Path(clip.source),
                    start=start,
                    end=end,
                    info=info,
                    space=reader.space,
                    threads=threads,
                    clock=clock,
                    progress=_part_of(progress, share * number / len(people), share / len(people)),
                    strict=spec.strict,
                    alpha=alpha,
                )
            )
        flat = [Flatten(0 if reader.space.full_range else 16)] if info.has_alpha and not alpha else []
        steps = [*flat, *prepared, *shape.steps, *titles]
        decoded = _placed(ahead(reader.frames(start, end, clock), clock, depth=_AHEAD, name="studio-decode"), start)
        wanted = decoded if rate is None else _at_rate(decoded, rate, end - start)
        changed = ahead(_changed(wanted, steps, alpha=alpha), clock, depth=_AHEAD, name="studio-process")
        sound = mix(parts, end - start, clock) if parts and kind.audio_codec else None
        count = _write(
            changed,
            writer(target, sound),
            target,
            end - start,
            clock=clock,
            progress=_part_of(progress, share, 1.0 - share),
        )
        findings = [*shape.findings, *reader.findings()]
    findings += [finding for step in steps for finding in step.findings()]
    findings += _losses(kind, info, parts=bool(parts), alpha=alpha, slowed=limit if rate and not spec.fps else None)
    progress(1.0)
    return Rendered(tuple(findings), _result_info(target, count, end - start), count, end - start)


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


def _part_of(progress: Callable[[float], None], begin: float, share: float) -> Callable[[float], None]:
    return lambda fraction: progress(begin + share * min(1.0, max(0.0, fraction)))


def _placed(frames: Generator[Decoded, None, None], start: float) -> Generator[tuple[Decoded, float], None, None]:
    """Each frame with its time in the result; the first one is seen from the beginning."""
    with closing(frames):
        first = True
        for decoded in frames:
            yield decoded, 0.0 if first else decoded.time - start
            first = False


def _at_rate(
    frames: Generator[tuple[Decoded, float], None, None], rate: Fraction, length: float
) -> Generator[tuple[Decoded, float], None, None]:
    """Frames at a fixed rate: those nearest in time, left out or repeated as it takes."""
    with closing(frames):
        slot, total = 0, max(1, _nearest(length * rate))
        standing: Decoded | None = None
        for decoded, time in frames:
            until = min(total, _nearest(time * rate))
            while standing is not None and slot < until:
                yield standing, float(slot / rate)
                slot += 1
            standing = decoded
        while standing is not None and slot < total:
            yield standing, float(slot / rate)
            slot += 1


def _nearest(value: Fraction | float) -> int:
    """The nearest whole number; halves always go up, so that every second frame is every second frame."""
    return floor(value + 0.5)


def _changed(
    frames: Generator[tuple[Decoded, float], None, None], steps: Sequence[PictureOperation], *, alpha: bool
) -> Generator[tuple[VideoFrame, float], None, None]:
    """Every frame after all steps; as it was decoded where there is nothing to do."""
    with closing(frames):
        for decoded, time in frames:
            if not steps and is_upright(decoded):
                yield decoded.frame, time
                continue
            picture = upright(decoded)
            for step in steps:
                picture = step.process(picture)
            yield frame_of(picture, alpha=alpha), time


def _write(
    frames: Generator[tuple[VideoFrame, float], None, None],
    out: Writer,
    target: Target,
    length: float,
    *,
    clock: Clock,
    progress: Callable[[float], None],
) -> int:
    """Encode every frame and the sound; how many frames that were. Nothing is left on disk after an error."""
    import av

    count = 0
    try:
        with closing(frames):
            for frame, time, duration in _lasting(frames, length):
                clock.check()
                out.write(frame, time, duration)
                count += 1
                progress((time + duration) / length)
            for _ in out.finish():
                clock.check()
    except BaseException as error:
        out.abandon()
        if isinstance(error, (av.FFmpegError, OSError)) and not isinstance(error, CliplineError):
            raise _write_error(error, target.path) from error
        raise
    return count


def _lasting(frames: Iterator[tuple[VideoFrame, float]], length: float) -> Iterator[tuple[VideoFrame, float, float]]:
    """Each frame with its time and how long it stands; the last one to the end."""
    waiting: tuple[VideoFrame, float] | None = None
    for frame, time in frames:
        if waiting is not None:
            yield *waiting, time - waiting[1]
        waiting = frame, time
    if waiting is not None:
        yield *waiting, max(0.001, length - waiting[1])


def _write_error(error: Any, output: Path) -> CliplineError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return MachineError(f"the disk is full: {output} could not be finished", hint="make room and run again")
    return MachineError(f"{output} could not be written: {error.strerror or error}")


def _losses(kind: Format, info: MediaInfo, *, parts: bool, alpha: bool, slowed: float | None) -> list[Finding]:
    """What the container cannot keep."""
    found = []
    if parts and not kind.audio_codec:
        found.append(Finding("INFO", f"{kind.name} holds no sound"))
    if info.has_alpha and not alpha:
        found.append(Finding("WARN", f"{kind.name} carries no transparency; what is clear in the clip is black"))
    if slowed:
        found.append(Finding("INFO", f"{kind.name} is written at {slowed:g} frames a second"))
    return found


def _result_info(target: Target, frames: int, seconds: float) -> MediaInfo:
    if target.format.name != "png":
        return probe(target.path)
    size = sum(path.stat().st_size for path in target.path.iterdir())
    return MediaInfo(
        "image", "png", seconds, target.size.width, target.size.height, float(target.rate), frames, "png",
        bytes=size, has_alpha=target.alpha,
    )  # fmt: skip

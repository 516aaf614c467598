"""Makes one clip of many: their pictures at one size and rate, one after the other, with the sounds mixed under them.

The pictures go through the studio's own decoder, geometry and encoder once, at its best quality.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import MachineError
from clipline.events import Finding
from clipline.timeline import BLACK, Pad, Segment
from clipline.values import Size
from clipline_otio.cutting import Cut

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.audio.sampling import Samples
    from clipline.studio.pictures.picture import ColorSpace
    from clipline.studio.reading.decode import ColorTags
    from clipline.studio.reading.media import MediaInfo
    from clipline.studio.writing.target import Writer

__all__ = ["Shape", "join"]

_AHEAD = 4  # frames that are decoded before they are needed
# How FFmpeg counts ranges, and how swscale counts matrices.
_RANGES = {False: 1, True: 2}
_MATRICES = {"bt709": 1, "bt601": 5}


@dataclass(frozen=True, slots=True)
class Shape:
    """The picture of the result."""

    size: Size
    rate: Fraction


def join(
    cuts: Sequence[Cut],
    heard: Sequence[Segment],
    known: Mapping[str, MediaInfo],
    target: Path,
    shape: Shape,
    *,
    clock: Clock,
    progress: Callable[[float], None],
    threads: int,
) -> list[Finding]:
    """Write the MP4 of a list of cuts to `target`; what a person should know of it.

    Nothing is left at `target` when this raises.

    Raises:
        InputError: a source cannot be read.
        MachineError: the file cannot be written.
        Cancelled, TimedOut: by the clock.
    """
    import av

    pictures = _Pictures(known, shape, clock, threads)
    tags = pictures.look(next(cut.source for cut in cuts if cut.source))
    total = sum(cut.frames for cut in cuts)
    out = _writer(target, shape, tags, _mixed(heard, float(total / shape.rate), clock), threads)
    try:
        with closing(pictures.of(cuts)) as frames:
            for number, frame in enumerate(frames):
                clock.check()
                out.write(frame, float(number / shape.rate), float(1 / shape.rate))
                progress((number + 1) / total)
        for _ in out.finish():
            clock.check()
    except BaseException as error:
        out.abandon()
        if isinstance(error, (av.FFmpegError, OSError)):
            raise MachineError(f"{target} could not be written: {error.strerror or error}") from error
        raise
    return pictures.findings()


def _mixed(heard: Sequence[Segment], seconds: float, clock: Clock) -> Generator[Samples, None, None] | None:
    """The sound of the result; None where nothing is heard."""
    from clipline.studio.audio.sound import Part, mix

    parts = [
        Part(Path(each.source), each.source_start, each.start or 0.0, each.duration, _volume(each)) for each in heard
    ]
    return mix(parts, seconds, clock) if parts else None


def _volume(segment: Segment) -> float:
    return 1.0 if segment.volume is None else segment.volume


def _writer(
    target: Path, shape: Shape, tags: ColorTags, sound: Generator[Samples, None, None] | None, threads: int
) -> Writer:
    from clipline.studio.writing.encode import writer
    from clipline.studio.writing.formats import format_of
    from clipline.studio.writing.target import Target

    made = Target(
        path=target,
        format=format_of("mp4"),
        quality="best",
        preview=False,
        size=shape.size,
        rate=shape.rate,
        time_base=Fraction(1, 1000) / shape.rate,  # in which frames are whole
        tags=tags,
        alpha=False,
        threads=threads,
    )
    return writer(made, sound)


class _Pictures:
    """The frames of cuts, in the size, rate and colours of the result."""

    def __init__(self, known: Mapping[str, MediaInfo], shape: Shape, clock: Clock, threads: int) -> None:
        self._known, self._shape, self._clock, self._threads = known, shape, clock, threads
        self._tags: ColorTags | None = None
        self._space: ColorSpace | None = None
        self._found: list[Finding] = []

    def look(self, source: str) -> ColorTags:
        """Take the colours of the result from a clip."""
        from clipline.studio.reading.decode import VideoReader

        with VideoReader(Path(source), threads=self._threads) as reader:
            self._tags, self._space = reader.tags, reader.space
        return self._tags

    def of(self, cuts: Sequence[Cut]) -> Generator[VideoFrame, None, None]:
        """Every frame of the result."""
        for cut in cuts:
            count = 0
            last: VideoFrame | None = None
            with closing(self._clip(cut)) if cut.source else closing(_nothing()) as frames:
                for frame in frames:
                    if count == cut.frames:
                        break
                    count, last = count + 1, frame
                    yield frame
            for _ in range(cut.frames - count):
                yield last if last is not None else self._black()

    def findings(self) -> list[Finding]:
        """What was met on the way, each once."""
        return list(dict.fromkeys(self._found))

    def _clip(self, cut: Cut) -> Generator[VideoFrame, None, None]:
        from clipline.studio.pictures.geometry import plan_geometry
        from clipline.studio.reading.decode import VideoReader
        from clipline.studio.rendering.ahead import ahead
        from clipline.studio.rendering.flow import at_rate, drawn, placed

        info, rate = self._known[cut.source], self._shape.rate
        lasts = float(cut.frames / rate)
        with VideoReader(Path(cut.source), threads=self._threads) as reader:
            steps, _ = plan_geometry(Pad(self._shape.size), Size(info.width, info.height), reader.space)
            decoded = ahead(
                reader.frames(cut.source_start, cut.source_start + lasts, self._clock),
                self._clock,
                depth=_AHEAD,
                name="assemble-decode",
            )
            slots = at_rate(placed(decoded, cut.source_start), rate, 0.0, lasts)
            self._compare(cut, reader.tags, info)
            with closing(drawn(slots, steps, alpha=False)) as frames:
                for frame, _ in frames:
                    yield self._colored(frame, reader.space)
            self._found += reader.findings()

    def _colored(self, frame: VideoFrame, space: ColorSpace) -> VideoFrame:
        """A frame in the colours of the result."""
        assert self._space is not None
        if space == self._space:
            return frame
        return frame.reformat(
            src_colorspace=_MATRICES[space.matrix],
            dst_colorspace=_MATRICES[self._space.matrix],
            src_color_range=_RANGES[space.full_range],
            dst_color_range=_RANGES[self._space.full_range],
            threads=1,
        )

    def _compare(self, cut: Cut, tags: ColorTags, info: MediaInfo) -> None:
        assert self._tags is not None
        name, size = Path(cut.source).name, self._shape.size
        if abs(info.width * size.height / (info.height * size.width) - 1) > 0.01:
            self._found.append(Finding("INFO", f"{name} of {info.width}x{info.height} stands on black in {size}"))
        if (tags.transfer, tags.primaries) != (self._tags.transfer, self._tags.primaries) and _hdr(tags, self._tags):
            self._found.append(Finding("WARN", f"{name} has colours of another range than the first clip, HDR or not"))
        if info.has_alpha:
            self._found.append(Finding("WARN", f"{name} is partly transparent; here it is opaque"))

    def _black(self) -> VideoFrame:
        import numpy as np

        from clipline.studio.pictures.frames import frame_of
        from clipline.studio.pictures.picture import Picture, yuv

        assert self._space is not None
        size, (luma, blue, red) = self._shape.size, yuv(BLACK, self._space)
        half = (size.height + 1) // 2, (size.width + 1) // 2
        planes = (np.full((size.height, size.width), luma, np.uint8), np.full(half, blue, np.uint8))
        return frame_of(Picture(*planes, np.full(half, red, np.uint8), 0.0, 0), alpha=False)


def _hdr(one: ColorTags, other: ColorTags) -> bool:
    """Whether exactly one of two clips is HDR: PQ or HLG, by FFmpeg's numbers."""
    return (one.transfer in {16, 18}) != (other.transfer in {16, 18})


def _nothing() -> Generator[Any, None, None]:
    yield from ()

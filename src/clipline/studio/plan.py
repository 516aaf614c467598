"""Decides all of a render before its first picture, and refuses what cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from clipline.studio import compose
from clipline.studio.decode import VideoReader
from clipline.studio.flow import nearest
from clipline.studio.formats import Format, FormatName, Quality, format_of
from clipline.studio.geometry import Flatten
from clipline.studio.media import MediaInfo
from clipline.studio.picture import Finding, PictureOperation
from clipline.studio.sound import Part
from clipline.studio.target import Target
from clipline.timeline import Background, Fit, Isolate, Remove, Segment, Timeline
from clipline.values import Size

__all__ = ["Plan", "RenderSpec", "make_plan"]


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
class Plan:
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


def make_plan(
    timeline: Timeline, output: Path, spec: RenderSpec, info: MediaInfo, reader: VideoReader, *, threads: int
) -> Plan:
    """Decide everything; whatever can be refused is refused here, before any work.

    Raises:
        InputError: a file of the timeline cannot be read.
        Refused: what is asked for cannot be done with this clip or container.
    """
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
    return Plan(
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

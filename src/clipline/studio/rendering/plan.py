"""Decides all of a render before its first picture, and refuses what cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from clipline.errors import Refused
from clipline.studio.audio.sound import Part
from clipline.studio.pictures.geometry import Flatten
from clipline.studio.pictures.picture import ColorSpace, Finding, PictureOperation
from clipline.studio.rendering import compose, conform
from clipline.studio.rendering.flow import nearest
from clipline.studio.rendering.shots import Shot, leading, read_shots
from clipline.studio.writing.formats import Format, FormatName, Quality, format_of
from clipline.studio.writing.target import Target
from clipline.timeline import Fit, Loudness, Operation, SubjectOperation, Timeline
from clipline.values import Size

__all__ = ["Plan", "RenderSpec", "Scenery", "make_plan", "rate_of", "shape_of"]


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
class Scenery:
    """How the pictures of a shot are changed: `first` comes before the operations on people, `last` after.

    `rate` is None where they keep their own times.
    """

    shot: Shot
    rate: Fraction | None
    people: tuple[SubjectOperation, ...]
    first: tuple[PictureOperation, ...]
    last: tuple[PictureOperation, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is decided before the first picture; `over` lies over everything, in the time of the result."""

    scenes: tuple[Scenery, ...]
    target: Target
    rate: Fraction | None
    over: tuple[PictureOperation, ...]
    sound: tuple[Part, ...]
    loudness: Loudness | None
    findings: tuple[Finding, ...]

    @property
    def shots(self) -> list[Shot]:
        """The shots in their order."""
        return [scene.shot for scene in self.scenes]

    @property
    def length(self) -> float:
        """Seconds of the result."""
        return self.scenes[-1].shot.until

    @property
    def picture_length(self) -> float:
        """The same in whole frames, where the frame rate is fixed."""
        if self.rate is None:
            return self.length
        return float(max(1, nearest(self.length * self.rate)) / self.rate)


def make_plan(timeline: Timeline, output: Path, spec: RenderSpec, *, threads: int) -> Plan:
    """Decide everything; whatever can be refused is refused here, before any work.

    Raises:
        InputError: a file of the timeline cannot be read.
        Refused: what is asked for cannot be done with these clips or this container.
    """
    shots, kind = read_shots(timeline, threads=threads), format_of(spec.format)
    first = leading(shots)
    wants = [compose.wants_alpha(shot.operations, shot.source.info, kind) for shot in shots]  # each may refuse
    shapes = [shape_of(conform.fitted(shot, first), shot.source.size, first.source.space, spec) for shot in shots]
    rate, slower = _one_picture(timeline, shots, spec) or rate_of(spec, first.source.rate)
    alpha = any(wants)
    sound = compose.sound_parts(timeline, shots)
    asked = [operation for shot in shots for operation in shot.operations]
    return Plan(
        scenes=tuple(
            _scenery(shot, shape, first, rate, alpha=alpha) for shot, shape in zip(shots, shapes, strict=True)
        ),
        target=Target(
            path=output,
            format=kind,
            quality=spec.quality,
            preview=spec.preview,
            size=shapes[0].size,
            rate=rate or first.source.rate,
            time_base=_fine(first.source.time_base if rate is None else 1 / rate),
            tags=first.source.tags,
            alpha=alpha,
            threads=threads,
            slow=any(isinstance(operation, SubjectOperation) for operation in asked),
        ),
        rate=rate,
        over=tuple(compose.titles(timeline, shapes[0].size, first.source.space)),
        sound=tuple(sound) if kind.audio_codec else (),
        loudness=next((item for item in asked[::-1] if isinstance(item, Loudness)), None),
        findings=(
            *compose.unknown_tracks(timeline),
            *compose.heard(shots),
            *conform.findings(shots),
            *dict.fromkeys(finding for shape in shapes for finding in shape.findings),
            *slower,
            *_losses(kind, shots, sound=bool(sound), alpha=alpha),
        ),
    )


def _scenery(shot: Shot, shape: compose.Geometry, first: Shot, rate: Fraction | None, *, alpha: bool) -> Scenery:
    flat = shot.source.info.has_alpha and not alpha
    return Scenery(
        shot=shot,
        rate=rate or conform.rate_in(shot, first),
        people=tuple(item for item in shot.operations if isinstance(item, SubjectOperation)),
        first=(Flatten(0 if shot.source.space.full_range else 16),) if flat else (),
        last=(*conform.recolored(shot, first), *shape.steps),
    )


def shape_of(operations: Sequence[Operation], size: Size, space: ColorSpace, spec: RenderSpec) -> compose.Geometry:
    """The size of the result of pictures of `size`, what leads to it, and what to say of it.

    Raises:
        Refused: a crop lies outside, or the container takes no odd sides.
    """
    small = (Fit(compose.PREVIEW_BOX),) if spec.preview and spec.size is None else ()
    kind = format_of(spec.format)
    return compose.result_size((*operations, *small), size, space, kind, exact=spec.size, box=spec.max_size)


def rate_of(spec: RenderSpec, source: Fraction | float) -> tuple[Fraction | None, tuple[Finding, ...]]:
    """The fixed frame rate of the result, None where the frames keep their own times; and what to say of it."""
    limits = format_of(spec.format).max_fps
    if spec.fps is not None:
        return _fraction(spec.fps), ()
    if limits is None or source <= limits[spec.quality]:
        return None, ()
    limit = limits[spec.quality]
    said = f"the clip has {float(source):.4g} frames a second, a {spec.format} of quality {spec.quality} has {limit:g}"
    return _fraction(limit), (Finding("INFO", said),)


def _one_picture(
    timeline: Timeline, shots: Sequence[Shot], spec: RenderSpec
) -> tuple[Fraction, tuple[Finding, ...]] | None:
    """The frame rate of one frame, where an image on which nothing changes becomes frames; else None.

    Raises:
        Refused: the container is one picture, and the result is not.
    """
    texts = [segment for track in timeline.tracks if track.kind == "text" for segment in track.segments]
    changes = any(text.start or text.duration < timeline.duration for text in texts)
    stands = len(shots) == 1 and shots[0].source.stands and not changes
    picture = format_of(spec.format).picture
    if picture and not stands:
        raise Refused(f"a {spec.format} is one picture, and this is not", code="one_picture", hint="name a video")
    if not stands or (not picture and (spec.format not in {"gif", "frames"} or spec.fps is not None)):
        return None
    said = [] if picture else [Finding("INFO", "a still image makes one frame; say a frame rate for more")]
    return 1 / Fraction(shots[0].length).limit_denominator(1000), tuple(said)


def _fraction(rate: float) -> Fraction:
    # 29.97 and 23.976 mean 30000/1001 and 24000/1001.
    broadcast = Fraction(round(rate) * 1000, 1001)
    if abs(float(broadcast) - rate) < 0.005 and rate != round(rate):
        return broadcast
    return Fraction(rate).limit_denominator(1001)


def _fine(time_base: Fraction) -> Fraction:
    """A time base of at least 10,000 ticks a second in which the ticks of the given one are whole."""
    while time_base > Fraction(1, 10_000):
        time_base /= 2
    return time_base


def _losses(kind: Format, shots: Sequence[Shot], *, sound: bool, alpha: bool) -> list[Finding]:
    """What the container cannot keep."""
    found = []
    if sound and not kind.audio_codec:
        found.append(Finding("INFO", f"{kind.name} holds no sound"))
    if not alpha and any(shot.source.info.has_alpha for shot in shots):
        found.append(Finding("WARN", f"{kind.name} carries no transparency; what is clear in the clip is black"))
    return found

"""Turns a timeline into what is done to each picture, in order, and into the parts of its sound.

People are looked for in the source as it is, so operations on them come first, in their order; then what changes the
size, in its order, then what the export asks for; titles come last, so that they are sharp and never scaled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clipline.clock import Clock
from clipline.errors import InputError, Refused
from clipline.studio.audio.sound import Part
from clipline.studio.lettering.titles import Shown, Titles
from clipline.studio.pictures.geometry import plan_geometry
from clipline.studio.pictures.picture import ColorSpace, Finding, PictureOperation
from clipline.studio.reading.audio_tracks import chosen
from clipline.studio.reading.media import MediaInfo, probe
from clipline.studio.rendering.shots import Shot
from clipline.studio.writing.formats import Format, able_of_alpha
from clipline.timeline import (
    AudioTrack,
    Background,
    Crop,
    Fit,
    Isolate,
    LowerThird,
    Music,
    Operation,
    Pad,
    Resize,
    Segment,
    Sound,
    SubjectOperation,
    Timeline,
    Title,
    Transparent,
)
from clipline.values import Size, even

__all__ = ["PREVIEW_BOX", "Geometry", "Prepare", "result_size", "sound_parts", "titles", "wants_alpha"]

#: A preview fits in this, either way up.
PREVIEW_BOX = Size(854, 480)

_DISTORTION = 0.01  # less is rounding to whole pixels


class Prepare(Protocol):
    """Makes an operation on people ready: looks through the clip as far as it must."""

    def __call__(
        self,
        operation: SubjectOperation,
        *,
        source: Path,
        spans: Sequence[tuple[float, float]],
        info: MediaInfo,
        space: ColorSpace,
        threads: int,
        clock: Clock,
        progress: Callable[[float], None],
        strict: bool,
        alpha: bool,
    ) -> PictureOperation:
        """What changes the pictures."""
        ...


def wants_alpha(operations: Sequence[Operation], info: MediaInfo, kind: Format) -> bool:
    """Whether the result is partly transparent.

    Raises:
        Refused: it should be, and the container cannot.
    """
    background = any(isinstance(item, Background) and isinstance(item.fill, Transparent) for item in operations)
    if kind.alpha is None:
        if background:
            raise Refused(
                f"{kind.name} carries no transparency",
                code="no_alpha",
                hint=f"export as {able_of_alpha(kind)}, or name a colour for the background",
            )
        return False
    isolated = any(isinstance(item, Isolate) and isinstance(item.fill, Transparent) for item in operations)
    return background or isolated or info.has_alpha


@dataclass(frozen=True, slots=True)
class Geometry:
    """The steps that change the size, the size they lead to, and what to say of them."""

    steps: tuple[PictureOperation, ...]
    size: Size
    findings: tuple[Finding, ...]


def result_size(
    operations: Sequence[Operation],
    size: Size,
    space: ColorSpace,
    kind: Format,
    *,
    exact: Size | None,
    box: Size | None,
) -> Geometry:
    """What brings pictures of `size` to the size of the result.

    `exact` is kept to the pixel, with black bars where the shape differs; `box` only ever makes smaller.

    Raises:
        Refused: a crop lies outside, or the container takes no odd sides.
    """
    steps: list[PictureOperation] = []
    findings = []
    wanted = [item for item in operations if isinstance(item, (Resize, Fit, Crop, Pad))]
    if box is not None:
        wanted.append(Fit(box))
    if exact is not None:
        if kind.even and (exact.width % 2 or exact.height % 2):
            raise Refused(
                f"{kind.name} takes no odd sides, so not {exact}", code="odd_size", hint="make both sides even"
            )
        wanted.append(Pad(exact))
    for item in wanted:
        if isinstance(item, Resize) and _distorts(size, item.size):
            findings.append(Finding("WARN", f"the picture is stretched from {size} to {item.size}"))
        if isinstance(item, Pad) and exact == item.size and _distorts(size, exact):
            findings.append(Finding("INFO", f"the picture of {size} stands on black in {exact}; crop it to fill that"))
        more, size = plan_geometry(item, size, space)
        steps += more
    if kind.even and (size.width % 2 or size.height % 2):
        cut = Size(even(size.width), even(size.height))
        findings.append(Finding("INFO", f"{kind.name} takes no odd sides: {size} is cut to {cut}"))
        more, size = plan_geometry(Crop(size=cut, x=0, y=0), size, space)
        steps += more
    return Geometry(tuple(steps), size, tuple(findings))


def _distorts(before: Size, after: Size) -> bool:
    return abs(before.width * after.height / (before.height * after.width) - 1) > _DISTORTION


def audio_track(shot: Shot) -> int | None:
    """The number of the audio track that is asked for; None where none is."""
    asked = [item.track for item in shot.operations if isinstance(item, AudioTrack)]
    return asked[-1] if asked else None


def heard(shots: Sequence[Shot]) -> list[Finding]:
    """Which of several audio tracks of a clip is heard, where nobody said which.

    Raises:
        InputError: the one that is asked for is not there.
    """
    found = []
    for shot in shots:
        name, tracks, number = shot.source.path.name, shot.source.info.audio_tracks, audio_track(shot)
        track = chosen(tracks, number, name)
        if track is not None and number is None and len(tracks) > 1:
            others = "; ".join(str(other) for other in tracks if other != track)
            found.append(Finding("INFO", f"{name} has {len(tracks)} audio tracks: {track} is heard, and not {others}"))
    return list(dict.fromkeys(found))


def unknown_tracks(timeline: Timeline) -> list[Finding]:
    """What of a timeline cannot be rendered, and so is not in the result."""
    return [
        Finding("WARN", f"the track with {track.segments[0].name!r} is of a kind that is not rendered here")
        for track in timeline.tracks
        if track.kind == "other" and track.segments
    ]


def titles(timeline: Timeline, size: Size, space: ColorSpace) -> list[PictureOperation]:
    """The step that writes the titles of a timeline, in its time; none where no title is.

    Raises:
        Refused: a text cannot be written.
    """
    shown = []
    for track in timeline.tracks:
        for segment in track.segments if track.kind == "text" else ():
            title = next(
                (item for item in segment.operations if isinstance(item, Title | LowerThird)), Title(segment.name)
            )
            at = segment.start or 0.0
            shown.append(Shown(title, at, at + segment.duration))
    return [Titles(shown, size, space)] if shown else []


def sound_parts(timeline: Timeline, shots: Sequence[Shot]) -> list[Part]:
    """What is heard: each shot's own sound, and each audio track under all of it.

    Raises:
        InputError: a track has no file here, or a file without sound.
    """
    parts = []
    length = shots[-1].until
    for before, shot, after in zip([None, *shots[:-1]], shots, [*shots[1:], None], strict=True):
        if shot.source.info.audio_codec and shot.volume:
            parts.append(_own(before, shot, after))
    tracks = [track for track in timeline.tracks if track.kind == "audio"]
    return parts + [_music(segment, length) for track in tracks for segment in track.segments]


def _own(before: Shot | None, shot: Shot, after: Shot | None) -> Part:
    """A shot's own sound: it fades over into that of the shot beside it, else as is asked for all that was one then."""
    sound = next((item for item in reversed(shot.operations) if isinstance(item, Sound)), Sound())
    begins = before is None or sound not in before.operations
    ends = after is None or sound not in after.operations
    return Part(
        shot.source.path,
        shot.start,
        shot.at,
        shot.length,
        shot.volume,
        fade_in=shot.crossfade or (sound.fade_in if begins else 0.0),
        fade_out=(after.crossfade if after else 0.0) or (sound.fade_out if ends else 0.0),
        track=audio_track(shot),
        own=True,
    )


def _music(segment: Segment, length: float) -> Part:
    """One segment of an audio track."""
    if not segment.source:
        raise InputError(f"the sound {segment.name!r} has no file on this machine")
    path = Path(segment.source)
    if not probe(path).audio_codec:
        raise InputError(f"{path.name} has no sound", hint="give a sound file, like an MP3 or a WAV")
    music = next((item for item in segment.operations if isinstance(item, Music)), Music(segment.source))
    at = segment.start or 0.0
    return Part(
        path,
        segment.source_start,
        at,
        min(segment.duration, length - at),
        music.volume if segment.volume is None else segment.volume,
        repeat=music.loop,
        fade_in=music.fade_in,
        fade_out=music.fade_out,
        duck=music.duck,
    )

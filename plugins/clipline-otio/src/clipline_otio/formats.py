"""The formats: how each is written from a timeline that is laid out, and read back to see what it carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from clipline.errors import InputError
from clipline.timeline import Segment, Timeline
from clipline.values import JsonObject
from clipline_otio import edl, fcp7
from clipline_otio.addresses import address_of, path_of
from clipline_otio.building import EFFECT, KEY, build
from clipline_otio.layout import Known
from clipline_otio.library import parse, serialize
from clipline_otio.losses import Loss, losses
from clipline_otio.rates import Grid
from clipline_otio.reading import understand

__all__ = ["FORMATS", "Written", "write"]

#: What may be written, with the ending of its files and the distribution that writes it.
FORMATS = {
    "otio": (".otio", "opentimelineio"),
    "edl": (".edl", "otio-cmx3600-adapter"),
    "fcp7": (".xml", "otio-fcp-adapter"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A timeline as the text of a format, None where it holds nothing that the format could carry.

    `lost` is what is not in it. `private` is what is in it for clipline alone: other programs do not know the words.
    """

    form: str
    text: str | None
    lost: tuple[Loss, ...]
    private: tuple[Loss, ...] = ()

    def as_json(self, file: Path | None) -> JsonObject:
        """The report on one file."""
        _, distribution = FORMATS[self.form]
        return {
            "format": self.form,
            "file": str(file) if file else None,
            "written_with": f"{distribution} {version(distribution)}",
            "lost": [each.as_json() for each in self.lost],
            "only_clipline_reads": [each.as_json() for each in self.private],
        }


def write(timeline: Timeline, known: Known, form: str, folder: Path, *, relative: bool) -> Written:
    """A timeline that is laid out as the text of a format, and what that does not carry.

    Args:
        timeline: what to write.
        known: what is known of its media.
        form: a name of `FORMATS`.
        folder: where the file will stand.
        relative: media are named relative to `folder`, but in `fcp7`, which knows absolute addresses only.
    """
    exact = form == "otio"
    grid = Grid.exact(timeline.fps) if exact else Grid.frames(timeline.fps)
    base = folder if relative and form != "fcp7" else None
    made = build(timeline, known, grid, lambda path: address_of(path, base))
    text = _text(made, form)
    if text is None:
        return Written(form, None, (Loss("segment", "the timeline: there is no picture in it"),))
    frame = 0.0 if exact else 1 / grid.rate
    back = _read(text, form, grid.rate)
    lost = losses(timeline, _found(back, form, folder), max(frame, _WRITTEN))
    if not exact:
        return Written(form, text, tuple(lost))
    without = losses(timeline, _found(_stripped(back), form, folder), max(frame, _WRITTEN))
    return Written(form, text, tuple(lost), tuple(each for each in without if each not in lost))


_WRITTEN = 1e-6  # seconds: how exactly a number in a text is meant to be


def _text(made: Any, form: str) -> str | None:
    if form == "edl":
        return edl.write(made)
    return fcp7.write(made) if form == "fcp7" else serialize(made, form) + "\n"


def _read(text: str, form: str, rate: float) -> Any:
    if form == "edl":
        return edl.read(text, rate)
    return fcp7.read(text) if form == "fcp7" else parse(text, form)


def _found(back: Any, form: str, folder: Path) -> Timeline:
    """What was read back, with the paths of media; a list of edits does not say its frame rate."""
    tape = form == "edl"
    read = understand(back, tape=tape, fps=0.0 if tape else None).timeline
    tracks = (
        replace(track, segments=tuple(_with_path(each, folder) for each in track.segments)) for track in read.tracks
    )
    return replace(read, tracks=tuple(tracks))


def _with_path(segment: Segment, folder: Path) -> Segment:
    try:
        return replace(segment, source=str(_normal(path_of(segment.source, folder)))) if segment.source else segment
    except InputError:
        return segment


def _normal(path: Path) -> Path:
    """A path without `..`, looked at by its words alone."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and len(parts) > 1:
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)


def _stripped(timeline: Any) -> Any:
    """A timeline as programs see it that do not know what stands under `clipline`."""
    bare = timeline.deepcopy()
    bare.metadata.pop(KEY, None)
    for item in (*bare.tracks, *bare.find_clips()):
        item.metadata.pop(KEY, None)
        item.effects[:] = _others(item.effects)
    return bare


def _others(effects: Sequence[Any]) -> list[Any]:
    return [effect for effect in effects if not effect.effect_name.startswith(EFFECT)]

"""Fits every clip into the frame of the one that is edited: its size, its frame rate, its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from clipline.studio.pictures.frames import FULL, LIMITED, frame_of, picture_of
from clipline.studio.pictures.geometry import Geometry, plan_geometry
from clipline.studio.pictures.picture import ColorSpace, Finding, Picture
from clipline.studio.rendering.shots import Shot, Source, leading
from clipline.timeline import Crop, Fit, Operation, Pad, Resize
from clipline.values import Size

__all__ = ["Recolor", "findings", "fitted", "rate_in", "recolored"]

_SWS = {"bt709": 1, "bt601": 5}  # as swscale counts
_SAME_RATE = 0.002  # two rates that differ by less are one


def fitted(shot: Shot, first: Shot) -> list[Geometry]:
    """What a shot's pictures are changed by, so that they fit into the frame of the clip's `first` shot.

    What both have last is done to the frame; what the shot has of its own is done before, to its own picture.
    """
    own, frame, same = _meeting(shot, first)
    return [*own, *([] if frame is None else [Pad(frame)]), *same]


def _meeting(shot: Shot, first: Shot) -> tuple[list[Geometry], Size | None, list[Geometry]]:
    """What a shot has of its own, the first one's frame where that leads to another, what both have after it."""
    ours, theirs = _shaping(shot.operations), _shaping(first.operations)
    same = _common_end(ours, theirs)
    own, before = ours[: len(ours) - same], theirs[: len(theirs) - same]
    frame = _size_after(before, first.source)
    return own, None if frame == _size_after(own, shot.source) else frame, ours[len(ours) - same :]


def _shaping(operations: Sequence[Operation]) -> list[Geometry]:
    return [item for item in operations if isinstance(item, (Resize, Fit, Crop, Pad))]


def _common_end(one: Sequence[Geometry], other: Sequence[Geometry]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def _size_after(operations: Sequence[Geometry], source: Source) -> Size:
    size = source.size
    for item in operations:
        _, size = plan_geometry(item, size, source.space)
    return size


def rate_in(shot: Shot, first: Shot) -> Fraction | None:
    """The frame rate that a shot is brought to; None where its frames keep their own times."""
    return None if _rates_agree(shot, first) else first.source.rate


def _rates_agree(shot: Shot, first: Shot) -> bool:
    return abs(shot.source.rate / first.source.rate - 1) < _SAME_RATE


def recolored(shot: Shot, first: Shot) -> tuple[Recolor, ...]:
    """What gives a shot the first one's kind of colours; nothing where it has it."""
    if shot.source.space == first.source.space:
        return ()
    return (Recolor(shot.source.space, first.source.space),)


def findings(shots: Sequence[Shot]) -> list[Finding]:
    """What a person should know of clips that are not like the one that is edited."""
    first = leading(shots)
    said = []
    for shot in {shot.source.path: shot for shot in shots}.values():
        name, whose = shot.source.path.name, first.source.path.name
        if _meeting(shot, first)[1] is not None:
            said.append(Finding("INFO", f"{name} of {shot.source.size} is fitted into the frame of {whose}"))
        if not _rates_agree(shot, first):
            rates = f"{float(shot.source.rate):.4g} frames a second, the result has the {float(first.source.rate):.4g}"
            said.append(Finding("INFO", f"{name} has {rates} of {whose}"))
    return said


@dataclass(frozen=True, slots=True)
class Recolor:
    """The same colours, said by another matrix or in another range."""

    before: ColorSpace
    after: ColorSpace

    def process(self, picture: Picture) -> Picture:
        """The picture in the other kind of colours."""
        frame = frame_of(picture, alpha=False).reformat(
            format="yuv420p",
            src_colorspace=_SWS[self.before.matrix],
            dst_colorspace=_SWS[self.after.matrix],
            src_color_range=FULL if self.before.full_range else LIMITED,
            dst_color_range=FULL if self.after.full_range else LIMITED,
            threads=1,
        )
        changed = picture_of(frame, picture.time, picture.index)
        changed.alpha = picture.alpha
        return changed

    def findings(self) -> Sequence[Finding]:
        """Nothing to say."""
        return ()

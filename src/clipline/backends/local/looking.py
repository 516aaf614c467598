"""Looks at the clip while it is edited, so that what is not in it is refused, or said, before anybody waits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.backends.local.places import threads
from clipline.backends.local.state import LocalState
from clipline.errors import Refused
from clipline.stage import Finding, StageCall
from clipline.studio.pictures.picture import ColorSpace
from clipline.studio.reading.audio_tracks import chosen
from clipline.studio.reading.media import probe
from clipline.studio.reading.stills import as_clip
from clipline.studio.rendering.compose import result_size, titles
from clipline.studio.writing.formats import format_of
from clipline.timeline import AudioTrack, BlurOut, Crop, Operation, SubjectOperation, Who, subject_of, subjects_in
from clipline.values import Size

if TYPE_CHECKING:
    from clipline.studio.edits.people import Examination

__all__ = ["examine"]

#: Refusals of one clip that another one may do without.
_NOT_THERE = {"nobody", "not_there"}


def examine(
    call: StageCall, state: LocalState, operations: Sequence[Operation], instruction: str | None
) -> list[Finding]:
    """Look for the people that the operations speak of, before anybody waits for a render.

    Raises:
        Refused: they are in none of the clips that the operation changes, or it is not clear which of several is meant;
            or a crop lies outside the picture, or a title has no room in it.
        InputError: an audio track is not there.
    """
    _check_frame(state)
    findings: list[Finding] = []
    for operation in operations:
        if isinstance(operation, SubjectOperation):
            findings += _looked_for(call, state, operation, instruction)
        elif isinstance(operation, Crop) and operation.keep is not None:
            findings += _followed(call, state, operation, operation.keep)
        elif isinstance(operation, AudioTrack):
            for path in state.clips_with(operation):
                chosen(probe(path).audio_tracks, operation.track, path.name)
    return list(dict.fromkeys(findings))


def _check_frame(state: LocalState) -> None:
    """What a render would refuse of crops and titles, whatever file is made."""
    clip = state.timeline
    if clip is not None and clip.width:
        any_size, colors = format_of("png"), ColorSpace()
        frame = result_size(state.shaping, Size(clip.width, clip.height), colors, any_size, exact=None, box=None)
        titles(clip, frame.size, colors)


def _looked_for(
    call: StageCall, state: LocalState, operation: SubjectOperation, instruction: str | None
) -> list[Finding]:
    paths, empty = state.clips_with(operation), 0
    findings: list[Finding] = []
    for path in paths:
        try:
            examination = _seen(call, state, operation, path)
        except Refused as refusal:
            empty += 1
            if refusal.code not in _NOT_THERE or empty == len(paths):
                raise
            continue
        for who in subjects_in(operation):
            _check_which(who, instruction, examination, path)
        findings += (Finding("INFO", f"found in {path.name}: {examination.seen}"), *examination.findings)
    return findings


def _seen(call: StageCall, state: LocalState, operation: SubjectOperation, path: Path) -> Examination:
    from clipline.studio.edits import people

    call.progress(None, f"looking at {path.name}")
    info, count = as_clip(probe(path)), threads(call.settings)
    return people.examine(path, operation, info=info, clock=call.clock, threads=count, strict=state.strict)


def _check_which(who: Who, instruction: str | None, seen: Examination, path: Path) -> None:
    """Make sure that words that speak of one thing have one to mean.

    Raises:
        Refused: there are several; the choices are named.
    """
    if instruction is None or not isinstance(who, str) or subject_of(who).object == "person":
        return  # who speaks of the person means everyone
    from clipline.studio.instructions.choices import which_one

    if refusal := which_one(instruction, who, seen.counts.get(who, 0), path.name):
        raise refusal


def _followed(call: StageCall, state: LocalState, crop: Crop, who: Who) -> list[Finding]:
    """Where nobody is to be seen whom a crop could follow, it stays in the middle: said before the render."""
    findings = []
    for path in state.clips_with(crop):
        try:
            seen = _seen(call, state, BlurOut(who), path)
            findings.append(Finding("INFO", f"found in {path.name}: {seen.seen}"))
        except Refused as refusal:
            if refusal.code not in _NOT_THERE:
                raise
            findings.append(Finding("WARN", f"{refusal.message}: there is nobody to follow, the middle of it is kept"))
    return findings

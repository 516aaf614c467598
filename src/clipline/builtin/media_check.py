"""The check `media` of `verify`: the exported files themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clipline.errors import InputError
from clipline.stage import CheckSubject, Finding, StageCall, VerifyCheck
from clipline.studio.checks.check_schema import MEDIA_CHECKS_SCHEMA
from clipline.studio.extra import require_extra
from clipline.studio.writing.formats import ENDINGS

if TYPE_CHECKING:
    from clipline.studio.checks.likeness import Part

__all__ = ["MEDIA"]


def _check_media(call: StageCall, subject: CheckSubject, wanted: Any) -> Sequence[Finding]:
    require_extra('the check "media"')
    findings: list[Finding] = []
    files = list(_to_look_at(subject.files, findings))
    for number, file in enumerate(files):
        findings += _check_file(call, subject, file, wanted, (number / len(files), 1 / len(files)))
    if not findings:
        findings.append(Finding("FAIL", "there is no exported file to look at; put this verify after the export"))
    return findings


def _to_look_at(files: Sequence[Path], findings: list[Finding]) -> Sequence[Path]:
    """The videos and sounds; images only where there is nothing else. A broken one becomes a finding.

    What steps made beside the export, like subtitles or a list, is not meant; only there a name decides.
    """
    from clipline.studio.reading.media import probe

    kinds: dict[Path, str] = {}
    for file in files:
        if file.is_dir():
            continue
        try:
            kinds[file] = probe(file).kind
        except InputError as error:
            if file.suffix.lower() in ENDINGS:
                findings.append(Finding("FAIL", error.message, f"{file.name}: decodes"))
    moving = [file for file, kind in kinds.items() if kind != "image"]
    for frames in filter(Path.is_dir, files):
        words = f"{frames.name} is a folder of frames; `media` looks at videos and sounds"
        findings.append(Finding("INFO" if moving else "FAIL", words))
    return moving or list(kinds)


def _check_file(
    call: StageCall, subject: CheckSubject, file: Path, wanted: Any, part: tuple[float, float]
) -> list[Finding]:
    from clipline.studio.checks.quality_checks import check_media

    def progress(fraction: float) -> None:
        call.progress(part[0] + fraction * part[1], f"checking {file.name}")

    results = check_media(file, wanted, clock=call.clock, progress=progress, source=_source(subject))
    return [
        Finding(_LEVELS[result.level], f"{file.name}: {result}", f"{file.name}: {result.name}", result.spans)
        for result in results
    ]


def _source(subject: CheckSubject) -> list[Part]:
    """What the files were made from: the clips on the timeline, where they lie on this machine; else nothing."""
    from clipline.studio.checks.likeness import Part

    tracks = [track for track in (subject.view.after.tracks if subject.view else ()) if track.kind == "video"]
    clips = [clip for track in tracks for clip in track.segments]
    if len(tracks) != 1 or not all(Path(clip.source).is_file() for clip in clips):
        return []
    return [
        Part(Path(clip.source), clip.source_start, clip.source_start + clip.duration, clip.crossfade) for clip in clips
    ]


#: What a check's result is to a run.
_LEVELS: Mapping[str, Literal["INFO", "WARN", "FAIL"]] = {"PASS": "INFO", "WARN": "WARN", "FAIL": "FAIL"}


MEDIA = VerifyCheck("media", _check_media, MEDIA_CHECKS_SCHEMA, summary="The exported files themselves.")

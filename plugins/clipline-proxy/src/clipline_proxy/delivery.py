"""How files come to stand beside each exported one: whole or not at all, and not made twice after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clipline.artifacts import keep_sources
from clipline.errors import InputError
from clipline.stage import Artifact, Exported, Finding, StageCall, StageResult
from clipline.studio.reading.media import MediaInfo, probe
from clipline.values import JsonObject

__all__ = ["Made", "Unfit", "Video", "beside_each"]


class Unfit(Exception):
    """There can be no such file of what was exported: its message says why."""


@dataclass(frozen=True)
class Video:
    """An exported file, what it holds, and how files are delivered beside it."""

    path: Path
    info: MediaInfo
    name: str
    call: StageCall
    sources: tuple[Path, ...]

    def beside(self, endings: Sequence[str], write: Callable[..., None]) -> tuple[Artifact, ...]:
        """Files named after this one with each of the endings, which `write(*paths)` makes; `-poster.jpg` is an ending.

        Raises:
            InputError: one of them would be a source of the export.
        """
        files = self.call.files
        targets = [self.path.with_name(self.name + ending) for ending in endings]
        for target in targets:
            keep_sources(target, self.sources)
        known = [files.delivered(target) for target in targets]  # by an attempt that was killed before it could say so
        if all(known):
            return tuple(artifact for artifact in known if artifact)
        temporaries = [files.temporary(target) for target in targets]
        write(*temporaries)
        pairs = zip(temporaries, targets, strict=True)
        return tuple(files.deliver(temporary, target, collision="overwrite") for temporary, target in pairs)


@dataclass(frozen=True)
class Made:
    """What was made of one file."""

    artifacts: tuple[Artifact, ...]
    findings: tuple[Finding, ...] = ()


def beside_each(
    call: StageCall, exported: Exported, options: JsonObject, make: Callable[[Video, JsonObject], Made]
) -> StageResult:
    """Make something of each exported file; what cannot have it is told as a warning.

    Raises:
        CliplineError: a file cannot be read or written.
    """
    artifacts: list[Artifact] = []
    findings: list[Finding] = []
    for path in exported.files:
        try:
            made = make(_video(call, exported, path), options)
        except Unfit as why:
            findings.append(Finding("WARN", f"{path.name} {why}"))
        else:
            artifacts += made.artifacts
            findings += made.findings
    return StageResult(
        outputs={"files": [str(artifact.path) for artifact in artifacts]},
        artifacts=tuple(artifacts),
        findings=tuple(findings),
    )


def _video(call: StageCall, exported: Exported, path: Path) -> Video:
    if path.is_dir():
        raise Unfit("is a folder of pictures, no video: nothing was made of it")
    return Video(path, probe(path), _name(path, exported.files), call, exported.sources)


def _name(path: Path, files: Iterable[Path]) -> str:
    """The file's name without its ending; with it where another exported file differs in nothing else."""
    alike = [file for file in files if file.with_suffix("") == path.with_suffix("")]
    return path.name if alike[1:] else path.stem


def within(seconds: float, info: MediaInfo, path: Path) -> float:
    """The time, if the video is that long.

    Raises:
        InputError: it is not.
    """
    if info.kind == "video" and seconds >= info.duration:
        raise InputError(f"{path.name} ends at {info.duration:g}s; there is no picture at {seconds:g}s")
    return seconds

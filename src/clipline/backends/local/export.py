"""Exporting on this machine: render, look whether the file is whole, put it into its place with its facts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from clipline.artifacts import name_facts, sha256_of
from clipline.backends.local.places import PLACES, memory_for, threads
from clipline.backends.local.state import LocalState, Source
from clipline.backends.local.target import Wanted, wanted_file
from clipline.backends.targets import check_own_place, sidecar_facts, target_of
from clipline.errors import CheckFailed, InputError
from clipline.stage import Artifact, Finding, StageCall, StageResult
from clipline.studio.reading.media import MediaInfo, probe
from clipline.studio.rendering.render import Rendered, render
from clipline.values import JsonObject, Size

__all__ = ["make_file"]

#: Seconds that a file may be shorter or longer than what was rendered: a few frames, and what codecs add to sound.
_CLOSE = 0.35


def make_file(call: StageCall, options: JsonObject) -> StageResult:
    """Make the file of the edit; a plain conversion where there was no edit.

    Raises:
        Refused: there is no clip, or the container cannot hold what the edit makes.
        InputError: the name is taken or not one to write to, or a source has changed.
        CheckFailed: what was rendered is not what was asked for.
    """
    state = LocalState.read(call.state)
    clip = state.clip
    if clip is None or state.timeline is None:
        raise state.no_clip("export")
    wanted = wanted_file(state, options)
    facts = name_facts(call.run, call.path, clip.path.stem)
    target = target_of(call.out, options, wanted.spec.format, facts, [source.path for source in state.sources])
    findings = [*wanted.findings, *_unused(state)]
    if made := call.files.delivered(target):
        call.note(f"{made.path.name} was finished before")
        return _result(state, made, _info_of(made.path, wanted), findings)
    _check_sources(state)
    check_own_place(call, target, wanted.spec.format, options)
    collision, has_sidecar = options.get("collision", "fail"), bool(options.get("sidecar", True))
    temporary = call.files.temporary(target)
    rendered = _render(call, state, wanted, temporary, target)
    for finding in rendered.findings:
        if finding.level == "INFO":  # others are shown without this
            call.note(finding.text)
    _check(rendered, state, wanted, target)
    sidecar = _sidecar(call, state, wanted, rendered) if has_sidecar else None
    artifact = call.files.deliver(temporary, target, collision=collision, sidecar=sidecar)
    return _result(
        state, artifact, rendered.info, [*findings, *(each for each in rendered.findings if each not in findings)]
    )


def _render(call: StageCall, state: LocalState, wanted: Wanted, temporary: Path, target: Path) -> Rendered:
    """Render when there is room for it beside the other renders of this process."""
    assert state.timeline is not None
    what = f"rendering {target.name}"
    sizes = [Size(state.timeline.width, state.timeline.height), *filter(None, [wanted.spec.size])]
    memory = max(map(memory_for, sizes))
    waits = partial(call.note, f"{target.name} waits until another render gives its memory back")
    with PLACES.one(memory, threads(call.settings), call.clock, waits) as share:
        return render(
            state.timeline,
            temporary,
            wanted.spec,
            clock=call.clock,
            progress=lambda fraction: call.progress(fraction, what),
            threads=share,
        )


def _unused(state: LocalState) -> list[Finding]:
    used = set(state.used())
    spare = [source.name for source in state.sources if source.path not in used]
    return [Finding("WARN", f"{name} was uploaded, but nothing uses it") for name in spare]


def _check_sources(state: LocalState) -> None:
    """What is rendered must be what was handed over: the facts beside the file say so."""
    for source in state.sources:
        if source.path not in state.used():
            continue
        try:
            now = source.path.stat()
        except OSError:
            raise InputError(
                f"{source.path} is no longer there", code="source_gone", hint="put it back, then: clipline resume"
            ) from None
        same_time = now.st_mtime_ns == source.modified_ns
        if now.st_size != source.bytes or not (same_time or sha256_of(source.path) == source.sha256):
            raise InputError(
                f"{source.name} has changed since it was uploaded", code="source_changed", hint="run the pipeline anew"
            )


def _check(rendered: Rendered, state: LocalState, wanted: Wanted, target: Path) -> None:
    """Whether the file is whole and what was asked for; its end was read when it was looked into."""
    assert state.timeline is not None
    info, spec = rendered.info, wanted.spec
    wrong = []
    if rendered.frames < 1:
        wrong.append("it has no picture")
    # A cut goes to the nearest frame, at both ends of all that is left.
    pieces = sum(len(track.segments) for track in state.timeline.tracks if track.kind == "video")
    close = _CLOSE + (pieces / state.timeline.fps if state.timeline.fps else 0.0)
    lasts = rendered.seconds if info.kind == "image" else info.duration  # a picture lasts no time
    if abs(lasts - rendered.seconds) > close or abs(rendered.seconds - state.timeline.duration) > close:
        wrong.append(f"it lasts {info.duration:.2f}s instead of {state.timeline.duration:.2f}s")
    if spec.size and (info.width, info.height) != (spec.size.width, spec.size.height):
        wrong.append(f"it measures {info.width}x{info.height} instead of {spec.size}")
    if wrong:
        raise CheckFailed(f"{target.name} did not come out as asked for: {'; '.join(wrong)}", code="bad_export")


def _info_of(path: Path, wanted: Wanted) -> MediaInfo | None:
    """What a file of an earlier attempt holds; None for a folder of frames."""
    return None if wanted.spec.format == "frames" else probe(path)


def _result(state: LocalState, made: Artifact, info: MediaInfo | None, findings: list[Finding]) -> StageResult:
    facts: dict[str, Any] = {}
    if info is not None:
        facts = {"format": info.container, "width": info.width, "height": info.height}
        if info.kind != "image":
            facts |= {"duration": round(info.duration, 3), "fps": round(info.fps, 3)}
    outputs = {
        "files": [str(made.path)],
        "sources": [str(path) for path in state.used()],
        **facts,
        "bytes": made.bytes,
        "sha256": made.sha256,
    }
    return StageResult(outputs=outputs, artifacts=(made,), findings=tuple(findings))


def _sidecar(call: StageCall, state: LocalState, wanted: Wanted, rendered: Rendered) -> JsonObject:
    assert state.timeline is not None
    used = state.used()
    return sidecar_facts(
        call,
        backend="local",
        sources=[_source_facts(source) for source in state.sources if source.path in used],
        instructions=[edit["instruction"] for edit in state.edits if edit["instruction"]],
        operations=[operation for edit in state.edits for operation in edit["operations"]],
        timeline=state.timeline.as_json(),
        spec={name: str(value) if name.endswith("size") and value else value for name, value in _spec(wanted)},
        media=rendered.info.as_json(),
        findings=[{"level": finding.level, "text": finding.text} for finding in rendered.findings],
    )


def _source_facts(source: Source) -> Mapping[str, Any]:
    return {"name": source.name, "path": str(source.path), "sha256": source.sha256, "bytes": source.bytes}


def _spec(wanted: Wanted) -> list[tuple[str, Any]]:
    plain = asdict(wanted.spec)
    return [(name, getattr(wanted.spec, name)) for name in plain]

"""Writes the edit as the backend has it into timeline files, with a report of what each of them does not carry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from clipline.errors import Refused
from clipline.stage import Artifact, Exported, Finding, StageCall, StageResult
from clipline.timeline import Timeline
from clipline.values import JsonObject
from clipline_otio.building import clean
from clipline_otio.formats import FORMATS, Written, write
from clipline_otio.layout import Known, laid_out, look, relinked
from clipline_otio.losses import Loss

__all__ = ["after_export", "export"]

_SAID = 6  # losses that a finding names before it points to the report


def export(call: StageCall, options: JsonObject) -> StageResult:
    """Write the timeline of the session; `{name}` is its title, else the name of its first clip.

    Raises:
        Refused: there is no timeline, or none before the last edit.
        InputError: the name is not one to write to, or is taken.
        MachineError: a file cannot be written.
    """
    timeline = relinked(_asked(call, options), ())
    first = next((segment.name for track in timeline.tracks for segment in track.segments), "")
    return _export(call, {"to": "{name}.{ext}", **options}, timeline, timeline.title or first or "timeline")


def after_export(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    """Write the timeline beside the exported file, under its name.

    Raises:
        CliplineError: as `export`.
    """
    file = exported.files[0]
    beside = _below(call, file.parent)
    timeline = relinked(_asked(call, options), exported.sources)
    return _export(call, {"to": str(beside / "{name}.{ext}"), **options}, timeline, file.stem)


def _below(call: StageCall, folder: Path) -> PurePosixPath:
    """A folder as it is named from the output folder."""
    out, folder = call.out.resolve(), folder.resolve()
    inside = folder.relative_to(out).as_posix() if folder.is_relative_to(out) else "."
    return PurePosixPath(inside.replace("{", "{{").replace("}", "}}"))


def _asked(call: StageCall, options: JsonObject) -> Timeline:
    view = call.timeline()
    if view is None:
        raise Refused(
            "there is no timeline to write",
            code="no_timeline",
            hint="put this after an upload; or the backend has none",
        )
    if options.get("version", "after") == "after":
        return view.after
    if view.before is None:
        raise Refused("there is no timeline before the edit: nothing was edited", code="no_timeline")
    return view.before


def _export(call: StageCall, options: JsonObject, timeline: Timeline, name: str) -> StageResult:
    to = _template(options["to"])
    timeline = replace(timeline, title=timeline.title or name)
    known = look(timeline)
    timeline = _with_rate(call, timeline, known)
    whole = laid_out(timeline, known)
    media = [Path(path) for path in known]
    made: list[Artifact] = []
    reports: list[JsonObject] = []
    findings: list[Finding] = []
    target = call.target(to, name=name, ext="losses.json", sources=media)
    for form in options.get("formats", list(FORMATS)):
        call.clock.check()
        ending, _ = FORMATS[form]
        place = call.target(to, name=name, ext=ending[1:], sources=media)
        written = write(whole, known, form, place.parent, relative=options.get("media", "absolute") == "relative")
        artifact = _delivered(call, place, written.text, options) if written.text is not None else None
        made += [artifact] if artifact else []
        reports.append(written.as_json(artifact.path if artifact else None))
        named = artifact.path.name if artifact else place.name
        findings += _findings(named, written, target.name)
        if written.private:
            call.note(f"{named}: other programs do not know of {_listed(written.private, target.name)}")
    report = {"clipline_timeline_losses": 1, "timeline": timeline.summary(), "files": reports}
    made.append(_delivered(call, target, json.dumps(report, indent=2, ensure_ascii=False) + "\n", options))
    outputs = {"files": [str(each.path) for each in made[:-1]], "report": str(made[-1].path), "losses": reports}
    return StageResult(outputs=outputs, artifacts=tuple(made), findings=tuple(findings))


def _with_rate(call: StageCall, timeline: Timeline, known: Known) -> Timeline:
    """The timeline with a frame rate: its own, else that of its first clip that is at hand."""
    rates = [known[s.source].fps for t in timeline.tracks if t.kind == "video" for s in t.segments if s.source in known]
    if not timeline.fps and not rates:
        call.note("the frame rate is not known: frames are counted at 25 a second")
    return timeline if timeline.fps or not rates else replace(timeline, fps=rates[0])


def _template(to: str) -> str:
    """A name for several files: with the field `{ext}`, whatever ending was written."""
    if "{ext}" in to:
        return to
    ending = next((each for each, _ in FORMATS.values() if to.lower().endswith(each)), "")
    return f"{to[: len(to) - len(ending)]}.{{ext}}"


def _delivered(call: StageCall, target: Path, text: str, options: JsonObject) -> Artifact:
    if known := call.files.delivered(target):  # by an attempt that was killed before it could say so
        return known
    temporary = call.files.temporary(target)
    temporary.write_bytes(clean(text).encode())
    return call.files.deliver(temporary, target, collision=options.get("collision", "fail"))


def _findings(name: str, written: Written, report: str) -> list[Finding]:
    if written.text is None:
        return [Finding("WARN", f"{name} was not written: {written.lost[0].what.partition(': ')[2]}")]
    return [Finding("WARN", f"{name} does not carry {_listed(written.lost, report)}")] if written.lost else []


def _listed(losses: Sequence[Loss], report: str) -> str:
    said = "; ".join(map(str, losses[:_SAID]))
    more = len(losses) - _SAID
    return f"{said}; and {more} more, see {report}" if more > 0 else said

"""Editing on this machine: words or data become operations, operations change the timeline.

Nothing is rendered here; but the clip is looked at, so that what cannot be done is refused before the long work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isinf
from pathlib import Path
from typing import Any

from clipline.backends.local.at_key_frames import moved_to_key_frames
from clipline.backends.local.looking import examine
from clipline.backends.local.state import LocalState
from clipline.errors import InputError, Refused
from clipline.stage import Finding, StageCall, StageResult
from clipline.studio.instructions import Understanding, interpret
from clipline.studio.lettering.fonts import drawn_plainly, need_fonts_for
from clipline.studio.reading.media import probe
from clipline.timeline import (
    Background,
    Cut,
    Isolate,
    Join,
    LowerThird,
    Media,
    Music,
    Operation,
    Replace,
    Segment,
    Sound,
    Timeline,
    Title,
    Trim,
    apply,
    differences,
    operation_from_json,
)
from clipline.values import JsonObject

__all__ = ["Asked", "applied", "ask", "change", "wish_words"]

#: Seconds that a trim may end after the clip without a word.
_CLOSE = 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """What an edit asks for: operations in their order, the file wished for, the words and how they were understood."""

    operations: tuple[Operation, ...]
    wish: JsonObject = field(default_factory=dict)
    instruction: str | None = None
    notes: tuple[str, ...] = ()


def change(call: StageCall, options: JsonObject, told: Collection[str] = ()) -> StageResult:
    """Change the timeline as the options say; `changed` is false where it is the same afterwards.

    Notes that are in `told` are not told again.

    Raises:
        Refused: it is not clear what is meant, or it cannot be done with this clip.
        InputError: an image, clip or sound to use is missing.
    """
    state = LocalState.read(call.state)
    if state.timeline is None:
        raise state.no_clip("edit")
    asked = ask(options, state)
    after = applied(state, asked, strict=options.get("quality") == "strict")
    for note in asked.notes:
        if note not in told:
            call.note(note)
    findings = examine(call, after, asked.operations, asked.instruction)
    if not after.changed:
        why = [note for note in asked.notes if note in (_all_stays(state.timeline), _no_sound(state.timeline))]
        findings.append(Finding("WARN", ": ".join(["the edit changed nothing", *why[:1]])))
    assert after.timeline is not None
    changes = [*differences(state.timeline, after.timeline), *wish_words(after.wish, state.wish)]
    if after.changed and not changes:
        changes = [f"a video of {after.timeline.duration:g}s"]
    outputs = {
        "changed": after.changed,
        "changes": changes,
        "understood": [str(operation) for operation in asked.operations] or wish_words(asked.wish),
        "text": "; ".join(asked.notes),
        "timeline": after.timeline.as_json(),
        "summary": after.timeline.summary(),
    }
    return StageResult(outputs=outputs, state=after.write(call.state), findings=tuple(findings))


# --- pure ------------------------------------------------------------------------------------------------------------


def ask(options: JsonObject, state: LocalState) -> Asked:
    """Read what the options of an edit ask for.

    Raises:
        Refused: the words are vague, or ask for what cannot be done, or no font can write a title.
        InputError: the options contradict each other, or an operation has a wrong value or a missing file.
    """
    text, data = options.get("instruction"), options.get("operations")
    if (text is None) == (data is None):
        raise InputError("an edit has an instruction or operations, one of both", hint="write the one, drop the other")
    if text is None:
        given, moved = _done_as(_typed(data or ()), state)
        return Asked(given, notes=(*_on_clip(given, state.timeline), *moved, *_on_writing(given)))
    length = state.timeline.duration if state.timeline else None
    materials = [str(source.path) for source in state.sources if source != state.clip]
    try:
        understood = _understood(str(text), materials, length)
    except Refused as refusal:
        clip = state.clip.path if state.clip else None
        if refusal.code != "not_at_hand" or clip is None or clip.name not in str(text):
            raise
        understood = _understood(str(text), [*materials, str(clip)], length)  # the clip, once more
    operations, moved = _done_as(understood.operations, state)
    notes = (*understood.notes, *_on_clip(operations, state.timeline), *moved, *_on_writing(operations))
    return Asked(operations, understood.export.as_json(), str(text), notes)


def _understood(text: str, materials: Sequence[str], length: float | None) -> Understanding:
    """What an instruction asks for; where it leaves out which file, the refusal names those that were handed over."""
    try:
        return interpret(text, materials=materials, default_duration=length, length_of=_length_of)
    except Refused as refusal:
        if refusal.code != "ambiguous":
            raise
        from clipline.studio.instructions.choices import which_file

        choices, hint = which_file(text, materials)
        if not choices:
            raise
        raise Refused(refusal.message, code=refusal.code, hint=hint, choices=choices) from refusal


def _done_as(asked: Sequence[Operation], state: LocalState) -> tuple[tuple[Operation, ...], list[str]]:
    """The operations as they are done, with whole paths and at key frames, and notes on where these lie."""
    operations: list[Operation] = []
    notes = []
    timeline = state.timeline
    for operation in asked:
        whole = _with_all(operation, state)
        if timeline is not None and isinstance(whole, Trim | Cut) and whole.keyframes:
            try:
                for before in operations:
                    timeline = apply(timeline, before, _length_of)
                whole, note = moved_to_key_frames(whole, timeline)
            except ValueError as error:
                raise _outside(operation, error) from error
            notes.append(note)
            timeline = state.timeline
        operations.append(whole)
    return tuple(operations), notes


def _on_clip(operations: Sequence[Operation], timeline: Timeline | None) -> Iterator[str]:
    """Notes on how long images are shown, on a trim that gives less than it names, and on sound that is not there."""
    for operation in operations:
        if timeline is None:
            return
        try:
            after = _with(timeline, operation)
        except ValueError:  # told as an error
            return
        match operation:
            case Trim() if after == timeline and not _is_still(timeline):
                yield _all_stays(timeline)
            case Sound() if after == timeline:
                yield _no_sound(timeline)
            case Trim(start=start, end=float(end)) if end - start > after.duration + _CLOSE:
                yield f"the clip is {timeline.duration:.3g}s long: {after.duration:.3g}s are kept"
            case Join(paths=paths, hold=hold):
                for path in paths:
                    if isinf(_length_of(path)):
                        yield f"{Path(path).name} is a still image, shown for {hold:g}s"
        timeline = after


def _on_writing(operations: Sequence[Operation]) -> list[str]:
    """Notes on what of titles is drawn otherwise than it was typed."""
    written = " ".join(_written(shown) for shown in operations if isinstance(shown, Title | LowerThird))
    return [note] if (note := drawn_plainly(written)) else []


def _written(shown: Title | LowerThird) -> str:
    return shown.text if isinstance(shown, Title) else f"{shown.name} {shown.line}"


def _all_stays(timeline: Timeline) -> str:
    return f"the clip is {timeline.duration:.3g}s long: all of it stays"


def _with(timeline: Timeline, operation: Operation) -> Timeline:
    """The timeline with one more operation; as it is where sound is to be changed and there is none.

    Raises:
        ValueError: the operation lies outside the clip.
    """
    if isinstance(operation, Sound) and _no_sound(timeline):
        return timeline
    return apply(timeline, operation, _length_of)


def _no_sound(timeline: Timeline) -> str:
    """That nothing that is seen has sound of its own; empty where something has."""
    paths = dict.fromkeys(Path(segment.source) for segment in _shown(timeline))
    if any(probe(path).audio_codec for path in paths):
        return ""
    return f"{' and '.join(path.name for path in paths)} {'has' if len(paths) == 1 else 'have'} no sound"


def applied(state: LocalState, asked: Asked, *, strict: bool) -> LocalState:
    """The state after an edit.

    A picture that stands for as long as it would anyway is changed where that was asked for: it becomes a video.

    Raises:
        Refused: an operation lies outside the clip.
    """
    assert state.timeline is not None
    after = state.timeline
    for operation in asked.operations:
        try:
            after = _with(after, operation)
        except ValueError as error:
            raise _outside(operation, error) from error
    wish = {**state.wish, **asked.wish}
    edit = {"instruction": asked.instruction, "operations": [operation.as_json() for operation in asked.operations]}
    return replace(
        state,
        before=state.timeline,
        timeline=after,
        changed=after != state.timeline or wish != state.wish or _shows_still(asked, after),
        wish=wish,
        edits=(*state.edits, edit),
        strict=state.strict or strict,
    )


def _shows_still(asked: Asked, timeline: Timeline) -> bool:
    return _is_still(timeline) and any(isinstance(operation, Trim) for operation in asked.operations)


def _is_still(timeline: Timeline) -> bool:
    shown = _shown(timeline)
    return bool(shown) and all(segment.still for segment in shown)


def _shown(timeline: Timeline) -> list[Segment]:
    return [segment for track in timeline.tracks if track.kind == "video" for segment in track.segments]


def _length_of(path: str) -> float:
    info = probe(Path(path))
    return inf if info.kind == "image" else info.duration


def _outside(operation: Operation, error: ValueError) -> Refused:
    return Refused(f"cannot {operation}: {error}", code="outside_clip")


def _typed(data: Sequence[Mapping[str, Any]]) -> list[Operation]:
    operations = []
    for number, item in enumerate(data, 1):
        try:
            operations.append(operation_from_json(item))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"operation {number}: {error}", code="operation") from error
    return operations


def _with_all(operation: Operation, state: LocalState) -> Operation:
    """The operation with all that it needs: the whole path of its file, fonts for its text."""
    match operation:
        case Background(fill=Media(path=path)) | Isolate(fill=Media(path=path)):
            return replace(operation, fill=Media(str(_file(path, state, ("image", "video"), "an image or a clip"))))
        case Replace(path=path):
            return replace(operation, path=str(_file(path, state, ("image",), "an image")))
        case Music(path=path):
            return replace(operation, path=str(_file(path, state, ("audio", "video"), "a sound")))
        case Join(paths=paths):
            kinds = ("video", "image")
            return replace(
                operation, paths=tuple(str(_file(path, state, kinds, "a clip or an image")) for path in paths)
            )
        case Title() | LowerThird():
            need_fonts_for(_written(operation))
            return operation
        case _:
            return operation


def _file(named: str, state: LocalState, kinds: Sequence[str], what: str) -> Path:
    """A file by its path, else an uploaded one by its name."""
    path = Path(named).absolute()
    if not path.exists():
        path = next((source.path for source in state.sources if source.name == path.name), path)
    info = probe(path)
    if info.kind not in kinds:
        raise InputError(f"{path.name} is not {what}", hint=f"it is {info.kind}, by its content")
    if "audio" in kinds and not info.audio_codec:
        raise InputError(f"{path.name} has no sound")
    return path


def wish_words(wish: JsonObject, before: JsonObject | None = None) -> list[str]:
    """What is wished for the exported file, as far as it was not wished `before`; empty where nothing is."""
    new = {name: value for name, value in wish.items() if (before or {}).get(name) != value}
    forms = {"lines": "{}p", "max_size": "within {}"}
    said = [forms.get(name, "{}").format(value) for name, value in new.items()]
    return [f"the exported file: {', '.join(said)}"] if said else []

"""Editing on this machine: words or data become operations, operations change the timeline.

Nothing is rendered here; but the clip is looked at, so that what cannot be done is refused before the long work.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clipline.backends.local.at_key_frames import moved_to_key_frames
from clipline.backends.local.fitting import (
    all_stays,
    check_moments,
    is_still,
    length_of,
    no_sound,
    on_clip,
    outside,
    with_operation,
)
from clipline.backends.local.looking import examine
from clipline.backends.local.state import LocalState
from clipline.errors import InputError, Refused
from clipline.stage import Finding, StageCall, StageResult
from clipline.studio.instructions import Understanding, describe, interpret
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
    Sound,
    Timeline,
    Title,
    Trim,
    apply,
    differences,
    gone_and_changed,
    operation_from_json,
)
from clipline.values import JsonObject

__all__ = ["Asked", "applied", "ask", "change", "wish_words"]


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
        why = [note for note in asked.notes if note in (all_stays(state.timeline), no_sound(state.timeline))]
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
        return Asked(given, notes=(*on_clip(given, state.timeline), *moved, *_on_writing(given)))
    materials = [str(source.path) for source in state.sources if source != state.clip]
    try:
        understood = _understood(str(text), materials, state.timeline)
    except Refused as refusal:
        clip = state.clip.path if state.clip else None
        if refusal.code != "not_at_hand" or clip is None or clip.name not in str(text):
            raise
        understood = _understood(str(text), [*materials, str(clip)], state.timeline)  # the clip, once more
    operations, moved = _done_as(understood.operations, state)
    found = tuple(on_clip(operations, state.timeline))
    notes = (*_that_hold(understood, found, state), *found, *moved, *_on_writing(operations))
    return Asked(operations, understood.export.as_json(), str(text), notes)


def _that_hold(understood: Understanding, found: Sequence[str], state: LocalState) -> list[str]:
    """How an instruction was understood, without what is said of sound where there is none."""
    sounds = [each for each in understood.operations if isinstance(each, Sound)]
    if not sounds or state.timeline is None or found.count(no_sound(state.timeline)) < len(sounds):
        return list(understood.notes)
    untrue = [describe(each, understood.language) for each in sounds]
    return [note for note in understood.notes if note not in untrue]


def _understood(text: str, materials: Sequence[str], timeline: Timeline | None) -> Understanding:
    """What an instruction asks for; where it leaves out which file, the refusal names those that were handed over."""
    try:
        return interpret(
            text,
            materials=materials,
            default_duration=timeline.duration if timeline else None,
            length_of=length_of,
            stands=timeline is not None and is_still(timeline),
        )
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
                    timeline = apply(timeline, before, length_of)
                whole, note = moved_to_key_frames(whole, timeline)
            except ValueError as error:
                raise outside(operation, error) from error
            notes.append(note)
            timeline = state.timeline
        operations.append(whole)
    return tuple(operations), notes


def _on_writing(operations: Sequence[Operation]) -> list[str]:
    """Notes on what of titles is drawn otherwise than it was typed."""
    written = " ".join(_written(shown) for shown in operations if isinstance(shown, Title | LowerThird))
    return [note] if (note := drawn_plainly(written)) else []


def _written(shown: Title | LowerThird) -> str:
    return shown.text if isinstance(shown, Title) else f"{shown.name} {shown.line}"


def applied(state: LocalState, asked: Asked, *, strict: bool) -> LocalState:
    """The state after an edit.

    A picture that stands for as long as it would anyway is changed where that was asked for: it becomes a video.

    Raises:
        Refused: an operation lies outside the clip.
    """
    assert state.timeline is not None
    after = state.timeline
    for operation in asked.operations:
        check_moments(operation, after)
        try:
            after = with_operation(after, operation)
        except ValueError as error:
            raise outside(operation, error) from error
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
    return is_still(timeline) and any(isinstance(operation, Trim) for operation in asked.operations)


def _typed(data: Sequence[Mapping[str, Any]]) -> list[Operation]:
    operations = []
    for number, item in enumerate(data, 1):
        try:
            operations.append(operation_from_json(item))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"operation {number}: {error}", code="operation") from error
    if against := gone_and_changed(operations):
        first, second = sorted(against)
        raise InputError(
            f"operation {first + 1} ({operations[first]}) and operation {second + 1} ({operations[second]}) contradict "
            "each other: what is removed cannot be changed, too",
            code="contradiction",
            hint="drop one of them; who is removed and who is changed may be told apart by which",
        )
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

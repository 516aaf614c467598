"""Editing on this machine: words or data become operations, operations change the timeline.

Nothing is rendered here; but the clip is looked at, so that what cannot be done is refused before the long work.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clipline.backends.local.state import LocalState
from clipline.errors import InputError, Refused
from clipline.stage import Finding, StageCall, StageResult
from clipline.studio.instructions import interpret
from clipline.studio.media import probe
from clipline.timeline import (
    Background,
    Isolate,
    Media,
    Music,
    Operation,
    Remove,
    apply,
    differences,
    operation_from_json,
)
from clipline.values import JsonObject

__all__ = ["Asked", "applied", "ask", "change", "threads"]

_ABOUT_PEOPLE = (Background, Remove, Isolate)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an edit asks for: operations in their order, the file wished for, and how the words were understood."""

    operations: tuple[Operation, ...]
    wish: JsonObject
    notes: tuple[str, ...] = ()


def change(call: StageCall, options: JsonObject) -> StageResult:
    """Change the timeline as the options say; `changed` is false where it is the same afterwards.

    Raises:
        Refused: it is not clear what is meant, or it cannot be done with this clip.
        InputError: an image, clip or sound to use is missing.
    """
    state = LocalState.read(call.state)
    if state.timeline is None:
        raise Refused("there is no clip to edit", code="no_clip", hint="an upload stage with a video comes first")
    asked = ask(options, state)
    after = applied(state, asked, strict=options.get("quality") == "strict")
    for note in asked.notes:
        call.note(note)
    findings = _examine(call, after, asked.operations)
    if not after.changed:
        findings.append(Finding("WARN", "the edit changed nothing"))
    assert after.timeline is not None
    changes = [*differences(state.timeline, after.timeline), *_wish_words(state.wish, after.wish)]
    outputs = {
        "changed": after.changed,
        "changes": changes,
        "understood": [str(operation) for operation in asked.operations] or _wish_words({}, asked.wish),
        "text": " ".join(asked.notes),
        "timeline": after.timeline.as_json(),
        "summary": after.timeline.summary(),
    }
    return StageResult(outputs=outputs, state=after.write(call.state), findings=tuple(findings))


# --- pure ------------------------------------------------------------------------------------------------------------


def ask(options: JsonObject, state: LocalState) -> Asked:
    """Read what the options of an edit ask for.

    Raises:
        Refused: the words are vague, or ask for what cannot be done.
        InputError: the options contradict each other, or an operation has a wrong value or a missing file.
    """
    text, data = options.get("instruction"), options.get("operations")
    if (text is None) == (data is None):
        raise InputError("an edit has an instruction or operations, one of both", hint="write the one, drop the other")
    if text is None:
        return Asked(tuple(_located(operation, state) for operation in _typed(data or ())), {})
    understood = interpret(str(text), materials=[source.name for source in state.sources])
    operations = tuple(_located(operation, state) for operation in understood.operations)
    return Asked(operations, understood.export.as_json(), tuple(understood.notes))


def applied(state: LocalState, asked: Asked, *, strict: bool) -> LocalState:
    """The state after an edit.

    Raises:
        Refused: an operation lies outside the clip.
    """
    assert state.timeline is not None
    after = state.timeline
    for operation in asked.operations:
        try:
            after = apply(after, operation)
        except ValueError as error:
            raise Refused(f"cannot {operation}: {error}", code="outside_clip") from error
    wish = {**state.wish, **asked.wish}
    return replace(
        state,
        before=state.timeline,
        timeline=after,
        changed=after != state.timeline or wish != state.wish,
        wish=wish,
        strict=state.strict or strict,
    )


def _typed(data: Sequence[Mapping[str, Any]]) -> list[Operation]:
    operations = []
    for number, item in enumerate(data, 1):
        try:
            operations.append(operation_from_json(item))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"operation {number}: {error}", code="operation") from error
    return operations


def _located(operation: Operation, state: LocalState) -> Operation:
    """The operation with the whole path of the file that it uses."""
    match operation:
        case Background(fill=Media(path=path)):
            return Background(Media(str(_file(path, state, ("image", "video"), "an image or a clip"))))
        case Music(path=path, volume=volume):
            return Music(str(_file(path, state, ("audio", "video"), "a sound")), volume)
        case _:
            return operation


def _file(named: str, state: LocalState, kinds: Sequence[str], what: str) -> Path:
    """An uploaded file by its name, else a path."""
    known = next((source.path for source in state.sources if named in {source.name, str(source.path)}), None)
    path = known or Path(named).absolute()
    info = probe(path)
    if info.kind not in kinds:
        raise InputError(f"{path.name} is not {what}", hint=f"it is {info.kind}, by its content")
    if "audio" in kinds and not info.audio_codec:
        raise InputError(f"{path.name} has no sound")
    return path


def _wish_words(before: JsonObject, after: JsonObject) -> list[str]:
    new = [f"{name.replace('_', ' ')} {value}" for name, value in after.items() if before.get(name) != value]
    return [f"the exported file: {', '.join(new)}"] if new else []


# --- looking at the clip ---------------------------------------------------------------------------------------------


def _examine(call: StageCall, state: LocalState, operations: Sequence[Operation]) -> list[Finding]:
    """Look for the people that the operations speak of, before anybody waits for a render."""
    from clipline.studio import people

    clip = state.clip
    findings: list[Finding] = []
    for operation in operations:
        if not isinstance(operation, _ABOUT_PEOPLE) or clip is None:
            continue
        call.progress(None, f"looking for people in {clip.name}")
        examination = people.examine(
            clip.path,
            operation,
            info=probe(clip.path),
            clock=call.clock,
            threads=threads(call.settings),
            strict=state.strict,
        )
        findings += examination.findings
    return findings


def threads(settings: JsonObject) -> int:
    """How many threads a codec may use: the setting `studio.threads`, or all cores."""
    return int(settings.get("studio", {}).get("threads") or 0) or os.cpu_count() or 2

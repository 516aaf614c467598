"""What can be asked of a clip, as data: operations of all sorts.

Each operation has a form in files, told by its first key: `from_json` reads it, `as_json` writes it. Its text is an
instruction that is understood as that very operation, so that it can be sent to who takes only words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any, TypeAlias

from clipline.timeline.backgrounds import Background, Isolate, Media, Remove
from clipline.timeline.cutting import Cut, Join, Trim
from clipline.timeline.framing import Crop, Fit, Pad, Resize
from clipline.timeline.hiding import BlurOut, Pixelate, Replace
from clipline.timeline.sounds import AudioTrack, Loudness, Music, Sound
from clipline.timeline.subjects import Who, at_moments, is_among
from clipline.timeline.titles import LowerThird, Title

__all__ = [
    "Operation",
    "SubjectOperation",
    "files_of",
    "gone_and_changed",
    "operation_from_json",
    "subjects_in",
    "with_moments",
]

#: Those for which people or things must be found.
SubjectOperation: TypeAlias = Background | Remove | Isolate | BlurOut | Pixelate | Replace
Operation: TypeAlias = (
    SubjectOperation
    | Trim
    | Cut
    | Join
    | Resize
    | Fit
    | Crop
    | Pad
    | Title
    | LowerThird
    | Music
    | Sound
    | Loudness
    | AudioTrack
)
_OPERATIONS = {
    kind.key: kind
    for kind in (
        *(Background, Remove, Isolate, BlurOut, Pixelate, Replace),
        *(Trim, Cut, Join, Resize, Fit, Crop, Pad),
        *(Title, LowerThird, Music, Sound, Loudness, AudioTrack),
    )
}


def subjects_in(operation: SubjectOperation) -> tuple[Who, ...]:
    """Whom or what an operation is about."""
    match operation:
        case Background():
            return ("people",)
        case Isolate():
            return operation.everyone
        case _:
            return (operation.who,)


def with_moments(operation: SubjectOperation, start: float, end: float) -> SubjectOperation:
    """The operation with the times at which it looks for somebody in seconds, of a source of which this is shown."""
    match operation:
        case Background():
            return operation
        case Isolate(who=who, also=also):
            them = tuple(at_moments(each, start, end) for each in also)
            return replace(operation, who=at_moments(who, start, end), also=them)
        case _:
            return replace(operation, who=at_moments(operation.who, start, end))


def gone_and_changed(operations: Sequence[object]) -> tuple[int, int] | None:
    """Which operation takes out whom which other one changes, whichever comes first; None where all go together."""
    pairs = permutations(enumerate(operations), 2)
    return next(((one, other) for (one, gone), (other, changed) in pairs if _takes_from(gone, changed)), None)


def _takes_from(gone: object, changed: object) -> bool:
    if not (isinstance(gone, Remove) and gone.fill is None and isinstance(changed, SubjectOperation)):
        return False
    if isinstance(changed, Isolate) and gone.who in {"person", "people"}:  # all else is gone then anyway
        return True
    return any(is_among(who, gone.who) for who in subjects_in(changed))


def files_of(operation: Operation) -> tuple[str, ...]:
    """The files that an operation brings in, as it names them."""
    match operation:
        case Background(fill=Media(path=path)) | Isolate(fill=Media(path=path)) | Music(path=path) | Replace(path=path):
            return (path,)
        case Join(paths=paths):
            return paths
        case _:
            return ()


def operation_from_json(data: Mapping[str, Any]) -> Operation:
    """Read one operation as it is written in a file, like `{remove: person, fill: "#00ff00"}`.

    Raises:
        ValueError: there is no such operation, or its values are wrong.
    """
    kind = next((kind for key, kind in _OPERATIONS.items() if key in data), None)
    if kind is None:
        raise ValueError(
            f"no such operation: {', '.join(map(str, data)) or '(empty)'}; known: {', '.join(_OPERATIONS)}"
        )
    return kind.from_json(data)

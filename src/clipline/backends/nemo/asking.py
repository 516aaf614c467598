"""What an edit asks of the service, in words: an instruction as it is, or the sentences that operations stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipline.backends.nemo.state import CloudState
from clipline.errors import InputError, Refused
from clipline.nemo.router import language_of
from clipline.studio.instructions import interpret
from clipline.timeline import Operation, files_of, operation_from_json
from clipline.values import JsonObject

__all__ = ["Asked", "addressed", "ask", "check_clip_is_not_needed", "file_to_name", "in_service_names"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: `words` for the service, and the `operations` that they stand for, if it were any."""

    words: str
    operations: tuple[Operation, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the operations bring in, by absolute path."""
        named = (path for operation in self.operations for path in files_of(operation))
        return tuple(dict.fromkeys(Path(path).absolute() for path in named))


def ask(options: JsonObject) -> Asked:
    """Read what the options of an edit ask for.

    Raises:
        InputError: they ask in both ways or in none, or an operation has a wrong value.
        Refused: strict quality is asked for, which the service knows nothing of.
    """
    if options.get("quality", "normal") != "normal":
        raise Refused(
            f"the service knows no {options['quality']} quality of an edit",
            code="quality",
            hint="leave `quality` out, or edit on this machine: --backend local",
        )
    text, data = options.get("instruction"), options.get("operations")
    if (text is None) == (data is None):
        raise InputError("an edit has an instruction or operations, one of both", hint="write the one, drop the other")
    if text is not None:
        return Asked(str(text))
    operations = tuple(_typed(data or ()))
    return Asked("; ".join(map(str, operations)), operations)


def _typed(data: Sequence[Mapping[str, Any]]) -> list[Operation]:
    operations = []
    for number, item in enumerate(data, 1):
        try:
            operations.append(operation_from_json(item))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"operation {number}: {error}", code="operation") from error
    return operations


def check_clip_is_not_needed(asked: Asked) -> None:
    """Make sure that what is asked for where there is no clip is one that is to be made, and no edit of one.

    Raises:
        Refused: the words are plainly operations on a clip; sent as they are, a clip would be made of them and paid.
    """
    if not (asked.operations or _operations_in(asked.words)):
        return
    raise Refused(
        f"there is no clip to edit: {asked.words}",
        code="no_clip",
        hint="hand one over first (`upload FILE`, in a file an `upload` stage); or say what a new one is to show, "
        'like "a calm sea at sunrise, ten seconds"',
    )


def _operations_in(words: str) -> Sequence[Operation]:
    try:
        return interpret(words).operations
    except Refused:
        return ()


def file_to_name(state: CloudState, path: str, there: Sequence[str]) -> str:
    """The file that a message must name, since the session holds others beside it; "" where there is no doubt.

    Args:
        state: the scope's state.
        path: the stage's.
        there: the videos that the session holds.
    """
    clip = state.item or next((file.name for file in state.videos), "")
    several = len({*there, *(file.name for file in state.videos)}) > 1
    return clip if several or state.is_shared_with(path) else ""


def in_service_names(words: str, state: CloudState) -> str:
    """The words with each file called as the service calls it, which may have changed its name to keep two apart."""
    for file in state.files:
        if file.local_name and file.local_name != file.name:
            words = words.replace(file.local_name, file.name)
    return words


def addressed(words: str, name: str) -> str:
    """The words as they are sent: of the file `name` where one must be named."""
    if not name:
        return words
    return f"在 {name} 中：{words}" if language_of(words) == "zh" else f"In {name}: {words}"

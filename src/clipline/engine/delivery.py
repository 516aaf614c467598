"""The last step of a file: from its temporary name to its place, so that it can be done again after any break in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from clipline.artifacts import discard, rename_to_free_name, sha256_of, sidecar_of, sync_folder, write_whole
from clipline.stage import Artifact
from clipline.values import JsonObject

__all__ = ["NAME_TAKEN", "artifact_of", "is_whole", "put", "stays", "taken"]

#: What the system says when a name was taken in the very moment before.
NAME_TAKEN = (FileExistsError, NotADirectoryError, IsADirectoryError)


def put(delivery: JsonObject, last_look: Callable[[], None]) -> None:
    """Rename `temporary` to `path`, and write the sidecar.

    `delivery` is the operation as it was journalled: temporary, path, folder, sha256, bytes, replace, sidecar.
    `last_look` makes sure that the run is still ours, right before the sidecar takes its place; before the file does,
    the caller has looked.

    Raises:
        FileExistsError: the name is taken and not to be replaced.
        OSError: the disk would not.
    """
    temporary, final = Path(delivery["temporary"]), Path(delivery["path"])
    if temporary.exists():
        if _same(temporary, final):
            temporary.unlink()  # the break came between the link and its other half
        elif temporary.is_dir():
            _move_folder(temporary, final, replace=delivery["replace"])
        elif delivery["replace"]:
            temporary.replace(final)
        else:
            rename_to_free_name(temporary, final)
    discard(_aside(temporary))
    if delivery["sidecar"] is not None:
        facts = {"file": final.name, "sha256": delivery["sha256"], "bytes": delivery["bytes"], **delivery["sidecar"]}
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        # By a name that the journal knows, and nobody else could foresee.
        draft = temporary.with_name(temporary.name + ".json")
        write_whole(sidecar_of(final), text.encode(), draft, last_look=last_look)
    sync_folder(final.parent)


def taken(final: Path, *, sidecar: bool) -> bool:
    """Whether somebody's file stands where this one, or its sidecar, would go."""
    return os.path.lexists(final) or (sidecar and os.path.lexists(sidecar_of(final)))


def is_whole(path: Path, sha256: str) -> bool:
    """Whether the file is there, with this content; what is no file by now, like a pipe, is not."""
    return (path.is_file() or path.is_dir()) and sha256_of(path) == sha256


def stays(delivery: JsonObject) -> bool:
    """Whether the place is still in the folder that it was in when the delivery was journalled.

    A folder on the way may have been replaced by a link that leads elsewhere.
    """
    now = os.path.realpath(Path(delivery["path"]).parent)
    return now == str(delivery.get("folder", now))  # an older journal does not say


def artifact_of(delivery: JsonObject) -> Artifact:
    """What a delivery made."""
    path = Path(delivery["path"])
    return Artifact(path, delivery["sha256"], delivery["bytes"], path.name)


def _same(temporary: Path, final: Path) -> bool:
    """Whether both names are the same file; a link that somebody laid to one of them is not."""
    try:
        one, other = temporary.lstat(), final.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(one, other)


def _move_folder(temporary: Path, final: Path, *, replace: bool) -> None:
    """Rename a folder; the system refuses that onto one with files in it, so such a one steps aside first."""
    if final.exists():
        if not replace:
            raise FileExistsError(final)
        final.rename(_aside(temporary))
    temporary.rename(final)


def _aside(temporary: Path) -> Path:
    """Where a replaced folder waits for its end."""
    return temporary.with_name(temporary.name + ".old")

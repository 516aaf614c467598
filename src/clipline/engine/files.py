"""Files that are either whole or not there, whatever moment the process dies at.

A file is written under a temporary name beside its target, and that name is journalled before it is used. Delivering
is an effect of its own sort: an intent that says which file goes where and what its sha256 is; the rename; the
outcome. After a break `settle_deliveries` finishes what was intended, and `remove_leftovers` clears the rest.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from clipline.artifacts import (
    check_replaceable,
    discard,
    disk,
    make_folder,
    numbered,
    sha256_of,
    size_of,
    sync,
    temporary_beside,
)
from clipline.engine.attempt import Attempt
from clipline.engine.delivery import NAME_TAKEN, artifact_of, is_whole, put, stays, taken
from clipline.errors import InputError, PluginError
from clipline.journal import RunWriter
from clipline.journal.rows import dump
from clipline.stage import Artifact, Collision
from clipline.values import JsonObject

__all__ = ["DELIVERY", "StageFiles", "remove_leftovers", "settle_deliveries"]

#: Effects of this module are named `deliver:TARGET`; what was begun of them is finished, whatever else happens.
DELIVERY = "deliver:"
#: A folder with more files of one name than this is no place for another.
_MOST_NUMBERS = 10_000


class StageFiles:
    """The files of one attempt; implements `clipline.stage.Files`."""

    def __init__(self, attempt: Attempt, out: Path) -> None:
        self._attempt = attempt
        self._writer = attempt.writer
        self._out = out
        self._temporaries: list[Path] = []
        self._folders: list[Path] = []

    def temporary(self, target: Path) -> Path:
        """A journalled path beside `target`; see `clipline.stage.Files.temporary`."""
        self._attempt.check()
        self._require_inside(target)
        # The deepest first, as they are taken away again where nothing is put into them.
        self._folders += [each for each in target.parents if not each.exists()]
        make_folder(target.parent)
        temporary = temporary_beside(target)
        self._writer.add_temporary(temporary)
        self._temporaries.append(temporary)
        return temporary

    def deliver(
        self, temporary: Path, target: Path, *, collision: Collision = "fail", sidecar: JsonObject | None = None
    ) -> Artifact:
        """Put a finished file in its place; see `clipline.stage.Files.deliver`."""
        self._attempt.check()
        self._require_inside(target)
        if temporary not in self._temporaries:
            raise PluginError(f"{temporary.name!r} was not asked for with files.temporary()")
        if not temporary.exists():
            raise PluginError(f"nothing was written to the temporary file of {target.name!r}")
        sync(temporary)
        facts = {
            "temporary": str(temporary),
            "folder": os.path.realpath(target.parent),
            "sha256": sha256_of(temporary),
            "bytes": size_of(temporary),
            "sidecar": None if sidecar is None else dict(sidecar),
        }
        if collision == "overwrite":
            check_replaceable(target, by_folder=temporary.is_dir())
        own = self._own(target)
        for final in _candidates(target, collision, own):
            replace = collision == "overwrite" or (own is not None and own.path == final)
            if not replace and taken(final, sidecar=sidecar is not None):
                continue
            if self._deliver(target, {**facts, "path": str(final), "replace": replace}):
                self._writer.forget_temporary(temporary)
                self._temporaries.remove(temporary)
                return artifact_of({**facts, "path": str(final)})
        raise InputError(
            f"{target} exists already",
            code="exists",
            hint="remove it, export under another name, or set `collision: number` or `collision: overwrite`",
        )

    def delivered(self, target: Path) -> Artifact | None:
        """What an attempt that was broken off delivered for `target`, if it is still as it was.

        Where an attempt came to its end and the stage is done again all the same, the file is to be made anew.
        """
        return self._own(target, after=self._writer.last_done(self._attempt.path))

    def _own(self, target: Path, after: int = 0) -> Artifact | None:
        """What attempts before this one, and after that number, delivered for `target`, if it is still as it was."""
        settle_deliveries(self._writer, self._attempt.clock.now(), self._attempt.path, target)
        rows = self._writer.effects(self._attempt.path, DELIVERY + str(target))
        done = [row.outcome for row in rows if row.outcome is not None and after < row.attempt < self._attempt.number]
        own = artifact_of(done[-1]) if done else None
        return own if own is not None and is_whole(own.path, own.sha256) else None

    def clear(self) -> None:
        """Remove what this attempt did not deliver; the attempt is over."""
        for temporary in self._temporaries:
            _remove_temporary(self._writer, temporary)
        for folder in self._folders:
            with contextlib.suppress(OSError):  # not empty: it is needed
                folder.rmdir()

    def _require_inside(self, target: Path) -> None:
        # Links followed: a folder on the way may lead elsewhere.
        real = Path(os.path.realpath(target.parent)) / target.name
        if Path(os.path.realpath(self._out)) not in real.parents:
            raise InputError(
                f"{target} is outside the output folder {self._out}",
                code="outside_out",
                hint="give a path inside it, or another output folder with --out",
            )

    def _deliver(self, target: Path, delivery: JsonObject) -> bool:
        """Intent, rename, outcome; False if somebody took the name in between."""
        attempt, clock = self._attempt, self._attempt.clock
        effect = self._writer.intend(
            attempt.path,
            attempt.number,
            DELIVERY + str(target),
            dump(delivery),
            delivery["sha256"],
            now=clock.now(),
            deadline=clock.now(),
        )
        attempt.check()
        self._writer.check_ours()
        if not stays(delivery):
            self._writer.conclude(effect, None, clock.now())
            raise InputError(
                f"{target.parent} was replaced by another folder while the file was made",
                code="outside_out",
                hint="somebody else may write there; choose another output folder with --out",
            )
        with disk("write", Path(delivery["path"])):
            done = _put(
                delivery, self._writer
            )  # where this fails the intent stays open, and the next look at it settles it
        self._writer.conclude(effect, delivery if done else None, clock.now())
        return done


def _put(delivery: JsonObject, writer: RunWriter) -> bool:
    """Whether the file is in its place; False if the name is taken."""
    try:
        put(delivery, writer.check_ours)
    except NAME_TAKEN:
        return False
    return True


def _candidates(target: Path, collision: Collision, own: Artifact | None) -> Iterator[Path]:
    """The names to try, in order: the one that an earlier attempt got first."""
    if own is not None:
        yield own.path
    yield from islice(numbered(target), _MOST_NUMBERS if collision == "number" else 1)


# --- after a break ---------------------------------------------------------------------------------------------------


def settle_deliveries(writer: RunWriter, now: float, stage: str | None = None, target: Path | None = None) -> None:
    """Finish the deliveries that were begun: rename what is whole, or find that it was renamed.

    All of the run, or those of one stage for one target.
    """
    for row in writer.effects(stage, None if target is None else DELIVERY + str(target)):
        if row.status != "open" or not row.name.startswith(DELIVERY):
            continue
        final, temporary = Path(row.operation["path"]), Path(row.operation["temporary"])
        whole = any(is_whole(path, row.operation["sha256"]) for path in (final, temporary))
        writer.check_ours()
        with disk("write", final):
            done = whole and stays(row.operation) and _put(row.operation, writer)
        writer.conclude(row.id, row.operation if done else None, now, adopted=done)


def remove_leftovers(writer: RunWriter) -> None:
    """Remove the temporary files of attempts that are over."""
    for file in writer.temporaries():
        _remove_temporary(writer, file)


def _remove_temporary(writer: RunWriter, file: Path) -> None:
    """Remove one temporary file or folder; what cannot be removed stays journalled for the next time."""
    discard(file)
    if not os.path.lexists(file):
        writer.forget_temporary(file)

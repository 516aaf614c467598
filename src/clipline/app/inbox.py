"""A folder whose files are work: how one is claimed, who has it, and where it goes when it is done.

    DIR/a.mp4                    dropped; taken once its size and its time have stood still for a while
    DIR/working/ID/a.mp4         claimed by a rename into a folder of its own, so that it can write over nothing
    DIR/working/ID.json          which run it has; written before that begins
    DIR/working/ID.lock          held, by the operating system, for as long as the watcher lives that works on it
    DIR/done/a.mp4, a.mp4.json   done, with what came of it; DIR/failed likewise

Every step is a rename or a link, so that whoever comes after a kill finds the one before it or the one after it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from clipline.artifacts import (
    check_writable,
    discard,
    disk,
    make_folder,
    numbered,
    read_file,
    real_path,
    sidecar_of,
    write_whole,
)
from clipline.clock import Clock
from clipline.engine.runner import new_run_id
from clipline.errors import MachineError
from clipline.journal.locks import RunLock
from clipline.values import JsonObject

__all__ = ["Claim", "Inbox", "Place"]

Place = Literal["done", "failed"]
WORKING = "working"

#: Seconds after which what stands in `working` without its file is nobody's.
_OLD = 60.0
#: Bytes that a file's name may have: ".json" and a number go with it, and file systems take 255.
_LONGEST_NAME = 240
#: Bytes of a record; one that is larger is none of ours.
_LARGEST_RECORD = 16 * 1024 * 1024
#: Endings of names under which other programs write what is not whole yet.
PARTIAL = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~")


@dataclass
class Claim:
    """A file that this watcher works on: `file` is where it is now, `record` what is known of its run."""

    id: str
    file: Path
    lock: RunLock
    record: JsonObject = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder that the file has to itself."""
        return self.file.parent

    @property
    def sidecar(self) -> Path:
        """Where the record stands."""
        return self.folder.with_name(f"{self.id}.json")

    def keep(self, record: JsonObject) -> None:
        """Write down which run the file has.

        Raises:
            MachineError: the disk would not.
        """
        _write(self.sidecar, record)
        self.record = record

    def finish(self, folder: Path, facts: JsonObject) -> Path:
        """Move the file to `folder`, with `facts` beside it; gives the name that it has there.

        A name that is taken is numbered. The sidecar comes first, and is what takes the name: who comes after a kill
        knows by it which name is this claim's.

        Raises:
            MachineError: the disk would not.
        """
        make_folder(folder)
        target = self._take_name(folder, {"claim": self.id, **facts})
        with disk("move", self.file), contextlib.suppress(FileNotFoundError):  # somebody took it away: so be it
            self.file.rename(target)
        self.forget()
        return target

    def _take_name(self, folder: Path, facts: JsonObject) -> Path:
        draft = folder / f".{self.id}.json.part"
        _write(draft, facts)
        try:
            for target in numbered(folder / self.file.name):
                sidecar = sidecar_of(target)
                if _claim_of(sidecar) == self.id:
                    return target
                if os.path.lexists(target):
                    continue
                with disk("write", sidecar), contextlib.suppress(FileExistsError):
                    _link(draft, sidecar)
                    return target
        finally:
            discard(draft)
        raise AssertionError("names never end")

    def forget(self) -> None:
        """Take away all that stands in `working` for it."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()
        self.sidecar.unlink(missing_ok=True)
        self.lock.path.unlink(missing_ok=True)
        self.lock.release()


class Inbox:
    """The folder. `say` tells the person something, each thing once as long as it lasts."""

    def __init__(
        self, folder: Path, *, settle: float, clock: Clock, spared: Collection[Path], say: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self.working = folder / WORKING
        self.places: dict[Place, Path] = {"done": folder / "done", "failed": folder / "failed"}
        self._settle = settle
        self._clock = clock
        self._spared = {real_path(path) for path in spared}
        self._say = say
        self._said: set[str] = set()
        #: What each file looked like, and since when.
        self._seen: dict[str, tuple[tuple[int, int, int], float]] = {}
        self._empty: set[str] = set()
        self._mine: set[str] = set()

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            MachineError: files cannot be moved here.
        """
        for folder in (self.working, *self.places.values()):
            make_folder(folder)
        for folder in (self.folder, self.working):
            check_writable(folder)
        self._sweep()

    def _sweep(self) -> None:
        """Take away the locks and records of claims that are no more: their watcher was killed at the last step."""
        for path in self.working.iterdir():
            name = path.stem
            with contextlib.suppress(OSError):
                old = self._clock.now() - path.stat().st_mtime > _OLD
                is_left = path.suffix in {".lock", ".json"} and not (self.working / name).exists()
                if old and is_left and not RunLock(self.working, name).is_held():
                    path.unlink()

    def spare(self, path: Path) -> None:
        """Never take this file: it was made here, not dropped."""
        self._spared.add(real_path(path))

    # --- what is to be done -------------------------------------------------------------------------------------------

    def next(self) -> Claim | None:
        """A file to work on: one that a watcher left lying, else one that was dropped and stands still."""
        try:
            for name in self._names(self.working, folders=True):
                if name not in self._mine and (claim := self._taken_up(name)):
                    return claim
            for name in self._settled():
                if claim := self._claim(self.folder / name):
                    return claim
        except OSError as error:  # of a lock, or of a folder that somebody is just moving: the next look tells
            self._once(f"{error.filename or self.folder}: {(error.strerror or str(error)).lower()}")
        return None

    @property
    def is_expecting(self) -> bool:
        """Whether files are here that do not stand still yet; one that stays empty is not waited for."""
        return bool(self._seen.keys() - self._empty)

    def _settled(self) -> list[str]:
        """The files that have not changed for the time that it takes."""
        now, before, ready = self._clock.monotonic(), self._seen, []
        self._seen, self._empty = {}, set()
        for name in self._names(self.folder):
            path = self.folder / name
            try:
                found = path.lstat()
                if path.is_symlink():
                    self._once(f"{name} is a symbolic link, and is left alone")
                    continue
                if not path.is_file() or real_path(path) in self._spared:
                    continue
            except OSError:  # it was taken away meanwhile
                continue
            if len(os.fsencode(name)) > _LONGEST_NAME:  # what came of it could not be written beside it
                self._once(f"{name[:40]}… is left alone: its name is longer than {_LONGEST_NAME} bytes")
                continue
            look = (found.st_size, found.st_mtime_ns, found.st_ino)
            old, since = before.get(name, (None, now))
            self._seen[name] = (look, since if look == old else now)
            if look == old and now - since >= self._settle:
                if found.st_size:
                    ready.append(name)
                else:
                    self._once(f"{name} is empty: it is taken once something is in it")
                    self._empty.add(name)
        return ready

    def _names(self, folder: Path, *, folders: bool = False) -> list[str]:
        """What is in a folder, the oldest first: files that are whole, or folders."""
        try:
            with os.scandir(folder) as entries:
                found = [
                    (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name)
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) == folders and not _is_partial(entry.name)
                ]
        except FileNotFoundError:
            found = []
            if not folder.exists():
                self._once(f"{folder} is not there")
        except OSError as error:
            self._once(f"cannot look into {folder}: {(error.strerror or str(error)).lower()}")
            found = []
        return [name for _, name in sorted(found)]

    # --- claiming -----------------------------------------------------------------------------------------------------

    def _claim(self, path: Path) -> Claim | None:
        """Take a file; None where another watcher was faster, it vanished, or it cannot be moved."""
        name = new_run_id(self._clock.now())
        claim = Claim(name, self.working / name / path.name, RunLock(self.working, name))
        try:
            with disk("move", path):
                claim.lock.acquire()
                claim.folder.mkdir()
                path.rename(claim.file)
        except MachineError as error:
            claim.forget()
            if not isinstance(error.__cause__, FileNotFoundError):
                self._once(f"{error.message}: it stays where it is")
            return None
        self._seen.pop(path.name, None)
        self._mine.add(claim.id)
        return claim

    def _taken_up(self, name: str) -> Claim | None:
        """What a watcher left lying that is no more; None where it lives, or nothing is left to do."""
        lock = RunLock(self.working, name)
        if lock.is_held():
            return None
        try:
            lock.acquire()
        except MachineError:
            return None
        files = self._names_in(self.working / name)
        claim = Claim(name, self.working / name / (files[0] if files else "gone"), lock)
        if not files:
            claim.forget()
            return None
        claim.record = _read(claim.sidecar)
        self._mine.add(name)
        return claim

    def _names_in(self, folder: Path) -> list[str]:
        try:
            return sorted(path.name for path in folder.iterdir())
        except OSError:
            return []

    def finish(self, claim: Claim, place: Place, facts: JsonObject) -> Path:
        """Move a claimed file to its place; raises as `Claim.finish`."""
        target = claim.finish(self.places[place], facts)
        self._mine.discard(claim.id)
        return target

    def leave(self, claim: Claim) -> None:
        """Let go of a claim, for whoever comes next."""
        claim.lock.release()

    def _once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._say(text)


def _is_partial(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(PARTIAL)


def _link(draft: Path, target: Path) -> None:
    """Give a name that nobody has yet; a file system without links gets the nearest thing."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:
        with target.open("x", encoding="utf-8") as file:
            file.write(draft.read_text("utf-8"))


def _claim_of(sidecar: Path) -> str:
    return str(_read(sidecar).get("claim", ""))


def _read(path: Path) -> JsonObject:
    try:
        found = json.loads(read_file(path, _LARGEST_RECORD))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, facts: JsonObject) -> None:
    """Write a sidecar, whole or not at all."""
    text = json.dumps(facts, indent=2, default=str) + "\n"
    with disk("write", path):
        write_whole(path, text.encode(), draft=path.with_name(f".{path.name}.new"))

"""One cell of the crash campaign: kill a command at a point, go on with it as a person would, and look at the end."""

from __future__ import annotations

import functools
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import command_server
from campaigns import forked
from campaigns.crash_rules import broken, facts_of, unknown
from campaigns.crash_tracer import Seen, Tracer, filter_calls, trace
from campaigns.crash_world import LATE_SECONDS, SCENES, Place, Scene, Servers
from clipline.journal import Journal

__all__ = ["MODES", "Cell", "Outcome", "Record", "place_of", "prepare", "record", "run_cell"]

#: Seconds of real time that one process may take; five times what the slowest takes.
HANG = 180.0
#: With fewer points than this still to come, a second kill is drawn from the beginning of what goes on.
_FEW = 12
#: How it goes on: at once; killed once more; by two processes at once; with the effect of the edits coming late.
MODES = ("once", "twice", "both", "late")
_LATE = {"route": "message", "nth": "every", "phase": "delay_effect", "kind": "none", "delay": LATE_SECONDS}

#: Runs a command to its end, or to a point: the words, the place, a name for its output, and where it dies, if at all.
Kill = Callable[[Place, Sequence[str], str, "Seen | None"], "Ran"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a process: its exit status, the calls that it made, and the one that it was killed at."""

    status: int
    seen: Sequence[Seen]
    killed_at: Seen | None


@dataclass(frozen=True, slots=True)
class Record:
    """A command undisturbed: its calls in their order, and the facts of its files."""

    seen: Sequence[Seen]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """Kill `scene` at `point`; `later` are the points after it, `usual` the facts of its files undisturbed."""

    scene: str
    mode: str
    point: Seen
    later: Sequence[Seen] = field(repr=False)
    usual: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """What the campaign calls it."""
        return f"{self.scene} {self.mode}: {self.point}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell.

    `hit`: whether the process died where it should; `exit` is the status after which a person was needed, or 0;
    `seconds` of real time; `wrong` are the rules that it broke.
    """

    cell: Cell
    hit: bool
    exit: int
    seconds: float
    again: str = ""
    wrong: tuple[str, ...] = ()


# --- in a worker -----------------------------------------------------------------------------------------------------

_SERVERS: list[Servers] = []
_CLIP: list[bytes] = []
_KILL: list[Kill] = []


def prepare(servers: Any, clip: bytes, *, in_process: bool, local: bool) -> None:
    """What each process of the pool is given once: its own of the servers, a clip, and how processes are killed."""
    sys.dont_write_bytecode = True
    command_server.warm(local=local)
    _SERVERS.append(servers.get())
    _CLIP.append(clip)
    if in_process:
        from campaigns.crash_inside import killed_inside

        _KILL.append(killed_inside)
    else:
        _KILL.append(_killed_by_tracer)


def record(scene_name: str) -> Record:
    """Run a scene undisturbed."""
    with _place(_scene(scene_name)) as place:
        done = _KILL[0](place, place.scene.words, "first", None)
        if done.status != 0:
            raise RuntimeError(f"{scene_name} ends with {done.status} undisturbed: {_last_words(place)}")
        facts = facts_of(place)
        if wrong := list(broken(place, facts)):
            raise RuntimeError(f"{scene_name} breaks rules undisturbed: {wrong}")
        return Record(done.seen, facts)


def run_cell(cell: Cell, seed: int) -> Outcome:
    """Run one cell, in a folder of its own."""
    begun = time.monotonic()
    try:
        with _place(_scene(cell.scene), *([_LATE] if cell.mode == "late" else [])) as place:
            return _run(cell, place, begun, random.Random(f"{seed} {cell.name}"))  # a seeded draw
    except Exception:  # noqa: BLE001  # a crash of ours is what the campaign looks for
        return Outcome(cell, hit=True, exit=-1, seconds=time.monotonic() - begun, wrong=(traceback.format_exc(),))


def _scene(name: str) -> Scene:
    return next(scene for scene in SCENES if scene.name == name)


class _place(AbstractContextManager[Place]):  # noqa: N801  # a context manager that is used like a function
    """A fresh folder and a service without a past."""

    def __init__(self, scene: Scene, *faults: Mapping[str, Any]) -> None:
        self._scene, self._faults = scene, faults
        self._folder = tempfile.TemporaryDirectory(prefix="cell-", ignore_cleanup_errors=True)

    def __enter__(self) -> Place:
        place = Place.make(self._scene, Path(self._folder.name), _SERVERS[0], _CLIP[0])
        _SERVERS[0].reset()
        for number, words in enumerate(self._scene.before):
            child = forked.start(words, place.folder, place.environment, name=f"before{number}")
            if child.wait(HANG) != 0:
                raise RuntimeError(f"{words}: {child.complained.read_text()}")
        _SERVERS[0].control("POST", "faults", list(self._faults))
        return place

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def place_of(scene_name: str) -> AbstractContextManager[Place]:
    """A fresh folder and a service without a past, for another campaign."""
    return _place(_scene(scene_name))


def _killed_by_tracer(place: Place, words: Sequence[str], name: str, where: Seen | None) -> Ran:
    first = functools.partial(filter_calls, where.call if where else "")
    child = forked.start(words, place.folder, place.environment, name=name, stopped=True, first=first)
    tracer = Tracer(place.folder, place.servers.ports, where)
    trace(child, tracer, HANG)
    assert child.status is not None
    return Ran(child.status, tracer.seen, tracer.killed_at)


# --- one cell --------------------------------------------------------------------------------------------------------


def _run(cell: Cell, place: Place, begun: float, chance: random.Random) -> Outcome:
    first = _KILL[0](place, place.scene.words, "first", cell.point)
    again = ""
    wrong: list[str] = []
    if cell.mode == "twice":
        second = _KILL[0](place, place.scene.resume, "second", _drawn(cell.later, chance))
        again = str(second.killed_at or "")
    elif cell.mode == "both":
        wrong += _two_at_once(place)
    status = exit_ = _go_on(place, "third")
    for number in range(place.scene.edits):
        if status != 6:
            break
        place.until_quiet(HANG)
        wrong += unknown(place)
        status = _resend(place, f"resend{number}")
    if status != 0:
        wrong.append(f"exit {status}: {_last_words(place)}")
    place.until_quiet(HANG)
    wrong += broken(place, cell.usual)
    return Outcome(cell, first.killed_at is not None, exit_, time.monotonic() - begun, again, tuple(wrong))


def _drawn(later: Sequence[Seen], chance: random.Random) -> Seen:
    """A point of what goes on: one of those that were still to come, or near the beginning where few were."""
    if len(later) < _FEW:
        return Seen("pwrite64 state/journal.sqlite-wal", chance.randint(1, _FEW))
    name = chance.choice(later).name
    return Seen(name, chance.randint(1, sum(each.name == name for each in later)))


def _two_at_once(place: Place) -> Iterator[str]:
    """Two processes go on at the same moment: one of them works, the other says so or finds nothing to do."""
    pair = [
        forked.start(place.scene.resume, place.folder, place.environment, name=name, stopped=True)
        for name in ("left", "right")
    ]
    for child in pair:
        child.go()
    ends = [child.wait(HANG) for child in pair]
    if not set(ends) <= {0, 6, 7}:
        yield f"two at once ended with {ends}: {_last_words(place)}"


def _go_on(place: Place, name: str) -> int:
    """What a person does after a crash: go on, or begin anew where nothing was begun."""
    status = forked.start(place.scene.resume, place.folder, place.environment, name=name).wait(HANG)
    if status or place.scene.name == "batch":
        return status
    with Journal.open(place.state) as journal:
        begun = len(journal.runs()) > len(place.scene.before)
    if begun:
        return status
    return forked.start(place.scene.words, place.folder, place.environment, name=f"{name}-anew").wait(HANG)


def _resend(place: Place, name: str) -> int:
    """Give a person's word for each run of which nobody can tell how it stands."""
    with Journal.open(place.state) as journal:
        asked = [row.id for row in journal.runs() if row.exit == 6]
    statuses = [
        forked.start(["resume", run_id, "--resend"], place.folder, place.environment, name=f"{name}-{run_id}").wait(
            HANG
        )
        for run_id in asked
    ]
    return max(statuses, default=6) or _go_on(place, f"{name}-on")


def _last_words(place: Place) -> str:
    newest = max(place.folder.glob("*.err"), key=lambda path: path.stat().st_mtime)
    return f"{newest.stem}: {newest.read_text()[-500:]}"

"""The wall clock jumps by days, by hours, to 1970, to 2100, or the machine sleeps: nothing is paid twice, all ends.

    PYTHONPATH=tests python -m campaigns.clock_jumps [--sample N] [--seed S] [--only TEXT] [--verbose]

A cell is a run on the mock in some weather (`SCENES`: waits of every kind), a jump, and the reading of the wall clock
that it comes before (`clock_parts`), or the time between the run and its `resume`; half of the cells set the clock
right again before the person goes on. The service's clock is right. It must hold:

- every process ends with a documented status, errors have hints; going on as told, with a person's word where that is
  asked for, ends with the file;
- each edit is charged once, and once more for each word of the person; where nobody can tell, the timeline does not;
- no process asks for more than its first token and one renewal;
- no process takes longer than an undisturbed one and the time that a lost edit can take effect in; and one that does
  not wait (`--no-wait`) is told to come back for one span more, or two where the jump falls into the very look;
- the other rules of `rules`: files, journal, renders, secrets.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from campaigns import rules, truth
from campaigns.cells import arguments, bounded, drawn, side_by_side
from campaigns.clock_parts import JUMPS, Jump, PersonsClock, RightClock, Time
from clipline.engine.results import RunResult
from clipline.journal import Journal
from clipline.mockserver import MockOptions, MockServer, fault_from_json

#: Real seconds that a cell may take; five times what the slowest takes.
HANG = 120.0
#: Seconds in which a lost edit can take effect, and that may pass for it once more in one process.
_SPAN = 900.0
_LATE = 2000.0
#: How often somebody may be told to come back later: once as ever, twice because of the jump.
_PENDING = 3
#: How often a person goes on.
_TIMES = 6
_BETWEEN = "between the run and resume"
_PIPELINE = {
    "clipline": 1,
    "name": "cell",
    "inputs": {"clip": {"type": "file", "required": True}},
    "stages": [
        "auth",
        {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}},
        {"stage": "edit", "with": {"instruction": "keep 0s to 0.3s"}},
        {"stage": "export", "with": {"to": "made.mp4"}},
        {"stage": "notify", "with": {"via": ["console"]}},
    ],
}


@dataclass(frozen=True, slots=True)
class Scene:
    """The weather of a run: faults, options of the mock, whether the person waits."""

    faults: Sequence[Mapping[str, Any]] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    wait: bool = True


def _fault(route: str, kind: str, phase: str = "before_effect", **more: Any) -> dict[str, Any]:
    return {"route": route, "kind": kind, "phase": phase, **more}


_LOST = _fault("message", "reset", "after_effect", effect="lost")
SCENES: Mapping[str, Scene] = {
    "plain": Scene(options={"render_polls": 4}),
    "back-off": Scene([_fault(route, "status", status=503) for route in ("state", "upload", "render", "token")]),
    "rate limit": Scene([_fault(route, "status", status=429, retry_after=20) for route in ("state", "message")]),
    "long stream": Scene([_fault("message", "heartbeats_only", seconds=700)]),
    "stream, silent": Scene([_fault("message", "stall", seconds=600)]),
    "answer lost": Scene([_fault("message", "reset", "after_effect")]),
    "message lost": Scene([_fault("message", "reset")]),
    "effect late": Scene([_fault("message", "reset", "delay_effect", delay=300)]),
    "answer lost, no wait": Scene([_fault("message", "reset", "delay_effect", delay=300)], wait=False),
    "message lost, no wait": Scene([_fault("message", "reset")], wait=False),
    "token of minutes": Scene(options={"token_days": 0.004, "render_polls": 8}),
    "render too long": Scene(options={"render_polls": 13}),
    "upload stalls": Scene([_fault("upload", "stall", "before_reading", seconds=400)]),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A scene, a jump, the reading before which it comes, and whether the clock is set right before going on.

    `usual` is how long the scene takes undisturbed.
    """

    scene: str
    jump: Jump
    at: str
    mended: bool
    usual: float

    @property
    def name(self) -> str:
        """What the campaign calls it."""
        return f"{self.scene}: {self.jump.name} before {self.at}{', then right again' * self.mended}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell: the exit status of each process, the words that were given, and the rules broken."""

    name: str
    exits: tuple[int, ...]
    words: int
    charges: int
    hit: bool
    seconds: float
    wrong: tuple[str, ...]
    told: str = ""
    #: How long the longest process took, by the true time, and who read the wall clock.
    longest: float = 0.0
    seen: tuple[str, ...] = ()


@dataclass
class Person:
    """Somebody whose clock jumps."""

    server: MockServer
    time: Time
    folder: Path
    scene: Scene
    results: list[RunResult] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    words: int = 0
    #: True seconds, and requests for a token, of each process.
    took: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)

    @property
    def last(self) -> RunResult:
        """The newest end."""
        return self.results[-1]

    def run(self, clip: Path) -> None:
        """The first process."""
        import clipline

        with self._process() as common:
            self.results.append(
                clipline.run(_PIPELINE, {"clip": clip}, backend="nemo", out=self.folder / "out", **common)
            )

    def resume(self, *, resend: bool = False, replay: bool = False) -> None:
        """One more process."""
        import clipline

        self.words += resend or replay
        with self._process() as common:
            self.results.append(clipline.resume(self.last.run_id, resend=resend, replay=replay, **common))

    def _process(self) -> _Process:
        return _Process(self)


class _Process:
    """Notes what a process takes; gives it what all have in common."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._begun = person.time.passed
        self._asked = self._count()

    def _count(self) -> int:
        return sum(request.route == "token" and request.complete for request in self._person.server.requests)

    def __enter__(self) -> dict[str, Any]:
        person = self._person
        url = person.server.url
        return {
            "settings": {"nemo.api_url": url, "nemo.web_url": url, "nemo.client_id": rules.CLIENT_ID},
            "state": person.folder / "state",
            "clock": PersonsClock(person.time),
            "on_event": lambda event: person.told.append(json.dumps(event.as_json())),
            "wait": person.scene.wait,
        }

    def __exit__(self, *_: object) -> None:
        self._person.took.append(self._person.time.passed - self._begun)
        self._person.tokens.append(self._count() - self._asked)


# --- a cell ----------------------------------------------------------------------------------------------------------


def run_cell(cell: Cell) -> Outcome:
    """Run one cell, in a folder of its own."""

    def broken(how: str, where: str) -> Outcome:
        return Outcome(cell.name, (70,), 0, 0, hit=True, seconds=HANG, wrong=(how,), told=where)

    return bounded(partial(_run, cell), HANG, broken)


def _run(cell: Cell, folder: Path) -> Outcome:
    begun, scene = time.monotonic(), SCENES[cell.scene]
    clip = folder / "in" / "clip.mp4"
    clip.parent.mkdir()
    clip.write_bytes(_CLIP)
    told = Time(cell.jump, cell.at)
    options = MockOptions(**{"silent": 0.0, "gui_talk": 0.0, "render_polls": 1, "studio": "off", **scene.options})
    faults = [fault_from_json(fault) for fault in scene.faults]
    with MockServer(clock=RightClock(told), options=options, faults=faults) as server:
        person = Person(server, told, folder, scene)
        person.run(clip)
        if cell.at == _BETWEEN:
            told.leap()
        elif cell.mended:
            told.offset, told.jump = 0.0, None
        wrong = [*_go_on(person)]
        server.advance(_LATE)
        wrong += _wrong(cell, person)
        charges = _charges(person)
    return Outcome(
        cell.name,
        tuple(result.exit for result in person.results),
        person.words,
        charges,
        told.has_jumped,
        time.monotonic() - begun,
        tuple(wrong),
        json.dumps([result.errors for result in person.results], ensure_ascii=False)[-900:],
        max(person.took),
        tuple(told.seen),
    )


def _go_on(person: Person) -> Iterator[str]:
    """What a person does until the run is done; gives what is wrong with what they are asked for."""
    for _ in range(_TIMES):
        last = person.last
        if last.status == "done":
            return
        if last.exit != 6:
            if not person.scene.wait:
                person.server.advance(_SPAN + 50)
            person.resume()
            continue
        replay = "--replay" in str(last.errors[0]["hint"])
        state = person.folder / "state"
        if not replay and truth.timeline_changed(person.server, RightClock(person.time), state, last.run_id):
            yield "the timeline has changed, and tells what is said to be unknown"
        person.resume(resend=not replay, replay=replay)
    if person.last.status != "done":
        yield f"not done after {_TIMES} times: {person.last.exit} {person.last.errors}"


def _charges(person: Person) -> int:
    return sum(charge.amount > 0 for charge in person.server.ledger)


def _wrong(cell: Cell, person: Person) -> Iterator[str]:
    state, out, last = person.folder / "state", person.folder / "out", person.last
    for result in person.results:
        yield from rules.end(result)
    # One to begin with and one renewal; one more where the service fails once, or where a token lives for minutes.
    if max(person.tokens) > 2 + (cell.scene in {"back-off", "token of minutes"}):
        yield f"tokens asked for by each process: {person.tokens}"
    longest = cell.usual + _SPAN + (cell.jump.seconds if cell.jump.asleep else 0) + 600
    if cell.usual and max(person.took) > longest:
        yield f"a process took {max(person.took):.0f} s, {longest:.0f} at most"
    pending = sum(result.exit == 5 for result in person.results)
    if pending > _PENDING:
        yield f"told to come back {pending} times"
    has_file = (out / "made.mp4").is_file()
    made = person.server._service.world.store.renders.iterdir()  # every file that the mock rendered
    yield from rules.files(out, ["made.mp4"] if has_file else [], made)
    yield from rules.leaks(state, out, person.told, json.dumps([r.as_json() for r in person.results], default=str))
    with Journal.open(state) as journal:
        yield from rules.payments(person.server, journal, last.run_id, None, most=1 + person.words)
        yield from rules.redone(journal, last.run_id)
        yield from rules.renders(person.server, journal, [last.run_id], may_repeat=person.words > 0)
        if [row.id for row in journal.runs()] != [last.run_id]:
            yield "the list of runs is not that run"


# --- the campaign ----------------------------------------------------------------------------------------------------

_CLIP = b""


def prepare(clip: bytes) -> None:
    """Give a process of the pool its clip."""
    global _CLIP  # noqa: PLW0603  # what each process of the pool is given once
    _CLIP = clip


def cells() -> Iterator[Cell]:
    """Every cell: found by undisturbed runs."""
    calm = [Cell(name, Jump("no jump"), "", mended=False, usual=0.0) for name in SCENES]
    for cell, outcome in zip(calm, map(run_cell, calm), strict=True):
        assert not outcome.wrong, outcome
        counts = Counter(seen.rpartition(" #")[0] for seen in outcome.seen)
        sites = [f"{site} #{n}" for site, count in counts.items() for n in sorted({1, min(2, count), count})]
        for number, at in enumerate([*sites, _BETWEEN]):
            for other, jump in enumerate(JUMPS):
                mended = at != _BETWEEN and not jump.asleep and (number + other) % 2 == 1
                yield Cell(cell.scene, jump, at, mended, outcome.longest)


def main(words: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule."""
    given = arguments("Clocks that jump.").parse_args(words)
    from campaigns.cells import clip_bytes

    prepare(clip_bytes())
    begun = time.monotonic()
    every = [cell for cell in cells() if given.only in cell.name]
    chosen = drawn(every, given.sample, given.seed)
    outcomes = []
    for outcome in side_by_side(run_cell, chosen, prepare):
        outcomes.append(outcome)
        if given.verbose or outcome.wrong:
            mark = "WRONG" if outcome.wrong else "ok" if outcome.hit else "missed"
            print(f"{mark:7}{outcome.name} → exits {outcome.exits}", *outcome.wrong, sep="; ", flush=True)
        if outcome.wrong:
            print(f"       {outcome.told}", flush=True)
    return _tell(outcomes, len(every), f"seed {given.seed}, {time.monotonic() - begun:.0f} s")


def _tell(outcomes: Sequence[Outcome], size: int, how: str) -> int:
    if not outcomes:
        print("no cell has such a name")
        return 1
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"{len(outcomes)} of {size} jumps, {how}; slowest {slowest.seconds:.1f} s ({slowest.name})")
    print(_counts("last exit statuses", [outcome.exits[-1] for outcome in outcomes]))
    print(_counts("processes", [len(outcome.exits) for outcome in outcomes]))
    print(_counts("jumps that came", ["yes" if outcome.hit else "no" for outcome in outcomes]))
    print(f"ended with status 6, and the person gave a word: {sum(outcome.words > 0 for outcome in outcomes)}")
    twice = [outcome for outcome in outcomes if outcome.charges > 1]
    print(f"charged twice without a word: {sum(not o.words for o in twice)}; after one: {len(twice)}")
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong))


def _counts(what: str, found: Sequence[object]) -> str:
    return f"{what}: " + ", ".join(f"{key}: {count}" for key, count in sorted(Counter(map(str, found)).items()))


if __name__ == "__main__":
    sys.exit(main())

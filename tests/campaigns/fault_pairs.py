"""Two faults in one run, or one in the run and one in its `resume`: each edit paid at most once, and mostly done.

    PYTHONPATH=tests python -m campaigns.fault_pairs [--sample N] [--seed S] [--only TEXT] [--then-consent] [--verbose]

A cell is one run of a pipeline with two paid edits on the backend `nemo`, against the mock on a real socket with two
faults (`pair_cells`). Client and server share one virtual clock. After the first end a careful person goes on:
`resume` while the run waits or its error says that trying again helps, some times at most, and never a word that
something may be paid twice. With `--then-consent` that word is given where the run ended with exit status 6. Each cell
must hold, however it ends:

- it ends with the file, or with a typed error of a documented exit status that has a hint;
- each edit is charged at most once (with the person's word: once more for each time that it was given), and what the
  journal says of it agrees with the ledger;
- no finished stage is done again, and every render that the service knows is in the journal;
- the file is whole, and nothing else is left; no token, client id or signed address stands in anything that was
  written or told;
- where it ends with exit status 6, the service's state truly does not tell more.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from campaigns import rules
from campaigns.cells import arguments, bounded, side_by_side
from campaigns.fault_cells import DOUBTS
from campaigns.pair_cells import Pair, pairs
from clipline.engine.results import RunResult
from clipline.journal import Journal
from clipline.mockserver import MockOptions, MockServer
from clipline.testing.clocks import VirtualClock

SIZE = 2000
#: Seconds of real time that a cell may take; five times what the slowest takes.
HANG = 120.0
#: The share of survivable cells that must end with the file.
LIVENESS = 0.95
#: Survivable cells below which the share is told and not judged: one more or less would turn it.
ENOUGH = 200
#: How often the person goes on.
TIMES = 6
#: Seconds after which no effect comes any more, however late.
_LATE = 2000.0

EDITS = ("keep 0s to 0.3s", 'add title "A"')
PIPELINE = {
    "clipline": 1,
    "name": "pair",
    "inputs": {"clip": {"type": "file", "required": True}},
    "stages": [
        "auth",
        {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}},
        {"stage": "edit", "id": "shorten", "with": {"instruction": EDITS[0]}},
        {"stage": "edit", "id": "title", "with": {"instruction": EDITS[1]}},
        {"stage": "export", "with": {"to": "made.mp4"}},
        {"stage": "notify", "with": {"via": ["console"]}},
    ],
}
#: A hint that says how to go on without any word of consent, and one that asks for that word.
_GO_ON = re.compile(r"clipline resume \S+(?! --)(?:$|[^\s-]|\s(?!-))|try again|export again", re.IGNORECASE)
_CONSENT = re.compile(r"--(resend|replay)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell; `wrong` are the rules that it broke, `struck` the faults that came to strike.

    `exits` are those of all processes, `unknown` why nobody can tell where the last one is 6, `consents` the words
    that the person gave.
    """

    name: str
    reason: str
    exits: tuple[int, ...]
    code: str
    message: str
    has_file: bool
    seconds: float
    wrong: tuple[str, ...]
    struck: int = 0
    unknown: str = ""
    consents: tuple[str, ...] = ()
    charges: int = 0

    @property
    def survivable(self) -> bool:
        """Whether a client can survive both faults; else `reason` says why not."""
        return not self.reason


@dataclass
class Person:
    """Somebody who works with a service, and keeps all that was told."""

    server: MockServer
    clock: VirtualClock
    folder: Path
    results: list[RunResult] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    #: By the end of each process: how many uploads were asked for, and whether that stage was done.
    uploads: list[int] = field(default_factory=list)
    uploaded: list[bool] = field(default_factory=list)

    @property
    def last(self) -> RunResult:
        """The newest end."""
        return self.results[-1]

    def run(self, clip: Path, *, wait: bool) -> None:
        """The first process."""
        import clipline

        self._ended(
            clipline.run(PIPELINE, {"clip": clip}, backend="nemo", out=self.folder / "out", wait=wait, **self._common())
        )

    def resume(self, *, resend: bool = False, replay: bool = False) -> None:
        """One more process, with the person's word where it is given."""
        import clipline

        self._ended(clipline.resume(self.last.run_id, resend=resend, replay=replay, **self._common()))

    def _common(self) -> dict[str, Any]:
        url = self.server.url
        return {
            "settings": {"nemo.api_url": url, "nemo.web_url": url, "nemo.client_id": rules.CLIENT_ID},
            "state": self.folder / "state",
            "clock": self.clock,
            "on_event": lambda event: self.told.append(json.dumps(event.as_json())),
        }

    def _ended(self, result: RunResult) -> None:
        self.results.append(result)
        self.uploads.append(sum(request.route == "upload" for request in self.server.requests))
        stage = result.stages.get("upload")
        self.uploaded.append(stage is not None and stage.status == "done")


def run_pair(pair: Pair, *, consent: bool = False) -> Outcome:
    """Run one cell, in a folder of its own."""

    def broken(how: str, where: str) -> Outcome:
        return Outcome(pair.name, pair.reason, (70,), how, where, has_file=False, seconds=HANG, wrong=(how,))

    return bounded(lambda folder: _run(pair, folder, consent=consent), HANG, broken)


def _run(pair: Pair, folder: Path, *, consent: bool) -> Outcome:
    begun = time.monotonic()
    clip = folder / "in" / "clip.mp4"
    clip.parent.mkdir()
    clip.write_bytes(_CLIP)
    clock = VirtualClock()
    options = MockOptions(silent=0.0, gui_talk=0.0, render_polls=1, studio="off")
    faults = [pair.first] if pair.late else [pair.first, pair.second]
    consents: tuple[str, ...] = ()
    wrong: list[str] = []
    with MockServer(clock=clock, options=options, faults=faults) as server:
        person = Person(server, clock, folder)
        person.run(clip, wait=pair.wait)
        if pair.late:
            server.clear_faults()
            server.add_fault(pair.second)
        _go_on(person)
        if consent:
            consents, wrong = _with_consent(person)
        server.advance(_LATE)
        wrong += _wrong(pair, person, consents)
        unknown = ""
        if person.last.exit == 6:
            unknown, could = why_unknown(person)
            wrong += could
        struck = sum(len(request.faults) for request in server.requests)
        charges = _charges(person)
    error = person.last.errors[0] if person.last.errors else {}
    return Outcome(
        pair.name,
        pair.reason,
        tuple(result.exit for result in person.results),
        str(error.get("code", "")),
        f"{error.get('message', '')} [{error.get('hint', '')}]",
        (folder / "out" / "made.mp4").is_file(),
        time.monotonic() - begun,
        tuple(wrong),
        struck,
        unknown,
        consents,
        charges,
    )


# --- the person ------------------------------------------------------------------------------------------------------


def _go_on(person: Person) -> None:
    """`resume` while that is said to help; after exit status 6 once, since looking again costs nothing."""
    unknown = False
    for _ in range(TIMES):
        result = person.last
        if result.status == "done" or (unknown and result.exit == 6) or not _helps(result):
            return
        unknown = unknown or result.exit == 6
        person.resume()


def _helps(result: RunResult) -> bool:
    waits = result.status == "waiting" or result.exit == 6
    return waits or any(error["retry"] == "safe" or _GO_ON.search(str(error["hint"])) for error in result.errors)


def _with_consent(person: Person) -> tuple[tuple[str, ...], list[str]]:
    """Give the word that each exit status 6 asks for; which ones were given, and what they cost beyond their price."""
    given: list[str] = []
    wrong: list[str] = []
    while person.last.exit == 6 and len(given) < TIMES:
        found = _CONSENT.search(" ".join(str(error["hint"]) for error in person.last.errors))
        if found is None:
            break
        given.append(found[1])
        before, price = _charges(person), _most_charges(person, found[1])
        person.resume(resend=found[1] == "resend", replay=found[1] == "replay")
        _go_on(person)
        if _charges(person) - before > price:
            wrong.append(f"--{found[1]} was charged {_charges(person) - before} times, not {price}")
    if person.last.exit and given:
        person.resume()  # the second fault may have struck in what the word began; it comes once
        _go_on(person)
    if person.last.exit:
        wrong.append("the person's word did not help")
    return tuple(given), wrong


def _charges(person: Person) -> int:
    return sum(charge.amount > 0 for charge in person.server.ledger)


def _most_charges(person: Person, word: str) -> int:
    """How many charges a word announces: of a replay each edit, of a resend each that is not known to be done."""
    stages = person.last.stages
    known = [name for name in ("shorten", "title") if name in stages and stages[name].status == "done"]
    return len(EDITS) - (len(known) if word == "resend" else 0)


# --- the rules -------------------------------------------------------------------------------------------------------


def _wrong(pair: Pair, person: Person, consents: Sequence[str]) -> Iterator[str]:
    state, out, last = person.folder / "state", person.folder / "out", person.last
    for result in person.results:
        yield from rules.end(result)
    has_file = (out / "made.mp4").is_file()
    if (last.exit == 0) != has_file:
        yield "a file without success" if has_file else "success without a file"
    made = person.server._service.world.store.renders.iterdir()  # every file that the mock rendered
    yield from rules.files(out, ["made.mp4"] if has_file else [], made)
    yield from rules.leaks(state, out, person.told, json.dumps([r.as_json() for r in person.results], default=str))
    with Journal.open(state) as journal:
        yield from rules.payments(person.server, journal, last.run_id, last.credits, most=1 + len(consents))
        yield from rules.redone(journal, last.run_id)
        yield from rules.renders(person.server, journal, [last.run_id], may_repeat=pair.loses_render)
    if "replay" not in consents:
        yield from rules.uploads(person.uploads, person.uploaded)


def why_unknown(person: Person) -> tuple[str, list[str]]:
    """In which way nobody can tell, by what the service knows; and a complaint where it could have been told."""
    from campaigns.truth import session_is_there, timeline_changed

    codes = {str(error["code"]) for error in person.last.errors if error["exit"] == 6}
    person.server.clear_faults()
    place = person.server, person.clock, person.folder / "state", person.last.run_id
    if "session_gone" in codes:
        there = session_is_there(*place)
        return "the session is gone", ["the session is there"] if there else []
    changed = timeline_changed(*place)
    return "the timeline is as before", ["the timeline has changed, and tells it"] if changed else []


# --- the campaign ----------------------------------------------------------------------------------------------------

_CLIP = b""


def _prepare(clip: bytes) -> None:
    global _CLIP  # noqa: PLW0603  # what each process of the pool is given once
    _CLIP = clip


def main(words: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule or too few ended with the file."""
    parser = arguments("Pairs of faults.", sample=SIZE)
    parser.add_argument("--then-consent", action="store_true", help="of pairs that may end with 6: give the word")
    given = parser.parse_args(words)
    chosen = [pair for pair in pairs(given.sample or SIZE, given.seed) if given.only in pair.name]
    if given.then_consent:
        chosen = [pair for pair in chosen if pair.reason in DOUBTS]
    begun = time.monotonic()
    outcomes = []
    for outcome in side_by_side(partial(run_pair, consent=given.then_consent), chosen, _prepare):
        outcomes.append(outcome)
        missed = outcome.survivable and not outcome.has_file
        if given.verbose or outcome.wrong or missed:
            mark = "WRONG" if outcome.wrong else "missed" if missed else "ok"
            said = f"exits {outcome.exits} {outcome.code} {outcome.message[:600]}"
            print(f"{mark:7}{outcome.name} → {said}", *outcome.wrong, *outcome.consents, sep="; ", flush=True)
    return _tell(outcomes, time.monotonic() - begun, given.seed)


def _tell(outcomes: Sequence[Outcome], seconds: float, seed: int) -> int:
    survivable = [outcome for outcome in outcomes if outcome.survivable]
    alive = [outcome for outcome in survivable if outcome.has_file]
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    share = len(alive) / len(survivable) if survivable else 1.0
    print(f"{len(outcomes)} pairs, seed {seed}, {seconds:.0f} s; slowest {slowest.seconds:.1f} s ({slowest.name})")
    print(_counts("last exit statuses", (outcome.exits[-1] for outcome in outcomes)))
    print(_counts("faults that struck", (min(outcome.struck, 2) for outcome in outcomes)))
    print(_counts("processes", (len(outcome.exits) for outcome in outcomes)))
    print(_counts("exit 6", (outcome.unknown for outcome in outcomes if outcome.unknown)))
    for reason in sorted({outcome.reason for outcome in outcomes if outcome.reason}):
        those = [outcome for outcome in outcomes if outcome.reason == reason]
        ends = _counts("of the others", (outcome.code for outcome in those if not outcome.has_file))
        print(f"not survivable, {reason}: {len(those)}, with the file {sum(o.has_file for o in those)}; {ends}")
    everybody = sum(outcome.has_file for outcome in outcomes)
    print(f"ended with the file: {everybody} of {len(outcomes)} ({everybody / len(outcomes):.1%})")
    print(
        f"survivable and ended with the file: {len(alive)} of {len(survivable)} ({share:.1%}; at least {LIVENESS:.0%})"
    )
    if any(outcome.consents for outcome in outcomes):
        print(_counts("with the person's word", (" ".join(o.consents) + f" → exit {o.exits[-1]}" for o in outcomes)))
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong) or (share < LIVENESS and len(survivable) >= ENOUGH))


def _counts(what: str, found: Iterator[object]) -> str:
    return f"{what}: " + ", ".join(f"{key}: {count}" for key, count in sorted(Counter(map(str, found)).items()))


if __name__ == "__main__":
    sys.exit(main())

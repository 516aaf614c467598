"""Every rule of what is paid, with a process that dies at each of its boundaries: charged as announced, and done.

    PYTHONPATH=tests python -m campaigns.account_rows [--sample N] [--seed S] [--only TEXT] [--verbose]

A row (`account_table`) is a run on the mock in which the session or the token dies, credits or the plan are missing,
the budget is reached, or nobody saw the end of an edit, and what the person then does until the file is there. It is
done once without a death, which tells how many boundaries it has (`mortal`); then once for each of them, with the
process killed there and its word said again. `--sample N` draws N rows, and N boundaries of theirs. Where a death
leaves it open whether an edit took effect, that must be true, and the person gives the word for it. Each cell must
hold:

- every process ends as the row has it, with the file at the end of all;
- there are as many charges as the row announces, whatever died;
- the rules of `rules`: the journal agrees with the ledger, no orphaned render, nothing left over, no secret.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import command_server
from campaigns import rules
from campaigns.account_person import HANG, Person
from campaigns.account_table import ROWS, Row
from campaigns.cells import arguments, bounded, drawn, side_by_side
from campaigns.mortal import Mortal
from clipline.journal import Journal
from clipline.mockserver import MockOptions, MockServer

#: Credits of a person with a token of their own.
_CREDITS = 100
_LATE = 2000.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row whose process died at the boundary `at` (0: of none) of `points`."""

    row: int
    at: int
    points: int
    exits: tuple[int, ...]
    charges: int
    has_files: bool
    unknown: int
    deaths: int
    seconds: float
    wrong: tuple[str, ...]


def run_cell(cell: tuple[int, int]) -> Outcome:
    """Do a row, in a folder of its own."""
    number, at = cell

    def broken(how: str, where: str) -> Outcome:
        words = (f"{how}: {where}",)
        return Outcome(number, at, 0, (70,), 0, has_files=False, unknown=0, deaths=0, seconds=HANG, wrong=words)

    return bounded(lambda folder: _done(number, at, folder), HANG * 3, broken)


def _done(number: int, at: int, folder: Path) -> Outcome:
    begun, row = time.monotonic(), ROWS[number]
    mortal = Mortal(row.since, at)
    given = {"credits": row.credits} if row.credits is not None else {}
    options = MockOptions(
        **{"silent": 0.0, "gui_talk": 0.0, "render_polls": 1, "studio": "off", **given, **row.options}
    )
    with MockServer(clock=mortal.clock, options=options, faults=row.faults) as server:
        person = Person(server, mortal, folder, _clips(folder))
        if row.supplied:
            person.token = server.issue_token("registered", credits=_CREDITS, plan="free_export")
        row.act(person)
        server.advance(_LATE)
        wrong = [*person.wrong, *_wrong(row, person)]
        charges = len(person.charges)
    there = {path.name for path in (folder / "out").glob("*.mp4")}
    return Outcome(
        number,
        at,
        mortal.counted,
        tuple(person.ends),
        charges,
        has_files=there == set(row.files),
        unknown=person.unknown,
        deaths=person.deaths,
        seconds=time.monotonic() - begun,
        wrong=tuple(wrong),
    )


def _clips(folder: Path) -> list[Path]:
    clips = [folder / "in" / f"{name}.mp4" for name in "abc"]
    clips[0].parent.mkdir()
    for clip in clips:
        clip.write_bytes(_CLIP)
    return clips


def _wrong(row: Row, person: Person) -> Iterator[str]:
    if len(person.charges) != row.charges - person.spared:
        yield f"{len(person.charges)} charges, not {row.charges - person.spared}"
    if row.supplied and person.posts("token"):
        yield "a supplied token was replaced"
    if not person.deaths:
        found = {route: person.posts(route) for route in row.posts}
        if found != row.posts:
            yield f"requests {found}, not {dict(row.posts)}"
    out = person.folder / "out"
    made = person.server._service.world.store.renders.iterdir()  # every file that the mock rendered
    yield from rules.files(out, row.files, made)
    yield from rules.leaks(person.state, out, person.told(), str(person.end))
    with Journal.open(person.state) as journal:
        said = person.end.get("credits")
        yield from rules.payments(person.server, journal, person.run_id, said, most=row.charges)
        lost = any(fault.kind == "dead_token" for fault in row.faults)
        yield from rules.redone(journal, person.run_id)
        yield from rules.renders(person.server, journal, [person.run_id], may_repeat=lost)


# --- the campaign ----------------------------------------------------------------------------------------------------

_CLIP = b""


def _prepare(clip: bytes) -> None:
    global _CLIP  # noqa: PLW0603  # what each process of the pool is given once
    _CLIP = clip
    command_server.warm()


def main(words: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a row broke a rule."""
    given = arguments("What is paid, row by row.").parse_args(words)
    named = [number for number, row in enumerate(ROWS) if given.only in row.name]
    chosen = sorted(drawn(named, given.sample, given.seed))
    begun = time.monotonic()
    straight = list(side_by_side(run_cell, [(number, 0) for number in chosen], _prepare))
    points = [(each.row, at) for each in straight for at in range(1, each.points + 1)]
    outcomes = []
    for outcome in chain(straight, side_by_side(run_cell, drawn(points, given.sample, given.seed), _prepare)):
        outcomes.append(outcome)
        if given.verbose or outcome.wrong:
            mark = "WRONG" if outcome.wrong else "ok"
            said = f"{ROWS[outcome.row].name}, dies at {outcome.at} → exits {outcome.exits}"
            print(f"{mark:6}{said}, {outcome.charges} charges", *outcome.wrong, sep="; ", flush=True)
    return _tell(chosen, outcomes, len(points), time.monotonic() - begun, given.seed)


def _tell(chosen: Sequence[int], outcomes: Sequence[Outcome], points: int, seconds: float, seed: int) -> int:
    print(f"\n{'row':48}{'points':>7}{'deaths':>7}{'charges: as announced':>23}{'doubts':>7}{'file':>7}  exits")
    for number in chosen:
        row, those = ROWS[number], [outcome for outcome in outcomes if outcome.row == number]
        seen = "–".join(map(str, sorted({outcome.charges for outcome in those})))
        exits = next((outcome.exits for outcome in those if not outcome.at), ())
        alive = sum(outcome.has_files for outcome in those) / len(those)
        all_points = next((outcome.points for outcome in those if not outcome.at), 0)
        print(
            f"{row.name:48}{all_points:7}{sum(o.deaths for o in those):7}{f'{seen} : {row.charges}':>23}"
            f"{sum(o.unknown for o in those):7}{alive:7.0%}  {' '.join(map(str, exits))}"
        )
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    deaths = sum(outcome.deaths for outcome in outcomes)
    alive = sum(outcome.has_files for outcome in outcomes)
    last = Counter(outcome.exits[-1] for outcome in outcomes)
    print(f"\n{len(outcomes)} cells of {len(chosen)} rows with {points} crash points, seed {seed}, {seconds:.0f} s")
    print(f"slowest {slowest.seconds:.1f} s; processes killed: {deaths}; last exits: {dict(sorted(last.items()))}")
    print(f"a doubt was left by {sum(o.unknown > 0 for o in outcomes)}; ended with the file: {alive}")
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

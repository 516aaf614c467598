"""Pairs of faults as data, drawn from the fault matrix by a seed.

Each fault is a cell of the matrix (`fault_cells`) that strikes at the nth call of its route. Both strike in the first
run, or the second one in what a person resumes. A pair is *survivable* where each fault is by itself, and neither
takes away what the other one needs.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from campaigns.fault_cells import Cell, cells
from clipline.mockserver.faults import Fault

__all__ = ["Pair", "pairs"]

#: How often a run of the campaign's pipeline makes each call, where nothing goes wrong; and how often a resumed one
#: may make it until the second fault strikes.
_CALLS = {"token": 1, "session": 1, "claim": 2, "upload": 1, "message": 2, "render": 1, "render_status": 2, "result": 1}
_CALLS |= {"state": 7, "credits": 7}
_CALLS_RESUMED = {**dict.fromkeys(_CALLS, 1), "state": 4, "credits": 3, "render_status": 2}
#: Edits and what is read around them are where money is lost: drawn more often.
_WEIGHTS = {"message": 4, "state": 2, "render": 2, "upload": 2}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two faults; `late`: the second one is there from the first `resume` on, else both from the start.

    `wait` is whether the first run waits where an answer was lost, or leaves that to `resume`.
    """

    number: int
    first: Fault
    second: Fault
    late: bool
    wait: bool
    reason: str
    names: tuple[str, str]

    @property
    def name(self) -> str:
        """Both faults in words."""
        how = " ⟶ resume" if self.late else ""
        return f"{self.number}: {self.names[0]}{'' if self.wait else ' (no wait)'}{how} + {self.names[1]}"

    @property
    def survivable(self) -> bool:
        """Whether a client can survive both; else `reason` says why not."""
        return not self.reason

    @property
    def loses_render(self) -> bool:
        """Whether a job may be there that cannot be asked for: it comes later than said, or its token is dead."""
        late = any(fault.route == "render" and fault.phase == "delay_effect" for fault in (self.first, self.second))
        twice = self.first.route == self.second.route == "render_status"
        return late or twice or "dead_token" in {self.first.kind, self.second.kind}


def pairs(count: int, seed: int) -> list[Pair]:
    """So many pairs; the nth one is the same whatever the count."""
    by_route: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells():
        by_route[cell.fault.route].append(cell)
    return [_pair(number, random.Random(f"{seed} {number}"), by_route) for number in range(count)]


def _pair(number: int, chance: random.Random, by_route: Mapping[str, Sequence[Cell]]) -> Pair:
    late = number % 2 == 1
    first, second = _drawn(chance, by_route, _CALLS), _drawn(chance, by_route, _CALLS_RESUMED if late else _CALLS)
    wait = not late or chance.random() < 0.5
    reason = first.reason or second.reason or _together(first.fault, second.fault)
    return Pair(number, first.fault, second.fault, late, wait, reason, (first.name, second.name))


def _drawn(chance: random.Random, by_route: Mapping[str, Sequence[Cell]], calls: Mapping[str, int]) -> Cell:
    routes = list(by_route)
    (route,) = chance.choices(routes, [_WEIGHTS.get(route, 1) for route in routes])
    cell = chance.choice(by_route[route])
    nth = chance.randint(1, calls[route])
    name = f"{cell.name} nth={nth}" if nth > 1 else cell.name
    return Cell(name, replace(cell.fault, nth=nth), cell.reason)


def _together(first: Fault, second: Fault) -> str:
    """Why the two together are more than a client can survive; "" where they are not."""
    return "a render fails twice" if first.kind == second.kind == "render_failed" else ""

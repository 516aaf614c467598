"""Building a lost session anew, by the person's word: which stages are repeated, from what state, and at what price.

A session, and all that was uploaded and edited in it, lives in the state of a scope. Where that scope still has work
to do that needs the session, its finished `auth`, `upload` and `edit` stages are forgotten, with whatever other stage
changed the same part of the state and delivered nothing; what was exported, verified or told stays. What the repeated
effects cost counts once more against the budget before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clipline.engine.files import DELIVERY
from clipline.errors import AccountError
from clipline.journal import EffectRow, Forgotten, Journal, RunWriter, StageRow, latest
from clipline.journal.effects import enlarge
from clipline.pipeline.model import ForEachNode, GroupNode, NestedNode, Node, ParallelNode, Plan, StageNode
from clipline.values import JsonObject

__all__ = ["Replay", "forget", "plan_replay", "repeated"]

#: Kinds that make a session what it is, those whose work is kept, and the one that needs no session.
_MAKING, _KEPT, _TELLING = frozenset({"auth", "upload", "edit"}), frozenset({"export", "verify", "notify"}), "notify"


@dataclass(frozen=True, slots=True)
class Replay:
    """What is forgotten: `stages` are the paths of those that were finished.

    In credits, `paid` is what they are known to have cost, and `price` what they may cost now: the same again, or the
    estimate where nobody told.
    """

    forgotten: Forgotten
    stages: tuple[str, ...]
    paid: float
    price: float


def plan_replay(journal: Journal, run_id: str, plan: Plan, snapshot: JsonObject) -> Replay:
    """Find what has to be repeated.

    Raises:
        AccountError: the pipeline's budget does not allow it.
    """
    rows = {row.path: row for row in latest(journal.attempts(run_id))}
    survey = _Survey(rows)
    survey.walk(plan.pipeline.stages, "", ("",), "")
    making = [rows[path] for path, scope in survey.scope_of.items() if scope in survey.needed and _makes(rows[path])]
    parts = _parts(making)
    again = making + [
        rows[path]
        for path, scope in survey.scope_of.items()
        if scope in survey.needed and _also(rows[path], parts) and rows[path] not in making
    ]
    # An export that did not come to its end would wait for a job of the lost session; making a new one is free.
    begun = [rows[path] for path, scope in survey.scope_of.items() if scope in survey.needed and _begun(rows[path])]
    effects = _effects(journal.effects(run_id), {row.path for row in (*again, *begun)})
    price = sum(effect.cost for effect in effects)
    _check_budget(run_id, plan.pipeline.budget, journal.taken(run_id), price)
    done = [row for row in again if row.status == "done"]
    forgotten = Forgotten(
        attempts=tuple(row.number for row in done),
        effects=tuple(effect.id for effect in effects),
        scopes=_states(survey, journal.scopes(run_id), snapshot.get("state") or {}, parts),
    )
    paid = sum(float((effect.outcome or {}).get("credits") or 0) for effect in effects)
    return Replay(forgotten, tuple(row.path for row in done), paid, price)


def repeated(journal: Journal, run_id: str) -> frozenset[int]:
    """The effects that earlier replays had done again."""
    return frozenset(effect.id for effect in journal.effects(run_id) if effect.status == "forgotten")


def forget(writer: RunWriter, replay: Replay, now: float) -> tuple[str, ...]:
    """Forget it; returns what the person is told before anything is done."""
    if not replay.stages:
        return ("there is nothing to build anew: no finished upload or edit is needed any more",)
    writer.forget(replay.forgotten, now)
    paid = f"{replay.paid:g} credits were paid" if replay.paid else "nothing is known to have been paid"
    price = f", about {replay.price:g} credits are to be expected now" if replay.price else ""
    told = f"{', '.join(replay.stages)}; {paid} in the lost one{price}"
    return (f"as you said, these are done again in a new session: {told}",)


@dataclass(slots=True)
class _Survey:
    """Where the stages of a run live, and which scopes still need their session.

    `scope_of` has the scope of every stage that was begun, `inner` the scopes with the one around each, `own` those
    that open a session of their own.
    """

    rows: Mapping[str, StageRow]
    scope_of: dict[str, str] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)
    inner: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def walk(self, nodes: Sequence[Node], path: str, chain: tuple[str, ...], scope: str) -> bool:
        """Look at nodes in order; whether any is unfinished. `chain` are the scopes whose session they use."""
        unfinished = False
        for index, node in enumerate(nodes):
            here = f"{path}.{node.id}" if path else node.id
            # What was skipped after a failure is done once that is mended.
            row = self.rows.get(here)
            skipped = row is not None and row.status == "skipped" and not unfinished
            if isinstance(node, StageNode):
                unfinished |= self._stage(node, here, row, chain, scope, skipped=skipped)
            elif not skipped:
                follows = any(self._begun(f"{path}.{other.id}" if path else other.id) for other in nodes[index + 1 :])
                unfinished |= self._block(node, here, chain, scope, over=follows)
        return unfinished

    def _stage(
        self, node: StageNode, here: str, row: StageRow | None, chain: tuple[str, ...], scope: str, *, skipped: bool
    ) -> bool:
        if row is not None:
            self.scope_of[here] = scope
        if skipped or (row is not None and row.status == "done"):
            return False
        if node.kind != _TELLING:
            self.needed |= set(chain)
        return True

    def _block(self, node: Node, here: str, chain: tuple[str, ...], scope: str, *, over: bool) -> bool:
        """`over`: something after it was begun, so that it had come to its end."""
        match node:
            case GroupNode():
                return self.walk(node.nodes, here, chain, scope)
            case ParallelNode():
                return any([self.walk([child], here, chain, scope) for child in node.nodes])  # noqa: C419 - all of them
            case NestedNode():
                inside = node.pipeline.stages
                return self.walk(inside, here, self._enter(here, inside, chain, scope), here)
            case ForEachNode():
                return self._items(node, here, chain, scope, over=over)
            case _:
                return False

    def _items(self, node: ForEachNode, here: str, chain: tuple[str, ...], scope: str, *, over: bool) -> bool:
        unfinished = not over  # there may be items that were never begun
        for item in self._items_begun(here):
            inside = self._enter(item, node.nodes, chain, scope)
            unfinished |= self.walk(node.nodes, item, inside, item)
        if not over and not _opens_session(node.nodes):
            self.needed |= set(chain)
        return unfinished

    def _enter(self, path: str, nodes: Sequence[Node], chain: tuple[str, ...], scope: str) -> tuple[str, ...]:
        self.inner[path] = scope
        if _opens_session(nodes):
            self.own.add(path)
            return (path,)
        return (path, *chain)

    def _begun(self, path: str) -> bool:
        return any(
            other == path or other.startswith((f"{path}.", f"{path}["))
            for other, row in self.rows.items()
            if row.status != "skipped"
        )

    def _items_begun(self, path: str) -> Iterator[str]:
        pattern = re.compile(re.escape(path) + r"\[\d+\]")
        yield from dict.fromkeys(found[0] for other in self.rows if (found := pattern.match(other)))


def _opens_session(nodes: Iterable[Node]) -> bool:
    return any(isinstance(node, StageNode) and node.kind == "auth" for node in nodes)


def _makes(row: StageRow) -> bool:
    return row.kind in _MAKING


def _also(row: StageRow, parts: frozenset[str] | None) -> bool:
    """Whether a stage of another kind worked in the session, and nothing of it is left without that."""
    if row.kind in _KEPT or row.artifacts or row.status != "done":
        return False
    return bool(parts & row.changed) if parts is not None and row.changed is not None else row.changed is None


def _begun(row: StageRow) -> bool:
    return row.kind == "export" and row.status != "done"


def _parts(making: Iterable[StageRow]) -> frozenset[str] | None:
    """The parts of the state that are the session's; None where an older journal does not tell: all."""
    parts: frozenset[str] = frozenset()
    for row in making:
        if row.status == "done" and row.changed is None:
            return None
        parts |= row.changed or frozenset()
    return parts


def _effects(effects: Iterable[EffectRow], stages: set[str]) -> list[EffectRow]:
    """What counts of the stages, or may yet count: in a new session neither does. Files stay where they were put."""
    return [
        effect
        for effect in effects
        if effect.stage in stages and effect.status in {"done", "open"} and not effect.name.startswith(DELIVERY)
    ]


def _check_budget(run_id: str, budget: float | None, taken: float, price: float) -> None:
    if budget is not None and taken + price > budget:
        raise AccountError(
            f"building the session anew is estimated at {price:g} credits, and {taken:g} of the {budget:g} are spent "
            "or reserved",
            code="budget",
            hint=enlarge(run_id, taken + price),
        )


def _states(
    survey: _Survey, kept: Mapping[str, JsonObject], first: JsonObject, parts: frozenset[str] | None
) -> dict[str, JsonObject | None]:
    """What the scopes begin with: what they had before their session. None: what the scope around then has."""
    found: dict[str, JsonObject | None] = {}
    for scope in sorted(survey.needed & kept.keys(), key=len):
        if scope and scope not in survey.own:
            found[scope] = None
            continue
        around = survey.inner.get(scope, "")
        base = (found.get(around) or kept.get(around, first)) if scope else first
        found[scope] = (
            dict(base)
            if parts is None
            else {key: value for key, value in kept[scope].items() if key not in parts}
            | {key: base[key] for key in parts & base.keys()}
        )
    return found

"""Random trees of stages that succeed, fail and are skipped, broken off at random writes of the journal and resumed."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine_world import World, kind_plugin

from clipline.engine.results import RunResult
from clipline.errors import StageFailed
from clipline.journal.database import Database
from clipline.stage import StageCall, StageResult


class Killed(BaseException):
    """The process dies in this write."""


class Stages:
    """Stages that count how often each was done; `broken` fail as long as `mended` is false."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.mended = False

    def work(self, call: StageCall, options: Any) -> StageResult:
        if options.get("fail") and not (self.mended and options["fail"] == "once"):
            raise StageFailed("as asked")
        self.done[call.path] += 1
        return StageResult({"n": len(call.state)}, state={**call.state, call.path.replace("[", "_"): 1})


# --- trees -----------------------------------------------------------------------------------------------------------

stage = st.fixed_dictionaries(
    {"stage": st.just("work")},
    optional={
        "with": st.fixed_dictionaries({"fail": st.sampled_from(["always", "once"])}),
        "continue_on_error": st.just(True),
        "if": st.sampled_from(["false", "true", "run.status == 'failed'", "run.status != 'failed'"]),
    },
)


def containers(nodes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(nodes, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda inner: {"stages": inner}),
        several.map(lambda inner: {"parallel": inner}),
        st.tuples(several, st.integers(0, 3), st.integers(1, 2)).map(
            lambda made: {"for_each": list(range(made[1])), "max_parallel": made[2], "stages": made[0]}
        ),
    )


nodes = st.recursive(stage, containers, max_leaves=6)
trees = st.fixed_dictionaries(
    {"stages": st.lists(nodes, min_size=1, max_size=4)},
    optional={
        "finally": st.lists(stage, min_size=1, max_size=2),
        "on_failure": st.lists(stage, min_size=1, max_size=2),
    },
)


def named(tree: Any, numbers: Iterator[int]) -> Any:
    """The same tree with an id at every node."""
    if isinstance(tree, list):
        return [named(each, numbers) for each in tree]
    if isinstance(tree, dict):
        inner = {key: named(each, numbers) if key in {"stages", "parallel"} else each for key, each in tree.items()}
        number = next(numbers)
        return {**inner, "id": f"n{number}", **({"as": f"item{number}"} if "for_each" in inner else {})}
    return tree


def pipeline_of(tree: dict[str, Any]) -> dict[str, Any]:
    numbers = iter(range(1000))
    return {part: [named(node, numbers) for node in part_nodes] for part, part_nodes in tree.items()}


# --- breaking off ----------------------------------------------------------------------------------------------------


@contextmanager
def killed_at_write(number: int) -> Iterator[None]:
    """Let the process die in the transaction with this number, before it is kept or right after."""
    whole, count = Database.transaction, [0]

    @contextmanager
    def dying(database: Database, *, durable: bool = False) -> Iterator[Any]:
        count[0] += 1
        mine = count[0]
        if mine > number // 2:
            if mine == number // 2 + 1 and number % 2:
                with whole(database, durable=durable) as connection:
                    yield connection
            raise Killed
        with whole(database, durable=durable) as connection:
            yield connection

    Database.transaction = dying  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Database.transaction = whole  # type: ignore[method-assign]


def shape(result: RunResult) -> Any:
    return result.status, result.exit, {path: outcome.status for path, outcome in result.stages.items()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(tree=trees, breaks=st.lists(st.integers(3, 40), max_size=3))
def test_broken_off_anywhere_a_run_comes_to_the_same_end_and_repeats_nothing(tree: Any, breaks: list[int]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        pipeline = pipeline_of(tree)
        undisturbed = Stages()
        expected = shape(World(folder / "calm", kind_plugin({"work": undisturbed.work})).run(pipeline))

        stages = Stages()
        world = World(folder / "rough", kind_plugin({"work": stages.work}))
        result: RunResult | None = None
        deaths = 0
        for number in breaks:
            before, known = Counter(stages.done), finished(world)
            try:
                with killed_at_write(number):
                    result = world.resume() if world.journal.runs() else world.run(pipeline)
                break
            except Killed:
                deaths += 1
            assert not [path for path in known if stages.done[path] != before[path]], "a finished stage was done again"
        known = finished(world)
        before = Counter(stages.done)
        if result is None:
            result = world.resume() if world.journal.runs() else world.run(pipeline)
        assert not [path for path in known if stages.done[path] != before[path]], "a finished stage was done again"
        assert shape(result) == expected
        assert all(times <= 1 + deaths for times in stages.done.values())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def finished(world: World) -> list[str]:
    """The stages that the journal has as done, but for the end, which is another one when the stages go on."""
    runs = world.journal.runs()
    rows = world.journal.stages(runs[0].id) if runs else []
    return [
        row.path for row in rows if row.status == "done" and row.path.partition(".")[0] not in {"finally", "on_failure"}
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(tree=trees)
def test_a_failed_run_that_is_mended_does_only_what_was_left(tree: Any) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        stages = Stages()
        world = World(folder, kind_plugin({"work": stages.work}))
        first = world.run(pipeline_of(tree))
        done, known = Counter(stages.done), finished(world)
        stages.mended = True
        second = world.resume()
        assert [path for path in known if stages.done[path] != done[path]] == []
        if first.status == "done":
            assert stages.done == done
        left = [path for path, outcome in second.stages.items() if outcome.status == "failed"]
        assert (second.status == "done") or left
    finally:
        shutil.rmtree(folder, ignore_errors=True)

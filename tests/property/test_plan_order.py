"""A plan lists the stages in the order of the file, whatever stands in what, and a stage sees only what came before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from clipline.errors import PipelineFileError
from clipline.pipeline import load
from clipline.pipeline.planner import outline, plan
from examples import examples
from small_vocabulary import VOCABULARY

Tree = dict[str, Any]

# --- trees with an id at every node -----------------------------------------------------------------------------------

stage = st.just({"stage": "auth"})


def containers(nodes: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(nodes, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda inner: {"stages": inner}),
        several.map(lambda inner: {"parallel": inner}),
        st.tuples(several, st.integers(0, 3)).map(lambda made: {"for_each": [*range(made[1])], "stages": made[0]}),
        several.map(lambda inner: {"pipeline": inner}),
    )


trees = st.lists(st.recursive(stage, containers, max_leaves=8), min_size=1, max_size=4)


def named(nodes: list[Tree], numbers: Iterator[int]) -> list[Tree]:
    found = []
    for node in nodes:
        number = next(numbers)
        inner = {key: named(node[key], numbers) for key in ("stages", "parallel", "pipeline") if key in node}
        loop = {"as": f"item{number}"} if "for_each" in node else {}
        found.append({**node, **inner, **loop, "id": f"n{number}"})
    return found


def inside(node: Tree) -> list[Tree]:
    return next((node[key] for key in ("stages", "parallel", "pipeline") if key in node), [])


def written(nodes: list[Tree], folder: Path) -> list[Tree]:
    """The nodes as a file holds them: a nested pipeline is a file of its own."""
    found = []
    for node in nodes:
        if "pipeline" in node:
            path = folder / f"{node['id']}.yaml"
            path.write_text(f"clipline: 1\nname: x\nstages: {json.dumps(written(node['pipeline'], folder))}\n")
            found.append({**node, "pipeline": str(path)})
        else:
            inner = {key: written(node[key], folder) for key in ("stages", "parallel") if key in node}
            found.append({**node, **inner})
    return found


def paths(nodes: list[Tree], before: str = "") -> list[str]:
    """The paths that a plan should list, said anew: each node after the one above it, a loop item by item."""
    found = []
    for node in nodes:
        path = before + node["id"]
        if "stage" in node:
            found.append(path)
        elif "for_each" not in node:
            found += paths(inside(node), f"{path}.")
        elif not node["for_each"]:
            found += paths(node["stages"], f"{path}[*].")
        else:
            found += [each for at in node["for_each"] for each in paths(node["stages"], f"{path}[{at}].")]
    return found


def planned(pipeline: Tree, folder: Path) -> list[str]:
    checked = load(pipeline, VOCABULARY, folder=folder)
    made = plan(checked, {}, backend="x", working_folder=folder, out=folder, environ={})
    again = plan(checked, {}, backend="x", working_folder=folder, out=folder, environ={})
    assert made.as_json() == again.as_json()
    assert len(outline(checked, backend="x").stages) == len(made.stages)
    return [each.path for each in made.stages]


@examples(40)
@given(tree=trees)
def test_a_plan_lists_every_stage_once_in_the_order_of_the_file(tmp_path: Path, tree: list[Tree]) -> None:
    nodes = named(tree, iter(range(1000)))
    found = planned({"clipline": 1, "name": "x", "stages": written(nodes, tmp_path)}, tmp_path)
    assert found == paths(nodes)
    assert len(set(found)) == len(found)


# --- what sees what ---------------------------------------------------------------------------------------------------


def seen_from(nodes: list[Tree], wanted: str, seen: frozenset[str] = frozenset()) -> frozenset[str] | None:
    """The nodes that the one called `wanted` may name: earlier siblings, and those of each node around it.

    Beside one another nothing is seen, and a nested pipeline sees nothing of the one around it.
    """
    earlier = seen
    for node in nodes:
        if node["id"] == wanted:
            return earlier
        begin = frozenset() if "pipeline" in node else earlier
        if "parallel" in node:
            for branch in node["parallel"]:
                if (found := seen_from([branch], wanted, begin)) is not None:
                    return found
        elif (found := seen_from(inside(node), wanted, begin)) is not None:
            return found
        earlier |= {node["id"]}
    return None


def every(nodes: list[Tree]) -> list[Tree]:
    return [each for node in nodes for each in (node, *every(inside(node)))]


@examples(80)
@given(tree=trees, asks=st.integers(0, 1000), about=st.integers(0, 1000))
def test_a_stage_may_name_what_comes_before_it_and_nothing_else(
    tmp_path: Path, tree: list[Tree], asks: int, about: int
) -> None:
    nodes = named(tree, iter(range(1000)))
    everything = every(nodes)
    asking, named_ = everything[asks % len(everything)], everything[about % len(everything)]
    assume("pipeline" not in str(nodes) or asking is not named_)
    asking["if"] = f"stages.{named_['id']}.ok"
    allowed = seen_from(nodes, asking["id"])
    assert allowed is not None
    pipeline = {"clipline": 1, "name": "x", "stages": written(nodes, tmp_path)}
    try:
        found = planned(pipeline, tmp_path)
    except PipelineFileError as error:
        refused = error
    else:
        assert named_["id"] in allowed
        # In each turn of a loop anew; the first turn shows the order.
        one, other = (
            next(at for at, path in enumerate(found) if node["id"] in _ids(path)) for node in (named_, asking)
        )
        assert one < other
        return
    assert named_["id"] not in allowed, refused.message
    assert named_["id"] in refused.message


def _ids(path: str) -> list[str]:
    return [step.partition("[")[0] for step in path.split(".")]

"""What would change one session at the same time: branches of a `parallel`, and the items of a loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clipline.errors import Problem
from clipline.pipeline.model import ForEachNode, NestedNode, Node, ParallelNode, Plan, StageNode

__all__ = ["changes_session_around", "shared_sessions"]

#: Kinds that change what a session holds.
_CHANGING = frozenset({"upload", "edit"})


def shared_sessions(plan: Plan) -> Iterator[Problem]:
    """A complaint at every branch that changes a session which a branch before it changes too.

    Only stages that are sure to run count: conditions may keep branches apart.
    """
    sure = [stage.path for stage in plan.stages if stage.will_run == "yes" and stage.kind in _CHANGING]
    lines = {source.name: source.text.splitlines() for source in plan.pipeline.sources()}
    for path, node in _blocks(plan.pipeline.stages, ""):
        if not isinstance(node, ParallelNode):
            continue
        changing = [
            child for child in node.nodes if changes_session_around(child) and _runs(f"{path}.{child.id}", sure)
        ]
        for child in changing[1:]:
            yield Problem(
                f'the branch "{child.id}" changes the same session as "{changing[0].id}", at the same time',
                child.place,
                source_line=_line(lines.get(child.place.file, ()), child.place.line),
                hint="put them one after the other, or use a for_each with its own auth, which gives each item a "
                "session of its own",
                code="session_shared",
            )


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _blocks(nodes: Sequence[Node], path: str) -> Iterator[tuple[str, Node]]:
    """Every node that holds others, with its path; the items of a loop are `[*]`."""
    for node in nodes:
        here = f"{path}.{node.id}" if path else node.id
        if isinstance(node, StageNode):
            continue
        yield here, node
        inside = node.pipeline.stages if isinstance(node, NestedNode) else node.nodes
        yield from _blocks(inside, f"{here}[*]" if isinstance(node, ForEachNode) else here)


def changes_session_around(node: Node) -> bool:
    """Whether a node changes the session that it is given; one of its own is its own business."""
    if isinstance(node, StageNode):
        return node.kind in _CHANGING
    inside = node.pipeline.stages if isinstance(node, NestedNode) else node.nodes
    scoped = isinstance(node, (ForEachNode, NestedNode))
    if scoped and any(isinstance(each, StageNode) and each.kind == "auth" for each in inside):
        return False
    return any(changes_session_around(each) for each in inside)


def _runs(path: str, sure: Sequence[str]) -> bool:
    """Whether a stage at or below the path, in whatever item of a loop around, is sure to run."""
    return any(found == path or found.startswith((f"{path}.", f"{path}[")) for found in map(_any_item, sure))


def _any_item(path: str) -> str:
    """`batch[2].remove` as `batch[*].remove`."""
    words = (word.partition("[") for word in path.split("."))
    return ".".join(f"{name}[*]" if bracket else name for name, bracket, _ in words)

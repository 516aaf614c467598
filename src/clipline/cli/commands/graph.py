"""`clipline graph`: a pipeline's stages as a tree of text, or as a drawing for Mermaid or Graphviz."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from clipline.cli import console
from clipline.cli.session import Session, common, file_argument

if TYPE_CHECKING:
    from clipline.pipeline.model import Node, Pipeline


@click.command(name="graph")
@file_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot"]),
    default="text",
    show_default=True,
    help="The form.",
)
@common(as_json=False)
def command(session: Session, *, file: str, form: str) -> int:
    """Draw a pipeline's stages."""
    from clipline import app

    pipeline = app.load(app.find_pipeline(file), settings=session.settings)
    forms: dict[str, Callable[[Pipeline], Iterator[str]]] = {"text": _text, "mermaid": _mermaid, "dot": _dot}
    for line in forms[form](pipeline):
        console.result(line)
    return 0


def _label(node: Node) -> str:
    """What a node is, in a few words."""
    from clipline.pipeline.model import ForEachNode, GroupNode, NestedNode, ParallelNode, StageNode

    match node:
        case StageNode():
            what = node.id if node.id == node.kind else f"{node.id} ({node.kind})"
        case ForEachNode():
            side = f", {node.max_parallel} at a time" if node.max_parallel > 1 else ""
            what = f"{node.id}: for each {node.name}{side}"
        case ParallelNode():
            what = f"{node.id}: side by side"
        case GroupNode():
            what = f"{node.id}: one after the other"
        case NestedNode():
            what = f"{node.id}: pipeline {node.pipeline.name}"
    return f"{what} [if]" if node.condition is not None else what


def _inside(node: Node) -> Sequence[Node]:
    from clipline.pipeline.model import NestedNode, StageNode

    if isinstance(node, NestedNode):
        return node.pipeline.stages
    return () if isinstance(node, StageNode) else node.nodes


def _blocks(pipeline: Pipeline) -> list[tuple[str, Sequence[Node]]]:
    """The stages, and what follows in each case, each with its heading."""
    blocks = [("", pipeline.stages), ("on failure", pipeline.on_failure), ("finally", pipeline.finally_)]
    return [(heading, nodes) for heading, nodes in blocks if nodes]


# --- text ------------------------------------------------------------------------------------------------------------


def _text(pipeline: Pipeline) -> Iterator[str]:
    yield pipeline.name
    for heading, nodes in _blocks(pipeline):
        if heading:
            yield f"{heading}:"
        yield from _branches(nodes, "")


def _branches(nodes: Sequence[Node], before: str) -> Iterator[str]:
    for node in nodes:
        is_last = node is nodes[-1]
        yield f"{before}{'`-- ' if is_last else '|-- '}{console.plain(_label(node))}"
        yield from _branches(_inside(node), before + ("    " if is_last else "|   "))


# --- drawings --------------------------------------------------------------------------------------------------------


def _mermaid(pipeline: Pipeline) -> Iterator[str]:
    yield "flowchart TD"
    yield from _drawn(
        pipeline,
        node=lambda name, label: f'{name}["{_quoted(label, "#quot;")}"]',
        edge=lambda a, b: f"{a} --> {b}",
        opened=lambda name, label: f'subgraph {name}["{_quoted(label, "#quot;")}"]',
        closed="end",
    )


def _dot(pipeline: Pipeline) -> Iterator[str]:
    yield f'digraph "{_quoted(pipeline.name)}" {{'
    yield "  node [shape=box];"
    yield from _drawn(
        pipeline,
        node=lambda name, label: f'{name} [label="{_quoted(label)}"];',
        edge=lambda a, b: f"{a} -> {b};",
        opened=lambda name, label: f'subgraph cluster_{name} {{ label="{_quoted(label)}";',
        closed="}",
    )
    yield "}"


def _quoted(text: str, quote: str = '\\"') -> str:
    return text.replace('"', quote)


def _drawn(
    pipeline: Pipeline,
    *,
    node: Callable[[str, str], str],
    edge: Callable[[str, str], str],
    opened: Callable[[str, str], str],
    closed: str,
) -> Iterator[str]:
    """Boxes and arrows; what holds other nodes is a frame around them, its arrows going to what is inside."""
    from clipline.pipeline.model import ParallelNode

    lines: list[str] = []
    arrows: list[str] = []
    names: Iterator[str] = (f"n{number}" for number in range(1, 1_000_000))

    def draw(nodes: Sequence[Node], depth: int, *, chained: bool) -> tuple[list[str], list[str]]:
        """Draw nodes; returns the names of the boxes that come first in them and last in them."""
        first: list[str] = []
        last: list[str] = []
        for each in nodes:
            starts, ends = box(each, depth)
            if chained and last:
                arrows.extend(f"  {edge(a, b)}" for a in last for b in starts)
            first = (first or starts) if chained else first + starts
            last = ends if chained else last + ends
        return first, last

    def box(each: Node, depth: int) -> tuple[list[str], list[str]]:
        name, indent, inside = next(names), "  " * depth, _inside(each)
        if not inside:
            lines.append(f"{indent}{node(name, _label(each))}")
            return [name], [name]
        lines.append(f"{indent}{opened(name, _label(each))}")
        ends = draw(inside, depth + 1, chained=not isinstance(each, ParallelNode))
        lines.append(f"{indent}{closed}")
        return ends

    for heading, nodes in _blocks(pipeline):
        if heading:
            lines.append(f"  {opened(next(names), heading)}")
        draw(nodes, 2 if heading else 1, chained=True)
        if heading:
            lines.append(f"  {closed}")
    yield from lines
    yield from arrows

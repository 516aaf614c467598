"""Leads a stereo sound through FFmpeg's filters, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipline.studio.audio.sampling import Samples

__all__ = ["filtered"]


def filtered(blocks: Iterable[Samples], rate: int, *filters: tuple[str, str]) -> Iterator[Any]:
    """The frames that come out of filters, each a name and its options, for blocks of shape (2, n)."""
    import av
    import numpy as np

    graph = _graph(rate, filters)
    at = 0
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block, np.float32), "fltp", "stereo")
        frame.rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        at += block.shape[1]
        graph.push(frame)
        yield from _ready(graph)
    graph.push(None)
    yield from _ready(graph)


def _graph(rate: int, filters: Iterable[tuple[str, str]]) -> Any:
    from av.filter import Graph

    graph: Any = Graph()
    graph.threads = 1
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout="stereo", time_base=Fraction(1, rate))
    graph.link_nodes(source, *(graph.add(*each) for each in filters), graph.add("abuffersink")).configure()
    return graph


def _ready(graph: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return

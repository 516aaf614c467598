"""Keeps sound from clipping: what is too loud is turned down for as long as it is, and all else stays bit for bit."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipline.studio.sound import Samples

__all__ = ["limited"]

# Milliseconds: the peak is seen coming, and the sound is as loud as before soon after it.
_OPTIONS = "limit=1:level=disabled:attack=5:release=100:latency=1"


def limited(blocks: Generator[Samples, None, None], rate: int) -> Generator[Samples, None, None]:
    """The same samples, of shape (2, n), none beyond 1; FFmpeg's `alimiter`, in step with what goes in."""
    limiter = _limiter(rate)
    at = 0
    try:
        for block in blocks:
            yield from _through(limiter, _frame(block, at, rate))
            at += block.shape[1]
        yield from _through(limiter, None)
    finally:
        blocks.close()


def _limiter(rate: int) -> Any:
    from av.filter import Graph

    graph: Any = Graph()
    graph.threads = 1
    shape = f"sample_rate={rate}:sample_fmt=fltp:channel_layout=stereo:time_base=1/{rate}"
    graph.link_nodes(
        graph.add("abuffer", shape),
        graph.add("alimiter", _OPTIONS),
        graph.add("aformat", "sample_fmts=fltp"),
        graph.add("abuffersink"),
    ).configure()
    return graph


def _frame(block: Samples, at: int, rate: int) -> Any:
    import av
    import numpy as np

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
    frame.rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
    return frame


def _through(limiter: Any, frame: Any) -> Iterator[Samples]:
    import av

    limiter.push(frame)
    while True:
        try:
            yield limiter.pull().to_ndarray()
        except (av.BlockingIOError, av.EOFError):
            return

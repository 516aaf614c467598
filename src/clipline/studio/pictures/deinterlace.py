"""Frames woven from two moments, as television has them, become frames of one moment each.

Files often say wrongly whether they are interlaced, in both directions. So FFmpeg's `idet` looks at each picture, and
what the file says counts only until it has seen movement; `bwdif` (the BBC's filter, as broadcasters use it) then
changes the woven frames and no others. There are as many frames afterwards as before, at the same times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from clipline.studio.pictures.picture import Finding

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    Timed: TypeAlias = tuple[VideoFrame, float]

__all__ = ["Deinterlacer"]

#: Lines that television stores, frames a second at most, and codecs that it never used.
_LINES = {480, 486, 512, 576, 608, 1080, 1088}
_FASTEST = Fraction(61, 2)
_PROGRESSIVE = {"vp8", "vp9", "av1", "hevc", "vvc", "gif", "apng", "png", "webp"}


class Deinterlacer:
    """Deinterlaces the frames of one clip; what may be woven is looked at, or what the file calls so."""

    def __init__(self, video: VideoStream, rate: Fraction) -> None:
        codec = video.codec_context.codec.canonical_name
        self._possible = video.height in _LINES and rate < _FASTEST and codec not in _PROGRESSIVE
        self._flagged = self._woven = 0

    def frames(self, frames: Iterator[Timed]) -> Iterator[Timed]:
        """The same frames and times, none of them woven."""
        chain: _Chain | None = None
        for frame, time in frames:
            self._flagged += frame.interlaced_frame
            if chain is not None and not chain.takes(frame):
                yield from self._counted(chain, None)
                chain = None
            if chain is None and (self._possible or frame.interlaced_frame):
                chain = _Chain(frame)
            if chain is None:
                yield frame, time
            else:
                yield from self._counted(chain, (frame, time))
        if chain is not None:
            yield from self._counted(chain, None)

    def _counted(self, chain: _Chain, given: Timed | None) -> Iterator[Timed]:
        for frame, time, woven in chain.push(given):
            self._woven += woven
            yield frame, time

    def finding(self) -> Finding | None:
        """What to say of the clip, after its last frame."""
        if self._woven:
            return Finding("INFO", "the clip is interlaced; its frames were deinterlaced, at the same frame rate")
        if self._flagged:
            said = "the clip says that it is interlaced, but its pictures are not; they were left as they are"
            return Finding("INFO", said)
        return None


class _Chain:
    """The two filters for frames of one size."""

    def __init__(self, frame: VideoFrame) -> None:
        self._shape = frame.width, frame.height, frame.format.name
        self._judge = _filter(self._shape, "idet", "")
        self._weaver = _filter(self._shape, "bwdif", "mode=send_frame:parity=auto:deint=interlaced")
        self._times: deque[float] = deque()
        self._verdicts: deque[bool] = deque()

    def takes(self, frame: VideoFrame) -> bool:
        """Whether a frame has the size and the pixels of those before."""
        return self._shape == (frame.width, frame.height, frame.format.name)

    def push(self, given: Timed | None) -> Iterator[tuple[VideoFrame, float, bool]]:
        """What comes out, some frames later, and whether it was woven; None for the rest of it."""
        if given is not None:
            self._times.append(given[1])
        for judged in _through(self._judge, given and given[0]):
            self._verdicts.append(judged.interlaced_frame)
            yield from self._out(judged)
        if given is None:
            yield from self._out(None)

    def _out(self, frame: VideoFrame | None) -> Iterator[tuple[VideoFrame, float, bool]]:
        for clear in _through(self._weaver, frame):
            yield clear, self._times.popleft(), self._verdicts.popleft()


def _filter(shape: tuple[int, int, str], name: str, options: str) -> Any:
    from av.filter import Graph

    width, height, pixels = shape
    graph: Any = Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add("buffer", f"width={width}:height={height}:pix_fmt={pixels}:time_base=1/90000:pixel_aspect=1/1"),
        graph.add(name, options or None),
        graph.add("buffersink"),
    ).configure()
    return graph


def _through(graph: Any, frame: VideoFrame | None) -> Iterator[VideoFrame]:
    """Push a frame, None at the end, and pull what is ready."""
    import av

    graph.push(frame)
    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return

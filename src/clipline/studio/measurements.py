"""Plays a file through once and notes what is black, frozen, silent or damaged, and how loud it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clipline.clock import Clock
from clipline.studio.media import MediaInfo, audio_stream, open_media, video_stream, zero_time

__all__ = ["Measured", "Span", "measure"]

Span = tuple[float, float]

_SHORTEST = 0.05  # seconds of black or stillness that are worth a note
_LATE = 0.1  # seconds by which sound may end before the picture without a note: a packet or two
_SILENT_BELOW = "-50dB"
_STILL_BELOW = "-60dB"


@dataclass(slots=True)
class Measured:
    """What was found, times in seconds of the clip.

    `damaged` counts what could not be decoded; `picture_end` is when the last frame begins, None where none was
    decoded. `loudness` is in LUFS, None where there is no sound or too little of it.
    """

    black: list[Span] = field(default_factory=list)
    frozen: list[Span] = field(default_factory=list)
    silent: list[Span] = field(default_factory=list)
    loudness: float | None = None
    damaged: int = 0
    frames: int = 0
    picture_end: float | None = None


def measure(path: Path, info: MediaInfo, *, clock: Clock, progress: Callable[[float], None]) -> Measured:
    """Decode a whole file once.

    Raises:
        InputError: the file cannot be opened.
        Cancelled, TimedOut: by the clock.
    """
    import av

    measured = Measured()
    with open_media(path) as container:
        zero = zero_time(container)
        video, audio = video_stream(container), audio_stream(container)
        streams = [stream for stream in (video, audio) if stream is not None]
        picture, sound = _Watcher(zero), _Watcher(zero)
        sound_end = 0.0
        for packet in container.demux(*streams):
            clock.check()
            if packet.is_corrupt:
                measured.damaged += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                measured.damaged += 1
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    if frame.time is not None:
                        measured.picture_end = frame.time - zero
                    measured.frames += 1
                    picture.look(frame, _picture_graph)
                    if info.duration and measured.picture_end is not None:
                        progress(min(1.0, measured.picture_end / info.duration))
                else:
                    sound.look(frame, _sound_graph)
                    sound_end = (frame.time or 0.0) - zero + frame.samples / frame.sample_rate
        picture.finish()
        sound.finish()
    measured.black = picture.spans("lavfi.black_start", "lavfi.black_end", info.duration)
    measured.frozen = picture.spans("lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end", info.duration)
    measured.silent = sound.spans("lavfi.silence_start", "lavfi.silence_end", info.duration)
    if audio is not None and sound_end < info.duration - _LATE:
        measured.silent = _with_rest(measured.silent, sound_end, info.duration)
    loudness = float(sound.last.get("lavfi.r128.I", "nan"))
    measured.loudness = loudness if loudness > -70.0 else None  # -70 is how the meter says: not enough to measure
    return measured


def _with_rest(spans: list[Span], start: float, end: float) -> list[Span]:
    """Spans and what follows the end of the sound, which goes on with a span that reaches it."""
    if spans and spans[-1][1] >= start - _LATE:
        return [*spans[:-1], (spans[-1][0], end)]
    return [*spans, (start, end)]


class _Watcher:
    """Sends frames through filters that write what they notice beside the frames."""

    def __init__(self, zero: float) -> None:
        self._zero = zero
        self._graph: Any = None
        self._format: object = None
        self._noticed: list[tuple[str, float]] = []
        #: The newest of all notes, by name.
        self.last: dict[str, str] = {}

    def look(self, frame: Any, graph: Callable[[Any], Any]) -> None:
        shape = _shape(frame)
        if shape != self._format:
            # Filters cannot follow a change of format; what they were in the middle of is told as far as it got.
            self.finish()
            self._graph, self._format = graph(frame), shape
        self._graph.push(frame)
        self._pull()

    def finish(self) -> None:
        if self._graph is not None:
            self._graph.push(None)
            self._pull()
            self._graph = None

    def _pull(self) -> None:
        import av

        while True:
            try:
                notes = self._graph.pull().metadata
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            for name, value in notes.items():
                if self.last.get(name) != value and name.endswith(("_start", "_end")):
                    self._noticed.append((name, float(value) - self._zero))
            self.last.update(notes)

    def spans(self, begins: str, ends: str, length: float) -> list[Span]:
        """Beginnings with their ends; the filters say no end for what lasts until the file ends."""
        spans: list[Span] = []
        start: float | None = None
        for name, time in self._noticed:
            if name == begins and start is None:
                start = time
            elif name == ends and start is not None:
                spans.append((max(0.0, start), time))
                start = None
        return [*spans, (max(0.0, start), length)] if start is not None else spans


def _shape(frame: Any) -> object:
    if hasattr(frame, "width"):
        return frame.width, frame.height, frame.format.name
    return frame.sample_rate, frame.layout.name, frame.format.name


def _picture_graph(frame: Any) -> Any:
    from av.filter import Graph

    graph: Any = Graph()
    graph.link_nodes(
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base),
        graph.add("blackdetect", f"d={_SHORTEST}:pix_th=0.1"),
        graph.add("freezedetect", f"n={_STILL_BELOW}:d={_SHORTEST}"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _sound_graph(frame: Any) -> Any:
    from av.filter import Graph

    graph: Any = Graph()
    graph.link_nodes(
        graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=frame.time_base,
        ),
        graph.add("ebur128", "metadata=1:framelog=quiet"),  # first, since it makes new frames without notes
        graph.add("silencedetect", f"n={_SILENT_BELOW}:d={_SHORTEST}"),
        graph.add("abuffersink"),
    ).configure()
    return graph

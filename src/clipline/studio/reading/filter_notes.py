"""What FFmpeg's filters notice of a clip, beside its frames: black and standing pictures, silence, loudness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["FilterNotes", "Span", "picture_filters", "sound_filters"]

#: From one time to another, in seconds.
Span: TypeAlias = tuple[float, float]

_SHORTEST = 0.05  # seconds of black or stillness that are worth a note
_SILENT_BELOW = "-50dB"
_STILL_BELOW = "-60dB"


class FilterNotes:
    """Sends frames through filters that write what they notice beside the frames."""

    def __init__(self, zero: float) -> None:
        self._zero = zero
        self._graph: Any = None
        self._format: object = None
        self._noticed: list[tuple[str, float]] = []
        #: The newest of all notes, by name.
        self.last: dict[str, str] = {}

    def look(self, frame: Any, graph: Callable[[Any], Any]) -> None:
        """Send the next frame through the filters that `graph` makes for its format."""
        shape = _shape(frame)
        if shape != self._format:
            # Filters cannot follow a change of format; what they were in the middle of is told as far as it got.
            self.finish()
            self._graph, self._format = graph(frame), shape
        self._graph.push(frame)
        self._pull()

    def finish(self) -> None:
        """Have the filters tell what they still hold."""
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


def picture_filters(frame: Any) -> Any:
    """What notices black and standing pictures, for frames of the format of this one."""
    from av.filter import Graph

    graph: Any = Graph()
    graph.link_nodes(
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base),
        graph.add("blackdetect", f"d={_SHORTEST}:pix_th=0.1"),
        graph.add("freezedetect", f"n={_STILL_BELOW}:d={_SHORTEST}"),
        graph.add("buffersink"),
    ).configure()
    return graph


def sound_filters(frame: Any) -> Any:
    """What notices silence and measures loudness, for sound of the format of this one."""
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

"""What the example service does to a clip: one of three looks, by FFmpeg's filters through PyAV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.filter import Graph
    from av.video.stream import VideoStream

__all__ = ["look_of", "make", "seconds_of"]

_WORDS = {
    "grey": ("black and white", "greyscale", "grayscale", "grey", "gray"),
    "negative": ("negative", "invert"),
    "mirrored": ("mirror", "flip"),
}


def look_of(words: str) -> str:
    """The look that somebody asks for; empty where none of these is meant."""
    said = words.lower()
    return next((look for look, known in _WORDS.items() if any(word in said for word in known)), "")


def seconds_of(clip: Path) -> float:
    """How long a clip is.

    Raises:
        ValueError: it is no video.
    """
    import av

    try:
        with av.open(str(clip)) as container:
            if not container.streams.video:
                raise ValueError("there is no picture in it")
            return float((container.duration or 0) / av.time_base)
    except av.FFmpegError as error:
        raise ValueError("it is no video") from error


def make(clip: Path, target: Path, look: str, strength: float, tell: Callable[[float], None]) -> None:
    """Write the clip with a look; its sound is kept as it is. `tell` is told the part done, and may raise to stop."""
    import av
    from av.video.frame import PictureType, VideoFrame

    filters = {"grey": ("hue", f"s={1 - strength:g}"), "negative": ("negate", ""), "mirrored": ("hflip", "")}
    with av.open(str(clip)) as source, av.open(str(target), "w", format="mp4") as made:
        picture, sounds = source.streams.video[0], source.streams.audio[:1]
        video = made.add_stream("libx264", rate=picture.average_rate or 25)
        video.width, video.height, video.pix_fmt = picture.width, picture.height, "yuv420p"
        video.time_base = picture.time_base
        audio = [made.add_stream_from_template(sound) for sound in sounds]
        graph, total = _graph(picture, *filters[look]), float((source.duration or 0) / av.time_base)
        for packet in source.demux([picture, *sounds]):
            if packet.stream is not picture:
                if packet.dts is not None:
                    packet.stream = audio[0]
                    made.mux(packet)
                continue
            for frame in packet.decode():
                if not isinstance(frame, VideoFrame):
                    continue
                graph.vpush(frame)
                changed = graph.vpull().reformat(format="yuv420p")
                changed.pict_type = PictureType.NONE
                made.mux(video.encode(changed))
                tell(min(1.0, (frame.time or 0.0) / total) if total else 0.0)
        made.mux(video.encode())


def _graph(picture: VideoStream, name: str, arguments: str) -> Graph:
    from av.filter import Graph

    graph = Graph()
    nodes = [graph.add_buffer(template=picture), graph.add(name, arguments), graph.add("buffersink")]
    graph.link_nodes(*nodes).configure()
    return graph

"""Writes frames into an animated GIF, with palettes that suit them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from clipline.studio.pictures.frames import rgb_of
from clipline.studio.writing.target import Target, close_quietly, open_output, use_durations
from clipline.values import Size

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.pictures.picture import Plane

__all__ = ["Gif"]

_TICK = Fraction(1, 100)  # a GIF counts in hundredths of a second
_PALETTE_LASTS = 2.0  # seconds
_MUCH = 10.0  # levels of 255 by which the picture changes on average before its colours are looked for again
_SPARSE = 16  # every which pixel is compared for that
# Error diffusion looks finer, but shimmers from frame to frame, makes files twice as large and takes ten times as long.
_DITHER = "bayer:bayer_scale=3"


class Gif:
    """An animation. A palette serves for a while, until the picture has changed much: finding one takes time."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._container = open_output(target.path, target.format)
        self._video: Any = self._container.add_stream("gif", rate=target.rate)
        self._video.width, self._video.height, self._video.pix_fmt = target.size.width, target.size.height, "pal8"
        self._video.codec_context.time_base = _TICK
        use_durations(self._video.codec_context)
        self._finder: Any = None
        self._painter: _Painter | None = None
        self._found: tuple[float, Plane] | None = None  # when the palette was found, and in which picture

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:
        """Add a frame."""
        import av

        tags = self._target.tags
        colors = rgb_of(frame, tags.matrix, full_range=tags.full_range, alpha=True)
        rgba = av.VideoFrame.from_ndarray(colors, format="rgba")
        rgba.pts, rgba.time_base = round(time * 100), _TICK
        if self._painter is None or self._is_outdated(time, colors):
            self._finder = self._finder or _palette_finder(self._target)
            self._finder.push(rgba)
            self._painter = _Painter(self._target.size, self._finder.pull())
            self._found = time, colors[::_SPARSE, ::_SPARSE].copy()
        painted = self._painter.paint(rgba)
        painted.pts, painted.time_base = rgba.pts, _TICK
        painted.duration = max(1, round((time + duration) * 100) - painted.pts)
        self._container.mux(self._video.encode(painted))

    def _is_outdated(self, time: float, colors: Plane) -> bool:
        import numpy as np

        if self._found is None or time - self._found[0] >= _PALETTE_LASTS:
            return True
        change = colors[::_SPARSE, ::_SPARSE].astype(np.int16) - self._found[1]
        return bool(np.abs(change).mean() > _MUCH)

    def finish(self) -> Iterator[None]:
        """Write what is left."""
        self._container.mux(self._video.encode(None))
        yield
        self._container.close()

    def abandon(self) -> None:
        """Remove what was written."""
        close_quietly(self._container)
        self._target.path.unlink(missing_ok=True)


class _Painter:
    """Paints frames with one palette of 16 x 16 colours."""

    def __init__(self, size: Size, palette: Any) -> None:
        from av.filter import Graph

        self._graph: Any = Graph()  # kept: its filters do not keep it, and crash without it
        graph = self._graph
        self._frames, colors = _source(graph, size, "rgba"), _source(graph, Size(16, 16), "bgra")
        use = graph.add("paletteuse", f"dither={_DITHER}:alpha_threshold=128")
        self._painted = graph.add("buffersink")
        self._frames.link_to(use, 0, 0)
        colors.link_to(use, 0, 1)
        use.link_to(self._painted)
        graph.configure()
        palette.pts, palette.time_base = 0, _TICK
        colors.push(palette)
        colors.push(None)

    def paint(self, rgba: VideoFrame) -> Any:
        """The frame in the colours of the palette."""
        self._frames.push(rgba)
        return self._painted.pull()


def _palette_finder(target: Target) -> Any:
    """A filter from each frame in RGBA to a picture of the colours that suit it."""
    from av.filter import Graph

    graph: Any = Graph()
    colors = f"max_colors={target.options['colors']}:reserve_transparent={int(target.alpha)}"
    graph.link_nodes(
        _source(graph, target.size, "rgba"),
        graph.add("palettegen", f"stats_mode=single:{colors}"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _source(graph: Any, size: Size, pixels: str) -> Any:
    shape = f"width={size.width}:height={size.height}"
    return graph.add("buffer", f"{shape}:pix_fmt={pixels}:time_base=1/100:pixel_aspect=1/1")

"""Writes frames into a GIF, or into a folder of numbered PNG images."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from clipline.errors import MachineError
from clipline.studio.frames import rgb_of
from clipline.studio.target import Target, close_quietly, open_output, use_durations

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["Gif", "Images"]


class Gif:
    """An animation; each frame has a palette of its own, so that memory does not grow with the length."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._container = open_output(target.path, target.format)
        self._video: Any = self._container.add_stream("gif", rate=target.rate)
        self._video.width, self._video.height, self._video.pix_fmt = target.size.width, target.size.height, "pal8"
        self._video.codec_context.time_base = Fraction(1, 100)
        use_durations(self._video.codec_context)
        self._palette: Any = None

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:
        """Add a frame."""
        if self._palette is None:
            self._palette = _palette_graph(self._target)
        rgba = _rgb(frame, self._target, alpha=True)
        rgba.pts, rgba.time_base = round(time * 100), Fraction(1, 100)
        self._palette.push(rgba)
        few = self._palette.pull()
        few.pts, few.time_base = round(time * 100), Fraction(1, 100)
        few.duration = max(1, round((time + duration) * 100) - few.pts)
        self._container.mux(self._video.encode(few))

    def finish(self) -> Iterator[None]:
        """Write what is left."""
        self._container.mux(self._video.encode(None))
        yield
        self._container.close()

    def abandon(self) -> None:
        """Remove what was written."""
        close_quietly(self._container)
        self._target.path.unlink(missing_ok=True)


class Images:
    """A folder of images, `frame-00001.png` and so on."""

    def __init__(self, target: Target) -> None:
        self._target, self._count = target, 0
        try:
            target.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"the folder {target.path} cannot be made: {error.strerror}") from error

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:  # noqa: ARG002 - images have no times
        """Add a frame."""
        import av

        rgb = _rgb(frame, self._target, alpha=self._target.alpha)
        context: Any = av.CodecContext.create("png", "w")
        context.width, context.height, context.pix_fmt = rgb.width, rgb.height, rgb.format.name
        context.time_base, context.thread_count, context.options = Fraction(1, 25), 1, self._target.options
        rgb.pts = 0
        packets = [*context.encode(rgb), *context.encode(None)]
        self._count += 1
        (self._target.path / f"frame-{self._count:05d}.png").write_bytes(b"".join(map(bytes, packets)))

    def finish(self) -> Iterator[None]:
        """Write what is left."""
        yield

    def abandon(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self._target.path, ignore_errors=True)


def _rgb(frame: VideoFrame, target: Target, *, alpha: bool) -> VideoFrame:
    """The frame in RGB or RGBA."""
    import av

    tags = target.tags
    rgb = rgb_of(frame, tags.matrix, full_range=tags.full_range, alpha=alpha)
    return av.VideoFrame.from_ndarray(rgb, format="rgba" if alpha else "rgb24")


def _palette_graph(target: Target) -> Any:
    """Frames in RGBA to frames with up to 256 colours, each with the palette that suits it."""
    from av.filter import Graph

    graph = Graph()
    source = graph.add(
        "buffer", f"width={target.size.width}:height={target.size.height}:pix_fmt=rgba:time_base=1/100:pixel_aspect=1/1"
    )
    split = graph.add("split")
    palette = graph.add(
        "palettegen",
        f"stats_mode=single:max_colors={target.options['colors']}:reserve_transparent={int(target.alpha)}",
    )
    use = graph.add("paletteuse", "new=1:dither=sierra2_4a:alpha_threshold=128")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph

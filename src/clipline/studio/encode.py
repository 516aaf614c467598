"""Writes frames and sound into a file: MP4, MOV, MKV, WebM; a GIF; or a folder of numbered PNG images."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from clipline.errors import MachineError
from clipline.studio.decode import ColorTags
from clipline.studio.formats import Encoder, Format, Quality
from clipline.studio.frames import FULL, LIMITED, rgb_of
from clipline.studio.sound import RATE
from clipline.values import Size

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.sound import Samples

__all__ = ["Target", "Writer", "writer"]


@dataclass(frozen=True, slots=True)
class Target:
    """All that is known of a result before its first frame."""

    path: Path
    format: Format
    quality: Quality
    preview: bool
    size: Size
    rate: Fraction
    time_base: Fraction
    tags: ColorTags
    alpha: bool
    threads: int

    @property
    def encoder(self) -> Encoder:
        """The codec that this result needs."""
        return (self.format.alpha if self.alpha else None) or self.format.video

    @property
    def options(self) -> dict[str, str]:
        """The codec's options at this quality."""
        return dict(self.encoder.preview if self.preview else self.encoder.options[self.quality])


class Writer(Protocol):
    """Takes frames in their order, then `finish`; or `abandon`, after which nothing is left on disk."""

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:
        """Add a frame at `time` that stands for `duration`, in seconds of the result."""
        ...

    def finish(self) -> Iterator[None]:
        """Write what is left; yields between two pieces of work, so that the caller can look at the clock."""
        ...

    def abandon(self) -> None:
        """Let go of everything and remove what was written."""
        ...


def writer(target: Target, sound: Generator[Samples, None, None] | None) -> Writer:
    """The writer for a format.

    Raises:
        MachineError: the file cannot be made.
    """
    match target.format.name:
        case "png":
            return _Images(target)
        case "gif":
            return _Gif(target)
        case _:
            return _Movie(target, sound)


class _Movie:
    """A file with a picture and perhaps sound."""

    def __init__(self, target: Target, sound: Generator[Samples, None, None] | None) -> None:
        self._target, self._sound = target, sound
        self._heard = 0  # samples written so far
        self._end = 0  # of the last frame, in ticks of the time base
        self._first_dts: int | None = None
        self._held: Any = None  # the newest packet of the picture, not written yet
        self._container = _open(target.path, target.format)
        encoder = target.encoder
        self._video: Any = self._container.add_stream(encoder.codec, rate=target.rate, options=target.options)
        self._video.width, self._video.height = target.size.width, target.size.height
        self._video.pix_fmt = encoder.pixels
        context = self._video.codec_context
        context.time_base = target.time_base
        context.thread_count = target.threads
        context.color_range = FULL if target.tags.full_range else LIMITED
        context.colorspace = target.tags.matrix
        context.color_primaries = target.tags.primaries
        context.color_trc = target.tags.transfer
        _use_durations(context)
        self._audio: Any = None
        if sound is not None and target.format.audio_codec and target.format.audio_rates:
            self._audio = self._container.add_stream(target.format.audio_codec, rate=RATE, layout="stereo")
            self._audio.bit_rate = target.format.audio_rates[target.quality]

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:
        base = self._target.time_base
        frame = self._converted(frame)
        frame.pts, frame.time_base = round(time / base), base
        frame.duration = max(1, round((time + duration) / base) - frame.pts)
        frame.pict_type = 0  # else the encoder would repeat the source's choice of key frames
        self._end = frame.pts + frame.duration
        for packet in self._video.encode(frame):
            self._mux(packet)
        self._write_sound(time + duration)

    def finish(self) -> Iterator[None]:
        for packet in self._video.encode_lazy(None):
            self._mux(packet)
            yield
        if self._held is not None and self._first_dts is not None:
            if self._target.format.muxer in {"mp4", "mov"}:
                # These count the length of the picture in the order of decoding, where the last packet need not be the
                # last frame: with frames of different lengths the end would be cut off, or the clip too long.
                self._held.duration = max(1, self._end + self._first_dts - self._held.dts)
            self._container.mux(self._held)
        if self._audio is not None:
            self._write_sound(None)
            self._container.mux(self._audio.encode(None))
        self._container.close()

    def _converted(self, frame: VideoFrame) -> VideoFrame:
        """The frame in the encoder's pixels; here, since PyAV would use threads, with which swscale is not exact."""
        if frame.format.name == self._target.encoder.pixels:
            return frame
        kept = FULL if self._target.tags.full_range else LIMITED
        return frame.reformat(format=self._target.encoder.pixels, src_color_range=kept, dst_color_range=kept, threads=1)

    def _mux(self, packet: Any) -> None:
        if self._first_dts is None:
            self._first_dts = packet.dts
        if self._held is not None:
            self._container.mux(self._held)
        self._held = packet

    def abandon(self) -> None:
        if self._sound is not None:
            self._sound.close()
        # Gone first: else closing would spend seconds on moving the index of a file that nobody wants.
        self._target.path.unlink(missing_ok=True)
        _close_quietly(self._container)
        self._target.path.unlink(missing_ok=True)

    def _write_sound(self, until: float | None) -> None:
        """Sound up to a time of the result, all of it where that is None."""
        import av

        if self._audio is None or self._sound is None:
            return
        while until is None or self._heard < until * RATE:
            block = next(self._sound, None)
            if block is None:
                return
            frame = av.AudioFrame.from_ndarray(block, "fltp", "stereo")
            frame.rate, frame.pts, frame.time_base = RATE, self._heard, Fraction(1, RATE)
            self._heard += block.shape[1]
            self._container.mux(self._audio.encode(frame))


class _Gif:
    """An animation; each frame has a palette of its own, so that memory does not grow with the length."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._container = _open(target.path, target.format)
        self._video: Any = self._container.add_stream("gif", rate=target.rate)
        self._video.width, self._video.height, self._video.pix_fmt = target.size.width, target.size.height, "pal8"
        self._video.codec_context.time_base = Fraction(1, 100)
        _use_durations(self._video.codec_context)
        self._palette: Any = None

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:
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
        self._container.mux(self._video.encode(None))
        yield
        self._container.close()

    def abandon(self) -> None:
        _close_quietly(self._container)
        self._target.path.unlink(missing_ok=True)


class _Images:
    """A folder of images, `frame-00001.png` and so on."""

    def __init__(self, target: Target) -> None:
        self._target, self._count = target, 0
        try:
            target.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"the folder {target.path} cannot be made: {error.strerror}") from error

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:  # noqa: ARG002 - images have no times
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
        yield

    def abandon(self) -> None:
        shutil.rmtree(self._target.path, ignore_errors=True)


def _open(path: Path, kind: Format) -> Any:
    import av

    try:
        return av.open(f"file:{path}", "w", format=kind.muxer, container_options=dict(kind.muxer_options or {}))
    except (av.FFmpegError, OSError) as error:
        raise MachineError(f"{path} cannot be written: {error.strerror or error}") from error


def _close_quietly(container: Any) -> None:
    """Close a file that is given up; that it is unfinished is no news."""
    import av

    try:
        container.close()
    except (av.FFmpegError, OSError):
        return


def _use_durations(context: Any) -> None:
    """Let the encoder pass on how long each frame stands, which makes the last one as long as it should be."""
    from av.codec.context import Flags

    context.flags |= Flags.frame_duration


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

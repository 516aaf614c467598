"""The video in small: the same pictures at the same times, so that what is decided on it holds for the original.

H.264 without frames that look ahead (players and editors step through it in both directions), a key frame at every
interval, the time code of the original, and its length.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.errors import MachineError
from clipline.studio.audio.sampling import RATE
from clipline.studio.audio.sound import Part, mix
from clipline.studio.pictures.frames import FULL, LIMITED
from clipline.studio.pictures.geometry import Flatten
from clipline.studio.reading.decode import ColorTags, VideoReader
from clipline.studio.reading.media import MediaInfo, open_media
from clipline.studio.rendering.ahead import ahead
from clipline.studio.rendering.flow import drawn, lasting, placed
from clipline.studio.writing.formats import format_of
from clipline.studio.writing.target import close_quietly, open_output, use_durations
from clipline.values import JsonObject, Size, parse_duration, parse_size
from clipline_proxy.delivery import Made, Unfit, Video

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.audio.sampling import Samples

__all__ = ["make_proxy", "time_code_of"]

_AHEAD = 4  # frames that may wait between two threads
_AREA = 32  # swscale's averaging of all pixels, the right one for making things small
_SOUND_RATE = 48_000  # bits a second of a channel


def make_proxy(video: Video, options: JsonObject) -> Made:
    """Write `NAME-proxy.mp4`."""
    path, info, call = video.path, video.info, video.call
    if info.kind != "video":
        raise Unfit(f"is {'a still' if info.kind == 'image' else 'sound'}, so there is no proxy of it")
    threads = int(call.settings.get("studio", {}).get("threads") or os.cpu_count() or 1)
    said = []

    def write(target: Path) -> None:
        with VideoReader(path, threads=threads, alpha=info.has_alpha) as reader:
            box = parse_size(options.get("max_size", "640x360"))
            size = Size(info.width, info.height).fit_within(box)
            sound = (
                mix([Part(path, duration=info.duration)], info.duration, call.clock)
                if _audible(info, options)
                else None
            )
            out = _File(target, size, reader, options, threads=threads, time_code=time_code_of(path))
            try:
                out.add_sound(sound, min(2, info.audio_channels))
                for time in out.take(_frames(reader, info, call.clock), info.duration):
                    call.clock.check()
                    call.progress(min(1.0, time / info.duration))
            except BaseException as error:
                out.abandon()
                raise _written(error, target) from error
            said.extend(reader.findings())

    return Made(video.beside(["-proxy.mp4"], write), tuple(said))


def time_code_of(path: Path) -> str:
    """The time code that a file begins with, like `01:00:00:00`; empty where it has none."""
    with open_media(path) as container:
        for metadata in (container.metadata, *(stream.metadata for stream in container.streams)):
            if code := metadata.get("timecode", ""):
                return code
    return ""


def _audible(info: MediaInfo, options: JsonObject) -> bool:
    return info.audio_codec is not None and bool(options.get("sound", True))


def _frames(reader: VideoReader, info: MediaInfo, clock: Clock) -> Generator[tuple[VideoFrame, float], None, None]:
    """The frames the right way up, opaque, with their times; decoded on a thread of their own."""
    steps = [Flatten(0 if reader.space.full_range else 16)] if info.has_alpha else []
    decoded = ahead(reader.frames(0.0, info.duration, clock), clock, depth=_AHEAD, name="proxy-decode")
    return drawn(placed(decoded, 0.0), steps, alpha=False)


def _written(error: BaseException, target: Path) -> BaseException:
    """What FFmpeg says of the disk, in our words."""
    import av

    if isinstance(error, (av.FFmpegError, OSError)):
        return MachineError(f"{target} cannot be written: {error.strerror or error}")
    return error


class _File:
    """An MP4 that is being written."""

    def __init__(
        self, path: Path, size: Size, reader: VideoReader, options: JsonObject, *, threads: int, time_code: str
    ) -> None:
        self._path, self._size, self._tags = path, size, reader.tags
        self._interval = parse_duration(options.get("keyframe_every", 1.0)) or float(1 / reader.rate)
        self._base = _fine(reader.time_base)
        self._last = -1
        self._heard = 0
        self._sound: Generator[Samples, None, None] | None = None
        self._container = open_output(path, format_of("mp4"))
        if time_code:
            self._container.metadata["timecode"] = time_code
        self._video: Any = self._container.add_stream("libx264", rate=reader.rate, options=_codec(options))
        self._video.width, self._video.height, self._video.pix_fmt = size.width, size.height, "yuv420p"
        context = self._video.codec_context
        context.time_base, context.thread_count = self._base, threads
        if "bitrate" in options:
            context.bit_rate = int(options["bitrate"]) * 1000
        _tag(context, self._tags)
        use_durations(context)
        self._audio: Any = None

    def add_sound(self, sound: Generator[Samples, None, None] | None, channels: int) -> None:
        """Let the sound go with the picture."""
        if sound is not None:
            self._sound, self._channels = sound, channels
            self._audio = self._container.add_stream("aac", rate=RATE, layout="mono" if channels == 1 else "stereo")
            self._audio.bit_rate = channels * _SOUND_RATE

    def take(self, frames: Generator[tuple[VideoFrame, float], None, None], length: float) -> Iterator[float]:
        """Write all frames, `length` seconds together; gives the time after each."""
        due = 0.0
        with closing(frames):
            for frame, time, duration in lasting(frames, length):
                small = self._small(frame)
                small.pts, small.time_base = max(round(time / self._base), self._last + 1), self._base
                small.duration = max(1, round((time + duration) / self._base) - small.pts)
                # Else the encoder would take over which frames are key frames in the original.
                small.pict_type = 1 if time >= due - 0.001 else 0
                while due <= time + 0.001:
                    due += self._interval
                self._last = small.pts
                self._container.mux(self._video.encode(small))
                self._write_sound(time + duration)
                yield time + duration
        self._container.mux(self._video.encode(None))
        if self._audio is not None:
            self._write_sound(None)
            self._container.mux(self._audio.encode(None))
        self._container.close()

    def _small(self, frame: VideoFrame) -> VideoFrame:
        kept = FULL if self._tags.full_range else LIMITED
        return frame.reformat(
            self._size.width,
            self._size.height,
            "yuv420p",
            interpolation=_AREA,
            src_color_range=kept,
            dst_color_range=kept,
            threads=1,
        )

    def _write_sound(self, until: float | None) -> None:
        """Sound up to a time, all of it where that is None."""
        import av

        while self._sound is not None and (until is None or self._heard < until * RATE):
            block = next(self._sound, None)
            if block is None:
                return
            layout = "mono" if self._channels == 1 else "stereo"
            frame = av.AudioFrame.from_ndarray(block[: self._channels], "fltp", layout)
            frame.rate, frame.pts, frame.time_base = RATE, self._heard, Fraction(1, RATE)
            self._heard += block.shape[1]
            self._container.mux(self._audio.encode(frame))

    def abandon(self) -> None:
        """Remove what was written."""
        if self._sound is not None:
            self._sound.close()
        # Gone first: else closing would spend time on moving the index of a file that nobody wants.
        self._path.unlink(missing_ok=True)
        close_quietly(self._container)
        self._path.unlink(missing_ok=True)


def _codec(options: JsonObject) -> dict[str, str]:
    """What x264 is told: key frames come where this module puts them, and nowhere else."""
    fixed = {"preset": "veryfast", "bf": "0", "forced-idr": "1", "sc_threshold": "0", "g": "100000"}
    if "bitrate" in options:
        rate = int(options["bitrate"]) * 1000
        return {**fixed, "maxrate": str(rate * 3 // 2), "bufsize": str(rate * 2)}
    return {**fixed, "crf": str(options.get("crf", 28))}


def _tag(context: Any, tags: ColorTags) -> None:
    context.color_range = FULL if tags.full_range else LIMITED
    context.colorspace = tags.matrix
    context.color_primaries = tags.primaries
    context.color_trc = tags.transfer


def _fine(time_base: Fraction) -> Fraction:
    """A time base of at least 10,000 ticks a second in which the ticks of the given one are whole."""
    while time_base > Fraction(1, 10_000):
        time_base /= 2
    return time_base

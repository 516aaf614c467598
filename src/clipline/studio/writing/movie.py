"""Writes frames and sound into an MP4, MOV, MKV or WebM file."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from clipline.studio.audio.sampling import CHANNELS, RATE
from clipline.studio.pictures.frames import FULL, LIMITED
from clipline.studio.writing.target import Target, close_quietly, open_output, use_durations

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.audio.sampling import Samples

__all__ = ["Movie", "Soundtrack"]

_AAC_PACKET = 1024  # samples


class Movie:
    """A file with a picture and perhaps sound."""

    def __init__(self, target: Target, sound: Generator[Samples, None, None] | None) -> None:
        self._target = target
        self._begun = -1  # when the last frame begins, in ticks of the time base
        self._end = 0  # when it ends
        self._first_dts: int | None = None
        self._held: Any = None  # the newest packet of the picture, not written yet
        self._container = open_output(target.path, target.format)
        encoder = target.encoder
        self._video: Any = self._container.add_stream(encoder.codec, rate=target.rate, options=target.options)
        self._video.width, self._video.height = target.size.width, target.size.height
        self._video.pix_fmt = encoder.pixels
        context = self._video.codec_context
        context.time_base = target.time_base
        context.thread_count = target.threads
        if encoder.codec == "libx264":
            # PyAV's own choice cuts each frame into a slice for each thread: larger, and other bytes with more threads.
            context.thread_type = "FRAME"
            if target.slow:  # then looking ahead on one thread more gains nothing, and holds 13 MB of frames at 720p
                context.options = {**target.options, "x264-params": "sync-lookahead=0"}
        context.color_range = FULL if target.tags.full_range else LIMITED
        context.colorspace = target.tags.matrix
        context.color_primaries = target.tags.primaries
        context.color_trc = target.tags.transfer
        use_durations(context)
        self._sound = None if sound is None else Soundtrack(self._container, target, sound)

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:
        """Add a frame, and the sound that goes with it, if any."""
        base = self._target.time_base
        frame = self._converted(frame)
        frame.pts, frame.time_base = max(round(time / base), self._begun + 1), base
        frame.duration = max(1, round((time + duration) / base) - frame.pts)
        self._begun = frame.pts
        frame.pict_type = 0  # else the encoder would repeat the source's choice of key frames
        self._end = frame.pts + frame.duration
        for packet in self._video.encode(frame):
            self._mux(packet)
        if self._sound is not None:
            self._sound.write(time + duration)

    def finish(self) -> Iterator[None]:
        """Write what is left."""
        for packet in self._video.encode_lazy(None):
            self._mux(packet)
            yield
        if self._held is not None and self._first_dts is not None:
            if self._target.format.muxer in {"mp4", "mov"}:
                # These count the length of the picture in the order of decoding, where the last packet need not be the
                # last frame: with frames of different lengths the end would be cut off, or the clip too long.
                self._held.duration = max(1, self._end + self._first_dts - self._held.dts)
            self._container.mux(self._held)
        if self._sound is not None:
            self._sound.finish()
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
        """Remove what was written."""
        if self._sound is not None:
            self._sound.close()
        # Gone first: else closing would spend seconds on moving the index of a file that nobody wants.
        self._target.path.unlink(missing_ok=True)
        close_quietly(self._container)
        self._target.path.unlink(missing_ok=True)


class Soundtrack:
    """The sound of a file, encoded as the format says and written along with its picture."""

    def __init__(self, container: Any, target: Target, sound: Generator[Samples, None, None]) -> None:
        self._container, self._sound = container, sound
        self._heard = 0  # samples written so far
        self._audio: Any = None
        if target.format.audio_codec and target.format.audio_rates:
            self._audio = container.add_stream(target.format.audio_codec, rate=RATE, layout="stereo")
            self._audio.bit_rate = target.format.audio_rates[target.quality]
            if target.format.audio_codec == "aac":
                self._warm_up()

    def write(self, until: float | None) -> None:
        """Sound up to a time of the result, all of it where that is None."""
        while self._audio is not None and (until is None or self._heard < until * RATE):
            block = next(self._sound, None)
            if block is None:
                return
            self._encode(block, self._heard)
            self._heard += block.shape[1]

    def finish(self) -> None:
        """Write what is left."""
        self.write(None)
        if self._audio is not None:
            self._container.mux(self._audio.encode(None))

    def _warm_up(self) -> None:
        """Let the encoder hear a packet of silence first, which is not written.

        FFmpeg's AAC gets its first packet wrong by up to full scale where sound begins at once, as after a cut.
        """
        import numpy as np

        self._encode(np.zeros((CHANNELS, _AAC_PACKET), np.float32), -_AAC_PACKET)

    def _encode(self, block: Samples, at: int) -> None:
        import av

        frame = av.AudioFrame.from_ndarray(block, "fltp", "stereo")
        frame.rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
        # A decoder needs the one packet before the first sample, and has no use for those before it.
        self._container.mux([packet for packet in self._audio.encode(frame) if packet.pts >= -_AAC_PACKET])

    def close(self) -> None:
        """Let go of the sources of the sound."""
        self._sound.close()

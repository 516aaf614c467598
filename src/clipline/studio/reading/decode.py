"""Reads the pictures of a clip, from one moment to another, with their times."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import floor, inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from clipline.clock import Clock
from clipline.errors import InputError
from clipline.studio.pictures.deinterlace import Deinterlacer
from clipline.studio.pictures.frames import color_space, color_tags, owned, plain_420, turn, view_of
from clipline.studio.pictures.limits import CODEC_OPTIONS, check_pixels
from clipline.studio.pictures.orientation import Orientation, square_size
from clipline.studio.pictures.picture import ColorSpace, ColorTags, Finding, Picture, PictureOperation
from clipline.studio.pictures.standard_colors import STANDARD, StandardColors, is_standard, shown_as
from clipline.studio.reading.dolby_vision import read_dolby_vision
from clipline.studio.reading.media import DAMAGED_ENOUGH, frame_rate, is_still, open_media, video_stream, zero_time
from clipline.studio.reading.stills import STILL_RATE, still_frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["ColorTags", "Decoded", "VideoReader", "is_upright", "upright"]

_ROUNDING = 0.001  # seconds: the coarsest time stamps (Matroska, FLV) are milliseconds


@dataclass(frozen=True, slots=True)
class Decoded:
    """A frame as stored (not yet turned), 8-bit 4:2:0 with square pixels; its time in seconds of the source."""

    frame: VideoFrame
    time: float
    index: int
    orientation: Orientation


class VideoReader:
    """A clip opened for reading its pictures; close it, or use it in a `with`.

    Args:
        path: the clip.
        threads: how many the decoder may use.
        alpha: keep transparency, where the clip has any.
        rate: frames a second of a still image, which stands for ever.

    Raises:
        InputError: the file is no clip.
    """

    def __init__(self, path: Path, *, threads: int = 2, alpha: bool = False, rate: Fraction = STILL_RATE) -> None:
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_media(path))
        video = video_stream(self._container)
        if video is None:
            self.close()
            raise InputError(f"{path.name} has no picture", hint="give a video file")
        self._path, self._video, self._alpha = path, video, alpha
        self._damaged = 0
        self._orientation: Orientation | None = None
        self._bits = max((part.bits for part in video.format.components), default=8) if video.format else 8
        self._decoder: Any = video.codec_context
        if alpha and video.codec_context.codec.canonical_name in {"vp8", "vp9"}:
            self._decoder = _alpha_decoder(video)
        self._decoder.thread_count = threads
        self._decoder.thread_type = "AUTO"
        self._zero = zero_time(self._container)
        self.rate: Fraction = frame_rate(video)
        self.time_base: Fraction = video.time_base or Fraction(1, 90000)
        self._deinterlacer = Deinterlacer(video, self.rate)
        self._tags = color_tags(video)
        self._colors = None if is_standard(self._tags) else StandardColors(self._tags, threads)
        self.tags: ColorTags = self._tags if self._colors is None else STANDARD
        self._still: VideoFrame | None = None
        if is_still(self._container, video):
            self._stand(rate)
        self.space: ColorSpace = color_space(self.tags.matrix, video.height, full_range=self.tags.full_range)

    def _stand(self, rate: Fraction) -> None:
        """Take the one picture of an image for all frames."""
        self._still, _ = still_frame(self._path, alpha=self._alpha)
        self.rate, self.time_base, self.tags = rate, 1 / rate, STANDARD

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def frames(self, start: float, end: float, clock: Clock) -> Generator[Decoded, None, None]:
        """The frames shown from `start` to `end`, in seconds of the clip, in order.

        The first one is what is seen at `start`, its time not before it; each stands until the next. A frame belongs
        to the time if it begins less than half a frame before `end`.

        Raises:
            InputError: nothing can be decoded there.
            Cancelled, TimedOut: by the clock.
        """
        nominal = float(1 / self.rate)
        waiting: tuple[VideoFrame, float] | None = None
        index: int | None = None
        last = -nominal
        for frame, time in self._deinterlacer.frames(self._from(start, clock)):
            # Half the way to the frame before; a little less, so that rounded stamps do not decide a tie.
            near, last = min(nominal, time - last) / 2 - _ROUNDING, time
            if time <= start + near:
                waiting = (frame, time)
                continue
            if waiting is not None:
                index = self._index(waiting[1])
                yield self._decoded(waiting[0], max(start, waiting[1]), index)
                waiting = None
            if time >= end - max(_ROUNDING, min(near, self._lasts(frame) / 2)):
                break
            index = self._index(time) if index is None else index + 1
            yield self._decoded(frame, time, index)
        if waiting is not None:
            index = self._index(waiting[1])
            yield self._decoded(waiting[0], max(start, waiting[1]), index)
        if index is None:
            raise InputError(f"{self._path.name} has no picture at {start:g}s", hint="see where the clip ends")

    def pictures(self, start: float, end: float, clock: Clock) -> Generator[Picture, None, None]:
        """The same, as pictures the right way up."""
        with closing(self.frames(start, end, clock)) as frames:
            for decoded in frames:
                yield upright(decoded)

    def findings(self) -> list[Finding]:
        """What a person should know of how the clip was read; complete after its last frame."""
        found = []
        if (dolby := read_dolby_vision(self._path)) is not None:
            found.append(
                Finding("INFO", f"the clip is {dolby}; its {dolby.base} picture is taken, without what lies on it")
            )
        if self._colors is not None:
            found.append(Finding("WARN", shown_as(self._tags)))
        elif self._bits > 8:
            found.append(Finding("INFO", f"the clip has {self._bits} bits a colour; the result has 8"))
        if said := self._deinterlacer.finding():
            found.append(said)
        if self._damaged:
            found.append(Finding("WARN", f"{self._damaged} damaged places of the clip were left out"))
        return found

    def _lasts(self, frame: VideoFrame) -> float:
        """How long a frame stands, in seconds, by what the container says of it; for ever where that is nothing."""
        return float(frame.duration * (frame.time_base or self.time_base)) if frame.duration else inf

    def _index(self, time: float) -> int:
        return max(0, round(time * float(self.rate)))

    def _decoded(self, frame: VideoFrame, time: float, index: int) -> Decoded:
        # Looked at once: a frame whose side data was read is part of a reference cycle and lives until it is collected.
        if self._orientation is None:
            self._orientation = Orientation.of(frame)
        check_pixels(self._path.name, *square_size(frame.width, frame.height, self._video.sample_aspect_ratio))
        if self._still is not None:
            return Decoded(frame, time, index, self._orientation)
        standard = frame if self._colors is None else self._colors.convert(frame)
        plain = plain_420(standard, alpha=self._alpha, sample_aspect=self._video.sample_aspect_ratio)
        return Decoded(plain, time, index, self._orientation)

    def _from(self, start: float, clock: Clock) -> Iterator[tuple[VideoFrame, float]]:
        """Decoded frames with their times, beginning at or before `start`."""
        import av

        if self._still is not None:
            yield from self._standing(self._still, start, clock)
            return
        for early in (0.0, 10.0, start):
            at = max(0.0, start - early)
            if at > 0:
                try:
                    self._container.seek(int((self._zero + at) * 1_000_000), backward=True)
                except av.FFmpegError:
                    continue
            elif early:
                self._container.seek(int(self._zero * 1_000_000), backward=True)
            decoded = self._decode(clock)
            first = next(decoded, None)
            if first is not None and (first[1] <= start or at == 0):
                yield first
                yield from decoded
                return
            decoded.close()

    def _standing(self, frame: VideoFrame, start: float, clock: Clock) -> Iterator[tuple[VideoFrame, float]]:
        for index in count(floor(start * self.rate)):
            clock.check()
            yield frame, float(index / self.rate)

    def _decode(self, clock: Clock) -> Generator[tuple[VideoFrame, float], None, None]:
        import av

        self._decoder.flush_buffers()
        in_a_row = 0
        time = None
        for packet in self._packets():
            clock.check()
            try:
                frames = self._decoder.decode(packet if packet.size else None)
            except av.FFmpegError:
                self._damaged, in_a_row = self._damaged + 1, in_a_row + 1
                if in_a_row > DAMAGED_ENOUGH:
                    return
                continue
            for frame in frames:
                in_a_row = 0
                self._damaged += frame.is_corrupt
                if frame.pts is not None:
                    stamp = float(frame.pts * (frame.time_base or self.time_base)) - self._zero
                    time = stamp if time is None or stamp > time else time + 0.001
                else:
                    time = 0.0 if time is None else time + float(1 / self.rate)
                yield frame, time

    def _packets(self) -> Iterator[Any]:
        """The packets of the picture, to the end or to where the file cannot be read any more."""
        import av

        try:
            yield from self._container.demux(self._video)
        except OSError as error:
            raise InputError(f"{self._path.name} cannot be read to its end: {error.strerror}") from error
        except av.FFmpegError:
            self._damaged += 1


def _alpha_decoder(video: Any) -> Any:
    """FFmpeg's own VP8 and VP9 decoders drop the alpha that WebM keeps beside the picture; libvpx gives it."""
    import av

    decoder = av.CodecContext.create("libvpx-" + video.codec_context.codec.canonical_name, "r")
    decoder.extradata = video.codec_context.extradata
    decoder.options = dict(CODEC_OPTIONS)
    return decoder


def upright(decoded: Decoded, shaping: Sequence[PictureOperation] = ()) -> Picture:
    """A decoded frame as a picture the right way up, after steps that only read what they are given."""
    picture = view_of(decoded.frame, decoded.time, decoded.index)
    orientation = decoded.orientation
    if not is_upright(decoded):
        picture.y, picture.u, picture.v = (turn(plane, orientation) for plane in (picture.y, picture.u, picture.v))
        if picture.alpha is not None:
            picture.alpha = turn(picture.alpha, orientation)
    for step in shaping:
        picture = step.process(picture)
    return owned(picture)


def is_upright(decoded: Decoded) -> bool:
    """Whether the frame is shown as it is stored."""
    return decoded.orientation == Orientation()

"""What a media file holds, judged by its content and never by its name.

`open_media` is the one way in for all of the studio: it opens local files only (a playlist could name other files and
addresses) and turns whatever FFmpeg says into a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clipline.errors import InputError
from clipline.studio.pictures.limits import (
    CODEC_OPTIONS,
    CONTAINER_OPTIONS,
    bound_allocations,
    check_container,
    check_pixels,
    check_structure,
)
from clipline.studio.pictures.orientation import Orientation, square_size
from clipline.studio.reading.audio_tracks import TrackInfo, audio_stream, audio_tracks
from clipline.studio.reading.by_pillow import as_png
from clipline.studio.reading.dolby_vision import read_dolby_vision
from clipline.studio.reading.wholeness import announced_size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = [
    "DAMAGED_ENOUGH",
    "MediaInfo",
    "Orientation",
    "audio_stream",
    "is_still",
    "open_media",
    "probe",
    "square_size",
    "video_stream",
    "whole_frames",
    "zero_time",
]

#: The demuxers that may open a file: real media containers, no playlists and nothing that takes any text for media.
_READABLE = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,flv,ogg,asf,gif,apng,mxf,dv,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,wav,w64,mp3,flac,aac,ac3,eac3,aiff,caf,amr"
)
_SHORT_NAMES = {"mpegts": "ts", "asf": "wmv", "jpeg_pipe": "jpeg"}
_STILLS = {"jpeg", "gif", "apng"}  # what may hold one picture only
_IMAGE_BRANDS = {"avif", "heic", "heix", "mif1"}
#: Palettes can always have a transparent entry, images often have a channel, and CMYK leaves one behind: what is clear
#: in the first picture counts.
_ALPHA_UNUSED = {"gif", "png", "apng", "mjpeg", "webp", "tiff", "bmp"}
#: Matrices that are none of YCbCr with constant factors, by FFmpeg's numbers (ITU-T H.273).
_STRANGE_MATRICES = {
    8: "YCgCo",
    11: "Y'D'zD'x",
    14: "ICtCp",
    15: "IPT-C2",
    16: "YCgCo-R",
    17: "YCgCo-R",
}
#: How Matroska says when a stream ends.
_MATROSKA_TIME = re.compile(r"([0-9]{1,6}):([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]{1,12})?)", re.ASCII)
#: Packets in a row that cannot be decoded: there will be no more pictures.
DAMAGED_ENOUGH = 100
_VIDEO_SUFFIXES = {".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".ts", ".mpg", ".mpeg", ".wmv", ".flv"}


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a media file holds.

    `width` and `height` are as displayed: after rotation, with square pixels; `rotation` is how many degrees clockwise
    a player turns the stored picture. `duration` is in seconds, that of the picture where there is one. `frames` is
    None where the container does not say. `audio_codec` and `audio_channels` are
    those of the usual audio track. Sizes and `fps` are 0 where there is no picture.
    """

    kind: Literal["video", "image", "audio"]
    container: str
    duration: float
    width: int = 0
    height: int = 0
    fps: float = 0.0
    frames: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    audio_channels: int = 0
    rotation: int = 0
    bytes: int = 0
    has_alpha: bool = False
    audio_tracks: tuple[TrackInfo, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)


def probe(path: Path) -> MediaInfo:
    """Look into a media file, once as long as it stays the same: its structure, its header and its first picture.

    Raises:
        InputError: it is no media, empty, cut off, damaged at its start, or an image that is named like a video.
    """
    try:
        stat = path.stat()
    except OSError:
        return _probed.__wrapped__(path, ())  # says what is wrong
    return _probed(path, (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))


@lru_cache(maxsize=64)
def _probed(path: Path, state: tuple[int, ...]) -> MediaInfo:  # noqa: ARG001 - the state tells a file from a later one
    with open_media(path) as container:
        video, audio = video_stream(container), audio_stream(container)
        if video is None and audio is None:
            raise InputError(f"{path.name} holds neither picture nor sound", hint="give a video file")
        info = MediaInfo(
            "audio",
            _container_name(container, path),
            0.0 if audio is None or video is not None else _duration(container, audio),
            audio_codec=audio.codec_context.codec.canonical_name if audio else None,
            audio_channels=audio.codec_context.channels if audio else 0,
            bytes=path.stat().st_size,
            audio_tracks=audio_tracks(container),
        )
        return info if video is None else _with_picture(info, container, video, path)


def _with_picture(info: MediaInfo, container: InputContainer, video: VideoStream, path: Path) -> MediaInfo:
    """What the picture adds to what is known of a file."""
    _check_colors(video, path)
    first, more = _first_frame(container, video, path)
    orientation = Orientation.of(first)
    width, height = orientation.turned(*square_size(first.width, first.height, video.sample_aspect_ratio))
    check_pixels(path.name, width, height)
    info = replace(
        info,
        width=width,
        height=height,
        video_codec=video.codec_context.codec.canonical_name,
        rotation=orientation.degrees,
        has_alpha=_has_alpha(video, first),
    )
    if not more and (info.container in _STILLS or is_still(container, video)):
        if path.suffix.lower() in _VIDEO_SUFFIXES:
            raise InputError(
                f"{path.name} is named like a video, but it is a still image ({info.video_codec})",
                hint="give a video; or name it as what it is, to have it shown as a still",
            )
        return replace(info, kind="image", container=info.container.removesuffix("_pipe"), frames=1)
    duration = _duration(container, video)
    rate = float(frame_rate(video))
    if info.container == "gif" and video.frames and duration:
        rate = video.frames / duration  # its stream tells a guess from the first delays
    return replace(info, kind="video", duration=duration, fps=rate, frames=video.frames or None)


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a local media file, closed at the end of the `with`.

    Raises:
        InputError: there is no such file, it is no media, or larger than `clipline.studio.pictures.limits` allows.
    """
    import av

    if not path.is_file():
        what = "is a folder, not a media file" if path.is_dir() else "does not exist"
        raise InputError(f"{path} {what}", hint="give the path of a video file")
    try:
        there, announced = path.stat().st_size, announced_size(path)
        if not there:
            raise InputError(f"{path.name} is empty (0 bytes)", hint="copy or download it again")
        if announced is not None and announced > there:
            raise InputError(
                f"{path.name} is cut off: {announced:,} bytes are announced, {there:,} are there",
                hint="copy or download it again",
            )
        check_structure(path)
        bound_allocations()
        options = {"protocol_whitelist": "file", "format_whitelist": _READABLE, **CONTAINER_OPTIONS}
        with path.open("rb") as file:
            head = file.read(3)
        # FFmpeg would take a JPEG by its name for one of a numbered series, which is not read here.
        kind = "jpeg_pipe" if head == b"\xff\xd8\xff" else None
        container = av.open(
            as_png(path) or f"file:{path}",
            "r",
            format=kind,
            options=CODEC_OPTIONS,
            container_options=options,
            metadata_errors="replace",
        )
    except PermissionError as error:
        raise InputError(f"{path} cannot be read: permission denied") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(_why_not_media(path), hint="give a video file, like an MP4, MOV, WebM or MKV") from error
    with container:
        check_container(container, path.name)
        for stream in container.streams.video:
            if stream.codec_context is not None:
                stream.codec_context.options = dict(CODEC_OPTIONS)
        yield container


def _why_not_media(path: Path) -> str:
    """Say what kind of thing a file is that FFmpeg cannot open."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[4:8] == b"ftyp" or head[:4] == b"\x1aE\xdf\xa3":
        return f"{path.name} is damaged: it begins like a video, but its index is missing"
    if b"\0" not in head:
        return f"{path.name} is no video, image or sound: it looks like text"
    return f"{path.name} is no video, image or sound that can be read"


def video_stream(container: InputContainer) -> VideoStream | None:
    """The stream that is the picture: the largest one, or that of most frames; a cover image of a song is none."""
    from av.stream import Disposition

    real = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic
    ]
    # An animated AVIF has its first picture as an image beside.
    return max(real, key=lambda stream: ((stream.width or 0) * (stream.height or 0), stream.frames or 0), default=None)


def whole_frames(container: InputContainer, video: VideoStream) -> Iterator[VideoFrame]:
    """The frames of a picture from where the container stands, without what is damaged; much of that ends them."""
    import av

    in_a_row = 0
    try:
        for packet in container.demux(video):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                in_a_row += 1
                if in_a_row > DAMAGED_ENOUGH:
                    return
                continue
            in_a_row = 0 if frames else in_a_row
            yield from frames
    except av.FFmpegError:
        return


def zero_time(container: InputContainer) -> float:
    """The time stamp, in seconds, at which the file's own time begins: the earliest of its streams."""
    return (container.start_time or 0) / 1_000_000


def frame_rate(video: VideoStream) -> Fraction:
    """Frames a second, on average; 25 where nothing is known."""
    return video.average_rate or video.guessed_rate or video.base_rate or Fraction(25)


def _check_colors(video: VideoStream, path: Path) -> None:
    """Make sure that the numbers of a picture stand for colours that can be shown here.

    Raises:
        InputError: they do not, and all would come out in wrong colours.
    """
    kind = _STRANGE_MATRICES.get(video.codec_context.colorspace, "")
    dolby = read_dolby_vision(path)
    if dolby is not None and not dolby.base:
        kind = f"{dolby}, without a picture for other players,"
    if kind:
        raise InputError(
            f"the colours of {path.name} are {kind} and cannot be shown here",
            code="strange_colors",
            hint="export it once more where it comes from, as BT.709, HDR10 or HLG",
        )


def _container_name(container: InputContainer, path: Path) -> str:
    name: str = container.format.name
    if name.startswith("mov,"):
        return "mov" if container.metadata.get("major_brand", "").strip() == "qt" else "mp4"
    if name.startswith("matroska") or name == "apng":
        with path.open("rb") as file:
            head = file.read(64)
        if name == "apng":
            return "webp" if head[:4] == b"RIFF" else name
        return "webm" if b"webm" in head else "mkv"
    return _SHORT_NAMES.get(name, name)


def _first_frame(container: InputContainer, video: VideoStream, path: Path) -> tuple[VideoFrame, bool]:
    """The first picture, and whether another one follows."""
    import av

    frames = []
    try:
        for packet in container.demux(video):
            frames += packet.decode()
            if len(frames) > 1 or (frames and (video.frames or 0) > 1):
                break
    except av.FFmpegError:
        pass
    if not frames:
        raise InputError(
            f"the picture of {path.name} cannot be decoded ({video.codec_context.name})",
            hint="the file is damaged, protected against copying, or its picture is larger than 8192x8192",
        )
    return frames[0], len(frames) > 1 or (video.frames or 0) > 1


def is_still(container: InputContainer, video: VideoStream) -> bool:
    """Whether a file is an image, which holds one picture."""
    if container.format.name.endswith("_pipe"):
        return True
    return (video.frames or 0) == 1 and (
        container.format.name == "gif" or container.metadata.get("major_brand", "") in _IMAGE_BRANDS
    )


def _has_alpha(video: VideoStream, first: VideoFrame) -> bool:
    if video.metadata.get("alpha_mode") == "1":  # WebM keeps alpha beside the picture
        return True
    if not any(component.is_alpha for component in first.format.components):
        return False
    if video.codec_context.codec.canonical_name not in _ALPHA_UNUSED:
        return True
    return bool((first.to_ndarray(format="rgba")[..., 3] < 255).any())


def _duration(container: InputContainer, stream: Stream) -> float:
    """Seconds from the file's zero to the end of a stream."""
    if stream.duration and stream.time_base:
        begins = (stream.start_time or 0) * stream.time_base - Fraction(container.start_time or 0, 1_000_000)
        return max(0.0, float(begins + stream.duration * stream.time_base))
    if ends := _MATROSKA_TIME.match(stream.metadata.get("DURATION", "")):
        hours, minutes, seconds = map(float, ends.groups())
        return max(0.0, hours * 3600 + minutes * 60 + seconds - zero_time(container))
    if container.duration:
        return container.duration / 1_000_000
    return max(0.0, _last_time(container, stream) - zero_time(container))


def _last_time(container: InputContainer, stream: Stream) -> float:
    """When the last packet that can be read ends, in seconds, from where the container stands now."""
    import av

    last = 0.0
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and not packet.is_corrupt:
                last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    except av.FFmpegError:
        pass
    return last

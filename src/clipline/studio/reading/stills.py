"""Pictures that stand, as clips: how they are read, how large, at how many frames a second.

They are clips like others to whatever reads pictures: upright, in usual colours, the same frame again and again.
"""

from __future__ import annotations

from dataclasses import astuple, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from clipline.errors import InputError
from clipline.studio.pictures.frames import (
    FULL,
    LIMITED,
    color_space,
    color_tags,
    frame_of,
    is_full_range,
    picture_of,
    turn,
)
from clipline.studio.pictures.orientation import Orientation, square_size
from clipline.studio.pictures.picture import ColorTags
from clipline.studio.pictures.standard_colors import StandardColors, is_standard
from clipline.studio.reading.icc import in_srgb
from clipline.studio.reading.media import MediaInfo, open_media, video_stream
from clipline.timeline import STILL_SECONDS
from clipline.values import Size

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["LARGEST", "STILL_RATE", "as_clip", "still_frame", "told_still"]

#: Frames a second of a picture that stands beside nothing that moves.
STILL_RATE = Fraction(25)
#: A larger one is made to fit into this, either way up: no more is played everywhere.
LARGEST = Size(3840, 2160)

_SWS = {"bt709": 1, "bt601": 5}  # as swscale counts
_BICUBIC = 4


def as_clip(info: MediaInfo) -> MediaInfo:
    """What an image is as a clip; what is one already stays as it is."""
    if info.kind != "image":
        return info
    size = _shown(info.width, info.height)
    return replace(
        info, kind="video", duration=STILL_SECONDS, width=size.width, height=size.height, fps=float(STILL_RATE)
    )


def told_still(info: MediaInfo) -> str:
    """What is to be said of an image that is taken for a clip."""
    size = _shown(info.width, info.height)
    smaller = "" if size == Size(info.width, info.height) else f", made smaller to {size}"
    return f"a still image, shown for {STILL_SECONDS:g}s{smaller}"


def _shown(width: int, height: int) -> Size:
    size = Size(width, height)
    smaller = size.fit_within(LARGEST)
    return size if smaller.width >= width - 1 and smaller.height >= height - 1 else smaller  # odd sides may stay


def still_frame(path: Path, *, alpha: bool = False) -> tuple[VideoFrame, ColorTags]:
    """The picture of an image as 8-bit 4:2:0 in BT.709, upright; and the tags of the colours that it is stored in.

    Raises:
        InputError: it cannot be read.
    """
    with open_media(path) as container:
        video = video_stream(container)
        frame = next(iter(container.decode(video)), None) if video is not None else None
        if video is None or frame is None:
            raise InputError(f"{path.name} has no picture that can be decoded")
        orientation, tags = Orientation.of(frame), color_tags(video)
        stored = square_size(frame.width, frame.height, video.sample_aspect_ratio)
        width, height = orientation.turned(*astuple(_shown(*orientation.turned(*stored))))
        frame = in_srgb(frame, path, tags.matrix) if is_standard(tags) else StandardColors(tags).convert(frame)
        plain = frame.reformat(
            width, height, "yuva420p" if alpha else "yuv420p", interpolation=_BICUBIC, threads=1, **_colors(frame, tags)
        )
        return _upright(plain, orientation), tags


def _colors(frame: VideoFrame, tags: ColorTags) -> dict[str, int]:
    """What swscale must know to make BT.709 of limited range."""
    target = {"dst_colorspace": _SWS["bt709"], "dst_color_range": LIMITED}
    if frame.format.is_rgb or frame.format.has_palette or not is_standard(tags):
        return target
    full = is_full_range(frame.format.name, frame.color_range)
    matrix = color_space(frame.colorspace, frame.height, full_range=full).matrix
    return target | {"src_colorspace": _SWS[matrix], "src_color_range": FULL if full else LIMITED}


def _upright(frame: VideoFrame, orientation: Orientation) -> VideoFrame:
    if orientation == Orientation():
        return frame
    picture = picture_of(frame, 0.0, 0)
    picture.y, picture.u, picture.v = (turn(plane, orientation) for plane in (picture.y, picture.u, picture.v))
    if picture.alpha is not None:
        picture.alpha = turn(picture.alpha, orientation)
    return frame_of(picture, alpha=picture.alpha is not None)

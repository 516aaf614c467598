"""Pictures that stand, as clips: how they are read, how large, at how many frames a second.

They are clips like others to whatever reads pictures: upright, in usual colours, the same frame again and again.
"""

from __future__ import annotations

from dataclasses import replace
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
from clipline.studio.pictures.standard_colors import STANDARD, StandardColors, is_standard
from clipline.studio.reading.icc import in_srgb, pixels_of
from clipline.studio.reading.media import MediaInfo, open_media, probe, video_stream
from clipline.timeline import STILL_SECONDS
from clipline.values import Size

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.pictures.picture import Plane

__all__ = ["LARGEST", "STILL_RATE", "as_clip", "is_picture", "still_colors", "still_frame"]

#: Frames a second of a picture that stands beside nothing that moves.
STILL_RATE = Fraction(25)
#: A video of a larger one is made to fit into this, either way up: no more is played everywhere.
LARGEST = Size(3840, 2160)

_SWS = {"bt709": 1, "bt601": 5}  # as swscale counts
_BICUBIC = 4


def as_clip(info: MediaInfo) -> MediaInfo:
    """What an image is as a clip; what is one already stays as it is."""
    if info.kind != "image":
        return info
    return replace(info, kind="video", duration=STILL_SECONDS, fps=float(STILL_RATE))


def is_picture(path: Path) -> bool:
    """Whether a file is a picture that stands, of which one look tells all.

    Raises:
        InputError: it cannot be read.
    """
    return probe(path).kind == "image"


def still_frame(path: Path, *, alpha: bool = False) -> tuple[VideoFrame, ColorTags]:
    """The picture of an image as 8-bit 4:2:0 in BT.709, upright; and the tags of the colours that it is stored in.

    Raises:
        InputError: it cannot be read.
    """
    frame, tags, orientation = _stored(path)
    form = "yuva420p" if alpha else "yuv420p"
    plain = frame.reformat(format=form, interpolation=_BICUBIC, threads=1, **_colors(frame, tags))
    return _upright(plain, orientation), tags


def still_colors(path: Path) -> Plane:
    """The picture of an image in sRGB, upright: an array of shape (height, width, 4), whose last plane is its alpha.

    Raises:
        InputError: it cannot be read.
    """
    import numpy as np

    frame, tags, orientation = _stored(path)
    colors = pixels_of(frame, tags.matrix if is_standard(tags) else STANDARD.matrix)
    if colors.shape[2] == 3:
        colors = np.dstack((colors, np.full(colors.shape[:2], 255, np.uint8)))
    return np.ascontiguousarray(turn(colors, orientation))


def _stored(path: Path) -> tuple[VideoFrame, ColorTags, Orientation]:
    """The picture as it is stored, its pixels square and its colours usual; the tags that it had, and its turn."""
    with open_media(path) as container:
        video = video_stream(container)
        frame = next(iter(container.decode(video)), None) if video is not None else None
        if video is None or frame is None:
            raise InputError(f"{path.name} has no picture that can be decoded")
        orientation, tags = Orientation.of(frame), color_tags(video)
        size = square_size(frame.width, frame.height, video.sample_aspect_ratio)
        frame = in_srgb(frame, path, tags.matrix) if is_standard(tags) else StandardColors(tags).convert(frame)
        if size != (frame.width, frame.height):
            form = "rgba" if frame.format.has_palette else frame.format.name
            frame = frame.reformat(*size, form, interpolation=_BICUBIC, threads=1)
        return frame, tags, orientation


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

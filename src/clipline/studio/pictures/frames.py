"""Between FFmpeg's frames and the studio's pictures: planes without padding, 8 bits, 4:2:0, the right way up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from clipline.studio.pictures.orientation import Orientation, square_size
from clipline.studio.pictures.picture import ColorSpace, ColorTags, Picture
from clipline.studio.pictures.standard_colors import STANDARD, is_standard

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Plane

__all__ = [
    "FULL",
    "LIMITED",
    "color_space",
    "color_tags",
    "frame_of",
    "is_full_range",
    "owned",
    "picture_of",
    "plain_420",
    "planes_of",
    "rgb_of",
    "turn",
    "view_of",
]

# How FFmpeg counts ranges, and swscale matrices.
LIMITED, FULL = 1, 2
_SWS_BT709 = 1
_BICUBIC = 4


def is_full_range(format_name: str | None, color_range: int) -> bool:
    """Whether black is 0 and not 16."""
    return color_range == FULL or (format_name or "").startswith("yuvj")


def color_space(matrix: int, height: int, *, full_range: bool) -> ColorSpace:
    """The colours of a clip by FFmpeg's number for its matrix; an untagged clip is BT.601 below 720 lines."""
    if matrix in {4, 5, 6} or (matrix not in {1, 7, 9, 10} and height < 720):
        return ColorSpace("bt601", full_range)
    return ColorSpace("bt709", full_range)


def color_tags(video: VideoStream) -> ColorTags:
    """The tags of a stream; where the matrix is not tagged, the one that players take."""
    context = video.codec_context
    full = is_full_range(context.pix_fmt, context.color_range)
    matrix = context.colorspace
    tags = ColorTags(matrix, context.color_primaries, context.color_trc, full)
    if not is_standard(tags):
        return tags
    if context.format is not None and (context.format.is_rgb or context.format.has_palette):
        return STANDARD  # what `plain_420` makes of RGB
    if matrix in {0, 2, 3}:
        matrix = 1 if color_space(matrix, video.height, full_range=full).matrix == "bt709" else 6
    return replace(tags, matrix=matrix)


def plain_420(frame: VideoFrame, *, alpha: bool, sample_aspect: Any = None) -> VideoFrame:
    """The frame as 8-bit 4:2:0 with square pixels, with alpha on request; the frame itself where it is that already.

    The matrix and the range stay as they are; RGB becomes BT.709, limited range.
    """
    wanted = "yuva420p" if alpha else "yuv420p"
    width, height = square_size(frame.width, frame.height, sample_aspect)
    if frame.format.name == wanted and (width, height) == (frame.width, frame.height):
        return frame
    if frame.format.is_rgb or frame.format.has_palette:
        colors = {"dst_colorspace": _SWS_BT709, "dst_color_range": LIMITED}
    else:
        kept = FULL if is_full_range(frame.format.name, frame.color_range) else LIMITED
        colors = {"src_color_range": kept, "dst_color_range": kept}
    return frame.reformat(width, height, wanted, interpolation=_BICUBIC, threads=1, **colors)


def _plane(frame: VideoFrame, number: int) -> Plane:
    """A view of one plane, without the padding at the ends of its lines."""
    import numpy as np

    plane: Any = frame.planes[number]
    lines: NDArray[np.uint8] = np.frombuffer(plane, np.uint8)[: plane.line_size * plane.height]
    return lines.reshape(plane.height, plane.line_size)[:, : plane.width]


def planes_of(frame: VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Brightness and both colours of a frame of any format in 8 bits, 4:2:0; views, good as long as the frame is."""
    plain = plain_420(frame, alpha=False)
    return _plane(plain, 0), _plane(plain, 1), _plane(plain, 2)


def view_of(frame: VideoFrame, time: float, index: int) -> Picture:
    """A yuv420p or yuva420p frame as a picture that nobody may write on: its planes are the frame's."""
    y, u, v, *alpha = (_plane(frame, number) for number in range(len(frame.planes)))
    return Picture(y, u, v, time, index, alpha[0] if alpha else None)


def owned(picture: Picture) -> Picture:
    """The same picture with planes of its own, those of a frame that can go to the encoder."""
    frame = frame_of(replace(picture, own=None), alpha=picture.alpha is not None)
    own = view_of(frame, picture.time, picture.index)
    return replace(own, own=(frame, [plane for plane in (own.y, own.u, own.v, own.alpha) if plane is not None]))


def picture_of(frame: VideoFrame, time: float, index: int) -> Picture:
    """A picture with planes of its own, copied from a yuv420p or yuva420p frame."""
    return owned(view_of(frame, time, index))


def frame_of(picture: Picture, *, alpha: bool) -> VideoFrame:
    """A frame with the picture's planes: its own one where they still are that one's, so write no more on them.

    With alpha, it is opaque where the picture says nothing.
    """
    from av import VideoFrame

    planes = [picture.y, picture.u, picture.v, *([picture.alpha] if alpha else [])]
    if picture.own is not None and list(map(id, planes)) == list(map(id, picture.own[1])):
        return picture.own[0]
    height, width = picture.y.shape
    frame = VideoFrame(width, height, "yuva420p" if alpha else "yuv420p")
    for number, plane in enumerate(planes):
        _plane(frame, number)[...] = 255 if plane is None else plane
    return frame


def rgb_of(frame: VideoFrame, matrix: int, *, full_range: bool, alpha: bool) -> Plane:
    """The colours of a frame, of shape (height, width, 3), or 4 with alpha; `matrix` as FFmpeg counts in its tags."""
    import numpy as np

    sws_matrix = {1: 1, 9: 9, 10: 9}.get(matrix, 5)  # as swscale counts BT.709, BT.2020 and BT.601
    # Never straight to RGBA: swscale leaves garbage at the right edge of widths that are no multiple of 16.
    rgb = frame.reformat(
        format="rgb24", src_colorspace=sws_matrix, src_color_range=FULL if full_range else LIMITED, threads=1
    ).to_ndarray()
    if not alpha:
        return cast("Plane", rgb)
    opaque = np.full(rgb.shape[:2], 255, np.uint8)
    cover = _plane(frame, 3) if frame.format.name == "yuva420p" else opaque
    return np.dstack((rgb, cover))


def turn(plane: Plane, orientation: Orientation) -> Plane:
    """One plane the way a player shows it."""
    import cv2

    turned: Any = cv2.flip(plane, 1) if orientation.mirrored else plane
    quarters = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if orientation.degrees in quarters:
        turned = cv2.rotate(turned, quarters[orientation.degrees])
    return cast("Plane", turned)

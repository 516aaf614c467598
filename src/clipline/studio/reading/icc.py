"""Colours of photos as their ICC profile means them, like Display P3 of phones and Adobe RGB of cameras, in sRGB."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from clipline.studio.pictures.frames import is_full_range, rgb_of

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipline.studio.pictures.picture import Plane

__all__ = ["in_srgb", "pixels_of"]

_SAME = 2  # levels by which colours of a profile may differ from those of sRGB and be left as they are
_STEPS = 5  # of each of red, green and blue are looked at for that


def in_srgb(frame: VideoFrame, path: Path, matrix: int) -> VideoFrame:
    """The frame of an image file as RGB in sRGB, if the file has a profile of other RGB colours; else itself.

    `matrix` is FFmpeg's number for how its brightness and colours are stored. A profile that cannot be read is left out
    of account, as browsers do.
    """
    profile = _profile(path)
    transform = profile and _transform(profile)
    if not transform:
        return frame
    from PIL import Image, ImageCms

    pixels = pixels_of(frame, matrix)
    ImageCms.applyTransform(image := Image.fromarray(pixels[..., :3]), transform, inPlace=True)
    return _frame_of(image, pixels[..., 3:])


def _profile(path: Path) -> bytes | None:
    """What a file says of its colours, read by Pillow: PyAV fails at some (see `by_pillow`)."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            return cast("bytes | None", image.info.get("icc_profile"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _transform(profile: bytes) -> Any:
    """What makes sRGB of a profile's colours; None where they are that already, or no RGB."""
    from PIL import ImageCms

    try:
        its = ImageCms.ImageCmsProfile(BytesIO(profile))
        if its.profile.xcolor_space.strip() != "RGB":
            return None
        transform = ImageCms.buildTransform(
            its,
            ImageCms.createProfile("sRGB"),
            "RGB",
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return transform if _differs(transform) else None


def _differs(transform: Any) -> bool:
    import numpy as np
    from PIL import Image, ImageCms

    steps = np.linspace(0, 255, _STEPS)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3).astype(np.uint8)
    changed = np.asarray(ImageCms.applyTransform(Image.fromarray(colors), transform))
    return bool(np.abs(changed.astype(int) - colors).max() > _SAME)


def pixels_of(frame: VideoFrame, matrix: int) -> Plane:
    """The pixels of a frame, of shape (height, width, 3), or 4 with alpha; `matrix` as in `in_srgb`."""
    if frame.format.is_rgb or frame.format.has_palette:
        return cast("Plane", frame.reformat(format="rgba" if _has_alpha(frame) else "rgb24", threads=1).to_ndarray())
    full = is_full_range(frame.format.name, frame.color_range)
    return rgb_of(frame, matrix, full_range=full, alpha=_has_alpha(frame))


def _has_alpha(frame: VideoFrame) -> bool:
    return frame.format.has_palette or any(part.is_alpha for part in frame.format.components)


def _frame_of(image: Any, alpha: Plane) -> VideoFrame:
    import numpy as np
    from av import VideoFrame

    pixels = np.asarray(image)
    if not alpha.size:
        return VideoFrame.from_ndarray(pixels, "rgb24")
    return VideoFrame.from_ndarray(np.ascontiguousarray(np.dstack((pixels, alpha))), "rgba")

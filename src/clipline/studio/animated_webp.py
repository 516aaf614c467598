"""Animated WebP, which FFmpeg does not read: Pillow does, and hands it on as an animated PNG, in memory.

https://developers.google.com/speed/webp/docs/riff_container: the second bit of the first byte of `VP8X` says it.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from clipline.errors import InputError
from clipline.studio.limits import MAX_PIXELS

__all__ = ["as_apng", "is_animated_webp"]

_ANIMATED = 0x02
#: Pixels of all frames: some twenty seconds of Full HD, or minutes of what a WebP usually measures.
_MOST = 16 * MAX_PIXELS


def is_animated_webp(head: bytes) -> bool:
    """Whether a file that begins so, with 21 bytes or more, is an animated WebP."""
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20] & _ANIMATED)


def as_apng(path: Path) -> BytesIO:
    """The same animation as a PNG.

    Raises:
        InputError: it is damaged, or too large to be held in memory.
    """
    from PIL import Image

    said = InputError(f"{path.name} is a damaged WebP", hint="copy or download it again")
    made = BytesIO()
    try:
        with Image.open(path, formats=["WEBP"]) as image:
            count = getattr(image, "n_frames", 1)
            if count * image.width * image.height > _MOST:
                raise InputError(
                    f"{path.name} is too large an animation: {count} frames of {image.width}x{image.height}",
                    code="too_large",
                    hint="make a video of it first, like an MP4",
                )
            lasting = []
            for number in range(count):
                image.seek(number)
                image.load()
                lasting.append(image.info.get("duration") or 100)  # as browsers take no time
            image.seek(0)
            image.save(made, "PNG", save_all=True, duration=lasting, compress_level=1, blend=0)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise said from error
    made.seek(0)
    return made

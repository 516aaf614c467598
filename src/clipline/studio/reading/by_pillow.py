"""Images that FFmpeg does not read, or not whole: Pillow does, and hands them on as a PNG in memory.

- Animated WebP: the second bit of the first byte of `VP8X` says it
  (https://developers.google.com/speed/webp/docs/riff_container).
- HEIC and AVIF in tiles, as phones make them: the primary item is a `grid` (ISO/IEC 23008-12, 6.6.2.3). FFmpeg gives
  each tile as a picture of its own.
- PNG with an ICC profile is handed on without it (a chunk before the pixels, https://www.w3.org/TR/png-3/#11iCCP): its
  name stands beside each frame, and PyAV 18 frees it twice, which ends the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from clipline.errors import InputError
from clipline.studio.pictures.limits import MAX_PIXELS, check_pixels

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["as_png"]

_ANIMATED = 0x02
#: Pixels of all frames: some twenty seconds of Full HD, or minutes of what a WebP usually measures.
_MOST = 16 * MAX_PIXELS
_BRANDS = {b"heic", b"heix", b"mif1", b"avif"}
_MOST_HEAD = 256 * 1024  # bytes in which the items of an image are listed
_PNG = b"\x89PNG\r\n\x1a\n"
_PRIMARY = re.compile(rb"pitm\0\0\0\0(..)", re.DOTALL)


def as_png(path: Path) -> BytesIO | None:
    """The image as a PNG, animated where it is; None where FFmpeg reads it.

    Raises:
        InputError: it is damaged, too large to be held in memory, or needs a library that is not installed.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(32)
        if head.startswith(_PNG):
            return _without_profile(file)
        if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and head[20] & _ANIMATED:
            return _with_pillow(path, _animation)
        if head[4:8] != b"ftyp" or head[8:12] not in _BRANDS or not _is_tiled(head + file.read(_MOST_HEAD)):
            return None
    if head[8:12] != b"avif":
        _teach_heif(path)
    return _with_pillow(path, _still)


def _without_profile(file: BinaryIO) -> BytesIO | None:
    """A PNG without the chunk of its profile; None where it has none."""
    at = len(_PNG)
    while True:
        file.seek(at)
        length, name = int.from_bytes(file.read(4)), file.read(4)
        if name in {b"", b"IDAT"}:
            return None
        if name == b"iCCP":
            break
        at += 12 + length
    file.seek(0)
    before = file.read(at)
    file.seek(at + 12 + length)
    return BytesIO(before + file.read())


def _is_tiled(data: bytes) -> bool:
    primary = _PRIMARY.search(data)
    return (
        primary is not None
        and re.search(rb"infe\x02..." + re.escape(primary[1]) + rb"..grid", data, re.DOTALL) is not None
    )


def _teach_heif(path: Path) -> None:
    try:
        import pillow_heif
    except ImportError:
        raise InputError(
            f"{path.name} is a HEIC image in tiles, as phones make them; what reads them is not installed",
            code="extra_missing",
            hint='run: pip install "clipline[heic]"; or save it as a JPEG',
        ) from None
    pillow_heif.register_heif_opener()


def _with_pillow(path: Path, save: Callable[[Path, Image, BytesIO], None]) -> BytesIO:
    from PIL import Image

    made = BytesIO()
    try:
        with Image.open(path) as image:
            check_pixels(path.name, image.width, image.height)
            save(path, image, made)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise InputError(f"{path.name} is damaged: {error}", hint="copy or download it again") from error
    made.seek(0)
    return made


def _still(_: Path, image: Image, made: BytesIO) -> None:
    image.convert("RGBA" if "A" in image.getbands() else "RGB").save(made, "PNG", compress_level=1, icc_profile=None)


def _animation(path: Path, image: Image, made: BytesIO) -> None:
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
    image.save(made, "PNG", save_all=True, duration=lasting, compress_level=1, blend=0, icc_profile=None)

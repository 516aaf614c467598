"""Writes one picture: a PNG, a JPEG or a WebP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clipline.studio.pictures.frames import rgb_of
from clipline.studio.writing.target import Target

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["Photo"]


class Photo:
    """A file of the one frame that is written, in sRGB and upright, with no notes on camera, place or time."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:  # noqa: ARG002 - a picture has no times
        """Write the file."""
        from PIL import Image

        target, tags = self._target, self._target.tags
        if frame.format.is_rgb:
            pixels = frame.to_ndarray()
        else:
            pixels = rgb_of(frame, tags.matrix, full_range=tags.full_range, alpha=target.alpha)
        options = {name: int(value) for name, value in target.options.items()}
        with target.path.open("wb") as file:
            Image.fromarray(pixels).save(file, target.encoder.codec, **options)

    def finish(self) -> Iterator[None]:
        """Nothing is left to write."""
        yield

    def abandon(self) -> None:
        """Remove what was written."""
        self._target.path.unlink(missing_ok=True)

"""Writes frames into a folder of numbered PNG images."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from clipline.errors import MachineError
from clipline.studio.pictures.frames import rgb_of
from clipline.studio.writing.target import Target

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["Images"]


class Images:
    """A folder of images, `frame-00001.png` and so on."""

    def __init__(self, target: Target) -> None:
        self._target, self._count = target, 0
        try:
            target.path.mkdir(parents=True, exist_ok=True)
            taken = any(target.path.iterdir())
        except OSError as error:
            raise MachineError(f"the folder {target.path} cannot be made: {error.strerror}") from error
        if taken:
            raise MachineError(f"the folder {target.path} is not empty", hint="frames go into a folder of their own")

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:  # noqa: ARG002 - images have no times
        """Add a frame."""
        import av

        alpha = self._target.alpha
        colors = rgb_of(frame, self._target.tags.matrix, full_range=self._target.tags.full_range, alpha=alpha)
        rgb = av.VideoFrame.from_ndarray(colors, format="rgba" if alpha else "rgb24")
        context: Any = av.CodecContext.create("png", "w")
        context.width, context.height, context.pix_fmt = rgb.width, rgb.height, rgb.format.name
        context.time_base, context.thread_count, context.options = Fraction(1, 25), 1, self._target.options
        rgb.pts = 0
        packets = [*context.encode(rgb), *context.encode(None)]
        self._count += 1
        (self._target.path / f"frame-{self._count:05d}.png").write_bytes(b"".join(map(bytes, packets)))

    def finish(self) -> Iterator[None]:
        """Write what is left."""
        yield

    def abandon(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self._target.path, ignore_errors=True)
